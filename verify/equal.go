package verify

import (
	"iter"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// Difference is the first instant at which two schedules have different people on call, and who they are.
type Difference struct {
	At   time.Time          `json:"at"`
	A, B []watchbill.UserID `json:"-"`
}

// Equal proves that two schedules have the same people on call at every instant of [from, to), or returns the first
// instant at which they have not. Layers, turns and overrides may differ: what counts is who is paged. So it decides
// whether a rewritten or imported schedule means the same.
func Equal(a, b *schedule.Schedule, from, to time.Time) (Difference, bool) {
	for p := range both(a, b, from, to) {
		if !sameSet(p.a, p.b) {
			return Difference{At: p.start.In(a.Zone()), A: slices.Clone(p.a), B: slices.Clone(p.b)}, false
		}
	}
	return Difference{}, true
}

// pair is an interval in which two schedules each have the same people throughout.
type pair struct {
	start, end time.Time
	a, b       []watchbill.UserID // read at once
}

// both walks along two schedules; nil has nobody ever.
func both(a, b *schedule.Schedule, from, to time.Time) iter.Seq[pair] {
	return func(yield func(pair) bool) {
		nextA, stopA := iter.Pull(sets(a, from, to))
		defer stopA()
		nextB, stopB := iter.Pull(sets(b, from, to))
		defer stopB()
		x, okA := nextA()
		y, okB := nextB()
		for start := from; okA && okB; {
			end := x.End
			if y.End.Before(end) {
				end = y.End
			}
			if !yield(pair{start, end, x.Users, y.Users}) {
				return
			}
			start = end
			if !x.End.After(end) {
				x, okA = nextA()
			}
			if !y.End.After(end) {
				y, okB = nextB()
			}
		}
	}
}

func sets(s *schedule.Schedule, from, to time.Time) iter.Seq[schedule.Set] {
	if s != nil {
		return s.Sets(from, to)
	}
	return func(yield func(schedule.Set) bool) { yield(schedule.Set{Start: from, End: to}) }
}
