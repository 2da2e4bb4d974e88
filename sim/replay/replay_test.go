package replay_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/replay"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/archive"
	"github.com/watchbill/watchbill/store/memory"
)

var monday = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func user(id string, rungs ...notify.Rung) catalog.User {
	return catalog.User{ID: watchbill.UserID(id), Rules: notify.Rules{High: rungs}, Contacts: []notify.Contact{
		{ID: "hook", Channel: "webhook", Address: "http://" + id}, {ID: "mail", Channel: "email", Address: id + "@example.com"}}}
}

// org has rungs that wait, a schedule, several levels and cycles, acknowledgements that end, two that are needed, and groups.
func org() oncall.Config {
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users: []catalog.User{user("ada", notify.Rung{Contact: "hook"}, notify.Rung{After: 90 * time.Second, Contact: "mail"}),
				user("ben", notify.Rung{Contact: "hook"}), user("cem", notify.Rung{Contact: "mail"}), user("dan", notify.Rung{Contact: "hook"})},
			Teams: []catalog.Team{{ID: "all", Members: []watchbill.UserID{"ada", "ben", "cem", "dan"}}},
			Services: []catalog.Service{
				{ID: "shop", Policy: "web", AutoResolve: 3 * time.Hour}, {ID: "batch", Policy: "both"}, {ID: "young", Policy: "web", Pause: 2 * time.Minute}},
			Destinations: []catalog.Destination{{ID: "chat", Channel: "webhook", Address: "http://chat"}},
		},
		Schedules: []schedule.Spec{hourly("ada", "ben", "cem")},
		Policies: []escalation.Policy{
			{ID: "web", Cycles: 2, Levels: []escalation.Level{
				{Targets: targets("schedule:hourly"), Timeout: 5 * time.Minute, Repeat: escalation.Repeat{Every: 2 * time.Minute, Attempts: 2}},
				{Targets: targets("user:dan", "chat:chat"), Timeout: 5 * time.Minute},
				{Targets: targets("team:all"), Mode: escalation.RoundRobin, Timeout: 4 * time.Minute},
			}},
			{ID: "both", AckTimeout: 40 * time.Minute, Levels: []escalation.Level{
				{Targets: targets("user:ada", "user:ben"), Acks: 2, Timeout: 6 * time.Minute}, {Targets: targets("team:all"), Timeout: 6 * time.Minute}}},
		},
		CatchAll: targets("user:cem"),
	}
}

func hourly(users ...string) (s schedule.Spec) {
	list, err := json.Marshal(users)
	must(err)
	must(json.Unmarshal([]byte(`{"id": "hourly", "timezone": "UTC", "layers": [{"id": "h", "users": `+string(list)+`,
		"start": "2026-01-01T00:00", "rotation": {"every": 1, "unit": "hour"}}]}`), &s))
	return s
}

func targets(list ...string) []escalation.Target {
	out := make([]escalation.Target, len(list))
	for i, s := range list {
		must(out[i].UnmarshalText([]byte(s)))
	}
	return out
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// seeds is how many histories a test lives; WATCHBILL_SIM_SEEDS asks for more.
func seeds(t *testing.T) uint64 {
	if s := os.Getenv("WATCHBILL_SIM_SEEDS"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
		return n
	}
	return 10
}

// busy is half a day with people as they are. Nothing fails but providers, which refuse some.
func busy(seed uint64) sim.Scenario {
	return sim.Scenario{
		Seed: seed, Org: org(), Start: monday, For: 12 * time.Hour,
		Sources: []sim.Source{sim.Noise{Source: "prom", Services: []watchbill.ServiceID{"shop", "batch", "young"}, Every: 20 * time.Minute}},
		Others: sim.Person{Answers: sim.Delay{Median: 4 * time.Minute, P90: 15 * time.Minute}, Misses: 0.2, Declines: 0.1, Mistakes: 0.1, Ignores: 0.2,
			Fixes: sim.Between(time.Minute, 2*time.Hour)},
		Providers: map[notify.Channel]sim.Provider{"": {Takes: sim.Between(0, 5*time.Second), Refuses: 0.05}},
	}
}

// lived lives a scenario on a store, and returns that and what happened.
func lived(t *testing.T, s sim.Scenario) (*memory.Store, *sim.History) {
	kept := memory.New()
	s.Open = func() store.Store { return kept }
	h, err := sim.Run(s)
	require.NoError(t, err)
	return kept, h
}

// exported writes a store to an archive, and returns what that reads as.
func exported(t *testing.T, from store.Archiver) store.Store {
	var file bytes.Buffer
	_, err := archive.Write(t.Context(), &file, from, monday)
	require.NoError(t, err)
	into := memory.New()
	_, err = archive.Read(t.Context(), &file, into)
	require.NoError(t, err)
	return into
}

// TestSameConfigurationSameStory: against the configuration that was in force, a replay comes to what happened, page by page and
// to the microsecond.
func TestSameConfigurationSameStory(t *testing.T) {
	identical(t, func(uint64) sim.Faults { return sim.Faults{} })
}

func identical(t *testing.T, faults func(seed uint64) sim.Faults) {
	alerts, pages, acks := 0, 0, 0
	for seed := range seeds(t) {
		s := busy(seed)
		s.Faults = faults(seed)
		kept, h := lived(t, s)
		result, err := replay.Replay(t.Context(), exported(t, kept), replay.Question{})
		require.NoError(t, err)
		require.Len(t, result.Alerts, len(h.Alerts), "seed %d", seed)
		for i, p := range result.Alerts {
			if r := p.Replayed; r != nil && r.Resolved != nil && p.Recorded.Resolved != nil && s.Faults.Meddle > 0 {
				// Who ended a group depends on the order of signals of several alerts in the same microsecond, which no record has.
				r.Resolved.By = p.Recorded.Resolved.By
			}
			require.Equal(t, p.Recorded, p.Replayed, "seed %d, alert %d %s: %+v", seed, i, p.Alert, about(result, p.Alert))
			require.True(t, p.Same || s.Faults.Meddle > 0)
		}
		require.True(t, result.Same || s.Faults.Meddle > 0)
		require.Equal(t, result.Recorded, result.Replayed)
		alerts, pages, acks = alerts+result.Recorded.Alerts, pages+result.Recorded.Pages, acks+result.Recorded.Acknowledged
	}
	t.Logf("%d alerts, %d pages, %d acknowledged", alerts, pages, acks)
	require.Positive(t, acks)
	require.Less(t, acks, alerts)
}

// about lists what was assumed of an alert.
func about(r replay.Result, id watchbill.AlertID) (all []string) {
	for _, a := range r.Assumptions {
		if a.Alert == id {
			all = append(all, a.Text)
		}
	}
	return all
}

// TestSameStoryOfWhateverPeopleDo is TestSameConfigurationSameStory with people who do anything that people can do.
func TestSameStoryOfWhateverPeopleDo(t *testing.T) {
	identical(t, func(uint64) sim.Faults { return sim.Faults{Meddle: 10 * time.Minute} })
}
