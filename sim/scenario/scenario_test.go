package scenario_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/scenario"
)

var update = flag.Bool("update", false, "write the golden files anew")

func reader(t testing.TB) scenario.Reader {
	t.Helper()
	c, warnings, err := config.Load("testdata/watchbill.yaml")
	require.NoError(t, err)
	require.Empty(t, warnings)
	return scenario.Reader{Config: c}
}

func full(t testing.TB) *scenario.File {
	t.Helper()
	f, err := reader(t).Load("testdata/full.scenario.yaml")
	require.NoError(t, err)
	return f
}

func TestEverythingThatAScenarioCanHave(t *testing.T) {
	f := full(t)
	s := f.Scenario
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	require.Equal(t, berlin.String(), f.Zone.String())
	require.True(t, s.Start.Equal(time.Date(2026, 3, 2, 8, 0, 0, 0, berlin)), "a time without an offset is in the configuration's zone")
	require.Equal(t, []any{48 * time.Hour, 12 * time.Hour, uint64(7), 2}, []any{s.For, s.Rest, s.Seed, s.Engines})

	ada, ben, cem := s.People["ada"], s.People["ben"], s.People["cem"]
	require.Equal(t, sim.Between(time.Minute, 5*time.Minute), ada.Answers)
	require.Equal(t, []float64{0.1, 0.05, 0.02, 0.02}, []float64{ada.Misses, ada.Declines, ada.Mistakes, ada.Ignores})
	require.Equal(t, "Asia/Tokyo", ada.Asleep.Zone.String())
	require.Equal(t, map[string]float64{"voice": 0.95, "": 0.2}, map[string]float64{"voice": ada.Asleep.Wakes["voice"], "": ada.Asleep.Wakes[""]})
	require.Zero(t, ada.Asleep.Slower, "who sleeps otherwise sleeps otherwise in everything")
	require.Equal(t, []sim.Span{{From: 2 * time.Hour, To: 140 * time.Minute}}, ada.Tunnel)
	require.Equal(t, []sim.Span{{From: 25 * time.Hour, To: 40 * time.Hour}}, ada.Away)
	require.Equal(t, sim.Always(90*time.Second), ben.Answers)
	require.Equal(t, 0.1, ben.Misses, "what somebody's entry does not say is as of everybody")
	require.Equal(t, "Europe/Berlin", ben.Asleep.Zone.String(), "the person's zone is the configuration's")
	require.Equal(t, sim.Delay{Median: 2 * time.Minute, P90: 8 * time.Minute}, cem.Answers)
	require.Equal(t, 3*time.Minute, cem.Asleep.Slower)
	require.Equal(t, cem.Answers, s.Others.Answers)

	require.Equal(t, sim.Provider{Takes: sim.Always(100 * time.Millisecond), Loses: 0.01}, s.Providers[""])
	require.Equal(t, sim.Provider{Takes: sim.Between(200*time.Millisecond, 2*time.Second), Delivers: sim.Always(5 * time.Second), Fails: 0.05,
		Refuses: 0.01, Loses: 0.01, Silent: 0.01, Lies: 0.01, Repeats: 0.01, Limit: 30, Down: []sim.Span{{From: time.Hour, To: 80 * time.Minute}}},
		s.Providers["voice"])
	require.Equal(t, sim.Faults{Crash: 20 * time.Hour, Pause: 20 * time.Hour, Store: 10 * time.Hour, Clock: 48 * time.Hour, Meddle: 8 * time.Hour,
		Latency: sim.Between(time.Millisecond, 40*time.Millisecond)}, s.Faults)
}

