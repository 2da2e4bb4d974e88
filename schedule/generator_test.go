package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// generator makes schedules with everything that is likely to go wrong around a clock change.
type generator struct {
	*rand.Rand
	change time.Time
	zone   string
}

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

func (g generator) spec() schedule.Spec {
	spec := schedule.Spec{ID: "s", Timezone: g.zone}
	if g.oneIn(3) {
		spec.Combine = schedule.Union
	}
	if g.oneIn(2) {
		for i := range 1 + g.IntN(2) {
			spec.Holidays = append(spec.Holidays, g.holidays(i))
		}
	}
	spec.Sites, spec.Layers = g.version(&spec)
	from := calendar.Moment{}
	for g.oneIn(4) {
		v := schedule.Version{EffectiveFrom: g.around()}
		if !from.IsZero() && !v.EffectiveFrom.In(g.loc()).After(from.In(g.loc())) {
			break
		}
		from = v.EffectiveFrom
		v.Sites, v.Layers = g.version(&spec)
		spec.Versions = append(spec.Versions, v)
	}
	for i := range max(g.IntN(6)-3, 0) {
		tmp := schedule.Temporary{ID: schedule.LayerID(fmt.Sprint("t", i)), Shifts: g.shifts()}
		tmp.From, tmp.To = g.stretch()
		spec.Temporary = append(spec.Temporary, tmp)
	}
	for i := range pick(g, 0, 1, 2, 3, 5, 12) {
		spec.Overrides = append(spec.Overrides, g.override(i))
	}
	return spec
}

// inner is what a layer may include.
func (g generator) inner() []schedule.Spec {
	spec := schedule.Spec{ID: "inner", Timezone: g.zone}
	for i := range 1 + g.IntN(2) {
		spec.Layers = append(spec.Layers, g.rotating(i, &spec))
	}
	spec.Overrides = []schedule.Override{g.override(0)}
	spec.Combine = pick(g, schedule.Hide, schedule.Union)
	return []schedule.Spec{spec}
}

func (g generator) oneIn(n int) bool { return g.IntN(n) == 0 }

func (g generator) loc() *time.Location {
	loc, err := time.LoadLocation(g.zone)
	if err != nil {
		panic(err)
	}
	return loc
}

func (g generator) version(spec *schedule.Spec) (sites []schedule.Site, layers []schedule.Layer) {
	if g.oneIn(3) {
		for i := range 1 + g.IntN(3) {
			sites = append(sites, g.site(i))
		}
	}
	for i := range 1 + g.IntN(3) {
		layers = append(layers, g.layer(i, spec))
	}
	return sites, layers
}

func (g generator) site(i int) schedule.Site {
	l := g.rotating(i, &schedule.Spec{})
	s := schedule.Site{ID: schedule.LayerID(fmt.Sprint("site", i)), Users: l.Users, Start: l.Start, End: l.End, Rotation: l.Rotation, Seats: l.Seats}
	s.Timezone = pick(g, g.zone, g.zone, "Europe/London", "America/New_York", "Asia/Kolkata")
	s.From = calendar.NewTimeOfDay(pick(g, 0, 1, 2, 2, 3, 9, 17), pick(g, 0, 0, 15, 30))
	if g.oneIn(2) {
		s.Days = g.window().Days
	}
	return s
}

func (g generator) holidays(i int) schedule.Holidays {
	h := schedule.Holidays{ID: fmt.Sprint("h", i)}
	for range 1 + g.IntN(3) {
		year, month, day := g.change.In(g.loc()).AddDate(0, 0, g.IntN(5)-2).Date()
		h.Days = append(h.Days, schedule.Holiday{Date: calendar.NewCivil(year, month, day, 0, 0, 0)})
	}
	return h
}

func (g generator) stretch() (from, to calendar.Moment) {
	at := g.change.Add(time.Duration(g.IntN(60*60)-40*60) * time.Minute)
	from, to = calendar.InstantMoment(at), calendar.InstantMoment(at.Add(time.Duration(1+g.IntN(30*60))*time.Minute))
	if loc := g.loc(); g.oneIn(2) {
		from, to = calendar.CivilMoment(calendar.CivilOf(at.In(loc))), calendar.CivilMoment(calendar.CivilOf(at.In(loc).Add(31*time.Hour)))
	}
	return from, to
}

func (g generator) shifts() (shifts []schedule.Placed) {
	for range 1 + g.IntN(4) {
		var p schedule.Placed
		p.From, p.To = g.stretch()
		p.Users = pick(g, []watchbill.UserID{g.user()}, []watchbill.UserID{"ada", "ben"}, []watchbill.UserID{schedule.Unassigned})
		shifts = append(shifts, p)
	}
	return shifts
}

func (g generator) user() watchbill.UserID {
	return watchbill.UserID(pick(g, "ada", "ben", "cem", "dot"))
}

func (g generator) layer(i int, spec *schedule.Spec) schedule.Layer {
	l := g.rotating(i, spec)
	switch g.IntN(6) {
	case 0:
		l = schedule.Layer{ID: l.ID, Timezone: l.Timezone, Start: l.Start, End: l.End, Coverage: l.Coverage, Shifts: g.shifts()}
	case 1:
		l = schedule.Layer{ID: l.ID, Timezone: l.Timezone, Start: l.Start, End: l.End, Coverage: l.Coverage, Schedule: "inner"}
	}
	l.Shadow = g.oneIn(8)
	return l
}

