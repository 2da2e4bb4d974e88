package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/sim"
)

// Heartbeats beat when they are due, and are missed when they do not.
func TestPings(t *testing.T) {
	s := sim.Scenario{Org: org(), Start: time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC), For: 48 * time.Hour, Audit: true}
	s.Org.Heartbeats = []heartbeat.Monitor{
		{ID: "beat", Key: s.Org.Heartbeats[0].Key, Interval: 10 * time.Minute, Grace: 2 * time.Minute, Service: "shop"},
		{ID: "nightly", Key: s.Org.Heartbeats[0].Key[1:] + "0", Cron: "0 3 * * *", Grace: 10 * time.Minute, Service: "shop"},
	}
	opened := func(pings map[string][]sim.Span) (all []alert.DedupKey, at []time.Duration) {
		s.Pings = pings
		h, err := sim.Run(s)
		require.NoError(t, err)
		for _, a := range h.Alerts {
			all, at = append(all, a.Key), append(at, a.OpenedAt.Sub(s.Start))
		}
		return all, at
	}
	keys, _ := opened(map[string][]sim.Span{"beat": nil, "nightly": nil})
	require.Empty(t, keys)

	keys, at := opened(map[string][]sim.Span{"beat": {{From: 5 * time.Hour, To: 6 * time.Hour}}, "nightly": {{From: 24 * time.Hour, To: 25 * time.Hour}}})
	require.Equal(t, []alert.DedupKey{"heartbeat:beat", "heartbeat:nightly"}, keys)
	require.Equal(t, []time.Duration{5*time.Hour + 2*time.Minute, 24*time.Hour + 40*time.Minute}, at)

	keys, _ = opened(map[string][]sim.Span{"nightly": nil})
	require.Equal(t, []alert.DedupKey{"heartbeat:beat"}, keys, "what nobody sends does not come")
}

// Hours in which nothing is due are no hours without engines: what goes by silence of a source goes as it does for a server.
func TestQuietHoursAreNoAbsence(t *testing.T) {
	s := sim.Scenario{Org: org(), Start: time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC), For: 24 * time.Hour, Audit: true, // shop: 1 h
		Acts: []sim.Act{{After: time.Hour, Do: sim.Signal(alert.Signal{Source: "manual", Service: "shop", Key: "disk"})}}}
	s.Org.Heartbeats = nil
	h, err := sim.Run(s)
	require.NoError(t, err)
	require.Equal(t, s.Start.Add(2*time.Hour), h.Alerts[0].ResolvedAt)

	s.Acts = append(s.Acts, sim.Act{After: 90 * time.Minute, Do: sim.Crash{For: 10 * time.Minute}})
	h, err = sim.Run(s)
	require.NoError(t, err)
	require.Equal(t, s.Start.Add(160*time.Minute), h.Alerts[0].ResolvedAt, "while nobody was there, no signal could be heard: it has its hour anew")
}
