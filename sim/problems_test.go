package sim_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/sim"
)

const day = 24 * time.Hour

// right is a scenario in which nothing is wrong and there is something of everything.
func right() sim.Scenario {
	s := twoLevels(time.Minute)
	s.Org.Heartbeats = []heartbeat.Monitor{{ID: "backup", Key: string(catalog.DigestOf("backup")), Interval: time.Hour, Grace: time.Minute, Service: "shop"}}
	s.For, s.Rest, s.Engines = 5*time.Hour, time.Hour, 2
	s.People = map[watchbill.UserID]sim.Person{"ada": {Answers: sim.Between(0, time.Minute), Misses: 0.1, Declines: 0.1, Mistakes: 0.1, Ignores: 0.1,
		Fixes: sim.Always(time.Minute), Asleep: &sim.Sleep{From: calendar.NewTimeOfDay(14, 0), To: calendar.NewTimeOfDay(15, 0),
			Wakes: map[notify.Channel]float64{"push": 0.5, "": 1}, Slower: time.Minute},
		Tunnel: []sim.Span{{From: time.Minute, To: time.Hour}}, Away: []sim.Span{{From: 2 * time.Hour, To: math.MaxInt64}}}}
	s.Others = sim.Person{Answers: sim.Delay{Median: time.Minute, P90: time.Hour}, Fixes: sim.Always(time.Minute)}
	s.Providers = map[notify.Channel]sim.Provider{"": {Takes: sim.Always(time.Second)}, "push": {Delivers: sim.Always(time.Second), Fails: 0.1, Refuses: 0.1,
		Loses: 0.1, Silent: 0.1, Lies: 0.1, Repeats: 0.1, Limit: 10, Down: []sim.Span{{From: 0, To: time.Minute}}}}
	like := alert.Signal{Source: "prom", Service: "shop", Key: "db", Summary: "it is broken", Severity: watchbill.SeverityError}
	s.Sources = []sim.Source{
		sim.Troubles{Like: like, Every: time.Hour, Lasts: sim.Always(time.Minute), Keys: 3},
		sim.Burst{Like: like, At: time.Hour, Count: 3, Over: time.Minute, Lasts: sim.Always(time.Hour)},
		&sim.Flapping{Like: like, Phases: []sim.Span{{From: time.Hour, To: 2 * time.Hour}}, Wrong: sim.Always(time.Minute), Fine: sim.Between(time.Second, time.Minute)},
		sim.Recorded{{At: s.Start.Add(time.Hour), Signal: like}, {At: s.Start.Add(-time.Hour), Signal: like}},
		sim.Noise{Source: "prom", Services: []watchbill.ServiceID{"shop"}, Every: time.Hour, Keys: 2},
	}
	by := episode.Command{By: "ben"}
	for _, deed := range []sim.Deed{
		sim.Signal{Source: "prom", Service: "shop", Key: "web"}, sim.Signal{Source: "manual", User: "ada", Key: "call"},
		sim.Command{Key: "web", Input: episode.Acknowledge(by)}, sim.Command{Key: "db-3", Input: episode.Resolve(by)},
		sim.Command{Key: "k1", Input: episode.Snooze{Command: by, Until: s.Start.Add(time.Hour)}},
		sim.Command{Key: "heartbeat:backup", Input: episode.Reassign{Command: by, Target: escalation.User("ada")}},
		sim.Command{Key: "db", Input: episode.Summon{Command: by, User: "ada"}}, sim.Command{Key: "db", Input: episode.Dismiss{Command: by, User: "ada"}},
		sim.Configure{Org: s.Org}, sim.Crash{Engine: 1, Steps: 3, For: time.Minute}, sim.Pause{Engine: 1, For: time.Minute, Claims: true},
		sim.StoreFault{Engine: 1, Steps: 1}, sim.StoreFault{Conflict: true}, sim.ClockJump{By: -time.Minute}, sim.Meddle(7),
	} {
		s.Acts = append(s.Acts, sim.Act{After: time.Minute, Do: deed})
	}
	s.Pings = map[string][]sim.Span{"backup": {{From: time.Hour, To: 2 * time.Hour}}}
	s.Faults = sim.Faults{Crash: time.Hour, Store: time.Hour, Pause: time.Hour, Clock: time.Hour, Meddle: time.Hour, Latency: sim.Between(0, time.Millisecond)}
	return s
}

