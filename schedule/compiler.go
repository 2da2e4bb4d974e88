package schedule

import (
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// The most that a Spec may hold. They are far beyond any use, and keep a hostile one from costing much.
const (
	maxEvery     = 10_000
	maxLayers    = 200   // of one version, sites included
	maxInAll     = 5_000 // layers of all versions, and of the included schedules
	maxVersions  = 1_000
	maxUsers     = 10_000
	maxSeats     = 20
	maxWindows   = 1_000
	maxLengths   = 1_000
	maxShifts    = 100_000
	maxTemporary = 1_000
	maxDays      = 100_000
)

// MaxOverrides is how many overrides a schedule may have.
const MaxOverrides = 100_000

// compiler turns a Spec into a Schedule and goes on after a problem, to find them all. What it makes of a field with a
// problem is never used.
type compiler struct {
	problems []error
	zones    map[string]*time.Location
	included map[watchbill.ScheduleID]*Schedule
	holidays map[string][]calendar.Civil
	filters  map[string]calendar.DayFilter // by the calendars that count
	lister   *calendar.Lister              // of all schedules that are made together
	inAll    int                           // layers so far
}

// fail reports a problem. Within what has no path of its own, paths begin with a dot, which is left out.
func (c *compiler) fail(path, format string, args ...any) {
	c.problems = append(c.problems, &FieldError{strings.TrimPrefix(path, "."), fmt.Sprintf(format, args...)})
}

// tooMany reports a list that is too long.
func (c *compiler) tooMany(path string, n, most int) bool {
	if n > most {
		c.fail(path, "has %d entries; at most %d are allowed", n, most)
	}
	return n > most
}

// checkID reports an identifier that is missing or has been used before.
func checkID[ID ~string](c *compiler, path string, id ID, seen map[ID]bool) {
	switch {
	case id == "":
		c.fail(path+".id", "is missing; give it a name of its own")
	case seen[id]:
		c.fail(path+".id", "%q is used twice; give each its own", id)
	}
	seen[id] = true
}

// noInstant stands for a moment with a problem, which has been reported.
const noInstant = -never

// moment returns the instant of m, which must be given and lie in the years that a Spec may speak of.
func (c *compiler) moment(path string, m calendar.Moment, zone *time.Location) instant {
	if m.IsZero() {
		c.fail(path, "is missing; write a time such as 2026-01-05T09:00")
		return noInstant
	}
	if year, _, _ := m.Civil(zone).Date(); year < firstYear || year > lastYear {
		c.fail(path, "is in the year %d; it must be in %d to %d", year, firstYear, lastYear)
		return noInstant
	}
	return instantOf(m.In(zone))
}

// momentAfter is moment for the end of what begins at start.
func (c *compiler) momentAfter(path string, m calendar.Moment, zone *time.Location, start instant) instant {
	end := c.moment(path, m, zone)
	if start != noInstant && end != noInstant && end <= start {
		c.fail(path, "is %v, which is not after the beginning; give a later time", m)
	}
	return end
}

// zone returns the zone of that name, or the other one if the name is empty.
func (c *compiler) zone(path, name string, otherwise *time.Location) *time.Location {
	if name == "" {
		return otherwise
	}
	if loc, known := c.zones[name]; known {
		return loc
	}
	loc, err := calendar.LoadZone(name)
	if err != nil {
		c.fail(path, "%v", err)
		loc = time.UTC
	}
	c.zones[name] = loc
	return loc
}

// span returns the time between two moments that must be given.
func (c *compiler) span(path string, from, to calendar.Moment, zone *time.Location) span {
	begin := c.moment(path+".from", from, zone)
	return span{begin, c.momentAfter(path+".to", to, zone, begin)}
}
