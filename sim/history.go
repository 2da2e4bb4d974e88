package sim

import (
	"io"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// History is what happened. Its instants are the world's, whatever the engines' clocks showed.
type History struct {
	Seed       uint64
	Start, End time.Time
	Alerts     []*Alert // in the order in which they were opened
	Log        []Event  // in the order in which it happened

	Signals    int // taken in
	Inputs     int // what the engines were asked to do: signals, acts, passes, receipts
	Crashes    int
	Duplicates int // messages that arrived more than once
}

// Kind is what an event is.
type Kind string

// The kinds.
const (
	KindSignal  Kind = "signal"  // a source was answered
	KindRecord  Kind = "record"  // an entry of an alert's record was committed: see Entry
	KindSend    Kind = "send"    // a provider was asked to hand a message over
	KindAnswer  Kind = "answer"  // a provider answered, otherwise than that it has the message
	KindArrive  Kind = "arrive"  // a message is on a phone
	KindNotice  Kind = "notice"  // somebody saw it
	KindAct     Kind = "act"     // somebody did something
	KindCrash   Kind = "crash"   // an engine ended
	KindStart   Kind = "start"   // it started again
	KindPause   Kind = "pause"   // an engine stands still
	KindClock   Kind = "clock"   // clocks were set
	KindTrouble Kind = "trouble" // an engine was refused something by its store
)

// Event is one thing that happened.
type Event struct {
	At     time.Time
	Kind   Kind
	Engine int    // from 1; 0: none had to do with it
	Alert  *Alert // nil: none
	User   watchbill.UserID
	Text   string          // in words; empty for an entry: see [Event.Words]
	Entry  *timeline.Entry // of a KindRecord
	Send   *Send           // of a KindSend, KindArrive or KindNotice
}

// Words tells the event; empty for entries that only matter to machines.
func (e Event) Words() string {
	if e.Entry != nil {
		return episode.Describe(*e.Entry)
	}
	return e.Text
}

// Alert is what became of one alert.
type Alert struct {
	ID       watchbill.AlertID
	Name     string // its key, and which of that key it is: "disk-full#2"; the same whatever else happens
	Key      alert.DedupKey
	Source   watchbill.SourceID
	Service  watchbill.ServiceID
	Summary  string
	Severity watchbill.Severity
	Urgency  watchbill.Urgency
	State    alert.State
	Held     bool // it is muted, or a member of a group, and pages nobody now
	WasHeld  bool // or it was once

	OpenedAt       time.Time
	AcknowledgedAt time.Time // the first time; zero: never
	AcknowledgedBy watchbill.UserID
	ResolvedAt     time.Time // zero: it is open
	Sends          []*Send   // in order

	asked map[watchbill.UserID]bool // who is about to say something
}

// Send is a message that a provider was asked to hand over once.
type Send struct {
	At      time.Time
	Message notify.MessageID
	Key     notify.Key
	User    watchbill.UserID
	Contact notify.ContactID
	Channel notify.Channel
	Try     int         // from 1: sends of the same message
	State   alert.State // of the alert when the engine claimed the message
	Verdict episode.Verdict
	// When it was on the phone and when somebody saw it; zero: never, as far as the history goes. One that arrived twice has
	// the first time.
	ArrivedAt, NoticedAt time.Time
}

// Page reports whether it demands an acknowledgement.
func (s *Send) Page() bool { return s.Key.Kind == notify.KindPage }

// ReachedAt returns when the first person saw a page of the alert, or said something; zero if nobody did.
func (a *Alert) ReachedAt() (at time.Time) {
	at = a.AcknowledgedAt
	for _, s := range a.Sends {
		if s.Page() && !s.NoticedAt.IsZero() && (at.IsZero() || s.NoticedAt.Before(at)) {
			at = s.NoticedAt
		}
	}
	return at
}

// say adds an event, and lets happen what it leads to.
func (w *world) say(e Event) {
	e.At = w.now
	w.h.Log = append(w.h.Log, e)
	if w.s.React == nil {
		return
	}
	for _, a := range w.s.React(e) {
		w.after(a.After, func() { a.Do.do(w) })
	}
}

// Tell writes what happened, a line for each event.
func (h *History) Tell(w io.Writer) error {
	_, err := io.WriteString(w, h.tail(len(h.Log)))
	return err
}
