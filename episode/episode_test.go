package episode_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// shop is a world whose alert has just been triggered by the rich signal.
func shop(t testing.TB) *world {
	return play(t, []string{"user ada hook sms@1m", "user ben mail", "policy web", "level user:ada", "level user:ben",
		"service shop policy=web", "rich"})
}

// The names of the fields are a promise to whoever reads the API.
func TestViewFields(t *testing.T) {
	w := shop(t)
	var fields map[string]any
	require.NoError(t, json.Unmarshal([]byte(pretty(w.episode.View())), &fields))
	assert.Equal(t, map[string]any{
		"id": "01", "state": "triggered", "summary": richSignal().Summary, "severity": "error", "urgency": "high",
		"service": "shop", "source": "prom", "dedup_key": "disk", "count": 1.0, "phase": "paging", "policy": "web", "level": 1.0,
		"created_at": "2026-01-12T07:45:00Z", "starts_at": "2026-01-12T07:45:00Z", "last_seen_at": "2026-01-12T07:45:00Z",
		"acknowledged_at": nil, "acknowledged_by": "", "resolved_at": nil, "resolved_by": "",
		"next_escalation_at": "2026-01-12T07:50:00Z", "responders": []any{"ada"},
		"responses":     []any{map[string]any{"user": "ada", "said": "paged", "at": "2026-01-12T07:45:00Z"}},
		"snoozed_until": nil, "priority": "", "held": []any{}, "parent": "", "members": 0.0, "open_members": 0.0, "flapping": false,
		"labels":  map[string]any{"host": "db1", "job": ""},
		"links":   []any{map[string]any{"text": "graph", "href": "https://example.com/?a=1&b=2"}, map[string]any{"href": "https://example.com/"}},
		"details": map[string]any{"used": 0.97, "more": []any{nil, map[string]any{}}},
	}, fields)
}

func TestViewOfTheRestOfItsLife(t *testing.T) {
	w := shop(t)
	w.do("ack", []string{"ben"})
	v := w.episode.View()
	assert.Equal(t, alert.Acknowledged, v.State)
	assert.Equal(t, monday, *v.AcknowledgedAt)
	assert.Equal(t, watchbill.UserID("ben"), v.AcknowledgedBy)
	assert.Nil(t, v.NextEscalationAt)
	assert.Equal(t, 1, v.Level)

	w.do("resolve", []string{"ada"})
	v = w.episode.View()
	assert.Equal(t, monday, *v.ResolvedAt)
	assert.Equal(t, timeline.Actor("user:ada"), v.ResolvedBy)
	assert.Equal(t, watchbill.UserID("ben"), v.AcknowledgedBy)

	bare := play(t, []string{"signal"}).episode.View()
	text := pretty(bare)
	for _, want := range []string{`"responders": []`, `"labels": {}`, `"links": []`, `"starts_at": null`, `"next_escalation_at": null`} {
		assert.Contains(t, text, want)
	}
	assert.NotContains(t, text, "details")
}

func TestPermits(t *testing.T) {
	w := shop(t)
	commands := []episode.Input{episode.Acknowledge{}, episode.Escalate{}, episode.Resolve{}}
	for _, state := range []string{"triggered", "ack", "resolve"} {
		if state != "triggered" {
			w.do(state, []string{"ada"})
		}
		for _, in := range commands {
			err := episode.Permits(w.episode, in)
			if _, again := in.(episode.Resolve); state == "resolve" && !again {
				assert.ErrorIs(t, err, alert.ErrResolved, "%T", in)
			} else {
				assert.NoError(t, err, "%T", in)
			}
		}
	}
}

