package notify

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"time"

	"github.com/watchbill/watchbill"
)

// Rules are a person's own rules: in which order, and how long after the first page, the contacts are tried.
type Rules struct {
	High []Rung `json:"high,omitempty"` // empty: every contact, at once
	Low  []Rung `json:"low,omitempty"`  // empty: the first contact
}

// Rung is one step of a person's rules.
type Rung struct {
	After   time.Duration `json:"after"` // since the person's first page of the run
	Contact ContactID     `json:"contact"`
}

// Steps returns the rungs for an urgency with their contacts, in the order of the rules; rungs whose contact does not
// exist are left out, and if that leaves none, it is as if there were no rules. A person without any contact has none.
func (r Rules) Steps(u watchbill.Urgency, contacts []Contact) []Step {
	rungs := r.High
	if u == watchbill.UrgencyLow {
		rungs = r.Low
	}
	var steps []Step
	for _, rung := range rungs {
		for _, c := range contacts {
			if c.ID == rung.Contact {
				steps = append(steps, Step{After: rung.After, Contact: c})
			}
		}
	}
	if len(steps) == 0 {
		return defaultSteps(u, contacts)
	}
	return steps
}

func defaultSteps(u watchbill.Urgency, contacts []Contact) []Step {
	if u == watchbill.UrgencyLow && len(contacts) > 1 {
		contacts = contacts[:1]
	}
	var steps []Step
	for _, c := range contacts {
		steps = append(steps, Step{Contact: c})
	}
	return steps
}

// Step is a rung with its contact.
type Step struct {
	After   time.Duration `json:"after,omitempty"`
	Contact Contact       `json:"contact"`
}

// Key identifies one message: this alert, this attempt, this person, this rung.
type Key struct {
	Alert   watchbill.AlertID `json:"alert"`
	Attempt watchbill.Attempt `json:"attempt"`
	User    watchbill.UserID  `json:"user"`
	Rung    int               `json:"rung"` // index in the person's steps
	Kind    Kind              `json:"kind,omitempty"`
}

// ID returns the message ID that the key determines: "msg_" and 26 characters of a SHA-256 over all its parts.
func (k Key) ID() MessageID {
	text := append(make([]byte, 0, 128), k.Alert...)
	for _, n := range [...]int{k.Attempt.Run, k.Attempt.Cycle, k.Attempt.Level, k.Attempt.Number} {
		text = strconv.AppendInt(append(text, 0), int64(n), 10)
	}
	text = append(append(append(text, 0), k.User...), 0)
	text = strconv.AppendInt(text, int64(k.Rung), 10)
	if k.Kind != KindPage {
		text = append(append(text, 0), k.Kind.String()...)
	}
	sum := sha256.Sum256(text)
	id := base32.StdEncoding.AppendEncode(append(text[:0], "msg_"...), sum[:16])
	id = id[:len("msg_")+26] // without the padding
	for i := len("msg_"); i < len(id); i++ {
		id[i] |= 'a' - 'A' // in lower case; digits stay what they are
	}
	return MessageID(id)
}

// Progress says how far a rung is.
type Progress uint8

// The progress of a rung.
const (
	Waiting  Progress = iota // its time has not come
	Sent                     // handed out; the provider has not accepted it yet
	Accepted                 // the provider accepted the latest message
	Failed                   // the latest message can never be delivered
)

// Climb is a rung on its way.
type Climb struct {
	Step
	Progress Progress          `json:"progress,omitempty"`
	Attempt  watchbill.Attempt `json:"attempt,omitzero"`   // of the latest message
	QueuedAt time.Time         `json:"queued_at,omitzero"` // since when a message of the rung has been waiting to be accepted
}

// Ladder is the state of one person's rules for one run of one alert. The zero value has not started. Slices in it are
// replaced, never written to.
type Ladder struct {
	User     watchbill.UserID  `json:"user"`
	Start    time.Time         `json:"start"`   // of the person's first page in the run
	Attempt  watchbill.Attempt `json:"attempt"` // the latest that paged the person
	Accepted bool              `json:"accepted,omitempty"`
	Rungs    []Climb           `json:"rungs"`
}

// LadderInput is what can happen to a ladder: [Page], [Outcome] or [Tick].
type LadderInput interface{ ladderInput() }

// Page is an attempt that includes the person. Steps are the person's rules as they are now; they count when the
// ladder starts, or starts over because every rung of it had failed.
type Page struct {
	Attempt watchbill.Attempt
	Steps   []Step
}

// Outcome is what became of the message of a rung for good: accepted by its provider, or refused for ever.
type Outcome struct {
	Rung     int
	Attempt  watchbill.Attempt
	Accepted bool
	Limited  bool // it was not sent, since too many were: the next rung takes over, and this one may be tried again
	Late     bool // its provider had accepted it, and says now that it never arrived
}

