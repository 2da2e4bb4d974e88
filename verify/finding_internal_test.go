package verify

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A period that ends on another day says on which, also if that is the same day of the week.
func TestPeriod(t *testing.T) {
	from := time.Date(2026, time.November, 23, 16, 23, 0, 0, time.UTC)
	for to, want := range map[time.Time]string{
		from.Add(time.Hour):                     "Mon 2026-11-23 16:23 to 17:23 UTC",
		from.Add(20 * time.Hour):                "Mon 2026-11-23 16:23 to Tue 12:23 UTC",
		from.Add(6*24*time.Hour + 16*time.Hour): "Mon 2026-11-23 16:23 to Mon 2026-11-30 08:23 UTC",
		from.Add(8 * 24 * time.Hour):            "Mon 2026-11-23 16:23 to Tue 2026-12-01 16:23 UTC",
	} {
		require.Equal(t, want, period(from, to))
	}
}
