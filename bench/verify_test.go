package bench_test

import (
	"os"
	"testing"
	"time"

	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/verify"
)

func loadOrg(tb testing.TB, file string) *oncall.Org {
	tb.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		tb.Fatal(err)
	}
	config, err := oncall.Decode(text)
	if err != nil {
		tb.Fatal(err)
	}
	org, err := oncall.New(config, 1)
	if err != nil {
		tb.Fatal(err)
	}
	return org
}

// BenchmarkVerify checks a configuration of 50 schedules, 10 of them with hourly layers, over ten years: every rule, every
// worst case. 25 policies ask two schedules each.
func BenchmarkVerify(b *testing.B) {
	org := loadOrg(b, "verify.json")
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	boundaries := 0
	for b.Loop() {
		boundaries = verify.Check(org, from, from.AddDate(10, 0, 0)).Instants
	}
	b.ReportMetric(float64(boundaries), "boundaries/op")
	b.ReportMetric(float64(boundaries)*float64(b.N)/b.Elapsed().Seconds(), "boundaries/s")
}

// BenchmarkCoverage only proves the coverage of the same schedules.
func BenchmarkCoverage(b *testing.B) {
	org := loadOrg(b, "verify.json")
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		for _, spec := range org.Config().Schedules {
			s, _ := org.Schedule(spec.ID)
			verify.Coverage(s, from, from.AddDate(10, 0, 0))
		}
	}
}
