package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// What making a schedule may take, in bytes: of memory kept, and of all that is allocated on the way, which says what work
// it is on any machine. Before there were bounds, these kept gigabytes and took 27 s.
const (
	heaviest = 100 << 20
	mostWork = 400 << 20
)

// everyDay is a rule that has to be listed, with as many occurrences as there are days.
func everyDay() calendar.Rule { return rule("FREQ=DAILY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12") }

// fiveVersions gives five versions 200 layers each, and each layer its number.
func fiveVersions(layer func(i int) schedule.Layer) schedule.Spec {
	s := schedule.Spec{ID: "s"}
	for v := range 5 {
		var layers []schedule.Layer
		for i := range 200 {
			l := layer(v*200 + i)
			l.ID, l.Start = schedule.LayerID(fmt.Sprint(i)), calendar.CivilMoment(calendar.NewCivil(1900, 1, 1, 0, l.Seats, 0))
			l.Users, l.Seats = []watchbill.UserID{"ada", "ben"}, 0
			layers = append(layers, l)
		}
		if v == 0 {
			s.Layers = layers
			continue
		}
		s.Versions = append(s.Versions, schedule.Version{
			EffectiveFrom: calendar.CivilMoment(calendar.NewCivil(2010+v, 1, 1, 0, 0, 0)), Layers: layers})
	}
	return s
}

func days(n int) (all []schedule.Holiday) {
	for i := range n {
		all = append(all, schedule.Holiday{Date: calendar.NewCivil(1900, 1, 1+i, 0, 0, 0)})
	}
	return all
}

func TestAnySpecIsBounded(t *testing.T) {
	daily := schedule.Rotation{RRule: everyDay()}
	weekly := schedule.Rotation{Unit: calendar.Week}
	calendars := fiveVersions(func(i int) schedule.Layer {
		l := schedule.Layer{Rotation: weekly, Holidays: schedule.HolidaysOnly}
		for bit := range 10 {
			if (i+1)>>bit&1 == 1 {
				l.Calendars = append(l.Calendars, fmt.Sprint(bit))
			}
		}
		return l
	})
	for bit := range 10 {
		calendars.Holidays = append(calendars.Holidays, schedule.Holidays{ID: fmt.Sprint(bit), Days: days(10_000)})
	}
	holidays := fiveVersions(func(int) schedule.Layer {
		return schedule.Layer{Rotation: daily, Holidays: schedule.HolidaysOnly}
	})
	holidays.Holidays = []schedule.Holidays{{ID: "all", Days: days(100_000)}}
	tallies := fiveVersions(func(int) schedule.Layer {
		l := schedule.Layer{Count: schedule.CountCovered, Coverage: []calendar.Window{{Days: []calendar.Weekday{0}, To: 3600}}}
		for range 999 {
			l.Rotation.Lengths = append(l.Rotation.Lengths, calendar.Length{N: 1, Unit: calendar.Hour})
		}
		return l
	})
	for name, test := range map[string]struct {
		spec  schedule.Spec
		wrong string
	}{
		"the same rule":     {fiveVersions(func(int) schedule.Layer { return schedule.Layer{Rotation: daily} }), ""},
		"the same holidays": {holidays, ""},
		"rules of their own": {fiveVersions(func(i int) schedule.Layer { // Seats carries the minute of the start
			return schedule.Layer{Rotation: daily, Seats: i}
		}), "one too many that has to be listed"},
		"windows of their own": {fiveVersions(func(i int) schedule.Layer {
			return schedule.Layer{Rotation: weekly, Coverage: []calendar.Window{
				{RRule: everyDay(), From: calendar.TimeOfDay(i), For: calendar.Length{N: 1, Unit: calendar.Hour}}}}
		}), "one too many that has to be listed"},
		"calendars of their own": {calendars, "one set too many"},
		"turns to count":         {tallies, "too many with other layers"},
	} {
		work, kept, err := weigh(test.spec)
		if test.wrong == "" {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorContains(t, err, test.wrong, name)
		}
		t.Log(name, work>>20, "MB in all,", kept>>20, "MB kept")
		assert.Less(t, work, uint64(mostWork), name)
		assert.Less(t, kept, uint64(heaviest), name)
	}
}