// Tick says that time has passed.
type Tick struct{}

func (Page) ladderInput()    {}
func (Outcome) ladderInput() {}
func (Tick) ladderInput()    {}

// Send is a message to be sent for a rung. Replaces is the attempt of a message of the same rung that no provider has
// accepted and that this one makes needless; zero if there is none. Then QueuedAt is that of the one replaced, so that
// a message which is repeated faster than its provider takes it keeps its place in the queue.
type Send struct {
	Rung     int
	Attempt  watchbill.Attempt
	Replaces watchbill.Attempt
	QueuedAt time.Time
}

// Advance steps the ladder. It returns the messages to send, and whether the person has just turned out unreachable:
// every rung has failed for good and none was ever accepted. A late or repeated input changes nothing.
func Advance(l Ladder, now time.Time, in LadderInput) (next Ladder, sends []Send, unreachable bool) {
	if l.Start.After(now) {
		l.Start = now // a wait that began after now begins at now
	}
	l.Rungs = append([]Climb(nil), l.Rungs...)
	switch in := in.(type) {
	case Page:
		sends = l.page(now, in)
	case Outcome:
		sends, unreachable = l.outcome(now, in)
	case Tick:
		sends = l.fire(now, func(r Climb) bool { return r.Progress == Waiting && l.due(r, now) })
	}
	return l, sends, unreachable
}

// page starts the ladder, or repeats the rungs already tried; it never delays the others.
func (l *Ladder) page(now time.Time, in Page) []Send {
	if l.Attempt == in.Attempt {
		return nil
	}
	if len(l.Rungs) == 0 || l.exhausted() {
		l.Start, l.Rungs = now, nil
		for _, s := range in.Steps {
			l.Rungs = append(l.Rungs, Climb{Step: s})
		}
	}
	l.Attempt = in.Attempt
	return l.fire(now, func(r Climb) bool {
		return r.Progress == Sent || r.Progress == Accepted || r.Progress == Waiting && l.due(r, now)
	})
}

func (l *Ladder) outcome(now time.Time, in Outcome) (sends []Send, unreachable bool) {
	if in.Accepted {
		l.Accepted = true
	}
	if in.Rung < 0 || in.Rung >= len(l.Rungs) {
		return nil, false
	}
	r := &l.Rungs[in.Rung]
	if r.Attempt != in.Attempt || r.Progress != Sent && (!in.Late || r.Progress != Accepted) {
		return nil, false
	}
	switch {
	case in.Accepted:
		r.Progress = Accepted
		return nil, false
	case in.Limited:
		r.Progress = Accepted
	default:
		r.Progress = Failed
	}
	if next, ok := l.next(); ok { // it takes over now, and not again at its time
		return []Send{l.send(now, next)}, false
	}
	return nil, l.exhausted() && (!l.Accepted || in.Late)
}

// next returns the waiting rung whose time comes first.
func (l *Ladder) next() (rung int, ok bool) {
	for i, r := range l.Rungs {
		if r.Progress == Waiting && (!ok || r.After < l.Rungs[rung].After) {
			rung, ok = i, true
		}
	}
	return rung, ok
}

func (l *Ladder) fire(now time.Time, which func(Climb) bool) []Send {
	var sends []Send
	for i, r := range l.Rungs {
		if which(r) {
			sends = append(sends, l.send(now, i))
		}
	}
	return sends
}

// send hands out a rung under the latest attempt.
func (l *Ladder) send(now time.Time, rung int) Send {
	r := &l.Rungs[rung]
	s := Send{Rung: rung, Attempt: l.Attempt}
	if r.Progress == Sent {
		s.Replaces = r.Attempt
	}
	if r.Progress != Sent || r.QueuedAt.After(now) {
		r.QueuedAt = now
	}
	s.QueuedAt = r.QueuedAt
	r.Progress, r.Attempt = Sent, l.Attempt
	return s
}

func (l *Ladder) due(r Climb, now time.Time) bool { return !l.Start.Add(r.After).After(now) }

func (l *Ladder) exhausted() bool {
	for _, r := range l.Rungs {
		if r.Progress != Failed {
			return false
		}
	}
	return true
}

// WakeAt returns when the next rung is due; zero if none is waiting.
func (l Ladder) WakeAt() time.Time {
	var wake time.Time
	for _, r := range l.Rungs {
		if at := l.Start.Add(r.After); r.Progress == Waiting && (wake.IsZero() || at.Before(wake)) {
			wake = at
		}
	}
	return wake
}
