package roster

import (
	"time"

	"github.com/watchbill/watchbill/schedule"
)

// joinTo appends an interval to those before it; it joins the last if that ends where it begins.
func joinTo(list []schedule.Interval, i schedule.Interval) []schedule.Interval {
	if last := len(list) - 1; last >= 0 && list[last].End.Equal(i.Start) {
		list[last].End = i.End
		return list
	}
	return append(list, i)
}

// within cuts intervals to one.
func within(list []schedule.Interval, w schedule.Interval) []schedule.Interval {
	var out []schedule.Interval
	for _, i := range list {
		if !i.End.After(w.Start) {
			continue
		}
		if !i.Start.Before(w.End) {
			break
		}
		out = append(out, schedule.Interval{Start: later(i.Start, w.Start), End: earlier(i.End, w.End)})
	}
	return out
}

// minus returns what is in the intervals and not in others; both are in order.
func minus(list, others []schedule.Interval) []schedule.Interval {
	var out []schedule.Interval
	for _, i := range list {
		for _, o := range within(others, i) {
			if i.Start.Before(o.Start) {
				out = append(out, schedule.Interval{Start: i.Start, End: o.Start})
			}
			i.Start = o.End
		}
		if i.Start.Before(i.End) {
			out = append(out, i)
		}
	}
	return out
}

func length(list []schedule.Interval) (sum time.Duration) {
	for _, i := range list {
		sum += i.End.Sub(i.Start)
	}
	return sum
}
