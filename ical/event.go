package ical

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// event is one of a feed.
type event struct {
	schedule.Shift // to the second
	uid            string
	schedule       watchbill.ScheduleID
	zone           *time.Location
	summary        string
	alarms         []time.Duration // before the start
	busy           bool
	cancelled      bool
}

// The kinds of events, which make their UIDs differ.
const (
	ofPerson  = "person"
	ofAll     = "shift"
	ofLearner = "shadow"
)

// events gives shifts their UIDs; see the package documentation.
func (d Duties) events(kind, host string, shifts []schedule.Shift) (all []event) {
	seen := map[string]int{}
	for _, s := range shifts {
		s.Start, s.End = s.Start.Truncate(time.Second), s.End.Truncate(time.Second)
		if !s.End.After(s.Start) {
			continue
		}
		key := d.key(kind, host, s)
		all = append(all, event{Shift: s, uid: uid(key, seen[key], host), schedule: d.Schedule, zone: d.Zone})
		seen[key]++
	}
	return all
}

// key is what a shift has in common with others of the same people on the same day.
func (d Duties) key(kind, host string, s schedule.Shift) string {
	start := s.Start.UTC()
	if d.Zone != nil {
		start = start.In(d.Zone)
	}
	names := make([]string, 0, len(s.Users))
	for _, u := range s.Users {
		names = append(names, string(u))
	}
	slices.Sort(names)
	return fmt.Sprintf("%s %q %q %q %s", kind, host, d.Schedule, names, start.Format(dateForm))
}

func uid(key string, n int, host string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", key, n))
	return hex.EncodeToString(sum[:16]) + "@" + host
}

// withCancelled adds those of earlier events that are there no more.
func withCancelled(now, earlier []event) []event {
	known := map[string]bool{}
	for _, e := range now {
		known[e.uid] = true
	}
	for _, e := range earlier {
		if !known[e.uid] {
			known[e.uid] = true
			e.cancelled = true
			now = append(now, e)
		}
	}
	return now
}

// times writes start and end: in the zone, or both in UTC where the zone's clock cannot tell, or readers count hours by it.
func (e *event) times(l *lines, z *zone) {
	if z == nil || z.unclear(e.Start, e.End) {
		l.put("DTSTART", utc(e.Start))
		l.put("DTEND", utc(e.End))
		return
	}
	l.put("DTSTART;TZID="+z.loc.String(), e.Start.In(z.loc).Format(localForm))
	l.put("DTEND;TZID="+z.loc.String(), e.End.In(z.loc).Format(localForm))
}

// maxReasons is how many lines a description has, so that one event of hundreds of turns stays readable.
const maxReasons = 20

// description says where the duty comes from.
func (e *event) description() string {
	var all []string
	for _, p := range e.Parts {
		line := reason(p)
		if len(e.Users) > 1 {
			line = string(p.User) + ": " + line
		}
		if n := len(all); n > 0 && all[n-1] == line {
			continue
		}
		all = append(all, line)
	}
	if more := len(all) - maxReasons; more > 0 {
		all = append(all[:maxReasons], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, "\n")
}

func reason(p schedule.Part) string {
	var parts []string
	if p.Layer != "" {
		parts = append(parts, fmt.Sprintf("layer %s, turn %d", p.Layer, p.Turn))
	}
	if p.Override != "" {
		parts = append(parts, fmt.Sprintf("override %s", p.Override))
	}
	return strings.Join(parts, ", ")
}
