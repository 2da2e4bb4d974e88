package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const checked = "testdata/check.yaml"

// edited writes the sample with some text replaced.
func edited(t *testing.T, replace ...string) string {
	t.Helper()
	text, err := os.ReadFile(checked)
	require.NoError(t, err)
	name := filepath.Join(t.TempDir(), "watchbill.yaml")
	changed := strings.NewReplacer(replace...).Replace(string(text))
	require.NotEqual(t, string(text), changed)
	require.NoError(t, os.WriteFile(name, []byte(changed), 0o600))
	return name
}

func TestCheckJSON(t *testing.T) {
	code, out, problems := says("check", "--config", checked, "-from", "2026-01-05T09:00+01:00", "-horizon", "87600h", "-json")
	require.Zero(t, code, problems)
	var got struct {
		Findings []struct{ Rule, Severity, Subject, From, To, Message string }
		Proved   []string
		Worst    []struct {
			Policy  string
			First   string `json:"to_first_page"`
			Voice   string `json:"to_voice"`
			Every   string `json:"to_every_level"`
			At      string
			VoiceAt string `json:"voice_at"`
			Path    []string
		} `json:"worst_case"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	for _, f := range got.Findings {
		assert.NotEqual(t, "error", f.Severity)
		assert.NotEqual(t, "coverage-gap", f.Rule)
	}
	require.Len(t, got.Worst, 1)
	assert.Equal(t, []string{"web", "0s", "unbounded", "8m0s"}, []string{got.Worst[0].Policy, got.Worst[0].First, got.Worst[0].Voice, got.Worst[0].Every})
	assert.Equal(t, "2026-01-05T09:00:00+01:00", got.Worst[0].At)
	assert.Contains(t, got.Worst[0].Path, "+3m0s level 2 pages ben (named)")
	require.Len(t, got.Proved, 2)
	assert.Contains(t, got.Proved[0], "schedule primary has somebody on call at every instant")
}

func TestCheckFailsWhereNobodyIsReached(t *testing.T) {
	file := edited(t, `catch_all: "user:ada"`, "", `      - {targets: ["user:ben"]}`+"\n", "", `      - {targets: ["team:platform"]}`+"\n", "",
		"        users: [ada, ben, cem]\n", "        users: [ada, ~, ~]\n")
	code, out, _ := says("check", "-config", file, "-from", "2026-01-05T09:00+01:00", "-horizon", "500h")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "ERROR")
	assert.Contains(t, out, "a critical alert for web (checkout) reaches nobody for")
	assert.Contains(t, out, "put somebody in place of ~ in layers[0] (week) of schedule primary")
	for _, wrong := range []string{"0s", "-1d", "5y", "60000d"} {
		code, _, problems := says("check", "-config", file, "-horizon", wrong)
		assert.Equal(t, 2, code)
		assert.Contains(t, problems, "-horizon")
		assert.NotContains(t, problems, "Usage")
	}
	code, _, _ = says("check", "-config", "testdata/nothing.yaml")
	assert.Equal(t, 2, code)
}

// TestCheckKnowsWhichChannelsAreSetUp: nobody is paged over sms, nor over email without channels.smtp.
func TestCheckKnowsWhichChannelsAreSetUp(t *testing.T) {
	args := []string{"check", "-from", "2026-01-05T09:00+01:00", "-horizon", "30d", "-config"}
	code, _, _ := says(append(args, checked)...)
	assert.Zero(t, code)
	for _, file := range []string{
		edited(t, "channel: email, address: ada@example.com", `channel: sms, address: "+4915112345"`,
			"channel: email, address: ben@example.com", `channel: sms, address: "+4915112346"`,
			"channel: email, address: cem@example.com", `channel: sms, address: "+4915112347"`,
			`channel: webhook, address: "http://127.0.0.1:9/ada"`, `channel: sms, address: "+4915112348"`),
		edited(t, `  smtp: {addr: "127.0.0.1:25", from: "oncall@example.com"}`+"\n", "", `channel: webhook, address: "http://127.0.0.1:9/ada"`, "channel: email, address: ada@example.com"),
	} {
		code, out, _ := says(append(args, file)...)
		assert.Equal(t, 1, code, out)
		assert.Contains(t, out, "ERROR (1)\n  policy-gap  policy:web (1)")
		assert.Contains(t, out, "not set up on this server")
		assert.NotContains(t, out, "Add a contact by voice")
		assert.Contains(t, out, "first page unbounded, voice or sms unbounded")
	}
}

// TestTheNumbersAddUp: what the lines of a severity count is what its headline says.
func TestTheNumbersAddUp(t *testing.T) {
	file := edited(t, "        users: [ada, ben, cem]\n", "        users: [ada, ben, cem]\n"+
		`        coverage: [{days: [mon, tue, wed, thu, fri], from: "09:00", to: "15:00"}]`+"\n")
	_, out, _ := says("check", "-config", file, "-from", "2026-01-05T09:00+01:00")
	headline, sum, lines := 0, 0, 0
	for line := range strings.Lines(out) {
		n := 0
		switch {
		case strings.HasPrefix(line, "WARNING ("):
			_, err := fmt.Sscanf(line, "WARNING (%d)", &headline)
			require.NoError(t, err)
		case strings.HasPrefix(line, "INFO"), strings.HasPrefix(line, "proved"):
			require.Positive(t, headline)
			assert.Equal(t, headline, sum)
			assert.Greater(t, headline, 1000)
			assert.Less(t, lines, 20)
			assert.Contains(t, out, " times, first ")
			assert.NotContains(t, out, "0m0s")
			return
		case strings.HasPrefix(line, "    "):
			lines++
		case strings.HasPrefix(line, "  "):
			_, err := fmt.Sscanf(line[strings.LastIndex(line, "("):], "(%d)", &n)
			require.NoError(t, err, line)
			sum += n
		}
	}
	t.Fatal(out)
}

func TestDiff(t *testing.T) {
	code, out, problems := says("diff", checked, checked, "-from", "2026-01-05T09:00")
	require.Zero(t, code, problems)
	assert.Contains(t, out, "proved")
	file := edited(t, "user: ben, replaces: ada}", "user: cem, replaces: ada}", "timeout: 5m, ", "")
	code, out, _ = says("diff", "-from", "2026-01-05T09:00", checked, "-horizon", "2160h", file)
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "ben gains 0s, loses 16h")
	assert.Contains(t, out, "cem gains 16h, loses 0s")
	assert.Contains(t, out, "- primary: Tue 2026-01-27 09:00 to Tue 2026-01-27 15:00 CET")
	code, _, problems = says("diff", checked)
	assert.Equal(t, 2, code)
	assert.Contains(t, problems, "OLD NEW")
}

// TestDiffOfSavedShifts takes an edited file for an old time zone database: the hand-off is an hour later there.
func TestDiffOfSavedShifts(t *testing.T) {
	shifts := []string{"shifts", "-json", "-schedule", "primary", "-from", "2026-01-12T00:00", "-to", "2026-01-26T00:00", "-config"}
	save := func(file string) string {
		code, out, problems := says(append(shifts, file)...)
		require.Zero(t, code, problems)
		name := filepath.Join(t.TempDir(), "saved.json")
		require.NoError(t, os.WriteFile(name, []byte(out), 0o600))
		return name
	}
	code, out, problems := says("diff", "-shifts", save(checked), "-schedule", "primary", checked)
	require.Zero(t, code, problems)
	assert.Contains(t, out, "no shift has moved")
	moved := edited(t, "America/New_York", "America/Chicago")
	code, out, _ = says("diff", "-shifts", save(moved), "-schedule", "primary", checked)
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "cem: was Mon 2026-01-12 16:00 to Tue 2026-01-13 00:00 CET, is Mon 2026-01-12 15:00 to Mon 2026-01-12 23:00 CET")
	code, _, _ = says("diff", "-shifts", checked, "-schedule", "primary", checked)
	assert.Equal(t, 2, code)
}
