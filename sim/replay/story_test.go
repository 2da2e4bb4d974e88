package replay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/replay"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// levels is an organisation whose policy pages these, level after level, each once, with five minutes for each.
func levels(timeout time.Duration, targetsOf ...string) oncall.Config {
	c := oncall.Config{
		Catalog: catalog.Catalog{Users: []catalog.User{user("ada", notify.Rung{Contact: "hook"}), user("ben", notify.Rung{Contact: "hook"}),
			user("cem", notify.Rung{Contact: "hook"})}, Services: []catalog.Service{{ID: "shop", Policy: "web"}}},
		Policies: []escalation.Policy{{ID: "web"}},
	}
	for _, t := range targetsOf {
		c.Policies[0].Levels = append(c.Policies[0].Levels, escalation.Level{Targets: targets(t), Timeout: timeout, Repeat: escalation.Repeat{Attempts: 1}})
	}
	return c
}

func signal(key string) sim.Signal {
	return sim.Signal(alert.Signal{Source: "prom", Key: alert.DedupKey(key), Summary: key + " is wrong", Service: "shop", Severity: watchbill.SeverityCritical})
}

// story: ada is paged and says nothing, five minutes later ben is, who acknowledges two minutes later and resolves after ten more.
func story(acts ...sim.Act) sim.Scenario {
	return sim.Scenario{
		Org: levels(5*time.Minute, "user:ada", "user:ben"), Start: monday, For: 3 * time.Hour,
		Acts: append([]sim.Act{{Do: signal("disk")}}, acts...),
		People: map[watchbill.UserID]sim.Person{"ada": {Misses: 1}, "cem": {Misses: 1},
			"ben": {Answers: sim.Always(2 * time.Minute), Fixes: sim.Always(10 * time.Minute)}},
	}
}

// tells writes an outcome in a line.
func tells(o *replay.Outcome) string {
	if o == nil {
		return "no such alert"
	}
	text := ""
	for _, p := range o.Pages {
		text += fmt.Sprintf("%s %s, ", p.User, time.Duration(p.After))
	}
	if m := o.Acknowledged; m != nil {
		text += fmt.Sprintf("ack %s %s, ", m.By, time.Duration(m.After))
	}
	if o.Resolved == nil {
		return text + "open"
	}
	return text + fmt.Sprintf("end %s %s", o.Resolved.By, time.Duration(o.Resolved.After))
}

// against replays all that a store has.
func against(t *testing.T, from store.Store, c oncall.Config, a replay.Assume) replay.Result {
	r, err := replay.Replay(t.Context(), from, replay.Question{Org: &c, Assume: a})
	require.NoError(t, err)
	return r
}

func TestDifferentPolicies(t *testing.T) {
	kept, _ := lived(t, story())
	for name, c := range map[string]struct {
		org     oncall.Config
		assume  replay.Assume
		want    string
		assumed []string
	}{
		"the same": {levels(5*time.Minute, "user:ada", "user:ben"), replay.Assume{}, "ada 0s, ben 5m0s, ack ben 7m0s, end ben 17m0s",
			[]string{"ben acknowledges 2m0s after being paged, as recorded", "ben resolves it 10m0s after the acknowledgement, as recorded"}},
		"a shorter time-out": {levels(2*time.Minute, "user:ada", "user:ben"), replay.Assume{}, "ada 0s, ben 2m0s, ack ben 4m0s, end ben 14m0s",
			[]string{"ben acknowledges 2m0s after being paged, as recorded", "ben resolves it 10m0s after the acknowledgement, as recorded"}},
		"another order": {levels(5*time.Minute, "user:ben", "user:ada"), replay.Assume{}, "ben 0s, ack ben 2m0s, end ben 12m0s",
			[]string{"ben acknowledges 2m0s after being paged, as recorded", "ben resolves it 10m0s after the acknowledgement, as recorded"}},
		"somebody else, as usual": {levels(5*time.Minute, "user:cem", "user:ben"), replay.Assume{}, "cem 0s, ack cem 2m0s, end cem 12m0s",
			[]string{"ben acknowledges 2m0s after being paged: left out, since ben is not paged for it",
				"cem resolves it 10m0s after the acknowledgement, as ben did then, who had acknowledged it",
				"cem was not paged then: is assumed to acknowledge 2m0s after being paged, the median of everybody's answers (1), since none is theirs"}},
		"somebody else after three minutes": {levels(5*time.Minute, "user:cem", "user:ben"), replay.Assume{After: 3 * time.Minute},
			"cem 0s, ack cem 3m0s, end cem 13m0s", nil},
		"somebody else never": {levels(5*time.Minute, "user:cem", "user:ben"), replay.Assume{Never: true},
			"cem 0s, ben 5m0s, ack ben 7m0s, end ben 17m0s",
			[]string{"ben acknowledges 2m0s after being paged, as recorded", "ben resolves it 10m0s after the acknowledgement, as recorded",
				"cem was not paged then: is assumed never to answer, as assumed"}},
		"nobody who answers": {levels(5*time.Minute, "user:ada"), replay.Assume{}, "ada 0s, open",
			[]string{"ben acknowledges 2m0s after being paged: left out, since ben is not paged for it",
				"ben resolves it 10m0s after the acknowledgement: left out, since nobody acknowledges it"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := against(t, exported(t, kept), c.org, c.assume)
			require.Len(t, r.Alerts, 1)
			require.Equal(t, "ada 0s, ben 5m0s, ack ben 7m0s, end ben 17m0s", tells(r.Alerts[0].Recorded))
			require.Equal(t, c.want, tells(r.Alerts[0].Replayed))
			require.Equal(t, name == "the same", r.Same)
			if c.assumed != nil {
				require.Equal(t, c.assumed, about(r, r.Alerts[0].Alert))
			}
		})
	}
}

