package smtp

import (
	"errors"
	"fmt"
	"net/smtp"
	"slices"
	"strings"
)

// mechanism chooses PLAIN or LOGIN from those that the server offers. That the connection may carry a password has
// been decided before, which is why net/smtp's own PlainAuth, which decides by the host's name, is not used.
func mechanism(offered, username, password string) (smtp.Auth, error) {
	names := strings.Fields(strings.ToUpper(offered))
	switch {
	case slices.Contains(names, "PLAIN"):
		return plain{username, password}, nil
	case slices.Contains(names, "LOGIN"):
		return login{username, password}, nil
	}
	return nil, fmt.Errorf("the server offers authentication by %q, not by PLAIN or LOGIN", offered)
}

type plain struct{ username, password string }

// Start sends user and password with the command (RFC 4616).
func (a plain) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "PLAIN", []byte("\x00" + a.username + "\x00" + a.password), nil
}

// Next refuses: PLAIN has no second step.
func (a plain) Next(_ []byte, more bool) ([]byte, error) {
	if more {
		return nil, errors.New("unexpected question from the server")
	}
	return nil, nil
}

type login struct{ username, password string }

// Start sends the command alone.
func (a login) Start(*smtp.ServerInfo) (string, []byte, error) { return "LOGIN", nil, nil }

// Next answers the server's two questions, which are not standardised beyond their first word.
func (a login) Next(question []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	if strings.HasPrefix(strings.ToLower(string(question)), "user") {
		return []byte(a.username), nil
	}
	return []byte(a.password), nil
}
