package notifytest

import (
	"testing"
	"time"

	"github.com/watchbill/watchbill/notify"
)

// Run checks that a provider keeps the contract of [notify.Notifier], one subtest a clause. It is worth most under the
// race detector.
func Run(t *testing.T, s Subject) {
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(s); err != nil {
				t.Error(err)
			}
		})
	}
}

// Subject is a provider under test.
type Subject struct {
	// Open starts a counterpart that plays the script, and a provider whose messages go there. It is called many times.
	Open func(Script) (*Rig, error)

	// Cases are the answers that the protocol knows and what each must come to: [HTTPCases], [SMTPCases], or your own.
	// The first must be an acceptance.
	Cases []Case

	// Patience is how long a check waits for what should happen at once, before it calls that a failure; 0 means 10 s.
	Patience time.Duration
}

// Rig is a provider and its counterpart, connected.
type Rig struct {
	Notifier notify.Notifier
	Contact  notify.Contact // where the counterpart is; fill it with secrets, wherever the protocol has room for them
	Secrets  []string       // what no error may contain: those in Contact, and the provider's own

	// Arrived gets the idempotency key of every message before it is answered. From a counterpart that does not answer
	// it gets anything once a connection is there. Its buffer must hold whatever a check sends, a hundred messages.
	Arrived <-chan string

	// Close stops the counterpart, and whatever the provider keeps open. It is called once; a check may still send after
	// it, to nobody.
	Close func()
}

// Script says how a counterpart behaves.
type Script struct {
	Mode   Mode
	Answer Answer // under Answers
}

// Mode is the way a counterpart behaves.
type Mode uint8

// The modes.
const (
	Answers Mode = iota // as the script says; a refusal repeats everything that it refuses, like a careless server
	Hangs               // takes the connection, and never says a word
	Drips               // answers slowly and never to an end, so that every single read succeeds
)

// String returns "answers", "hangs" or "drips".
func (m Mode) String() string { return [...]string{"answers", "hangs", "drips"}[m] }

// Answer is what a counterpart says to a message.
type Answer struct {
	Step       string // which step of the conversation gets this answer; the others succeed. Unused where there is but one
	Code       int
	RetryAfter string
}

// Class is what an answer must come to.
type Class uint8

// The classes of outcome, as package notify defines them.
const (
	Accepted  Class = iota // nil
	Transient              // neither Permanent nor RetryError
	Later                  // RetryError
	Permanent              // Permanent
)

// String returns the name of the class.
func (c Class) String() string {
	return [...]string{"accepted", "transient", "later", "permanent"}[c]
}

// Case is one line of a classification table.
type Case struct {
	Name   string
	Answer Answer
	Want   Class
	After  time.Duration // of Later: at most this, and at least half of it, because a date is nearer when it is read
}
