package episode_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
)

// planned tells a plan as people read it.
func planned(list []episode.Planned) string {
	var lines []string
	for _, p := range list {
		line := fmt.Sprintf("%s level %d.%d.%d", p.At.Format("15:04:05"), p.Cycle, p.Level, p.Attempt)
		for _, q := range p.People {
			line += fmt.Sprintf(" %s", q.User)
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %v %s", line, p.Messages, p.Note)))
	}
	return strings.Join(lines, "\n")
}

func TestPlan(t *testing.T) {
	for name, c := range map[string]struct {
		history []string
		limit   int
		want    string
	}{
		"from the middle of a run": {
			history: []string{"user ada hook sms@90s", "user ben hook", "user zoe hook", "policy web catch_all=user:zoe", "level user:ada timeout=2m",
				"level user:ben timeout=2m attempts=1", "signal policy=web", "advance 30s"},
			limit: 6,
			want: `07:46:00 level 1.1.2 ada [ada/hook]
07:46:30 level 1.1.2 [ada/sms] a further contact of ada
07:47:00 level 1.2.1 ben [ben/hook] level 1 gives way: nobody acknowledged in time
07:49:00 level 0.0.0 [] no level is left; turning to the catch-all
07:49:00 level 1.0.1 zoe [zoe/hook] level 2 gives way: nobody acknowledged in time
08:04:00 level 1.0.2 zoe [zoe/hook]`,
		},
		"held, and then a level that waits": {
			history: []string{"user ada hook", "user ben hook", "hours office Europe/Berlin 09:00 17:00", "service shop policy=web", "policy web",
				"level user:ada hours=office wait", "silence s1 5m", "signal service=shop"},
			limit: 3,
			want: `07:50:00 level 0.0.0 [] nothing holds it any more
07:50:00 level 1.1.1 [] the condition of level 1 does not hold; it waits until 2026-01-12 08:00 UTC
08:00:00 level 1.1.1 ada [ada/hook]`,
		},
		"snoozed": {
			history: []string{"user ada hook", "policy web", "level user:ada attempts=1", "signal policy=web", "snooze ada 1h"}, limit: 2,
			want: `08:45:00 level 0.0.0 [] the snooze is over: paging anew
08:45:00 level 1.1.1 ada [ada/hook]`,
		},
		"nobody behind the catch-all": {
			history: []string{"user ada hook", "user eve", "policy web catch_all=user:eve", "level user:ada timeout=2m attempts=1", "signal policy=web"},
			limit:   4,
			want: `07:47:00 level 0.0.0 [] no level is left; turning to the catch-all
07:47:00 level 1.0.1 [] the catch-all has nobody: there is nobody to page
08:02:00 level 1.0.2 [] the catch-all, attempt 2 has nobody: there is nobody to page
08:02:00 level 2.1.1 ada [ada/hook]`,
		},
		"acknowledged for good": {history: []string{"user ada hook", "policy web", "level user:ada", "signal policy=web", "ack ada"}, limit: 10},
		"whoever takes turns takes them": {
			history: []string{"user ada hook", "user ben hook", "policy web cycles=3", "level user:ada,user:ben round_robin timeout=1m attempts=1", "signal policy=web"},
			limit:   2,
			want: `07:46:00 level 2.1.1 ben [ben/hook] level 1 gives way: nobody acknowledged in time
07:47:00 level 3.1.1 ada [ada/hook] level 1 gives way: nobody acknowledged in time`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := play(t, c.history)
			before, err := episode.Encode(w.episode)
			require.NoError(t, err)
			assert.Equal(t, c.want, planned(episode.Plan(w.world(), w.episode, w.now, c.limit)))
			after, err := episode.Encode(w.episode)
			require.NoError(t, err)
			assert.Equal(t, string(before), string(after), "the episode is left as it is")
		})
	}
}

// What was planned is what happens, if nobody answers and every message is accepted.
func TestWhatIsPlannedHappens(t *testing.T) {
	w := play(t, []string{"user ada hook sms@90s", "user ben hook", "user zoe hook", "schedule primary Europe/Berlin ada ben", "policy web cycles=2 catch_all=user:zoe",
		"level schedule:primary timeout=5m every=2m", "level user:ben then=1x1", "signal policy=web"})
	plan := episode.Plan(w.world(), w.episode, w.now, 40)
	require.Len(t, plan, 40)
	w.accept = true
	w.deliverAll()
	w.log = nil
	for _, p := range plan {
		if len(p.Messages) == 0 {
			continue
		}
		w.advance(p.At.Sub(w.now))
		for _, m := range p.Messages {
			require.Contains(t, strings.Join(w.log, "\n"), p.At.Format("15:04:05")+"   send "+m)
		}
	}
}

func TestPlanIsBounded(t *testing.T) {
	w := play(t, []string{"user ada hook", "policy web catch_all=user:ada catch_all_every=1s", "level user:ada", "signal policy=web"})
	assert.Len(t, episode.Plan(w.world(), w.episode, w.now, 1<<30), episode.MaxPlanned)
	assert.Empty(t, episode.Plan(w.world(), w.episode, w.now, -1))
	assert.Empty(t, episode.Plan(w.world(), episode.Episode{}, w.now, 5))
}

func ExamplePlanOf() {
	user := func(id watchbill.UserID) catalog.User {
		return catalog.User{ID: id, Contacts: []notify.Contact{{ID: "mail", Channel: "email", Address: string(id) + "@example.com"}}}
	}
	level := func(id watchbill.UserID) escalation.Level {
		return escalation.Level{Targets: []escalation.Target{escalation.User(id)}, Repeat: escalation.Repeat{Attempts: 1}}
	}
	org, err := oncall.New(oncall.Config{
		Catalog:  catalog.Catalog{Users: []catalog.User{user("ada"), user("ben")}},
		Policies: []escalation.Policy{{ID: "web", Levels: []escalation.Level{level("ada"), level("ben")}}},
	}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	at := time.Date(2026, 1, 12, 3, 0, 0, 0, time.UTC)
	signal := alert.Signal{Severity: watchbill.SeverityCritical, Policy: "web"}
	for _, p := range episode.PlanOf(episode.World{Org: org}, signal, at, 2) {
		fmt.Println(p.At.Format("15:04"), p.People[0].User, p.Messages, len(p.Note) > 0)
	}
	// Output:
	// 03:00 ada [ada/mail] false
	// 03:05 ben [ben/mail] true
}
