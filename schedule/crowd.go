package schedule

import (
	"cmp"
	"slices"
	"time"
)

// MaxAtOnce is how many overrides of a schedule may hold at one instant, and how many people its sites and layers may
// put on call at one instant.
const MaxAtOnce = 1_000

// Fitting returns overrides without those that would make more than [MaxAtOnce] hold at one instant, each judged with
// those before it. The first own of them stay in any case: [New] refuses them if they are too many. Civil times are
// read in zone, the schedule's. The overrides must be valid.
func Fitting(overrides []Override, own int, zone *time.Location) []Override {
	list := make([]span, 0, len(overrides))
	for _, o := range overrides {
		list = append(list, span{instantOf(o.From.In(zone)), instantOf(o.To.In(zone))})
	}
	over, _ := overfull(list, one)
	if len(over) == 0 {
		return overrides
	}
	fitting := make([]Override, 0, len(overrides))
	for i, o := range overrides {
		if len(over) > 0 && over[0] == i {
			over = over[1:]
			if i >= own {
				continue
			}
		}
		fitting = append(fitting, o)
	}
	return fitting
}

// one is the size of a span that counts once.
func one(int) int { return 1 }

// mostAtOnce returns the largest sum of the sizes of spans that hold at one instant.
func mostAtOnce(list []span, size func(i int) int) (most int) {
	type edge struct {
		at   instant
		size int
	}
	edges := make([]edge, 0, 2*len(list))
	for i, s := range list {
		if s.from < s.to {
			edges = append(edges, edge{s.from, size(i)}, edge{s.to, -size(i)})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.size, b.size)) })
	now := 0
	for _, e := range edges {
		now += e.size
		most = max(most, now)
	}
	return most
}

// overfull returns, in order, the spans that would make the sum of the sizes at some instant more than MaxAtOnce. Each
// is judged with those before it that would not. It also returns what mostAtOnce does.
func overfull(list []span, size func(i int) int) (over []int, most int) {
	if most = mostAtOnce(list, size); most <= MaxAtOnce {
		return nil, most
	}
	c := newCrowd(list)
	for i, s := range list {
		switch {
		case s.from >= s.to:
		case c.most(s)+size(i) > MaxAtOnce:
			over = append(over, i)
		default:
			c.add(s, size(i))
		}
	}
	return over, most
}

// crowd is how many there are at every instant: a segment tree over the stretches between some instants.
type crowd struct {
	edges []instant
	nodes []struct{ whole, most int } // what was added to all of a stretch, and the most anywhere in it, that included
}

func newCrowd(list []span) *crowd {
	c := &crowd{}
	for _, s := range list {
		c.edges = append(c.edges, s.from, s.to)
	}
	slices.Sort(c.edges)
	c.edges = slices.Compact(c.edges)
	c.nodes = make([]struct{ whole, most int }, 4*len(c.edges))
	return c
}

// add adds n all over s, which begins and ends at edges.
func (c *crowd) add(s span, n int) { c.addTo(0, 0, len(c.edges)-1, s, n) }

// addTo does so for a node, whose stretch is edges[lo] to edges[hi].
func (c *crowd) addTo(node, lo, hi int, s span, n int) {
	if s.to <= c.edges[lo] || c.edges[hi] <= s.from {
		return
	}
	x := &c.nodes[node]
	if s.from <= c.edges[lo] && c.edges[hi] <= s.to {
		x.whole, x.most = x.whole+n, x.most+n
		return
	}
	mid := (lo + hi) / 2
	c.addTo(2*node+1, lo, mid, s, n)
	c.addTo(2*node+2, mid, hi, s, n)
	x.most = x.whole + max(c.nodes[2*node+1].most, c.nodes[2*node+2].most)
}

// most is the most there is at one instant of s.
func (c *crowd) most(s span) int { return c.mostIn(0, 0, len(c.edges)-1, s) }

func (c *crowd) mostIn(node, lo, hi int, s span) int {
	switch x := c.nodes[node]; {
	case s.to <= c.edges[lo] || c.edges[hi] <= s.from:
		return 0
	case s.from <= c.edges[lo] && c.edges[hi] <= s.to:
		return x.most
	default:
		mid := (lo + hi) / 2
		return x.whole + max(c.mostIn(2*node+1, lo, mid, s), c.mostIn(2*node+2, mid, hi, s))
	}
}