func TestMessage(t *testing.T) {
	w := shop(t)
	w.config.Catalog.Users[0].Name, w.config.Catalog.Users[0].Zone = "Ada Okafor", "Europe/Berlin"
	w.config.Catalog.Users[0].Contacts[0].Secret = "whsec"
	w.config.Catalog.Services[0].Name = "The shop"
	w.org = nil
	w.configure()
	key := w.outbox[0].Key

	m, why := w.episode.Message(w.org, key, w.now.Add(time.Second))
	require.Empty(t, why)
	assert.Equal(t, key.ID(), m.ID)
	assert.Equal(t, notify.Contact{ID: "hook", Channel: "hook", Address: "ada@hook", Secret: "whsec"}, m.Contact)
	assert.Equal(t, "Ada Okafor", m.Name)
	assert.Equal(t, "Europe/Berlin", m.Zone.String())
	assert.Equal(t, "The shop", m.Service)
	assert.Equal(t, notify.KindPage, m.Kind)
	assert.Equal(t, 1, m.Level)
	assert.Equal(t, 1, m.Attempt)
	assert.Equal(t, w.now.Add(time.Second), m.At)
	assert.Len(t, m.Links, 2)
	assert.JSONEq(t, pretty(w.episode.View()), string(m.Body))

	// A secret is in no state and in no entry.
	data, err := episode.Encode(w.episode)
	require.NoError(t, err)
	w.advance(time.Minute)
	assert.NotContains(t, string(data)+pretty(w.entries), "whsec")

	key.Rung = 9
	_, why = w.episode.Message(w.org, key, w.now)
	assert.Equal(t, "ada is not paged by rung 9", why)
	key.Rung, key.User = 0, "eve"
	_, why = w.episode.Message(w.org, key, w.now)
	assert.NotEmpty(t, why)

	mended := &w.config.Catalog.Users[0].Contacts[0]
	mended.Address = "ada@new"
	w.org = nil
	w.configure()
	m, why = w.episode.Message(w.org, w.outbox[0].Key, w.now)
	assert.Empty(t, why)
	assert.Equal(t, "ada@new", m.Contact.Address, "a mended address counts at once")

	mended.ID = "other"
	w.config.Catalog.Users[0].Rules = notify.Rules{}
	w.org = nil
	w.configure()
	_, why = w.episode.Message(w.org, w.outbox[0].Key, w.now)
	assert.Equal(t, "ada has no contact hook any more", why)

	gone := newWorld(t)
	gone.configure()
	_, why = w.episode.Message(gone.org, w.outbox[0].Key, w.now)
	assert.Equal(t, "ada is not in the configuration any more", why)
}

func TestWants(t *testing.T) {
	w := shop(t)
	first := w.outbox[0].Key
	assert.True(t, w.episode.Wants(first))
	w.deliver(w.outbox[0], episode.Result{Verdict: episode.Retry})
	assert.True(t, w.episode.Wants(first), "it is tried again")

	w.advance(time.Minute)
	assert.False(t, w.episode.Wants(first), "the second attempt took its place")
	second := w.outbox[0].Key
	assert.True(t, w.episode.Wants(second))
	w.do("deliver", []string{"ok", "ada/hook"})
	assert.False(t, w.episode.Wants(second), "accepted")

	third := w.outbox[0].Key
	require.True(t, w.episode.Wants(third))
	for _, wrong := range []func(k *notify.Key){
		func(k *notify.Key) { k.Rung = -1 }, func(k *notify.Key) { k.Rung = 9 }, func(k *notify.Key) { k.User = "eve" },
		func(k *notify.Key) { k.Attempt.Run++ }, func(k *notify.Key) { k.Attempt.Number++ },
	} {
		k := third
		wrong(&k)
		assert.False(t, w.episode.Wants(k), "%+v", k)
	}
	w.do("ack", []string{"ada"})
	assert.False(t, w.episode.Wants(third))
	assert.False(t, episode.Episode{}.Wants(third))
}

