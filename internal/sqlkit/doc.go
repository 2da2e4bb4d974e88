// Package sqlkit is what the stores in SQL databases share: how the columns of a row are made, and read.
package sqlkit
