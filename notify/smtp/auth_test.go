package smtp

import (
	"io"
	"net"
	"net/smtp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPasswordStaysHere: a pipe is neither encrypted nor, as far as anybody can tell, on this machine.
func TestPasswordStaysHere(t *testing.T) {
	near, far := net.Pipe()
	go func() { // ends when its one line is read
		_, _ = io.WriteString(far, "220 mail.example.com\r\n")
	}()
	client, err := smtp.NewClient(near, "mail.example.com")
	require.NoError(t, err)
	n, err := New(Config{Addr: "mail.example.com:25", From: "oncall@example.com", Username: "ada", Password: "hunter2"})
	require.NoError(t, err)

	s := &session{Notifier: n, conn: near, client: client}
	require.EqualError(t, s.authenticate(), "the connection is not encrypted, so the password is not sent")

	require.False(t, loopback(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}))
	require.True(t, loopback(&net.TCPAddr{IP: net.IPv6loopback}))
}
