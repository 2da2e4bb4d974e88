package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
)

// A Notifier sends messages over one channel. Implementations are safe for concurrent use, return when ctx is done,
// keep no reference to the message, and put no secret into their errors.
type Notifier interface {
	Notify(ctx context.Context, m Message) (Receipt, error)
}

// Func makes a Notifier of a function.
type Func func(ctx context.Context, m Message) (Receipt, error)

// Notify calls f.
func (f Func) Notify(ctx context.Context, m Message) (Receipt, error) { return f(ctx, m) }

// Receipt is what a provider says of a message that it accepted.
type Receipt struct {
	ProviderID string `json:"provider_id,omitempty"` // the provider's own name for the message; may be empty
}

// MessageID names one message for ever: repeats of a send carry the same ID.
type MessageID string

// ContactID names a contact method of a person, unique within the person.
type ContactID string

// Channel names a way to reach people: "webhook", "email", or whatever name a host registered a Notifier under.
type Channel string

// Kind says what a message is about.
type Kind uint8

// The kinds of message.
const (
	KindPage     Kind = iota // demands acknowledgement
	KindUpdate               // something changed
	KindResolved             // it is over
	KindSummary              // several things at once
)

var kindNames = [...]string{"page", "update", "resolved", "summary"}

// String returns "page", "update", "resolved" or "summary".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// MarshalText returns the name.
func (k Kind) MarshalText() ([]byte, error) {
	if int(k) >= len(kindNames) {
		return nil, fmt.Errorf("notify: message kind %d does not exist", k)
	}
	return []byte(kindNames[k]), nil
}

// UnmarshalText accepts exactly the names that String returns.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, n := range kindNames {
		if string(text) == n {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("notify: unknown message kind %q", text)
}

// Contact is one way to reach a person.
type Contact struct {
	ID      ContactID `json:"id"`
	Channel Channel   `json:"channel"`
	Address string    `json:"address"`          // a URL, an e-mail address, a number: the channel knows
	Secret  string    `json:"secret,omitempty"` // replaces the channel's own secret, where it has one

	// Guarded says that the address was given by somebody other than the operator, so that a provider that connects to it
	// must refuse addresses of private networks and of this machine: see package notify/guard.
	Guarded bool `json:"guarded,omitempty"`
}

// Message is one thing sent to one contact of one person. It is a value; a Notifier may not keep or change it.
type Message struct {
	ID       MessageID
	Kind     Kind
	User     watchbill.UserID
	Name     string         // the person's name, for a greeting; may be empty
	Zone     *time.Location // the person's zone, for times in texts; never nil
	Contact  Contact
	Alert    watchbill.AlertID
	Summary  string // one line
	Severity watchbill.Severity
	Urgency  watchbill.Urgency
	Service  string // display name; may be empty
	Details  string // plain text; may be empty
	Links    []Link
	Level    int // level of the policy, from 1; 0 is the catch-all
	Attempt  int // attempt within the level, from 1
	At       time.Time
	AckURL   string          // page with the buttons for this person and alert; empty where the host has none
	Body     json.RawMessage // the alert as the HTTP API shows it, for machines
	Locale   string          // BCP 47, of the person; empty means en
	Critical bool            // may break through "do not disturb": a page of high urgency
	Items    []Item          // of a summary: what it is about, the most urgent first
}

// Item is one alert in a summary.
type Item struct {
	Alert    watchbill.AlertID
	Summary  string
	Severity watchbill.Severity
	Service  string // display name; may be empty
}

// Link is a labelled address.
type Link struct {
	Text string `json:"text,omitempty"`
	Href string `json:"href"`
}

// Lane is what fails together: a channel and a destination in it. Each lane has its own limits and breaker in the
// engine, so that a dead destination delays no other.
type Lane struct {
	Channel     Channel `json:"channel"`
	Destination string  `json:"destination,omitempty"` // host:port of an address that is a URL; else empty: the provider
}

// String returns "channel" or "channel destination".
func (l Lane) String() string {
	if l.Destination == "" {
		return string(l.Channel)
	}
	return string(l.Channel) + " " + l.Destination
}

// LaneOf returns the lane of a contact: the host and port of an address that is a URL with a host; otherwise all
// contacts of a channel share one lane, because they share the provider (the mail server, the SMS gateway).
func LaneOf(c Contact) Lane {
	l := Lane{Channel: c.Channel}
	if !strings.Contains(c.Address, "://") {
		return l
	}
	if u, err := url.Parse(c.Address); err == nil && u.Host != "" {
		l.Destination = strings.ToLower(u.Host)
	}
	return l
}

// ErrPermanent classes errors that no repetition can mend: a malformed address, an unknown recipient.
var ErrPermanent = errors.New("notify: permanent failure")

// Permanent marks err as one that no repetition can mend; errors.Is(_, ErrPermanent) reports it. Permanent of nil is
// nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanent{err}
}

type permanent struct{ err error }

func (p *permanent) Error() string        { return p.err.Error() }
func (p *permanent) Unwrap() error        { return p.err }
func (p *permanent) Is(target error) bool { return target == ErrPermanent }

// RetryError is a failure whose provider said when to come back.
type RetryError struct {
	After time.Duration // from now; zero or less means at once
	Err   error
}

// Error says what failed and when it may be tried again.
func (e *RetryError) Error() string { return fmt.Sprintf("%v (retry after %v)", e.Err, e.After) }

// Unwrap returns Err.
func (e *RetryError) Unwrap() error { return e.Err }
