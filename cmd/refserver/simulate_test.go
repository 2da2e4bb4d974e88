package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const shop = "../../examples/simulate/"

// simulates runs the scenario of the example with further flags.
func simulates(flags ...string) (code int, out, problems string) {
	return says(append([]string{"simulate", "-config", shop + "watchbill.yaml", "--scenario", shop + "scenario.yaml"}, flags...)...)
}

// scenarioOf writes a scenario beside nothing, and lives it with the example's configuration.
func scenarioOf(t *testing.T, text string, flags ...string) (code int, out, problems string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "scenario.yaml")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	code, out, problems = says(append([]string{"simulate", "-config", shop + "watchbill.yaml", "-scenario", name}, flags...)...)
	return code, out, strings.ReplaceAll(problems, name, "scenario.yaml")
}

func TestSimulateSameSeedSameBytes(t *testing.T) {
	for _, format := range []string{"-json=false", "-json"} {
		code, first, problems := simulates("-seed", "7", format)
		require.Zero(t, code, problems)
		_, again, _ := simulates("-seed", "7", format)
		require.Equal(t, first, again)
		_, other, _ := simulates("-seed", "8", format)
		require.NotEqual(t, first, other)
	}
	_, unsaid, _ := simulates()
	_, one, _ := simulates("-seed", "1")
	require.Equal(t, one, unsaid, "1 is the seed that nobody named")
}

func TestSimulateJSON(t *testing.T) {
	code, out, problems := simulates("-json")
	require.Zero(t, code, problems)
	var got struct {
		Seed         uint64
		Start, End   string
		Alerts, Log  []json.RawMessage
		Expectations []struct {
			Name     string
			Kept     bool
			Breaches []json.RawMessage
		}
		Summary struct{ Alerts int }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	require.Equal(t, uint64(1), got.Seed)
	require.NotEmpty(t, got.Start)
	require.NotEmpty(t, got.Log)
	require.Len(t, got.Alerts, got.Summary.Alerts)
	require.Len(t, got.Expectations, 6)
	require.Contains(t, out, `"breaches": []`)
}

const tooStrict = `
start: 2026-03-02T09:00
for: 1h
people: {ada: {answers: 3m}}
events: [{at: 10m, signal: {source: prom, key: slow, severity: critical}}]
expect: [{acknowledged_within: 2m}, {paged: {key: slow, user: ada}}]
`

func TestSimulateExitsWithOneIfNotKept(t *testing.T) {
	code, out, problems := scenarioOf(t, tooStrict)
	require.Equal(t, 1, code)
	require.Equal(t, "refserver: not every expectation is kept\n", problems)
	require.Contains(t, out, "NOT KEPT  every alert is acknowledged within 2m0s\n            - Mon 2026-03-02 09:12 CET  slow#1 acknowledged after 3m0s\n")
	require.Contains(t, out, "  kept      ada is paged for slow\n")

	code, out, _ = scenarioOf(t, tooStrict, "-runs", "3")
	require.Equal(t, 1, code)
	require.Contains(t, out, "kept in 0 of 3  every alert is acknowledged within 2m0s\n    not under seed 1: ")
	require.Contains(t, out, "kept in 3 of 3  ada is paged for slow\n")
	require.Contains(t, out, "\nunder seed 1 this does not hold: every alert is acknowledged within 2m0s\n")
	require.Contains(t, out, "(1 of 1 acts")
	require.Contains(t, out, "\nTo see the whole history: -seed 1 without -runs\n")
}

func TestSimulateOfWhatCannotBeRead(t *testing.T) {
	code, _, problems := scenarioOf(t, strings.Replace(tooStrict, "ada: {answers", "eda: {answers", 1))
	require.Equal(t, 2, code)
	require.Equal(t, "refserver: scenario: scenario.yaml:4: people.eda: the configuration has no user \"eda\"; did you mean \"ada\"?\n", problems)

	code, _, problems = says("simulate", "-config", shop+"watchbill.yaml")
	require.Equal(t, 2, code)
	require.Contains(t, problems, "-scenario is missing")
	code, _, problems = simulates("-runs", "0")
	require.Equal(t, 2, code)
	require.Contains(t, problems, "-runs: 0")
}

// TestSimulateTooMuch: what no machine can do is refused before it is tried.
func TestSimulateTooMuch(t *testing.T) {
	for _, c := range []struct{ seed, runs, want string }{
		{"1", "1000001", "-runs: 1000001 is not a number from 1 to 1000000"},
		{"1", "9223372036854775807", "-runs: 9223372036854775807 is not a number from 1 to 1000000"},
		{"18446744073709551615", "2", "-runs: there are not that many seeds from 18446744073709551615 on"},
	} {
		code, _, problems := simulates("-seed", c.seed, "-runs", c.runs)
		require.Equal(t, 2, code)
		require.Equal(t, "refserver: "+c.want+"\n", problems)
	}
}
