package escalation

import (
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
)

// Defaults of what a policy leaves out.
const (
	DefaultTimeout       = 5 * time.Minute
	DefaultEvery         = time.Minute
	DefaultCatchAllEvery = 15 * time.Minute
	// maxCycles and maxLevels bound what one Step may have to walk through.
	maxCycles = 100
	maxLevels = 100
	// maxWait bounds every wait.
	maxWait = 365 * 24 * time.Hour
)

// Policy says whom to page, in which order. Slices in it are replaced, never written to. A policy without levels pages
// its catch-all at once.
type Policy struct {
	ID            watchbill.PolicyID `json:"id"`
	Levels        []Level            `json:"levels,omitempty"`
	Cycles        int                `json:"cycles,omitempty"`          // how often the levels are gone through; zero means 1
	AckTimeout    time.Duration      `json:"ack_timeout,omitempty"`     // so long after an acknowledgement a new run starts; zero: never
	CatchAll      []Target           `json:"catch_all,omitempty"`       // paged when the levels are exhausted; empty: the installation's
	CatchAllEvery time.Duration      `json:"catch_all_every,omitempty"` // zero means 15 minutes
	Quiet         bool               `json:"quiet,omitempty"`           // people's mute and quiet hours hold for high urgency too
	Rest          Rest               `json:"rest,omitzero"`
}

// Level is one step of a policy.
type Level struct {
	Targets []Target      `json:"targets"`
	Timeout time.Duration `json:"timeout,omitempty"` // until the next level is paged; zero means 5 minutes
	Repeat  Repeat        `json:"repeat,omitzero"`
	Acks    int           `json:"acks,omitempty"` // how many people have to acknowledge; zero means 1
	Mode    Mode          `json:"mode,omitempty"`
	When    When          `json:"when,omitzero"` // the level is skipped, or waits, while this does not hold
	Then    Jump          `json:"then,omitzero"` // what comes when its time is over; zero: the next level
}

// Needs returns how many acknowledgements the level needs.
func (l Level) Needs() int { return max(l.Acks, 1) }

// Repeat says how often a level is paged again while it lasts.
type Repeat struct {
	Every    time.Duration `json:"every,omitempty"`    // zero means 1 minute
	Attempts int           `json:"attempts,omitempty"` // zero means no limit; when two or more are used up, the level gives way one interval later; after one, when its time is over
}

// FieldError says which field of a policy is wrong and how to mend it.
type FieldError struct {
	Path   string // as "levels[1].timeout"
	Reason string
}

// Error returns "escalation: path: reason".
func (e *FieldError) Error() string { return "escalation: " + e.Path + ": " + e.Reason }

// Validate returns every structural problem at once, each a [*FieldError], joined; nil if there is none. Whether the
// targets exist is checked where they are known, in package oncall.
func (p Policy) Validate() error {
	var problems []error
	check := func(bad bool, path, format string, args ...any) {
		if bad {
			problems = append(problems, &FieldError{path, fmt.Sprintf(format, args...)})
		}
	}
	check(p.ID == "", "id", "is missing")
	check(p.Cycles < 0 || p.Cycles > maxCycles, "cycles", "%d is not between 1 and %d", p.Cycles, maxCycles)
	check(len(p.Levels) > maxLevels, "levels", "%d are too many; %d are the most", len(p.Levels), maxLevels)
	check(p.AckTimeout < 0, "ack_timeout", "%v is negative", p.AckTimeout)
	wait := func(d time.Duration, path string) {
		check(d != 0 && d < time.Second, path, "%v is under a second; leave it out for the default", d)
		check(d > maxWait, path, "%v is over a year", d)
	}
	wait(p.CatchAllEvery, "catch_all_every")
	check(p.Rest.After < 0, "rest.after", "%d is negative", p.Rest.After)
	wait(p.Rest.Within, "rest.within")
	check(p.Rest.After > 0 && len(p.Rest.Relief) == 0, "rest.relief", "is missing; say who takes over")
	for i, l := range p.Levels {
		path := fmt.Sprintf("levels[%d]", i)
		l.validate(i, path, check)
		check(len(l.Targets) == 0, path+".targets", "is empty; name whom to page, such as schedule:primary")
		wait(l.Timeout, path+".timeout")
		wait(l.Repeat.Every, path+".repeat.every")
		check(l.Repeat.Attempts < 0, path+".repeat.attempts", "%d is negative; 0 means no limit", l.Repeat.Attempts)
	}
	return errors.Join(problems...)
}

func (p Policy) cycles() int { return max(p.Cycles, 1) }

func (p Policy) catchAllEvery() time.Duration { return orElse(p.CatchAllEvery, DefaultCatchAllEvery) }

func (l Level) timeout() time.Duration { return orElse(l.Timeout, DefaultTimeout) }

func (l Level) every() time.Duration { return orElse(l.Repeat.Every, DefaultEvery) }

// orElse also keeps what Validate would have refused from doing harm.
func orElse(d, fallback time.Duration) time.Duration {
	if d <= 0 {
		return fallback
	}
	return min(d, maxWait)
}
