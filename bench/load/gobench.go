package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// benchmarks are figures of go test -bench: by benchmark and unit, one of each run.
type benchmarks map[string]map[string]spread

// goBench runs benchmarks of package bench that need no server.
func goBench(pattern, length string, count int) (benchmarks, error) {
	out, err := exec.Command("go", "test", "-run", "^$", "-bench", pattern, "-benchtime", length, "-count", strconv.Itoa(count),
		"github.com/watchbill/watchbill/bench").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go test -bench %s: %w\n%s", pattern, err, out)
	}
	got := benchmarks{}
	for line := range strings.Lines(string(out)) {
		got.read(line)
	}
	if len(got) == 0 {
		return nil, fmt.Errorf("go test -bench %s: it measured nothing", pattern)
	}
	return got, nil
}

// read takes one line: a name, a number of rounds, then figures and their units in turns.
func (b benchmarks) read(line string) {
	f := strings.Fields(line)
	if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
		return
	}
	name := strings.TrimPrefix(f[0], "Benchmark")
	if i := strings.LastIndexByte(name, '-'); i > 0 { // the number of processors
		name = name[:i]
	}
	for i := 2; i+1 < len(f); i += 2 {
		v, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			continue
		}
		if b[name] == nil {
			b[name] = map[string]spread{}
		}
		b[name][f[i+1]] = append(b[name][f[i+1]], v)
	}
}

// in returns the figures of a benchmark, in units of so many of those in which it is given.
func (b benchmarks) in(name, unit string, per float64) (s spread) {
	for _, v := range b[name][unit] {
		s = append(s, v/per)
	}
	return s
}

// pure measures what needs neither server nor database: who is on call, shifts, proofs, a simulated year.
func pure(s settings) error {
	count, length, times := 20, "5ms", "3x"
	if s.short {
		count, length, times = 1, "1ms", "1x"
	}
	b, err := goBench("^Benchmark(OnCall|Baseline)$|^BenchmarkShifts$/^(year|hourly)$", length, count)
	if err != nil {
		return err
	}
	s.out.head("who is on call, and shifts; go test -bench")
	for _, year := range []string{"2026", "2037", "2076"} {
		s.out.row("who is on call, one layer, "+year+", ns", b.in("OnCall/"+year, "ns/op", 1))
		s.out.row("    time.In and time.Date at the same instants, ns", b.in("Baseline/"+year, "ns/op", 1))
	}
	s.out.row("    allocations", b.in("OnCall/2037", "allocs/op", 1))
	s.out.row("a year of shifts, 4 layers, 100 overrides, ms", b.in("Shifts/year", "ns/op", 1e6))
	s.out.row("a year of 30 hourly layers, ms", b.in("Shifts/hourly", "ns/op", 1e6))
	s.out.budget("who is on call, one layer, to 2037, ns", "under 1,000", b.in("OnCall/2037", "ns/op", 1), under(1000))
	for _, year := range []string{"2037", "2076"} {
		ratio := ratios(b["OnCall/"+year]["ns/op"], b["Baseline/"+year]["ns/op"])
		s.out.budget("who is on call, "+year+", ratio to time.In and time.Date", "at most 8", ratio, atMost(8))
	}
	s.out.budget("a year of shifts, 4 layers, 100 overrides, ms", "under 2", b.in("Shifts/year", "ns/op", 1e6), under(2))
	s.out.budget("a year of 30 hourly layers, ms", "under 20", b.in("Shifts/hourly", "ns/op", 1e6), under(20))
	if b, err = goBench("^BenchmarkVerify$", times, (count+3)/4); err != nil {
		return err
	}
	s.out.head("proofs; go test -bench")
	s.out.row("verify, 50 schedules, 10 years, ms", b.in("Verify", "ns/op", 1e6))
	s.out.row("    boundaries/s", b.in("Verify", "boundaries/s", 1))
	s.out.budget("verify, 50 schedules, 10 years, ms", "under 1,000", b.in("Verify", "ns/op", 1e6), under(1000))
	return s.year(times, (count+3)/4)
}

// year measures the simulator.
func (s settings) year(times string, count int) error {
	b, err := goBench("^BenchmarkYear$", times, count)
	if err != nil {
		return err
	}
	const name = "simulator: a year of 20 people and 10,000 alerts, s"
	s.out.head("simulator; go test -bench")
	s.out.row(name, b.in("Year", "ns/op", 1e9))
	s.out.row("    processor time, s", b.in("Year", "cpu-s/op", 1))
	s.out.row("    alerts", b.in("Year", "alerts", 1))
	s.out.row("    inputs of the engine", b.in("Year", "inputs", 1))
	s.out.row("    inputs/s", b.in("Year", "inputs/s", 1))
	s.out.budget(name, "under 1", b.in("Year", "ns/op", 1e9), under(1))
	return nil
}
