package episode_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// The corpus holds what releases have stored, a folder for each form of it. Files in it are never changed.
var golden = flag.String("golden", "", "write what this code stores into testdata/golden/`NAME`, a new folder")

// histories lead to all that can be stored. They are never changed either; a new kind of thing gets a new history.
var histories = map[string][]string{
	"triggered": {
		"user ada hook sms@90s low=mail", "user ben hook", "schedule primary Europe/Berlin ada ben", "policy web cycles=2 catch_all=user:ben",
		"level schedule:primary,user:ben timeout=4m every=50s attempts=4", "level user:ben", "service shop policy=web auto_resolve=20m",
		"rich", "deliver fail ada/hook", "deliver ok ben/hook", "advance 55s", "deliver refuse ada/hook", "rich", "rich", "advance 1m",
	},
	"acknowledged": {
		"user ada hook", "policy web", "level user:ada", "signal policy=web", "late ada 1", "ack ada key:ops", "signal policy=web", "deliver ok all",
	},
	"resolved": {
		"user ada hook", "policy web", "level user:ada", "service shop policy=web urgency=low", "rich", "deliver ok all", "resolve ada",
	},
	"expired": {
		"user ada hook", "policy web", "level user:ada", "service shop policy=web auto_resolve=2m", "rich", "down 1h", "advance 3m",
	},
	"raised": {
		"user ada hook low=mail", "policy web", "level user:ada", "signal policy=web severity=info by=ada", "ack ada", "signal policy=web severity=error summary=worse",
	},
	"exhausted": {
		"user ada hook", "policy web catch_all=user:ada", "level user:ada timeout=2m attempts=1", "providers accept", "signal policy=web", "advance 20m", "escalate ada",
	},
	"unreached": {
		"user cem", "schedule office Europe/Berlin cem from=09:00 to=17:00", "policy web", "level user:cem", "level schedule:office",
		"signal policy=web severity=", "advance 2m",
	},
	"setback": {
		"user ada hook sms@3m", "policy web", "level user:ada", "service shop policy=web auto_resolve=1h", "rich", "advance 2m", "rich", "setback 48h", "advance 1m",
	},
	"escalated": {
		"user ada hook", "user ben hook", "policy web", "level user:ada", "level user:ben", "signal policy=web", "ack ada", "escalate ada chat", "deliver refuse all",
	},
	"acks": {
		"user ada hook", "user ben hook", "policy web ack_timeout=10m", "level user:ada,user:ben acks=2 timeout=2m", "level user:ben",
		"signal policy=web", "deliver ok all", "ack ada", "ack ben", "advance 10m", "decline ada", "deliver ok all", "advance 1m",
	},
	"snoozed": {
		"user ada hook", "updates ada acknowledged", "user ben hook", "policy web", "level user:ada", "signal policy=web", "deliver ok all", "ack ben",
		"snooze ada 30m", "advance 31m", "reassign ben user:ben", "dismiss ada ben", "comment ada looking", "link ada https://example.com/graph",
	},
	"summoned": {
		"user ada hook", "user ben sms voice@1m", "policy web", "level user:ada", "signal policy=web", "summon ada ben", "deliver ok ben/sms",
		"ack ada", "advance 1m",
	},
	"held": {
		"user ada hook", "service shop policy=web", "policy web", "level user:ada", "silence s1 10m", "signal service=shop", "advance 10m", "deliver ok all",
		"inhibit 02", "advance 6m",
	},
	"conditions": {
		"user ada hook", "user ben hook", "hours office Europe/Berlin 09:00 17:00", "policy web cycles=2", "level user:ben severity=info",
		"level user:ada timeout=1m then=2x1", "level user:ben hours=office wait", "signal policy=web", "deliver ok all", "advance 3m",
	},
	"group": {
		"user ada hook", "policy web", "level user:ada", "signal policy=web severity=warning", "deliver ok all", "member 02 joined info",
		"member 03 joined info held", "member 02 worse critical", "signal action=resolve", "member 02 resolved",
	},
	"member": {
		"user ada hook", "policy web", "level user:ada", "signal policy=web", "deliver ok all", "join 02 same", "leave ada", "deliver ok all", "join 02 again", "signal action=resolve",
	},
	"hours": {
		"user ada hook low=mail", "hours office Europe/Berlin 09:00 17:00", "service shop policy=web support=office raise", "policy web",
		"level user:ada", "signal service=shop", "deliver ok all", "advance 16m", "deliver ok all", "receipt ada/hook undelivered",
	},
	"senders": {
		"user ada hook", "source flapping=2/10m", "service shop policy=web", "policy web", "level user:ada", "signal service=shop",
		"signal service=shop action=resolve", "advance 1m", "signal service=shop sender=a ends=20m",
		"signal service=shop sender=b ends=30m", "signal service=shop action=resolve sender=a ends=0s", "signal service=shop action=resolve sender=b ends=0s",
		"advance 1m",
	},
	"machines": {
		"user ada hook", "destination ops slack", "schedule empty UTC", "policy web rest=1,user:ada", "level schedule:empty,chat:ops", "level user:ada,chat:ops round_robin",
		"signal policy=web", "deliver ok all", "deliver limit ada/hook", "advance 1m",
	},
}