func TestRightScenarios(t *testing.T) {
	for _, s := range []sim.Scenario{right(), twoLevels(time.Minute), everything(1), noisyWeek()} {
		require.NoError(t, s.Validate())
	}
	s := right()
	_, err := sim.Run(s)
	require.NoError(t, err)
	fixed := s.Fixed()
	require.NoError(t, fixed.Validate(), "also what chance made of it")
	fixed.Sources, fixed.For, fixed.Rest = nil, time.Hour, time.Minute
	require.NoError(t, fixed.Validate(), "also when it is made shorter")
}

// first is the first act, doing something else.
func first(d sim.Deed) func(*sim.Scenario) { return func(s *sim.Scenario) { s.Acts[0].Do = d } }

// does is the first act, of somebody with an alert.
func does(in episode.Input) func(*sim.Scenario) { return first(sim.Command{Key: "call", Input: in}) }

// source is the only source.
func source(from sim.Source) func(*sim.Scenario) {
	return func(s *sim.Scenario) { s.Sources, s.Acts = []sim.Source{from}, s.Acts[:1] }
}

// behaves is how ada is.
func behaves(p sim.Person) func(*sim.Scenario) {
	return func(s *sim.Scenario) { s.People = map[watchbill.UserID]sim.Person{"ada": p} }
}

// does is how push is.
func delivers(p sim.Provider) func(*sim.Scenario) {
	return func(s *sim.Scenario) { s.Providers = map[notify.Channel]sim.Provider{"push": p} }
}

func asleep(change func(*sim.Sleep)) func(*sim.Scenario) {
	sleep := sim.Sleep{From: calendar.NewTimeOfDay(22, 0), To: calendar.NewTimeOfDay(6, 0)}
	change(&sleep)
	return behaves(sim.Person{Asleep: &sleep})
}

type wrong struct {
	change func(*sim.Scenario)
	want   string // what the error says after "sim: ", one line for each problem
}

var good = alert.Signal{Source: "prom", Service: "shop", Key: "x"}

// wrongTimes are about when.
var wrongTimes = []wrong{
	{func(s *sim.Scenario) { s.Start = time.Time{} }, "Start: is missing"},
	{func(s *sim.Scenario) { s.Start = s.Start.AddDate(8000, 0, 0) }, "Start: is in the year 10026; use one from 1 to 9999"},
	{func(s *sim.Scenario) {
		s.Start = time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC)
		s.Acts, s.Sources = nil, nil
	}, "Start: is 9999-12-31T23:00:00Z, from which clocks would come to the years 9999 to 10000"},
	{func(s *sim.Scenario) { s.For = 0 }, "For: is 0s and must be more than 0"},
	{func(s *sim.Scenario) { s.For = -time.Hour }, "For: is -1h0m0s and must be more than 0"},
	{func(s *sim.Scenario) {
		s.For = math.MaxInt64
		s.Sources, s.Faults = nil, sim.Faults{}
		s.Acts = s.Acts[:1]
	}, "For: is 2562047h47m16.854775807s; use at most a hundred years"},
	{func(s *sim.Scenario) { s.Rest = -1 }, "Rest: is -1ns; use more than 0, or leave it out for 6h0m0s"},
	{func(s *sim.Scenario) { s.Rest = math.MaxInt64 }, "Rest: is 2562047h47m16.854775807s; use at most a hundred years"},
	{func(s *sim.Scenario) { s.Engines = -1; s.Acts = nil }, "Engines: is -1; use 1 to 100, or leave it out for 1"},
	{func(s *sim.Scenario) { s.Engines = 101 }, "Engines: is 101; use 1 to 100"},
	{func(s *sim.Scenario) { s.Acts[0].After = -5 * time.Second }, "Acts[0].After: -5s is negative; use zero or more"},
	{func(s *sim.Scenario) { s.Acts[0].After = 6*time.Hour + 1 }, "Acts[0].After: 6h0m0.000000001s is after the end, so that it never happens"},
	{func(s *sim.Scenario) { s.Pings["backup"][0].From = 7 * time.Hour }, `Pings["backup"][0].To: 2h0m0s is not after From, 7h0m0s; a span lies between them`},
	{func(s *sim.Scenario) { s.Pings["backup"] = []sim.Span{{From: 6 * time.Hour, To: day}} }, `Pings["backup"][0].From: 6h0m0s is not before 6h0m0s, when the history ends; use less`},
	{func(s *sim.Scenario) { s.Faults = sim.Faults{Crash: -1} }, "Faults.Crash: -1ns is negative"},
	{func(s *sim.Scenario) { s.Faults = sim.Faults{Store: 1} }, "Faults.Store: 1ns makes for more than 500000 of them within 5h0m0s"},
	{func(s *sim.Scenario) { s.Faults = sim.Faults{Pause: -1, Clock: -1, Meddle: -1} }, "Faults.Pause: -1ns\nFaults.Clock: -1ns\nFaults.Meddle: -1ns"},
	{func(s *sim.Scenario) { s.Faults = sim.Faults{Latency: sim.Always(-1)} }, "Faults.Latency.Median: -1ns is negative"},
}

