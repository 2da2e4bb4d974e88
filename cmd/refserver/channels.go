package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/ntfy"
	"github.com/watchbill/watchbill/notify/smtp"
	"github.com/watchbill/watchbill/notify/webhook"
	"github.com/watchbill/watchbill/notify/words"
)

// channels is how messages leave, and answers come back. A reload exchanges the providers under the engine.
type channels struct {
	webhook, email, ntfy, sms, voice exchangeable

	twilio exchangeableHandler
	chats  map[notify.Channel]*exchangeable // of the file that the server was started with, by name
}

// notifiers is what the engine sends by. It has every channel that a file may set up, and the names of this one's chats.
func (c *channels) notifiers(file *config.File) map[notify.Channel]notify.Notifier {
	c.chats = map[notify.Channel]*exchangeable{}
	all := map[notify.Channel]notify.Notifier{
		"webhook": &c.webhook, "email": &c.email, "ntfy": &c.ntfy, "sms": &c.sms, "voice": &c.voice,
	}
	for _, s := range file.Nikoksr {
		c.chats[s.Name] = new(exchangeable)
		all[s.Name] = c.chats[s.Name]
	}
	return all
}

// use sends by these providers from now on. It returns the chats that the engine does not know.
func (c *channels) use(p providers) (unknown []notify.Channel) {
	c.webhook.set(p.webhook)
	c.email.set(p.email)
	c.ntfy.set(p.ntfy)
	c.sms.set(p.sms)
	c.voice.set(p.voice)
	c.twilio.set(p.twilio)
	for name, chat := range c.chats {
		chat.set(p.chats[name])
	}
	for name := range p.chats {
		if c.chats[name] == nil {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

// providers are the ways to send that a configuration sets up; nil where it does not.
type providers struct {
	webhook, email, ntfy, sms, voice notify.Notifier

	twilio http.Handler // takes in what comes back
	chats  map[notify.Channel]notify.Notifier
}

// newProviders makes the providers of a file. What comes back to them at public goes to desk.
func newProviders(file *config.File, public string, desk notify.Desk, log *slog.Logger) (p providers, err error) {
	texts, err := words.New(words.Config{Templates: templates(file)})
	if err != nil {
		return p, err
	}
	p.webhook, err = webhook.New(webhook.Config{Secret: file.Webhook.Secret})
	if err != nil {
		return p, fmt.Errorf("channels.webhook: %w", err)
	}
	if file.SMTP != nil {
		if p.email, err = newEmail(file.SMTP, texts); err != nil {
			return p, err
		}
	}
	if s := file.Ntfy; s != nil {
		p.ntfy, err = ntfy.New(ntfy.Config{Server: s.Server, Token: s.Token, Timeout: s.Timeout, Words: texts})
		if err != nil {
			return p, fmt.Errorf("channels.ntfy: %w", err)
		}
	}
	if len(file.Twilio) > 0 {
		if err = p.setTwilio(file.Twilio, texts, public, desk, log); err != nil {
			return p, err
		}
	}
	p.chats, err = newChats(file.Nikoksr, texts, &http.Client{Timeout: 30 * time.Second})
	return p, err
}

// templates are the texts of a file that replace built-in ones.
func templates(file *config.File) map[words.Form]map[string]string {
	all := map[words.Form]map[string]string{}
	for form, languages := range file.Templates {
		all[words.Form(form)] = languages
	}
	return all
}

// checkTemplate says what is wrong with a text that replaces a built-in one.
func checkTemplate(form, language, source string) error {
	return words.Check(words.Form(form), language, source)
}

func newEmail(s *config.SMTP, texts *words.Words) (notify.Notifier, error) {
	var security smtp.Security
	if err := security.UnmarshalText([]byte(s.TLS)); err != nil {
		return nil, fmt.Errorf("channels.smtp.tls: %w", err)
	}
	n, err := smtp.New(smtp.Config{Addr: s.Addr, From: s.From, Username: s.Username, Password: s.Password,
		Security: security, Timeout: s.Timeout, Words: texts})
	if err != nil {
		return nil, fmt.Errorf("channels.smtp: %w", err)
	}
	return n, nil
}

// exchangeable is a Notifier that can be exchanged while messages are sent.
type exchangeable struct {
	now atomic.Pointer[notify.Notifier]
}

func (e *exchangeable) set(n notify.Notifier) {
	if n == nil {
		e.now.Store(nil)
		return
	}
	e.now.Store(&n)
}

// Ready reports whether the configuration in force sets the channel up.
func (e *exchangeable) Ready() bool { return e.now.Load() != nil }

// Notify sends by the provider of the moment.
func (e *exchangeable) Notify(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	n := e.now.Load()
	if n == nil {
		return notify.Receipt{}, notify.Permanent(fmt.Errorf("channel %s is not configured", m.Contact.Channel))
	}
	return (*n).Notify(ctx, m)
}

// exchangeableHandler is a handler that can be exchanged while it serves.
type exchangeableHandler struct {
	now atomic.Pointer[http.Handler]
}

func (e *exchangeableHandler) set(h http.Handler) {
	if h == nil {
		e.now.Store(nil)
		return
	}
	e.now.Store(&h)
}

// ServeHTTP serves by the handler of the moment; 404 where there is none.
func (e *exchangeableHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := e.now.Load()
	if h == nil {
		http.Error(w, "this channel is not configured", http.StatusNotFound)
		return
	}
	(*h).ServeHTTP(w, r)
}
