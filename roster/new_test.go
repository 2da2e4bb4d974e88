package roster_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/roster"
	"github.com/watchbill/watchbill/schedule"
)

func moment(t testing.TB, text string) (m calendar.Moment) {
	t.Helper()
	require.NoError(t, m.UnmarshalText([]byte(text)))
	return m
}

func berlin(t testing.TB) *time.Location {
	loc, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return loc
}

// weekly is a task about a rotation of some people, who are in the catalog with ada first.
func weekly(t testing.TB, from, to string, users ...watchbill.UserID) roster.Task {
	var c catalog.Catalog
	for _, u := range []watchbill.UserID{"ada", "ben", "cem"} {
		c.Users = append(c.Users, catalog.User{ID: u, Zone: "Europe/Berlin"})
	}
	spec := schedule.Spec{ID: "primary", Timezone: "Europe/Berlin", Layers: []schedule.Layer{{ID: "week", Users: users,
		Start: moment(t, "2026-01-05T09:00"), Rotation: schedule.Rotation{Unit: calendar.Week}}}}
	return task(t, spec, c, from, to)
}

func task(t testing.TB, spec schedule.Spec, c catalog.Catalog, from, to string) roster.Task {
	s, err := schedule.New(spec)
	require.NoError(t, err)
	return roster.Task{Plan: report.Plan{Spec: spec, Schedule: s, Catalog: c},
		Window: report.Window{From: moment(t, from).In(berlin(t)), To: moment(t, to).In(berlin(t))}}
}

func propose(t testing.TB, task roster.Task) roster.Proposal {
	t.Helper()
	p, err := roster.Propose(task, roster.Options{})
	require.NoError(t, err)
	return p
}

func order(p roster.Proposal) (list []watchbill.UserID) {
	for _, s := range p.Slots {
		list = append(list, s.User)
	}
	return list
}

func TestNewOfAPlainRotation(t *testing.T) {
	p, err := roster.New(weekly(t, "2026-03-23T09:00", "2026-04-13T09:00", "ada", "ben", "cem"))
	require.NoError(t, err)
	require.Len(t, p.Slots, 3)
	assert.Equal(t, "2026-03-23T09:00", p.Slots[0].Name)
	assert.Equal(t, 167*time.Hour, p.Slots[0].Turn.End.Sub(p.Slots[0].Turn.Start), "clocks go forward")
	assert.Equal(t, []int{2, 0, 1}, p.Owners, "who has them now")
	assert.Equal(t, 248*time.Hour, p.People[0].Loads[1], "168 h, 7 nights of 8 h, and half of a weekend's 48 h")
	assert.Equal(t, 245*time.Hour+30*time.Minute, p.People[0].Loads[0], "of which an hour was lost, in a night and on a weekend: 2.5 h")
}

func TestProposeKeepsToTheRoster(t *testing.T) {
	tk := weekly(t, "2026-06-01T09:00", "2026-07-13T09:00", "ada", "ben", "cem")
	tk.Catalog.Users[0].Absences = []catalog.Absence{{From: moment(t, "2026-06-10"), To: moment(t, "2026-06-12"), Reason: "a course"}}
	tk.Catalog.Users[2].Qualifications = []string{"db"}
	tk.Catalog.Users[0].Qualifications = []string{"db"}
	tk.Needs = []string{"db"}
	tk.Catalog.Rosters = []catalog.Roster{{Schedule: "primary", MaxConsecutive: 1}}
	p := propose(t, tk)
	assert.Equal(t, []watchbill.UserID{"ada", "cem", "ada", "cem", "ada", "cem"}, order(p))
	assert.True(t, p.Proven)
	assert.Empty(t, p.Unfilled)

	tk.Catalog.Users[2].Absences = []catalog.Absence{{From: moment(t, "2026-06-14"), To: moment(t, "2026-06-15")}}
	p = propose(t, tk)
	require.Len(t, p.Unfilled, 1)
	assert.Equal(t, "2026-06-08T09:00", p.Unfilled[0].Slot)
	assert.Equal(t, []roster.Reason{{User: "ada", Reason: "is away from 2026-06-10T00:00 to 2026-06-12T00:00 (a course)"},
		{User: "ben", Reason: "is not qualified: lacks db"}, {User: "cem", Reason: "is away from 2026-06-14T00:00 to 2026-06-15T00:00"}}, p.Unfilled[0].Reasons)
	assert.Contains(t, string(p.YAML()), "# NOT FILLED: 2026-06-08T09:00\n")
	for _, s := range p.Temporary.Shifts {
		assert.False(t, s.From == moment(t, "2026-06-08T09:00"), "nobody, not the wrong person")
	}
}

