// Package episode is one alert's life as one aggregate: the alert, its escalation, and every person's ladder for it
// change together or not at all. [Step] takes an episode one input further; the engine, the simulator and every proof
// run this same function.
//
// Step resolves targets itself, by the [oncall.Org] it is given, and records each resolution as an input of its own, so
// that [Fold] gives the stored episode back from its timeline alone, whatever has become of the configuration.
//
// The caller commits what Step returns in one transaction: the episode, the entries, the wake-up and the messages of
// the [Outcome]. It sends after that, and reports what became of each message as a [Receipt].
package episode

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// Episode is one alert's life so far. It is a plain value; slices in it are replaced, never written to. The zero
// Episode has not begun.
type Episode struct {
	Alert      alert.Alert        `json:"alert"`
	Policy     escalation.Policy  `json:"policy"`   // frozen when the run started
	Revision   int64              `json:"revision"` // of the configuration it was taken from
	Escalation escalation.State   `json:"escalation"`
	Ladders    []notify.Ladder    `json:"ladders,omitempty"` // of this run, in the order of the first pages
	Paged      []watchbill.UserID `json:"paged,omitempty"`   // everybody, in the order of the first pages
	Seq        int64              `json:"seq"`               // of the latest entry
	Last       time.Time          `json:"last"`              // of the latest entry
	Repeats    int                `json:"repeats,omitempty"` // unchanged signals since the latest entry
}

// Ref returns what the alert is deduplicated by.
func (e Episode) Ref() alert.Ref { return e.Alert.Ref() }

// WakeAt returns when the next Tick is due; zero if nothing is scheduled. It is rounded up to what a store can hold, since
// Step would find nothing due at a time rounded down.
func (e Episode) WakeAt() time.Time {
	wake := e.wakeAt()
	if stamp := watchbill.Stamp(wake); stamp.Before(wake) {
		return stamp.Add(time.Microsecond)
	}
	return wake
}

func (e Episode) wakeAt() time.Time {
	wake := e.Alert.ExpiresAt()
	if e.Alert.State != alert.Triggered {
		return wake
	}
	wake = earlier(wake, e.Escalation.WakeAt(e.Policy))
	for _, l := range e.Ladders {
		wake = earlier(wake, l.WakeAt())
	}
	return wake
}

// Reached reports whether the alert needs nobody, or a provider accepted a message of its run, or its levels are being
// paged for the first time. One that is not reached deserves an alarm.
func (e Episode) Reached() bool { return e.Escalation.Reached() }

// Wants reports whether a message is still to be sent: nobody has acknowledged, and no later one took its place.
func (e Episode) Wants(k notify.Key) bool {
	if e.Alert.State != alert.Triggered || k.Attempt.Run != e.Escalation.At.Run {
		return false
	}
	rung, ok := e.rung(k)
	return ok && rung.Progress == notify.Sent && rung.Attempt == k.Attempt
}

func (e Episode) rung(k notify.Key) (notify.Climb, bool) {
	for _, l := range e.Ladders {
		if l.User == k.User && k.Rung >= 0 && k.Rung < len(l.Rungs) {
			return l.Rungs[k.Rung], true
		}
	}
	return notify.Climb{}, false
}

// Input is what can happen to an episode: [Signal], [Acknowledge], [Resolve], [Escalate], [Receipt] or [Tick].
type Input interface{ input() }

// Signal is what a source, or a person by hand, says. ID is the alert's if the signal opens one.
type Signal struct {
	ID     watchbill.AlertID
	Signal alert.Signal
}

// Command is what all acts of a person have: who, and through which key or session if that is not the person's own.
type Command struct {
	By  watchbill.UserID
	Via string
}

// Acknowledge says that the person has it.
type Acknowledge Command

// Resolve says that it is over.
type Resolve Command

// Escalate asks for the next level now.
type Escalate Command

// Receipt says what became of one send.
type Receipt struct {
	Key    notify.Key
	Result Result
}

// Result is what became of one send. The zero Result says that a provider accepted it.
type Result struct {
	Verdict    Verdict       `json:"verdict,omitempty"`
	ProviderID string        `json:"provider_id,omitempty"` // the provider's own name for the message
	Error      string        `json:"error,omitempty"`       // without secrets
	RetryAfter time.Duration `json:"retry_after,omitempty"` // what the provider asked for
}

// Verdict classes what became of a send.
type Verdict uint8

// The verdicts.
const (
	Accepted Verdict = iota // the provider has it
	Retry                   // it may work later
	Refused                 // it can never work
)

var verdictNames = [...]string{"accepted", "retry", "refused"}

// String returns the name in lower case.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return "unknown"
}

// MarshalText returns the name.
func (v Verdict) MarshalText() ([]byte, error) {
	if int(v) >= len(verdictNames) {
		return nil, fmt.Errorf("episode: verdict %d does not exist", v)
	}
	return []byte(verdictNames[v]), nil
}

// UnmarshalText accepts exactly the names that String returns.
func (v *Verdict) UnmarshalText(text []byte) error {
	for i, n := range verdictNames {
		if string(text) == n {
			*v = Verdict(i)
			return nil
		}
	}
	return fmt.Errorf("episode: unknown verdict %q", text)
}

// Tick says that time has passed. UpSince is since when signals could be received without a break.
type Tick struct{ UpSince time.Time }

func (Signal) input()      {}
func (Acknowledge) input() {}
func (Resolve) input()     {}
func (Escalate) input()    {}
func (Receipt) input()     {}
func (Tick) input()        {}

// Outcome is what the caller commits beside the episode: first the cancellations, then the sends.
type Outcome struct {
	Entries   []timeline.Entry
	CancelAll bool               // no message of the alert that waits to be sent is wanted any more
	Cancel    []notify.MessageID // nor are these
	Send      []Outgoing
}

// Outgoing is a message to be handed out.
type Outgoing struct {
	ID    notify.MessageID
	Key   notify.Key
	Lane  notify.Lane
	DueAt time.Time // at once, or earlier: then it takes the place of one that has been waiting
}

// Permits says whether a person's command may be given now; the error is [alert.ErrResolved] if it is too late. Step
// itself refuses nothing: what comes too late changes nothing.
func Permits(e Episode, in Input) error {
	if _, ok := in.(Resolve); ok {
		return alert.Permits(e.Alert, alert.Close{})
	}
	return alert.Permits(e.Alert, alert.Ack{})
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