// weigh makes schedules and says how many bytes that takes, and how many they keep.
func weigh(specs ...schedule.Spec) (work, kept uint64, err error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	made, err := schedule.NewAll(specs)
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(made)
	return after.TotalAlloc - before.TotalAlloc, max(after.HeapAlloc, before.HeapAlloc) - before.HeapAlloc, err
}

// What one schedule may not, many together may not either.
func TestSchedulesTogetherAreBounded(t *testing.T) {
	var specs []schedule.Spec
	for i := range 1000 {
		specs = append(specs, schedule.Spec{ID: watchbill.ScheduleID(fmt.Sprint(i)), Layers: []schedule.Layer{{
			ID: "l", Users: []watchbill.UserID{"ada"}, Rotation: schedule.Rotation{RRule: everyDay()},
			Start: calendar.CivilMoment(calendar.NewCivil(1900, 1, 1, 0, i, 0))}}})
	}
	work, kept, err := weigh(specs...)
	assert.ErrorContains(t, err, "one too many that has to be listed")
	assert.Less(t, work, uint64(mostWork))
	assert.Less(t, kept, uint64(heaviest))
}

var midnight = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// minutes is an override from one minute to another.
func minutes(id, from, to int, o schedule.Override) schedule.Override {
	o.ID = schedule.OverrideID(fmt.Sprint(id))
	o.From = calendar.InstantMoment(midnight.Add(time.Duration(from) * time.Minute))
	o.To = calendar.InstantMoment(midnight.Add(time.Duration(to) * time.Minute))
	return o
}

// crowded has so many overrides all the time, and 9,000 short ones after that, none of which does anything.
func crowded(all int) schedule.Spec {
	s := schedule.Spec{ID: "s", Layers: []schedule.Layer{{ID: "l", Users: []watchbill.UserID{"ada"},
		Start: moment("2020-01-01"), Rotation: schedule.Rotation{Unit: calendar.Week}}}}
	nothing := schedule.Override{User: "cem", Replaces: "dot"}
	for i := range all {
		s.Overrides = append(s.Overrides, minutes(i, 0, 1_000_000+i, nothing))
	}
	for i := range 9000 {
		s.Overrides = append(s.Overrides, minutes(all+i, 2_000_000+2*i, 2_000_000+2*i+1, nothing))
	}
	return s
}

func TestOverridesAtOnceAreBounded(t *testing.T) {
	s, err := schedule.New(crowded(schedule.MaxAtOnce))
	require.NoError(t, err)
	a := s.OnCall(midnight.Add(time.Hour))
	require.Equal(t, []watchbill.UserID{"ada"}, a.Users)
	require.True(t, a.UntilAtLeast)
	first := midnight.Add(1_000_000 * time.Minute) // which ends, and then another every minute
	require.WithinRange(t, a.Until, first.Add(100*time.Minute), first.Add(300*time.Minute),
		"each boundary takes much to look at, so it looks at few")

	_, err = schedule.New(crowded(schedule.MaxAtOnce + 1))
	assert.EqualError(t, err, "schedule: overrides[1000]: holds while 1000 others do; at most 1000 may at once")
}

