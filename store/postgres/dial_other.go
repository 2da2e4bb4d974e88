//go:build !linux

package postgres

import "syscall"

// dialControl leaves a connection to the keepalives, and to the time that the system takes to give up.
func dialControl(string, string, syscall.RawConn) error { return nil }
