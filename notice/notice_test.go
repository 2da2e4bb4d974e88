package notice_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/notice"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/timeline"
)

// monday is where turn 0 begins, 09:00 in Berlin.
var monday = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func at(civil ...int) calendar.Moment {
	return calendar.CivilMoment(calendar.NewCivil(2026, time.Month(civil[0]), civil[1], civil[2], civil[3], 0))
}

// weekly gives each a week, from Monday to Monday.
func weekly(users ...watchbill.UserID) schedule.Spec {
	return schedule.Spec{ID: "primary", Timezone: "Europe/Berlin", Layers: []schedule.Layer{{
		ID: "week", Users: users, Start: at(1, 5, 9, 0), Rotation: schedule.Rotation{Unit: calendar.Week}}}}
}

// office is weekly from 9 to 17, on weekdays.
func office(users ...watchbill.UserID) schedule.Spec {
	s := weekly(users...)
	s.Layers[0].Coverage = []calendar.Window{{Days: []calendar.Weekday{calendar.Monday, calendar.Tuesday, calendar.Wednesday, calendar.Thursday, calendar.Friday},
		From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(17, 0)}}
	return s
}

// config has people who want every notice, and a policy that pages by the schedules.
func config(specs ...schedule.Spec) oncall.Config {
	c := oncall.Config{Schedules: specs}
	for _, id := range []watchbill.UserID{"ada", "ben", "cem"} {
		c.Catalog.Users = append(c.Catalog.Users, catalog.User{ID: id,
			Notices: catalog.Notices{Before: []time.Duration{day, 15 * time.Minute}, Start: true, End: true}})
	}
	for _, s := range specs {
		c.Policies = append(c.Policies, escalation.Policy{ID: watchbill.PolicyID(s.ID), Levels: []escalation.Level{{Targets: []escalation.Target{escalation.Schedule(s.ID)}}}})
	}
	return c
}

func orgOf(t testing.TB, c oncall.Config, revision int64) *oncall.Org {
	t.Helper()
	org, err := oncall.New(c, revision)
	require.NoError(t, err)
	return org
}

// told writes notices in a line each.
func told(all []notice.Notice) (lines []string) {
	for _, n := range all {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", n.At.Format("01-02 15:04"), n.User, n.Kind, notice.Spoken(n.Lead)))
	}
	return lines
}

func of(all []notice.Notice, k notice.Kind) (some []notice.Notice) {
	for _, n := range all {
		if n.Kind == k {
			some = append(some, n)
		}
	}
	return some
}

func TestAShiftIsTheLongestTimeOfAPerson(t *testing.T) {
	org := orgOf(t, config(weekly("ada", "ada", "ben")), 1)
	all := notice.Due(org, monday.Add(-2*day), monday.Add(22*day))
	require.Equal(t, []string{
		"01-04 08:00 ada shift-before 1 day",
		"01-05 07:45 ada shift-before 15 min",
		"01-05 08:00 ada shift-start 0 min",
		"01-18 08:00 ben shift-before 1 day",
		"01-19 07:45 ben shift-before 15 min",
	}, told(all)[:5], "between ada's two turns nobody is told anything")
	require.ElementsMatch(t, []string{"01-19 08:00 ben shift-start 0 min", "01-19 08:00 ada shift-end 0 min"}, told(all)[5:7])
	require.Equal(t, monday, all[0].From)
	require.Equal(t, monday.Add(14*day), all[0].To)
	end := of(all, notice.ShiftEnd)[0]
	require.Equal(t, []watchbill.UserID{"ben"}, end.With, "who has it now")
}

// TestDST: the shift begins at nine on either side of the change, and the notices keep their distance in real hours.
func TestDST(t *testing.T) {
	org := orgOf(t, config(weekly("ada", "ben")), 1)
	spring := time.Date(2026, 3, 30, 7, 0, 0, 0, time.UTC) // the Monday after the clock went forward
	all := of(notice.Due(org, spring.Add(-2*day), spring), notice.ShiftBefore)
	require.Equal(t, []string{"03-29 07:00 ada shift-before 1 day", "03-30 06:45 ada shift-before 15 min"}, told(all))
	require.Equal(t, spring, all[0].From)
	autumn := time.Date(2026, 10, 26, 8, 0, 0, 0, time.UTC)
	require.Equal(t, autumn, of(notice.Due(org, autumn.Add(-time.Hour), autumn), notice.ShiftStart)[0].From)
}

