package postgres

import "syscall"

// userTimeout is TCP_USER_TIMEOUT, which package syscall does not name on every machine.
const userTimeout = 0x12

// dialControl lets a connection break when the other side has not answered for 10 seconds: keepalives are not sent while
// something waits to be acknowledged.
func dialControl(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, 10_000) // a socket of another kind has none
	})
}