// Every kind is told in words, or meant for machines alone.
func TestDescribe(t *testing.T) {
	told := map[timeline.Kind]string{}
	for _, commands := range histories {
		for _, e := range play(t, commands).entries {
			told[e.Kind] = episode.Describe(e)
		}
	}
	silent := []timeline.Kind{episode.KindTicked, episode.KindQueued}
	for _, kind := range []timeline.Kind{episode.KindOpened, episode.KindSignaled, episode.KindRepeated, episode.KindAcknowledged,
		episode.KindResolved, episode.KindEscalated, episode.KindFound, episode.KindNobody, episode.KindReceipt, episode.KindTicked,
		episode.KindQueued, episode.KindLevelLeft, episode.KindGaveUp, episode.KindUnreachable, episode.KindExpired} {
		text, ok := told[kind]
		assert.True(t, ok, "no history has an entry of kind %s", kind)
		assert.Equal(t, assert.ObjectsAreEqual(true, contains(silent, kind)), text == "", "%s is told as %q", kind, text)
	}
	assert.Equal(t, "postmortem", episode.Describe(timeline.Entry{Kind: "postmortem"}), "what a later release records")
	assert.Contains(t, episode.Describe(timeline.Entry{Kind: episode.KindFound, Data: json.RawMessage("[]")}), "found (unreadable: ")
}

func contains(list []timeline.Kind, k timeline.Kind) bool {
	for _, have := range list {
		if have == k {
			return true
		}
	}
	return false
}

func TestDescribeSaysWhatTheSignalSaid(t *testing.T) {
	w := shop(t)
	assert.Equal(t, `source:prom (via key:ops) triggered the alert: disk <full> & "slow" é`+"\u2028 (the summary was cut)", episode.Describe(w.entries[0]))
}

func TestVerdictText(t *testing.T) {
	for v := episode.Accepted; v <= episode.Limited; v++ {
		text, err := v.MarshalText()
		require.NoError(t, err)
		var back episode.Verdict
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, v, back)
		assert.Equal(t, v.String(), string(text))
	}
	unknown := episode.Limited + 1
	assert.Equal(t, "unknown", unknown.String())
	_, err := unknown.MarshalText()
	assert.Error(t, err)
	assert.Error(t, unknown.UnmarshalText([]byte("Accepted")))
}

func TestDecodeRefuses(t *testing.T) {
	w := shop(t)
	data, err := episode.Encode(w.episode)
	require.NoError(t, err)
	good := string(data)
	ladder := good[strings.Index(good, `"ladders":[`)+len(`"ladders":[`) : strings.Index(good, `],"paged"`)]
	for want, bad := range map[string]string{
		"episode: stored state: ":                            "{",
		"has version 2; this release reads 1":                strings.Replace(good, `"v":1`, `"v":2`, 1),
		"has version 0":                                      "{}",
		"has no alert":                                       `{"v":1}`,
		"is at level 3 of 2":                                 strings.Replace(good, `"at":{"run":1,"cycle":1,"level":1`, `"at":{"run":1,"cycle":1,"level":3`, 1),
		"is at level -1 of 2":                                strings.Replace(good, `"at":{"run":1,"cycle":1,"level":1`, `"at":{"run":1,"cycle":1,"level":-1`, 1),
		"is acknowledged, but its escalation is paging":      strings.Replace(good, `"state":"triggered"`, `"state":"acknowledged"`, 1),
		"is triggered, but its escalation is idle":           strings.Replace(good, `"phase":"paging",`, ``, 1),
		"is triggered and paging, but nothing would wake it": strings.Replace(good, `"walking":true,`, ``, 1),
		`has two ladders of "ada"`:                           strings.Replace(good, ladder, ladder+","+ladder, 1),
		"unknown phase":                                      strings.Replace(good, `"phase":"paging"`, `"phase":"lost"`, 1),
	} {
		_, err := episode.Decode([]byte(bad))
		assert.ErrorContains(t, err, want)
	}
}

func TestFoldRefuses(t *testing.T) {
	w := shop(t)
	_, err := episode.Fold(w.entries[1:])
	assert.ErrorContains(t, err, "episode: entry 2 (found): a timeline has one opened entry, its first input")
	_, err = episode.Fold(append(w.entries, w.entries[0]))
	assert.ErrorContains(t, err, "episode: entry 1 (opened)")
	_, err = episode.Fold([]timeline.Entry{{Seq: 1, Kind: episode.KindOpened, Data: json.RawMessage("[]")}})
	assert.ErrorContains(t, err, "episode: entry 1 (opened): json")
	empty, err := episode.Fold(nil)
	assert.NoError(t, err)
	assert.Zero(t, empty)
}

