package sim

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// chance is a seed, from which each decision draws by what it is about.
type chance uint64

// of returns the chance of one thing. The order of what else is drawn does not matter to it. (FNV-1a over the parts.)
func (c chance) of(parts ...string) *rand.Rand {
	h := uint64(14695981039346656037)
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211
	}
	return rand.New(rand.NewPCG(uint64(c), h))
}

// Delay is how long something takes: always Median if that is all there is; evenly between Least and Most if Most is set; else
// log-normal, as people's answers are, with half of them under Median and nine of ten under P90. The zero Delay takes no time.
// One pair of them is set, not both: P90 is more than Median, and Most is not less than Least.
type Delay struct {
	Median, P90 time.Duration
	Least, Most time.Duration
}

// Always is a delay that is always the same.
func Always(d time.Duration) Delay { return Delay{Median: d} }

// Between is a delay that lies evenly between two bounds.
func Between(least, most time.Duration) Delay { return Delay{Least: least, Most: most} }

// normal90 is the 90th percentile of the standard normal distribution.
const normal90 = 1.2815515655446004

// draw returns one, in microseconds, as everything that is stored.
func (d Delay) draw(c *rand.Rand) time.Duration {
	switch {
	case d.Most > 0:
		return (d.Least + time.Duration(c.Int64N(int64(max(d.Most-d.Least, 0))+1))).Truncate(time.Microsecond)
	case d.P90 > d.Median && d.Median > 0:
		sigma := math.Log(float64(d.P90)/float64(d.Median)) / normal90
		// A thousand medians are enough for anybody; a number that could overflow ends sooner.
		factor := min(math.Exp(sigma*c.NormFloat64()), 1000)
		return time.Duration(min(float64(d.Median)*factor, float64(maxLength))).Truncate(time.Microsecond)
	}
	return d.Median
}

func hits(c *rand.Rand, probability float64) bool {
	return probability > 0 && c.Float64() < probability
}

// gaps returns instants at random, so many a span on average, as independent things happen (a Poisson process).
func gaps(c *rand.Rand, mean, until time.Duration) (at []time.Duration) {
	if mean <= 0 {
		return nil
	}
	for t := time.Duration(c.ExpFloat64() * float64(mean)); t < until; {
		at = append(at, t.Truncate(time.Microsecond))
		t += max(time.Duration(c.ExpFloat64()*float64(mean)), time.Microsecond)
	}
	return at
}

// sortActs puts acts in order; those of one instant stay as they are.
func sortActs(acts []Act) {
	slices.SortStableFunc(acts, func(a, b Act) int { return cmp.Compare(a.After, b.After) })
}
