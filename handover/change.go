package handover

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// Change is a hand-off: somebody comes on call who was not among the last people on call. Times are in UTC.
type Change struct {
	At       time.Time
	From     time.Time          // when the first of those who go began
	Outgoing []watchbill.UserID // who was on call last, and is not from At on
	Incoming []watchbill.UserID // who is on call from At on, and was not last
}

// Draft returns the document of a hand-off that nobody has touched.
func (c Change) Draft(s watchbill.ScheduleID) Handover {
	return Handover{ID: ID(s, c.At), Schedule: s, At: c.At, From: c.From, Outgoing: c.Outgoing, Incoming: c.Incoming}
}

// Reach is how far from an instant hand-offs are looked for.
const Reach = 400 * 24 * time.Hour

// Around returns the latest hand-off not after an instant, and the first one after it; nil where there is none within
// [Reach].
func Around(s *schedule.Schedule, at time.Time) (last, next *Change) {
	const day = 24 * time.Hour
	for _, reach := range []time.Duration{15 * day, 70 * day, Reach} { // most schedules change hands every week
		last, next = nil, nil
		for _, c := range Changes(s, at.Add(-reach), at.Add(reach)) {
			if !c.At.After(at) {
				last = &c
			} else if next = &c; true {
				break
			}
		}
		if last != nil && next != nil {
			break
		}
	}
	return last, next
}

// Changes lists the hand-offs between two instants, both excluded. Those who are on call at the first count as having
// begun there.
func Changes(s *schedule.Schedule, from, to time.Time) (all []Change) {
	began := map[watchbill.UserID]time.Time{} // of those who were on call last
	var last []watchbill.UserID
	for set := range s.Sets(from, to) {
		if len(set.Users) == 0 {
			continue // nothing is handed over to nobody
		}
		at := watchbill.Stamp(set.Start)
		c := Change{At: at, From: at, Outgoing: missing(last, set.Users), Incoming: missing(set.Users, last)}
		for _, u := range c.Outgoing {
			if b := began[u]; b.Before(c.From) {
				c.From = b
			}
			delete(began, u)
		}
		for _, u := range c.Incoming {
			began[u] = at
		}
		last = slices.Clone(set.Users)
		if len(c.Incoming) > 0 && at.After(from) {
			all = append(all, c)
		}
	}
	return all
}

// missing returns those of some who are not among others.
func missing(some, others []watchbill.UserID) (all []watchbill.UserID) {
	for _, u := range some {
		if !slices.Contains(others, u) {
			all = append(all, u)
		}
	}
	return all
}
