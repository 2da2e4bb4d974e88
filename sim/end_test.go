package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/sim"
)

// What is acknowledged and never resolved is open until the end, although nothing happens any more.
func TestHistoryGoesOnWhenNothingHappens(t *testing.T) {
	quiet := org()
	quiet.Heartbeats = nil
	s := sim.Scenario{
		Org: quiet, Start: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), For: 24 * time.Hour,
		Acts: []sim.Act{{After: time.Hour, Do: sim.Signal(alert.Signal{Source: "manual", User: "ben", Key: "disk", Severity: watchbill.SeverityCritical})}},
	}
	h, err := sim.Run(s)
	require.NoError(t, err)
	require.Equal(t, watchbill.UserID("ben"), h.Alerts[0].AcknowledgedBy)
	require.Equal(t, s.Start.Add(30*time.Hour), h.End)
}