// wrongNames are about what the organisation does not have.
var wrongNames = []wrong{
	{func(s *sim.Scenario) { s.Org.Policies[0].Levels[0].Targets = targets("user:eve"); s.Acts = s.Acts[:1] }, `Org: policies[0].levels[0].targets[0]: user "eve" does not exist`},
	{func(s *sim.Scenario) {
		s.Org.Catalog.Users = append(s.Org.Catalog.Users, s.Org.Catalog.Users[0])
		s.Acts = s.Acts[:1]
	}, `Org: users[2].id: "ada" is used twice`},
	{func(s *sim.Scenario) { s.Org.Overrides = []oncall.Override{{}} }, "Org: has what people made by the API"},
	{func(s *sim.Scenario) {
		s.Org.Catalog.Sources = []catalog.Source{{ID: "prom", Type: "generic", Key: catalog.DigestOf("p"), Handling: route.Handling{Rules: []route.Rule{{ID: "r", When: "true", Drop: true}}}}}
	}, "Org: sources[0].rules[0].when: "},
	{func(s *sim.Scenario) { s.People = map[watchbill.UserID]sim.Person{"eve": {}, "bob": {}} }, "People[\"bob\"]: user \"bob\" is not in the organisation; use one of ada, ben\nPeople[\"eve\"]: user \"eve\" is not"},
	{func(s *sim.Scenario) { s.People = map[watchbill.UserID]sim.Person{"": {}} }, `People[""]: is empty; name a user`},
	{func(s *sim.Scenario) { s.Providers = map[notify.Channel]sim.Provider{"sms": {}} }, `Providers["sms"]: channel "sms" is not in the organisation; use one of push`},
	{func(s *sim.Scenario) { s.Pings = map[string][]sim.Span{"job": nil} }, `Pings["job"]: heartbeat "job" is not in the organisation; use one of backup`},
	{asleep(func(s *sim.Sleep) { s.Wakes = map[notify.Channel]float64{"sms": 1} }), `People["ada"].Asleep.Wakes["sms"]: channel "sms" is not in the organisation`},
	{func(s *sim.Scenario) { s.Acts[0].Do = sim.Signal{Source: "prom", Service: "shap", Key: "web"} }, `Acts[0].Do.Service: service "shap" is not in the organisation; use one of quiet, shop`},
	{func(s *sim.Scenario) { s.Acts[0].Do = sim.Signal{Source: "prom", Policy: "wob", Key: "web"} }, `Acts[0].Do.Policy: policy "wob" is not in the organisation; use one of web`},
	{func(s *sim.Scenario) { s.Acts[0].Do = sim.Signal{Source: "prom", User: "eve", Key: "web"} }, `Acts[0].Do.User: user "eve" is not in the organisation`},
	{func(s *sim.Scenario) { s.Acts[0].Do = &sim.Signal{Source: "prom", Key: "web"} }, `Acts[0].Do.Source: "prom" is not in the organisation, so that nobody knows where the signal goes`},
	{func(s *sim.Scenario) {
		s.Org.Catalog.Sources = []catalog.Source{{ID: "zabbix", Type: "generic", Key: catalog.DigestOf("z")}}
		s.Sources, s.Acts = nil, []sim.Act{breaks(0, "db")}
	}, `Acts[0].Do.Source: source "prom" is not in the organisation; use one of zabbix`},
	{does(episode.Acknowledge{By: "eve"}), `Acts[0].Do.Input.By: user "eve" is not in the organisation`},
	{does(episode.Acknowledge{}), `Acts[0].Do.Input.By: is empty; name a user`},
	{does(episode.Summon{Command: episode.Command{By: "ada"}, User: "eve"}), `Acts[0].Do.Input.User: user "eve" is not in the organisation`},
	{does(episode.Dismiss{Command: episode.Command{By: "ada"}, User: "eve"}), `Acts[0].Do.Input.User: user "eve" is not in the organisation`},
	{does(episode.Reassign{Command: episode.Command{By: "ada"}, Target: escalation.User("eve")}), `Acts[0].Do.Input.Target: user "eve" is not in the organisation`},
	{does(episode.Reassign{Command: episode.Command{By: "ada"}}), `Acts[0].Do.Input.Target: is missing; name a target such as user:ada`},
	{first(sim.Command{Key: "disk", Input: episode.Acknowledge{By: "ada"}}), `Acts[0].Do.Key: no signal has the key "disk", so that there is no such alert`},
	{first(sim.Command{Key: "db-4", Input: episode.Acknowledge{By: "ada"}}), `Acts[0].Do.Key: no signal has the key "db-4"`},
	{source(sim.Noise{Services: []watchbill.ServiceID{"shap"}, Every: time.Hour}), `Sources[0].Services[0]: service "shap" is not in the organisation`},
}

