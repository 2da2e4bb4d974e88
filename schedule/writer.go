package schedule

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
)

// writer collects shifts. Their users and parts lie in two long slices, each shift holding its own piece, so that a
// year of shifts takes a handful of allocations.
type writer struct {
	shifts []Shift
	users  []watchbill.UserID
	parts  []Part
}

// write adds a shift, or lengthens the last one if the same parts go on.
func (w *writer) write(start, end time.Time, duties []duty) {
	if n := len(w.shifts); n > 0 && w.shifts[n-1].End.Equal(start) && equalParts(w.shifts[n-1].Parts, duties) {
		w.shifts[n-1].End = end
		return
	}
	users, parts := len(w.users), len(w.parts)
	w.users, w.parts = appendUsers(w.users, duties), appendParts(w.parts, duties)
	w.shifts = append(w.shifts, Shift{start, end, slices.Clip(w.users[users:]), slices.Clip(w.parts[parts:])})
}

func equalParts(parts []Part, duties []duty) bool {
	return slices.EqualFunc(parts, duties, func(p Part, d duty) bool { return p == d.Part })
}

func appendParts(parts []Part, duties []duty) []Part {
	for i := range duties {
		parts = append(parts, duties[i].Part)
	}
	return parts
}

// appendUsers appends each person once.
func appendUsers(users []watchbill.UserID, duties []duty) []watchbill.UserID {
	first := len(users)
	for i := range duties {
		if !slices.Contains(users[first:], duties[i].User) {
			users = append(users, duties[i].User)
		}
	}
	return users
}
