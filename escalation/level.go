package escalation

import (
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// Mode says whom of a level's people an attempt pages.
type Mode string

// The modes.
const (
	All        Mode = ""            // everybody
	RoundRobin Mode = "round_robin" // of several, the one whom the level picked longest ago
)

// When is the condition of a level. The zero value always holds.
type When struct {
	Severity []watchbill.Severity `json:"severity,omitempty"` // any of these; empty: any at all
	Hours    string               `json:"hours,omitempty"`    // within these support hours
	Outside  string               `json:"outside,omitempty"`  // outside of these support hours
	Wait     bool                 `json:"wait,omitempty"`     // the level waits for the hours, and is not skipped
}

// IsZero reports whether the condition always holds.
func (w When) IsZero() bool {
	return len(w.Severity) == 0 && w.Hours == "" && w.Outside == "" && !w.Wait
}

// Covers reports whether the condition may hold for a severity.
func (w When) Covers(s watchbill.Severity) bool {
	return len(w.Severity) == 0 || slices.Contains(w.Severity, s)
}

// Jump goes back to a level when one gives way because its time is over.
type Jump struct {
	Level int `json:"level,omitempty"` // from 1, not after the level itself; zero: no jump
	Times int `json:"times,omitempty"` // at most so often a cycle; zero means once
}

// Rest spares people who have been woken too often: whoever was paged After times at night Within so long is not paged
// again while somebody of Relief can be. The zero value spares nobody.
type Rest struct {
	After  int                `json:"after,omitempty"`
	Within time.Duration      `json:"within,omitempty"` // zero means 12 hours
	From   calendar.TimeOfDay `json:"from,omitempty"`   // of the night, in the person's zone; From equal to To means 22:00 to 07:00
	To     calendar.TimeOfDay `json:"to,omitempty"`
	Relief []Target           `json:"relief,omitempty"`
}

// Span returns within how long wake-ups count.
func (r Rest) Span() time.Duration { return orElse(r.Within, 12*time.Hour) }

// Night reports whether a person's clock says that a page wakes.
func (r Rest) Night(c calendar.Civil) bool {
	from, to := r.From, r.To
	if from == to {
		from, to = calendar.NewTimeOfDay(22, 0), calendar.NewTimeOfDay(7, 0)
	}
	open, _ := calendar.NewPattern([]calendar.Window{{Days: everyDay(), From: from, To: to}}).At(c)
	return open
}

func everyDay() []calendar.Weekday {
	return []calendar.Weekday{calendar.Monday, calendar.Tuesday, calendar.Wednesday, calendar.Thursday, calendar.Friday,
		calendar.Saturday, calendar.Sunday}
}

// The most that a level may ask for.
const (
	maxAcks  = 100
	maxJumps = 10
)

// validate checks what is a level's own, beyond its times.
func (l Level) validate(i int, path string, check func(bad bool, path, format string, args ...any)) {
	check(l.Acks < 0 || l.Acks > maxAcks, path+".acks", "%d is not between 1 and %d", l.Acks, maxAcks)
	check(l.Mode != All && l.Mode != RoundRobin, path+".mode", "%q is unknown; use all or round_robin", string(l.Mode))
	check(l.Mode == RoundRobin && l.Needs() > 1, path+".acks", "is %d, but round_robin pages one person", l.Acks)
	check(l.Then.Level < 0 || l.Then.Level > i+1, path+".then.level", "%d is not a level from 1 to %d", l.Then.Level, i+1)
	check(l.Then.Times < 0 || l.Then.Times > maxJumps, path+".then.times", "%d is not between 1 and %d", l.Then.Times, maxJumps)
	check(l.When.Wait && l.When.Hours == "" && l.When.Outside == "", path+".when.wait", "needs hours or outside to wait for")
	for j, s := range l.When.Severity {
		check(s == watchbill.SeverityUnset || s > watchbill.SeverityCritical, fmt.Sprintf("%s.when.severity[%d]", path, j),
			"is not a severity; use critical, error, warning or info")
	}
}
