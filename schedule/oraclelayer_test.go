package schedule_test

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// oracleLayer is what the oracle knows of one layer.
type oracleLayer struct {
	spec          *schedule.Layer
	zone          string
	begin, finish int
	turns         []int                      // for each minute on the tape: the turn, or noTurn
	counted       []int                      // for each turn: how many turns with coverage came before; nil: not asked
	open          []bool                     // for each minute: coverage and holidays allow somebody
	hours         map[watchbill.UserID][]int // for each minute: whether the person is there, or noTurn
	inner         *oracle
}

// oracleSite is a layer, and the minutes at which it takes over.
type oracleSite struct {
	*oracleLayer
	takes []int
}

func (o *oracle) layer(spec *schedule.Layer) *oracleLayer {
	l := &oracleLayer{spec: spec, zone: spec.Timezone, begin: -1, finish: o.length(), hours: map[watchbill.UserID][]int{}}
	if l.zone == "" {
		l.zone = o.spec.Timezone
	}
	if !spec.Start.IsZero() {
		l.begin = o.moment(spec.Start, l.zone)
	}
	if !spec.End.IsZero() {
		l.finish = o.moment(spec.End, l.zone)
	}
	l.open = o.open(l)
	if spec.Schedule != "" {
		l.inner = newOracle(o.included[spec.Schedule], o.start, o.end)
	}
	if len(spec.Users) > 0 {
		l.turns = o.paint(o.turns(l))
	}
	for u, h := range spec.Hours {
		zone := h.Timezone
		if zone == "" {
			zone = l.zone
		}
		l.hours[u] = o.paint(o.windows(h.Coverage, zone, o.anchor(spec.Start, l.zone)))
	}
	return l
}

// anchor is the civil time of a moment, as if there were no zones.
func (o *oracle) anchor(m calendar.Moment, zone string) time.Time {
	text, _ := m.MarshalText()
	if civil, err := time.Parse("2006-01-02T15:04", string(text)); err == nil {
		return civil
	}
	t, _ := time.Parse(time.RFC3339, string(text))
	loc, _ := time.LoadLocation(zone)
	return time.Unix(reading(t.In(loc)), 0).UTC()
}

