package sim_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// noisyWeek is a week with about a hundred troubles and every fault, of a policy whose first level waits for twenty minutes for
// ada, who sleeps at night.
func noisyWeek() sim.Scenario {
	s := twoLevels(20 * time.Minute)
	s.For, s.Engines = 7*24*time.Hour, 2
	s.Sources = []sim.Source{sim.Troubles{Like: alert.Signal{Source: "prom", Service: "shop", Key: "db", Summary: "the disk is full",
		Severity: watchbill.SeverityCritical, Labels: []alert.Label{{Name: "host", Value: "db"}}},
		Every: 100 * time.Minute, Lasts: sim.Between(time.Hour, 2*time.Hour), Keys: 12}}
	s.Others = sim.Person{Answers: sim.Delay{Median: time.Minute, P90: 3 * time.Minute}, Fixes: sim.Between(10*time.Minute, time.Hour)}
	ada := s.Others
	ada.Asleep = &sim.Sleep{From: calendar.NewTimeOfDay(22, 0), To: calendar.NewTimeOfDay(7, 0)}
	s.People = map[watchbill.UserID]sim.Person{"ada": ada, "ben": {Answers: sim.Between(time.Second, 2*time.Minute), Misses: 0.01}}
	s.Providers = map[notify.Channel]sim.Provider{"": {Takes: sim.Between(100*time.Millisecond, time.Second), Fails: 0.02, Silent: 0.01, Repeats: 0.02}}
	s.Faults = sim.Faults{Crash: 6 * time.Hour, Store: 3 * time.Hour, Pause: 12 * time.Hour, Clock: 48 * time.Hour, Meddle: 4 * time.Hour,
		Latency: sim.Delay{Median: time.Millisecond, P90: 20 * time.Millisecond}}
	return s
}

func failureOf(t *testing.T, err error) *sim.Failure {
	var f *sim.Failure
	require.ErrorAs(t, err, &f)
	return f
}

// A weak policy in a noisy week comes down to one signal, and one person who sleeps.
func TestCheckShrinks(t *testing.T) {
	const name = "every alert is acknowledged within 10m0s"
	s := noisyWeek()
	s.Seed = 7
	f := failureOf(t, sim.Check(s, 10, sim.AtMost(1000, sim.PagesPerAlert()), sim.EveryAlert(sim.IsAcknowledgedWithin(10*time.Minute))))
	require.Equal(t, uint64(7), f.Seed)
	require.Equal(t, name, f.Want)
	require.Greater(t, f.Before, 200)
	require.Equal(t, 1, f.After)
	require.Less(t, f.Lives, 100)

	short := f.Scenario
	require.Len(t, short.Acts, 1)
	require.Empty(t, short.Acts[0].Do.(sim.Signal).Labels)
	require.Zero(t, short.Acts[0].After%time.Hour)
	require.Equal(t, 1, short.Engines)
	require.Equal(t, []any{sim.Person{}, sim.Faults{}, 0}, []any{short.Others, short.Faults, len(short.Providers)})
	require.Len(t, short.People, 1)
	require.Equal(t, sim.Person{Asleep: s.People["ada"].Asleep}, short.People["ada"])

	text := f.Error()
	require.LessOrEqual(t, strings.Count(text, "\n"), 18, text)
	for _, part := range []string{"sim: under seed 7 this does not hold: " + name, "ada: asleep from 22:00 to 07:00 (UTC), nothing wakes",
		`critical) "the disk is full"`, "paging level 1: ada", "ada: page is on the phone (app), asleep", "To live it again"} {
		require.Contains(t, text, part)
	}
	for _, noise := range []string{"queued", "ticked", "engine 1", "2026-03-02T"} {
		require.NotContains(t, text, noise)
	}

	again, err := sim.Run(short)
	require.NoError(t, err)
	require.Equal(t, f.History, again)
	require.Error(t, sim.Check(short, 1, sim.EveryAlert(sim.IsAcknowledgedWithin(10*time.Minute))))
}

// A strong policy for the same week holds, but for what the faults do to it.
func TestCheckHolds(t *testing.T) {
	s := noisyWeek()
	s.Org.Policies[0].Levels[0].Timeout = 3 * time.Minute
	s.Faults = sim.Faults{}
	require.NoError(t, sim.Check(s, 5, sim.EveryAlert(sim.IsAcknowledgedWithin(15*time.Minute)), sim.NothingSentAfterAcknowledge()))
}

