package nikoksr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"strings"
	"time"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/words"
)

// The defaults of Config.
const (
	DefaultTimeout  = 30 * time.Second
	DefaultMaxStuck = 2
)

// stuckInAll is how many times MaxStuck sends may be stuck for all contacts together.
const stuckInAll = 16

// retryStuck is when to try a contact again whose sends are stuck.
const retryStuck = 30 * time.Second

// Service is what every service of github.com/nikoksr/notify is, and that module's Notify itself.
type Service interface {
	Send(ctx context.Context, subject, message string) error
}

// Markup says how a service reads texts.
type Markup uint8

// The kinds of markup.
const (
	PlainText Markup = iota
	HTML             // as telegram and mail of that module do unless told otherwise: what is special there is escaped
)

// Config says which service is used, and how. Make is required.
type Config struct {
	// Make returns a new service object that sends to this contact and to nobody else. It is called for every send, by
	// several goroutines at once, and may connect: it has the time of the send. The id is the same in every repeat of a
	// message, for services that have room for such a key. An error says that it cannot be made now; one that no repetition
	// can mend, such as an address that is none, is to be marked by [notify.Permanent].
	// Where an address is one to connect to, Make must heed Contact.Guarded, as by a client of package notify/guard.
	Make func(c notify.Contact, id notify.MessageID) (Service, error)

	Markup   Markup
	Words    *words.Words  // nil: the texts that are built in
	Secrets  []string      // what the service has been given that errors must not quote, such as a token
	Timeout  time.Duration // of one send; zero: 30 s
	MaxStuck int           // sends for one contact that may be stuck; zero: 2
}

// Notifier sends through a service. Make one with [New]. It is safe for concurrent use.
type Notifier struct {
	config Config
	stuck  stuck
}

var _ notify.Notifier = (*Notifier)(nil)

// New returns a Notifier, or an error that names the field of c that is wrong.
func New(c Config) (*Notifier, error) {
	switch {
	case c.Make == nil:
		return nil, errors.New("nikoksr: Config.Make is missing")
	case c.Timeout < 0 || c.MaxStuck < 0:
		return nil, errors.New("nikoksr: Config.Timeout and MaxStuck must not be negative")
	case c.Markup > HTML:
		return nil, fmt.Errorf("nikoksr: Config.Markup %d does not exist", c.Markup)
	}
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	c.MaxStuck = cmp.Or(c.MaxStuck, DefaultMaxStuck)
	return &Notifier{config: c, stuck: stuck{each: c.MaxStuck, all: c.MaxStuck * stuckInAll, by: map[string]int{}}}, nil
}

// Notify sends m, and returns when the service has, or when its time is up.
func (n *Notifier) Notify(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, n.config.Timeout)
	defer cancel()
	if ctx.Err() != nil {
		return notify.Receipt{}, fmt.Errorf("nikoksr: %w", ctx.Err())
	}
	if !n.stuck.room(m.Contact.Address) {
		err := errors.New("nikoksr: earlier sends of this service have not come back")
		return notify.Receipt{}, &notify.RetryError{After: retryStuck, Err: err}
	}
	s := &send{stuck: &n.stuck, address: m.Contact.Address, done: make(chan error, 1)}
	subject, text := n.texts(m)
	make, contact, id := n.config.Make, m.Contact, m.ID // nothing else of m, for a send that is stuck
	go func() { s.finish(run(ctx, make, contact, id, subject, text)) }()
	select {
	case err := <-s.done:
		return notify.Receipt{}, n.scrub(err, m)
	case <-ctx.Done():
		s.abandon()
		return notify.Receipt{}, fmt.Errorf("nikoksr: the service has not come back: %w", ctx.Err())
	}
}

// texts returns what is said, as the service reads it.
func (n *Notifier) texts(m notify.Message) (subject, text string) {
	w := n.config.Words
	subject, text = w.Text(words.PushTitle, m), w.Text(words.PushText, m)
	if m.AckURL != "" && !strings.Contains(text, m.AckURL) {
		text += "\n\n" + words.Label(m.Locale, notify.ActionAcknowledge) + ": " + m.AckURL
	}
	if n.config.Markup == HTML {
		subject, text = html.EscapeString(subject), html.EscapeString(text)
	}
	return subject, text
}

// errPanic is all that is told of a panic: its text may hold anything.
var errPanic = errors.New("the service panicked")

// run makes a service and sends. A panic is an error.
func run(ctx context.Context, make func(notify.Contact, notify.MessageID) (Service, error),
	c notify.Contact, id notify.MessageID, subject, text string) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	service, err := make(c, id)
	if err != nil {
		return err
	}
	return service.Send(ctx, subject, text)
}
