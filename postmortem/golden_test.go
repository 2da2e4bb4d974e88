package postmortem_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/timeline"
)

// The corpus holds what releases have stored, a folder for each form of it. Files in it are never changed.
var golden = flag.String("golden", "", "write what this code stores into testdata/golden/`NAME`, a new folder")

// histories lead to all that can be stored. They are never changed either; a new kind of thing gets a new history.
var histories = map[string][]postmortem.Command{
	"drafted":   {draft},
	"unnoticed": {postmortem.Draft{By: ada, Material: unnoticed()}},
	"written":   append([]postmortem.Command{draft}, written()...),
	"refreshed": append(append([]postmortem.Command{postmortem.Draft{Material: func() postmortem.Material { m := material(); m.Before = nil; return m }()}}, written()...),
		postmortem.Edit{By: ada, Title: to("The pool <&> \u00e9\u2028"), Summary: to("x"), Detection: to("y")}, postmortem.Refresh{By: ben, Material: material()}),
	"noted": {draft, postmortem.Edit{By: ada, Factors: &[]string{"x"}, ItemsNote: to("none")}, postmortem.Submit{By: ada, Note: "the pool goes away"},
		postmortem.Return{By: ben, Reason: "no"}, postmortem.Edit{By: ada, Factors: &[]string{}}, postmortem.Assign{By: ada, DueAt: at("12:00")}},
	"published": append(append([]postmortem.Command{draft}, written()...), postmortem.Submit{By: ada}, dropA2, postmortem.Publish{By: ada},
		postmortem.SetItem{By: ada, Item: "a1", State: to(postmortem.ItemDone), Owner: to(checkout().Roles[0].User), DueAt: to(at("12:00")), Ticket: to("OPS-1")}),
	"revised": append(append([]postmortem.Command{draft}, written()...), postmortem.Assign{DueAt: at("10:05")}, postmortem.Submit{By: ada}, dropA2, postmortem.Publish{By: ada},
		postmortem.Revise{By: ben, Reason: "a factor was missing"}, postmortem.SetItem{By: ben, Item: "a3", Title: to("t"), Detail: to("d")}, postmortem.Submit{By: ben}, postmortem.Publish{By: ben}),
}

func TestGoldenOfThisRelease(t *testing.T) {
	for name, commands := range histories {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).must(commands...)
			w.checkFold()
			record, err := json.Marshal(w.entries)
			require.NoError(t, err)
			for file, data := range map[string]string{name + ".postmortem.json": encode(t, w.p), name + ".timeline.json": string(record)} {
				if *golden != "" {
					dir := filepath.Join("testdata", "golden", *golden)
					require.NoError(t, os.MkdirAll(dir, 0o755))
					require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(data+"\n"), 0o644))
				}
				requireInCorpus(t, file, data)
			}
		})
	}
}

// requireInCorpus fails if what is stored has changed its form, or other things are stored than were.
func requireInCorpus(t *testing.T, file, data string) {
	t.Helper()
	known := goldenNamed(t, file)
	for _, k := range known {
		if k == data {
			return
		}
	}
	for _, k := range known {
		require.JSONEq(t, k, data, "what is stored has changed; if that is meant, go test -golden=vN writes a new folder beside the old ones")
	}
}

// What any release has stored can be read for ever, and is stored again as it was.
func TestGoldenStatesAreReadForEver(t *testing.T) {
	for name, data := range goldenNamed(t, "*.postmortem.json") {
		p, err := postmortem.Decode([]byte(data))
		require.NoError(t, err, name)
		require.Equal(t, data, encode(t, p), name)
		require.NotEmpty(t, p.Markdown(nil, nil, nil))
	}
}

// What any release has recorded folds for ever, and to what it had stored beside it.
func TestGoldenTimelinesFoldForEver(t *testing.T) {
	for name, data := range goldenNamed(t, "*.timeline.json") {
		var entries []timeline.Entry
		require.NoError(t, json.Unmarshal([]byte(data), &entries), name)
		folded, err := postmortem.Fold(entries)
		require.NoError(t, err, name)
		state, err := os.ReadFile(strings.Replace(name, ".timeline.", ".postmortem.", 1))
		require.NoError(t, err)
		require.Equal(t, strings.TrimSuffix(string(state), "\n"), encode(t, folded), name)
		for _, e := range entries {
			require.NotContains(t, postmortem.Describe(e), "unreadable", name)
		}
	}
}

func goldenNamed(t testing.TB, pattern string) map[string]string {
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*", pattern))
	require.NoError(t, err)
	require.NotEmpty(t, files, "there is no %s in the corpus", pattern)
	named := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		named[file] = strings.TrimSuffix(string(data), "\n")
	}
	return named
}