// wrongValues are about numbers and the like.
var wrongValues = []wrong{
	{behaves(sim.Person{Misses: -0.1, Declines: 1.1, Mistakes: math.NaN(), Ignores: math.Inf(1)}), "People[\"ada\"].Misses: -0.1 is no probability; use one from 0 to 1\n" +
		"People[\"ada\"].Declines: 1.1 is no\nPeople[\"ada\"].Mistakes: NaN is no\nPeople[\"ada\"].Ignores: +Inf is no"},
	{behaves(sim.Person{Answers: sim.Always(-5 * time.Second)}), `People["ada"].Answers.Median: -5s is negative; use zero or more`},
	{behaves(sim.Person{Answers: sim.Always(math.MaxInt64)}), `People["ada"].Answers.Median: 2562047h47m16.854775807s is too long`},
	{behaves(sim.Person{Fixes: sim.Between(2*time.Minute, time.Minute)}), `People["ada"].Fixes.Least: 2m0s is more than Most, 1m0s; Least is the shortest`},
	{behaves(sim.Person{Fixes: sim.Delay{P90: time.Minute}}), `People["ada"].Fixes.Median: is missing beside P90`},
	{behaves(sim.Person{Fixes: sim.Delay{Median: time.Minute, P90: time.Minute}}), `People["ada"].Fixes.P90: 1m0s is not more than Median, 1m0s`},
	{behaves(sim.Person{Fixes: sim.Delay{Median: time.Minute, Most: time.Minute}}), `People["ada"].Fixes: has Median or P90 beside Least or Most`},
	{behaves(sim.Person{Tunnel: []sim.Span{{From: -1, To: 1}}, Away: []sim.Span{{From: day, To: 2 * day}}}), "People[\"ada\"].Tunnel[0].From: -1ns is negative\nPeople[\"ada\"].Away[0].From: 24h0m0s is not before 6h0m0s, when the history ends"},
	{func(s *sim.Scenario) { s.Others.Misses = 50 }, "Others.Misses: 50 is no probability"},
	{asleep(func(s *sim.Sleep) { s.To = s.From }), `People["ada"].Asleep.To: 22:00 is the same as From, so that nobody sleeps`},
	{asleep(func(s *sim.Sleep) { s.From, s.To = -1, 90000 }), "People[\"ada\"].Asleep.From: -1 seconds after midnight is no time of day\nPeople[\"ada\"].Asleep.To: 90000 seconds"},
	{asleep(func(s *sim.Sleep) { s.Slower, s.Wakes = -1, map[notify.Channel]float64{"": 2} }), "People[\"ada\"].Asleep.Wakes[\"\"]: 2 is no probability\nPeople[\"ada\"].Asleep.Slower: -1ns is negative"},
	{delivers(sim.Provider{Fails: 2, Refuses: 2, Loses: 2, Silent: 2, Lies: 2, Repeats: 2, Limit: -1}), strings.Join([]string{`Providers["push"].Fails: 2 is no probability`,
		`Providers["push"].Refuses:`, `Providers["push"].Loses:`, `Providers["push"].Silent:`, `Providers["push"].Lies:`, `Providers["push"].Repeats:`, `Providers["push"].Limit: -1 is negative`}, "\n")},
	{delivers(sim.Provider{Takes: sim.Always(-1), Delivers: sim.Always(-1), Down: []sim.Span{{From: 5 * time.Hour, To: day}}}), "Providers[\"push\"].Takes.Median: -1ns\n" +
		"Providers[\"push\"].Delivers.Median: -1ns\nProviders[\"push\"].Down[0].From: 5h0m0s is not before 5h0m0s, when nothing goes wrong by itself any more: see For"},
	{source(nil), "Sources[0]: is nil; leave it out"},
	{source((*sim.Burst)(nil)), "Sources[0]: is nil"},
	{source(sim.Troubles{Like: good, Keys: -1}), "Sources[0].Every: is missing\nSources[0].Keys: -1 is negative"},
	{source(sim.Troubles{Like: good, Every: 1, Lasts: sim.Always(-1)}), "Sources[0].Every: 1ns makes for more than 500000 of them\nSources[0].Lasts.Median: -1ns"},
	{source(sim.Troubles{Like: alert.Signal{Service: "shop", Action: alert.Resolve}, Every: time.Hour}), "Sources[0].Like.Action: is resolve; leave it out\nSources[0].Like.Key: is missing"},
	{source(sim.Burst{Like: good}), "Sources[0].Count: is 0; use 1 to 500000"},
	{source(sim.Burst{Like: good, Count: 1, At: -1, Over: -1}), "Sources[0].At: -1ns is negative\nSources[0].Over: -1ns is negative"},
	{source(sim.Burst{Like: good, Count: 1, At: day}), "Sources[0].At: 24h0m0s is not before 5h0m0s"},
	{source(sim.Burst{Like: good, Count: 1, At: time.Hour, Over: day}), "Sources[0].Over: 24h0m0s from 1h0m0s on is not over by 5h0m0s"},
	{source(sim.Flapping{Like: good}), "Sources[0].Wrong: is missing; say how long it lasts each time, at least 1s\nSources[0].Fine: is missing"},
	{source(sim.Flapping{Like: good, Wrong: sim.Always(999 * time.Millisecond), Fine: sim.Between(time.Millisecond, time.Minute)}), "Sources[0].Wrong: 999ms is too short; use at least 1s\nSources[0].Fine: 1ms to 1m0s is too short"},
	{source(sim.Flapping{Like: good, Wrong: sim.Always(time.Second), Fine: sim.Always(time.Second), Phases: []sim.Span{{From: 2, To: 1}}}), "Sources[0].Phases[0].To: 1ns is not after From, 2ns"},
	{source(sim.Recorded{{Signal: good}}), "Sources[0][0].At: is missing\nSources[0]: none of its 1 signals came between the start, 2026-03-02T12:00:00Z, and 5h0m0s after it"},
	{source(sim.Noise{Source: "prom", Keys: -1, Every: -1}), "Sources[0].Source: \"prom\" is not in the organisation\nSources[0].Every: -1ns is negative\nSources[0].Keys: -1 is negative"},
	{first(nil), "Acts[0].Do: is nil; say what happens"},
	{first((*sim.Pause)(nil)), "Acts[0].Do: is nil"},
	{first(sim.Signal{Source: "prom", Service: "shop", Policy: "web", Key: "web", Action: 9, Severity: 9}), "Acts[0].Do.Action: 9 is no action\nActs[0].Do.Severity: 9 is no severity\nActs[0].Do: has Service and Policy; use one of them"},
	{first(sim.Command{Input: episode.Acknowledge{By: "ada"}}), "Acts[0].Do.Key: is missing"},
	{does(nil), "Acts[0].Do.Input: <nil> is not what a person does"},
	{does(episode.Tick{}), "Acts[0].Do.Input: episode.Tick is not what a person does"},
	{does(episode.Snooze{Command: episode.Command{By: "ada"}}), "Acts[0].Do.Input.Until: 0001-01-01T00:00:00Z is not after 2026-03-02T12:01:00Z"},
	{first(sim.Configure{Org: oncall.Config{CatchAll: targets("user:eve")}}), `Acts[0].Do.Org: catch_all[0]: user "eve" does not exist`},
	{first(sim.Crash{Engine: 2, Steps: -1, For: -1}), "Acts[0].Do.Engine: 2 is none of the engines, which count from 0; use 0 to 1, or more Engines\nActs[0].Do.Steps: -1 is negative\nActs[0].Do.For: -1ns is negative"},
	{first(sim.Pause{Engine: -1, For: -1}), "Acts[0].Do.Engine: -1 is none of the engines\nActs[0].Do.For: -1ns is negative"},
	{first(sim.StoreFault{Engine: 9}), "Acts[0].Do.Engine: 9 is none of the engines\nActs[0].Do.Steps: is 0; use 1 for the next step"},
	{first(sim.ClockJump{}), "Acts[0].Do.By: is zero, so that nothing happens"},
	{first(sim.ClockJump{By: math.MinInt64}), "Acts[0].Do.By: -2562047h47m16.854775808s is too long"},
	{func(s *sim.Scenario) { s.Sources, s.Acts = nil, []sim.Act{{Do: sim.Do{}}} }, "Acts[0].Do.With: is nil"},
}

