package report

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/schedule"
)

// Burden is how long somebody is on call, in elapsed time, and what that weighs. An hour may be of several kinds.
type Burden struct {
	Hours   watchbill.Duration `json:"hours"`
	Night   watchbill.Duration `json:"night"`
	Weekend watchbill.Duration `json:"weekend"`
	Holiday watchbill.Duration `json:"holiday"`
	Load    watchbill.Duration `json:"load"`
}

// Weigh tells what intervals of being on call weigh for a person in a zone. It is exact to the microsecond: elapsed time
// counts, so that a night of 22:00 to 06:00 is 7 hours long when clocks go forward and 9 when they go back. Intervals
// that overlap count once. Holidays are the days of these dates in the person's zone.
func Weigh(on []schedule.Interval, zone *time.Location, holidays []schedule.Holidays, w catalog.Weights) Burden {
	var b Burden
	wall := calendar.NewWall(zone)
	off := datesOf(holidays, nil)
	kinds := []calendar.Pattern{calendar.NewPattern([]calendar.Window{nightly(w)}), calendar.NewPattern([]calendar.Window{weekends()})}
	for _, i := range unite(on) {
		walk(&wall, i, kinds, func(piece schedule.Interval, day calendar.Civil, open []bool) {
			b.add(piece.End.Sub(piece.Start), open[0], open[1], off[day], w)
		})
	}
	return b
}

func (b *Burden) add(d time.Duration, night, weekend, holiday bool, w catalog.Weights) {
	weight := w.Hour
	b.Hours += watchbill.Duration(d)
	if night {
		weight += w.Night
		b.Night += watchbill.Duration(d)
	}
	if weekend {
		weight += w.Weekend
		b.Weekend += watchbill.Duration(d)
	}
	if holiday {
		weight += w.Holiday
		b.Holiday += watchbill.Duration(d)
	}
	b.Load += watchbill.Duration(d.Microseconds() * int64(weight)) // microseconds by thousandths are nanoseconds
}

func (b *Burden) join(c Burden) {
	b.Hours += c.Hours
	b.Night += c.Night
	b.Weekend += c.Weekend
	b.Holiday += c.Holiday
	b.Load += c.Load
}

// walk cuts an interval wherever the date changes on a wall clock, or one of the patterns begins or ends.
func walk(wall *calendar.Wall, i schedule.Interval, patterns []calendar.Pattern,
	visit func(piece schedule.Interval, day calendar.Civil, open []bool)) {
	open := make([]bool, len(patterns))
	for t := i.Start; t.Before(i.End); {
		reading := wall.Reading(t)
		day := midnight(reading)
		until := day.Add(1, calendar.Day)
		for k, p := range patterns {
			var change calendar.Civil
			if open[k], change = p.At(reading); change.Before(until) {
				until = change
			}
		}
		end := earlier(wall.FirstAt(until), i.End)
		visit(schedule.Interval{Start: t, End: end}, day, open)
		t = end
	}
}

func midnight(c calendar.Civil) calendar.Civil {
	year, month, day := c.Date()
	return calendar.NewCivil(year, month, day, 0, 0, 0)
}

// datesOf returns the holidays as a set of midnights; of some of the calendars only, if any are named.
func datesOf(holidays []schedule.Holidays, calendars []string) map[calendar.Civil]bool {
	dates := map[calendar.Civil]bool{}
	for _, h := range holidays {
		if len(calendars) > 0 && !slices.Contains(calendars, h.ID) {
			continue
		}
		for _, d := range h.Days {
			dates[midnight(d.Date)] = true
		}
	}
	return dates
}

func nightly(w catalog.Weights) calendar.Window {
	n := calendar.Window{From: w.NightAt, To: w.NightTo}
	for d := range weekdays {
		n.Days = append(n.Days, calendar.Weekday(d))
	}
	return n
}

func weekends() calendar.Window {
	return calendar.Window{Days: []calendar.Weekday{calendar.Saturday, calendar.Sunday}, To: calendar.NewTimeOfDay(24, 0)}
}

// nightOf returns the evening of the night that a reading lies in; false if it lies in none.
func nightOf(reading calendar.Civil, w catalog.Weights) (calendar.Civil, bool) {
	if in, _ := calendar.NewPattern([]calendar.Window{nightly(w)}).At(reading); !in {
		return calendar.Civil{}, false
	}
	day := midnight(reading)
	year, month, date := day.Date()
	if w.NightTo <= w.NightAt && reading.Before(calendar.NewCivil(year, month, date, 0, 0, int(w.NightAt))) {
		return day.Add(-1, calendar.Day), true
	}
	return day, true
}
