package cover_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/timeline"
)

// The corpus holds what releases have stored, a folder for each form of it. Files in it are never changed.
var golden = flag.String("golden", "", "write what this code stores into testdata/golden/`NAME`, a new folder")

// histories lead to all that can be stored. They are never changed either; a new kind of thing gets a new history.
var histories = map[string][]string{
	"taken": {
		"take by=ada via=key:chat admin=yes user=eve replaces=ben from=14T00:00 to=15T12:00 force=yes Because \u00e9 <b>.",
		"advance 220h", "withdraw by=eve My train is late.",
	},
	"whole":    {"take by=dan schedule=primary from=10T00:00 to=14T00:00"},
	"asked":    {"ask by=ben for=ada from=06T00:00 to=20T00:00 team=dba schedules=primary,secondary She is ill."},
	"open":     {"ask by=ada from=06T00:00 to=08T00:00 Moving house.", "decline by=ben", "accept by=cem from=06T00:00 to=06T12:00 Half a day."},
	"covered":  {"ask by=ada from=06T00:00 to=08T00:00 of=ben,dan,gus", "accept by=ben to=07T00:00", "advance 1h", "accept by=ada admin=yes user=gus force=yes"},
	"declined": {"ask by=ada from=06T00:00 to=08T00:00 of=ben,dan", "decline by=ben At sea.", "decline by=ben admin=yes user=dan"},
	"cancelled": {
		"ask by=ada from=06T00:00 to=08T00:00 of=ben", "accept by=ben to=07T00:00", "cancel by=ada I am well.",
	},
	"given-back": {
		"ask by=ada from=06T00:00 to=08T00:00 of=ben", "accept by=ben to=07T00:00", "cancel by=ada", "advance 1h", "withdraw by=ada",
	},
	"swapped": {
		"swap by=ada schedule=primary from=05T09:00 to=12T09:00 with=ben with_schedule=secondary with_from=06T00:00 with_to=07T00:00 My week for your day.",
		"advance 1h", "accept by=ben Gladly.", "advance 24h", "withdraw by=cem admin=yes",
	},
}

func play(t testing.TB, commands []string) *world {
	w := newWorld(t)
	for _, line := range commands {
		words := strings.Split(line, " ")
		require.NotContains(t, w.do(words[0], words[1:]), "refused", line)
	}
	return w
}

func TestGoldenOfThisRelease(t *testing.T) {
	for name, commands := range histories {
		t.Run(name, func(t *testing.T) {
			w := play(t, commands)
			record, err := json.Marshal(w.entries)
			require.NoError(t, err)
			if *golden != "" {
				dir := filepath.Join("testdata", "golden", *golden)
				require.NoError(t, os.MkdirAll(dir, 0o755))
				require.NoError(t, os.WriteFile(filepath.Join(dir, name+".cover.json"), []byte(encoded(t, w.r)+"\n"), 0o644))
				require.NoError(t, os.WriteFile(filepath.Join(dir, name+".timeline.json"), append(record, '\n'), 0o644))
			}
			requireInCorpus(t, name+".cover.json", encoded(t, w.r))
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
	states := map[cover.State]bool{}
	for name, data := range goldenFiles(t, "*.cover.json") {
		r, err := cover.Decode([]byte(data))
		require.NoError(t, err, name)
		require.Equal(t, data, encoded(t, r), name)
		states[r.State] = true
	}
	require.Len(t, states, 5, "the corpus has every state that is stored")
}

// What any release has recorded folds for ever, to what it had stored beside it, and is told in words.
func TestGoldenTimelinesFoldForEver(t *testing.T) {
	kinds := map[timeline.Kind]bool{}
	for name, data := range goldenFiles(t, "*.timeline.json") {
		var entries []timeline.Entry
		require.NoError(t, json.Unmarshal([]byte(data), &entries), name)
		folded, err := cover.Fold(entries)
		require.NoError(t, err, name)
		state, err := os.ReadFile(strings.Replace(name, ".timeline.", ".cover.", 1))
		require.NoError(t, err)
		stored, err := cover.Decode(state)
		require.NoError(t, err)
		require.Equal(t, stored, folded, name)
		for _, e := range entries {
			kinds[e.Kind] = true
			require.NotContains(t, cover.Describe(e), "unreadable")
		}
	}
	require.Len(t, kinds, 7, "the corpus has an entry of every kind")
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
		"not JSON":      {`{`, "cover: stored request: unexpected end of JSON input"},
		"a later form":  {`{"v":2,"id":"r1"}`, "cover: stored request r1 has the form 2, this release reads 1"},
		"no form":       {`{"id":"r1"}`, "cover: stored request r1 has the form 0, this release reads 1"},
		"unknown state": {`{"v":1,"state":"gone"}`, `cover: unknown state "gone"; use one of [open covered declined cancelled withdrawn expired]`},
		"unknown kind":  {`{"v":1,"kind":"gift"}`, `cover: unknown kind "gift"; use one of [none take_over request swap]`},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := cover.Decode([]byte(c.data))
			require.ErrorContains(t, err, c.want)
			require.Zero(t, r)
		})
	}
}

func TestFoldRefuses(t *testing.T) {
	_, err := cover.Fold([]timeline.Entry{{Seq: 1, Kind: "grown"}})
	require.EqualError(t, err, `cover: entry 1: unknown kind "grown"`)
	_, err = cover.Fold([]timeline.Entry{{Seq: 1, Kind: cover.KindAsked, Data: []byte(`[]`)}})
	require.ErrorContains(t, err, "cover: entry 1, asked: json:")
}