func TestProposeHeedsWishesAndWhatIsCarriedOver(t *testing.T) {
	tk := weekly(t, "2026-06-01T09:00", "2026-06-15T09:00", "ada", "ben")
	tk.Catalog.Rosters = []catalog.Roster{{Schedule: "primary", Wishes: []catalog.Wish{
		{User: "ada", From: moment(t, "2026-06-03"), To: moment(t, "2026-06-04")},
	}}}
	assert.Equal(t, []watchbill.UserID{"ben", "ada"}, order(propose(t, tk)))
	tk.Catalog.Rosters[0].Wishes[0].Prefer = true
	assert.Equal(t, []watchbill.UserID{"ada", "ben"}, order(propose(t, tk)))
	tk.Carried = &report.Ledger{Balances: map[watchbill.UserID]time.Duration{"ada": 248 * time.Hour, "ben": -248 * time.Hour}}
	assert.Equal(t, []watchbill.UserID{"ben", "ben"}, order(propose(t, tk)), "a wish weighs less than a week's load")
}

func TestProposeIsApartFromAnotherSchedule(t *testing.T) {
	tk := weekly(t, "2026-06-01T09:00", "2026-06-15T09:00", "ada", "ben")
	tk.Catalog.Rosters = []catalog.Roster{{Schedule: "primary", ApartFrom: []watchbill.ScheduleID{"secondary"}}}
	secondary := func(users ...watchbill.UserID) []*schedule.Schedule {
		spec := weekly(t, "2026-06-01", "2026-06-02", users...).Spec
		spec.ID = "secondary"
		return []*schedule.Schedule{tk.Schedule, task(t, spec, tk.Catalog, "2026-06-01", "2026-06-02").Schedule}
	}
	tk.Apart = secondary("ada", "ben")
	p := propose(t, tk)
	for _, s := range p.Slots {
		other := tk.Apart[1].OnCall(s.From).Users
		assert.NotContains(t, other, s.User)
	}
	tk.Apart = secondary("ada")
	tk.Catalog.Rosters[0].People = []watchbill.UserID{"ada"}
	assert.Equal(t, "is on call in secondary from 2026-06-01 09:00", propose(t, tk).Unfilled[0].Reasons[0].Reason)
}

func TestSlotsFollowCoverageSeatsAndHolidays(t *testing.T) {
	workdays := []calendar.Window{{Days: []calendar.Weekday{0, 1, 2, 3, 4}, From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(17, 0)}}
	tk := weekly(t, "2026-04-27", "2026-05-04", "ada", "ben", "cem")
	tk.Spec.Layers[0].Coverage = workdays
	tk.Spec.Holidays = []schedule.Holidays{{ID: "de", Days: []schedule.Holiday{{Date: calendar.NewCivil(2026, 5, 1, 0, 0, 0)}}}}
	tk = task(t, tk.Spec, tk.Catalog, "2026-04-27", "2026-05-04")
	p, err := roster.New(tk)
	require.NoError(t, err)
	require.Len(t, p.Slots, 1)
	assert.Len(t, p.Slots[0].Hours, 4, "Monday to Thursday; the layer is off on Friday, a holiday")
	assert.Equal(t, 32*time.Hour, p.People[0].Loads[0])

	tk.Catalog.Rosters = []catalog.Roster{{Schedule: "primary", Seats: 2, Length: calendar.Length{N: 1, Unit: calendar.Day}, Coverage: workdays}}
	p, err = roster.New(tk)
	require.NoError(t, err)
	assert.Len(t, p.Slots, 10, "two seats on five days: a roster's own coverage knows no holidays")
	assert.Equal(t, "2026-04-27T09:00 seat 2", p.Slots[1].Name)
}

func TestTasksThatAreNone(t *testing.T) {
	for want, tk := range map[string]roster.Task{
		"the window must end after it begins":  weekly(t, "2026-06-01", "2026-06-01", "ada"),
		`schedule "primary" has nobody in its`: weekly(t, "2026-06-01", "2026-06-08", "~"),
		"there are more than 1500 turns": func() roster.Task {
			k := weekly(t, "2026-06-01", "2027-06-01", "ada")
			k.Catalog.Rosters = []catalog.Roster{{Schedule: "primary", Length: calendar.Length{N: 1, Unit: calendar.Hour}}}
			return k
		}(),
	} {
		_, err := roster.Propose(tk, roster.Options{})
		assert.ErrorContains(t, err, want)
		_, err = roster.ProposeSwaps(tk, 1, roster.Options{})
		assert.ErrorContains(t, err, want)
	}
}

