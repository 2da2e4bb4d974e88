package intake_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/intake"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/rules/expr"
)

// mapper compiles a mapping.
func mapper(t testing.TB, h route.Handling) *route.Mapper {
	t.Helper()
	plan, err := route.Compile(h, expr.Compile)
	require.NoError(t, err)
	return plan.Mapper()
}

// contentTypes by what the files of testdata/ready are called.
func contentTypes() map[string]string {
	return map[string]string{".json": "application/json", ".xml": "text/xml", ".form": "application/x-www-form-urlencoded"}
}

// foreign reads a file as a request with it is read.
func foreign(t *testing.T, file string) any {
	body, err := os.ReadFile(file)
	require.NoError(t, err)
	v, problem := intake.Foreign(contentTypes()[filepath.Ext(file)], body)
	require.Nil(t, problem)
	return v
}

// Bodies as each tool sends them are in testdata/ready/NAME; what the template of that name makes of them lies beside them.
func TestReadyTemplates(t *testing.T) {
	for name := range route.Ready() {
		files, err := filepath.Glob("testdata/ready/" + name + "/*.*")
		require.NoError(t, err)
		m := mapper(t, route.Handling{Ready: name})
		actions := map[alert.Action]bool{}
		for _, file := range files {
			if filepath.Ext(file) == ".golden" {
				continue
			}
			r := intake.Mapped("src", foreign(t, file), m)
			require.Empty(t, r.Problems, file)
			require.Len(t, r.Signals, 1, file)
			actions[r.Signals[0].Action] = true
			checkBounds(t, r.Signals[0])
			golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".golden"
			got := render(t, r)
			if *update {
				require.NoError(t, os.WriteFile(golden, got, 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got), file)
		}
		assert.True(t, actions[alert.Trigger] && actions[alert.Resolve], "%s: a sample of a trigger and of a resolve", name)
	}
}

// TestReadyTemplatesFindWhatTheyOpened: a resolve and an acknowledgement have the key of the trigger.
func TestReadyTemplatesFindWhatTheyOpened(t *testing.T) {
	for name, pairs := range map[string][]string{
		"nable": {"failed.xml", "normal.xml"}, "connectwise": {"added.json", "closed.json", "deleted.json"},
		"prtg": {"down.form", "up.form", "worse.form", "acknowledged.form"}, "zabbix": {"problem.json", "recovery.json", "acknowledged.json"},
		"pingdom": {"down.json", "up.json"}, "datadog": {"triggered.json", "recovered.json"}, "site24x7": {"down.json", "up.json"},
		"uptimekuma": {"down.json", "up.json"},
	} {
		m := mapper(t, route.Handling{Ready: name})
		var keys []alert.DedupKey
		for _, file := range pairs {
			r := intake.Mapped("src", foreign(t, "testdata/ready/"+name+"/"+file), m)
			keys = append(keys, r.Signals[0].Key)
		}
		require.NotEmpty(t, keys[0], name)
		for _, key := range keys {
			assert.Equal(t, keys[0], key, name)
		}
	}
}

// TestReadyTemplatesSayHowTheyAreUsed: docs/sources.md has a part about each, with the body to enter.
func TestReadyTemplatesSayHowTheyAreUsed(t *testing.T) {
	text, err := os.ReadFile("../docs/sources.md")
	require.NoError(t, err)
	for name, template := range route.Ready() {
		assert.Contains(t, string(text), "\n## "+template.Title+"\n", name)
		assert.Contains(t, string(text), "ready: "+name, name)
		assert.Contains(t, string(text), template.Manual, name)
		assert.Contains(t, string(text), template.Paste, name)
	}
}
