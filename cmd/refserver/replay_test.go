package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/replay"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/archive"
	"github.com/watchbill/watchbill/store/memory"
)

const past = "../../examples/replay/"

// recordedWeek is what examples/replay/recorded.jsonl holds: at night ada sleeps, and ben is paged when her time is over; by day
// she answers within a minute.
func recordedWeek(t *testing.T) []byte {
	var problems bytes.Buffer
	file, err := loadConfig(&program{stderr: &problems}, past+"watchbill.yaml")
	require.NoError(t, err)
	require.Empty(t, problems.String())
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	signal := func(after time.Duration, key, summary string, s watchbill.Severity) sim.Act {
		return sim.Act{After: after, Do: sim.Signal(alert.Signal{Source: "prom", Key: alert.DedupKey(key), Service: "checkout", Summary: summary, Severity: s})}
	}
	kept := memory.New()
	_, err = sim.Run(sim.Scenario{
		Org: file.Org, Start: time.Date(2026, 3, 10, 2, 10, 0, 0, berlin), For: 24 * time.Hour, Seed: 1,
		People: map[watchbill.UserID]sim.Person{
			"ada": {Answers: sim.Always(time.Minute), Fixes: sim.Always(12 * time.Minute),
				Asleep: &sim.Sleep{Zone: berlin, From: calendar.NewTimeOfDay(23, 0), To: calendar.NewTimeOfDay(7, 0)}},
			"ben": {Answers: sim.Always(2 * time.Minute), Fixes: sim.Always(25 * time.Minute)},
		},
		Providers: map[notify.Channel]sim.Provider{"email": {Takes: sim.Always(300 * time.Millisecond)}},
		Acts: []sim.Act{
			signal(0, "latency", "payments take 9 s", watchbill.SeverityCritical),
			signal(4*time.Minute, "errors", "3 % of payments fail", watchbill.SeverityCritical),
			signal(9*time.Hour, "disk", "the disk of db-2 is 95 % full", watchbill.SeverityError),
		},
		Open: func() store.Store { return kept },
	})
	require.NoError(t, err)
	var out bytes.Buffer
	_, err = archive.Write(t.Context(), &out, kept, time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	return out.Bytes()
}

// TestReplayExampleIsAsRecorded: the example tells what its scenario does. Its bytes may be an earlier release's.
func TestReplayExampleIsAsRecorded(t *testing.T) {
	made := filepath.Join(t.TempDir(), "made.jsonl")
	require.NoError(t, os.WriteFile(made, recordedWeek(t), 0o600))
	if *update {
		require.NoError(t, os.WriteFile(past+"recorded.jsonl", recordedWeek(t), 0o600))
	}
	code, now, problems := says("replay", "-archive", made, "-json")
	require.Zero(t, code, problems)
	code, kept, problems := says("replay", "-archive", past+"recorded.jsonl", "-json")
	require.Zero(t, code, problems)
	require.Equal(t, now, kept, "run: go test ./cmd/refserver -run TestReplay -update")
}

// TestReplayGuide: every command in docs/replay.md that is shown with its output gives that output.
func TestReplayGuide(t *testing.T) {
	const path = "../../docs/replay.md"
	guide, err := os.ReadFile(path)
	require.NoError(t, err)
	commands := 0
	mended := fence.ReplaceAllStringFunc(string(guide), func(block string) string {
		line, _, _ := strings.Cut(fence.FindStringSubmatch(block)[2], "\n")
		if !strings.HasPrefix(line, "$ refserver ") {
			return block
		}
		commands++
		args := strings.Fields(line)[2:]
		for i, a := range args {
			if strings.HasSuffix(a, ".yaml") || strings.HasSuffix(a, ".jsonl") {
				args[i] = past + a
			}
		}
		code, out, problems := says(args...)
		require.Zero(t, code, "%s: %s", line, problems)
		require.Empty(t, problems, line)
		is := "```\n" + line + "\n" + strings.ReplaceAll(out, past, "") + "```\n"
		if !*update {
			require.Equal(t, block, is)
		}
		return is
	})
	require.GreaterOrEqual(t, commands, 4)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(mended), 0o644))
	}
}

// replayed replays the example with further flags, as JSON.
func replayed(t *testing.T, flags ...string) (r replay.Result) {
	t.Helper()
	code, out, problems := says(append([]string{"replay", "-archive", past + "recorded.jsonl", "-json"}, flags...)...)
	require.Zero(t, code, problems)
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	return r
}

func TestReplayAgainstFiles(t *testing.T) {
	same := replayed(t)
	require.True(t, same.Same)
	require.Len(t, same.Alerts, 3)
	faster := replayed(t, "--config", past+"faster.yaml")
	require.False(t, faster.Same)
	require.Equal(t, "15m0.3s", was(t, same.Alerts[0].Recorded.Pages[3].After), "three pages to ada, and then to ben")
	require.Equal(t, "17m0.3s", was(t, same.Alerts[0].Recorded.Acknowledged.After))
	require.Equal(t, "7m0.3s", was(t, faster.Alerts[0].Replayed.Acknowledged.After), "five minutes for ada, two for ben")
	require.Equal(t, "32m0.3s", was(t, faster.Alerts[0].Replayed.Resolved.After), "and the same 25 minutes")
	one := replayed(t, "-alert", string(same.Alerts[2].Alert), "-config", past+"faster.yaml")
	require.Len(t, one.Alerts, 1)
	require.True(t, one.Same, "by day ada answers before any time-out")
	span := replayed(t, "-from", "2026-03-10T02:00+01:00", "-to", "2026-03-10T02:12+01:00")
	require.Len(t, span.Alerts, 1)
	never := replayed(t, "-config", past+"roster.yaml", "-assume", "never")
	require.Equal(t, "ben", never.Alerts[0].Replayed.Acknowledged.By)
	soon := replayed(t, "-config", past+"roster.yaml", "-assume", "4m")
	require.Equal(t, &replay.Moment{By: "cem", After: watchbill.Duration(4 * time.Minute)}, soon.Alerts[0].Replayed.Acknowledged)
}

