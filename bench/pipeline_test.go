package bench_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/rules/expr"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/sqlite"
)

// pipelineNow is when everything here happens.
var pipelineNow = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// manyRules are the hundred rules that the load generator puts to the server, too.
func manyRules(b *testing.B) []route.Rule {
	b.Helper()
	data, err := os.ReadFile("load/testdata/rules.json")
	if err != nil {
		b.Fatal(err)
	}
	var all []route.Rule
	if err := json.Unmarshal(data, &all); err != nil {
		b.Fatal(err)
	}
	return all
}

// diskSignal is what the load generator puts to them: each kind of rule has something to look at.
func diskSignal() alert.Signal {
	return alert.Signal{Source: "gen", Key: "k", Service: "shop", Summary: "disk of db-7 is 97% full", Severity: watchbill.SeverityCritical,
		Labels: []alert.Label{{Name: "env", Value: "prod"}, {Name: "host", Value: "db-7"}, {Name: "job", Value: "node"},
			{Name: "region", Value: "eu-central-1"}, {Name: "team", Value: "team-07"}},
		Details: json.RawMessage(`{"value":97.2,"limit":"90","unit":"percent"}`)}
}

// BenchmarkRules is what the rules of a source cost a signal: ten of one kind, and a hundred of all.
func BenchmarkRules(b *testing.B) {
	all := manyRules(b)
	for _, c := range []struct {
		name  string
		rules []route.Rule
	}{{"0", nil}, {"10labels", all[:10]}, {"10patterns", all[40:50]}, {"10numbers", all[65:75]}, {"10mixed", all[85:95]}, {"100", all}} {
		plan, err := route.Compile(route.Handling{Rules: c.rules}, expr.Compile)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, routed := plan.Apply(diskSignal(), "shop"); routed.Drop {
					b.Fatal("dropped")
				}
			}
		})
	}
}

// BenchmarkMuted asks a thousand silences about an alert. Those of labels ask for one instance each; those of patterns for
// a pattern alone, so that no index helps.
func BenchmarkMuted(b *testing.B) {
	for _, kind := range []struct {
		name     string
		matchers func(i int) []string
	}{
		{"labels", func(i int) []string { return []string{fmt.Sprint("instance=n", i), `env=~"dev|prod"`} }},
		{"patterns", func(i int) []string { return []string{fmt.Sprintf(`instance=~"n%d(:[0-9]+)?"`, i)} }},
	} {
		set := thousandSilences(b, kind.matchers)
		for name, instance := range map[string]string{"miss": "x1", "hit": "n700"} {
			sub := mute.Subject{Source: "gen", Service: "shop", Severity: watchbill.SeverityCritical, Labels: []alert.Label{
				{Name: "env", Value: "prod"}, {Name: "instance", Value: instance}, {Name: "team", Value: "web"}}}
			b.Run(kind.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if held, _ := set.At(sub, pipelineNow); (len(held) > 0) != (name == "hit") {
						b.Fatal(held)
					}
				}
			})
		}
	}
}

func thousandSilences(b *testing.B, texts func(i int) []string) *mute.Set {
	b.Helper()
	silences := make([]mute.Silence, 1000)
	for i := range silences {
		var all mute.Matchers
		for _, text := range texts(i) {
			m, err := mute.ParseMatcher(text)
			if err != nil {
				b.Fatal(err)
			}
			all = append(all, m)
		}
		silences[i] = mute.Silence{ID: fmt.Sprint("s", i), Matchers: all}
		if err := silences[i].Span.From.UnmarshalText([]byte("2026-11-22T00:00:00Z")); err != nil {
			b.Fatal(err)
		}
		if err := silences[i].Span.To.UnmarshalText([]byte("2026-11-23T00:00:00Z")); err != nil {
			b.Fatal(err)
		}
	}
	set, err := mute.New(silences, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	return set
}

// BenchmarkSimilar compares two summaries: of one trouble, and of two.
func BenchmarkSimilar(b *testing.B) {
	const text = "checkout of shop-17 answers 500 to 12 % of all requests since the deployment of release 2026.11.3"
	for name, other := range map[string]string{
		"alike": "checkout of shop-18 answers 500 to 31 % of all requests since the deployment of release 2026.11.4",
		"apart": "the disk /var/lib/postgresql of db-7 is 97 % full and will have no room left in about three hours",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if (route.Similar(text, other) > 0.8) != (name == "alike") {
					b.Fatal("wrong")
				}
			}
		})
	}
}

// BenchmarkGrouped is what a signal costs from acceptance on, in batches of 64 and with all messages recorded, by what it is
// grouped with. All but those that stand alone are members of the first few.
func BenchmarkGrouped(b *testing.B) {
	for _, c := range []struct {
		name     string
		handling route.Handling
	}{
		{"alone", route.Handling{}},
		{"flood", route.Handling{Flood: route.Limit{Alerts: 20, Per: 24 * time.Hour}}},
		{"label", route.Handling{Group: &route.Group{By: []string{"job"}}}},
		{"similar", route.Handling{Group: &route.Group{Similar: 0.8}}},
	} {
		b.Run(c.name+"/memory", func(b *testing.B) { grouped(b, memory.New(), c.handling) })
		b.Run(c.name+"/sqlite", func(b *testing.B) {
			s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "b.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			grouped(b, s, c.handling)
		})
	}
}

func grouped(b *testing.B, s store.Store, handling route.Handling) {
	e, err := engine.New(engine.Config{Store: s, Compile: expr.Compile})
	if err != nil {
		b.Fatal(err)
	}
	now, n, sent := pipelineNow, 0, 0
	if _, err := e.Configure(b.Context(), now, oneSource(handling)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		now = now.Add(time.Millisecond)
		signals := make([]alert.Signal, 64)
		for i := range signals {
			n++
			signals[i] = diskSignal()
			signals[i].Key = alert.DedupKey(fmt.Sprint("k", n))
		}
		for _, v := range e.Accept(b.Context(), now, signals) {
			if v.Err != nil {
				b.Fatal(v.Err)
			}
		}
		pass, err := e.RunOnce(b.Context(), now, func(notify.Lane) int { return 256 })
		if err != nil {
			b.Fatal(err)
		}
		sent += len(pass.Deliveries)
		outcomes := make([]engine.Outcome, len(pass.Deliveries))
		for i, d := range pass.Deliveries {
			outcomes[i] = engine.Outcome{Delivery: d}
		}
		if err := e.Report(b.Context(), now, outcomes); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/signal")
	b.ReportMetric(float64(sent)/float64(n), "pages/signal")
}

// oneSource is the organisation of [onePerson], with a source.
func oneSource(handling route.Handling) oncall.Config {
	c := onePerson()
	c.Catalog.Sources = []catalog.Source{{ID: "gen", Type: "generic", Service: "shop", Key: catalog.DigestOf("gen"), Handling: handling}}
	return c
}