func TestTotals(t *testing.T) {
	kept, _ := lived(t, story(sim.Act{After: time.Hour, Do: signal("cpu")}))
	r := against(t, kept, levels(2*time.Minute, "user:ada", "user:ben"), replay.Assume{})
	minutes := func(n time.Duration) watchbill.Duration { return watchbill.Duration(n * time.Minute) }
	for _, c := range []struct {
		got  replay.Totals
		want watchbill.Duration
	}{{r.Recorded, minutes(7)}, {r.Replayed, minutes(4)}} {
		require.Equal(t, []any{2, 2, 2, 4, c.want, c.want, []replay.Share{{User: "ada", Pages: 2}, {User: "ben", Pages: 2}}},
			[]any{c.got.Alerts, c.got.Reached, c.got.Acknowledged, c.got.Pages, c.got.Median, c.got.Longest, c.got.People})
	}
	var text bytes.Buffer
	require.NoError(t, r.Tell(&text))
	require.Contains(t, text.String(), "* acknowledged      ben after 7m0s")
	require.Contains(t, text.String(), "-> ben after 4m0s")
	data, err := json.Marshal(r)
	require.NoError(t, err)
	require.Contains(t, string(data), `"acknowledged":{"by":"ben","after":"4m0s"}`)
	again := against(t, kept, levels(2*time.Minute, "user:ada", "user:ben"), replay.Assume{})
	require.Equal(t, r, again, "a replay is the same each time")
}

// Whoever had no time to answer, since another was quicker, is not taken for somebody who does not answer.
func TestWhoHadNoTime(t *testing.T) {
	s := story(sim.Act{After: time.Hour, Do: signal("cpu")})
	s.Org = levels(5*time.Minute, "user:ada", "user:ben")
	s.Org.Policies[0].Levels[0].Targets = targets("user:ada", "user:ben")
	s.People["ada"] = sim.Person{Answers: sim.Always(30 * time.Second), Away: []sim.Span{{From: time.Minute, To: 3 * time.Hour}}}
	kept, _ := lived(t, s) // the first one ada acknowledges after 30 s, the second ben after 2 min
	r := against(t, kept, levels(5*time.Minute, "user:ben"), replay.Assume{})
	require.Equal(t, "ben 0s, ada 0s, ack ada 30s, open", tells(r.Alerts[0].Recorded))
	require.Equal(t, "ben 0s, ack ben 2m0s, open", tells(r.Alerts[0].Replayed))
	require.Contains(t, about(r, r.Alerts[0].Alert),
		"ben was paged then and had only 30s to answer: is assumed to acknowledge 2m0s after being paged, the median of their own answers (1)")
	require.Equal(t, "ben 0s, ack ben 2m0s, end ben 12m0s", tells(r.Alerts[1].Replayed))
}

func TestRefusedStaysRefused(t *testing.T) {
	s := story()
	s.Org.Catalog.Users[0].Rules.High = []notify.Rung{{Contact: "mail"}}
	s.Providers = map[notify.Channel]sim.Provider{"email": {Refuses: 1}}
	kept, _ := lived(t, s)
	tried := levels(2*time.Minute, "user:ada", "user:ben")
	tried.Catalog = s.Org.Catalog
	r := against(t, kept, tried, replay.Assume{})
	require.Equal(t, "ben 0s, ack ben 2m0s, end ben 12m0s", tells(r.Alerts[0].Recorded))
	require.Equal(t, "ben 0s, ack ben 2m0s, end ben 12m0s", tells(r.Alerts[0].Replayed))
	require.Contains(t, about(r, r.Alerts[0].Alert), "mail of ada: its provider refuses the page, as recorded")
}