func TestPeopleAreToldWhatTheyWant(t *testing.T) {
	c := config(weekly("ada", "ben"))
	c.Catalog.Users[0].Notices = catalog.Notices{}
	c.Catalog.Users[1].Notices = catalog.Notices{End: true}
	require.Equal(t, []string{"01-19 08:00 ben shift-end 0 min"}, told(notice.Due(orgOf(t, c, 1), monday, monday.Add(15*day))))
}

// TestCutsDoNotMatter is the promise of the package: whatever windows time is cut into, each notice is given once.
func TestCutsDoNotMatter(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		org := orgOf(t, randomConfig(r), 1)
		from, to := monday.Add(60*day), monday.Add(100*day)
		whole := notice.Due(org, from, to)
		seen := map[string]bool{}
		for _, n := range whole {
			require.False(t, seen[n.ID], "%d: an ID twice: %v", seed, n)
			require.True(t, n.At.After(from) && !n.At.After(to), "%d: %v is not due in the window", seed, n)
			seen[n.ID] = true
		}
		var pieces []notice.Notice
		for t := from; t.Before(to); {
			next := cut(r, whole, t)
			if next.After(to) {
				next = to
			}
			pieces = append(pieces, notice.Due(org, t, next)...)
			t = next
		}
		require.Equal(t, whole, pieces, "%d", seed)
	}
}

// cut ends a window anywhere, often on the instant of a notice or a microsecond beside it.
func cut(r *rand.Rand, all []notice.Notice, after time.Time) time.Time {
	next := after.Add(time.Duration(1 + r.Int64N(int64(3*day))))
	if len(all) > 0 && r.IntN(2) == 0 {
		if at := all[r.IntN(len(all))].At.Add(time.Duration(r.IntN(3)-1) * time.Microsecond); at.After(after) && at.Before(next) {
			return at
		}
	}
	return watchbill.Stamp(next).Add(time.Microsecond)
}

func randomConfig(r *rand.Rand) oncall.Config {
	people := []watchbill.UserID{"ada", "ben", "cem", "ada", "~"}
	r.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	spec := office(people[:1+r.IntN(5)]...)
	if r.IntN(2) == 0 {
		spec = weekly(people...)
	}
	spec.Layers[0].Rotation.Unit = []calendar.Unit{calendar.Hour, calendar.Day, calendar.Week}[r.IntN(3)]
	spec.Layers[0].Rotation.Every = 1 + r.IntN(9)
	for i := range r.IntN(6) {
		from := monday.Add(60*day + time.Duration(r.Int64N(int64(40*day))))
		o := schedule.Override{ID: schedule.OverrideID(fmt.Sprint("o", i)), From: calendar.InstantMoment(from), To: calendar.InstantMoment(from.Add(time.Duration(1 + r.Int64N(int64(2*day)))))}
		o.User = people[r.IntN(len(people))]
		if o.User == "~" {
			o.User = "cem"
		}
		spec.Overrides = append(spec.Overrides, o)
	}
	return config(spec)
}

func TestGapsAreToldAWeekAndADayAhead(t *testing.T) {
	spec := weekly("ada", "ben", "~") // nobody has the third week
	c := config(spec)
	c.Catalog.Users[2].Teams = []watchbill.TeamID{"platform"}
	c.Catalog.Teams = []catalog.Team{{ID: "platform"}}
	c.Catalog.Services = []catalog.Service{{ID: "shop", Policy: "primary", Team: "platform"}}
	org := orgOf(t, c, 1)
	all := of(notice.Due(org, monday, monday.Add(21*day)), notice.GapAhead)
	require.Equal(t, []string{"01-12 08:00 cem gap-ahead 7 days", "01-18 08:00 cem gap-ahead 1 day"}, told(all), "the team of the service hears of it")
	require.Equal(t, monday.Add(14*day), all[0].From)
	require.Equal(t, monday.Add(21*day), all[0].To)

	c.Catalog.Services[0].Team = ""
	require.Equal(t, []string{"01-12 08:00 ada", "01-12 08:00 ben"}, users(of(notice.Due(orgOf(t, c, 1), monday, monday.Add(8*day)), notice.GapAhead)),
		"without a team, the people of the schedule do")

	c.Catalog.Services, c.Policies = nil, nil
	require.Empty(t, of(notice.Due(orgOf(t, c, 1), monday, monday.Add(60*day)), notice.GapAhead), "a schedule that pages nobody")
}

