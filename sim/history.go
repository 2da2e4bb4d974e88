package sim

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
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

	zone  *time.Location              // in which it is told: that of the scenario's start; nil: UTC
	zones map[watchbill.UserID]string // of the people
	heard map[alert.DedupKey]bool     // of the signals taken in
}

// Heard reports whether a signal of a key was taken in, also one that opened no alert; a heartbeat monitor's is always there.
func (h *History) Heard(key alert.DedupKey) bool { return h.heard[key] }

// learn takes note of where people live.
func (h *History) learn(c catalog.Catalog) {
	for _, u := range c.Users {
		h.zones[u.ID] = u.Zone
	}
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

	told bool // an entry of a record tells it too
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

	OpenedAt       time.Time
	AcknowledgedAt time.Time // the first time; zero: never
	AcknowledgedBy watchbill.UserID
	ResolvedAt     time.Time // zero: it is open
	Rings          []Ring    // when it demanded somebody, in order
	Sends          []*Send   // in order

	asked map[watchbill.UserID]bool // who is about to say something
	run   int                       // of its escalation
}

// Ring is a span in which an alert demanded somebody: it was triggered, of high urgency, and not held. One begins when the alert
// is opened, when nothing holds it any more, when it is raised from low urgency, and when an acknowledgement ends.
type Ring struct {
	From, To       time.Time        // To is zero if it still rings when the history ends
	Acknowledged   bool             // that ended it; false: it was resolved or held
	AcknowledgedBy watchbill.UserID // empty: the source said that somebody has it
}

// ring takes note of whether the alert demands somebody now.
func (a *Alert) ring(at time.Time, now alert.Alert) {
	rang := len(a.Rings) > 0 && a.Rings[len(a.Rings)-1].To.IsZero()
	rings := now.State == alert.Triggered && now.Urgency == watchbill.UrgencyHigh && !a.Held
	switch {
	case rings && !rang:
		a.Rings = append(a.Rings, Ring{From: at})
	case rang && !rings:
		r := &a.Rings[len(a.Rings)-1]
		if r.To = at; now.State == alert.Acknowledged {
			r.Acknowledged, r.AcknowledgedBy = true, now.AcknowledgedBy
		}
	}
}

// seen returns when the first person saw a page of the alert while it rang, or acknowledged it; zero if nobody did.
func (a *Alert) seen(r Ring) (at time.Time) {
	if r.Acknowledged && r.AcknowledgedBy != "" {
		at = r.To
	}
	for _, s := range a.Sends {
		if n := s.NoticedAt; s.Page() && s.human() && !n.IsZero() && !n.Before(r.From) && (r.To.IsZero() || !n.After(r.To)) && (at.IsZero() || n.Before(at)) {
			at = n
		}
	}
	return at
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
	Run     int         // of the alert then; a page of an earlier one is not wanted any more
	Verdict episode.Verdict
	// When it was on the phone and when somebody saw it; zero: never, as far as the history goes. One that arrived twice has
	// the first time.
	ArrivedAt, NoticedAt time.Time
}

// human reports whether it goes to a person: a chat room or a webhook sees nothing, and answers nothing.
func (s *Send) human() bool { return isHuman(s.User) }

func isHuman(u watchbill.UserID) bool {
	return u != "" && !catalog.IsDestination(u)
}

// Page reports whether it demands an acknowledgement.
func (s *Send) Page() bool { return s.Key.Kind == notify.KindPage }

// ReachedAt returns when the first person saw a page of the alert, or said something; zero if nobody did.
func (a *Alert) ReachedAt() (at time.Time) {
	at = a.AcknowledgedAt
	for _, s := range a.Sends {
		if s.Page() && s.human() && !s.NoticedAt.IsZero() && (at.IsZero() || s.NoticedAt.Before(at)) {
			at = s.NoticedAt
		}
	}
	return at
}

// tells reports whether anybody reads events.
func (w *world) tells() bool { return !w.s.NoLog || w.s.React != nil }

// words are those of an event, if anybody reads it.
func (w *world) words(format string, args ...any) string {
	if !w.tells() {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// say adds an event, and lets happen what it leads to.
func (w *world) say(e Event) {
	e.At = w.now
	if !w.s.NoLog {
		w.h.Log = append(w.h.Log, e)
	}
	if w.s.React == nil {
		return
	}
	for _, a := range w.s.React(e) {
		if deedOf(a.Do) == nil {
			w.broken = &FieldError{Path: "React", Reason: fmt.Sprintf("returns an act that does nothing for %q; set its Do", e.Text)}
			return
		}
		w.after(a.After, func() { a.Do.do(w) })
	}
}
