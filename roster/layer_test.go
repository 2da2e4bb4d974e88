package roster_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/roster"
	"github.com/watchbill/watchbill/schedule"
)

func crew() catalog.Catalog {
	return catalog.Catalog{Users: []catalog.User{{ID: "ada", Zone: "Europe/Berlin"}, {ID: "ben", Zone: "Europe/Berlin"},
		{ID: "cem", Zone: "Europe/Berlin"}, {ID: "dee", Zone: "America/New_York"}, {ID: "eve", Zone: "America/New_York"}}}
}

func rotation(t testing.TB, id schedule.LayerID, start string, users ...watchbill.UserID) schedule.Layer {
	return schedule.Layer{ID: id, Users: users, Start: moment(t, start), Rotation: schedule.Rotation{Unit: calendar.Week}}
}

func daysOf(from, to calendar.TimeOfDay, days ...calendar.Weekday) []calendar.Window {
	return []calendar.Window{{Days: days, From: from, To: to}}
}

// sun is two sites, and a weekend layer above them.
func sun(t testing.TB) schedule.Spec {
	weekdays := []calendar.Weekday{0, 1, 2, 3, 4}
	site := func(id schedule.LayerID, zone string, users ...watchbill.UserID) schedule.Site {
		return schedule.Site{ID: id, Timezone: zone, From: calendar.NewTimeOfDay(9, 0), Days: weekdays, Users: users,
			Start: moment(t, "2026-01-05T09:00"), Rotation: schedule.Rotation{Unit: calendar.Week}}
	}
	weekend := rotation(t, "weekend", "2026-01-03T00:00", "ada", "ben", "dee")
	weekend.Coverage = daysOf(0, calendar.NewTimeOfDay(24, 0), calendar.Saturday, calendar.Sunday)
	return schedule.Spec{ID: "primary", Timezone: "Europe/Berlin",
		Sites:  []schedule.Site{site("berlin", "Europe/Berlin", "ada", "ben", "cem"), site("york", "America/New_York", "dee", "eve")},
		Layers: []schedule.Layer{weekend}}
}

// inPlace is the schedule with a proposal.
func inPlace(t testing.TB, tk roster.Task, p roster.Proposal) *schedule.Schedule {
	t.Helper()
	s, err := schedule.New(p.Apply(tk.Spec))
	require.NoError(t, err)
	return s
}

func TestOneOfSeveralLayersIsPlanned(t *testing.T) {
	tk := task(t, sun(t), crew(), "2026-06-01", "2026-06-29")
	_, err := roster.Propose(tk, roster.Options{})
	require.ErrorContains(t, err, "choose the layer: berlin, york, weekend")
	tk.Layer = "nights"
	_, err = roster.Propose(tk, roster.Options{})
	require.ErrorContains(t, err, `has no layer "nights" to plan then; it has berlin, york, weekend`)

	for layer, people := range map[schedule.LayerID][]watchbill.UserID{
		"weekend": {"ada", "ben", "dee"}, "berlin": {"ada", "ben", "cem"}, "york": {"dee", "eve"},
	} {
		tk.Layer = layer
		p := propose(t, tk)
		assert.Nil(t, p.Temporary, "which would replace the other layers")
		require.NotNil(t, p.Above)
		assert.Empty(t, p.Uncovered)
		assert.Empty(t, p.Otherwise)
		assert.Empty(t, p.Unfilled)
		var all []watchbill.UserID
		for _, share := range p.People {
			all = append(all, share.User)
			assert.Positive(t, share.Turns, "%s in %s", share.User, layer)
		}
		assert.ElementsMatch(t, people, all)
		s := inPlace(t, tk, p)
		assert.Empty(t, s.Gaps(p.From, p.To))
		for at := p.From; at.Before(p.To); at = at.Add(time.Hour) { // others have what they had, the layer's hours go by the proposal
			was, now := tk.Schedule.OnCall(at), s.OnCall(at)
			if was.Parts[0].Layer != layer {
				require.Equal(t, was.Users, now.Users, at)
				continue
			}
			require.Equal(t, p.Above.Layer.ID, now.Parts[0].Layer, at)
			for _, turn := range p.Slots {
				if !at.Before(turn.From) && at.Before(turn.To) {
					require.Equal(t, []watchbill.UserID{turn.User}, now.Users, at)
				}
			}
		}
		again := tk
		again.Spec = p.Apply(tk.Spec)
		again.Schedule = s
		again.Window.From, again.Window.To = p.To, p.To.AddDate(0, 0, 28)
		assert.NotNil(t, propose(t, again).Above, "the layer of a proposal is not one to choose from, and the next comes beside it")
	}
	tk.Layer = "weekend"
	assert.Contains(t, string(propose(t, tk).YAML()), "# put this into the layers of schedule primary, right after the layer weekend; "+
		"it hides weekend where it has shifts, and nothing else\n  - id: weekend-roster-2026-06-06\n    shifts:\n")
}