func TestSourcesAndEvents(t *testing.T) {
	s := full(t).Scenario
	slow := alert.Signal{Source: "prom", Key: "slow", Summary: "Checkout is slow", Severity: watchbill.SeverityCritical,
		Labels: []alert.Label{{Name: "cluster", Value: "b"}, {Name: "region", Value: "eu"}}}
	require.Equal(t, sim.Troubles{Like: slow, Every: 6 * time.Hour, Lasts: sim.Between(10*time.Minute, 2*time.Hour), Keys: 5}, s.Sources[0])
	db := alert.Signal{Source: "manual", Service: "search", Key: "db", Summary: "db", Severity: watchbill.SeverityWarning}
	require.Equal(t, sim.Burst{Like: db, At: 25 * time.Hour, Count: 40, Over: 30 * time.Second, Lasts: sim.Always(20 * time.Minute)}, s.Sources[1])
	require.Equal(t, []sim.Span{{From: 3 * time.Hour, To: 190 * time.Minute}}, s.Sources[2].(sim.Flapping).Phases)
	require.Len(t, s.Sources[3], 2)

	by := episode.Command{By: "ada"}
	require.Equal(t, sim.Act{After: 10 * time.Minute, Do: sim.Signal{Source: "prom", Key: "disk", Summary: "Disk is full", Severity: watchbill.SeverityCritical}}, s.Acts[0])
	require.Equal(t, sim.Act{After: 12 * time.Minute, Do: sim.Command{Key: "disk", Input: episode.Acknowledge{By: "ben"}}}, s.Acts[1])
	snooze := s.Acts[2].Do.(sim.Command).Input.(episode.Snooze)
	require.Equal(t, by, snooze.Command)
	require.True(t, snooze.Until.Equal(s.Start.Add(43*time.Minute)))
	require.Equal(t, sim.Command{Key: "disk", Input: episode.Summon{Command: by, User: "cem"}}, s.Acts[6].Do)
	require.Equal(t, sim.Act{After: 70 * time.Minute, Do: sim.Command{Key: "disk", Input: episode.Resolve(by)}}, s.Acts[8])
	require.Equal(t, alert.Resolve, s.Acts[9].Do.(sim.Signal).Action)
	require.Equal(t, sim.Crash{Engine: 1, For: time.Minute}, s.Acts[10].Do)
	require.Equal(t, sim.Pause{For: time.Minute}, s.Acts[11].Do)
	require.Equal(t, sim.ClockJump{By: -time.Hour}, s.Acts[12].Do)
	require.Equal(t, sim.StoreFault{Steps: 1, Conflict: true}, s.Acts[14].Do)

	require.Len(t, s.Org.Heartbeats, 1, "those that are not named are not watched")
	require.Equal(t, map[string][]sim.Span{"backup": {{From: 20 * time.Hour, To: 21 * time.Hour}}}, s.Pings)
}

// The scenario of everything is lived, and what is expected of it can be told.
func TestEverythingIsLived(t *testing.T) {
	f := full(t)
	f.Scenario.Audit = true
	h, err := sim.Run(f.Scenario)
	require.NoError(t, err)
	require.Greater(t, len(h.Alerts), 40)
	own := []string{
		"ada is paged for heartbeat:backup within 30m0s",
		"cem is not paged for disk from 3h to 1d",
		"disk is acknowledged within 10m0s",
		"disk is resolved within 2h0m0s",
	}
	require.Len(t, f.Expect, 9)
	for i, e := range f.Expect {
		require.Empty(t, e.Check(h), e.Name)
		if i >= 5 {
			require.Equal(t, own[i-5], e.Name)
		}
	}
}

// Every message for everything that can be wrong, at once and in the order of the file.
func TestBadFiles(t *testing.T) {
	for _, name := range []string{"bad", "late"} {
		f, err := reader(t).Load("testdata/" + name + ".scenario.yaml")
		require.Error(t, err)
		require.Nil(t, f)
		golden := "testdata/" + name + ".golden"
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(err.Error()+"\n"), 0o644))
		}
		want, readErr := os.ReadFile(golden)
		require.NoError(t, readErr)
		require.Equal(t, string(want), err.Error()+"\n")
		var first *scenario.Error
		require.True(t, errors.As(err, &first))
		require.Positive(t, first.Line)
	}
}

// A misspelt key holds nothing: also of an expectation that something does not happen.
func TestKeysThatNoSignalHas(t *testing.T) {
	f, err := reader(t).Parse("mine.yaml", []byte(`start: 2026-03-02T09:00
for: 2h
events:
  - {at: 5m, signal: {source: prom, key: disk, summary: Disk is full, severity: critical}}
heartbeats: {backup: {}}
expect:
  - not_paged: {key: dsik, user: ben}
  - paged: {key: dsik, user: ada}
  - not_paged: {key: disk, user: ben, to: 1m}
  - not_paged: {key: "heartbeat:backup", user: cem, to: 1m}
`))
	require.NoError(t, err)
	h, err := sim.Run(f.Scenario)
	require.NoError(t, err)
	for i, e := range f.Expect {
		if broken := e.Check(h); i < 2 {
			require.Len(t, broken, 1, e.Name)
			require.Equal(t, "there is no alert of the key dsik; there is disk", broken[0].Text)
		} else {
			require.Empty(t, broken, e.Name)
		}
	}
}

func TestFilesThatAreNone(t *testing.T) {
	for text, message := range map[string]string{
		"":                    "scenario: s.yaml: is empty; it needs start, such as 2026-03-02T08:00, and for, such as 24h",
		"[1]":                 "scenario: s.yaml:1: must begin with a field such as start:, got a list",
		"start: 1\n---\na: 1": "scenario: s.yaml:2: a second document begins here; put it into a file of its own",
		"start: [":            "scenario: s.yaml:1: is not YAML: did not find expected node content in what begins here",
	} {
		_, err := reader(t).Parse("s.yaml", []byte(text))
		require.EqualError(t, err, message)
	}
	_, err := reader(t).Load(filepath.Join("testdata", "nothing.yaml"))
	require.EqualError(t, err, "scenario: testdata/nothing.yaml: cannot be read: no such file or directory")
}
