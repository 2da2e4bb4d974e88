package sim_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/sim"
)

// seeds is how many histories the test lives; WATCHBILL_SIM_SEEDS asks for more.
func seeds(t *testing.T) uint64 {
	if s := os.Getenv("WATCHBILL_SIM_SEEDS"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
		return n
	}
	return 100
}

// live lives scenarios and adds up what happened.
func live(t *testing.T, first, step, n uint64, engines int) (total sim.History) {
	for seed := first; seed < n; seed += step {
		s := everything(seed)
		s.Engines = engines
		h, err := sim.Run(s)
		require.NoError(t, err)
		total.Signals, total.Inputs, total.Crashes = total.Signals+h.Signals, total.Inputs+h.Inputs, total.Crashes+h.Crashes
		total.Duplicates, total.Alerts = total.Duplicates+h.Duplicates, append(total.Alerts, h.Alerts...)
	}
	t.Logf("%d signals, %d alerts, %d inputs, %d crashes, %d duplicates", total.Signals, len(total.Alerts), total.Inputs, total.Crashes, total.Duplicates)
	return total
}

func TestHistories(t *testing.T) {
	const workers = 4
	n := seeds(t)
	for i := range uint64(workers) {
		t.Run(fmt.Sprintf("of %d, every %dth from %d", n, workers, i), func(t *testing.T) {
			t.Parallel()
			total := live(t, i, workers, n, 1)
			require.Positive(t, total.Crashes)
			require.Positive(t, total.Duplicates)
			require.NotEmpty(t, total.Alerts)
		})
	}
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

// TestHistoriesOfReplicas is TestHistories with three engines on one store, which take turns at every transaction.
func TestHistoriesOfReplicas(t *testing.T) {
	t.Parallel()
	total := live(t, 0, 1, seeds(t)/2, 3)
	require.Positive(t, total.Crashes)
	require.Positive(t, total.Duplicates)
	require.NotEmpty(t, total.Alerts)
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