func (g generator) rotating(i int, spec *schedule.Spec) schedule.Layer {
	l := schedule.Layer{ID: schedule.LayerID(fmt.Sprint("l", i)), Timezone: pick(g, "", "", g.zone, "Europe/London")}
	for range 1 + g.IntN(5) {
		l.Users = append(l.Users, pick(g, g.user(), g.user(), g.user(), schedule.Unassigned))
	}
	l.Seats = pick(g, 0, 0, 1, 2, 3)
	l.Rotation = g.rotation()
	l.Start = g.moment(pick(g, 1, 40, 700) * 24)
	if end := g.around(); g.oneIn(2) && end.In(time.UTC).Sub(l.Start.In(time.UTC)) > 30*time.Hour {
		l.End = end
	}
	for range g.IntN(3) {
		l.Coverage = append(l.Coverage, g.window())
	}
	if g.oneIn(3) && l.Rotation.RRule.IsZero() {
		l.Count = schedule.CountCovered
	} else if g.oneIn(4) {
		l.Coverage = append(l.Coverage, calendar.Window{RRule: g.rule(), From: calendar.NewTimeOfDay(pick(g, 0, 2, 22), 30),
			For: calendar.Length{N: pick(g, 1, 6, 30), Unit: calendar.Hour}})
	}
	if len(spec.Holidays) > 0 {
		l.Holidays = schedule.HolidayMode(g.IntN(4))
		isOff := l.Holidays == schedule.HolidaysByCoverage && len(l.Coverage) > 0
		if isOff || l.Holidays == schedule.HolidaysOff || l.Holidays == schedule.HolidaysOnly {
			l.Calendars = pick(g, nil, []string{spec.Holidays[0].ID})
		}
	}
	for _, u := range l.Users {
		if u != schedule.Unassigned && g.oneIn(6) {
			l.Hours = map[watchbill.UserID]schedule.Hours{u: {Timezone: pick(g, "", "Asia/Tokyo", "Europe/London"), Coverage: []calendar.Window{g.window()}}}
		}
	}
	return l
}

func (g generator) rotation() schedule.Rotation {
	switch g.IntN(5) {
	case 0:
		return schedule.Rotation{RRule: g.rule()}
	case 1:
		var r schedule.Rotation
		for range 1 + g.IntN(3) {
			r.Lengths = append(r.Lengths, calendar.Length{N: 1 + g.IntN(5), Unit: pick(g, calendar.Hour, calendar.Day, calendar.Week)})
		}
		return r
	}
	return schedule.Rotation{Every: 1 + g.IntN(3), Unit: pick(g, calendar.Hour, calendar.Hour, calendar.Day, calendar.Week, calendar.Month)}
}

// rule is one that the oracle knows.
func (g generator) rule() (r calendar.Rule) {
	text := pick(g, fmt.Sprintf("FREQ=DAILY;INTERVAL=%d", 1+g.IntN(3)), "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=WEEKLY;BYDAY=SA,SU,FR",
		fmt.Sprintf("FREQ=MONTHLY;BYMONTHDAY=%d", 1+g.IntN(31)))
	if err := r.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return r
}

// moment is some hours before the change or less, often at the same time of day.
func (g generator) moment(hours int) calendar.Moment {
	at := g.change.Add(-time.Duration(g.IntN(hours)) * time.Hour)
	if g.IntN(3) == 0 {
		return calendar.InstantMoment(at)
	}
	loc, _ := time.LoadLocation(g.zone)
	year, month, day := at.In(loc).Date()
	if g.IntN(4) == 0 {
		day = 31
	}
	return calendar.CivilMoment(calendar.NewCivil(year, month, day, pick(g, 0, 1, 2, 2, 3, 9, 23), pick(g, 0, 15, 30, 45), 0))
}

func (g generator) around() calendar.Moment {
	at := g.change.Add(time.Duration(g.IntN(60*60)-30*60) * time.Minute)
	if g.IntN(2) == 0 {
		return calendar.InstantMoment(at)
	}
	loc, _ := time.LoadLocation(g.zone)
	return calendar.CivilMoment(calendar.CivilOf(at.In(loc)))
}

func (g generator) window() calendar.Window {
	w := calendar.Window{Days: []calendar.Weekday{calendar.Weekday(g.IntN(7))}}
	for d := range calendar.Weekday(7) {
		if g.IntN(2) == 0 {
			w.Days = append(w.Days, d)
		}
	}
	w.From = calendar.NewTimeOfDay(pick(g, 0, 1, 2, 2, 3, 9, 17, 22), pick(g, 0, 0, 15, 30))
	w.To = calendar.NewTimeOfDay(pick(g, 0, 1, 2, 2, 3, 6, 18, 24), 0)
	if w.To == w.From {
		w.To = calendar.NewTimeOfDay(4, 40)
	}
	return w
}

func (g generator) override(i int) schedule.Override {
	o := schedule.Override{ID: schedule.OverrideID(fmt.Sprint("o", i))}
	switch g.IntN(6) {
	case 0:
		o.Add = g.user()
	case 1:
		o.Remove = g.user()
	case 2, 3:
		o.User = g.user()
	default:
		o.User, o.Replaces = g.user(), g.user()
	}
	o.From, o.To = g.stretch()
	return o
}
