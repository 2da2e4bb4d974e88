package schedule_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// clockChanges are instants around which the brute force looks at every minute.
var clockChanges = []struct{ zone, at string }{
	{"America/New_York", "2026-03-08T07:00:00Z"}, {"America/New_York", "2026-11-01T06:00:00Z"},
	{"Europe/Berlin", "2026-03-29T01:00:00Z"}, {"Europe/Berlin", "2026-10-25T01:00:00Z"},
	{"Australia/Lord_Howe", "2026-04-04T15:00:00Z"}, {"Australia/Lord_Howe", "2026-10-03T15:30:00Z"},
	{"Africa/Casablanca", "2026-02-15T02:00:00Z"}, {"Africa/Casablanca", "2026-03-22T02:00:00Z"},
	{"Atlantic/Azores", "2026-03-29T01:00:00Z"}, {"Atlantic/Azores", "2026-10-25T01:00:00Z"},
	{"America/Santiago", "2026-04-05T03:00:00Z"}, {"America/Santiago", "2026-09-06T04:00:00Z"},
	{"America/Havana", "2026-03-08T05:00:00Z"}, {"America/Havana", "2026-11-01T05:00:00Z"},
	{"Pacific/Apia", "2011-12-30T10:00:00Z"}, {"Europe/Berlin", "2076-10-25T01:00:00Z"},
}

func TestByBruteForce(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	for i, change := range clockChanges {
		t.Run(change.zone+" "+change.at[:7], func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, change.at)
			require.NoError(t, err)
			start, end := at.Add(-50*time.Hour), at.Add(50*time.Hour)
			for round := range rounds {
				g := generator{rand.New(rand.NewPCG(uint64(i), uint64(round))), at, change.zone}
				compare(t, g.spec(), start, end)
			}
		})
	}
}

// compare checks Shifts and Gaps against the oracle at every minute of a window, and OnCall at every minute around the
// middle and wherever something changes, and at some of the others.
func compare(t *testing.T, spec schedule.Spec, start, end time.Time) {
	t.Helper()
	text, _ := json.Marshal(spec)
	s, err := schedule.New(spec)
	require.NoError(t, err, "%s", text)
	requireSound(t, s, start, end)
	o := newOracle(spec, start, end)
	parts := o.all()
	compareShifts(t, s, parts, start, end)
	until := end // the next change of the user, or of the window
	for minute := len(parts) - 1; minute >= 0; minute-- {
		at, want := start.Add(time.Duration(minute)*time.Minute), parts[minute]
		if minute+1 < len(parts) && parts[minute+1].User != want.User {
			until = at.Add(time.Minute)
		}
		isEdge := minute == 0 || parts[minute-1] != want || minute+1 == len(parts) || parts[minute+1] != want
		if !isEdge && minute%31 != 0 && (minute-len(parts)/2)/90 != 0 {
			continue
		}
		answer := s.OnCall(at)
		if !isPart(answer.Parts, want) {
			t.Fatalf("at %v: OnCall says %+v, the oracle %+v\n%s", at, answer.Parts, want, text)
		}
		ends := answer.Until
		if ends.IsZero() || ends.After(end) {
			ends = end
		}
		if !ends.Equal(until) {
			t.Fatalf("at %v: %q is on call until %v, not until %v\n%s", at, want.User, until, answer.Until, text)
		}
	}
}

func compareShifts(t *testing.T, s *schedule.Schedule, parts []schedule.Part, start, end time.Time) {
	t.Helper()
	shifts, gaps := s.Shifts(start, end), s.Gaps(start, end)
	for minute, want := range parts {
		at := start.Add(time.Duration(minute) * time.Minute)
		shifts = drop(shifts, at, func(s schedule.Shift) time.Time { return s.End })
		gaps = drop(gaps, at, func(i schedule.Interval) time.Time { return i.End })
		inShift := len(shifts) > 0 && !at.Before(shifts[0].Start)
		inGap := len(gaps) > 0 && !at.Before(gaps[0].Start)
		if inShift == inGap || inShift && !isPart(shifts[0].Parts, want) || inGap && !isPart(nil, want) {
			t.Fatalf("at %v: Shifts and Gaps say %v and %v, the oracle %+v\n%+v", at, shifts, gaps, want, s.Spec())
		}
	}
}

// isPart reports whether the parts are that one, or none if it is empty.
func isPart(parts []schedule.Part, want schedule.Part) bool {
	if want.User == "" {
		return len(parts) == 0
	}
	return len(parts) == 1 && parts[0] == want
}

