// Package bench_test measures Watchbill against its budgets. Inputs lie in testdata, results in results.
package bench_test

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

func loadSpec(tb testing.TB, file string) schedule.Spec {
	tb.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		tb.Fatal(err)
	}
	var spec schedule.Spec
	if err := json.Unmarshal(text, &spec); err != nil {
		tb.Fatal(err)
	}
	return spec
}

func loadSchedule(tb testing.TB, file string) *schedule.Schedule {
	tb.Helper()
	s, err := schedule.New(loadSpec(tb, file))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// instants are spread over a year, so that no answer is like the one before.
func instants(year int) []time.Time {
	var list []time.Time
	for i := range 1024 {
		list = append(list, time.Date(year, 1, 1, 0, 0, i*30_000, 0, time.UTC))
	}
	return list
}

// years are the start of the rotation, today's tables of zones to their end, and 50 years after the start.
var years = []int{2026, 2030, 2037, 2076}

// BenchmarkOnCall asks who is on call in a schedule of one layer.
func BenchmarkOnCall(b *testing.B) {
	s := loadSchedule(b, "schedule_one_layer.json")
	for _, year := range years {
		b.Run(strconv.Itoa(year), func(b *testing.B) {
			at := instants(year)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.OnCall(at[i%len(at)])
			}
		})
	}
}

// BenchmarkBaseline is what BenchmarkOnCall is measured against: reading the clock in a zone and finding the instant
// of nine o'clock that day, with the standard library alone.
func BenchmarkBaseline(b *testing.B) {
	zone := loadSchedule(b, "schedule_one_layer.json").Zone()
	for _, year := range years {
		b.Run(strconv.Itoa(year), func(b *testing.B) {
			at := instants(year)
			for i := 0; b.Loop(); i++ {
				y, m, d := at[i%len(at)].In(zone).Date()
				nine = time.Date(y, m, d, 9, 0, 0, 0, zone)
			}
		})
	}
}

var nine time.Time // keeps the compiler from leaving the baseline out

// BenchmarkOnCallOverrides asks the same of a schedule with many overrides, of which three hold at any time.
func BenchmarkOnCallOverrides(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			spec := loadSpec(b, "schedule_one_layer.json")
			step := 365 * 24 * time.Hour / time.Duration(n)
			for i := range n {
				from := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * step)
				spec.Overrides = append(spec.Overrides, schedule.Override{
					ID: schedule.OverrideID(strconv.Itoa(i)), User: watchbill.UserID(strconv.Itoa(i)),
					From: calendar.InstantMoment(from), To: calendar.InstantMoment(from.Add(3 * step)),
				})
			}
			s, err := schedule.New(spec)
			if err != nil {
				b.Fatal(err)
			}
			at := instants(2026)
			for i := 0; b.Loop(); i++ {
				s.OnCall(at[i%len(at)])
			}
		})
	}
}

// BenchmarkShifts computes the final shifts of 2026: four layers with 100 overrides, and 30 layers of hourly rotations
// of 50 places, 60 % of them unassigned, so that any layer may show through those above it. With union none of these is
// hidden. They hand over at four different minutes of the hour; aligned, all at the same.
func BenchmarkShifts(b *testing.B) {
	hourly := loadSpec(b, "schedule_hourly.json")
	union, aligned := hourly, hourly
	union.Combine, aligned.Combine = schedule.Union, schedule.Union
	aligned.Layers = slices.Clone(hourly.Layers)
	for i := range aligned.Layers {
		aligned.Layers[i].Start = calendar.InstantMoment(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	}
	for _, c := range []struct {
		name string
		spec schedule.Spec
	}{{"year", loadSpec(b, "schedule_year.json")}, {"hourly", hourly}, {"union_aligned", aligned}, {"union", union}} {
		b.Run(c.name, func(b *testing.B) {
			s, err := schedule.New(c.spec)
			if err != nil {
				b.Fatal(err)
			}
			from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			b.ReportAllocs()
			var shifts []schedule.Shift
			for b.Loop() {
				shifts = s.Shifts(from, from.AddDate(1, 0, 0))
			}
			parts := 0
			for _, shift := range shifts {
				parts += len(shift.Parts)
			}
			b.ReportMetric(float64(len(shifts)), "shifts/op")
			b.ReportMetric(float64(parts), "parts/op")
		})
	}
}

// BenchmarkSets goes through a year of the same 30 hourly layers in union, without keeping anything.
func BenchmarkSets(b *testing.B) {
	spec := loadSpec(b, "schedule_hourly.json")
	spec.Combine = schedule.Union
	s, err := schedule.New(spec)
	if err != nil {
		b.Fatal(err)
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		for range s.Sets(from, from.AddDate(1, 0, 0)) {
		}
	}
}

// BenchmarkShiftsApart computes the same 30 hourly layers as 30 schedules, so that none hides another.
func BenchmarkShiftsApart(b *testing.B) {
	spec := loadSpec(b, "schedule_hourly.json")
	var list []*schedule.Schedule
	for i := range spec.Layers {
		s, err := schedule.New(schedule.Spec{ID: spec.ID, Timezone: spec.Timezone, Layers: spec.Layers[i : i+1]})
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, s)
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	var shifts int
	for b.Loop() {
		shifts = 0
		for _, s := range list {
			shifts += len(s.Shifts(from, from.AddDate(1, 0, 0)))
		}
	}
	b.ReportMetric(float64(shifts), "shifts/op")
}