func TestARosterOfALayerNamesIt(t *testing.T) {
	tk := task(t, sun(t), crew(), "2026-06-01", "2026-06-29")
	tk.Catalog.Rosters = []catalog.Roster{{Schedule: "primary", Layer: "york", People: []watchbill.UserID{"eve"}}}
	p := propose(t, tk)
	assert.Equal(t, schedule.LayerID("york"), p.Layer)
	assert.Equal(t, watchbill.UserID("eve"), p.Slots[0].User)
	tk.Layer = "berlin"
	assert.Len(t, propose(t, tk).People, 3, "the roster is about another layer")
	tk.Catalog.Rosters[0].Layer = ""
	assert.Len(t, propose(t, tk).People, 3, "a roster for the whole says nothing of one layer's people")
}

func TestLayersThatAreAllOnCallAreOnlySwapped(t *testing.T) {
	spec := schedule.Spec{ID: "primary", Timezone: "Europe/Berlin", Combine: schedule.Union, Layers: []schedule.Layer{
		rotation(t, "week", "2026-01-05T09:00", "ada", "ada", "ben"), rotation(t, "extra", "2026-01-05T09:00", "cem", "dee")}}
	tk := task(t, spec, crew(), "2026-06-01", "2026-06-29")
	tk.Layer = "week"
	_, err := roster.Propose(tk, roster.Options{})
	require.ErrorContains(t, err, "ask for swaps")
	p, err := roster.ProposeSwaps(tk, 5, roster.Options{})
	require.NoError(t, err)
	require.NotEmpty(t, p.Overrides)
	s := inPlace(t, tk, p)
	for _, turn := range p.Slots {
		assert.ElementsMatch(t, []watchbill.UserID{turn.User, tk.Schedule.OnCall(turn.From).Users[1]}, s.OnCall(turn.From).Users)
	}
}

// Ben is there from 8 to 14 on weekdays: his turns are cut to that where cem stands by, and where nobody does he has none.
func TestPeoplesOwnHours(t *testing.T) {
	week := rotation(t, "week", "2026-01-05T09:00", "ada", "ben")
	week.Hours = map[watchbill.UserID]schedule.Hours{"ben": {Coverage: daysOf(calendar.NewTimeOfDay(8, 0), calendar.NewTimeOfDay(14, 0), 0, 1, 2, 3, 4)}}
	spec := schedule.Spec{ID: "primary", Timezone: "Europe/Berlin", Layers: []schedule.Layer{rotation(t, "stand-by", "2026-01-05T09:00", "cem"), week}}
	tk := task(t, spec, crew(), "2026-06-01", "2026-06-29")
	tk.Layer = "week"
	p := propose(t, tk)
	s := inPlace(t, tk, p)
	turns := 0
	for _, turn := range p.Slots {
		if turn.User == "ben" {
			turns++
			assert.Equal(t, watchbill.Duration(30*time.Hour), turn.Load)
			assert.Equal(t, []watchbill.UserID{"ben"}, s.OnCall(turn.From.Add(time.Hour)).Users)
			assert.Equal(t, []watchbill.UserID{"cem"}, s.OnCall(turn.From.Add(12*time.Hour)).Users)
		}
	}
	assert.Equal(t, 2, turns, "a part of a turn is fair for whom a part of a day is")
	assert.Empty(t, p.Otherwise)

	tk.Catalog.Users[0].Absences = []catalog.Absence{{From: moment(t, "2026-06-02"), To: moment(t, "2026-06-03")}}
	tk.Catalog.Rosters = []catalog.Roster{{Schedule: "primary", Layer: "week", People: []watchbill.UserID{"ada"}}}
	p = propose(t, tk)
	require.Len(t, p.Unfilled, 1)
	assert.Empty(t, p.Uncovered)
	assert.Equal(t, []watchbill.UserID{"cem"}, inPlace(t, tk, p).OnCall(p.From).Users, "cem stands by; the old plan, ben, does not show through")
	assert.Contains(t, string(p.YAML()), "# 2026-06-01T09:00: cem is on call from 2026-06-01T09:00 to 2026-06-08T09:00, not nobody: week-roster-2026-06-01 has them\n")
	tk.Catalog.Rosters, tk.Catalog.Users[0].Absences = nil, nil

	spec.Layers = spec.Layers[1:]
	tk = task(t, spec, crew(), "2026-06-01", "2026-06-29")
	p = propose(t, tk)
	assert.Equal(t, []watchbill.UserID{"ada", "ada", "ada", "ada"}, order(p))
	assert.Zero(t, p.People[1].Fair, "nothing is fair for whom there is nothing")
	tk.Catalog.Users[0].Absences = []catalog.Absence{{From: moment(t, "2026-06-02"), To: moment(t, "2026-06-03")}}
	p = propose(t, tk)
	require.Len(t, p.Unfilled, 1)
	assert.Equal(t, "has hours of their own, and nobody would be on call from 2026-06-01T14:00", p.Unfilled[0].Reasons[1].Reason)
	require.NotEmpty(t, p.Uncovered, "ben was on call")
	assert.Contains(t, string(p.YAML()), "# NOT COVERED: 2026-06-01T09:00 to 2026-06-01T14:00 CEST; without the proposal somebody is on call then\n")
}

