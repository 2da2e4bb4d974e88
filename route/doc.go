// Package route says what becomes of a signal before it is anybody's alert: by the rules of its source it gets its key,
// its service, its severity and its group, or is held for a while, or opens an alert that pages nobody.
package route
