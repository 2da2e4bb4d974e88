package smtp_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/notify/smtp"
)

// certificate returns what a server needs to be 127.0.0.1, and what a client needs to believe it.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	return &tls.Config{Certificates: web.TLS.Certificates}, web.Client().Transport.(*http.Transport).TLSClientConfig
}

func TestSecurity(t *testing.T) {
	identity, trust := certificate(t)
	for name, c := range map[string]struct {
		security  smtp.Security
		offered   []string
		implicit  bool
		distrust  bool
		encrypted bool
		want      string
	}{
		"offered":                  {offered: []string{"STARTTLS"}, encrypted: true},
		"not offered":              {},
		"offered, not trusted":     {offered: []string{"STARTTLS"}, distrust: true, want: "starttls: tls: failed to verify certificate"},
		"required":                 {security: smtp.StartTLSRequired, offered: []string{"STARTTLS"}, encrypted: true},
		"required and not offered": {security: smtp.StartTLSRequired, want: "the server does not offer STARTTLS, which is required"},
		"implicit":                 {security: smtp.ImplicitTLS, implicit: true, encrypted: true},
		"implicit, not trusted":    {security: smtp.ImplicitTLS, implicit: true, distrust: true, want: "greeting: tls: failed to verify certificate"},
		"none":                     {security: smtp.Plaintext, offered: []string{"STARTTLS"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := started(t, &server{tls: identity, extensions: c.offered, implicit: c.implicit})
			n := newNotifier(t, s, func(config *smtp.Config) {
				config.Security = c.security
				if !c.distrust {
					config.TLS = trust
				}
			})
			_, err := n.Notify(t.Context(), message(t))
			if c.want != "" {
				require.ErrorContains(t, err, c.want)
				require.NotErrorIs(t, err, notify.ErrPermanent)
				return
			}
			require.NoError(t, err)
			got := <-s.sessions
			require.Equal(t, c.encrypted, got.encrypted)
			require.NotEmpty(t, got.data)
		})
	}
	require.Empty(t, trust.ServerName, "the host's configuration is not changed")
}

func TestAuthentication(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for name, c := range map[string]struct {
		offered string
		lines   []string
		want    string
	}{
		"plain":   {offered: "AUTH LOGIN PLAIN", lines: []string{"AUTH PLAIN " + b64("\x00ada\x00hunter2")}},
		"login":   {offered: "AUTH login CRAM-MD5", lines: []string{"AUTH LOGIN", b64("ada"), b64("hunter2")}},
		"neither": {offered: "AUTH CRAM-MD5", want: `the server offers authentication by "CRAM-MD5", not by PLAIN or LOGIN`},
		"nothing": {offered: "PIPELINING", want: `the server offers authentication by "", not by PLAIN or LOGIN`},
	} {
		t.Run(name, func(t *testing.T) {
			s := started(t, &server{extensions: []string{c.offered}})
			n := newNotifier(t, s, func(config *smtp.Config) { config.Username, config.Password = "ada", "hunter2" })
			_, err := n.Notify(t.Context(), message(t))
			if c.want != "" {
				require.ErrorContains(t, err, c.want)
				require.NotErrorIs(t, err, notify.ErrPermanent)
				return
			}
			require.NoError(t, err)
			require.Subset(t, (<-s.sessions).lines, c.lines)
		})
	}
}

func TestRefusedPassword(t *testing.T) {
	s := started(t, &server{extensions: []string{"AUTH PLAIN"}, echo: true, replies: map[string]string{"AUTH": "535 no"}})
	n := newNotifier(t, s, func(config *smtp.Config) { config.Username, config.Password = "ada", "hunter2" })
	_, err := n.Notify(t.Context(), message(t))
	require.EqualError(t, err, "smtp: "+s.addr()+": authentication: the server answered 535")
	require.NotErrorIs(t, err, notify.ErrPermanent, "a page outlives a wrong password")

	s = started(t, &server{extensions: []string{"AUTH PLAIN"}, replies: map[string]string{"AUTH": "535 5.7.8 wrong"}})
	n = newNotifier(t, s, func(config *smtp.Config) { config.Username, config.Password = "ada", "hunter2" })
	_, err = n.Notify(t.Context(), message(t))
	require.EqualError(t, err, "smtp: "+s.addr()+`: authentication: the server answered 535 "5.7.8 wrong"`)
}

func TestOwnTimeout(t *testing.T) {
	s := started(t, &server{mode: notifytest.Hangs})
	n := newNotifier(t, s, func(config *smtp.Config) { config.Timeout = time.Millisecond })
	_, err := n.Notify(t.Context(), message(t))
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestQuitDoesNotMatter(t *testing.T) {
	s := started(t, &server{replies: map[string]string{"QUIT": "500 never"}})
	_, err := newNotifier(t, s, nil).Notify(t.Context(), message(t))
	require.NoError(t, err, "the message was taken before")
}

func TestNewRefuses(t *testing.T) {
	for want, c := range map[string]smtp.Config{
		`smtp: addr "mail" is not host:port`:           {Addr: "mail", From: "a@example.com"},
		`smtp: from "nobody" is not an e-mail address`: {Addr: "mail:25", From: "nobody"},
		`smtp: security 9 does not exist`:              {Addr: "mail:25", From: "a@example.com", Security: 9},
		`smtp: a password without a user name`:         {Addr: "mail:25", From: "a@example.com", Password: "hunter2"},
	} {
		_, err := smtp.New(c)
		require.EqualError(t, err, want)
	}
}

func TestSecurityText(t *testing.T) {
	for _, s := range []smtp.Security{smtp.StartTLS, smtp.StartTLSRequired, smtp.ImplicitTLS, smtp.Plaintext} {
		var back smtp.Security
		require.NoError(t, back.UnmarshalText([]byte(s.String())))
		require.Equal(t, s, back)
	}
	require.EqualError(t, new(smtp.Security).UnmarshalText([]byte("TLS")),
		`smtp: unknown security "TLS": want starttls, required, implicit or none`)
	require.Equal(t, "unknown", smtp.Security(9).String())
}