// drop leaves out what has ended by then.
func drop[T any](list []T, at time.Time, end func(T) time.Time) []T {
	for len(list) > 0 && !at.Before(end(list[0])) {
		list = list[1:]
	}
	return list
}

// requireSound checks what holds for the shifts of every schedule.
func requireSound(t *testing.T, s *schedule.Schedule, start, end time.Time) {
	t.Helper()
	shifts := s.Shifts(start, end)
	for i, shift := range shifts {
		require.True(t, shift.Start.Before(shift.End))
		require.False(t, shift.Start.Before(start) || shift.End.After(end))
		require.Equal(t, s.Zone(), shift.Start.Location())
		require.Equal(t, shift.Parts, s.OnCall(shift.Start).Parts)
		require.Equal(t, shift.Parts, s.OnCall(shift.End.Add(-time.Microsecond)).Parts)
		require.NotEmpty(t, shift.Users)
		if i > 0 && shifts[i-1].End.Equal(shift.Start) {
			require.NotEqual(t, shifts[i-1].Parts, shift.Parts, "is one shift")
		} else if i > 0 {
			require.True(t, shifts[i-1].End.Before(shift.Start))
		}
	}
	gaps := s.Gaps(start, end)
	for i, gap := range gaps {
		require.True(t, gap.Start.Before(gap.End))
		require.True(t, i == 0 || gaps[i-1].End.Before(gap.Start), "gaps that touch are one")
	}
	middle := start.Add(end.Sub(start) / 3)
	require.Equal(t, shifts, merge(s.Shifts(start, middle), s.Shifts(middle, end)))
}

// merge joins the shifts of two windows that touch.
func merge(a, b []schedule.Shift) []schedule.Shift {
	if len(a) > 0 && len(b) > 0 {
		last := &a[len(a)-1]
		if last.End.Equal(b[0].Start) && fmt.Sprint(last.Parts) == fmt.Sprint(b[0].Parts) {
			last.End = b[0].End
			b = b[1:]
		}
	}
	return append(a, b...)
}

// generator makes schedules with everything that is likely to go wrong around a clock change.
type generator struct {
	*rand.Rand
	change time.Time
	zone   string
}

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

func (g generator) spec() schedule.Spec {
	spec := schedule.Spec{ID: "s", Timezone: g.zone}
	for i := range 1 + g.IntN(3) {
		spec.Layers = append(spec.Layers, g.layer(i))
	}
	for i := range g.IntN(6) {
		spec.Overrides = append(spec.Overrides, g.override(i))
	}
	return spec
}

func (g generator) user() watchbill.UserID {
	return watchbill.UserID(pick(g, "ada", "ben", "cem", "dot"))
}

func (g generator) layer(i int) schedule.Layer {
	l := schedule.Layer{ID: schedule.LayerID(fmt.Sprint("l", i)), Timezone: pick(g, "", "", g.zone, "Europe/London")}
	for range 1 + g.IntN(5) {
		l.Users = append(l.Users, pick(g, g.user(), g.user(), g.user(), schedule.Unassigned))
	}
	l.Rotation = schedule.Rotation{Every: 1 + g.IntN(3), Unit: pick(g, calendar.Hour, calendar.Hour, calendar.Day, calendar.Week, calendar.Month)}
	l.Start = g.moment(pick(g, 1, 40, 700) * 24)
	if end := g.around(); g.IntN(2) == 0 && end.In(time.UTC).Sub(l.Start.In(time.UTC)) > 30*time.Hour {
		l.End = end
	}
	for range g.IntN(3) {
		l.Coverage = append(l.Coverage, g.window())
	}
	return l
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
	o := schedule.Override{ID: schedule.OverrideID(fmt.Sprint("o", i)), User: g.user()}
	if g.IntN(3) > 0 {
		o.Replaces = g.user()
	}
	at := g.change.Add(time.Duration(g.IntN(60*60)-40*60) * time.Minute)
	o.From = calendar.InstantMoment(at)
	o.To = calendar.InstantMoment(at.Add(time.Duration(1+g.IntN(30*60)) * time.Minute))
	if loc, _ := time.LoadLocation(g.zone); g.IntN(2) == 0 {
		from, to := calendar.CivilOf(at.In(loc)), calendar.CivilOf(at.In(loc).Add(31*time.Hour))
		o.From, o.To = calendar.CivilMoment(from), calendar.CivilMoment(to)
	}
	return o
}