func users(all []notice.Notice) (lines []string) {
	for _, n := range all {
		line := n.At.Format("01-02 15:04 ") + string(n.User)
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// TestHoursThatAreEmptyByDesignAreNoNews: peers mail about every night of a schedule with office hours, every hour, and
// about gaps of the past.
func TestHoursThatAreEmptyByDesignAreNoNews(t *testing.T) {
	org := orgOf(t, config(office("ada", "ben")), 1)
	require.Empty(t, of(notice.Due(org, monday.Add(-30*day), monday.Add(370*day)), notice.GapAhead), "a year of nights and weekends, and of changes of the clock")

	spec := office("ada", "ben")
	spec.Layers[0].Users = []watchbill.UserID{"ada", "ben", "ada", "ben", "ada", "~", "ada", "ben"}
	all := of(notice.Due(orgOf(t, config(spec), 1), monday, monday.Add(50*day)), notice.GapAhead)
	require.NotEmpty(t, all, "a week without anybody is news")
	for _, n := range all {
		require.Equal(t, time.Date(2026, 2, 6, 16, 0, 0, 0, time.UTC), n.From, "it begins on the Friday evening before")
		require.Equal(t, time.Date(2026, 2, 16, 8, 0, 0, 0, time.UTC), n.To)
	}
	require.Len(t, all, 4, "two people, two leads")
}

func TestAScheduleThatEnds(t *testing.T) {
	spec := weekly("ada")
	spec.Layers[0].End = at(6, 1, 9, 0)
	all := of(notice.Due(orgOf(t, config(spec), 1), monday, monday.Add(700*day)), notice.GapAhead)
	require.Equal(t, []string{"05-25 07:00 ada gap-ahead 7 days", "05-31 07:00 ada gap-ahead 1 day"}, told(all))
	require.Zero(t, all[0].To)
}

func TestAnEditTellsWhomItMoves(t *testing.T) {
	before := orgOf(t, config(weekly("ada", "ben", "cem")), 1)
	spec := weekly("ada", "ben", "cem")
	spec.Overrides = []schedule.Override{
		{ID: "o", From: at(1, 14, 9, 0), To: at(1, 15, 9, 0), User: "ada", Replaces: "ben"},
		{ID: "past", From: at(1, 6, 9, 0), To: at(1, 7, 9, 0), User: "cem"},
		{ID: "far", From: at(9, 6, 9, 0), To: at(9, 7, 9, 0), User: "cem"},
	}
	after := orgOf(t, config(spec), 2)
	now := monday.Add(3 * day)
	all := notice.Moved(before, after, now)
	require.ElementsMatch(t, []string{"01-08 08:00 ada edit-moved 0 min", "01-08 08:00 ben edit-moved 0 min"}, told(all), "cem's changes are past, and far ahead")
	for _, n := range all {
		require.Equal(t, []notice.Change{{Schedule: "primary", Gained: n.User == "ada", From: monday.Add(9 * day), To: monday.Add(10 * day)}}, n.Changes)
	}
	require.Equal(t, all, notice.Moved(before, after, now))
	require.Empty(t, notice.Moved(after, after, now))
	require.Equal(t, []watchbill.ScheduleID{"primary"}, notice.Edited(before, after))
	require.Empty(t, notice.Edited(after, after))
}

func TestReviews(t *testing.T) {
	org := orgOf(t, config(weekly("ada"), schedule.Spec{ID: "other"}), 1)
	looked := map[watchbill.ScheduleID]time.Time{"primary": monday}
	due := func(from, to int) []string {
		return told(notice.Reviews(org, looked, 0, monday.Add(time.Duration(from)*day), monday.Add(time.Duration(to)*day)))
	}
	require.Empty(t, due(0, 89))
	require.Equal(t, []string{"04-05 08:00 ada review 0 min"}, due(89, 90))
	require.Empty(t, due(90, 179))
	require.Equal(t, []string{"07-04 08:00 ada review 0 min"}, due(179, 180), "again, until somebody does")
	require.Empty(t, notice.Reviews(org, looked, -1, monday, monday.Add(100*day)))
	require.Empty(t, notice.Reviews(org, nil, 0, monday, monday.Add(100*day)))
}

func TestHandoversThatNobodyAcknowledges(t *testing.T) {
	org := orgOf(t, config(weekly("ada", "ben")), 1)
	made := func(h time.Duration) handover.Handover {
		d, _, err := handover.Apply(handover.Handover{}, monday.Add(h), handover.Begin{Schedule: "primary", At: monday, From: monday.Add(-7 * day),
			Outgoing: []watchbill.UserID{"ada"}, Incoming: []watchbill.UserID{"ben", "gone"}})
		require.NoError(t, err)
		return d
	}
	due := func(h handover.Handover) []string {
		return told(notice.Unacknowledged(org, []handover.Handover{h}, monday.Add(-day), monday.Add(day)))
	}
	require.Equal(t, []string{"01-05 08:30 ben handover-open 30 min", "01-05 09:00 ada handover-open 1 h"}, due(made(-time.Hour)))
	require.Equal(t, []string{"01-05 10:30 ben handover-open 30 min", "01-05 11:00 ada handover-open 1 h"}, due(made(2*time.Hour)), "begun later")
	h, _, err := handover.Apply(made(0), monday, handover.Acknowledge{By: timeline.By{Actor: timeline.User("ben")}})
	require.NoError(t, err)
	require.Empty(t, due(h))
}

func TestWords(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	name := func(u watchbill.UserID) string { return "The " + string(u) }
	change := func(gained bool) notice.Change {
		return notice.Change{Schedule: "primary", Gained: gained, From: monday, To: monday.Add(day)}
	}
	for _, c := range []struct {
		n                notice.Notice
		summary, details string
	}{
		{notice.Notice{Kind: notice.ShiftBefore, From: monday, To: monday.Add(7 * day), Lead: 26 * time.Hour, With: []watchbill.UserID{"ben"}},
			"Your shift in primary begins Mon, 5 Jan 2026 09:00 CET", "It ends Mon, 12 Jan 2026 09:00 CET.\nOn call beside you: The ben.\n"},
		{notice.Notice{Kind: notice.ShiftStart, From: monday}, "You are on call in primary now", "No end of it is in sight.\n"},
		{notice.Notice{Kind: notice.ShiftEnd}, "Your shift in primary has ended", "On call now: nobody.\n"},
		{notice.Notice{Kind: notice.GapAhead, From: monday, To: monday.Add(90 * time.Minute)}, "Nobody will be on call in primary from Mon, 5 Jan 2026 09:00 CET to Mon, 5 Jan 2026 10:30 CET",
			"That is 1 h 30 min in which alerts go to whoever the policy names next. An override or a takeover closes the gap.\n"},
		{notice.Notice{Kind: notice.GapAhead, From: monday}, "Nobody will be on call in primary from Mon, 5 Jan 2026 09:00 CET",
			"No end of it is in sight. Until then, alerts go to whoever the policy names next.\n"},
		{notice.Notice{Kind: notice.EditMoved, Changes: []notice.Change{change(true), change(false)}}, "Your shifts in primary have changed: 1 gained, 1 lost",
			"primary: you gain Mon, 5 Jan 2026 09:00 CET to Tue, 6 Jan 2026 09:00 CET\nprimary: you lose Mon, 5 Jan 2026 09:00 CET to Tue, 6 Jan 2026 09:00 CET\n"},
		{notice.Notice{Kind: notice.HandoverOpen, From: monday, Lead: notice.TellIncoming}, "The hand-over of primary waits for you to acknowledge it", "You came on call Mon, 5 Jan 2026 09:00 CET.\n"},
		{notice.Notice{Kind: notice.HandoverOpen, From: monday, Lead: notice.TellOutgoing, With: []watchbill.UserID{"ben"}}, "Nobody has acknowledged your hand-over of primary",
			"It was Mon, 5 Jan 2026 09:00 CET, to The ben. A word in person may help.\n"},
		{notice.Notice{Kind: notice.Review, From: monday}, "Please review the schedule primary", "Nobody has changed or reviewed it since Mon, 5 Jan 2026 09:00 CET. Are the right people in it, in hours that suit them, and do its policies still fit?\n"},
		{notice.Notice{Kind: "other"}, "other", ""},
	} {
		c.n.Schedule = "primary"
		summary, details := c.n.Words(berlin, name)
		require.Equal(t, c.summary, summary)
		require.Equal(t, c.details, details)
	}
	many := notice.Notice{Kind: notice.EditMoved}
	for range 13 {
		many.Changes = append(many.Changes, change(true))
	}
	_, details := many.Words(berlin, name)
	require.Contains(t, details, "\nand 3 more\n")
}

func TestUntil(t *testing.T) {
	for _, c := range []struct {
		n    notice.Notice
		want time.Time
	}{
		{notice.Notice{Kind: notice.ShiftStart, From: monday}, monday.Add(time.Hour)},
		{notice.Notice{Kind: notice.ShiftBefore, From: monday.Add(day)}, monday.Add(time.Hour)},
		{notice.Notice{Kind: notice.ShiftBefore, From: monday.Add(15 * time.Minute)}, monday.Add(20 * time.Minute)},
		{notice.Notice{Kind: notice.ShiftBefore, From: monday}, monday.Add(5 * time.Minute)},
		{notice.Notice{Kind: notice.GapAhead, From: monday.Add(7 * day)}, monday.Add(day)},
		{notice.Notice{Kind: notice.EditMoved}, monday.Add(day)},
	} {
		c.n.At = monday
		require.Equal(t, c.want, c.n.Until(), c.n.Kind)
	}
}
