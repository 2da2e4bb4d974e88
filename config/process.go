package config

import (
	"net"
	"time"
)

const badSecret = `must be "whsec_" and 24 to 64 bytes in base64, or several of these, separated by spaces`

// settings of the channels that the file sets up.
type settings struct {
	smtp    *SMTP
	webhook Webhook
	twilio  []Twilio
	nikoksr []Service
	ntfy    *Ntfy
}

func channels(o *object) settings {
	return settings{
		smtp: inner(o, "smtp", smtp), webhook: inner(o, "webhook", webhook),
		twilio: accounts(o), nikoksr: services(o), ntfy: inner(o, "ntfy", ntfy),
	}
}

func smtp(o *object) *SMTP {
	s := &SMTP{
		Addr:     o.Text("addr"),
		From:     o.Text("from"),
		Username: o.secret("username"),
		Password: o.secret("password"),
		TLS:      o.Choice("tls", "starttls", "required", "implicit", "none"),
		Timeout:  o.Duration("timeout", time.Second),
	}
	if _, port, err := net.SplitHostPort(s.Addr); err != nil || port == "" {
		o.Wrong("addr", "must be the mail server's host:port, such as mail.example.com:587")
	}
	if !isMail(s.From) {
		o.Wrong("from", "must be the sender's e-mail address")
	}
	if o.Has("username") != o.Has("password") {
		o.Wrong("username", "is needed with password, and password with username")
	}
	return s
}

func webhook(o *object) Webhook {
	w := Webhook{Secret: o.secret("secret")}
	if !signs(w.Secret) {
		o.Wrong("secret", badSecret)
	}
	return w
}

// later makes the sections known that are not built yet, whatever they hold.
func later(o *object) {
	o.unbuilt("runbooks", "alerts link to no runbooks but their own")
	o.unbuilt("slas", "nothing is measured against them")
}