func was(t *testing.T, d watchbill.Duration) string {
	text, err := d.MarshalText()
	require.NoError(t, err)
	return string(text)
}

func TestReplayRefuses(t *testing.T) {
	record := past + "recorded.jsonl"
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 2, "name one of -archive FILE and -db DATABASE"},
		{[]string{"-archive", record, "-db", "sqlite:x.db"}, 2, "name one of"},
		{[]string{"-db", "memory:"}, 2, "nothing is left of memory:"},
		{[]string{"-archive", "/nowhere"}, 2, "-archive: open /nowhere: no such file"},
		{[]string{"-archive", past + "watchbill.yaml"}, 2, "-archive: " + past + "watchbill.yaml"},
		{[]string{"-archive", record, "-alert", "a", "-incident", "b"}, 2, "choose alerts in one way"},
		{[]string{"-archive", record, "-from", "2026-03-10T00:00", "-to", "2026-03-09T00:00"}, 2, "-to: 2026-03-09T00:00 is not after -from"},
		{[]string{"-archive", record, "-from", "soon"}, 2, "-from: "},
		{[]string{"-archive", record, "-assume", "soon"}, 2, "5m, never, as-usual"},
		{[]string{"-archive", record, "-config", "/nowhere.yaml"}, 2, "nowhere.yaml"},
		{[]string{"-archive", record, "-incident", "b"}, 2, `there is no incident "b" in the record`},
		{[]string{"-archive", record, "-alert", "gone"}, 1, "gone is not in the record: it was removed by retention"},
	} {
		code, out, problems := says(append([]string{"replay"}, c.args...)...)
		require.Equal(t, c.code, code, "%v: %s", c.args, problems)
		require.Contains(t, problems, c.want, c.args)
		require.Empty(t, out)
	}
}

const replayYAML = `
users:
  - {id: ada, contacts: [{id: hook, channel: webhook, address: "PHONES/ada"}]}
  - {id: ben, contacts: [{id: hook, channel: webhook, address: "PHONES/ben"}]}
policies:
  - id: two
    levels:
      - {targets: ["user:ada"], timeout: 1s}
      - {targets: ["user:ben"], timeout: 1h, repeat: {every: 1h}}
services: [{id: shop, policy: two}]
sources: [{id: gen, type: generic, service: shop, key: key-of-gen}]
api_keys: [{id: ops, role: admin, token: ops-token}]
channels: {webhook: {secret: ` + testSecret + `}}
catch_all: "user:ada"
`

func TestReplayOfAServer(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { replaysServer(t, "sqlite:"+filepath.Join(t.TempDir(), "w.db")) })
	t.Run("postgres", func(t *testing.T) { replaysServer(t, newPostgres(t)) })
}

// replaysServer: what a real server did in real time comes out of a replay again; beside the server, and from an export.
func replaysServer(t *testing.T, db string) {
	t.Parallel()
	phones := newPhoneBook(t)
	text := strings.ReplaceAll(replayYAML, "PHONES", phones.URL)
	conf := write(t, "watchbill.yaml", text)
	_, base := serveOn(t, conf, db, "127.0.0.1:0")
	require.True(t, send(t.Context(), base, "trouble"))
	pages := phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) > 0 && a[len(a)-1].User == "ben" })
	api := client{t, base, "ops-token"}
	require.Eventually(t, func() bool { // a test is quicker than any person
		_, body := api.do(http.MethodGet, "/api/v1/alerts/"+pages[0].Alert.ID+"/timeline", "")
		return strings.Contains(string(body), "accepted the page to hook of ben")
	}, 20*time.Second, 10*time.Millisecond)
	for _, act := range []string{"ack", "resolve"} {
		status, body := api.do(http.MethodPost, "/api/v1/alerts/"+pages[0].Alert.ID+"/"+act, `{"by":"ben"}`)
		require.Equal(t, http.StatusOK, status, string(body))
	}
	export := filepath.Join(t.TempDir(), "w.jsonl.gz")
	code, _, problems := says("export", "-db", db, export)
	require.Zero(t, code, problems)
	tried := write(t, "tried.yaml", strings.ReplaceAll(text, `["user:ada"], timeout: 1s`, `["user:ben"], timeout: 1h`))
	for _, from := range [][]string{{"-db", db}, {"-archive", export}} {
		var same, other replay.Result
		code, out, problems := says(append([]string{"replay", "-json"}, from...)...)
		require.Zero(t, code, problems)
		require.NoError(t, json.Unmarshal([]byte(out), &same))
		require.True(t, same.Same, out)
		require.Equal(t, "ben", same.Alerts[0].Recorded.Acknowledged.By)
		require.Equal(t, []string{"ada", "ben"}, users(same.Alerts[0].Recorded))

		code, out, problems = says(append([]string{"replay", "-json", "-config", tried}, from...)...)
		require.Zero(t, code, problems)
		require.NoError(t, json.Unmarshal([]byte(out), &other))
		require.Equal(t, []string{"ben"}, users(other.Alerts[0].Replayed))
		require.Less(t, other.Alerts[0].Replayed.Acknowledged.After, same.Alerts[0].Recorded.Acknowledged.After)
	}
}

// users lists who was paged, in order.
func users(o *replay.Outcome) (all []string) {
	for _, p := range o.Paged {
		all = append(all, string(p.User))
	}
	return all
}
