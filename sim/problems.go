package sim

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrInvalid is what every [*FieldError] is.
var ErrInvalid = errors.New("sim: the scenario is wrong")

// FieldError says which field of a [Scenario], an [Exploration] or a question is wrong, and how to mend it.
type FieldError struct {
	Path   string // as in Go: `People["eve"].Answers.Median`; what is within Org is named as in the configuration file, in Reason
	Reason string
	Err    error // of another package that found it; nil: there is none
}

// Error returns "sim: path: reason".
func (e *FieldError) Error() string { return "sim: " + e.Path + ": " + e.Reason }

// Unwrap returns [ErrInvalid], and Err where there is one.
func (e *FieldError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrInvalid}
	}
	return []error{ErrInvalid, e.Err}
}

// Bounds of what a scenario can have. They are far beyond any use, and keep a slip of the pen from taking all memory.
const (
	maxEngines  = 100
	maxMade     = 500_000 // acts of one source, or of one kind of fault
	maxAtOnce   = 10_000  // of one instant, since each is followed by others
	maxProblems = 1000    // that are told
	// maxLength is how long anything can be: a hundred years, so that no two of them together are longer than a duration.
	maxLength = 100 * 366 * 24 * time.Hour
	firstYear = 1
	lastYear  = 9999 // of times that can be stored
)

// problems collects what is wrong.
type problems struct {
	prefix string // of every path
	all    []error
}

func (p *problems) add(path, format string, args ...any) {
	p.addErr(&FieldError{Path: path, Reason: fmt.Sprintf(format, args...)})
}

// addErr adds a problem, unless there are so many that nobody reads them.
func (p *problems) addErr(e *FieldError) {
	if e.Path = p.prefix + e.Path; len(p.all) < maxProblems {
		p.all = append(p.all, e)
	} else if len(p.all) == maxProblems {
		p.all = append(p.all, &FieldError{Path: e.Path, Reason: "is where telling what is wrong stopped; there may be more problems"})
	}
}

// full reports whether nothing more is told.
func (p *problems) full() bool { return len(p.all) > maxProblems }

// checker looks at a scenario.
type checker struct {
	problems
	s     Scenario
	begin time.Time     // zero: it is not known
	end   time.Duration // from the start; zero: it is not known
	known directory
}

// Validate returns every problem at once, each a [*FieldError], joined; nil if there is none. [Run] and [Check] ask it before
// anything is lived. It looks at all that the scenario itself says; what a [Source] of another package, [Scenario.React] or a
// [Do] will bring is not known before. Where there is one of these, anything else that names a person, a channel, a service
// or a key may be about what comes by it, so names are taken as they are. Without them each must be in the organisation, now
// or with a [Configure] to come.
func (s Scenario) Validate() error {
	c := newChecker(s, "")
	c.org()
	c.times()
	c.people()
	c.providers()
	c.sources()
	c.acts()
	c.pings()
	c.faults()
	c.engines(s.Engines)
	return errors.Join(c.all...)
}

func newChecker(s Scenario, prefix string) *checker {
	if s.Rest == 0 {
		s.Rest = defaultRest
	}
	c := &checker{problems: problems{prefix: prefix}, s: s}
	if s.For > 0 && s.For <= maxLength && s.Rest > 0 && s.Rest <= maxLength {
		c.end = s.For + s.Rest
	}
	if storable(s.Start) {
		c.begin = s.Start
	}
	c.known = namesOf(s)
	return c
}

// times looks at when it begins, and how long it lasts.
func (c *checker) times() {
	c.start("Start", c.s.Start)
	switch {
	case c.s.For <= 0:
		c.add("For", "is %s and must be more than 0; it says for how long things go wrong", c.s.For)
	case c.s.For > maxLength:
		c.add("For", "is %s; use at most a hundred years", c.s.For)
	}
	switch {
	case c.s.Rest < 0:
		c.add("Rest", "is %s; use more than 0, or leave it out for %s", c.s.Rest, defaultRest)
	case c.s.Rest > maxLength:
		c.add("Rest", "is %s; use at most a hundred years", c.s.Rest)
	}
	reach := c.reach()
	first, last := c.s.Start.Add(-reach), c.s.Start.Add(c.end).Add(reach)
	if !c.begin.IsZero() && c.end > 0 && !(storable(first) && storable(last)) {
		c.add("Start", "is %s, from which clocks would come to the years %d to %d; let all of it be between %d and %d",
			c.s.Start.Format(time.RFC3339), first.Year(), last.Year(), firstYear, lastYear)
	}
}

