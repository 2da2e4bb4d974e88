//go:build unix

package bench_test

import (
	"encoding/json"
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
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
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

// BenchmarkLifeInMemory is what the lives of alerts cost in memory, one after the other as in a simulated year: each is accepted,
// paged, paged again, acknowledged by whoever was paged, and resolved, with receipts, and the passes that find nothing. What is
// told of a signal is told of an alert here. "plain" is an organisation of twenty with a weekly rotation; "muted" has a window and
// an inhibition beside it.
func BenchmarkLifeInMemory(b *testing.B) {
	plain := twentyPeople(b)
	muted := plain
	muted.Maintenance = []mute.Maintenance{{ID: "m", Services: []watchbill.ServiceID{"other"}, Span: mute.Span{To: calendar.InstantMoment(pipelineNow.AddDate(50, 0, 0))}}}
	muted.Inhibitions = []mute.Inhibition{{ID: "i", Source: of(b, "shop"), Target: of(b, "other")}}
	b.Run("plain", func(b *testing.B) { livesInMemory(b, plain) })
	b.Run("muted", func(b *testing.B) { livesInMemory(b, muted) })
}

func of(b *testing.B, service string) mute.Matchers {
	m, err := mute.NewMatcher("service", mute.Equal, service)
	if err != nil {
		b.Fatal(err)
	}
	return mute.Matchers{m}
}

func twentyPeople(b *testing.B) oncall.Config {
	o := onePerson()
	o.Catalog.Services = append(o.Catalog.Services, catalog.Service{ID: "other", Policy: "web"})
	o.Catalog.Users = nil
	var ids []string
	for i := range 20 {
		ids = append(ids, fmt.Sprintf(`"u%02d"`, i))
		o.Catalog.Users = append(o.Catalog.Users, catalog.User{ID: watchbill.UserID(fmt.Sprintf("u%02d", i)), Zone: "Europe/Berlin",
			Contacts: []notify.Contact{{ID: "hook", Channel: "webhook", Address: fmt.Sprintf("http://127.0.0.1:9/%d", i)}}})
	}
	var week schedule.Spec
	err := json.Unmarshal([]byte(`{"id": "week", "timezone": "Europe/Berlin", "layers": [{"id": "week", "users": [`+strings.Join(ids, ",")+
		`], "start": "2026-01-05T09:00", "rotation": {"every": 1, "unit": "week"}}]}`), &week)
	if err != nil {
		b.Fatal(err)
	}
	o.Schedules = []schedule.Spec{week}
	o.Policies[0].Levels[0].Targets = []escalation.Target{{Kind: escalation.TargetSchedule, ID: "week"}}
	return o
}

func livesInMemory(b *testing.B, o oncall.Config) {
	e, err := engine.New(engine.Config{Store: memory.New()})
	if err != nil {
		b.Fatal(err)
	}
	now, n := pipelineNow, 0
	if _, err := e.Configure(b.Context(), now, o); err != nil {
		b.Fatal(err)
	}
	if err := e.LookAgain(b.Context(), now); err != nil {
		b.Fatal(err)
	}
	measured(b, &n, func() {
		n++
		now = now.Add(time.Hour)
		signal := shopSignal(n)
		id := acceptOne(b, e, now, signal)
		to := passes(b, e, now)
		now = now.Add(time.Minute)
		if again := passes(b, e, now); len(to) != 1 || len(again) != 1 {
			b.Fatal(to, again)
		}
		if _, err := e.Act(b.Context(), now, id, episode.Acknowledge{By: to[0]}); err != nil {
			b.Fatal(err)
		}
		passes(b, e, now)
		now = now.Add(20 * time.Minute)
		signal.Action = alert.Resolve
		acceptOne(b, e, now, signal)
		passes(b, e, now)
	})
}

func acceptOne(b *testing.B, e *engine.Engine, now time.Time, s alert.Signal) watchbill.AlertID {
	v := e.Accept(b.Context(), now, []alert.Signal{s})[0]
	if v.Err != nil {
		b.Fatal(v.Err)
	}
	return v.Alert
}

// passes makes passes until one finds nothing, lets every message be accepted, and returns who got one.
func passes(b *testing.B, e *engine.Engine, now time.Time) (to []watchbill.UserID) {
	for {
		pass, err := e.RunOnce(b.Context(), now, func(notify.Lane) int { return engine.DefaultLaneLimit })
		if err != nil {
			b.Fatal(err)
		}
		outcomes := make([]engine.Outcome, len(pass.Deliveries))
		for i, d := range pass.Deliveries {
			outcomes[i], to = engine.Outcome{Delivery: d}, append(to, d.Message.User)
		}
		if err := e.Report(b.Context(), now, outcomes); err != nil {
			b.Fatal(err)
		}
		if len(outcomes) == 0 && !pass.More {
			return to
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