// What a provider says of a message of an earlier run says nothing about this one.
func TestReceiptsOfAnEarlierRun(t *testing.T) {
	w := play(t, []string{"user ada hook low=mail", "user ben hook", "policy web", "level user:ada", "level user:ben",
		"signal policy=web severity=info"})
	old := w.outbox[0].Key
	w.do("signal", []string{"policy=web", "severity=critical"})
	before := w.episode
	w.step(episode.Receipt{Key: old})
	assert.Equal(t, before.Escalation, w.episode.Escalation)
	assert.Equal(t, before.Ladders, w.episode.Ladders)
	w.do("deliver", []string{"refuse", "all"})
	assert.Equal(t, 2, w.episode.Escalation.At.Level, "ada cannot be reached in this run")
}

// The episode given to Step is a value that others may hold: Step does not write into it.
func TestStepDoesNotWriteIntoWhatItWasGiven(t *testing.T) {
	w := shop(t)
	before, err := episode.Encode(w.episode)
	require.NoError(t, err)
	for _, in := range everything(w.episode) {
		next, _ := episode.Step(episode.World{Org: w.org}, w.episode, w.now.Add(time.Minute), in)
		for _, again := range everything(next) {
			_, _ = episode.Step(episode.World{Org: w.org}, next, w.now.Add(2*time.Minute), again)
		}
		after, err := episode.Encode(w.episode)
		require.NoError(t, err)
		require.Equal(t, string(before), string(after), "%T", in)
	}
}

// A repeat of a signal is no change of the alert, whatever its form; only so are repeats coalesced.
func TestRepeatsInAnyFormAreCoalesced(t *testing.T) {
	w := shop(t)
	n := len(w.entries)
	for range 3 {
		data, err := episode.Encode(w.episode)
		require.NoError(t, err)
		w.episode, err = episode.Decode(data)
		require.NoError(t, err)
		w.step(episode.Signal{Signal: richSignal()})
	}
	assert.Len(t, w.entries, n)
	assert.Equal(t, 4, w.episode.Alert.Count)
	assert.Equal(t, 3, w.episode.Repeats)
}

// Clocks are finer than what is stored, and in a zone of their own.
func TestStepStampsTheTime(t *testing.T) {
	w := play(t, []string{"user ada hook", "policy web", "level user:ada", "service shop policy=web auto_resolve=1m"})
	w.now = monday.Add(1234 * time.Nanosecond).In(time.FixedZone("", 3600))
	w.up = w.now
	w.step(episode.Signal{ID: "01", Signal: richSignal()})
	w.now = w.now.Add(2*time.Minute + 567*time.Nanosecond)
	w.up = w.now
	w.step(episode.Tick{UpSince: w.up})
	assert.Equal(t, watchbill.Stamp(w.episode.Alert.GraceAt), w.episode.Alert.GraceAt)
}

// Waits may be finer than what is stored.
func TestWakeAtIsRoundedUp(t *testing.T) {
	w := play(t, []string{"user ada hook sms@1000000001ns", "policy web", "level user:ada", "signal policy=web"})
	assert.Equal(t, monday.Add(time.Second+time.Microsecond), w.episode.WakeAt())
	w.advance(time.Second + time.Microsecond)
	assert.Equal(t, monday.Add(time.Minute), w.episode.WakeAt())
}

// What no store can hold must not keep an alert from being raised.
func TestSignalsThatNoStoreCanHold(t *testing.T) {
	w := shop(t)
	w.episode, w.entries, w.outbox, w.sent = episode.Episode{}, nil, nil, map[notify.MessageID]bool{}
	w.step(episode.Signal{ID: "02", Signal: alert.Signal{Source: "prom", Key: "k\xff", Service: "shop", Summary: "\xff",
		StartsAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), Details: json.RawMessage("{")}})
	assert.Equal(t, alert.Triggered, w.episode.Alert.State)
	assert.Equal(t, `"{"`, string(w.episode.Alert.Details))
}
