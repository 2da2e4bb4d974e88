package schedule

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// Schedule answers who is on call. It is immutable and safe for concurrent use. Make one with [New].
type Schedule struct {
	spec        Spec
	zone        *time.Location
	layers      []layer // of all eras
	eras        []era
	temporaries []temporary
	windows     spans // of the temporaries
	overrides   overrides
	hasShadows  bool
	cost        int // how many layers there are, those of included schedules counted
	people      int // how many may be on call at once, at most; those whom overrides add aside
	asked       int // how many layers and overrides of included schedules there are to ask at an instant, at most
}

// ID returns the schedule's identifier.
func (s *Schedule) ID() watchbill.ScheduleID { return s.spec.ID }

// Zone returns the zone in which the schedule reads civil times and gives its answers.
func (s *Schedule) Zone() *time.Location { return s.zone }

// Spec returns a copy of what the schedule was made from.
func (s *Schedule) Spec() Spec { return s.spec.clone() }

// OnCall says who is on call at t, why, and until when. It costs the same however long ago the schedule started.
//
// Until looks ahead over boundaries at which people could change but the set of users stays the same (layers that change
// hands between the same person, say): over 10,000 of them, or fewer where each takes much to look at, as with many
// layers, people or overrides at once. Beyond that, Until is how far it looked, and UntilAtLeast is set.
func (s *Schedule) OnCall(t time.Time) Answer {
	var few [4]hand
	var some [2]duty
	hands := s.hands(few[:0], true)
	now := instantOf(t)
	duties, until := s.duties(hands, now, some[:0])
	a := Answer{Schedule: s.spec.ID, At: now.in(s.zone), from: s}
	a.Users = appendUsers(make([]watchbill.UserID, 0, len(duties)), duties)
	a.Parts = appendParts(make([]Part, 0, len(duties)), duties)
	if s.hasShadows {
		a.Shadows = appendParts(nil, s.shadows(hands, now, nil))
	}
	until, a.UntilAtLeast = s.changeAfter(until, hands, a.Users, 1)
	if until < never {
		a.Until = until.in(s.zone)
	}
	return a
}

// lookAhead is how many boundaries Until looks at, workAhead how much work that may be: comparing two people, say.
const lookAhead, workAhead = 10_000, 500_000

// changeAfter returns the first instant from t on at which other people than users are on call. It looks so many times
// as far ahead as OnCall; if it gives up, it says so, and returns the first instant that it did not look at.
func (s *Schedule) changeAfter(t instant, hands []hand, users []watchbill.UserID, far int) (at instant, gaveUp bool) {
	if t == never {
		return never, false
	}
	var some [2]duty
	people, asked := 1+s.people+s.overrides.adds, 1+s.asked+s.overrides.most
	for range far * min(lookAhead, 1+workAhead/(people*(people+asked))) {
		duties, until := s.duties(hands, t, some[:0])
		if !sameUsers(duties, users) {
			return t, false
		}
		if t = until; t == never {
			return never, false
		}
	}
	return t, true
}

// NextHandoff returns the first instant after t at which other people are on call than at t, or nobody, or somebody at
// last. It is false if there is none, and the time is zero then. It looks a hundred times as far ahead as
// [Schedule.OnCall], which is more than a century if people change hourly; if it is false and the time is not zero,
// there is none before that time, and it did not look from there on.
func (s *Schedule) NextHandoff(t time.Time) (time.Time, bool) {
	hands := s.hands(nil, true)
	duties, until := s.duties(hands, instantOf(t), nil)
	until, gaveUp := s.changeAfter(until, hands, appendUsers(nil, duties), 100)
	if until == never {
		return time.Time{}, false
	}
	return until.in(s.zone), !gaveUp
}

// Shifts lists who is on call between from and to: one entry for each longest interval of equal parts, so a shift ends
// where a turn ends, even if the same person has the next one. Shifts are in order and cut to the window; gaps between
// them are not listed. The list grows with the number of turns in the window: 8,760 a year if they change hourly.
func (s *Schedule) Shifts(from, to time.Time) []Shift {
	var w writer
	s.walk(instantOf(from), instantOf(to), func(start, end instant, duties []duty) {
		if len(duties) > 0 {
			w.write(start.in(s.zone), end.in(s.zone), duties)
		}
	})
	return w.shifts
}

// Gaps lists the longest intervals between from and to in which nobody is on call, in order and cut to the window.
func (s *Schedule) Gaps(from, to time.Time) []Interval {
	var gaps []Interval
	s.walk(instantOf(from), instantOf(to), func(start, end instant, duties []duty) {
		if len(duties) > 0 {
			return
		}
		if n := len(gaps); n > 0 && gaps[n-1].End.Equal(start.in(s.zone)) {
			gaps[n-1].End = end.in(s.zone)
		} else {
			gaps = append(gaps, Interval{start.in(s.zone), end.in(s.zone)})
		}
	})
	return gaps
}

// walk calls visit for consecutive intervals of constant duties that fill [from, to).
func (s *Schedule) walk(from, to instant, visit func(start, end instant, duties []duty)) {
	hands := s.hands(nil, false)
	var duties []duty
	for t, until := from, from; t < to; t = until {
		duties, until = s.duties(hands, t, duties[:0])
		until = min(until, to)
		visit(t, until, duties)
	}
}

// hands appends one for every layer. If they skip, they pass over boundaries between turns of one and the same user.
func (s *Schedule) hands(buf []hand, skipping bool) []hand {
	for i := range s.layers {
		buf = append(buf, hand{
			wall: calendar.NewWall(s.layers[i].zone), skipping: skipping, until: -never, turnEnd: never, tookUntil: -never,
		})
	}
	return buf
}

// sameUsers reports whether the duties are exactly these people's.
func sameUsers(duties []duty, users []watchbill.UserID) bool {
	for _, d := range duties {
		if !slices.Contains(users, d.User) {
			return false
		}
	}
	for _, u := range users {
		if !slices.ContainsFunc(duties, func(d duty) bool { return d.User == u }) {
			return false
		}
	}
	return true
}
