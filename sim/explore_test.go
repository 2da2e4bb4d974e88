package sim_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// onceEach pages ada, and ben if she says nothing for two minutes, each once, and then both again.
func onceEach() []escalation.Level {
	once := escalation.Repeat{Every: time.Minute, Attempts: 1}
	return []escalation.Level{
		{Targets: targets("user:ada"), Timeout: 2 * time.Minute, Repeat: once},
		{Targets: targets("user:ben"), Timeout: 2 * time.Minute, Repeat: once},
	}
}

// bothNeeded pages ada and ben, who must both say that they have it, twice, and then cem.
func bothNeeded() []escalation.Level {
	return []escalation.Level{
		{Targets: targets("user:ada", "user:ben"), Acks: 2, Timeout: 2 * time.Minute, Repeat: escalation.Repeat{Every: time.Minute, Attempts: 2}},
		{Targets: targets("user:cem"), Timeout: 2 * time.Minute},
	}
}

// small is a world of one alert, which may be opened, acknowledged by ada and resolved by its source.
func small(engines int, levels []escalation.Level) sim.Exploration {
	user := func(id string) catalog.User {
		return catalog.User{ID: watchbill.UserID(id), Contacts: []notify.Contact{{ID: "hook", Channel: "webhook", Address: "http://" + id}}}
	}
	return sim.Exploration{
		Org: oncall.Config{
			Catalog:  catalog.Catalog{Users: []catalog.User{user("ada"), user("ben"), user("cem")}, Services: []catalog.Service{{ID: "shop", Policy: "web"}}},
			Policies: []escalation.Policy{{ID: "web", Cycles: 2, Levels: levels}},
		},
		Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Engines: engines,
		Inputs: []sim.Deed{disk(alert.Trigger), acks("ada"), disk(alert.Resolve)},
	}
}

func disk(a alert.Action) sim.Signal {
	return sim.Signal{Source: "prom", Key: "disk", Summary: "full", Service: "shop", Severity: watchbill.SeverityCritical, Action: a}
}

func acks(who watchbill.UserID) sim.Command {
	return sim.Command{Key: "disk", Input: episode.Acknowledge{By: who}}
}

// deeper is by how many choices the tests look further than usual: WATCHBILL_EXPLORE_DEPTH. Each makes it two to three times
// as long.
func deeper(t *testing.T) int {
	s := os.Getenv("WATCHBILL_EXPLORE_DEPTH")
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}

func explore(t *testing.T, x sim.Exploration) sim.Explored {
	if racing {
		t.Skip("the race detector keeps something of each coroutine that has ended, which comes to 20 GB here: run it without -race")
	}
	t.Helper()
	began := time.Now()
	found, err := sim.Explore(x)
	require.NoError(t, err)
	t.Logf("%s, in %s", found, time.Since(began).Round(time.Millisecond))
	return found
}

// Whatever comes in whatever order, wherever engines crash, stall and take turns, and whatever providers do: no rule is broken.
func TestExploreEveryHistory(t *testing.T) {
	t.Parallel()
	everything := func(x sim.Exploration) sim.Exploration {
		x.Crashes, x.Stalls, x.Faults = 2, 1, 1
		return x
	}
	crashing := func(x sim.Exploration) sim.Exploration {
		x.Inputs, x.Crashes = x.Inputs[:2], 1
		return x
	}
	both := everything(small(2, bothNeeded()))
	both.Inputs = append(both.Inputs, acks("ben"), sim.Command{Key: "disk", Input: episode.Escalate{By: "ben"}})
	beside := everything(small(2, onceEach()))
	beside.Open, beside.Optimistic = func() store.Archiver { return newBeside(false) }, true
	for _, of := range []struct {
		name  string
		x     sim.Exploration
		depth int
	}{
		{"one engine", everything(small(1, onceEach())), 4},
		{"two engines", everything(small(2, onceEach())), 4},
		{"two engines whose transactions run beside each other", beside, 3},
		{"two engines, and two people are needed", both, 3},
		{"one engine that crashes", crashing(small(1, onceEach())), 7},
		{"two engines, one of which crashes", crashing(small(2, onceEach())), 6},
	} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			of.x.Depth = of.depth + deeper(t)
			require.Equal(t, of.x.Depth, explore(t, of.x).Depth)
		})
	}
}