// Every kind of problem is told, alone, with its field and how to mend it, and nothing is lived.
func TestProblems(t *testing.T) {
	for i, w := range append(append(append([]wrong{}, wrongTimes...), wrongNames...), wrongValues...) {
		s := right()
		s.Acts = append([]sim.Act{s.Acts[1]}, s.Acts...)
		w.change(&s)
		h, err := sim.Run(s)
		require.Error(t, err, "%d: %s", i, w.want)
		require.Nil(t, h)
		lines, wants := strings.Split(err.Error(), "\n"), strings.Split(w.want, "\n")
		require.Len(t, lines, len(wants), "%d: %s", i, err)
		for n, want := range wants {
			require.True(t, strings.HasPrefix(lines[n], "sim: "+want), "%d: want %s\ngot %s", i, want, lines[n])
		}
		require.ErrorIs(t, err, sim.ErrInvalid)
		var field *sim.FieldError
		require.ErrorAs(t, err, &field)
		require.Equal(t, err.Error(), sim.Check(s, 1, sim.NothingSentAfterAcknowledge()).Error())
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	s := right()
	s.Start, s.For, s.Rest, s.Engines = time.Time{}, -1, -1, -1
	s.Org.Catalog.Services[0].Policy = "wob"
	s.Others.Misses = 2
	s.People = map[watchbill.UserID]sim.Person{"eve": {}}
	s.Providers = map[notify.Channel]sim.Provider{"push": {Limit: -1}}
	s.Sources = []sim.Source{nil}
	s.Acts = []sim.Act{{After: -1, Do: nil}}
	s.Pings = map[string][]sim.Span{"job": nil}
	s.Faults = sim.Faults{Meddle: -1}
	err := sim.Check(s, 0)
	var in *oncall.FieldError
	require.ErrorAs(t, err, &in)
	require.Equal(t, "services[0].policy", in.Path)
	var paths []string
	for _, line := range strings.Split(err.Error(), "\n") {
		paths = append(paths, strings.Split(line, ": ")[1])
	}
	require.Equal(t, []string{"seeds", "want", "Org", "Start", "For", "Rest", `People["eve"]`, "Others.Misses", `Providers["push"].Limit`, "Sources[0]", "Acts[0].After",
		"Acts[0].Do", `Pings["job"]`, "Faults.Meddle", "Engines"}, paths)
	s.Acts = make([]sim.Act, 5000)
	require.Len(t, strings.Split(s.Validate().Error(), "\n"), 1001, "not more than anybody reads")
}

// What comes by a function of others may have any name, and an act of theirs that does nothing is told when it comes.
func TestOpenScenarios(t *testing.T) {
	s := right()
	s.People["eve"] = sim.Person{}
	require.ErrorContains(t, s.Validate(), "eve")
	s.React = func(sim.Event) []sim.Act { return nil }
	require.NoError(t, s.Validate())
	s.React = func(sim.Event) []sim.Act { return []sim.Act{{}} }
	_, err := sim.Run(s)
	require.ErrorContains(t, err, "sim: React: returns an act that does nothing")
	s.React, s.Sources = nil, append(s.Sources, idle{})
	require.NoError(t, s.Validate())
	_, err = sim.Run(s)
	require.ErrorContains(t, err, "sim: Sources: one of them makes an act after 1m0s that does nothing; set its Do")
	require.ErrorIs(t, sim.Check(s, 1, sim.NothingSentAfterAcknowledge()), sim.ErrInvalid)
	s = right()
	s.Acts = append(s.Acts, sim.Act{Do: sim.Configure{Org: org()}})
	s.People["eve"] = sim.Person{}
	require.NoError(t, s.Validate(), "eve comes later")
}

// idle is a source whose act does nothing.
type idle struct{}

func (idle) Acts(*rand.Rand, time.Time, time.Duration) []sim.Act {
	return []sim.Act{{After: time.Minute}}
}

func TestProblemsOfExplorations(t *testing.T) {
	s := twoLevels(time.Minute)
	_, err := sim.Explore(sim.Exploration{Org: s.Org, Start: s.Start, Engines: -1, Depth: -1, Crashes: -1, Stalls: -1, Faults: -1, Inputs: []sim.Deed{
		nil, breaks(0, "db").Do, sim.Command{Key: "web", Input: episode.Acknowledge{By: "eve"}}}})
	require.EqualError(t, err, `sim: Exploration.Engines: is -1; use 1 to 100, or leave it out for 1
sim: Exploration.Inputs[0]: <nil> is neither a Signal nor a Command
sim: Exploration.Inputs[2].Key: no signal has the key "web", so that there is no such alert; use one of db
sim: Exploration.Inputs[2].Input.By: user "eve" is not in the organisation; use one of ada, ben
sim: Exploration.Depth: -1 is negative; use zero or more
sim: Exploration.Crashes: -1 is negative; use zero or more
sim: Exploration.Stalls: -1 is negative; use zero or more
sim: Exploration.Faults: -1 is negative; use zero or more`)
	require.True(t, errors.Is(err, sim.ErrInvalid))
}

func TestWordsOfOne(t *testing.T) {
	s := twoLevels(time.Minute)
	s.For = 7 * day
	s.Acts = []sim.Act{breaks(0, "db")}
	require.Equal(t, "at most 1 page per person per hour", sim.AtMost(1, sim.PagesPerPersonPerHour()).Name)
	require.Equal(t, "at most 1 night broken per person per week", sim.AtMost(1, sim.NightsBrokenPerPersonPerWeek()).Name)
	none := sim.AtMost(0, sim.PagesPerAlert())
	require.Equal(t, "at most 0 pages per alert", none.Name)
	require.Regexp(t, "^db#1: 1 page, from ", brokenBy(t, s, none)[0])
	failure := failureOf(t, sim.Check(s, 1, sim.Expectation{Name: "never", Check: func(h *sim.History) []sim.Breach { return []sim.Breach{{At: s.Start.Add(7 * day)}} }}))
	failure.Scenario.For = 7 * day
	require.Contains(t, failure.Error(), "UTC for 7 days\n")
}