// open marks the minutes that coverage and holidays leave.
func (o *oracle) open(l *oracleLayer) []bool {
	covered := o.paint(o.windows(l.spec.Coverage, l.zone, o.anchor(l.spec.Start, l.zone)))
	var days []slot
	for _, h := range o.spec.Holidays {
		for _, d := range h.Days {
			if len(l.spec.Calendars) == 0 || slices.Contains(l.spec.Calendars, h.ID) {
				midnight, _ := time.Parse("2006-01-02", d.Date.String()[:10])
				days = append(days, slot{o.first(l.zone, midnight.Unix()), o.first(l.zone, midnight.AddDate(0, 0, 1).Unix()), 0})
			}
		}
	}
	holiday := o.paint(days)
	mode := l.spec.Holidays
	if mode == schedule.HolidaysByCoverage && len(l.spec.Coverage) > 0 {
		mode = schedule.HolidaysOff
	}
	open := make([]bool, o.length())
	for minute := range open {
		is := holiday[minute] != noTurn
		open[minute] = (len(l.spec.Coverage) == 0 || covered[minute] != noTurn) &&
			(mode != schedule.HolidaysOff || !is) && (mode != schedule.HolidaysOnly || is)
	}
	return open
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

// starts lists where turns begin, up to two days after all questions.
func (o *oracle) starts(anchor time.Time, r schedule.Rotation) []time.Time {
	last := o.end.AddDate(0, 0, 60)
	starts := []time.Time{anchor}
	if !r.RRule.IsZero() {
		for t := anchor.AddDate(0, 0, 1); t.Before(last); t = t.AddDate(0, 0, 1) {
			if occurs(r.RRule.String(), anchor, t) {
				starts = append(starts, t)
			}
		}
		return append(starts, last.AddDate(1, 0, 0))
	}
	for k := 1; starts[k-1].Before(last); k++ {
		next := step(anchor, k, r)
		if len(r.Lengths) > 0 {
			length := r.Lengths[(k-1)%len(r.Lengths)]
			next = step(starts[k-1], 1, schedule.Rotation{Every: length.N, Unit: length.Unit})
		}
		starts = append(starts, next)
	}
	return starts
}

// occurs reports whether a day is one of the rule's. It knows FREQ=DAILY;INTERVAL=n, FREQ=WEEKLY;BYDAY=..., and
// FREQ=MONTHLY;BYMONTHDAY=n.
func occurs(rule string, anchor, t time.Time) bool {
	_, value, _ := strings.Cut(strings.SplitN(rule, ";", 2)[1], "=")
	n, _ := strconv.Atoi(value)
	switch {
	case strings.Contains(rule, "DAILY"):
		return int(t.Truncate(24*time.Hour).Sub(anchor.Truncate(24*time.Hour))/(24*time.Hour))%n == 0
	case strings.Contains(rule, "WEEKLY"):
		return slices.Contains(strings.Split(value, ","), strings.ToUpper(t.Weekday().String()[:2]))
	}
	return t.Day() == n
}

func (o *oracle) turns(l *oracleLayer) (turns []slot) {
	anchor := o.anchor(l.spec.Start, l.zone)
	starts := o.starts(anchor, l.spec.Rotation)
	if l.spec.Count == schedule.CountCovered && len(l.spec.Coverage) > 0 {
		l.counted = countCovered(starts, l.spec.Coverage)
	}
	for k := range starts[1:] {
		if starts[k+1].Before(o.start.Add(-time.Duration(o.margin)*time.Minute-48*time.Hour)) || starts[k].After(o.end.AddDate(0, 0, 12)) {
			continue
		}
		from, to := o.first(l.zone, starts[k].Unix()), o.first(l.zone, starts[k+1].Unix())
		turns = append(turns, slot{from, to, k})
	}
	return turns
}

// countCovered counts, for each turn, those before it in which a minute of the week is covered.
func countCovered(starts []time.Time, windows []calendar.Window) []int {
	var week [7 * 24 * 60]bool // from Monday on
	for _, w := range windows {
		for _, d := range w.Days {
			minutes := int(w.To-w.From) / 60
			if w.To <= w.From {
				minutes += 24 * 60
			}
			for m := range minutes {
				week[(int(d)*24*60+int(w.From)/60+m)%len(week)] = true
			}
		}
	}
	counted := []int{0}
	for k := range starts[1:] {
		n := counted[k]
		for t := starts[k]; t.Before(starts[k+1]); t = t.Add(time.Minute) {
			if week[(int(t.Weekday())+6)%7*24*60+t.Hour()*60+t.Minute()] {
				n++
				break
			}
		}
		counted = append(counted, n)
	}
	return counted
}

func (o *oracle) windows(coverage []calendar.Window, zone string, anchor time.Time) (windows []slot) {
	first := o.start.Add(-time.Duration(o.margin)*time.Minute).AddDate(0, 0, -12).Truncate(24 * time.Hour)
	for day := first; day.Before(o.end.AddDate(0, 0, 12)); day = day.AddDate(0, 0, 1) {
		for _, w := range coverage {
			from := day.Unix() + int64(w.From)
			to := day.Unix() + int64(w.To)
			if w.To <= w.From {
				to += 24 * 60 * 60
			}
			if w.RRule.IsZero() {
				if !slices.Contains(w.Days, calendar.Weekday((int(day.Weekday())+6)%7)) {
					continue
				}
			} else {
				if day.Before(anchor.Truncate(24*time.Hour)) || !occurs(w.RRule.String(), anchor, day) {
					continue
				}
				to = step(time.Unix(from, 0).UTC(), 1, schedule.Rotation{Every: w.For.N, Unit: w.For.Unit}).Unix()
			}
			windows = append(windows, slot{o.first(zone, from), o.first(zone, to), 0})
		}
	}
	return windows
}

func (o *oracle) site(spec *schedule.Site) oracleSite {
	l := o.layer(&schedule.Layer{ID: spec.ID, Users: spec.Users, Start: spec.Start, End: spec.End, Rotation: spec.Rotation,
		Seats: spec.Seats, Timezone: spec.Timezone})
	s := oracleSite{oracleLayer: l}
	first := o.start.Add(-time.Duration(o.margin)*time.Minute).AddDate(0, 0, -1).Truncate(24 * time.Hour)
	for day := first; day.Before(o.end.AddDate(0, 0, 2)); day = day.AddDate(0, 0, 1) {
		if len(spec.Days) > 0 && !slices.Contains(spec.Days, calendar.Weekday((int(day.Weekday())+6)%7)) {
			continue
		}
		if at := o.first(spec.Timezone, day.Unix()+int64(spec.From)); at >= max(l.begin, 0) && at < l.finish {
			s.takes = append(s.takes, at)
		}
	}
	return s
}

func (o *oracle) bySites(sites []oracleSite, minute int) []duty {
	var has *oracleLayer
	latest := -1
	for _, s := range sites {
		for _, at := range s.takes {
			if at <= minute && at >= latest {
				has, latest = s.oracleLayer, at
			}
		}
	}
	if has == nil {
		return nil
	}
	return o.byLayer(has, minute)
}
