package schedule_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

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

// cases is how many random cases a test tries: few, unless the environment asks for more. WATCHBILL_CASES=10000000 is
// the nightly mode; it takes hours (go test -timeout 0 -run 'BruteForce|AllZones').
func cases(t testing.TB, few int) int {
	text := os.Getenv("WATCHBILL_CASES")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, "WATCHBILL_CASES")
	return max(n, few)
}

// TestByBruteForce compares whole schedules with the oracle. A case is a hundred thousand comparisons, so that one in a
// thousand of the cases asked for are its.
func TestByBruteForce(t *testing.T) {
	rounds := max(16, cases(t, 0)/1000/len(clockChanges))
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
				compare(t, g.spec(), start, end, g.inner()...)
			}
		})
	}
}

// compare checks Shifts and Gaps against the oracle at every minute of a window, and OnCall at every minute around the
// middle and wherever something changes, and at some of the others.
func compare(t *testing.T, spec schedule.Spec, start, end time.Time, inner ...schedule.Spec) {
	t.Helper()
	text, _ := json.Marshal(append([]schedule.Spec{spec}, inner...))
	all, err := schedule.NewAll(append([]schedule.Spec{spec}, inner...))
	require.NoError(t, err, "%s", text)
	s := all[0]
	requireSound(t, s, start, end)
	o := newOracle(spec, start, end, inner...)
	parts := o.all()
	compareShifts(t, s, parts, start, end)
	until := end // the next change of the users, or of the window
	for minute := len(parts) - 1; minute >= 0; minute-- {
		at, want := start.Add(time.Duration(minute)*time.Minute), parts[minute]
		if minute+1 < len(parts) && people(parts[minute+1]) != people(want) {
			until = at.Add(time.Minute)
		}
		isEdge := minute == 0 || !slices.Equal(parts[minute-1], want) || minute+1 == len(parts) || !slices.Equal(parts[minute+1], want)
		if !isEdge && minute%31 != 0 && (minute-len(parts)/2)/90 != 0 {
			continue
		}
		answer := s.OnCall(at)
		if !slices.Equal(answer.Parts, want) {
			t.Fatalf("at %v: OnCall says %+v, the oracle %+v\n%s", at, answer.Parts, want, text)
		}
		var shadows []schedule.Part
		for _, d := range o.planned(minute+o.margin, true) {
			shadows = append(shadows, d.Part)
		}
		if !slices.Equal(answer.Shadows, shadows) {
			t.Fatalf("at %v: OnCall says %+v learn, the oracle %+v\n%s", at, answer.Shadows, shadows, text)
		}
		ends := answer.Until
		if ends.IsZero() || ends.After(end) {
			ends = end
		}
		if !ends.Equal(until) {
			t.Fatalf("at %v: %v until %v, not until %v\n%s", at, want, until, answer.Until, text)
		}
		require.Len(t, answer.Why(), max(len(want), 1))
	}
}

// people is who has the parts, each once and in the order of names.
func people(parts []schedule.Part) string {
	var names []string
	for _, p := range parts {
		names = append(names, string(p.User))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ",")
}

func compareShifts(t *testing.T, s *schedule.Schedule, parts [][]schedule.Part, start, end time.Time) {
	t.Helper()
	shifts, gaps := s.Shifts(start, end), s.Gaps(start, end)
	for minute, want := range parts {
		at := start.Add(time.Duration(minute) * time.Minute)
		shifts = drop(shifts, at, func(s schedule.Shift) time.Time { return s.End })
		gaps = drop(gaps, at, func(i schedule.Interval) time.Time { return i.End })
		inShift := len(shifts) > 0 && !at.Before(shifts[0].Start)
		inGap := len(gaps) > 0 && !at.Before(gaps[0].Start)
		if inShift == inGap || inShift && !slices.Equal(shifts[0].Parts, want) || inGap && len(want) > 0 {
			text, _ := json.Marshal(s.Spec())
			t.Fatalf("at %v: Shifts and Gaps say %v and %v, the oracle %+v\n%s", at, head(shifts), head(gaps), want, text)
		}
	}
}

func head[T any](list []T) []T { return list[:min(len(list), 1)] }

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
	requireSets(t, s, start, end)
	middle := start.Add(end.Sub(start) / 3)
	require.Equal(t, shifts, merge(s.Shifts(start, middle), s.Shifts(middle, end)))
}

// requireSets checks that Sets are the shifts and gaps without the reasons.
func requireSets(t *testing.T, s *schedule.Schedule, start, end time.Time) {
	t.Helper()
	var at time.Time
	gaps := s.Gaps(start, end)
	for set := range s.Sets(start, end) {
		require.True(t, at.IsZero() || at.Equal(set.Start), "sets fill the window")
		require.ElementsMatch(t, set.Users, s.OnCall(set.Start).Users)
		if at = set.End; len(set.Users) == 0 {
			require.Equal(t, gaps[0], schedule.Interval{Start: set.Start, End: set.End})
			gaps = gaps[1:]
		}
	}
	require.Empty(t, gaps)
	require.True(t, at.Equal(end.Truncate(time.Microsecond)) || !start.Before(end))
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
