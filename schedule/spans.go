package schedule

import (
	"cmp"
	"slices"
)

// span is the time from from, included, to to, excluded. It is empty if to is not after from.
type span struct{ from, to instant }

// spans finds those that hold at an instant without looking at the others: an interval tree, kept as a sorted slice
// whose middle is the root.
type spans struct {
	list    []span
	byStart []int32   // indices into list, by from
	lastEnd []instant // lastEnd[mid] is the latest end in the subtree whose root is byStart[mid]
	edges   []instant // every from and to, sorted
}

func newSpans(list []span) spans {
	x := spans{list: list, lastEnd: make([]instant, len(list))}
	for i, s := range list {
		x.byStart = append(x.byStart, int32(i))
		x.edges = append(x.edges, s.from, s.to)
	}
	slices.SortFunc(x.byStart, func(i, j int32) int { return cmp.Compare(list[i].from, list[j].from) })
	slices.Sort(x.edges)
	x.index(0, len(list))
	return x
}

// index fills lastEnd for the subtree of byStart[lo:hi] and returns the latest end in it.
func (x *spans) index(lo, hi int) instant {
	if lo == hi {
		return -never
	}
	mid := (lo + hi) / 2
	x.lastEnd[mid] = max(x.list[x.byStart[mid]].to, x.index(lo, mid), x.index(mid+1, hi))
	return x.lastEnd[mid]
}

// at appends the indices of the spans that hold at t to buf, in the order of the list, and returns the next instant at
// which others may.
func (x *spans) at(t instant, buf []int32) ([]int32, instant) {
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

func (x *spans) search(lo, hi int, t instant, found []int32) []int32 {
	mid := (lo + hi) / 2
	if lo == hi || x.lastEnd[mid] <= t {
		return found
	}
	found = x.search(lo, mid, t, found)
	s := x.list[x.byStart[mid]]
	if t < s.from {
		return found // as do all that start later
	}
	if t < s.to {
		found = append(found, x.byStart[mid])
	}
	return x.search(mid+1, hi, t, found)
}
