package ical

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill/calendar"
)

// moment is a time as a file gives it.
type moment struct {
	clock time.Time      // what the clock reads, as if in UTC
	loc   *time.Location // whose clock; a day's is that of the reader
	day   bool           // a day, so clock is its midnight
}

// instant is when it is.
func (m moment) instant() time.Time { return calendar.FirstAt(m.loc, calendar.CivilOf(m.clock)) }

// at returns the moment at which the same clock reads something else.
func (m moment) at(clock time.Time) moment {
	m.clock = clock
	return m
}

// moment reads a value of type DATE or DATE-TIME of a property.
func (r *reader) moment(p *property, value string) (moment, error) {
	m := moment{loc: r.zone}
	layout := localForm
	switch {
	case len(value) == len(dateForm):
		layout, m.day = dateForm, true
	case strings.HasSuffix(value, "Z"):
		layout, m.loc = utcForm, time.UTC
	case p.param("TZID") != "":
		loc, err := r.location(p.param("TZID"))
		if err != nil {
			return m, err
		}
		m.loc = loc
	}
	t, err := time.Parse(layout, value)
	if err != nil || t.Year() < 1 || t.Format(layout) != value {
		return m, fmt.Errorf("%s is %.40q; expected a day such as 20261231, or a time such as 20261231T170000", p.IANAToken, value)
	}
	m.clock = t
	return m, nil
}

// location finds a zone by what a file calls it: by its IANA name, also at the end of a path, as X-LIC-LOCATION says, or
// by the name that Windows has for it.
func (r *reader) location(id string) (*time.Location, error) {
	name := id
	if known, ok := r.zones[id]; ok {
		name = known
	} else if known, ok := windowsZones[strings.ToLower(id)]; ok {
		name = known
	}
	for name != "" {
		if loc, err := calendar.LoadZone(name); err == nil {
			return loc, nil
		}
		_, name, _ = strings.Cut(name, "/") // /mozilla.org/20050126_1/Europe/Berlin
	}
	return nil, fmt.Errorf("the time zone %.60q is not known; name it as in Europe/Berlin, or give its X-LIC-LOCATION", id)
}

// length is how long an event is: first by the clock, then exactly.
type length struct{ clock, exact time.Duration }

// end is when an event of that length ends.
func (l length) end(start moment) time.Time {
	return start.at(start.clock.Add(l.clock)).instant().Add(l.exact)
}

// between is the length from one moment to another.
func between(start, end moment) length {
	if start.day || start.loc.String() == end.loc.String() {
		return length{clock: end.clock.Sub(start.clock)}
	}
	return length{exact: end.instant().Sub(start.instant())}
}

// maxDuration keeps sums of times within what time.Duration holds.
const maxDuration = 36525 * 24 * time.Hour

// readDuration reads a value of type DURATION. Days and weeks are days of the clock.
func readDuration(value string) (l length, err error) {
	wrong := fmt.Errorf("%.40q is not a length of time; expected P1D, PT8H or the like", value)
	rest, ok := strings.CutPrefix(strings.TrimPrefix(value, "+"), "P")
	if !ok || rest == "" {
		return l, wrong
	}
	days, clock, timed := strings.Cut(rest, "T")
	if timed && clock == "" {
		return l, wrong
	}
	l.clock, ok = sum(days, map[byte]time.Duration{'W': 7 * 24 * time.Hour, 'D': 24 * time.Hour})
	if !ok {
		return l, wrong
	}
	if l.exact, ok = sum(clock, map[byte]time.Duration{'H': time.Hour, 'M': time.Minute, 'S': time.Second}); !ok {
		return l, wrong
	}
	return l, nil
}

// sum adds numbers with units.
func sum(s string, units map[byte]time.Duration) (total time.Duration, ok bool) {
	for s != "" {
		end := strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' })
		if end < 1 {
			return 0, false
		}
		n, err := strconv.ParseInt(s[:end], 10, 64)
		unit := units[s[end]]
		if err != nil || unit == 0 || n > int64(maxDuration/unit) {
			return 0, false
		}
		total += time.Duration(n) * unit
		if total > maxDuration {
			return 0, false
		}
		s = s[end+1:]
	}
	return total, true
}
