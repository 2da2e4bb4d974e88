package drill_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/rules/expr"
	"github.com/watchbill/watchbill/sim/drill"
	"github.com/watchbill/watchbill/timeline"
)

// when is when the real one began.
var when = time.Date(2026, 2, 10, 2, 11, 5, 0, time.UTC)

// TestScore: the record of the real one, scored as if it were a drill: who did what when is known to the second.
func TestScore(t *testing.T) {
	r := realRecords(t)
	score := func(e drill.Expectation) string {
		d := drill.Drill{Title: "x", Signals: drill.Make(r).Signals, Expect: []drill.Expectation{e}}
		s := drill.Score(d, when, when.Add(2*time.Hour), r)
		one := s.Results[0]
		require.Equal(t, []int{one.Points, one.Of}, []int{s.Points, s.Of})
		return fmt.Sprintf("%s: %s after %s by %s, %d of %d", one.What, one.Outcome, time.Duration(one.After), one.By, one.Points, one.Of)
	}
	for _, c := range []struct {
		e    drill.Expectation
		want string
	}{
		{drill.Expectation{What: drill.Acknowledged, Within: 15 * time.Minute, Points: 20}, "acknowledged: in time after 14m3s by user:ben, 20 of 20"},
		{drill.Expectation{What: drill.Acknowledged, Within: 14*time.Minute + 3*time.Second, Points: 20}, "acknowledged: in time after 14m3s by user:ben, 20 of 20"},
		{drill.Expectation{What: drill.Acknowledged, Within: 14*time.Minute + 2*time.Second, Points: 15}, "acknowledged: late after 14m3s by user:ben, 7 of 15"},
		{drill.Expectation{What: drill.Acknowledged, Alert: "QueueFull", Within: time.Hour, Points: 20}, "acknowledged (QueueFull): in time after 13m0s by user:ben, 20 of 20"},
		{drill.Expectation{What: drill.Acknowledged, Alert: "DiskFull", Within: time.Hour, Points: 20}, "acknowledged (DiskFull): not done after 0s by , 0 of 20"},
		{drill.Expectation{What: drill.Escalated, Within: time.Hour, Points: 10}, "escalated: not done after 0s by , 0 of 10"},
		{drill.Expectation{What: drill.Summoned, Within: time.Hour, Points: 10}, "summoned: in time after 28m55s by user:ben, 10 of 10"},
		{drill.Expectation{What: drill.Summoned, User: "cem", Within: time.Hour, Points: 10}, "summoned (cem): in time after 28m55s by user:ben, 10 of 10"},
		{drill.Expectation{What: drill.Summoned, User: "ada", Within: time.Hour, Points: 10}, "summoned (ada): not done after 0s by , 0 of 10"},
		{drill.Expectation{What: drill.Summoned, User: "ben", Within: time.Hour, Points: 10}, "summoned (ben): in time after 14m3s by user:ben, 10 of 10"},
		{drill.Expectation{What: drill.Declared, Within: 15 * time.Minute, Points: 15}, "declared: late after 18m55s by user:ben, 7 of 15"},
		{drill.Expectation{What: drill.Role, Within: time.Hour, Points: 15}, "role: in time after 19m55s by user:ben, 15 of 15"},
		{drill.Expectation{What: drill.Role, Role: incident.Commander, Within: time.Hour, Points: 15}, "role (commander): in time after 19m55s by user:ben, 15 of 15"},
		{drill.Expectation{What: drill.Role, Role: incident.Scribe, Within: time.Hour, Points: 15}, "role (scribe): not done after 0s by , 0 of 15"},
		{drill.Expectation{What: drill.Updated, Within: time.Hour, Points: 10}, "updated: in time after 33m55s by user:ben, 10 of 10"},
		{drill.Expectation{What: drill.Told, Within: 30 * time.Minute, Points: 20}, "told: late after 53m55s by user:ben, 10 of 20"},
		{drill.Expectation{What: drill.Resolved, Within: 80 * time.Minute, Points: 20}, "resolved: in time after 1h13m55s by user:ben, 20 of 20"},
	} {
		require.Equal(t, c.want, score(c.e))
	}
}

// TestWhoEndedIt: an incident that closes by itself with its alerts was ended by whoever resolved the last of these.
func TestWhoEndedIt(t *testing.T) {
	r := realRecords(t)
	for i := range r.Alerts {
		r.Alerts[i].ResolvedBy = timeline.User("cem")
	}
	score := func() timeline.Actor {
		d := drill.Drill{Signals: drill.Make(r).Signals, Expect: []drill.Expectation{{What: drill.Resolved, Within: 3 * time.Hour, Points: 20}}}
		return drill.Score(d, when, when.Add(2*time.Hour), r).Results[0].By
	}
	require.Equal(t, timeline.User("ben"), score())
	for i, e := range r.Incidents[0].Entries {
		if e.Kind == incident.KindStatus {
			r.Incidents[0].Entries[i].Actor = timeline.Engine
		}
	}
	require.Equal(t, timeline.User("cem"), score())
}