// play runs a history.
func play(t testing.TB, commands []string) *world {
	w := newWorld(t)
	for _, line := range commands {
		if words := strings.Fields(line); words[0] == "rich" {
			w.step(episode.Signal{ID: "01", Signal: richSignal()})
		} else {
			w.do(words[0], words[1:])
		}
	}
	return w
}

// richSignal has every field that a source can fill.
func richSignal() alert.Signal {
	return alert.Signal{
		Source: "prom", Key: "disk", Summary: "disk <full> & \"slow\" \u00e9\u2028", Severity: 3, StartsAt: monday,
		Labels:  []alert.Label{{Name: "host", Value: "db1"}, {Name: "job", Value: ""}},
		Links:   []alert.Link{{Text: "graph", Href: "https://example.com/?a=1&b=2"}, {Href: "https://example.com/"}},
		Details: json.RawMessage("{ \"used\": 0.97,\n \"more\": [null, {}] }"), Notes: []string{"the summary was cut"},
		Service: "shop", Via: "key:ops",
	}
}

func TestGoldenOfThisRelease(t *testing.T) {
	for name, commands := range histories {
		t.Run(name, func(t *testing.T) {
			w := play(t, commands)
			state, err := episode.Encode(w.episode)
			require.NoError(t, err)
			record, err := json.Marshal(w.entries)
			require.NoError(t, err)
			if *golden != "" {
				dir := filepath.Join("testdata", "golden", *golden)
				require.NoError(t, os.MkdirAll(dir, 0o755))
				require.NoError(t, os.WriteFile(filepath.Join(dir, name+".episode.json"), append(state, '\n'), 0o644))
				require.NoError(t, os.WriteFile(filepath.Join(dir, name+".timeline.json"), append(record, '\n'), 0o644))
			}
			requireInCorpus(t, name+".episode.json", state)
			requireInCorpus(t, name+".timeline.json", record)
		})
	}
}

// requireInCorpus fails if what is stored has changed its form, or the machines do something else than they did.
func requireInCorpus(t *testing.T, name string, data []byte) {
	t.Helper()
	known := goldenFiles(t, name)
	for _, k := range known {
		if string(k) == string(data) {
			return
		}
	}
	require.NotEmpty(t, known, "there is no %s in the corpus", name)
	require.Equal(t, indent(known[len(known)-1]), indent(data),
		"what is stored has changed; if that is meant, go test -golden=vN writes a new folder beside the old ones")
}

func indent(data []byte) string { return pretty(json.RawMessage(data)) }

// What any release has stored can be read for ever, and is stored again as it was.
func TestGoldenStatesAreReadForEver(t *testing.T) {
	for name, data := range goldenNamed(t, "*.episode.json") {
		e, err := episode.Decode(data)
		require.NoError(t, err, name)
		again, err := episode.Encode(e)
		require.NoError(t, err, name)
		require.Equal(t, string(data), string(again), name)
	}
}

// What any release has recorded folds for ever, and to what it had stored beside it.
func TestGoldenTimelinesFoldForEver(t *testing.T) {
	for name, data := range goldenNamed(t, "*.timeline.json") {
		var entries []timeline.Entry
		require.NoError(t, json.Unmarshal(data, &entries), name)
		folded, err := episode.Fold(entries)
		require.NoError(t, err, name)

		state, err := os.ReadFile(strings.Replace(name, ".timeline.", ".episode.", 1))
		require.NoError(t, err)
		stored, err := episode.Decode(state)
		require.NoError(t, err)
		if stored.Repeats > 0 { // signals since the last entry are in the state alone
			folded.Repeats, folded.Alert.Count, folded.Alert.LastSeenAt = stored.Repeats, stored.Alert.Count, stored.Alert.LastSeenAt
		}
		if strings.Contains(name, "golden/v1/") { // what later releases make of the same entries beside
			folded.Responses, folded.Reach, folded.Escalation.Unskipped = nil, nil, false
		}
		require.Equal(t, stored, folded, name)
	}
}

// The message that a stored state still wants must keep its ID, or a provider would page a person twice.
func TestGoldenMessagesKeepTheirIDs(t *testing.T) {
	var entries []timeline.Entry
	for name, data := range goldenNamed(t, "*.timeline.json") {
		require.NoError(t, json.Unmarshal(data, &entries), name)
		for _, e := range entries {
			if e.Kind != episode.KindQueued {
				continue
			}
			var q struct {
				ID  notify.MessageID `json:"id"`
				Key notify.Key       `json:"key"`
			}
			require.NoError(t, json.Unmarshal(e.Data, &q))
			require.Equal(t, q.ID, q.Key.ID(), "%s, entry %d", name, e.Seq)
		}
	}
}

func goldenFiles(t testing.TB, pattern string) (list [][]byte) {
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*", pattern))
	require.NoError(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		list = append(list, []byte(strings.TrimSuffix(string(data), "\n")))
	}
	return list
}

func goldenNamed(t testing.TB, pattern string) map[string][]byte {
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*", pattern))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	named := map[string][]byte{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		named[file] = []byte(strings.TrimSuffix(string(data), "\n"))
	}
	return named
}
