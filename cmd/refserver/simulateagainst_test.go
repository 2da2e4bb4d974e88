package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// golden compares with a file in testdata; -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(got), 0o600))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// under lives the example's scenario on so many processors.
func under(t *testing.T, processors int, flags ...string) string {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	_, out, problems := simulates(flags...)
	require.True(t, problems == "" || problems == "refserver: not every expectation is kept\n", problems)
	return out
}

// TestSimulateAgainst: what another configuration would have made of the same is set beside it, whatever the processors.
func TestSimulateAgainst(t *testing.T) {
	other := shop + "against/watchbill.yaml"
	chart := filepath.Join(t.TempDir(), "chart.svg")
	table := under(t, 1, "-against", other, "-runs", "10", "-chart", chart)
	golden(t, "simulate-against.txt", table)
	require.Equal(t, table, under(t, 8, "-against", other, "-runs", "10"))
	first, err := os.ReadFile(chart)
	require.NoError(t, err)
	require.NoError(t, xml.Unmarshal(first, new(struct{})))
	text := under(t, 8, "-against", other, "-runs", "10", "-chart", chart, "-json")
	again, err := os.ReadFile(chart)
	require.NoError(t, err)
	require.Equal(t, string(first), string(again))
	var got struct {
		Runs    int
		This    string
		Figures []struct {
			Name       string
			This       struct{ P5, Median, P95 *float64 }
			ThisBetter int `json:"this_better"`
		}
		People  []json.RawMessage
		Meaning string
	}
	require.NoError(t, json.Unmarshal([]byte(text), &got))
	require.Equal(t, 10, got.Runs)
	require.Equal(t, "watchbill.yaml", got.This)
	require.Len(t, got.People, 20)
	require.Contains(t, table, got.Meaning)
	require.Contains(t, text, `"not_kept_under": []`)
}

// TestSimulateRunsInParallel: the runs are those of one at a time.
func TestSimulateRunsInParallel(t *testing.T) {
	many := under(t, 8, "-runs", "5")
	require.Equal(t, many, under(t, 1, "-runs", "5"))
	var one struct {
		Summary struct {
			Alerts int `json:"alerts"`
		} `json:"summary"`
	}
	sum := 0
	for _, seed := range []string{"1", "2", "3", "4", "5"} {
		require.NoError(t, json.Unmarshal([]byte(under(t, 1, "-seed", seed, "-json")), &one))
		sum += one.Summary.Alerts
	}
	all := one
	require.NoError(t, json.Unmarshal([]byte(under(t, 8, "-runs", "5", "-json")), &all))
	require.Equal(t, sum, all.Summary.Alerts)
}

// TestSimulateYear: docs/comparing.md has what one run of the example's year says.
func TestSimulateYear(t *testing.T) {
	code, out, problems := says("simulate", "-config", shop+"watchbill.yaml", "-scenario", shop+"year-scenario.yaml", "-against", shop+"against/watchbill.yaml")
	require.Zero(t, code, problems)
	const page = "../../docs/comparing.md"
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), "```\n1 run, ")
	_, after, ended := strings.Cut(rest, "```\n")
	require.True(t, found && ended)
	want := before + "```\n" + out + "```\n" + after
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
	} else {
		require.Equal(t, want, string(text))
	}
}

func TestSimulateAgainstWhatCannotBeRead(t *testing.T) {
	code, _, problems := simulates("-against", "nothing.yaml")
	require.Equal(t, 2, code)
	require.Contains(t, problems, "nothing.yaml")
	other := filepath.Join(t.TempDir(), "other.yaml") // that has nobody and no service of the scenario
	require.NoError(t, os.WriteFile(other, []byte("users: [{id: zoe}]\n"), 0o600))
	code, _, problems = simulates("-against", other)
	require.Equal(t, 2, code)
	require.Contains(t, problems, "refserver: -against "+other+": scenario: ", "of which of the two it is said")
	code, _, problems = simulates("-runs", "2", "-chart", filepath.Join(t.TempDir(), "no", "chart.svg"))
	require.Equal(t, 2, code)
	require.Contains(t, problems, "-chart: ")
}

// TestSimulateSaysWhatIsExpected: a bound that is not given is not named.
func TestSimulateSaysWhatIsExpected(t *testing.T) {
	code, out, problems := scenarioOf(t, "start: 2026-03-02T09:00\nfor: 1h\nexpect: [{not_paged: {user: ben, to: 5m}}]\n"+
		"events: [{at: 10m, signal: {source: prom, key: slow, severity: critical}}]\n")
	require.Zero(t, code, problems)
	require.Contains(t, out, "  kept      ben is not paged to 5m\n")
}
