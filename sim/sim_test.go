package sim_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/sim"
)

// org has what makes trouble: rungs that wait, a schedule with gaps, a person without contacts, a policy without
// anybody, several cycles, short time-outs.
func org() oncall.Config {
	contact := func(id, address string) notify.Contact {
		return notify.Contact{ID: notify.ContactID(id), Channel: "webhook", Address: "http://" + address}
	}
	low := watchbill.UrgencyLow
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users: []catalog.User{
				{ID: "ada", Contacts: []notify.Contact{contact("hook", "a"), contact("mail", "b")}, Rules: notify.Rules{
					High: []notify.Rung{{Contact: "hook"}, {After: 90 * time.Second, Contact: "mail"}}}},
				{ID: "ben", Contacts: []notify.Contact{contact("hook", "a")}},
				{ID: "cem", Contacts: []notify.Contact{contact("hook", "c"), contact("mail", "b")}},
				{ID: "mute"},
			},
			Teams: []catalog.Team{{ID: "all", Members: []watchbill.UserID{"ada", "ben", "cem", "mute"}}},
			Services: []catalog.Service{
				{ID: "shop", Policy: "web", AutoResolve: time.Hour},
				{ID: "batch", Policy: "gappy"},
				{ID: "quiet", Policy: "web", Urgency: &low},
				{ID: "orphan"},
				{ID: "young", Policy: "both", Pause: 2 * time.Minute},
				{ID: "office", Policy: "hours", Support: catalog.Support{Hours: "office", Raise: true}},
			},
			Hours: []catalog.Hours{{ID: "office", Zone: "America/New_York", Coverage: []calendar.Window{
				{Days: []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}, From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(17, 0)}}}},
			Destinations: []catalog.Destination{{ID: "chat", Channel: "webhook", Address: "http://d"}},
			Incidents: catalog.IncidentRules{AutoResolve: true, Declare: []watchbill.Severity{watchbill.SeverityError, watchbill.SeverityCritical},
				Postmortem: catalog.PostmortemRules{Severities: []watchbill.Severity{watchbill.SeverityCritical}}},
		},
		Schedules: []schedule.Spec{nights()},
		Policies: []escalation.Policy{
			{ID: "web", Cycles: 2, Levels: []escalation.Level{
				{Targets: targets("schedule:nights", "user:ben"), Timeout: 3 * time.Minute, Repeat: escalation.Repeat{Every: time.Minute, Attempts: 2}},
				{Targets: targets("user:mute")},
				{Targets: targets("team:all"), Timeout: 2 * time.Minute},
			}},
			{ID: "both", AckTimeout: 20 * time.Minute, Levels: []escalation.Level{
				{Targets: targets("user:ada", "user:ben", "chat:chat"), Acks: 2, Timeout: 3 * time.Minute},
				{Targets: targets("team:all"), Mode: escalation.RoundRobin, Timeout: time.Minute, Then: escalation.Jump{Level: 1, Times: 2}},
				{Targets: targets("policy:gappy")},
			}},
			{ID: "hours", Quiet: true, Rest: escalation.Rest{After: 1, Relief: targets("user:cem")}, Levels: []escalation.Level{
				{Targets: targets("next:nights"), When: escalation.When{Outside: "office"}},
				{Targets: targets("user:ben"), When: escalation.When{Hours: "office", Wait: true}},
				{Targets: targets("previous:nights"), When: escalation.When{Severity: []watchbill.Severity{watchbill.SeverityCritical}}},
			}},
			{ID: "gappy", Levels: []escalation.Level{{Targets: targets("schedule:nights")}}, CatchAll: targets("user:mute")},
		},
		CatchAll: targets("user:cem"),
		Maintenance: []mute.Maintenance{{ID: "nightly", Services: []watchbill.ServiceID{"batch"}, Span: mute.Span{Windows: []calendar.Window{
			{Days: []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}, From: calendar.NewTimeOfDay(21, 0), To: calendar.NewTimeOfDay(21, 30)}}}}},
		Inhibitions: []mute.Inhibition{{ID: "batch", Source: matchers("service", "shop"), Target: matchers("service", "quiet")}},
	}
}

