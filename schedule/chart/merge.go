package chart

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
)

// merged joins neighbours in a lane that are narrower than least, and less than apart from each other, to one block. A
// bar that stands alone is kept, however narrow.
func merged(lane []bar, least, apart float64, widthOf func(from, to time.Time) float64) []bar {
	var all []bar
	for i := 0; i < len(lane); {
		n := i + 1
		if widthOf(lane[i].start, lane[i].end) < least {
			for n < len(lane) && widthOf(lane[n].start, lane[n].end) < least &&
				widthOf(lane[n-1].end, lane[n].start) < apart {
				n++
			}
		}
		all = append(all, block(lane[i:n]))
		i = n
	}
	return all
}

// block makes one bar of several.
func block(bars []bar) bar {
	first, last := bars[0], bars[len(bars)-1]
	if len(bars) == 1 {
		return first
	}
	b := bar{start: first.start, end: last.end, kind: often, changes: len(bars) - 1, every: usual(bars)}
	seen := map[watchbill.UserID]bool{}
	for _, x := range bars {
		b.holes = b.holes || x.kind == gap
		for _, u := range slices.Concat(x.users, []watchbill.UserID{x.part.User}) {
			if u != "" && !seen[u] {
				seen[u] = true
				b.users = append(b.users, u)
			}
		}
	}
	if len(b.users) == 1 && uninterrupted(bars) {
		return bar{start: b.start, end: b.end, part: first.part} // the same person, turn after turn
	}
	return b
}

// usual is how long nearly all of the bars last; 0 if they do not agree. A change of the clocks makes some differ.
func usual(bars []bar) time.Duration {
	every, same := bars[len(bars)/2].end.Sub(bars[len(bars)/2].start), 0
	for _, b := range bars {
		if b.end.Sub(b.start) == every {
			same++
		}
	}
	if len(bars) < 3 || same*10 < (len(bars)-2)*9 { // the first and the last may be cut
		return 0
	}
	return every
}

func uninterrupted(bars []bar) bool {
	for i, b := range bars {
		if b.kind != duty || i > 0 && !bars[i-1].end.Equal(b.start) {
			return false
		}
	}
	return true
}
