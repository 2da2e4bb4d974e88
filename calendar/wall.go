package calendar

import (
	"math"
	"time"
)

// FirstAt is the boundary rule: the first instant whose wall clock in loc reads c or later. A reading that the clock
// skips happens at the jump; a reading that it shows twice happens the first time. The result is in loc.
func FirstAt(loc *time.Location, c Civil) time.Time {
	w := NewWall(loc)
	return w.FirstAt(c)
}

// Reading is the mirror of the boundary rule: the latest civil time that the wall clock in loc has shown at t or
// before. It is what the clock reads, except after the clock was set back: then it stays at the last second before
// that until the clock has caught up. A reading never runs backwards as t goes on.
func Reading(loc *time.Location, t time.Time) Civil {
	w := NewWall(loc)
	return w.Reading(t)
}

// reach is more than any zone's clock was ever away from UTC, and more than any clock was ever set back at once (23
// hours: Kwajalein, 1969). Earlier than that, nothing can have read as late.
const reach = 26 * hour

// Wall is the wall clock of one zone. It answers as [FirstAt] and [Reading] do, and remembers the stretch of constant
// offset it last looked at, so that a walk through neighbouring times rarely looks into the zone. It is meant to be a
// local variable of such a walk: it must not be used by two goroutines at once. Make one with [NewWall].
type Wall struct {
	loc        *time.Location
	start, end int64 // the remembered stretch in Unix time, [start, end); empty at first
	offset     int64 // seconds east of UTC within the stretch
}

// NewWall returns the wall clock in loc, which must not be nil.
func NewWall(loc *time.Location) Wall { return Wall{loc: loc} }

// FirstAt returns the first instant whose wall clock reads c or later, in the wall's zone.
func (w *Wall) FirstAt(c Civil) time.Time {
	reading := c.unix()
	w.seek(reading - reach)
	for reading >= w.end+w.offset { // this stretch ends before its clock reads c
		w.seek(w.end)
	}
	return time.Unix(max(w.start, reading-w.offset), 0).In(w.loc)
}

// Reading returns the latest civil time that the wall clock has shown at t or before.
func (w *Wall) Reading(t time.Time) Civil {
	unix := t.Unix()
	w.seek(unix - reach)
	reading := min(unix, w.end-1) + w.offset
	for w.end <= unix {
		w.seek(w.end)
		reading = max(reading, min(unix, w.end-1)+w.offset)
	}
	return civilUnix(reading)
}

// seek makes the wall remember the stretch around an instant. A stretch without a beginning or an end is given one
// that is far beyond any year in use and leaves room to add an offset.
//
// Where a zone's rules go on beyond its table of changes, ZoneBounds takes the beginning of the year, at midnight UTC,
// for the beginning of the stretch, even if the last change of the table came later in that year; and on the last day
// of a leap year it ends before the instant asked about (https://go.dev/issue/81583). A stretch that is too short does
// no harm, so seek then takes the part that is certain.
func (w *Wall) seek(unix int64) {
	if w.start <= unix && unix < w.end {
		return
	}
	t := time.Unix(unix, 0).In(w.loc)
	offset := offsetAt(t)
	start, end := t.ZoneBounds()
	w.start, w.end, w.offset = math.MinInt64/2, math.MaxInt64/2, int64(offset)
	if !start.IsZero() {
		w.start = start.Unix()
	}
	if w.start%day == 0 && offsetAt(start) != offset {
		w.start = unix
	}
	if !end.IsZero() {
		w.end = end.Unix()
	}
	if w.end <= unix {
		w.end = (floorDiv(unix, day) + 1) * day
	}
}

func offsetAt(t time.Time) int {
	_, offset := t.Zone()
	return offset
}