// What needs several alerts, or a fault, or somebody's doing, keeps them.
func TestCheckKeepsWhatIsNeeded(t *testing.T) {
	f := failureOf(t, sim.Check(noisyWeek(), 20, sim.AtMost(24, sim.PagesPerPersonPerDay())))
	require.Equal(t, "at most 24 pages per person per day", f.Want)
	require.LessOrEqual(t, f.After, 25)
	require.Positive(t, f.After)
	require.Greater(t, len(f.Breaches), 0)

	s := twoLevels(time.Minute)
	s.For = 12 * time.Hour
	s.Sources = []sim.Source{sim.Troubles{Like: alert.Signal{Source: "prom", Service: "shop", Key: "db"}, Every: 5 * time.Minute}}
	s.Faults.Crash = time.Hour
	f = failureOf(t, sim.Check(s, 5, sim.Never("an engine crashes", func(e sim.Event) bool { return e.Kind == sim.KindCrash })))
	require.LessOrEqual(t, f.After, 4)
	crash := false
	for _, a := range f.Scenario.Acts {
		_, is := a.Do.(sim.Crash)
		crash = crash || is
	}
	require.True(t, crash)
	require.Contains(t, f.Error(), "engine 1 crashes after ")
}

// forgetful is a store that loses messages to ben, as if it had them.
type forgetful struct{ store.Store }

func (s forgetful) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.Store.Update(ctx, func(tx store.Tx) error { return fn(forgetfulTx{tx}) })
}

type forgetfulTx struct{ store.Tx }

func (t forgetfulTx) Outbox() store.Outbox { return forgetfulOutbox{t.Tx.Outbox()} }

type forgetfulOutbox struct{ store.Outbox }

func (o forgetfulOutbox) Enqueue(all []store.Delivery) error {
	return o.Outbox.Enqueue(slices.DeleteFunc(slices.Clone(all), func(d store.Delivery) bool { return d.Key.User == "ben" }))
}

// A rule that nothing may break is found and shrunk too; the broken store stays, since it is what breaks it.
func TestCheckShrinksViolations(t *testing.T) {
	s := noisyWeek()
	s.For, s.Engines, s.Audit = 48*time.Hour, 1, true
	s.Faults = sim.Faults{Pause: 12 * time.Hour}
	s.People = map[watchbill.UserID]sim.Person{"ada": {Ignores: 0.3}, "ben": {Ignores: 0.3}}
	troubles := s.Sources[0].(sim.Troubles)
	troubles.Lasts = sim.Delay{} // until somebody resolves it
	s.Sources = []sim.Source{troubles}
	s.Open = func() store.Store { return forgetful{memory.New()} }
	err := sim.Check(s, 20)
	f := failureOf(t, err)
	var v *sim.Violation
	require.ErrorAs(t, err, &v)
	require.Same(t, f.Violation, v)
	require.Equal(t, v.Rule, f.Breaches[0].Text)
	require.Empty(t, f.Want)
	require.LessOrEqual(t, f.After, 2)
	require.Contains(t, err.Error(), "a rule is broken that nothing may break\n  "+v.Rule)
	require.NotNil(t, f.Scenario.Open)
	_, err = sim.Run(f.Scenario)
	require.ErrorAs(t, err, &v, "the short scenario shows it too")
}

// Somebody else's expectation need not say when or of what.
func TestCheckOfAnything(t *testing.T) {
	s := noisyWeek()
	s.For = 24 * time.Hour
	f := failureOf(t, sim.Check(s, 1, sim.Expectation{Name: "fewer than three alerts", Check: func(h *sim.History) []sim.Breach {
		if len(h.Alerts) < 3 {
			return nil
		}
		return []sim.Breach{{Text: "three or more"}}
	}}))
	require.Equal(t, 3, f.After)
	require.Contains(t, f.Error(), "this does not hold: fewer than three alerts\n  three or more\n")
}

func TestCheckTellsTheSame(t *testing.T) {
	check := func() string {
		return sim.Check(noisyWeek(), 10, sim.EveryAlert(sim.IsAcknowledgedWithin(10*time.Minute))).Error()
	}
	first := check()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	require.Equal(t, first, check())
}

