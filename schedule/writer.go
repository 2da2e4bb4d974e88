package schedule

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
)

// writer collects shifts. Their users and parts lie in a few long slices, each shift holding its own piece, so that a
// year of shifts takes few allocations.
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
	if len(w.shifts) == cap(w.shifts) {
		w.shifts = slices.Grow(w.shifts, len(w.shifts)+16)
	}
	w.users, w.parts = room(w.users, len(duties)), room(w.parts, len(duties))
	users, parts := len(w.users), len(w.parts)
	w.users, w.parts = appendUsers(w.users, duties), appendParts(w.parts, duties)
	w.shifts = append(w.shifts, Shift{start, end, slices.Clip(w.users[users:]), slices.Clip(w.parts[parts:])})
}

// room returns a slice to which n elements can be appended without copying those before: list itself, or an empty one
// that is longer than list, up to a limit.
func room[T any](list []T, n int) []T {
	if cap(list)-len(list) >= n {
		return list
	}
	return make([]T, 0, n+min(2*cap(list), 1024))
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
