package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/sim"
)

// lonely is a scenario of few people and a provider that takes few messages: for hours nobody is behind a policy, nor behind the
// catch-all; who gives an alert up is one of two; a room is told before anybody is; heartbeats come with a later configuration;
// and two services mute each other.
func lonely(seed uint64) sim.Scenario {
	c := org()
	c.Maintenance, c.Heartbeats = nil, nil
	c.Catalog.Services = []catalog.Service{{ID: "night", Policy: "gap"}, {ID: "desk", Policy: "pair"}, {ID: "left", Policy: "pair"}, {ID: "right", Policy: "pair"}}
	c.Inhibitions = []mute.Inhibition{{ID: "right", Source: matchers("service", "left"), Target: matchers("service", "right")},
		{ID: "left", Source: matchers("service", "right"), Target: matchers("service", "left")}}
	c.CatchAll = targets("user:mute")
	c.Policies = []escalation.Policy{
		{ID: "gap", Levels: []escalation.Level{{Targets: targets("schedule:nights")}}},
		{ID: "pair", Levels: []escalation.Level{{Targets: targets("user:ada", "user:ben", "chat:chat")}}},
	}
	later := c
	later.Heartbeats = []heartbeat.Monitor{{ID: "late", Key: string(catalog.DigestOf("late")), Interval: 10 * time.Minute, Service: "desk"}}
	signal := func(key alert.DedupKey, s watchbill.ServiceID) sim.Deed {
		return sim.Signal{Source: "sim", Key: key, Service: s, Summary: "it is wrong", Severity: watchbill.SeverityCritical}
	}
	ada := episode.Command{By: "ada"}
	shift := time.Duration(seed%7) * 10 * time.Second
	return sim.Scenario{
		Seed: seed, Org: c, Start: starts[seed%uint64(len(starts))], For: 3 * time.Hour, Rest: time.Hour, Audit: true,
		Acts: []sim.Act{
			{After: 10*time.Minute + shift, Do: signal("dark", "night")},
			{After: 20 * time.Minute, Do: signal("desk", "desk")},
			{After: 25*time.Minute + shift, Do: sim.Command{Key: "desk", Input: episode.Acknowledge(ada)}},
			{After: 30 * time.Minute, Do: sim.Command{Key: "desk", Input: episode.Decline(ada)}},
			{After: time.Hour, Do: sim.Configure{Org: later}},
			{After: 100*time.Minute + shift, Do: signal("left", "left")},
			{After: 102 * time.Minute, Do: sim.Command{Key: "left", Input: episode.Acknowledge(ada)}},
			{After: 103 * time.Minute, Do: signal("right", "right")},
			{After: 104 * time.Minute, Do: sim.Command{Key: "left", Input: episode.Escalate{By: "ada"}}},
		},
		Others:    sim.Person{Misses: 1},
		Providers: map[notify.Channel]sim.Provider{"": {Takes: sim.Always(time.Second), Limit: 2}},
	}
}

func TestLonely(t *testing.T) {
	for seed := range uint64(8) {
		h, err := sim.Run(lonely(seed))
		require.NoError(t, err)
		opened := map[alert.DedupKey]time.Duration{}
		for _, a := range h.Alerts {
			opened[a.Key] = a.OpenedAt.Sub(h.Start)
			for _, s := range a.Sends {
				require.False(t, s.User == "destination:chat" && !s.NoticedAt.IsZero(), "a room sees nothing")
			}
		}
		require.Equal(t, 80*time.Minute, opened["heartbeat:late"], "it is waited for twice as long as it may take, from when it was configured")
	}
}