// Volunteers have the nights, and nothing but the nights.
func TestNightsOnly(t *testing.T) {
	night := rotation(t, "night", "2026-01-05T09:00", "dee", "eve")
	night.Coverage = daysOf(calendar.NewTimeOfDay(22, 0), calendar.NewTimeOfDay(6, 0), 0, 1, 2, 3, 4, 5, 6)
	spec := schedule.Spec{ID: "primary", Timezone: "Europe/Berlin", Layers: []schedule.Layer{rotation(t, "week", "2026-01-05T09:00", "ada", "ben"), night}}
	tk := task(t, spec, crew(), "2026-06-01", "2026-06-29")
	tk.Layer = "night"
	for _, shift := range propose(t, tk).Above.Layer.Shifts {
		assert.Equal(t, 8*time.Hour, shift.To.In(time.UTC).Sub(shift.From.In(time.UTC)))
		assert.Contains(t, []watchbill.UserID{"dee", "eve"}, shift.Users[0])
	}
	tk.Layer = "week"
	p := propose(t, tk)
	assert.Equal(t, watchbill.Duration(128*time.Hour), p.Slots[0].Load, "7 days of 16 h, and half of a weekend's 32 h: no nights")
}

func TestWindowsSnapToHandOffs(t *testing.T) {
	tk := weekly(t, "2026-12-01", "2027-01-01", "ada", "ben", "cem")
	p := propose(t, tk)
	require.Len(t, p.Slots, 4)
	assert.Equal(t, "2026-12-07T09:00", p.Slots[0].Name)
	assert.Equal(t, []string{"begins at the hand-off 2026-12-07T09:00; until then the plan stays", "ends at the hand-off 2027-01-04T09:00, with a whole turn"}, p.Notes)
	assert.Contains(t, string(p.YAML()), "# begins at the hand-off 2026-12-07T09:00; until then the plan stays\n")
	s := inPlace(t, tk, p)
	assert.Equal(t, tk.Schedule.OnCall(tk.Window.From).Users, s.OnCall(tk.Window.From).Users)
	assert.Equal(t, p.Slots[3].User, s.OnCall(p.To.Add(-time.Second)).Users[0])

	tk.Window.To = tk.Window.From.AddDate(0, 0, 2)
	_, err := roster.Propose(tk, roster.Options{})
	require.ErrorContains(t, err, "no turn of week begins in the window; choose one with a hand-off in it: the next is at 2026-12-07T09:00")

	// two days, then five: hand-offs are those of the rotation, not weeks
	tk.Spec.Layers[0].Rotation = schedule.Rotation{Lengths: []calendar.Length{{N: 2, Unit: calendar.Day}, {N: 5, Unit: calendar.Day}}}
	tk = task(t, tk.Spec, tk.Catalog, "2026-12-07", "2026-12-20")
	p = propose(t, tk)
	require.Len(t, p.Slots, 4)
	assert.Equal(t, "2026-12-09T09:00", p.Slots[1].Name)
}

// The turn that runs when the window begins, and the one after it, count for run and rest.
func TestTurnsNextToTheWindowCount(t *testing.T) {
	tk := weekly(t, "2026-06-02", "2026-06-09", "ada", "ben", "cem") // the week from 8 June: cem before, ben after
	tk.Catalog.Rosters = []catalog.Roster{{Schedule: "primary", MaxConsecutive: 1}}
	p := propose(t, tk)
	require.Len(t, p.Slots, 1)
	before, after := tk.Schedule.OnCall(p.From.Add(-time.Hour)).Users[0], tk.Schedule.OnCall(p.To).Users[0]
	assert.NotContains(t, []watchbill.UserID{before, after}, p.Slots[0].User)
	assert.True(t, p.Proven)
}

