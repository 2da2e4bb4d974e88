package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/postgres"
)

// crowded is a configuration in which alerts have much in common: groups, an inhibition, a round robin, incidents.
func crowded(t *testing.T) oncall.Config {
	user := func(id watchbill.UserID) catalog.User {
		return catalog.User{ID: id, Contacts: []notify.Contact{{ID: "hook", Channel: "test", Address: "http://" + string(id) + "/"}}}
	}
	matcher := func(name, value string) mute.Matchers {
		m, err := mute.NewMatcher(name, mute.Equal, value)
		require.NoError(t, err)
		return mute.Matchers{m}
	}
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users:    []catalog.User{user("ada"), user("ben"), user("cem")},
			Teams:    []catalog.Team{{ID: "all", Members: []watchbill.UserID{"ada", "ben", "cem"}}},
			Services: []catalog.Service{{ID: "shop", Policy: "turns"}},
			Sources: []catalog.Source{{ID: "prom", Type: "generic", Service: "shop", Key: catalog.DigestOf("k"),
				Handling: route.Handling{Group: &route.Group{By: []string{"cluster"}, Window: time.Hour}}}},
			Incidents: catalog.IncidentRules{AutoResolve: true, Declare: []watchbill.Severity{watchbill.SeverityCritical}},
		},
		Policies: []escalation.Policy{{ID: "turns", Levels: []escalation.Level{
			{Targets: []escalation.Target{escalation.Team("all")}, Mode: escalation.RoundRobin, Repeat: escalation.Repeat{Attempts: 1}}}}},
		Inhibitions: []mute.Inhibition{{ID: "zone", Source: matcher("kind", "power"), Target: matcher("kind", "disk"), Equal: []string{"cluster"}}},
		CatchAll:    []escalation.Target{escalation.User("cem")},
	}
}

// TestReplicasShareWhatAlertsHaveInCommon lets three engines take in, at once, signals of which many have the same key, are
// of the same group, or inhibit each other.
func TestReplicasShareWhatAlertsHaveInCommon(t *testing.T) {
	const clusters, callers, each = 12, 24, 120
	db := newPostgres(t)
	var sent notifytest.Recorder
	engines := replicas(t, db, &sent, crowded(t))
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(7, uint64(c)))
			for i := range each {
				cluster := rng.IntN(clusters)
				s := alert.Signal{Source: "prom", Key: alert.DedupKey(fmt.Sprintf("%d-%d", cluster, rng.IntN(100))), Service: "shop",
					Summary: "disk", Severity: watchbill.SeverityCritical,
					Labels: []alert.Label{{Name: "cluster", Value: fmt.Sprint(cluster)}, {Name: "kind", Value: []string{"disk", "net", "power"}[rng.IntN(3)]}}}
				for _, v := range engines[(c+i)%len(engines)].Submit(t.Context(), []alert.Signal{s}) {
					assert.NoError(t, v.Err)
				}
			}
		})
	}
	began := time.Now()
	all.Wait()
	t.Logf("%d signals in %s", callers*each, time.Since(began).Round(time.Millisecond))
	for i, e := range engines {
		t.Logf("engine %d: %+v", i, e.Stats())
	}
	heads, keys := map[string]int{}, map[alert.DedupKey]int{}
	for _, s := range stillOpen(t, db) {
		a := s.Episode
		keys[a.Alert.Key]++
		if a.Parent == "" {
			heads[fmt.Sprint(a.Alert.Labels)[:18]]++
		}
	}
	for key, n := range keys {
		assert.Equal(t, 1, n, "alerts of key %s", key)
	}
	t.Log(heads)
	assert.Len(t, heads, clusters)
	ids := map[notify.MessageID]int{}
	for _, m := range sent.Messages() {
		ids[m.ID]++
	}
	for id, n := range ids {
		assert.Equal(t, 1, n, "sends of message %s", id)
	}
}

// replicas runs three engines on a database, each with its own connections.
func replicas(t *testing.T, db string, sent *notifytest.Recorder, c oncall.Config) (engines []*engine.Engine) {
	for range 3 {
		s, err := postgres.Open(t.Context(), db)
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.Close() })
		e, err := engine.New(engine.Config{Store: s, Notifiers: map[notify.Channel]notify.Notifier{"test": sent}})
		require.NoError(t, err)
		_, err = e.Configure(t.Context(), time.Now(), c)
		require.NoError(t, err)
		ctx, stop := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { _ = e.Run(ctx) })
		t.Cleanup(func() { stop(); running.Wait() })
		engines = append(engines, e)
	}
	return engines
}

func stillOpen(t *testing.T, db string) []store.Stored {
	s, err := postgres.Open(t.Context(), db)
	require.NoError(t, err)
	defer s.Close()
	var list []store.Stored
	require.NoError(t, s.View(t.Context(), func(tx store.Tx) (err error) {
		list, _, err = tx.Episodes().List(store.Query{}, 100_000)
		return err
	}))
	return slices.DeleteFunc(list, func(s store.Stored) bool { return !s.Episode.Alert.State.Open() })
}
