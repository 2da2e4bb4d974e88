package engine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestForgettingRewritesWhatIsThePersonAndNothingElse(t *testing.T) {
	f := &forgetting{user: "ada", as: "removed-1"}
	f.words([]string{"Ada Okafor", "ada@example.com", "http://x/ada", "a", "", "ada"})
	for in, want := range map[string]string{
		`{"user":"ada","service":"ada"}`:                      `{"user":"removed-1","service":"ada"}`,
		`{ "users" : [ "ben" , "ada" ], "n":1e9 }`:            `{ "users" : [ "ben" , "removed-1" ], "n":1e9 }`,
		`{"users":[{"id":"ada"}],"teams":[{"id":"ada"}]}`:     `{"users":[{"id":"removed-1"}],"teams":[{"id":"ada"}]}`,
		`["user:ada","user:adam","policy:ada"]`:               `["user:removed-1","user:adam","policy:ada"]`,
		`{"text":"ada asked Adam, ADA OKAFOR said \u0061da"}`: `{"text":"removed-1 asked Adam, removed said removed-1"}`,
		`{"text":"ada-2 and ada_x and xada"}`:                 `{"text":"ada-2 and ada_x and xada"}`,
		`{"to":"http://x/adam http://x/ada/y"}`:               `{"to":"http://x/adam removed/y"}`,
		`{"hours":{"ada":{"from":"ada"},"ben":1}}`:            `{"hours":{"removed-1":{"from":"ada"},"ben":1}}`,
		`{"a":"\"ada\\","by":"ada","t":true,"z":null}`:        `{"a":"\"ada\\","by":"removed-1","t":true,"z":null}`,
		`[]`: `[]`, `{}`: `{}`, `"ada@example.com"`: `"removed"`, ` 7 `: ` 7 `, `{"user":"ada"`: `{"user":"ada"`, ``: ``,
	} {
		require.Equal(t, want, string(f.json([]byte(in), "")), in)
	}
	require.Equal(t, `{"removed-1":"2026-01-05T09:00:00Z"}`, string(f.json([]byte(`{"ada":"2026-01-05T09:00:00Z"}`), turnKind)))
}

// FuzzForgetting: whatever is JSON stays JSON, and what does not name the person stays as it is.
func FuzzForgetting(f *testing.F) {
	for _, seed := range []string{`{"user":"ada"}`, `[{"a":[1,"x y ada"]},null]`, `"\ud800"`, `{"a":{"b":""}}`, ` [ ] `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		who := &forgetting{user: "ada", as: "removed-1"}
		who.words([]string{"Ada Okafor"})
		out := who.json(data, "")
		if who.hits == 0 && string(out) != string(data) {
			t.Fatalf("%q became %q", data, out)
		}
		if json.Valid(data) != json.Valid(out) {
			t.Fatalf("%q became %q", data, out)
		}
		again := who.json(out, "")
		if string(again) != string(out) {
			t.Fatalf("%q became %q", out, again)
		}
	})
}

// TestEveryFieldOfAPersonIsKnown: a field that holds people's IDs, in what is stored, is one that a wipe looks at.
func TestEveryFieldOfAPersonIsKnown(t *testing.T) {
	field := regexp.MustCompile(`(?m)^\s+\w+\s+(\*?(?:\[\])?|map\[)watchbill\.UserID.*json:"([^",]+)`)
	known := map[string]bool{"id": true, "responders": true} // of a person in a list of users; of a view, which is not stored
	found := 0
	for _, room := range []string{"alert", "catalog", "cover", "episode", "escalation", "handover", "incident", "mute", "notice", "notify",
		"oncall", "postmortem", "schedule", "statuspage", "heartbeat", "route"} {
		files, err := filepath.Glob("../" + room + "/*.go")
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, m := range field.FindAllStringSubmatch(string(text), -1) {
				found++
				in := personFields
				if m[1] == "map[" {
					in = personKeys
				}
				require.True(t, known[m[2]] || in[m[2]], "%s: %s", file, m[0])
			}
		}
	}
	require.Greater(t, found, 50)
}
