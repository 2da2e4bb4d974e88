package incident_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

// The corpus holds what releases have stored, a folder for each form of it. Files in it are never changed.
var golden = flag.String("golden", "", "write what this code stores into testdata/golden/`NAME`, a new folder")

// histories lead to all that can be stored. They are never changed either; a new kind of thing gets a new history.
var histories = map[string][]string{
	"declared": {
		"declare severity=warning services=shop alerts=a1 Slow",
	},
	"rich": {
		"declare by=ada via=key:chat severity=critical started=08:50 detected=08:55 services=shop:major_outage,web:degraded customers=acme,globex alerts=a1 links=https://graphs/?a=1&b=2 Checkout <fails> & \"slow\" \u00e9\u2028x",
		"assign by=ada role=commander user=ada", "assign by=ada role=communications user=ben be kind", "assign by=ada role=scribe user=cem",
		"advance 1m30s", "publish by=ben title=Checkout_is_down expected=10:00 pages=public,partners We are looking into it.",
		"advance 5m", "attach opened=08:45 service=search links=https://graphs/2 a2", "attach by=ada a3", "detach by=ada a3",
		"status by=ada to=identified a release", "decide by=ada Roll back.", "task by=ada user=cem due=09:30 Roll back", "task by=ada Call acme",
		"edit by=ada severity=error Checkout is slow", "advance 10m", "done by=cem t1", "setback 1h",
		"impact by=cem started=08:40 services=shop:partial_outage,search:degraded customers=acme reported=3 7 % of checkouts failed",
		"status by=cem to=monitoring", "comment by=cem So far so good.", "publish by=ben status=monitoring pages=public It works for most of you.", "edit by=ada detected=08:50",
	},
	"resolved": {
		"declare by=ada services=shop:major_outage,web:degraded Slow", "advance 30m", "impact by=ada services=web:none",
		"advance 30m", "status by=ada to=resolved ended=09:50 gone", "publish by=ada title=Slow It works.", "status by=ben to=resolved ended=09:40",
	},
	"reopened": {
		"declare by=ada services=shop:degraded Slow", "advance 10m", "status by=ada to=resolved", "advance 10m", "reopen by=ben it is back",
		"advance 10m", "assign by=ada role=commander user=ada", "assign by=ada role=commander", "impact by=ben customers=",
		"impact by=ben customers=acme", "impact by=ben customers=", "detach by=ada a1",
	},
	"taken": {
		"declare services=shop alerts=a1 Slow", "advance 5m", "attach service=web a2", "advance 5m", "comment by=ada I look into it.",
		"status to=resolved", "publish by=ada title=Slow pages=public It works.", "advance 10m", "reopen by=ben", "publish by=ben title=Slow It is back.",
		"advance 5m", "publish by=ben pages=public,partners We know why.",
	},
}

func play(t testing.TB, commands []string) *world {
	w := newWorld(t)
	for _, line := range commands {
		words := strings.Split(line, " ")
		w.do(words[0], words[1:])
	}
	return w
}

func TestGoldenOfThisRelease(t *testing.T) {
	for name, commands := range histories {
		t.Run(name, func(t *testing.T) {
			w := play(t, commands)
			state, err := incident.Encode(w.i)
			require.NoError(t, err)
			record, err := json.Marshal(w.entries)
			require.NoError(t, err)
			if *golden != "" {
				dir := filepath.Join("testdata", "golden", *golden)
				require.NoError(t, os.MkdirAll(dir, 0o755))
				require.NoError(t, os.WriteFile(filepath.Join(dir, name+".incident.json"), append(state, '\n'), 0o644))
				require.NoError(t, os.WriteFile(filepath.Join(dir, name+".timeline.json"), append(record, '\n'), 0o644))
			}
			requireInCorpus(t, name+".incident.json", string(state))
			requireInCorpus(t, name+".timeline.json", string(record))
		})
	}
}

// requireInCorpus fails if what is stored has changed its form, or the same commands do something else than they did.
func requireInCorpus(t *testing.T, name, data string) {
	t.Helper()
	latest := ""
	for file, known := range goldenFiles(t, name) {
		if known == data {
			return
		}
		latest = max(latest, file)
	}
	require.NotEmpty(t, latest, "there is no %s in the corpus", name)
	require.JSONEq(t, goldenFiles(t, name)[latest], data,
		"what is stored has changed; if that is meant, go test -golden=vN writes a new folder beside the old ones")
	require.Fail(t, "what is stored has changed its order or its spelling")
}

// What any release has stored can be read for ever, and is stored again as it was.
func TestGoldenStatesAreReadForEver(t *testing.T) {
	for name, data := range goldenFiles(t, "*.incident.json") {
		i, err := incident.Decode([]byte(data))
		require.NoError(t, err, name)
		require.Equal(t, data, encoded(t, i), name)
	}
}

// What any release has recorded folds for ever, to what it had stored beside it, and is told in words.
func TestGoldenTimelinesFoldForEver(t *testing.T) {
	kinds := map[timeline.Kind]bool{}
	for name, data := range goldenFiles(t, "*.timeline.json") {
		var entries []timeline.Entry
		require.NoError(t, json.Unmarshal([]byte(data), &entries), name)
		folded, err := incident.Fold(entries)
		require.NoError(t, err, name)
		state, err := os.ReadFile(strings.Replace(name, ".timeline.", ".incident.", 1))
		require.NoError(t, err)
		stored, err := incident.Decode(state)
		require.NoError(t, err)
		same(t, stored, folded, "%s", name)
		for _, e := range entries {
			kinds[e.Kind] = true
			require.NotContains(t, incident.Describe(e), "unreadable")
		}
	}
	require.Len(t, kinds, 13, "the corpus has an entry of every kind")
}

func goldenFiles(t testing.TB, pattern string) map[string]string {
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*", pattern))
	require.NoError(t, err)
	named := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		named[file] = strings.TrimSuffix(string(data), "\n")
	}
	require.NotEmpty(t, named)
	return named
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"not JSON":       {`{`, "incident: stored incident: unexpected end of JSON input"},
		"nothing":        {``, "incident: stored incident: unexpected end of JSON input"},
		"a later form":   {`{"v":2,"id":"i1"}`, "incident: stored incident i1 has the form 2, this release reads 1"},
		"no form":        {`{"id":"i1"}`, "incident: stored incident i1 has the form 0, this release reads 1"},
		"unknown status": {`{"v":1,"status":"gone"}`, `incident: stored incident: incident: unknown status "gone"; use one of [none investigating identified monitoring resolved]`},
	} {
		t.Run(name, func(t *testing.T) {
			i, err := incident.Decode([]byte(c.data))
			assert.ErrorContains(t, err, c.want)
			assert.Zero(t, i)
		})
	}
}

// What cannot be stored says so.
func TestEncodeRefuses(t *testing.T) {
	_, err := incident.Encode(incident.Incident{Status: 9})
	assert.ErrorContains(t, err, "incident: status 9 does not exist")
}

func TestFoldOfNothing(t *testing.T) {
	i, err := incident.Fold(nil)
	require.NoError(t, err)
	require.Zero(t, i)
}