// Nor by what else people do with an alert.
func TestExploreEveryCommand(t *testing.T) {
	t.Parallel()
	by := episode.Command{By: "ada"}
	for name, in := range map[string]episode.Input{
		"snooze":   episode.Snooze{Command: by, Until: small(1, nil).Start.Add(45 * time.Second)},
		"decline":  episode.Decline(by),
		"reassign": episode.Reassign{Command: by, Target: escalation.User("cem")},
		"summon":   episode.Summon{Command: by, User: "cem"},
		"escalate": episode.Escalate(by),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := small(2, onceEach())
			x.Org.Policies[0].AckTimeout = 3 * time.Minute
			x.Inputs = []sim.Deed{disk(alert.Trigger), sim.Command{Key: "disk", Input: in}, acks("ben")}
			x.Crashes, x.Stalls, x.Faults, x.Depth = 1, 1, 1, 3+deeper(t)
			explore(t, x)
		})
	}
}

// Merging hides nothing: whoever goes on from every state each time it is reached finds the same states.
func TestMergedStatesHaveTheSameFuture(t *testing.T) {
	t.Parallel()
	for _, of := range []struct {
		name    string
		engines int
		beside  bool
		depth   int
	}{{"one engine", 1, false, 5}, {"two", 2, false, 3}, {"two beside each other", 2, true, 3}} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			x := small(of.engines, onceEach())
			x.Crashes, x.Stalls, x.Faults, x.Depth = 1, 1, 1, of.depth+deeper(t)
			if of.beside {
				x.Open, x.Optimistic = func() store.Archiver { return newBeside(false) }, true
			}
			merged := explore(t, x)
			x.Unmerged = true
			all := explore(t, x)
			require.Equal(t, merged.States, all.States)
			require.Greater(t, all.Transitions, merged.Transitions)
		})
	}
}

// A store that breaks its contract is found out, and the shortest way to it told.
func TestExploreFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	outbox := func(breaks func() func(store.Outbox) store.Outbox) func() store.Archiver {
		return func() store.Archiver { return &twisted{memory.New(), breaks()} }
	}
	for _, of := range []struct {
		name   string
		open   func() store.Archiver
		beside bool
		rule   string
		story  []string // some of its lines, in order
	}{
		{name: "claims that ignore the lease", rule: "although a claim holds it until",
			open: outbox(func() func(store.Outbox) store.Outbox {
				return func(o store.Outbox) store.Outbox { return leaseless{o} }
			}),
			story: []string{"engine 1 is asked for: signal trigger disk", "engine 1 makes a pass", "page to ada by webhook (hook), level 1, attempt 1, try 2"}},
		{name: "claims that never end", rule: "has been queued since",
			open: outbox(func() func(store.Outbox) store.Outbox {
				return func(o store.Outbox) store.Outbox { return endless{o} }
			}),
			story: []string{"engine 1 makes a pass, and crashes after its commit", "from here on nothing goes wrong any more"}},
		{name: "settlements that ignore the token", rule: "although a claim holds it until",
			open: outbox(func() func(store.Outbox) store.Outbox {
				tokens := map[notify.MessageID]string{}
				return func(o store.Outbox) store.Outbox { return tokenless{o, tokens} }
			}),
			story: []string{"engine 1 makes a pass", "time goes on by 30s to 09:00:30.000", "engine 2 makes a pass, and crashes after its commit",
				"failed and is tried again: the claim had nearly ended"}},
		{name: "the last to commit wins", rule: "was answered and is lost", beside: true,
			open:  func() store.Archiver { return newBeside(true) },
			story: []string{"engine 1 is asked for: signal resolve disk, and stalls before its commit", "engine 2 is asked for: signal trigger disk"}},
	} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			x := small(2, onceEach())
			x.Inputs = []sim.Deed{disk(alert.Trigger), disk(alert.Resolve)}
			x.Crashes, x.Stalls, x.Faults, x.Depth, x.Open, x.Optimistic = 1, 1, 1, 8, of.open, of.beside
			_, err := sim.Explore(x)
			var broken *sim.Violation
			require.ErrorAs(t, err, &broken)
			t.Log(err)
			require.Contains(t, broken.Rule, of.rule)
			story := strings.Join(broken.Path, "\n")
			for _, line := range of.story {
				require.Contains(t, story, line)
				_, story, _ = strings.Cut(story, line)
			}
		})
	}
}

func TestExploreSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := sim.Explore(sim.Exploration{Faults: 3, Inputs: []sim.Deed{sim.Pause{}}})
	require.ErrorContains(t, err, "Exploration.Start: is missing")
	require.ErrorContains(t, err, "Exploration.Faults: is 3")
	require.ErrorContains(t, err, "Exploration.Inputs[0]: sim.Pause")
	x := small(1, []escalation.Level{{Targets: targets("user:nobody")}})
	_, err = sim.Explore(x)
	require.ErrorContains(t, err, "sim: Exploration.Org: ")
}