func nights() (s schedule.Spec) {
	must(json.Unmarshal([]byte(`{"id": "nights", "timezone": "America/New_York", "layers": [{
		"id": "n", "users": ["ada", "mute", "cem"], "start": "2026-01-01T00:00", "rotation": {"every": 1, "unit": "hour"},
		"coverage": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "22:00", "to": "06:00"}]}]}`), &s))
	return s
}

func targets(list ...string) []escalation.Target {
	out := make([]escalation.Target, len(list))
	for i, s := range list {
		must(out[i].UnmarshalText([]byte(s)))
	}
	return out
}

func matchers(name, value string) mute.Matchers {
	m, err := mute.NewMatcher(name, mute.Equal, value)
	must(err)
	return mute.Matchers{m}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// seeds is how many histories the test lives; WATCHBILL_SIM_SEEDS asks for more.
func seeds(t *testing.T) uint64 {
	if s := os.Getenv("WATCHBILL_SIM_SEEDS"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
		return n
	}
	return 100
}

// everything is a scenario in which all goes wrong that can.
func everything(seed uint64) sim.Scenario {
	return sim.Scenario{
		Seed: seed, Org: org(), Start: time.Date(2026, 3, 7, 20, 0, 0, 0, time.UTC), For: 6 * time.Hour, Audit: true,
		Sources: []sim.Source{sim.Noise{Source: "sim", Services: []watchbill.ServiceID{"shop", "batch", "quiet", "orphan", "young", "office"}, Every: 8 * time.Minute}},
		Others: sim.Person{Answers: sim.Delay{Median: 4 * time.Minute, P90: 30 * time.Minute}, Misses: 0.3, Declines: 0.1, Mistakes: 0.1, Ignores: 0.3,
			Fixes: sim.Between(time.Minute, 2*time.Hour)},
		Providers: map[notify.Channel]sim.Provider{"": {Takes: sim.Delay{Median: 300 * time.Millisecond, P90: 12 * time.Second}, Fails: 0.1, Refuses: 0.03,
			Loses: 0.03, Silent: 0.03, Lies: 0.02, Repeats: 0.03, Limit: 30, Down: []sim.Span{{From: time.Hour, To: 80 * time.Minute}}}},
		Faults: sim.Faults{Crash: 20 * time.Minute, Store: 10 * time.Minute, Pause: 40 * time.Minute, Clock: 2 * time.Hour, Meddle: 5 * time.Minute,
			Latency: sim.Delay{Median: time.Millisecond, P90: 40 * time.Millisecond}},
	}
}

// live lives scenarios and adds up what happened.
func live(t *testing.T, first, step, n uint64, engines int) (total sim.History) {
	for seed := first; seed < n; seed += step {
		s := everything(seed)
		s.Engines = engines
		h, err := sim.Run(s)
		require.NoError(t, err)
		total.Signals, total.Inputs, total.Crashes = total.Signals+h.Signals, total.Inputs+h.Inputs, total.Crashes+h.Crashes
		total.Duplicates, total.Alerts = total.Duplicates+h.Duplicates, append(total.Alerts, h.Alerts...)
	}
	t.Logf("%d signals, %d alerts, %d inputs, %d crashes, %d duplicates", total.Signals, len(total.Alerts), total.Inputs, total.Crashes, total.Duplicates)
	return total
}

func TestHistories(t *testing.T) {
	const workers = 4
	n := seeds(t)
	for i := range uint64(workers) {
		t.Run(fmt.Sprintf("of %d, every %dth from %d", n, workers, i), func(t *testing.T) {
			t.Parallel()
			total := live(t, i, workers, n, 1)
			require.Positive(t, total.Crashes)
			require.Positive(t, total.Duplicates)
			require.NotEmpty(t, total.Alerts)
		})
	}
}

// TestHistoriesOfReplicas is TestHistories with three engines on one store, which take turns at every transaction.
func TestHistoriesOfReplicas(t *testing.T) {
	t.Parallel()
	total := live(t, 0, 1, seeds(t)/2, 3)
	require.Positive(t, total.Crashes)
	require.Positive(t, total.Duplicates)
	require.NotEmpty(t, total.Alerts)
}

func TestSameSeedSameHistory(t *testing.T) {
	for _, engines := range []int{1, 3} {
		s := everything(42)
		s.Engines = engines
		a, err := sim.Run(s)
		require.NoError(t, err)
		b, err := sim.Run(s)
		require.NoError(t, err)
		require.Equal(t, a, b)
	}
}
