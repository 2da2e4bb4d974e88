package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
)

// TestGettingUpAfterTheClocksChange: people get up by the clock, also after a night of 23 or 25 hours.
func TestGettingUpAfterTheClocksChange(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	s := &Sleep{Zone: zone, From: calendar.NewTimeOfDay(23, 0), To: calendar.NewTimeOfDay(7, 0)}
	for _, day := range []int{87, 88, 181, 297, 298} { // in 2026 the clocks change on the 88th and on the 298th
		for hours := range 8 {
			at := time.Date(2026, 1, day-1, 23, 30, 0, 0, zone).Add(time.Duration(hours) * time.Hour).UTC()
			until, asleep := s.asleep(at)
			require.Equal(t, at.In(zone).Hour() < 7 || at.In(zone).Hour() >= 23, asleep, at)
			if asleep {
				require.True(t, until.Equal(time.Date(2026, 1, day, 7, 0, 0, 0, zone)), "%s: %s", at, until)
				_, still := s.asleep(until)
				require.False(t, still)
			}
		}
	}
}