// Fitting leaves out what New would refuse, and nothing else.
func TestFitting(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 7))
	var list []schedule.Override
	holding := make([]int, 400)
	var fits []schedule.Override
	for i := range 3 * schedule.MaxAtOnce {
		from := r.IntN(399)
		to := from + 1 + r.IntN(399-from)
		o := minutes(i, from, to, schedule.Override{Add: "ada"})
		list = append(list, o)
		fit := true
		for m := from; m < to; m++ {
			fit = fit && holding[m] < schedule.MaxAtOnce
		}
		if !fit {
			continue
		}
		fits = append(fits, o)
		for m := from; m < to; m++ {
			holding[m]++
		}
	}
	require.Less(t, len(fits), len(list))
	require.Equal(t, fits, schedule.Fitting(list, 0, time.UTC))
	require.Equal(t, fits, schedule.Fitting(fits, 0, time.UTC))
	require.Equal(t, list, schedule.Fitting(list, len(list), time.UTC), "those of the file stay")
	_, err := schedule.New(schedule.Spec{ID: "s", Overrides: fits})
	require.NoError(t, err)
	_, err = schedule.New(schedule.Spec{ID: "s", Overrides: list})
	require.ErrorContains(t, err, "holds while 1000 others do")
}

func TestPeopleAtOnceAreBounded(t *testing.T) {
	placed := func(n, each int) (shifts []schedule.Placed) {
		for i := range n {
			var users []watchbill.UserID
			for j := range each {
				users = append(users, watchbill.UserID(fmt.Sprint(i, "-", j)))
			}
			o := minutes(0, i/10, 10_000, schedule.Override{})
			shifts = append(shifts, schedule.Placed{From: o.From, To: o.To, Users: users})
		}
		return shifts
	}
	union := schedule.Spec{ID: "s", Combine: schedule.Union, Layers: []schedule.Layer{
		{ID: "a", Shifts: placed(1000, 1)}, {ID: "b", Shifts: placed(1, 1)}}}
	_, err := schedule.New(union)
	assert.EqualError(t, err, "schedule: layers: may have 1001 people on call at once; at most 1000 are allowed")
	union.Combine = schedule.Hide
	_, err = schedule.New(union)
	assert.NoError(t, err)
	union.Layers[0].Shifts = placed(501, 2)
	_, err = schedule.New(union)
	assert.ErrorContains(t, err, "layers[0].shifts[500]: makes more than 1000 people have shifts at once")
}

// pairs are two layers that change hands hourly, so that the same two are on call until they end.
func pairs(t *testing.T, end string) *schedule.Schedule {
	return whole(t, `"combine":"union","layers":[
		{"id":"a","users":["ada","ben"],"start":"2026-01-01","end":"`+end+`","rotation":{"unit":"hour"}},
		{"id":"b","users":["ben","ada"],"start":"2026-01-01","end":"`+end+`","rotation":{"unit":"hour"}}]`)
}

func TestUntilSaysHowFarItLooked(t *testing.T) {
	at := instant(t, "2026-01-02T00:00:00+01:00")
	for end, far := range map[string]bool{"2026-06-01": false, "2027-06-01": true} {
		s := pairs(t, end)
		a := s.OnCall(at)
		assert.Equal(t, far, a.UntilAtLeast, end)
		next, ok := s.NextHandoff(at)
		assert.True(t, ok)
		assert.Equal(t, end, next.Format(time.DateOnly))
		if far {
			assert.True(t, a.Until.After(at.AddDate(1, 0, 0)) && a.Until.Before(next), "%v", a.Until)
			assert.Equal(t, []schedule.Set{{Start: at, End: a.Until}}, sets(s, at, a.Until))
			text, err := a.MarshalJSON()
			require.NoError(t, err)
			assert.Contains(t, string(text), `"until_at_least":true`)
		} else {
			assert.Equal(t, next, a.Until)
		}
	}
	next, ok := pairs(t, "2199-06-01").NextHandoff(at)
	assert.False(t, ok)
	assert.Greater(t, next.Year(), 2120, "looked so far")
}

// sets lists them, without people.
func sets(s *schedule.Schedule, from, to time.Time) (all []schedule.Set) {
	for set := range s.Sets(from, to) {
		all = append(all, schedule.Set{Start: set.Start.In(from.Location()), End: set.End.In(to.Location())})
	}
	return all
}