// TestNotOver: what is open at the end is not resolved, nor is what had not all gone wrong yet.
func TestNotOver(t *testing.T) {
	r := realRecords(t)
	d := drill.Drill{Signals: drill.Make(r).Signals, Expect: []drill.Expectation{{What: drill.Resolved, Within: 3 * time.Hour, Points: 20}}}
	require.True(t, drill.Score(d, when, when.Add(2*time.Hour), r).Over)
	require.False(t, drill.Score(d, when, when.Add(time.Minute), r).Over, "the second signal had not come")
	r.Incidents[0].ResolvedAt = time.Time{}
	s := drill.Score(d, when, when.Add(2*time.Hour), r)
	require.False(t, s.Over)
	require.Equal(t, drill.Missed, s.Results[0].Outcome)
	require.Contains(t, s.Markdown(), "before everything was resolved")
}

func TestSettled(t *testing.T) {
	r := realRecords(t)
	d := drill.Drill{Signals: drill.Make(r).Signals, Expect: []drill.Expectation{{What: drill.Escalated, Within: 90 * time.Minute}}}
	require.False(t, drill.Settled(d, when, when.Add(80*time.Minute), r), "somebody may still ask for the next level")
	require.True(t, drill.Settled(d, when, when.Add(91*time.Minute), r))
	d.Expect[0].What = drill.Declared
	require.True(t, drill.Settled(d, when, when.Add(80*time.Minute), r), "that was done")
	require.False(t, drill.Settled(d, when, when.Add(time.Minute), r), "the second signal has not come")
	r.Alerts[0].ResolvedAt = time.Time{}
	require.False(t, drill.Settled(d, when, when.Add(91*time.Minute), r), "an alert is open")
	require.False(t, drill.Settled(d, when, when.Add(91*time.Minute), drill.Records{}), "nothing has happened yet")
}

// TestPeople: response times count from each person's own first page.
func TestPeople(t *testing.T) {
	s := drill.Score(drill.Drill{}, when, when.Add(2*time.Hour), realRecords(t))
	text, err := json.Marshal(s.People)
	require.NoError(t, err)
	golden(t, "people.json", append(text, '\n'))
}

// TestSheet: the whole sheet of the real one.
func TestSheet(t *testing.T) {
	r := realRecords(t)
	d := drill.Make(r)
	d.Notes = append(d.Notes, "a pipe | in\na text")
	golden(t, "sheet.md", []byte(drill.Score(d, when, when.Add(2*time.Hour), r).Markdown()))
}

// TestRehearse: robots give the same sheet whenever they are asked, and worse ones a worse one.
func TestRehearse(t *testing.T) {
	c, _ := organisation(t)
	d := drill.Make(realRecords(t))
	s, troubles, err := drill.Rehearse(d, c, expr.Compile, d.Happened)
	require.NoError(t, err)
	require.Empty(t, troubles)
	require.True(t, s.Over)
	require.Equal(t, s.Of, s.Points, "%+v", s.Results)
	golden(t, "rehearsal.md", []byte(s.Markdown()))
	again, _, err := drill.Rehearse(d, c, expr.Compile, d.Happened)
	require.NoError(t, err)
	require.Equal(t, s, again)

	d.Robots.Answers = 10 * time.Minute
	slow, _, err := drill.Rehearse(d, c, expr.Compile, d.Happened)
	require.NoError(t, err)
	require.Less(t, slow.Points, s.Points)
	require.Equal(t, drill.Late, slow.Results[0].Outcome)

	d.Robots = drill.Robots{Misses: 1}
	blind, _, err := drill.Rehearse(d, c, expr.Compile, d.Happened)
	require.NoError(t, err)
	require.Zero(t, blind.Points, "%+v", blind.Results)
	require.True(t, blind.Over, "the signals say so")
	require.NotZero(t, blind.People[0].Pages)
}

// TestRobotsAreRefused: what robots were refused, people would be, too.
func TestRobotsAreRefused(t *testing.T) {
	c, _ := organisation(t)
	c.Catalog.Users = c.Catalog.Users[2:3] // nobody else is there to be asked
	c.Schedules, c.Policies, c.Catalog.Teams = nil, c.Policies[:1], nil
	c.Policies[0].Levels = c.Policies[0].Levels[1:2]
	c.Policies[0].Levels[0].Targets[0].ID = "cem"
	c.CatchAll = nil
	d := drill.Drill{Title: "x", Limit: time.Hour, Signals: drill.Make(realRecords(t)).Signals[:1],
		Expect: []drill.Expectation{{What: drill.Summoned, Within: time.Hour, Points: 10}}, Robots: drill.Robots{Coordinates: time.Minute}}
	_, troubles, err := drill.Rehearse(d, c, nil, when)
	require.NoError(t, err)
	require.Len(t, troubles, 1)
	require.Contains(t, troubles[0], "summoned: ")
}

// TestRehearsalOfWhatCannotBe: an organisation with mistakes.
func TestRehearsalOfWhatCannotBe(t *testing.T) {
	c, _ := organisation(t)
	c.Catalog.Users = append(c.Catalog.Users, c.Catalog.Users[0])
	_, _, err := drill.Rehearse(drill.Make(realRecords(t)), c, nil, when)
	require.ErrorContains(t, err, "sim: Org: ")
}

// TestEverythingSaysThatItIsADrill: whoever is paged reads it first.
func TestEverythingSaysThatItIsADrill(t *testing.T) {
	s := drill.Make(realRecords(t)).Signals[0].At(when)
	require.Equal(t, "DRILL: Checkout answers 500 to every request", s.Summary)
	require.Equal(t, when, s.StartsAt)
	require.Equal(t, "DRILL: x", drill.Marked(drill.Marked("x")))
	require.Equal(t, watchbill.SeverityCritical, s.Severity)
}
