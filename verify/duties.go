package verify

import (
	"cmp"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// Duty is a longest interval [Start, End) in which a person is on call in a schedule, whoever else is, and whichever turns
// and overrides put the person there: between two turns in a row there is no hand-off. Times are in the schedule's zone.
type Duty struct {
	Schedule watchbill.ScheduleID `json:"schedule"`
	Start    time.Time            `json:"start"`
	End      time.Time            `json:"end"`
}

// Change is a longest interval [Start, End) that a person gains or loses in a schedule.
type Change struct {
	Duty
	Gained bool `json:"gained"` // false: lost
}

// Moves says, for everybody whose shifts between from and to an edit moves, what they gain and lose: by start, then in the
// order of the schedules. A schedule that only one of the configurations has is gained or lost as a whole. People whose
// shifts stay as they were are not in the map.
func Moves(before, after *oncall.Org, from, to time.Time) map[watchbill.UserID][]Change {
	moves := map[watchbill.UserID][]Change{}
	for _, id := range schedulesOf(before, after) {
		was, is := scheduleSpans(before, id, from, to), scheduleSpans(after, id, from, to)
		for user, spans := range was {
			moves[user] = append(moves[user], changes(id, without(spans, is[user]), false)...)
		}
		for user, spans := range is {
			moves[user] = append(moves[user], changes(id, without(spans, was[user]), true)...)
		}
	}
	for user, list := range moves {
		if len(list) == 0 {
			delete(moves, user)
			continue
		}
		slices.SortStableFunc(list, byStartThenLoss)
	}
	return moves
}

// byStartThenLoss puts what is lost before what is gained at the same time.
func byStartThenLoss(a, b Change) int {
	rank := map[bool]int{true: 1}
	return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(rank[a.Gained], rank[b.Gained]))
}

func changes(id watchbill.ScheduleID, spans []schedule.Interval, gained bool) []Change {
	var list []Change
	for _, i := range spans {
		list = append(list, Change{Duty{id, i.Start, i.End}, gained})
	}
	return list
}

// schedulesOf returns the schedules of either configuration, those of the first before those that only the second has.
func schedulesOf(a, b *oncall.Org) []watchbill.ScheduleID {
	var ids []watchbill.ScheduleID
	for _, org := range [...]*oncall.Org{a, b} {
		for _, spec := range org.Config().Schedules {
			if !slices.Contains(ids, spec.ID) {
				ids = append(ids, spec.ID)
			}
		}
	}
	return ids
}

// spans is, for everybody, when they are on call: longest intervals, in order.
type spans map[watchbill.UserID][]schedule.Interval

func scheduleSpans(org *oncall.Org, id watchbill.ScheduleID, from, to time.Time) spans {
	if s, ok := org.Schedule(id); ok {
		return spansOf(s, from, to)
	}
	return nil
}

func spansOf(s *schedule.Schedule, from, to time.Time) spans {
	all := spans{}
	for set := range s.Sets(from, to) {
		for _, u := range set.Users {
			all.extend(u, set.Start, set.End)
		}
	}
	return all
}

// extend adds an interval, or lengthens the last one if it goes on.
func (all spans) extend(u watchbill.UserID, start, end time.Time) {
	list := all[u]
	if n := len(list); n > 0 && list[n-1].End.Equal(start) {
		list[n-1].End = end
		return
	}
	all[u] = append(list, schedule.Interval{Start: start, End: end})
}

// without returns what of a is not in b; both are in order.
func without(a, b []schedule.Interval) []schedule.Interval {
	var rest []schedule.Interval
	for _, i := range a {
		for len(b) > 0 && !b[0].End.After(i.Start) {
			b = b[1:]
		}
		start := i.Start
		for _, hole := range b {
			if !hole.Start.Before(i.End) {
				break
			}
			if hole.Start.After(start) {
				rest = append(rest, schedule.Interval{Start: start, End: hole.Start})
			}
			start = later(start, hole.End)
		}
		if start.Before(i.End) {
			rest = append(rest, schedule.Interval{Start: start, End: i.End})
		}
	}
	return rest
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
