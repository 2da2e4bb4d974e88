// Package history decides whether a run of Watchbill kept its promises, from what was written down outside of it: what
// clients sent and were answered, what arrived at the phones, what the store holds in the end, and what was broken when.
//
// [Log.Check] names every promise that was broken, with the first alert that shows it; [Log.Figures] says how the run went.
// Both are pure: the same log gives the same answer.
package history

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// Log is everything that was written down about a run. Times are those of one machine's clock.
type Log struct {
	Signals  []Signal
	Acks     []Ack
	Messages []Message // in the order of arrival
	Alerts   []Alert   // everything in the store at the end
	Faults   []Fault
	Claims   []Claim // every one that was committed, in the order of time; nil: the store was not watched

	// Right says who has to be paged, by service and level, from level 1.
	Right map[watchbill.ServiceID][]watchbill.UserID

	Began, Ended time.Time // of the whole run; at the end all was quiet
	Replicas     int       // how many there were
	Waiting      int       // lanes that still had something to send at the end
	Bounds       Bounds
}

// Bounds is what a run has to keep to.
type Bounds struct {
	Lease  time.Duration // how long a claim lasts
	Flight time.Duration // the longest between a claim and the arrival, of a process that nobody holds up
	Commit time.Duration // the longest between an arrival and its receipt in the store, where nothing is broken
	Skew   time.Duration // between the clocks that wrote the log and those of the engines
}

// Answer is what became of a request.
type Answer uint8

// The answers.
const (
	Unknown  Answer = iota // none came, or one that leaves it open: 5xx, a time-out, a lost connection
	Accepted               // 2xx
	Refused                // 4xx: nothing was done; 429 among them
)

// Try is one request.
type Try struct {
	Replica    string
	SentAt     time.Time
	AnsweredAt time.Time
	Answer     Answer
}

// Signal is one signal, repeated by its client until it was accepted. Keys are unique.
type Signal struct {
	Key     alert.DedupKey
	Service watchbill.ServiceID
	Alert   watchbill.AlertID // as the accepted answer named it; empty: none was
	DueAt   time.Time         // when the client first meant to send it
	Tries   []Try
}

// accepted returns the try that was accepted; false if none was.
func accepted(tries []Try) (Try, bool) {
	for _, t := range tries {
		if t.Answer == Accepted {
			return t, true
		}
	}
	return Try{}, false
}

// Ack is one acknowledgement, repeated until it was answered for good.
type Ack struct {
	Alert watchbill.AlertID
	By    watchbill.UserID
	Tries []Try
}

// Message is one that arrived at a phone.
type Message struct {
	ID       notify.MessageID
	Kind     string // page, update, resolved, summary
	Alert    watchbill.AlertID
	Key      alert.DedupKey
	User     watchbill.UserID
	Level    int
	Attempt  int
	From     string // the replica that sent it; empty: not known
	At       time.Time
	Declined bool // the phone answered that it is to be sent again
}

// Claim is a committed claim of a message, as the store itself noted it.
type Claim struct {
	Message notify.MessageID
	At      time.Time   // by the store's clock, before the commit
	State   alert.State // of the alert, as the transaction that claimed saw it
}

// Alert is an alert as the store has it.
type Alert struct {
	Episode episode.Episode
	Entries []timeline.Entry
	Err     error // it cannot be read, or is in quarantine
}

// Fault is something that was broken on purpose.
type Fault struct {
	Kind    Kind
	Replica string    // that it was done to; empty: to the database, and so to all
	At      time.Time // when it began
	Until   time.Time // when it was mended: the process was ready again, the network whole
}

// Kind is a kind of fault.
type Kind string

// The kinds of fault.
const (
	Kill      Kind = "kill -9"
	Pause     Kind = "pause"
	Partition Kind = "partition"
	Slow      Kind = "slow network"
	Fast      Kind = "database restarted, fast"
	Immediate Kind = "database restarted, immediate"
)

// hits reports whether a fault may have touched what a replica did. Where the replica is not known, every fault may.
func (f Fault) hits(replica string) bool {
	return f.Replica == "" || replica == "" || f.Replica == replica
}