func (c *checker) start(path string, at time.Time) {
	switch {
	case at.IsZero():
		c.add(path, "is missing; a scenario names when it begins")
	case !storable(at):
		c.add(path, "is in the year %d; use one from %d to %d", at.Year(), firstYear, lastYear)
	}
}

func storable(at time.Time) bool {
	year := at.UTC().Year()
	return year >= firstYear && year <= lastYear && !at.UTC().Before(time.Date(firstYear, 1, 2, 0, 0, 0, 0, time.UTC))
}

// reach is how far clocks may come to lie from the time of the scenario.
func (c *checker) reach() (sum time.Duration) {
	for _, a := range c.s.Acts {
		if j, ok := deedOf(a.Do).(ClockJump); ok {
			sum = min(sum+min(max(j.By, -maxLength), maxLength).Abs(), maxLength)
		}
	}
	return sum
}

func (c *checker) engines(n int) {
	if n < 0 || n > maxEngines {
		c.add("Engines", "is %d; use 1 to %d, or leave it out for 1", n, maxEngines)
	}
}

// instant looks at when something is, since the start.
func (c *checker) instant(path string, after time.Duration) {
	switch {
	case after < 0:
		c.add(path, "%s is negative; use zero or more, since the scenario's start", after)
	case c.end > 0 && after > c.end && !c.s.fixed:
		c.add(path, "%s is after the end, so that it never happens; use at most For and Rest together, %s", after, c.end)
	}
}

// length looks at how long something lasts.
func (c *checker) length(path string, d time.Duration) bool {
	switch {
	case d < 0:
		c.add(path, "%s is negative; use zero or more", d)
	case d > maxLength:
		c.add(path, "%s is too long; use at most a hundred years", d)
	default:
		return true
	}
	return false
}

// often looks at how much time is between two of what happens within For; zero: it never happens.
func (c *checker) often(path string, every time.Duration) {
	if c.length(path, every) && every > 0 {
		c.crowded(path, every, c.s.For)
	}
}

// crowded refuses what would be more than can be lived.
func (c *checker) crowded(path string, every, over time.Duration) {
	if over > 0 && over/every > maxMade {
		c.add(path, "%s makes for more than %d of them within %s; use more, or a shorter For", every, maxMade, over)
	}
}

// share looks at a probability.
func (c *checker) share(path string, p float64) {
	if math.IsNaN(p) || p < 0 || p > 1 {
		c.add(path, "%v is no probability; use one from 0 to 1", p)
	}
}

// delay looks at how long something takes.
func (c *checker) delay(path string, d Delay) {
	legible := true
	for _, part := range []struct {
		name string
		d    time.Duration
	}{{"Median", d.Median}, {"P90", d.P90}, {"Least", d.Least}, {"Most", d.Most}} {
		legible = c.length(path+"."+part.name, part.d) && legible
	}
	switch {
	case !legible:
	case (d.Median > 0 || d.P90 > 0) && (d.Least > 0 || d.Most > 0):
		c.add(path, "has Median or P90 beside Least or Most; use one pair of them: see Delay")
	case d.Least > d.Most:
		c.add(path+".Least", "%s is more than Most, %s; Least is the shortest", d.Least, d.Most)
	case d.P90 > 0 && d.P90 <= d.Median:
		c.add(path+".P90", "%s is not more than Median, %s; nine of ten times are shorter than P90. Leave it out for what always takes the same", d.P90, d.Median)
	case d.P90 > 0 && d.Median == 0:
		c.add(path+".Median", "is missing beside P90; half of the times are shorter than it")
	}
}

// spans looks at parts of the scenario's time, of which each must begin before an instant to matter at all; why says what is
// then.
func (c *checker) spans(path string, all []Span, until time.Duration, why string) {
	for i, s := range all {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case s.From < 0:
			c.add(at+".From", "%s is negative; use zero or more, since the scenario's start", s.From)
		case s.To <= s.From:
			c.add(at+".To", "%s is not after From, %s; a span lies between them", s.To, s.From)
		case until > 0 && s.From >= until && !c.s.fixed:
			c.add(at+".From", "%s is not before %s, when %s; use less", s.From, until, why)
		}
	}
}

// Why a span that begins later does not matter.
const (
	whenOver  = "the history ends"
	whenPeace = "nothing goes wrong by itself any more: see For"
)
