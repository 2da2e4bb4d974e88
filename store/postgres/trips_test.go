package postgres

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
)

// TestRoundTrips counts how often an engine waits for the server: on a network that is what a transaction costs, and how
// long it keeps what it has locked.
func TestRoundTrips(t *testing.T) {
	p, through := throughProxy(t, schema(t))
	s := openAt(t, through)
	e, err := engine.New(engine.Config{Store: s})
	require.NoError(t, err)
	now := t0
	_, err = e.Configure(t.Context(), now, oncall.Config{
		Catalog: catalog.Catalog{
			Users:    []catalog.User{{ID: "ada", Contacts: []notify.Contact{{ID: "hook", Channel: "webhook", Address: "http://127.0.0.1:9/"}}}},
			Services: []catalog.Service{{ID: "shop", Policy: "web"}},
		},
		Policies: []escalation.Policy{{ID: "web", Levels: []escalation.Level{{Targets: []escalation.Target{escalation.User("ada")}}}}},
	})
	require.NoError(t, err)
	var trips, bytes atomic.Int64
	p.watch(func(kind byte, body []byte) verdict {
		if kind == 'S' || kind == 'Q' {
			trips.Add(1)
		}
		bytes.Add(int64(len(body)))
		return pass
	})
	var n int
	accept := func(signals int) {
		all := make([]alert.Signal, signals)
		for i := range all {
			n++
			all[i] = alert.Signal{Source: "gen", Key: alert.DedupKey(fmt.Sprint("k", n)), Service: "shop",
				Summary: "checkout answers 500 to every request", Severity: watchbill.SeverityCritical,
				Labels: []alert.Label{{Name: "instance", Value: "shop-1"}, {Name: "job", Value: "checkout"}}}
		}
		for _, v := range e.Accept(t.Context(), now, all) {
			require.NoError(t, v.Err)
		}
	}
	var last engine.Pass
	run := func() {
		last, err = e.RunOnce(t.Context(), now, func(notify.Lane) int { return 256 })
		require.NoError(t, err)
	}
	report := func() {
		var outcomes []engine.Outcome
		for _, d := range last.Deliveries {
			outcomes = append(outcomes, engine.Outcome{Delivery: d})
		}
		require.NoError(t, e.Report(t.Context(), now, outcomes))
	}
	for round := range 4 { // the first ones prepare the statements, and get habits
		for _, step := range []struct {
			what string
			most int64
			do   func()
		}{
			{"Accept of 1", 4, func() { accept(1) }},
			{"Accept of 256", 4, func() { accept(256) }},
			{"a pass that claims 256", 10, run},
			{"Report of 256", 6, report},
			{"a pass that steps", 10, func() { now = now.Add(time.Hour); run() }},
			{"what the pass has left", 99, func() {
				for report(); len(last.Deliveries) > 0 || last.Stepped > 0; report() {
					run()
				}
			}},
			{"a pass that has nothing to do", 6, run},
		} {
			trips.Store(0)
			bytes.Store(0)
			step.do()
			if round > 2 {
				t.Logf("%s: %d round trips, %d bytes", step.what, trips.Load(), bytes.Load())
				assert.LessOrEqual(t, trips.Load(), step.most, step.what)
			}
		}
	}
}
