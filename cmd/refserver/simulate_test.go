package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
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
		{"1", "100001", "-runs: 100001 is not a number from 1 to 100000"},
		{"1", "9223372036854775807", "-runs: 9223372036854775807 is not a number from 1 to 100000"},
		{"18446744073709551615", "2", "-runs: there are not that many seeds from 18446744073709551615 on"},
	} {
		code, _, problems := simulates("-seed", c.seed, "-runs", c.runs)
		require.Equal(t, 2, code)
		require.Equal(t, "refserver: "+c.want+"\n", problems)
	}
}

// TestSimulateNothingTried: of no alert everything is true, which is no reason to say yes.
func TestSimulateNothingTried(t *testing.T) {
	const nothing = "start: 2026-03-02T09:00\nfor: 1h\nexpect: [{acknowledged_within: 2m}]\n"
	for _, flags := range [][]string{{}, {"-json"}, {"-quiet"}, {"-runs", "3"}, {"-runs", "2", "-against", shop + "watchbill.yaml"}} {
		code, out, problems := scenarioOf(t, nothing, flags...)
		require.Equal(t, 1, code, flags)
		require.NotContains(t, out, "  kept      ")
		require.Equal(t, strings.Count(out, "kept in "), strings.Count(out, "(no alert in "))
		require.NotContains(t, out, `"tried": true`)
		require.Equal(t, "refserver: no alert came up, so nothing was tried: name events or sources in the scenario that open one\n", problems)
	}
	code, _, problems := scenarioOf(t, strings.Replace(nothing, "expect: [{acknowledged_within: 2m}]\n", "", 1))
	require.Zero(t, code, "a look at what a quiet hour is expects nothing: %s", problems)
}

// TestSimulateWhatIsNotSetUp: what the server cannot send over reaches nobody here either.
func TestSimulateWhatIsNotSetUp(t *testing.T) {
	data, err := os.ReadFile(shop + "watchbill.yaml")
	require.NoError(t, err)
	conf := write(t, "watchbill.yaml", regexp.MustCompile("(?m)^  (ntfy|twilio): .*\n").ReplaceAllString(string(data), ""))
	text := strings.Replace(tooStrict, "expect: [{acknowledged_within: 2m}, {paged: {key: slow, user: ada}}]", "expect: [{reaches_a_person_within: 30m}]", 1)
	file := write(t, "scenario.yaml", text)
	code, out, problems := says("simulate", "-config", conf, "-scenario", file)
	require.Equal(t, 1, code, out)
	require.Contains(t, problems, "warning: ntfy is not set up, so that nothing gets through over it here either, unless the scenario's providers have it\n")
	file = write(t, "scenario.yaml", text+"providers: {voice: {takes: 1s}}\n")
	code, out, problems = says("simulate", "-config", conf, "-scenario", file)
	require.Zero(t, code, out)
	require.NotContains(t, problems, "warning: voice")
}

func TestSimulateNothingUrgent(t *testing.T) {
	code, _, problems := scenarioOf(t, strings.Replace(tooStrict, "critical", "warning", 1))
	require.Equal(t, 0, code)
	require.Contains(t, problems, "warning: no alert demanded anybody")
}

func TestSimulateQuiet(t *testing.T) {
	for _, runs := range []string{"1", "2"} {
		code, out, problems := simulates("-quiet", "-runs", runs)
		require.Zero(t, code, problems)
		require.Empty(t, out)

		code, out, _ = scenarioOf(t, tooStrict, "-quiet", "-runs", runs)
		require.Equal(t, 1, code)
		require.Contains(t, out, "from Mon 2026-03-02 09:00 CET for 1h\n\nexpectations\n", "what it takes to see it again")
		require.Contains(t, out, "every alert is acknowledged within 2m0s")
		require.NotContains(t, out, "ada is paged for slow")
	}
	code, out, _ := scenarioOf(t, tooStrict, "-quiet", "-against", shop+"watchbill.yaml")
	require.Equal(t, 1, code)
	require.Equal(t, "1 run, seed 1, from Mon 2026-03-02 09:00 CET for 1h\n\nkept in 0 of 1, with the other in 0  every alert is acknowledged within 2m0s\n"+
		"    not under seed 1: Mon 2026-03-02 09:12 CET  slow#1 acknowledged after 3m0s\n", out)
	code, _, problems := simulates("-quiet", "-json")
	require.Equal(t, 2, code)
	require.Equal(t, "refserver: -quiet and -json exclude each other; name one\n", problems)
}

// TestSimulateInterrupted: who has had enough of a hundred years does not wait for their end.
func TestSimulateInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	for _, runs := range []string{"1", "20000"} { // of which none begins any more
		var out, problems strings.Builder
		code := run(ctx, []string{"simulate", "-config", shop + "watchbill.yaml", "-scenario", shop + "year-scenario.yaml", "-runs", runs}, &out, &problems)
		require.Equal(t, 1, code)
		require.Equal(t, "refserver: interrupted\n", problems.String())
		require.Empty(t, out.String())
	}
}