// Whoever answers before the provider's receipt came answers as long after the page was sent.
func TestQuickerThanTheReceipt(t *testing.T) {
	s := story(sim.Act{After: 5*time.Minute + 3*time.Second, Do: sim.Command{Key: "disk", Input: episode.Acknowledge{By: "ben"}}})
	s.People["ben"] = sim.Person{Misses: 1}
	s.Providers = map[notify.Channel]sim.Provider{"webhook": {Takes: sim.Always(5 * time.Second)}}
	kept, _ := lived(t, s)
	r := against(t, kept, levels(2*time.Minute, "user:ada", "user:ben"), replay.Assume{})
	require.Equal(t, "ada 5s, ben 5m5s, ack ben 5m3s, open", tells(r.Alerts[0].Recorded))
	require.Equal(t, "ada 5s, ben 2m5s, ack ben 2m3s, open", tells(r.Alerts[0].Replayed))
	require.Contains(t, about(r, r.Alerts[0].Alert), "ben acknowledges 3s after a page was sent, as recorded")
}

// What people made through the API while it happened holds against another configuration too.
func TestCoversHold(t *testing.T) {
	s := story(sim.Act{After: time.Hour, Do: signal("cpu")})
	s.Org.Schedules = []schedule.Spec{hourly("cem", "ada")}
	s.Org.Policies[0].Levels[0].Targets = targets("schedule:hourly")
	s.Acts = append(s.Acts, sim.Act{After: 30 * time.Minute, Do: sim.Do{Name: "ben takes over", With: func(ctx context.Context, e *engine.Engine, now time.Time) error {
		_, err := e.Cover(ctx, now, "", cover.TakeOver{Voice: cover.Voice{By: timeline.By{Actor: "user:ben"}}, User: "ben", Schedule: "hourly", To: now.Add(5 * time.Hour)})
		require.NoError(t, err)
		return err
	}}})
	kept, _ := lived(t, s)
	same, err := replay.Replay(t.Context(), exported(t, kept), replay.Question{})
	require.NoError(t, err)
	require.True(t, same.Same)
	require.Equal(t, "ben 0s, ack ben 2m0s, end ben 12m0s", tells(same.Alerts[1].Recorded), "it is his by then")

	tried := s.Org
	tried.Schedules = []schedule.Spec{hourly("cem")}
	r := against(t, kept, tried, replay.Assume{})
	require.Equal(t, "cem 0s, ack cem 2m0s, end cem 12m0s", tells(r.Alerts[0].Replayed), "the roster is the new one")
	require.Equal(t, "ben 0s, ack ben 2m0s, end ben 12m0s", tells(r.Alerts[1].Replayed), "the cover holds all the same")
}

// A configuration that changed meanwhile is in force from then on; one that is tried, from the start.
func TestConfigurationsThatChanged(t *testing.T) {
	s := story(sim.Act{After: 30 * time.Minute, Do: sim.Configure{Org: levels(time.Minute, "user:cem", "user:ben")}}, sim.Act{After: time.Hour, Do: signal("cpu")})
	kept, _ := lived(t, s)
	same, err := replay.Replay(t.Context(), kept, replay.Question{})
	require.NoError(t, err)
	require.True(t, same.Same)
	require.Equal(t, "cem 0s, ben 1m0s, ack ben 3m0s, end ben 13m0s", tells(same.Alerts[1].Replayed))
	r := against(t, kept, s.Org, replay.Assume{Never: true})
	require.Equal(t, "ada 0s, ben 5m0s, ack ben 7m0s, end ben 17m0s", tells(r.Alerts[1].Replayed))
}

func TestWhatIsAskedFor(t *testing.T) {
	kept, h := lived(t, story(sim.Act{After: time.Hour, Do: signal("cpu")}))
	for name, c := range map[string]struct {
		q    replay.Question
		want []alert.DedupKey
	}{
		"all":       {replay.Question{}, []alert.DedupKey{"disk", "cpu"}},
		"by ID":     {replay.Question{Alerts: []watchbill.AlertID{h.Alerts[1].ID}}, []alert.DedupKey{"cpu"}},
		"from":      {replay.Question{From: monday.Add(time.Minute)}, []alert.DedupKey{"cpu"}},
		"up to":     {replay.Question{To: monday.Add(time.Hour)}, []alert.DedupKey{"disk"}},
		"both ends": {replay.Question{From: monday, To: monday.Add(time.Hour + 1)}, []alert.DedupKey{"disk", "cpu"}},
	} {
		r, err := replay.Replay(t.Context(), kept, c.q)
		require.NoError(t, err, name)
		var keys []alert.DedupKey
		for _, p := range r.Alerts {
			require.True(t, p.Same, name)
			keys = append(keys, p.Key)
		}
		require.Equal(t, c.want, keys, name)
	}
	_, err := replay.Replay(t.Context(), kept, replay.Question{From: monday.Add(2 * time.Hour)})
	require.ErrorIs(t, err, replay.ErrNone)
	_, err = replay.Replay(t.Context(), kept, replay.Question{Incident: "nothing"})
	require.ErrorIs(t, err, store.ErrNotFound)
}

