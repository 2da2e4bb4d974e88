//go:build unix

package bench_test

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/sqlite"
)

// BenchmarkLife is what the lives of alerts cost on SQLite, in batches of 256: each is accepted, paged, its receipt
// recorded, acknowledged by one of sixteen clients, and resolved. Beside the time it tells the processor time of the
// process, which other programs on the machine disturb less. "paged" stops at the receipt.
func BenchmarkLife(b *testing.B) {
	b.Run("paged", func(b *testing.B) { lives(b, false) })
	b.Run("whole", func(b *testing.B) { lives(b, true) })
}

func lives(b *testing.B, whole bool) {
	const batch = 256
	e, _ := onSQLite(b)
	now, n := pipelineNow, 0
	if _, err := e.Configure(b.Context(), now, onePerson()); err != nil {
		b.Fatal(err)
	}
	measured(b, &n, func() {
		now = now.Add(time.Millisecond)
		signals := make([]alert.Signal, batch)
		for i := range signals {
			n++
			signals[i] = shopSignal(n)
		}
		verdicts := e.Accept(b.Context(), now, signals)
		pass, err := e.RunOnce(b.Context(), now, func(notify.Lane) int { return batch })
		if err != nil || len(pass.Deliveries) != batch {
			b.Fatal(err, len(pass.Deliveries))
		}
		outcomes := make([]engine.Outcome, batch)
		for i, d := range pass.Deliveries {
			outcomes[i] = engine.Outcome{Delivery: d}
		}
		if err := e.Report(b.Context(), now, outcomes); err != nil {
			b.Fatal(err)
		}
		if whole {
			endAll(b, e, now, signals, verdicts)
		}
	})
}

// endAll acknowledges alerts, sixteen at the same time, and then the source resolves them.
func endAll(b *testing.B, e *engine.Engine, now time.Time, signals []alert.Signal, verdicts []engine.Verdict) {
	var all sync.WaitGroup
	for some := range slices.Chunk(verdicts, len(verdicts)/16) {
		all.Go(func() {
			for _, v := range some {
				if _, err := e.Act(b.Context(), now, v.Alert, episode.Acknowledge{By: "ada"}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	for i := range signals {
		signals[i].Action = alert.Resolve
	}
	for _, v := range e.Accept(b.Context(), now, signals) {
		if v.Err != nil {
			b.Fatal(v.Err)
		}
	}
}

// BenchmarkIntake is what 64 clients cost who post one signal a request to the handler, while the engine runs and a page
// goes out for each; nothing goes over a network.
func BenchmarkIntake(b *testing.B) {
	const clients, each = 64, 16
	e, s := onSQLite(b)
	org := onePerson()
	org.Catalog.Sources = []catalog.Source{{ID: "gen", Type: "generic", Key: catalog.DigestOf("good"), Service: "shop"}}
	if _, err := e.Configure(b.Context(), time.Now(), org); err != nil {
		b.Fatal(err)
	}
	var beside sync.WaitGroup
	beside.Go(func() { _ = e.Run(b.Context()) })
	handler, err := httpapi.New(httpapi.Config{Engine: e, Store: s})
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	measured(b, &n, func() {
		var all sync.WaitGroup
		for c := range clients {
			first := n + c*each
			all.Go(func() {
				for i := range each {
					body := fmt.Sprintf(`{"dedup_key":"k%d","summary":"checkout answers 500 to every request","severity":"critical",`+
						`"labels":{"instance":"shop-1","job":"checkout","region":"eu-central-1"}}`, first+i)
					answer := httptest.NewRecorder()
					handler.ServeHTTP(answer, httptest.NewRequest("POST", "/intake/generic/good", strings.NewReader(body)))
					if answer.Code != 202 {
						b.Error(answer.Code, answer.Body)
						return
					}
				}
			})
		}
		all.Wait()
		n += clients * each
	})
}

func onSQLite(b *testing.B) (*engine.Engine, store.Store) {
	b.Helper()
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "b.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	e, err := engine.New(engine.Config{Store: s})
	if err != nil {
		b.Fatal(err)
	}
	return e, s
}

func shopSignal(n int) alert.Signal {
	return alert.Signal{Source: "gen", Key: alert.DedupKey(fmt.Sprint("k", n)), Service: "shop",
		Summary: "checkout answers 500 to every request", Severity: watchbill.SeverityCritical,
		Labels: []alert.Label{{Name: "instance", Value: "shop-1"}, {Name: "job", Value: "checkout"}}}
}

// measured runs a benchmark and tells what each of the n signals cost.
func measured(b *testing.B, n *int, round func()) {
	b.ReportAllocs()
	before, counted := processorTime(b), *n
	for b.Loop() {
		round()
	}
	signals := float64(*n - counted)
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/signals, "cpu-µs/signal")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/signals, "µs/signal")
}

// processorTime is what the process has used so far, its own and the system's for it.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
