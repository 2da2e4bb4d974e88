package schedule

import (
	"cmp"
	"slices"

	"github.com/watchbill/watchbill"
)

// override is an Override made ready for questions.
type override struct {
	id             OverrideID
	from, to       instant
	user, replaces watchbill.UserID
}

// overrides finds those that hold at an instant without looking at the others: an interval tree, kept as a sorted
// slice whose middle is the root.
type overrides struct {
	list    []override // in the order in which they apply
	byStart []int32    // indices into list, by from
	lastEnd []instant  // lastEnd[mid] is the latest end in the subtree whose root is byStart[mid]
	edges   []instant  // every from and to, sorted
}

func newOverrides(list []override) overrides {
	x := overrides{list: list, lastEnd: make([]instant, len(list))}
	for i, o := range list {
		x.byStart = append(x.byStart, int32(i))
		x.edges = append(x.edges, o.from, o.to)
	}
	slices.SortFunc(x.byStart, func(i, j int32) int { return cmp.Compare(list[i].from, list[j].from) })
	slices.Sort(x.edges)
	x.index(0, len(list))
	return x
}

// index fills lastEnd for the subtree of byStart[lo:hi] and returns the latest end in it.
func (x *overrides) index(lo, hi int) instant {
	if lo == hi {
		return -never
	}
	mid := (lo + hi) / 2
	x.lastEnd[mid] = max(x.list[x.byStart[mid]].to, x.index(lo, mid), x.index(mid+1, hi))
	return x.lastEnd[mid]
}

// at appends the indices of the overrides that hold at t to buf, in the order in which they apply, and returns the
// next instant at which others may.
func (x *overrides) at(t instant, buf []int32) ([]int32, instant) {
	if len(x.list) == 0 {
		return buf, never
	}
	holding := x.search(0, len(x.list), t, buf)
	slices.Sort(holding)
	next, _ := slices.BinarySearch(x.edges, t+1)
	if next == len(x.edges) {
		return holding, never
	}
	return holding, x.edges[next]
}

func (x *overrides) search(lo, hi int, t instant, found []int32) []int32 {
	mid := (lo + hi) / 2
	if lo == hi || x.lastEnd[mid] <= t {
		return found
	}
	found = x.search(lo, mid, t, found)
	o := &x.list[x.byStart[mid]]
	if t < o.from {
		return found // as do all that start later
	}
	if t < o.to {
		found = append(found, x.byStart[mid])
	}
	return x.search(mid+1, hi, t, found)
}
