package verify

import (
	"slices"

	"github.com/watchbill/watchbill/schedule"
)

// Move is a turn whose instants changed: the same parts, from other instants on or until other ones. Before is zero for
// what came anew, After for what is gone.
type Move struct {
	Before schedule.Interval `json:"before"`
	After  schedule.Interval `json:"after"`
	Parts  []schedule.Part   `json:"parts"`
}

// Moved compares two lists of one schedule's shifts, each in order: the same schedule computed with two versions of the time
// zone database, say, of which the first was saved. Shifts of equal parts are taken for one another, in order.
func Moved(before, after []schedule.Shift) []Move {
	var moves []Move
	for len(before) > 0 || len(after) > 0 {
		switch i, j := meet(before, after); {
		case i == 0 && j == 0:
			if a, b := before[0], after[0]; !a.Start.Equal(b.Start) || !a.End.Equal(b.End) {
				moves = append(moves, Move{span(a), span(b), b.Parts})
			}
			before, after = before[1:], after[1:]
		case i > 0:
			moves = append(moves, Move{Before: span(before[0]), Parts: before[0].Parts})
			before = before[1:]
		default:
			moves = append(moves, Move{After: span(after[0]), Parts: after[0].Parts})
			after = after[1:]
		}
	}
	return moves
}

func span(s schedule.Shift) schedule.Interval { return schedule.Interval{Start: s.Start, End: s.End} }

// meet returns how many shifts of each list have no counterpart before the first that has one. It looks ahead a little only:
// a change of zones moves shifts, it does not reorder them.
func meet(before, after []schedule.Shift) (i, j int) {
	const ahead = 16
	for n := range ahead {
		for k := 0; k <= n; k++ {
			if i, j := k, n-k; i < len(before) && j < len(after) && slices.Equal(before[i].Parts, after[j].Parts) {
				return i, j
			}
		}
	}
	return len(before), len(after)
}
