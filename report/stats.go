package report

import (
	"math/bits"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
)

// Stats sums up a number of times. All are zero if Count is.
type Stats struct {
	Count int                `json:"count"`
	Mean  watchbill.Duration `json:"mean"`
	P50   watchbill.Duration `json:"p50"` // by nearest rank, as all percentiles
	P90   watchbill.Duration `json:"p90"`
	P95   watchbill.Duration `json:"p95"`
	Max   watchbill.Duration `json:"max"`
}

// times are values under way to their stats.
type times []time.Duration

// add counts the time between two instants, unless one of them is not known.
func (t *times) add(from, to time.Time) {
	if !from.IsZero() && !to.IsZero() {
		*t = append(*t, max(0, to.Sub(from)))
	}
}

func (t times) stats() Stats {
	n := len(t)
	if n == 0 {
		return Stats{}
	}
	slices.Sort(t)
	rank := func(percent int) watchbill.Duration { return rounded(t[(n*percent+99)/100-1]) }
	return Stats{Count: n, Mean: rounded(t.mean()), P50: rank(50), P90: rank(90), P95: rank(95), Max: rounded(t[n-1])}
}

// mean sums in 128 bits: two sources that say an alert began in the year 1 would overflow 64.
func (t times) mean() time.Duration {
	var high, low, carry uint64
	for _, d := range t {
		low, carry = bits.Add64(low, uint64(d), 0)
		high += carry
	}
	mean, _ := bits.Div64(high, low, uint64(len(t)))
	return time.Duration(mean)
}

func rounded(d time.Duration) watchbill.Duration {
	return watchbill.Duration(d.Round(time.Millisecond))
}
