package schedule_test

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// The oracle answers who is on call in the dumbest way there is. It never computes with zones: it looks at a clock on
// the wall every minute and writes down what it reads. It counts turns and windows one by one, and marks the minutes
// of each. It shares no code with the package, and only knows its data types.
type oracle struct {
	spec       schedule.Spec
	start, end time.Time          // of what it can answer
	tapes      map[string][]int64 // zone name: readings of its clock, one a minute, from margin before the start
	turns      [][]int            // of each layer, for each minute on the tape: the turn, or noTurn
	covered    [][]int            // of each layer, for each minute on the tape: whether it lies in a window, or noTurn
	overrides  []slot
}

const noTurn = -1

// slot is a stretch of time in minutes after the beginning of the tape.
type slot struct{ from, to, number int }

const margin = 72 * 60 // minutes of tape before the start and after the end

func newOracle(spec schedule.Spec, start, end time.Time) *oracle {
	o := &oracle{spec: spec, start: start, end: end, tapes: map[string][]int64{}}
	for i := range spec.Layers {
		o.turns = append(o.turns, o.paint(o.layerTurns(&spec.Layers[i])))
		o.covered = append(o.covered, o.paint(o.layerWindows(&spec.Layers[i])))
	}
	for _, v := range spec.Overrides {
		o.overrides = append(o.overrides, slot{o.moment(v.From, spec.Timezone), o.moment(v.To, spec.Timezone), 0})
	}
	return o
}

// paint marks the minutes of each slot with its number.
func (o *oracle) paint(slots []slot) []int {
	painted := make([]int, int(o.end.Sub(o.start)/time.Minute)+2*margin)
	for minute := range painted {
		painted[minute] = noTurn
	}
	for _, s := range slots {
		for minute := max(s.from, 0); minute < min(s.to, len(painted)); minute++ {
			painted[minute] = s.number
		}
	}
	return painted
}

// reading makes a number of a wall clock's reading that counts seconds as if there were no zones.
func reading(t time.Time) int64 {
	year, month, day := t.Date()
	return time.Date(year, month, day, t.Hour(), t.Minute(), t.Second(), 0, time.UTC).Unix()
}

func (o *oracle) tape(zone string) []int64 {
	if o.tapes[zone] == nil {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			panic(err)
		}
		var tape []int64
		for t := o.start.Add(-margin * time.Minute); t.Before(o.end.Add(margin * time.Minute)); t = t.Add(time.Minute) {
			tape = append(tape, reading(t.In(loc)))
		}
		o.tapes[zone] = tape
	}
	return o.tapes[zone]
}

// first is the first minute whose reading is wall or later; -1 if that was before the tape.
func (o *oracle) first(zone string, wall int64) int {
	tape := o.tape(zone)
	if tape[0] >= wall {
		return -1
	}
	for i, reads := range tape {
		if reads >= wall {
			return i
		}
	}
	return len(tape)
}

func (o *oracle) moment(m calendar.Moment, zone string) int {
	text, _ := m.MarshalText()
	if t, err := time.Parse(time.RFC3339, string(text)); err == nil {
		return int(t.Sub(o.start.Add(-margin*time.Minute)) / time.Minute)
	}
	t, err := time.Parse("2006-01-02T15:04", string(text))
	if err != nil {
		panic(err)
	}
	return o.first(zone, t.Unix())
}

func (o *oracle) zone(l *schedule.Layer) string {
	if l.Timezone != "" {
		return l.Timezone
	}
	return o.spec.Timezone
}

// step returns the start of turn k, as if there were no zones.
func step(anchor time.Time, k int, r schedule.Rotation) time.Time {
	switch r.Unit {
	case calendar.Hour:
		return anchor.Add(time.Duration(k*r.Every) * time.Hour)
	case calendar.Day:
		return anchor.AddDate(0, 0, k*r.Every)
	case calendar.Week:
		return anchor.AddDate(0, 0, 7*k*r.Every)
	}
	year, month, day := anchor.Date()
	for { // the 31st of February is no day, nor is the 30th, nor in most years the 29th
		t := time.Date(year, month+time.Month(k*r.Every), day, anchor.Hour(), anchor.Minute(), 0, 0, time.UTC)
		if t.Day() == day {
			return t
		}
		day--
	}
}

func (o *oracle) layerTurns(l *schedule.Layer) []slot {
	zone := o.zone(l)
	loc, _ := time.LoadLocation(zone)
	text, _ := l.Start.MarshalText()
	begin := o.moment(l.Start, zone)
	anchor, err := time.Parse("2006-01-02T15:04", string(text))
	if err != nil {
		t, _ := time.Parse(time.RFC3339, string(text))
		anchor = time.Unix(reading(t.In(loc)), 0).UTC()
	}
	finish := len(o.tape(zone))
	if !l.End.IsZero() {
		finish = o.moment(l.End, zone)
	}
	var turns []slot
	for k := 0; ; k++ {
		from, to := step(anchor, k, l.Rotation), step(anchor, k+1, l.Rotation)
		if to.Before(o.start.AddDate(0, 0, -2)) {
			continue
		}
		if from.After(o.end.AddDate(0, 0, 2)) {
			return turns
		}
		s := slot{o.first(zone, from.Unix()), o.first(zone, to.Unix()), k}
		turns = append(turns, slot{max(s.from, begin), min(s.to, finish), k})
	}
}

func (o *oracle) layerWindows(l *schedule.Layer) []slot {
	var windows []slot
	for day := o.start.AddDate(0, 0, -3).Truncate(24 * time.Hour); day.Before(o.end.AddDate(0, 0, 3)); day = day.AddDate(0, 0, 1) {
		for _, w := range l.Coverage {
			for _, d := range w.Days {
				if time.Weekday((int(d)+1)%7) != day.Weekday() {
					continue
				}
				end := day
				if w.To <= w.From {
					end = day.AddDate(0, 0, 1)
				}
				from := o.first(o.zone(l), day.Unix()+int64(w.From))
				to := o.first(o.zone(l), end.Unix()+int64(w.To))
				windows = append(windows, slot{from, to, 0})
			}
		}
	}
	return windows
}

// all says who has the duty at each minute, and why; the part is empty where nobody has it.
func (o *oracle) all() []schedule.Part {
	var parts []schedule.Part
	for minute := margin; minute < margin+int(o.end.Sub(o.start)/time.Minute); minute++ {
		part, given := o.byLayers(minute)
		for i, v := range o.spec.Overrides {
			if minute < o.overrides[i].from || minute >= o.overrides[i].to {
				continue
			}
			switch {
			case v.Replaces == "":
				part = schedule.Part{User: v.User, Override: v.ID}
			case v.Replaces == part.User || v.Replaces == given:
				part.User, part.Override = v.User, v.ID
			}
		}
		parts = append(parts, part)
	}
	return parts
}

func (o *oracle) byLayers(minute int) (part schedule.Part, given watchbill.UserID) {
	for i, l := range o.spec.Layers {
		turn := o.turns[i][minute]
		if turn == noTurn || len(l.Coverage) > 0 && o.covered[i][minute] == noTurn {
			continue
		}
		if user := l.Users[turn%len(l.Users)]; user != schedule.Unassigned {
			part = schedule.Part{User: user, Layer: l.ID, Turn: turn}
		}
	}
	return part, part.User
}
