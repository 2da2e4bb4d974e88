package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

func TestBurstIsDueAsSaid(t *testing.T) {
	o := bursting([]string{"x"}, 10, 2*time.Second, time.Second)
	require.Equal(t, 20+100+20, o.n)
	require.Equal(t, time.Duration(0), o.due(0))
	require.Equal(t, 2*time.Second, o.due(20))
	require.Equal(t, 2*time.Second+990*time.Millisecond, o.due(119))
	require.Equal(t, 3*time.Second, o.due(120))
	for i := 1; i < o.n; i++ {
		require.Greater(t, o.due(i), o.due(i-1))
	}
}

// What was never taken and what was never paged must not look quick.
func TestSumCountsWhatIsMissing(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	offer := steadily(nil, "good", 10, 400*time.Millisecond)
	took := &taken{began: began, took: []time.Duration{time.Millisecond, -1, 2 * time.Millisecond, time.Millisecond}, lasting: time.Second}
	arrivals := map[string]time.Time{}
	for i := range offer.n {
		took.due = append(took.due, began.Add(offer.due(i)))
	}
	arrivals[offer.key(0)] = took.due[0].Add(5 * time.Millisecond)
	arrivals[offer.key(2)] = took.due[2].Add(7 * time.Millisecond)
	var o outcome
	o.answers, o.failed = took.answers()
	o.sum(offer, took, arrivals, 3)
	require.Equal(t, 1, o.failed)
	require.Equal(t, 1, o.lost, "taken, and never paged")
	require.Equal(t, 1, o.twice)
	require.Equal(t, []time.Duration{5 * time.Millisecond, 7 * time.Millisecond}, o.pages)
	require.InDelta(t, 10, o.offered, 0.001)
	var f figures
	f.add(o)
	require.Error(t, f.wrong())
}

func TestBenchmarksAreRead(t *testing.T) {
	b := benchmarks{}
	b.read("BenchmarkVerify-2   \t       6\t 890123456 ns/op\t   2024856 boundaries/op\t   2300000 boundaries/s\n")
	b.read("BenchmarkShifts/year \t 1 \t 700000 ns/op\n")
	b.read("ok  \tgithub.com/watchbill/watchbill/bench\t1.2s\n")
	require.Equal(t, spread{890.123456}, b.in("Verify", "ns/op", 1e6))
	require.Equal(t, spread{2300000}, b.in("Verify", "boundaries/s", 1))
	require.Equal(t, spread{0.7}, b.in("Shifts/year", "ns/op", 1e6))
	require.Len(t, b, 2)
}

func TestReportSaysWhatWasReached(t *testing.T) {
	r := &report{Machine: machine{Command: "go run ./bench/load " + strings.Join(public(
		[]string{"-db", "postgres://ada:secret@db/x", "-postgres=postgres://ada:secret@db/x", "all"}), " ")}}
	r.head("a table of %d", 1)
	r.row("figure", spread{3, 1, 2})
	r.budget("quick", "under 2", spread{3, 1, 1}, under(2))
	r.budget("slow", "under 2", spread{3, 1, 2}, under(2))
	r.budget("later", "under 2", nil, under(2))
	var text strings.Builder
	r.markdown(&text, "Budgets")
	require.Contains(t, text.String(), "| figure | 1 | 2 | 3 |")
	require.Contains(t, text.String(), "| quick | under 2 | 1 | 1 | 3 | reached |")
	require.Contains(t, text.String(), "| slow | under 2 | 1 | 2 | 3 | NOT REACHED |")
	require.Contains(t, text.String(), "| later | under 2 | - | - | - | not measured |")
	require.NotContains(t, text.String(), "secret")
}

// The alerts that fill a database must be such as an engine steps, each at its own time.
func TestMouldedAlertsComeDue(t *testing.T) {
	ctx := context.Background()
	m, err := newMould(ctx)
	require.NoError(t, err)
	s := memory.New()
	o := timerOrder{Set: "r1", At: fillBegan.Add(time.Hour), Due: 300, Costs: 1}
	require.NoError(t, m.fill(ctx, s, 600))
	require.NoError(t, o.due(ctx, m, s))
	var r timerResult
	require.NoError(t, o.measureCosts(ctx, s, &r))
	require.Len(t, r.Costs, 1)
	require.NoError(t, s.View(ctx, func(tx store.Tx) error {
		due, next, err := tx.Episodes().Due(o.dueAt(9), 1000)
		require.NoError(t, err)
		require.Len(t, due, 10, "the first of a set, and nothing that rests or was stepped")
		require.Equal(t, timerID("r1", 9), due[9])
		require.True(t, next.Equal(o.dueAt(10)))
		return nil
	}))
}
