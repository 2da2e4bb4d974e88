package mute

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// Span is when something holds: once, from From to To, or again and again in the windows of Windows, within From and To
// where these are given. Civil times happen by the boundary rule of package calendar.
type Span struct {
	Zone    string            `json:"timezone,omitempty"` // IANA name; empty means UTC
	From    calendar.Moment   `json:"from,omitzero"`      // zero: it has always held
	To      calendar.Moment   `json:"to,omitzero"`        // the first instant at which it is over; zero: never
	Windows []calendar.Window `json:"windows,omitempty"`  // those by a rule are counted from From
}

// At reports whether the span holds at an instant, and until when that stays so; zero: for ever. It may stay so longer
// where windows meet very often. A span that is not valid never holds. To ask often, make a [Set].
func (s Span) At(at time.Time) (active bool, until time.Time) {
	c := checker{lister: calendar.NewLister()}
	t := c.span(s)
	if len(c.problems) > 0 {
		return false, time.Time{}
	}
	return t.at(at)
}

// times is a Span, worked out.
type times struct {
	zone     *time.Location
	from, to time.Time // UTC; zero: not given
	windows  calendar.Coverage
	again    bool // there are windows
}

func (t *times) at(at time.Time) (active bool, until time.Time) {
	if !t.to.IsZero() && !at.Before(t.to) {
		return false, time.Time{}
	}
	early := at.Before(t.from)
	if early {
		at = t.from
	}
	open, until := t.windowAt(at)
	switch {
	case early && open:
		return false, t.from
	case t.to.IsZero(), !until.IsZero() && until.Before(t.to):
		return open, until
	case open:
		return true, t.to
	}
	return false, time.Time{}
}

// over reports whether it never holds again.
func (t *times) over(at time.Time) bool {
	active, until := t.at(at)
	return !active && until.IsZero()
}

// end returns the first instant, from one on, at which it is over. There must be one.
func (t *times) end(from time.Time) time.Time {
	for {
		_, until := t.at(from)
		if until.IsZero() {
			return from
		}
		from = until
	}
}

// maxMet is how many windows that meet, or that the clock skips, are taken as one.
const maxMet = 500

// windowAt is the windows alone. A window may end where another goes on, and the clock may skip one, so the answer goes
// on to the first change that is one.
func (t *times) windowAt(at time.Time) (open bool, until time.Time) {
	if !t.again {
		return true, time.Time{}
	}
	wall := calendar.NewWall(t.zone)
	open, next := t.windows.At(wall.Reading(at))
	for range maxMet {
		if endOfTime().Before(next) {
			return open, time.Time{}
		}
		until = wall.FirstAt(next).UTC()
		still, after := t.windows.At(wall.Reading(until))
		if still != open {
			break
		}
		next = after
	}
	return open, until
}

// endOfTime is where windows end that have no end.
func endOfTime() calendar.Civil { return calendar.NewCivil(9999, 1, 1, 0, 0, 0) }

// The years in which the times of a span must lie, and how many windows it may have.
const (
	firstYear, lastYear = 1900, 2200
	maxWindows          = 100
)

// span works out a span. What is wrong is noted; then the result does not count.
func (c *checker) span(s Span) times {
	t := times{zone: time.UTC, again: len(s.Windows) > 0}
	if s.Zone != "" {
		zone, err := calendar.LoadZone(s.Zone)
		if err != nil {
			c.fail("timezone", err, "%q is not an IANA time zone such as Europe/Berlin", s.Zone)
		} else {
			t.zone = zone
		}
	}
	t.from, t.to = c.moment("from", s.From, t.zone), c.moment("to", s.To, t.zone)
	switch {
	case s.To.IsZero() && len(s.Windows) == 0:
		c.fail("to", nil, "is missing; say when it ends, or give windows for what comes again and again")
	case !t.from.IsZero() && !t.to.IsZero() && !t.from.Before(t.to):
		c.fail("to", nil, "%v is not after from, %v", s.To, s.From)
	}
	c.windows(&t, s)
	return t
}

func (c *checker) moment(field string, m calendar.Moment, zone *time.Location) time.Time {
	if m.IsZero() {
		return time.Time{}
	}
	if year, _, _ := m.Civil(zone).Date(); year < firstYear || year > lastYear {
		c.fail(field, nil, "%v is not in the years %d to %d", m, firstYear, lastYear)
		return time.Time{}
	}
	return watchbill.Stamp(m.In(zone))
}

func (c *checker) windows(t *times, s Span) {
	if c.tooMany("windows", len(s.Windows), maxWindows) {
		return
	}
	ruled := slices.ContainsFunc(s.Windows, func(w calendar.Window) bool { return !w.RRule.IsZero() })
	anchor := s.From.Civil(t.zone)
	if ruled && s.From.IsZero() {
		c.fail("from", nil, "is missing; windows with an rrule are counted from it")
		anchor = calendar.NewCivil(2000, time.January, 1, 0, 0, 0) // any will do to check the rules
	}
	var err error
	if t.windows, err = c.lister.Coverage(s.Windows, anchor, calendar.DayFilter{}); err == nil {
		return
	}
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var window *calendar.WindowError
		if errors.As(e, &window) {
			c.fail(fmt.Sprintf("windows[%d]", window.Index), window.Err, "%s", bare(window.Err))
		}
	}
}
