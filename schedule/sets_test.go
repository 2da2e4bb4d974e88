package schedule_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

func TestSetsFillTheWindowAndAgreeWithOnCall(t *testing.T) {
	start := calendar.CivilMoment(calendar.NewCivil(2026, 1, 5, 9, 0, 0))
	s, err := schedule.New(schedule.Spec{ID: "s", Timezone: "Europe/Berlin", Layers: []schedule.Layer{{
		ID: "days", Users: []watchbill.UserID{"ada", "ada", "ben", schedule.Unassigned}, Start: start,
		Rotation: schedule.Rotation{Unit: calendar.Day},
	}}})
	require.NoError(t, err)
	from, to := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	at, last := from, []watchbill.UserID{"nobody yet"}
	for set := range s.Sets(from, to) {
		require.True(t, set.Start.Equal(at), "%v begins where the one before ended, at %v", set, at)
		require.True(t, set.End.After(set.Start))
		require.NotEqual(t, last, set.Users, "a set is as long as it can be")
		require.ElementsMatch(t, s.OnCall(set.Start).Users, set.Users)
		require.ElementsMatch(t, s.OnCall(set.End.Add(-time.Microsecond)).Users, set.Users)
		at, last = set.End, slices.Clone(set.Users)
	}
	require.True(t, at.Equal(to))
	for range s.Sets(to, from) {
		t.Fatal("an empty window has no sets")
	}
}

// People who change places within a set keep the order that they had at its beginning, wherever the window ends.
func TestSetsKeepTheirOrder(t *testing.T) {
	s := pairs(t, "2026-06-01")
	from := instant(t, "2026-01-02T00:00:00+01:00")
	want := s.OnCall(from).Users
	for hours := 1; hours < 5; hours++ {
		for set := range s.Sets(from, from.Add(time.Duration(hours)*time.Hour)) {
			require.Equal(t, want, set.Users)
		}
	}
}