// Whoever was wiped is there under a pseudonym, and on no new roster.
func TestWipedPeople(t *testing.T) {
	kept, _ := lived(t, story())
	now := monday.Add(24 * time.Hour)
	e, err := engine.New(engine.Config{Store: kept})
	require.NoError(t, err)
	without := levels(5*time.Minute, "user:ada", "user:cem")
	without.Catalog.Users = []catalog.User{without.Catalog.Users[0], without.Catalog.Users[2]}
	_, err = e.Configure(t.Context(), now, without)
	require.NoError(t, err)
	wiped, err := e.Wipe(t.Context(), now, "ben", timeline.By{Actor: "user:ada"})
	require.NoError(t, err)
	require.True(t, wiped.Done)
	as := string(wiped.As)
	same, err := replay.Replay(t.Context(), kept, replay.Question{})
	require.NoError(t, err)
	require.Equal(t, "ada 0s, "+as+" 5m0s, ack "+as+" 7m0s, end "+as+" 17m0s", tells(same.Alerts[0].Recorded))
	require.Equal(t, tells(same.Alerts[0].Recorded), tells(same.Alerts[0].Replayed))
	r := against(t, kept, without, replay.Assume{})
	require.Equal(t, "ada 0s, cem 5m0s, ack cem 7m0s, end cem 17m0s", tells(r.Alerts[0].Replayed))
	require.Contains(t, about(r, r.Alerts[0].Alert), as+" acknowledges 2m0s after being paged: left out, since "+as+" is not paged for it")
}

// What cannot be read is said, and the rest goes on.
func TestGaps(t *testing.T) {
	kept, h := lived(t, story(sim.Act{After: time.Hour, Do: signal("cpu")}))
	require.NoError(t, kept.Update(t.Context(), func(tx store.Tx) error { return tx.Episodes().Admin().Quarantine(h.Alerts[0].ID) }))
	r, err := replay.Replay(t.Context(), exported(t, kept), replay.Question{Alerts: []watchbill.AlertID{h.Alerts[0].ID, h.Alerts[1].ID, "gone"}})
	require.NoError(t, err)
	require.Len(t, r.Alerts, 1)
	require.Equal(t, []replay.Gap{{Alert: h.Alerts[0].ID, Text: "is in quarantine and cannot be read, so it is left out"},
		{Alert: "gone", Text: "is not in the record: it was removed by retention, or never was in it"}}, r.Gaps)
	r, err = replay.Replay(t.Context(), kept, replay.Question{Alerts: []watchbill.AlertID{"gone"}})
	require.ErrorIs(t, err, replay.ErrNone)
	require.Len(t, r.Gaps, 1)
}

// An alert that is still open when the record ends is compared up to there.
func TestOpenAtTheEnd(t *testing.T) {
	s := story()
	s.Org = levels(5*time.Minute, "user:ada")
	s.For, s.Rest = 2*time.Minute, time.Minute
	kept, _ := lived(t, s)
	r := against(t, kept, levels(time.Minute, "user:ada", "user:cem"), replay.Assume{Never: true})
	require.Equal(t, "ada 0s, open", tells(r.Alerts[0].Recorded))
	require.Equal(t, "ada 0s, open", tells(r.Alerts[0].Replayed), "the record ends with her page")
}

// A service that the new configuration does not have, and an alert that is not over when the next of its key begins.
func TestAlertsThatTheReplayDoesNotHave(t *testing.T) {
	kept, _ := lived(t, story(sim.Act{After: time.Hour, Do: signal("disk")}))
	r := against(t, kept, levels(5*time.Minute, "user:ada"), replay.Assume{})
	require.Len(t, r.Alerts, 2)
	require.Nil(t, r.Alerts[1].Replayed)
	require.Contains(t, r.Alerts[1].Why, "belong to the alert of the same key that was opened at 2026-01-05T09:00:00Z")

	tried := levels(5*time.Minute, "user:ada")
	tried.Catalog.Services = nil
	r = against(t, kept, tried, replay.Assume{})
	require.Nil(t, r.Alerts[0].Replayed)
	require.Contains(t, r.Alerts[0].Why, `there is no service "shop"`)
}

func TestAssume(t *testing.T) {
	for _, text := range []string{"5m0s", "never", "as-usual"} {
		var a replay.Assume
		require.NoError(t, a.UnmarshalText([]byte(text)))
		require.Equal(t, text, a.String())
	}
	for _, text := range []string{"", "0s", "-1m", "soon"} {
		require.ErrorContains(t, new(replay.Assume).UnmarshalText([]byte(text)), "a duration over zero such as 5m, never, as-usual")
	}
}
