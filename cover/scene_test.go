package cover_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/timeline"
)

// Everybody who is planned in a schedule in any way is asked; learners are not, and neither is nobody.
func TestEverybodyOnTheScheduleIsAsked(t *testing.T) {
	begin, week := calendar.InstantMoment(monday), schedule.Rotation{Unit: calendar.Week}
	placed := func(users ...watchbill.UserID) []schedule.Placed {
		return []schedule.Placed{{From: begin, To: calendar.InstantMoment(monday.Add(time.Hour)), Users: users}}
	}
	included := schedule.Spec{ID: "included", Layers: []schedule.Layer{{ID: "l", Users: []watchbill.UserID{"included"}, Start: begin, Rotation: week}}}
	all, err := schedule.NewAll([]schedule.Spec{included, {ID: "main",
		Sites: []schedule.Site{{ID: "eu", Timezone: "Europe/Berlin", Users: []watchbill.UserID{"site"}, Start: begin, Rotation: week}},
		Layers: []schedule.Layer{
			{ID: "week", Users: []watchbill.UserID{"ada", schedule.Unassigned, "turn", "ada"}, Start: begin, Rotation: week},
			{ID: "static", Shifts: placed("ada", "static")}, {ID: "other", Schedule: "included", End: calendar.InstantMoment(monday.Add(time.Hour))},
			{ID: "shadow", Users: []watchbill.UserID{"learner"}, Start: begin, Rotation: week, Shadow: true},
		},
		Versions: []schedule.Version{{EffectiveFrom: calendar.InstantMoment(monday.AddDate(1, 0, 0)), Layers: []schedule.Layer{
			{ID: "next", Users: []watchbill.UserID{"version"}, Start: begin, Rotation: week}}}},
		Temporary: []schedule.Temporary{{ID: "peak", From: begin, To: calendar.InstantMoment(monday.Add(time.Hour)), Shifts: placed("temporary")}},
	}})
	require.NoError(t, err)
	s := cover.Scene{Schedules: all, User: func(id watchbill.UserID) (catalog.User, bool) {
		return catalog.User{ID: id, Contacts: []notify.Contact{{ID: "m", Channel: "test", Address: "a"}}}, true
	}, Needs: func(watchbill.ScheduleID) []string { return nil }}
	c := cover.Ask{Voice: cover.Voice{By: timeline.By{Actor: "user:ada"}}, ID: "r1", Schedules: []watchbill.ScheduleID{"main"},
		From: monday.Add(2 * time.Hour), To: monday.Add(3 * time.Hour)}
	r, _, err := cover.Apply(cover.Request{}, monday, c, s)
	require.NoError(t, err)
	require.ElementsMatch(t, []watchbill.UserID{"site", "turn", "static", "included", "version", "temporary"}, r.Asked)
	require.True(t, r.Anyone)
}

func TestClosedWithItsTimeOrBefore(t *testing.T) {
	w := newWorld(t)
	w.do("ask", strings.Fields("by=ada from=06T00:00 to=08T00:00"))
	require.Equal(t, monday.Add(63*time.Hour), w.r.ClosedAt(), "it expires by itself")
	w.do("advance", []string{"1h"})
	w.do("cancel", strings.Fields("by=ada"))
	require.Equal(t, monday.Add(time.Hour), w.r.ClosedAt())
	require.Equal(t, timeline.Owner("cover:r1"), w.r.Owner())
}

func TestTellsHaveKeysOfTheirOwn(t *testing.T) {
	w := newWorld(t)
	w.do("ask", strings.Fields("by=ada from=2026-02-16T09:00 to=2026-02-23T09:00 schedules=primary of=ben"))
	keys := map[string]bool{}
	for _, one := range append(w.r.Reminders(time.Time{}, monday.AddDate(1, 0, 0)), cover.Tells(w.r, w.entries[0])...) {
		key := one.Key() + " to " + string(one.User)
		require.False(t, keys[key], key)
		keys[key] = true
	}
	require.True(t, keys["cover:r1:asked:1767603600000000 to ben"])
	require.Empty(t, cover.Tells(w.r, timeline.Entry{Kind: "grown"}))
}

func TestTextIsBounded(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("x", cover.MaxText+1)
	require.Equal(t, "refused: cover: text: has 2001 characters; at most 2000 are allowed",
		w.do("take", []string{"by=ben", "schedule=primary", "to=06T00:00", long}))
	many := "of=" + strings.Repeat("ben,", cover.MaxPeople+1)
	require.Equal(t, "refused: cover: of: names 501 people; at most 500 are allowed", w.do("ask", []string{"by=ada", "from=06T00:00", "to=07T00:00", many}))
}
