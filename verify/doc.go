// Package verify proves things about a configuration before it pages anybody.
package verify
