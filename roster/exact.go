package roster

import (
	"slices"
	"time"
)

// exact looks at every roster that may be better than the best one known: branch and bound in order of time.
type exact struct {
	*search
	best     Cost
	found    []int
	heaviest []time.Duration // from a slot on: what loads can still be added, at most
	hopeless []int           // from a slot on: slots that nobody can have
}

// prove improves on a roster until no better one is left, and reports whether it got there within the steps.
func (s *search) prove(known []int, steps int) (owners []int, proven bool) {
	e := &exact{search: newSearch(s.p, steps), best: s.p.Cost(known), found: known}
	n := len(s.p.Slots)
	e.heaviest, e.hopeless = make([]time.Duration, n+1), make([]int, n+1)
	for k := n - 1; k >= 0; k-- {
		e.heaviest[k], e.hopeless[k] = e.heaviest[k+1], e.hopeless[k+1]
		most, any := time.Duration(0), false
		for i, c := range s.p.People {
			if e.able[i][k] {
				most, any = max(most, c.Loads[k]), true
			}
		}
		e.heaviest[k] += most
		if !any {
			e.hopeless[k]++
		}
	}
	proven = e.branch(0, 0)
	return e.found, proven
}

// branch decides a slot; spent is what the slots before it cost against wishes, and they left none unfilled beyond what
// the owners say.
func (e *exact) branch(slot int, spent time.Duration) bool {
	if e.steps--; e.steps < 0 {
		return false
	}
	if !e.promising(slot, spent) {
		return true
	}
	if slot == len(e.owner) {
		e.best, e.found = e.p.Cost(e.owner), slices.Clone(e.owner)
		return true
	}
	for _, i := range e.order() {
		if !e.fits(slot, i) {
			continue
		}
		e.give(slot, i)
		done := e.branch(slot+1, spent+e.p.People[i].Costs[slot])
		e.take(slot)
		if !done {
			return false
		}
	}
	return e.branch(slot+1, spent) // nobody
}

// promising reports whether what is decided so far may still become better than the best. Loads only grow: who is above
// what is fair stays there, and those below it can come closer by no more than all that is left.
func (e *exact) promising(slot int, spent time.Duration) bool {
	var above, below time.Duration
	for i, load := range e.loads {
		off := load - e.p.People[i].Target
		above += max(0, off)
		below += max(0, -off)
	}
	left := 0
	for _, o := range e.owner[:slot] {
		if o == Nobody {
			left++
		}
	}
	least := Cost{left + e.hopeless[slot], spent + above + max(0, below-e.heaviest[slot])}
	return least.Less(e.best)
}
