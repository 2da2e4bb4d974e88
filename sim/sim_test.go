package sim_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/sim"
)

// seeds is which histories a test lives: the first hundred, thirty under the race detector, WATCHBILL_SIM_SEEDS of them, and from WATCHBILL_SIM_FROM on.
func seeds(t *testing.T) (from, to uint64) {
	number := func(name string, otherwise uint64) uint64 {
		s := os.Getenv(name)
		if s == "" {
			return otherwise
		}
		n, err := strconv.ParseUint(s, 10, 64)
		require.NoError(t, err, name)
		return n
	}
	from = number("WATCHBILL_SIM_FROM", 0)
	usual := uint64(100)
	if racing {
		usual = 30
	}
	return from, from + number("WATCHBILL_SIM_SEEDS", usual)
}

// sum is what happened in several histories.
type sum struct{ signals, alerts, inputs, crashes, duplicates int }

// live lives scenarios and adds up what happened.
func live(t *testing.T, first, step, to uint64, engines int) (all sum) {
	for seed := first; seed < to; seed += step {
		s := everything(seed)
		s.Engines = engines
		h, err := sim.Run(s)
		require.NoError(t, err)
		all.signals, all.alerts, all.inputs = all.signals+h.Signals, all.alerts+len(h.Alerts), all.inputs+h.Inputs
		all.crashes, all.duplicates = all.crashes+h.Crashes, all.duplicates+h.Duplicates
	}
	t.Logf("%d signals, %d alerts, %d inputs, %d crashes, %d duplicates", all.signals, all.alerts, all.inputs, all.crashes, all.duplicates)
	require.Positive(t, all.crashes)
	require.Positive(t, all.duplicates)
	require.Positive(t, all.alerts)
	return all
}

func TestHistories(t *testing.T) {
	const workers = 4
	from, to := seeds(t)
	for i := range uint64(workers) {
		t.Run(fmt.Sprintf("from %d to %d, every %dth from %d", from, to, workers, from+i), func(t *testing.T) {
			t.Parallel()
			live(t, from+i, workers, to, 1)
		})
	}
}

// TestHistoriesOfReplicas is TestHistories with three engines on one store, which take turns at every transaction. There are
// half as many.
func TestHistoriesOfReplicas(t *testing.T) {
	t.Parallel()
	from, to := seeds(t)
	live(t, from, 2, to, 3)
}

// TestAdminsSucceed: what people change in these histories is changed, and not only refused.
func TestAdminsSucceed(t *testing.T) {
	for i := range 4 {
		_, err := oncall.New(changed(i), 1)
		require.NoError(t, err, "configuration %d", i)
	}
	live(t, 0, 1, 10, 1)
	for name, n := range worked {
		require.Positive(t, n.Load(), name)
	}
}

func TestSameSeedSameHistory(t *testing.T) {
	for _, engines := range []int{1, 3} {
		s := everything(42)
		s.Engines = engines
		a, err := sim.Run(s)
		require.NoError(t, err)
		b, err := sim.Run(s)
		require.NoError(t, err)
		require.Equal(t, a, b)
	}
}

// TestNothingStaysBehind holds that a history which ends in the middle of an engine's work leaves no coroutine.
func TestNothingStaysBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	for seed := range uint64(5) {
		s := everything(seed)
		s.Engines = 3
		s.For = 3*time.Hour + time.Duration(seed+1)*time.Millisecond
		s.Faults.Latency = sim.Between(100*time.Millisecond, 300*time.Millisecond)
		_, err := sim.Run(s)
		require.NoError(t, err)
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before, "what other tests have left may end meanwhile")
}
