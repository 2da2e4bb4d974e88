// Package postgres keeps everything in PostgreSQL 13 or later, for engines on any number of machines.
package postgres