// What goes wrong with an alert is shown with that alert: that it is not there at all is another story, although shorter.
func TestCheckShrinksToTheSameStory(t *testing.T) {
	s := twoLevels(5 * time.Minute)
	s.Others = sim.Person{Ignores: 1}
	s.Acts = []sim.Act{breaks(time.Hour, "db"), breaks(2*time.Hour, "disk")}
	acknowledged := sim.Expectation{Name: "db is acknowledged", Check: func(h *sim.History) (all []sim.Breach) {
		there := false
		for _, a := range h.Alerts {
			if there = there || a.Key == "db"; a.Key == "db" && a.AcknowledgedAt.IsZero() {
				all = append(all, sim.Breach{At: h.End, Alert: a, Text: "never acknowledged"})
			}
		}
		if !there {
			all = append(all, sim.Breach{At: h.End, Text: "there is no alert of the key db"})
		}
		return all
	}}
	f := failureOf(t, sim.Check(s, 1, acknowledged))
	require.Equal(t, []string{"db#1: never acknowledged"}, []string{f.Breaches[0].String()})
	require.Equal(t, 1, f.After)
	require.Contains(t, f.Error(), "\n  everybody: 100% of alerts are seen and ignored\n", "nobody is somebody else")
	s.Acts = nil
	require.Equal(t, "there is no alert of the key db", failureOf(t, sim.Check(s, 1, acknowledged)).Breaches[0].String())
}

func TestCheckRefuses(t *testing.T) {
	holds := sim.NothingSentAfterAcknowledge()
	for _, seeds := range []int{0, -3} {
		require.ErrorContains(t, sim.Check(twoLevels(time.Minute), seeds, holds), "sim: seeds: is")
	}
	err := sim.Check(sim.Scenario{}, 0, sim.Expectation{Name: "all is well"})
	for _, part := range []string{"seeds: is 0 and must be more than 0", `want[0]: "all is well" has no Check`, "Start: is missing"} {
		require.ErrorContains(t, err, part)
	}
	for _, zero := range []sim.Expectation{sim.EveryAlert(sim.Promise{}), sim.EveryAlert(sim.ReachesAPersonWithin(-1)), sim.MostAlerts(90, sim.Promise{}),
		sim.MostAlerts(0.95, sim.IsAcknowledgedWithin(1)), sim.MostAlerts(101, sim.IsAcknowledgedWithin(1)), sim.AtMost(3, sim.Measure{}),
		sim.Never("it rains", nil), sim.PagesOnly("whoever is awake", nil)} {
		require.ErrorContains(t, sim.Check(twoLevels(time.Minute), 1, holds, zero), "sim: want[1]: ")
	}
	require.ErrorContains(t, sim.Check(twoLevels(time.Minute), 1), "want: is empty")
	s := twoLevels(time.Minute)
	s.Org.Policies[0].Levels[0].Targets = targets("user:nobody")
	err = sim.Check(s, 1, holds)
	require.ErrorContains(t, err, "sim: Org: ")
	var f *sim.Failure
	require.False(t, errors.As(err, &f))
	s = twoLevels(time.Minute)
	s.Audit = true
	require.NoError(t, sim.Check(s, 1), "the audit looks")
}

// A long story is told from both ends.
func TestFailureIsShort(t *testing.T) {
	s := twoLevels(time.Minute)
	for i := range 25 {
		s.Acts = append(s.Acts, breaks(time.Duration(i)*time.Second, alert.DedupKey(strings.Repeat("x", i+1))))
	}
	f := failureOf(t, sim.Check(s, 1, sim.AtMost(24, sim.PagesPerPersonPerHour())))
	require.Equal(t, 25, f.After)
	require.Contains(t, f.Error(), "lines are left out ...")
	require.Less(t, strings.Count(f.Error(), "\n"), 140)
}

func TestCheckReadsTheLogWhateverNoLogSays(t *testing.T) {
	s := pair()
	s.NoLog = true
	var f *sim.Failure
	require.ErrorAs(t, sim.Check(s, 1, sim.Never("anything happens", func(sim.Event) bool { return true })), &f)
}