// What is proposed says the same once it is part of the schedule, in any zone and also where clocks change, and JSON
// keeps it.
func TestProposalsBecomeSchedules(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	for n := range 40 {
		zone := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"}[random.IntN(4)]
		tk := weekly(t, "2026-03-01", "2026-03-02", "ada", "ben", "cem")
		tk.Spec.Timezone = zone
		tk.Spec.Layers[0].Rotation.Unit = []calendar.Unit{calendar.Day, calendar.Week}[n%2]
		from := time.Date(2026, 2, 20+random.IntN(60), random.IntN(24), 0, 0, 0, time.UTC)
		tk = task(t, tk.Spec, tk.Catalog, "2026-03-01", "2026-03-02")
		tk.Window = report.Window{From: from, To: from.AddDate(0, 0, 10+random.IntN(30))}
		tk.Catalog.Users[random.IntN(3)].Absences = []catalog.Absence{{From: calendar.InstantMoment(from.AddDate(0, 0, 3)), To: calendar.InstantMoment(from.AddDate(0, 0, 20))}}
		p := propose(t, tk)
		data, err := json.Marshal(p)
		require.NoError(t, err)
		var back roster.Proposal
		require.NoError(t, json.Unmarshal(data, &back))

		spec := tk.Spec
		spec.Temporary = []schedule.Temporary{*back.Temporary}
		s, err := schedule.New(spec)
		require.NoError(t, err)
		for _, slot := range p.Slots {
			for _, at := range []time.Time{slot.From, slot.To.Add(-time.Second)} {
				want := []watchbill.UserID{slot.User}
				if slot.User == "" {
					want = nil
				}
				require.True(t, slices.Equal(want, s.OnCall(at).Users), "%v in %s: %v", at, zone, s.OnCall(at).Users)
			}
		}

		swaps, err := roster.ProposeSwaps(tk, 4, roster.Options{})
		require.NoError(t, err)
		spec = tk.Spec
		spec.Overrides = swaps.Overrides
		s, err = schedule.New(spec)
		require.NoError(t, err)
		for _, slot := range swaps.Slots {
			if slot.User != "" {
				require.Equal(t, []watchbill.UserID{slot.User}, s.OnCall(slot.From).Users, "%v in %s", slot.From, zone)
			}
		}
	}
}

// Turns that several people have a part of stay as they are.
func TestSwapsLeaveSplitTurnsAlone(t *testing.T) {
	tk := weekly(t, "2026-06-01T09:00", "2026-06-29T09:00", "ada", "ada", "ada", "ben")
	tk.Spec.Overrides = []schedule.Override{{ID: "o", From: moment(t, "2026-06-03"), To: moment(t, "2026-06-04"), User: "cem"}}
	tk = task(t, tk.Spec, tk.Catalog, "2026-06-01T09:00", "2026-06-29T09:00")
	p, err := roster.ProposeSwaps(tk, 10, roster.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"2026-06-01T09:00"}, p.Split)
	for _, c := range p.Changes {
		assert.NotEqual(t, "2026-06-01T09:00", c.Slot)
	}
	assert.NotEmpty(t, p.Changes)
	assert.LessOrEqual(t, p.Cost, p.Was)
	assert.Contains(t, string(p.YAML()), "# 2026-06-01T09:00: several people have a part of it; it stays as it is\n")
}

func Example() {
	zone, _ := time.LoadLocation("Europe/Berlin")
	var start calendar.Moment
	_ = start.UnmarshalText([]byte("2026-01-05T09:00"))
	spec := schedule.Spec{ID: "primary", Timezone: "Europe/Berlin", Layers: []schedule.Layer{{ID: "week",
		Users: []watchbill.UserID{"ada", "ben", "cem"}, Start: start, Rotation: schedule.Rotation{Unit: calendar.Week}}}}
	s, _ := schedule.New(spec)
	away := catalog.Absence{From: calendar.CivilMoment(calendar.NewCivil(2026, 6, 1, 0, 0, 0)), To: calendar.CivilMoment(calendar.NewCivil(2026, 6, 15, 0, 0, 0))}
	task := roster.Task{
		Plan: report.Plan{Spec: spec, Schedule: s, Catalog: catalog.Catalog{
			Users:   []catalog.User{{ID: "ada", Zone: "Europe/Berlin", Absences: []catalog.Absence{away}}, {ID: "ben", Zone: "Europe/Berlin"}, {ID: "cem", Zone: "Europe/Berlin"}},
			Rosters: []catalog.Roster{{Schedule: "primary", MaxConsecutive: 1}}, // so not ben at the end, who has the week after
		}},
		Window: report.Window{From: time.Date(2026, 6, 1, 9, 0, 0, 0, zone), To: time.Date(2026, 6, 29, 9, 0, 0, 0, zone)},
	}
	proposal, err := roster.Propose(task, roster.Options{})
	fmt.Print(string(proposal.YAML()), err, "\n")
	// Output:
	// # primary, layer week, 2026-06-01 09:00 to 2026-06-29 09:00 CEST: 4 slots
	// # ada: turns 1, load 248h0m0s, fair would be 202h38m0s
	// # ben: turns 1, load 248h0m0s, fair would be 394h41m0s
	// # cem: turns 2, load 496h0m0s, fair would be 394h41m0s
	// # cost 293h22m0s; no roster is better
	// temporary:
	//   - id: roster-2026-06-01
	//     from: 2026-06-01T09:00
	//     to: 2026-06-29T09:00
	//     shifts:
	//       - {from: "2026-06-01T09:00", to: "2026-06-08T09:00", users: [ben]}
	//       - {from: "2026-06-08T09:00", to: "2026-06-15T09:00", users: [cem]}
	//       - {from: "2026-06-15T09:00", to: "2026-06-22T09:00", users: [ada]}
	//       - {from: "2026-06-22T09:00", to: "2026-06-29T09:00", users: [cem]}
	// <nil>
}
