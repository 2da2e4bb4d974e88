package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/watchbill/watchbill/schedule"
)

// spans are intervals in order of time that neither overlap nor touch.
type spans []schedule.Interval

// unite makes spans of any intervals.
func unite(list []schedule.Interval) spans {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b schedule.Interval) int {
		return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End))
	})
	var out spans
	for _, i := range list {
		last := len(out) - 1
		switch {
		case !i.Start.Before(i.End):
		case last >= 0 && !out[last].End.Before(i.Start):
			out[last].End = later(out[last].End, i.End)
		default:
			out = append(out, i)
		}
	}
	return out
}

// minus returns what is in s and not in cut.
func (s spans) minus(cut spans) spans {
	var out spans
	next := 0
	for _, i := range s {
		for next < len(cut) && !i.Start.Before(cut[next].End) {
			next++
		}
		start := i.Start
		for k := next; k < len(cut) && cut[k].Start.Before(i.End); k++ {
			if start.Before(cut[k].Start) {
				out = append(out, schedule.Interval{Start: start, End: cut[k].Start})
			}
			start = later(start, cut[k].End)
		}
		if start.Before(i.End) {
			out = append(out, schedule.Interval{Start: start, End: i.End})
		}
	}
	return out
}

// within cuts the spans to a window.
func (s spans) within(w Window) spans {
	var out spans
	for _, i := range s {
		i.Start, i.End = later(i.Start, w.From), earlier(i.End, w.To)
		if i.Start.Before(i.End) {
			out = append(out, i)
		}
	}
	return out
}

// contains reports whether an instant is in one of the spans.
func (s spans) contains(t time.Time) bool {
	i, _ := slices.BinarySearchFunc(s, t, func(i schedule.Interval, t time.Time) int {
		if i.End.After(t) {
			return 1
		}
		return -1
	})
	return i < len(s) && !t.Before(s[i].Start)
}

// length is the elapsed time in all spans together.
func (s spans) length() (sum time.Duration) {
	for _, i := range s {
		sum += i.End.Sub(i.Start)
	}
	return sum
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
