package roster

import (
	"math"
	"slices"
	"time"
)

// maxTable bounds the work of the bound.
const maxTable = 40_000_000

// Bound returns a cost that no roster can be below.
//
// It gives up all constraints between turns. What stays is who can have which slot alone, and that so many slots are
// filled: person i with k slots has a load between the k lightest and the k heaviest of those open to that person, so is
// at least that far from fair, and goes at least as much against wishes as the k least costly say. The cheapest way to
// deal out the numbers k is found exactly, over all people, by dynamic programming. Where that would be too much work,
// everybody may have as many slots as is best, which is less than or equal to it.
func (p Problem) Bound() Cost {
	able := p.able()
	c := Cost{Unfilled: p.unfillable(able)}
	filled := len(p.Slots) - c.Unfilled
	best := make([]time.Duration, filled+1) // by how many slots are dealt out
	for m := 1; m <= filled; m++ {
		best[m] = never
	}
	small := len(p.People)*filled*filled <= maxTable
	for i := range p.People {
		least := p.least(i, able[i], filled)
		if !small {
			best[filled] = sum(min(best[filled], best[0]), slices.Min(least))
			best[0] = best[filled]
			continue
		}
		best = deal(best, least)
	}
	c.Time = best[filled]
	return c
}

// never is more than any cost.
const never = time.Duration(math.MaxInt64 / 4)

func sum(a, b time.Duration) time.Duration { return min(a+b, never) }

// deal lets one more person have some of the slots.
func deal(best, least []time.Duration) []time.Duration {
	next := make([]time.Duration, len(best))
	for m := range next {
		next[m] = never
		for k := 0; k <= m && k < len(least); k++ {
			next[m] = min(next[m], sum(best[m-k], least[k]))
		}
	}
	return next
}

// least returns, for each number of slots that a person may have, what that costs at least.
func (p Problem) least(person int, able []bool, most int) []time.Duration {
	c := p.People[person]
	var loads, costs []time.Duration
	for k, ok := range able {
		if ok {
			loads, costs = append(loads, c.Loads[k]), append(costs, c.Costs[k])
		}
	}
	slices.Sort(loads)
	slices.Sort(costs)
	out := []time.Duration{c.Target.Abs()}
	var light, heavy, cost time.Duration
	for k := 1; k <= min(len(loads), most); k++ {
		light += loads[k-1]
		heavy += loads[len(loads)-k]
		cost += costs[k-1]
		out = append(out, max(0, light-c.Target, c.Target-heavy)+cost)
	}
	return out
}

// unfillable counts slots that nobody can have, and seats of a turn beyond those who can have one.
func (p Problem) unfillable(able [][]bool) int {
	none := 0
	for from := 0; from < len(p.Slots); {
		to := from + 1
		for to < len(p.Slots) && p.Slots[to].Turn == p.Slots[from].Turn {
			to++
		}
		people := 0
		for i := range p.People {
			if slices.Contains(able[i][from:to], true) {
				people++
			}
		}
		none += max(0, to-from-people)
		from = to
	}
	return none
}
