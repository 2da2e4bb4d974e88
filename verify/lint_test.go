package verify_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/verify"
)

func daily(from, to calendar.TimeOfDay) []calendar.Window {
	return []calendar.Window{{Days: []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}, From: from, To: to}}
}

// TestFollowTheSunGapBetweenTheClockChanges: New York hands over to Berlin at the same instant, except in the weeks in which
// only America has changed its clocks.
func TestFollowTheSunGapBetweenTheClockChanges(t *testing.T) {
	spec := schedule.Spec{ID: "sun", Timezone: "Europe/Berlin", Layers: []schedule.Layer{
		{ID: "eu", Users: []watchbill.UserID{"ada"}, Start: moment(t, "2026-01-01T00:00"), Rotation: schedule.Rotation{Every: 1, Unit: calendar.Day},
			Coverage: daily(calendar.NewTimeOfDay(6, 0), calendar.NewTimeOfDay(18, 0))},
		{ID: "us", Users: []watchbill.UserID{"ben"}, Start: moment(t, "2026-01-01T00:00"), Rotation: schedule.Rotation{Every: 1, Unit: calendar.Day},
			Timezone: "America/New_York", Coverage: daily(calendar.NewTimeOfDay(12, 0), calendar.NewTimeOfDay(0, 0))},
	}}
	o := org(t, oncall.Config{Schedules: []schedule.Spec{spec}, Policies: []escalation.Policy{
		{ID: "p", Levels: []escalation.Level{{Targets: []escalation.Target{escalation.Schedule("sun")}}}}}, CatchAll: []escalation.Target{escalation.User("cem")}})
	r := verify.Check(o, at(t, "2026-01-02T00:00"), at(t, "2027-01-01T00:00"))
	var found []verify.Finding
	gaps := 0
	for _, f := range r.Findings {
		switch f.Rule {
		case verify.DSTGap:
			found = append(found, f)
		case verify.CoverageGap:
			gaps++
			assert.Equal(t, verify.CauseCoverage, f.Causes[0].Kind)
		}
	}
	require.Len(t, found, 1, "%+v", r.Findings)
	assert.Equal(t, 28, gaps) // 8 to 29 March, 25 October to 1 November; one a day
	assert.Equal(t, 28, found[0].Count)
	assert.Equal(t, 28*time.Hour, found[0].Total)
	assert.Contains(t, found[0].Message, "Europe/Berlin and America/New_York are 5h apart")
}

func TestShiftsOf23And25Hours(t *testing.T) {
	spec := weekly(t, "days", "ada", "ben", "cem")
	spec.Timezone, spec.Layers[0].Rotation.Unit = "Europe/Berlin", calendar.Day
	r := verify.Check(org(t, oncall.Config{Schedules: []schedule.Spec{spec}}), at(t, "2026-02-01T00:00"), at(t, "2027-01-01T00:00"))
	var messages []string
	for _, f := range r.Findings {
		if f.Rule == verify.DSTShift {
			messages = append(messages, f.Message)
		}
	}
	assert.Equal(t, []string{
		"a shift of schedule days lasts 23h instead of 24h where the clocks in Europe/Berlin change: from Sat 2026-03-28 09:00 to Sun 09:00 CEST",
		"a shift of schedule days lasts 25h instead of 24h where the clocks in Europe/Berlin change: from Sat 2026-10-24 09:00 to Sun 09:00 CET",
	}, messages)
}

// TestManyGapsAreBounded lists each gap up to a limit, and counts the rest.
func TestManyGapsAreBounded(t *testing.T) {
	spec := weekly(t, "office", "ada", "ben")
	spec.Layers[0].Coverage = daily(calendar.NewTimeOfDay(9, 0), calendar.NewTimeOfDay(17, 0))
	from := at(t, "2026-01-05T09:00")
	r := verify.Check(org(t, oncall.Config{Schedules: []schedule.Spec{spec}}), from, from.AddDate(1, 0, 0))
	var listed []verify.Finding
	for _, f := range r.Findings {
		if f.Rule == verify.CoverageGap {
			listed = append(listed, f)
		}
	}
	require.Len(t, listed, verify.MaxFindings+1)
	assert.Equal(t, at(t, "2026-01-05T17:00"), listed[0].From)
	assert.Equal(t, at(t, "2026-01-06T09:00"), listed[0].To)
	last := listed[verify.MaxFindings]
	assert.Equal(t, 365-verify.MaxFindings, last.Count)
	assert.Equal(t, time.Duration(last.Count)*16*time.Hour, last.Total)
	assert.Equal(t, from.AddDate(1, 0, 0), last.To)
}

func TestFindingJSON(t *testing.T) {
	f := verify.Finding{Rule: verify.CoverageGap, Severity: verify.Warning, Subject: "schedule:s", From: winter, To: winter.Add(week), Message: "m"}
	text, err := json.Marshal(f)
	require.NoError(t, err)
	assert.JSONEq(t, `{"rule":"coverage-gap","severity":"warning","subject":"schedule:s","from":"2026-01-05T00:00:00Z",
		"to":"2026-01-12T00:00:00Z","message":"m"}`, string(text))
	empty, err := json.Marshal(verify.Check(org(t, oncall.Config{}), winter, winter))
	require.NoError(t, err)
	assert.JSONEq(t, `{"from":"2026-01-05T00:00:00Z","to":"2026-01-05T00:00:00Z","findings":[],"proved":[],"worst_case":[],"instants":0}`, string(empty))
}

