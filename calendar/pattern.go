package calendar

import (
	"cmp"
	"slices"
)

// Pattern is a set of civil times that repeats every week: the union of some windows. It is immutable. The zero value
// is every civil time.
type Pattern struct {
	open []span // sorted, apart from each other; long enough on both sides to answer for every time of one week
}

// span is a stretch of seconds after Monday 00:00, [from, to).
type span struct{ from, to int64 }

// NewPattern returns the union of windows; windows may overlap or touch, also across the end of the week. Without any
// window it is every civil time. Windows must be valid: see [Window.Validate].
func NewPattern(windows []Window) Pattern {
	var all []span
	for _, w := range windows {
		for _, d := range w.Days {
			from := int64(d)*day + int64(w.From)
			// The weeks before and after make the pattern whole: a window may reach into this week, or out of it.
			for _, start := range [...]int64{from - week, from, from + week} {
				all = append(all, span{start, start + w.length()})
			}
		}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	open := union(all)
	if len(open) == 1 { // without a gap in three weeks
		open = nil
	}
	return Pattern{open}
}

// union joins sorted spans that overlap or touch.
func union(sorted []span) []span {
	var joined []span
	for _, s := range sorted {
		if n := len(joined); n > 0 && s.from <= joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, s.to)
		} else {
			joined = append(joined, s)
		}
	}
	return joined
}

// endless is a civil time far beyond the year 9999 that leaves room for arithmetic.
const endless = 1 << 50

// At reports whether c is in the pattern, and the civil time at which that changes. If it never changes, that time is
// far beyond the year 9999.
func (p Pattern) At(c Civil) (open bool, until Civil) {
	if p.open == nil {
		return true, Civil{endless}
	}
	now := floorMod(c.seconds, week)
	i, _ := slices.BinarySearchFunc(p.open, now, func(s span, now int64) int { return cmp.Compare(s.to, now+1) })
	next := p.open[i]
	if next.from <= now {
		return true, Civil{c.seconds + next.to - now}
	}
	return false, Civil{c.seconds + next.from - now}
}
