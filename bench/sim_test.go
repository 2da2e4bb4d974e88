package bench_test

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/rules/expr"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/scenario"
)

// BenchmarkYear lives the year of examples/simulate, as refserver simulate -runs does: without a log, which nobody reads.
func BenchmarkYear(b *testing.B) {
	c, _, err := config.Reader{Compile: expr.Compile}.Load("../examples/simulate/watchbill.yaml")
	require.NoError(b, err)
	f, err := scenario.Reader{Config: c, Compile: expr.Compile}.Load("../examples/simulate/year-scenario.yaml")
	require.NoError(b, err)
	f.Scenario.NoLog = true
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the command has it
	b.ReportAllocs()
	var alerts, inputs int
	before := processorTime(b)
	for b.Loop() {
		h, err := sim.Run(f.Scenario)
		require.NoError(b, err)
		alerts, inputs = len(h.Alerts), inputs+h.Inputs
	}
	b.ReportMetric((processorTime(b)-before).Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(alerts), "alerts")
	b.ReportMetric(float64(inputs)/float64(b.N), "inputs")
	b.ReportMetric(float64(inputs)/b.Elapsed().Seconds(), "inputs/s")
}