// TestEqual: a week of ada and a week of ben is the same as 14 days of a rotation with each seven times.
func TestEqual(t *testing.T) {
	a, err := schedule.New(weekly(t, "a", "ada", "ben"))
	require.NoError(t, err)
	spec := weekly(t, "b", "ada", "ada", "ada", "ada", "ada", "ada", "ada", "ben", "ben", "ben", "ben", "ben", "ben", "ben")
	spec.Layers[0].Rotation.Unit = calendar.Day
	b, err := schedule.New(spec)
	require.NoError(t, err)
	_, equal := verify.Equal(a, b, winter, winter.AddDate(10, 0, 0))
	assert.True(t, equal)
	spec.Layers[0].Users[9] = "cem"
	b, err = schedule.New(spec)
	require.NoError(t, err)
	d, equal := verify.Equal(a, b, winter, winter.AddDate(10, 0, 0))
	assert.False(t, equal)
	assert.Equal(t, verify.Difference{At: at(t, "2026-01-14T09:00"), A: []watchbill.UserID{"ben"}, B: []watchbill.UserID{"cem"}}, d)
}

// TestEqualAgreesWithEveryMinute compares random schedules, of which one has an override more.
func TestEqualAgreesWithEveryMinute(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 3, 0)
	for n := range cases(t, 20) {
		d := seeded(n)
		spec := d.schedule("s")
		a, err := schedule.New(spec)
		require.NoError(t, err)
		begin := from.Add(time.Duration(d.IntN(60*24*60)) * time.Minute)
		spec.Overrides = append(spec.Overrides, schedule.Override{ID: "more", From: calendar.InstantMoment(begin),
			To: calendar.InstantMoment(begin.Add(time.Hour)), User: "ada"})
		b, err := schedule.New(spec)
		require.NoError(t, err)
		got, equal := verify.Equal(a, b, from, to)
		at := from
		for at.Before(to) && sameUsers(a.OnCall(at).Users, b.OnCall(at).Users) {
			at = at.Add(time.Minute)
		}
		require.Equal(t, !at.Before(to), equal, "case %d", n)
		if !equal {
			require.True(t, got.At.Equal(at), "case %d: %v, not %v", n, got.At, at)
		}
	}
}

func sameUsers(a, b []watchbill.UserID) bool {
	all := map[watchbill.UserID]int{}
	for _, u := range a {
		all[u]++
	}
	for _, u := range b {
		all[u]--
	}
	for _, n := range all {
		if n != 0 {
			return false
		}
	}
	return true
}

// TestMoved takes the shifts of Berlin for those of an old zone database, in which Berlin did not change its clocks.
func TestMoved(t *testing.T) {
	shifts := func(zone string) []schedule.Shift {
		spec := weekly(t, "s", "ada", "ben")
		spec.Timezone = zone
		s, err := schedule.New(spec)
		require.NoError(t, err)
		return s.Shifts(at(t, "2026-03-09T08:00"), at(t, "2026-04-13T08:00"))
	}
	before, after := shifts("Africa/Lagos"), shifts("Europe/Berlin")
	moves := verify.Moved(before, after)
	require.Len(t, moves, 4) // three weeks that summer time touches, and the hour of a fourth that the window lets in
	assert.True(t, moves[0].Before.Start.Equal(moves[0].After.Start))
	assert.Equal(t, time.Hour, moves[0].Before.End.Sub(moves[0].After.End))
	assert.Empty(t, verify.Moved(after, after))
	gone := verify.Moved(after, after[:2])
	require.Len(t, gone, len(after)-2)
	assert.Zero(t, gone[0].After)
}

func TestDiff(t *testing.T) {
	config := func(users ...watchbill.UserID) oncall.Config {
		return oncall.Config{Schedules: []schedule.Spec{weekly(t, "primary", users...)}, Policies: []escalation.Policy{{ID: "web",
			Levels: []escalation.Level{{Targets: []escalation.Target{escalation.Schedule("primary")}}, {Targets: []escalation.Target{escalation.User("cem")}}}}}}
	}
	from, to := at(t, "2026-01-05T09:00"), at(t, "2026-02-02T09:00")
	before, after := org(t, config("ada", "ben")), org(t, config("ada", schedule.Unassigned))
	c := verify.Diff(before, after, from, to)
	require.Len(t, c.People, 1)
	assert.Equal(t, watchbill.UserID("ben"), c.People[0].User)
	assert.Equal(t, watchbill.Duration(2*week), c.People[0].Loses)
	require.Len(t, c.Coverage, 1)
	assert.Len(t, c.Coverage[0].Opened, 2)
	require.Len(t, c.Paths, 1)
	assert.Equal(t, 1, c.Paths[0].Level)
	assert.False(t, c.Same())
	assert.True(t, verify.Diff(before, before, from, to).Same())

	slower := config("ada", "ben")
	slower.Policies[0].Levels[0].Timeout = time.Hour
	c = verify.Diff(before, org(t, slower), from, to)
	require.Len(t, c.WorstCase, 1)
	assert.Equal(t, "5m0s", c.WorstCase[0].Before.ToEveryLevel.String())
	assert.Equal(t, "1h0m0s", c.WorstCase[0].After.ToEveryLevel.String())
}
