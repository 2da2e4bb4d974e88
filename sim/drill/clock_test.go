package drill_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/sim/drill"
)

// still is a clock that stands, and remembers until when somebody waits.
type still struct {
	now   time.Time
	until time.Time
}

func (s *still) Now() time.Time { return s.now }

func (s *still) WithDeadline(ctx context.Context, at time.Time) (context.Context, context.CancelFunc) {
	s.until = at
	return context.WithCancel(ctx)
}

func TestClockRunsFaster(t *testing.T) {
	real, set := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), time.Date(2026, 2, 10, 2, 11, 5, 0, time.UTC)
	base := &still{now: real}
	c := drill.Clock{Base: base, Real: real, Set: set, Speed: 600}
	require.Equal(t, set, c.Now())
	base.now = real.Add(time.Second)
	require.Equal(t, set.Add(10*time.Minute), c.Now())
	_, cancel := c.WithDeadline(t.Context(), set.Add(20*time.Minute))
	cancel()
	require.Equal(t, real.Add(2*time.Second), base.until)
}

// TestClockIsNeverEarly: whoever has waited for an instant finds that it has come, whatever the speed.
func TestClockIsNeverEarly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	real, set := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), time.Date(2026, 2, 10, 2, 11, 5, 0, time.UTC)
	for range 10_000 {
		base := &still{now: real}
		c := drill.Clock{Base: base, Real: real, Set: set, Speed: 1 + r.Float64()*999}
		at := set.Add(time.Duration(r.Int64N(int64(7 * 24 * time.Hour))))
		_, cancel := c.WithDeadline(t.Context(), at)
		cancel()
		base.now = base.until
		require.False(t, c.Now().Before(at), "%v at %g", at, c.Speed)
		require.Less(t, c.Now().Sub(at), 2*time.Microsecond, "%v at %g", at, c.Speed)
	}
}

// TestClockWaitsForever: an instant beyond what a duration can be is far away, whatever the speed.
func TestClockWaitsForever(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for _, speed := range []float64{1, 1.5, 1000} {
		base := &still{now: now}
		_, cancel := drill.Clock{Base: base, Real: now, Set: now, Speed: speed}.WithDeadline(t.Context(), now.AddDate(5000, 0, 0))
		cancel()
		require.Greater(t, base.until.Sub(now), 100*24*time.Hour)
	}
}
