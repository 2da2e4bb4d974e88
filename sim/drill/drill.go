package drill

import (
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/incident"
)

// Mark is what the summary of everything in a drill begins with, so that nobody takes it for the real thing.
const Mark = "DRILL: "

// Marked returns a text that says that it is about a drill.
func Marked(text string) string {
	if strings.HasPrefix(text, Mark) {
		return text
	}
	return Mark + text
}

// Drill is one training. Its distances are those of the past incident; whoever leads the drill may change everything.
type Drill struct {
	Title    string
	From     string        // what it is made of, in words; empty: not said
	Happened time.Time     // when that began: a rehearsal begins then; zero: not known
	Limit    time.Duration // it ends then, whatever is open
	Signals  []Signal      // by distance
	Injects  []Inject      // by distance
	Notes    []string      // for whoever leads the drill, to read before and to talk over afterwards
	Expect   []Expectation // in the order in which the sheet has them
	Robots   Robots        // who take part in a rehearsal
}

// Signal is a signal, and how long after the drill's beginning it comes.
type Signal struct {
	After  time.Duration
	Signal alert.Signal
}

// Inject is what whoever leads the drill tells, or lets people find, if they get there.
type Inject struct {
	After time.Duration
	Text  string
}

// What is a thing that people do.
type What string

// What can be expected.
const (
	Acknowledged What = "acknowledged" // somebody has an alert
	Escalated    What = "escalated"    // somebody asked for the next level
	Summoned     What = "summoned"     // somebody was asked to help, by name
	Declared     What = "declared"     // there is an incident
	Role         What = "role"         // somebody has a role in it
	Updated      What = "updated"      // its status says more than that it is investigated
	Told         What = "told"         // customers read of it
	Resolved     What = "resolved"     // nothing is open any more
)

// Whats are all of them, in the order in which they mostly happen.
func Whats() []What {
	return []What{Acknowledged, Escalated, Summoned, Declared, Role, Updated, Told, Resolved}
}

// Expectation is one thing that is expected of those who take part.
type Expectation struct {
	What   What
	Alert  alert.DedupKey   // of Acknowledged and Escalated: the alert with this key, counted from when it opens; empty: any, from the first signal
	Role   incident.Role    // of Role: which one; none: any
	User   watchbill.UserID // of Summoned: who; empty: anybody
	Within time.Duration    // since the first signal, but for alerts that are named
	Points int              // for doing it within that; half of them, rounded down, for doing it later
	Then   time.Duration    // how long the real ones took; zero: they never did, or it is not known
}

// String says what is expected: "acknowledged (disk-full)".
func (e Expectation) String() string {
	var of string
	switch {
	case e.Alert != "":
		of = string(e.Alert)
	case e.Role != incident.NoRole:
		of = e.Role.String()
	case e.User != "":
		of = string(e.User)
	}
	if of == "" {
		return string(e.What)
	}
	return string(e.What) + " (" + of + ")"
}

// Robots are the people of a rehearsal. The zero Robots answer at once and fix nothing.
type Robots struct {
	Answers     time.Duration // from noticing a page until acknowledging it
	Misses      float64       // the probability that a page goes unnoticed
	Coordinates time.Duration // between any two things that whoever acknowledged first does for the incident; zero: nobody does any
	Fixes       time.Duration // from acknowledging until resolving; zero: that is left to the signals
	Seed        uint64        // of chance
}

// first is when the first signal comes: what is expected counts from then.
func (d Drill) first() time.Duration {
	if len(d.Signals) == 0 {
		return 0
	}
	return d.Signals[0].After
}

// last is when the last signal comes.
func (d Drill) last() time.Duration {
	if len(d.Signals) == 0 {
		return 0
	}
	return d.Signals[len(d.Signals)-1].After
}

// wrongUntil is when the last signal comes that something is wrong: what people have resolved before that is not all of it.
func (d Drill) wrongUntil() (at time.Duration) {
	for _, s := range d.Signals {
		if s.Signal.Action == alert.Trigger {
			at = max(at, s.After)
		}
	}
	return at
}

// At returns the signal as it is sent in a drill: it says that it is one, and begins when it comes.
func (s Signal) At(now time.Time) alert.Signal {
	a := s.Signal
	if a.Action == alert.Trigger {
		a.Summary, a.StartsAt = Marked(a.Summary), watchbill.Stamp(now)
	}
	return a
}
