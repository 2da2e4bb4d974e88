package schedule

import (
	"iter"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
)

// Set is a longest interval [Start, End) in which the same people are on call, or nobody is, whatever the reasons. Times
// are in the schedule's zone.
type Set struct {
	Start, End time.Time
	Users      []watchbill.UserID // each person once, in their order at Start; empty: a gap. The next step overwrites it
}

// Sets goes through who is on call between from and to, gaps included, in order and cut to the window. It takes no memory
// that grows with the window, so it is what proofs over many years walk along.
func (s *Schedule) Sets(from, to time.Time) iter.Seq[Set] {
	return func(yield func(Set) bool) {
		start, end := instantOf(from), instantOf(to)
		hands := s.hands(nil, true)
		var duties []duty
		var users, next []watchbill.UserID
		begun := start
		for t := start; t < end; {
			var until instant
			duties, until = s.duties(hands, t, duties[:0])
			switch next = appendUsers(next[:0], duties); {
			case t == start:
				users, next = next, users
			case !sameUsers(duties, users):
				if !yield(Set{begun.in(s.zone), t.in(s.zone), users}) {
					return
				}
				begun = t
				users, next = next, users
			}
			t = min(until, end)
		}
		if start < end {
			yield(Set{begun.in(s.zone), end.in(s.zone), slices.Clip(users)})
		}
	}
}
