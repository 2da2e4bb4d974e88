// Package smtp is the provider that sends messages as e-mail through one mail server. Every step of the conversation
// ends when the context does, also the wait for a server that accepts the connection and says nothing.
//
// A 4yz answer may be tried again; a 5yz answer to RCPT or DATA is permanent. Everything before that is about the server
// and the sender and not about the contact, so it may be tried again whatever the answer: connecting, TLS,
// authentication, and MAIL, because a page must outlive the mending of a wrong password or sender.
//
// Repeats of a message carry the same Message-ID. Every message is a connection of its own.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"os"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/words"
)

// Security says how a connection is protected. The zero value is [StartTLS].
type Security uint8

// The ways to protect a connection.
const (
	StartTLS         Security = iota // encrypt when the server offers it
	StartTLSRequired                 // encrypt by STARTTLS or fail
	ImplicitTLS                      // TLS from the first byte, usually on port 465
	Plaintext                        // never encrypt
)

var securityNames = [...]string{"starttls", "required", "implicit", "none"}

// String returns "starttls", "required", "implicit" or "none".
func (s Security) String() string {
	if int(s) < len(securityNames) {
		return securityNames[s]
	}
	return "unknown"
}

// UnmarshalText accepts exactly the names that String returns.
func (s *Security) UnmarshalText(text []byte) error {
	for i, name := range securityNames {
		if string(text) == name {
			*s = Security(i)
			return nil
		}
	}
	return fmt.Errorf("smtp: unknown security %q: want starttls, required, implicit or none", text)
}

// Config names the mail server and says how to talk to it.
type Config struct {
	Addr     string // host:port of the server
	From     string // the sender: an address, or a name with an address in angle brackets
	Username string // empty means no authentication
	Password string // sent by PLAIN or LOGIN, and only over TLS or to this machine
	Security Security

	TLS     *tls.Config     // nil means the system's roots and the host of Addr
	Hello   string          // how we introduce ourselves; empty means this machine's name
	Timeout time.Duration   // of one message, from dialling to the last answer; 0 means 30 s
	Clock   watchbill.Clock // for the Date header; nil means the real one
	Words   *words.Words    // nil means the built-in texts
}

// Notifier sends messages as e-mail. Make one with [New]. It is safe for concurrent use.
type Notifier struct {
	config Config
	host   string
	from   *mail.Address
	now    func() time.Time
}

var _ notify.Notifier = (*Notifier)(nil)

// New returns a Notifier, or an error that says what is wrong with c. It does not connect.
func New(c Config) (*Notifier, error) {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, fmt.Errorf("smtp: addr %q is not host:port", c.Addr)
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("smtp: from %q is not an e-mail address", c.From)
	}
	if int(c.Security) >= len(securityNames) {
		return nil, fmt.Errorf("smtp: security %d does not exist", c.Security)
	}
	if c.Username == "" && c.Password != "" {
		return nil, errors.New("smtp: a password without a user name")
	}
	n := &Notifier{config: c, host: host, from: from, now: time.Now}
	n.setDefaults()
	return n, nil
}

func (n *Notifier) setDefaults() {
	c := &n.config
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Hello == "" {
		c.Hello = "localhost"
		if name, err := os.Hostname(); err == nil && name != "" {
			c.Hello = name
		}
	}
	if c.Clock != nil {
		n.now = c.Clock.Now
	}
	c.TLS = c.TLS.Clone() // of nil is nil
	if c.TLS == nil {
		c.TLS = &tls.Config{}
	}
	if c.TLS.ServerName == "" {
		c.TLS.ServerName = n.host
	}
}

// Notify sends m and returns once the server has taken or refused it.
func (n *Notifier) Notify(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	to, err := mail.ParseAddress(m.Contact.Address)
	if err != nil {
		return notify.Receipt{}, notify.Permanent(errors.New("smtp: the contact's address is not an e-mail address"))
	}
	text, err := n.compose(m, to)
	if err != nil {
		return notify.Receipt{}, notify.Permanent(fmt.Errorf("smtp: %w", err))
	}
	ctx, cancel := context.WithTimeout(ctx, n.config.Timeout)
	defer cancel()
	err = n.send(ctx, m, to, text)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w (%w)", ctx.Err(), err)
	}
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("smtp: %s: %w", n.config.Addr, err)
	}
	return notify.Receipt{}, nil
}