func TestWishesThatAreNotMet(t *testing.T) {
	tk := weekly(t, "2026-06-01", "2026-06-15", "ada", "ben")
	tk.Catalog.Users[1].Absences = []catalog.Absence{{From: moment(t, "2026-06-09"), To: moment(t, "2026-06-10"), Reason: "a course"}}
	tk.Catalog.Rosters = []catalog.Roster{{Schedule: "primary", Wishes: []catalog.Wish{
		{User: "ada", From: moment(t, "2026-06-10"), To: moment(t, "2026-06-11"), Reason: "a wedding"},
		{User: "ben", From: moment(t, "2026-06-10"), To: moment(t, "2026-06-11"), Prefer: true},
		{User: "ben", From: moment(t, "2026-06-02"), To: moment(t, "2026-06-03"), Weight: time.Hour},
		{User: "cem", From: moment(t, "2026-06-02"), To: moment(t, "2026-06-03"), Prefer: true},
		{User: "ada", From: moment(t, "2026-08-02"), To: moment(t, "2026-08-03"), Prefer: true},
	}}}
	p := propose(t, tk)
	require.Equal(t, []watchbill.UserID{"ben", "ada"}, order(p))
	var lines []string
	for _, line := range strings.Split(string(p.YAML()), "\n") {
		if strings.HasPrefix(line, "# WISH") {
			lines = append(lines, line)
		}
	}
	assert.Equal(t, []string{
		"# WISH NOT MET: ada, not to be on call from 2026-06-10T00:00 to 2026-06-11T00:00 (a wedding): " +
			"2026-06-08T09:00: ben is away from 2026-06-09T00:00 to 2026-06-10T00:00 (a course)",
		"# WISH NOT MET: ben, to be on call from 2026-06-10T00:00 to 2026-06-11T00:00: " +
			"2026-06-08T09:00: ben is away from 2026-06-09T00:00 to 2026-06-10T00:00 (a course)",
		"# WISH NOT MET: ben, not to be on call from 2026-06-02T00:00 to 2026-06-03T00:00: 2026-06-01T09:00: ada instead of ben would be 458h16m0s worse",
		"# WISH NOT MET: cem, to be on call from 2026-06-02T00:00 to 2026-06-03T00:00: 2026-06-01T09:00: is not among those who can be on call there",
	}, lines)
}

// Overrides of swaps make the proposal true, also with two seats, an empty one, and overrides that are there already.
func TestSwapsInPlace(t *testing.T) {
	for name, change := range map[string]func(*schedule.Spec){
		"one seat":   func(*schedule.Spec) {},
		"two seats":  func(s *schedule.Spec) { s.Layers[0].Seats = 2 },
		"empty seat": func(s *schedule.Spec) { s.Layers[0].Seats, s.Layers[0].Users[3] = 2, schedule.Unassigned },
		"override": func(s *schedule.Spec) {
			s.Overrides = []schedule.Override{{ID: "o", From: moment(t, "2026-06-08T09:00"), To: moment(t, "2026-06-15T09:00"), User: "eve"}}
		},
		"another layer": func(s *schedule.Spec) {
			l := rotation(t, "weekend", "2026-01-03T00:00", "dee", "eve")
			l.Coverage = daysOf(0, calendar.NewTimeOfDay(24, 0), calendar.Saturday, calendar.Sunday)
			s.Layers = append(s.Layers, l)
		},
	} {
		t.Run(name, func(t *testing.T) {
			spec := schedule.Spec{ID: "primary", Timezone: "Europe/Berlin", Layers: []schedule.Layer{rotation(t, "week", "2026-01-05T09:00",
				"ada", "ben", "ada", "cem", "dee", "eve", "ben", "ada")}}
			change(&spec)
			tk := task(t, spec, crew(), "2026-06-02", "2026-07-20")
			tk.Layer = "week"
			tk.Catalog.Users[1].Absences = []catalog.Absence{{From: moment(t, "2026-06-10"), To: moment(t, "2026-07-02")}}
			p, err := roster.ProposeSwaps(tk, 6, roster.Options{})
			require.NoError(t, err)
			require.NotEmpty(t, p.Overrides)
			require.Empty(t, p.Otherwise)
			require.Empty(t, p.Uncovered)
			s := inPlace(t, tk, p)
			for _, turn := range p.Slots {
				var want []watchbill.UserID
				for _, other := range p.Slots {
					if other.From.Equal(turn.From) && other.User != "" {
						want = append(want, other.User)
					}
				}
				require.ElementsMatch(t, want, s.OnCall(turn.From).Users, turn.Name)
			}
			assert.Equal(t, tk.Schedule.Shifts(p.From.AddDate(0, 0, -7), p.From), s.Shifts(p.From.AddDate(0, 0, -7), p.From))
		})
	}
}
