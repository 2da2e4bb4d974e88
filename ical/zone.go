package ical

import (
	"fmt"
	"slices"
	"time"
)

// change is an instant at which the clock of a zone is set.
type change struct {
	at            time.Time // in the zone, so after the change
	before, after int       // seconds east of UTC
}

// changeStep is shorter than any two changes of a clock were ever apart.
const changeStep = 12 * time.Hour

// changes lists when the clock is set between two instants, in order. It asks for offsets only: bounds of the stretches
// between changes are not always right (https://go.dev/issue/81583).
func changes(loc *time.Location, from, to time.Time) (all []change) {
	for t := from; t.Before(to); t = t.Add(changeStep) {
		next := t.Add(changeStep)
		if offset(loc, t) == offset(loc, next) {
			continue
		}
		lo, hi := t.Unix(), next.Unix()
		for hi-lo > 1 {
			if mid := lo + (hi-lo)/2; offset(loc, time.Unix(mid, 0)) == offset(loc, t) {
				lo = mid
			} else {
				hi = mid
			}
		}
		all = append(all, change{time.Unix(hi, 0).In(loc), offset(loc, t), offset(loc, next)})
	}
	return all
}

func offset(loc *time.Location, t time.Time) int {
	_, seconds := t.In(loc).Zone()
	return seconds
}

// zone is one in which events are written.
type zone struct {
	loc     *time.Location
	from    time.Time // a while before the first event
	changes []change
}

// isUTC reports whether a zone needs no definition. Local has no name that another machine knows.
func isUTC(loc *time.Location) bool {
	return loc == nil || slices.Contains([]string{"", "UTC", "Local"}, loc.String())
}

// newZone looks at a zone for the events between two instants.
func newZone(loc *time.Location, from, to time.Time) *zone {
	from = from.Add(-48 * time.Hour).Truncate(time.Second)
	return &zone{loc, from, changes(loc, from, to.Add(48*time.Hour))}
}

// unclear reports whether the clock is set during an event, or so close to it that the clock shows one of its ends twice.
func (z *zone) unclear(start, end time.Time) bool {
	for _, c := range z.changes {
		by := time.Duration(max(c.before-c.after, c.after-c.before)) * time.Second
		if start.Before(c.at.Add(by)) && !end.Before(c.at.Add(-by)) {
			return true
		}
	}
	return false
}

// write writes the definition of the zone: a first observance, and one for each change of the clock, each from its own
// beginning. There are no rules in it, so nothing to interpret.
func (z *zone) write(l *lines) {
	l.put("BEGIN", "VTIMEZONE")
	l.put("TZID", z.loc.String())
	l.put("X-LIC-LOCATION", z.loc.String())
	first := offset(z.loc, z.from)
	z.observance(l, change{z.from.In(z.loc), first, first})
	for _, c := range z.changes {
		z.observance(l, c)
	}
	l.put("END", "VTIMEZONE")
}

func (z *zone) observance(l *lines, c change) {
	kind := "STANDARD"
	if c.at.IsDST() {
		kind = "DAYLIGHT"
	}
	name, _ := c.at.Zone()
	l.put("BEGIN", kind)
	l.put("DTSTART", c.at.UTC().Add(time.Duration(c.before)*time.Second).Format(localForm)) // as the clock reads before it is set
	l.put("TZOFFSETFROM", utcOffset(c.before))
	l.put("TZOFFSETTO", utcOffset(c.after))
	l.text("TZNAME", name)
	l.put("END", kind)
}

// utcOffset is an offset: section 3.3.14.
func utcOffset(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	s := fmt.Sprintf("%s%02d%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		s += fmt.Sprintf("%02d", seconds%60)
	}
	return s
}
