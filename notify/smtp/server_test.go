package smtp_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify/notifytest"
)

// server is a scripted mail server. Its fields are set before start.
type server struct {
	replies    map[string]string // by command, "GREETING" and "." for the message itself; a missing one is success
	extensions []string          // what EHLO offers
	tls        *tls.Config       // for STARTTLS and implicit TLS
	implicit   bool
	mode       notifytest.Mode
	echo       bool // refusals repeat everything that came before

	listener net.Listener
	arrived  chan string // Message-ID of every mail, before it is answered; "" for a connection that gets no answer
	sessions chan session
	stop     chan struct{}
}

// session is what one connection brought.
type session struct {
	commands  []string // without arguments
	lines     []string // with them
	data      string   // the message, dots unstuffed
	encrypted bool
}

func (s *server) start() error {
	s.arrived, s.sessions, s.stop = make(chan string, 128), make(chan session, 256), make(chan struct{})
	var err error
	s.listener, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { // ends with the listener
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn) // ends with the connection, or by stop
		}
	}()
	return nil
}

func (s *server) addr() string { return s.listener.Addr().String() }

func (s *server) close() {
	close(s.stop)
	_ = s.listener.Close()
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	switch s.mode {
	case notifytest.Hangs:
		s.arrived <- ""
		<-s.stop
		return
	case notifytest.Drips:
		s.arrived <- ""
		s.drip(conn)
		return
	}
	if s.implicit {
		conn = tls.Server(conn, s.tls)
	}
	c := &conversation{server: s, session: session{encrypted: s.implicit}}
	c.use(conn)
	c.run()
	s.sessions <- c.session
}

// drip sends a greeting that never ends.
func (s *server) drip(conn net.Conn) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		if _, err := conn.Write([]byte{"220-wait\r\n"[i%10]}); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-s.stop:
			return
		}
	}
}

type conversation struct {
	*server
	session
	conn net.Conn
	text *textproto.Reader
}

func (c *conversation) use(conn net.Conn) {
	c.conn, c.text = conn, textproto.NewReader(bufio.NewReader(conn))
}

// answer sends the scripted reply to a step, or success, and reports whether it was success.
func (c *conversation) answer(step, success string) bool {
	reply, scripted := c.replies[step]
	if !scripted {
		reply = success
	}
	if c.echo && reply[0] >= '4' {
		reply += " " + strings.Join(strings.Fields(strings.Join(c.lines, " ")+c.data), " ")
	}
	fmt.Fprintf(c.conn, "%s\r\n", reply)
	return reply[0] < '4'
}

func (c *conversation) run() {
	if !c.answer("GREETING", "220 mail.example.com") {
		return
	}
	for {
		line, err := c.text.ReadLine()
		if err != nil {
			return
		}
		command, _, _ := strings.Cut(strings.ToUpper(line), " ")
		c.commands, c.lines = append(c.commands, command), append(c.lines, line)
		if !c.step(command, line) {
			return
		}
	}
}

func (c *conversation) step(command, line string) bool {
	switch command {
	case "EHLO":
		c.answer("EHLO", "250-mail.example.com\r\n250-"+strings.Join(append(c.extensions, "HELP"), "\r\n250-")+"\r\n250 SIZE")
	case "STARTTLS":
		if c.answer("STARTTLS", "220 go on") {
			c.use(tls.Server(c.conn, c.tls))
			c.encrypted = true
		}
	case "AUTH":
		c.auth(line)
	case "DATA":
		if c.answer("DATA", "354 go on") {
			data, _ := c.text.ReadDotBytes()
			c.data = string(data)
			id, _, _ := strings.Cut(c.data[strings.Index(c.data, "Message-ID: ")+12:], "\n")
			c.arrived <- id
			c.answer(".", "250 taken")
		}
	case "QUIT":
		c.answer("QUIT", "221 bye")
		return false
	default:
		c.answer(command, "250 fine")
	}
	return true
}

// auth takes PLAIN as it comes, and asks the questions of LOGIN.
func (c *conversation) auth(line string) {
	if strings.HasPrefix(line, "AUTH LOGIN") {
		for _, question := range []string{"Username:", "Password:"} {
			fmt.Fprintf(c.conn, "334 %s\r\n", base64.StdEncoding.EncodeToString([]byte(question)))
			reply, _ := c.text.ReadLine()
			c.lines = append(c.lines, reply)
		}
	}
	c.answer("AUTH", "235 welcome")
}

// started starts s for the length of the test.
func started(t *testing.T, s *server) *server {
	t.Helper()
	require.NoError(t, s.start())
	t.Cleanup(s.close)
	return s
}
