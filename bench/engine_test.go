package bench_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/sqlite"
)

// BenchmarkSignalToReceipt is what one signal costs without network: accepted in batches of 64, paged, and its receipt
// recorded, each in a transaction of its own.
func BenchmarkSignalToReceipt(b *testing.B) {
	b.Run("memory", func(b *testing.B) { signalToReceipt(b, memory.New()) })
	b.Run("sqlite", func(b *testing.B) {
		s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "b.db"))
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		signalToReceipt(b, s)
	})
}

func signalToReceipt(b *testing.B, s store.Store) {
	const batch = 64
	e, err := engine.New(engine.Config{Store: s})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	if _, err := e.Configure(b.Context(), now, onePerson()); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		now = now.Add(time.Millisecond)
		signals := make([]alert.Signal, batch)
		for i := range signals {
			n++
			signals[i] = alert.Signal{Source: "gen", Key: alert.DedupKey(fmt.Sprint("k", n)), Service: "shop",
				Summary: "checkout answers 500 to every request", Severity: watchbill.SeverityCritical,
				Labels: []alert.Label{{Name: "instance", Value: "shop-1"}, {Name: "job", Value: "checkout"}}}
		}
		for _, v := range e.Accept(b.Context(), now, signals) {
			if v.Err != nil {
				b.Fatal(v.Err)
			}
		}
		pass, err := e.RunOnce(b.Context(), now, func(notify.Lane) int { return 256 })
		if err != nil || len(pass.Deliveries) != batch {
			b.Fatal(err, len(pass.Deliveries))
		}
		outcomes := make([]engine.Outcome, len(pass.Deliveries))
		for i, d := range pass.Deliveries {
			outcomes[i] = engine.Outcome{Delivery: d}
		}
		if err := e.Report(b.Context(), now, outcomes); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/signal")
}

func onePerson() oncall.Config {
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users:    []catalog.User{{ID: "ada", Contacts: []notify.Contact{{ID: "hook", Channel: "webhook", Address: "http://127.0.0.1:9/"}}}},
			Services: []catalog.Service{{ID: "shop", Policy: "web"}},
		},
		Policies: []escalation.Policy{{ID: "web", Levels: []escalation.Level{{Targets: []escalation.Target{escalation.User("ada")}}}}},
	}
}
