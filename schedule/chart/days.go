package chart

import (
	"time"

	"github.com/watchbill/watchbill/calendar"
)

// epoch is day 0.
var epoch = calendar.NewCivil(1970, time.January, 1, 0, 0, 0)

// days turns instants into places on an axis on which every civil day is equally wide, however long it lasted.
type days struct {
	wall       calendar.Wall
	day        int // the one looked at last
	start, end time.Time
}

func newDays(zone *time.Location) *days { return &days{wall: calendar.NewWall(zone)} }

// at is the number of civil days from 1970 to t, with a fraction. It grows with t.
func (d *days) at(t time.Time) float64 {
	if t.Before(d.start) || !t.Before(d.end) {
		d.day = d.wall.Reading(t).Since(epoch, calendar.Day)
		d.start, d.end = d.midnight(d.day), d.midnight(d.day+1)
	}
	part := float64(t.Sub(d.start)) / float64(d.end.Sub(d.start))
	return float64(d.day) + min(max(part, 0), 1)
}

// midnight is the instant at which a day begins.
func (d *days) midnight(day int) time.Time { return d.wall.FirstAt(epoch.Add(day, calendar.Day)) }

// date is the day's civil date.
func date(day int) time.Time {
	y, m, d := epoch.Add(day, calendar.Day).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// jump is a change of the zone's offset.
type jump struct {
	at time.Time
	by time.Duration // forward, if positive
}

// jumps lists the changes of the offset in the window.
func jumps(zone *time.Location, from, to time.Time) []jump {
	var all []jump
	for t := from.In(zone); ; {
		_, next := t.ZoneBounds()
		if !next.IsZero() && !next.After(t) { // the last day of a leap year: https://go.dev/issue/81583
			next = t.Truncate(24 * time.Hour).Add(24 * time.Hour)
		}
		if next.IsZero() || !next.Before(to) {
			return all
		}
		_, before := t.Zone()
		_, after := next.Zone()
		if after != before && next.After(from) {
			all = append(all, jump{next, time.Duration(after-before) * time.Second})
		}
		t = next
	}
}
