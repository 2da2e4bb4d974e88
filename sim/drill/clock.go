package drill

import (
	"context"
	"math"
	"time"

	"github.com/watchbill/watchbill"
)

// Clock runs faster than the one that it goes by, or as fast. It is safe for concurrent use if Base is.
type Clock struct {
	Base  watchbill.Clock
	Real  time.Time // when it was set, by Base
	Set   time.Time // to which time
	Speed float64   // how many seconds pass in one of Base's; at least 1
}

// Now returns the time.
func (c Clock) Now() time.Time { return c.Set.Add(c.scaled(c.Base.Now().Sub(c.Real))) }

// WithDeadline waits for an instant of this clock, never less than until then.
func (c Clock) WithDeadline(ctx context.Context, at time.Time) (context.Context, context.CancelFunc) {
	wait := duration(float64(at.Sub(c.Set)) / c.Speed)
	for c.scaled(wait) < at.Sub(c.Set) { // what was rounded away
		wait++
	}
	return c.Base.WithDeadline(ctx, c.Real.Add(wait))
}

func (c Clock) scaled(d time.Duration) time.Duration { return duration(float64(d) * c.Speed) }

// duration is the longest that there is for whatever is longer.
func duration(d float64) time.Duration {
	if d >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(d)
}
