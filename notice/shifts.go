package notice

import (
	"cmp"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// Stretch is a longest time [From, To) in which a person is on call in a schedule.
type Stretch struct {
	User     watchbill.UserID
	From, To time.Time // UTC
}

// Stretches lists who is on call when between two instants, cut to them, by beginning and person. What one person has in
// turns that follow upon one another is one stretch.
func Stretches(s *schedule.Schedule, from, to time.Time) (all []Stretch) {
	latest := map[watchbill.UserID]int{} // index of the person's latest stretch
	for set := range s.Sets(from, to) {
		start, end := watchbill.Stamp(set.Start), watchbill.Stamp(set.End)
		for _, u := range set.Users {
			if i, ok := latest[u]; ok && all[i].To.Equal(start) {
				all[i].To = end
				continue
			}
			latest[u] = len(all)
			all = append(all, Stretch{u, start, end})
		}
	}
	slices.SortFunc(all, func(a, b Stretch) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.User, b.User)) })
	return all
}

// wishes says who wants to be told what.
type wishes struct {
	leads      []time.Duration // sorted, each once
	before     map[time.Duration]map[watchbill.UserID]bool
	start, end map[watchbill.UserID]bool
}

func wishesOf(org *oncall.Org) wishes {
	w := wishes{before: map[time.Duration]map[watchbill.UserID]bool{}, start: map[watchbill.UserID]bool{}, end: map[watchbill.UserID]bool{}}
	for _, u := range org.Config().Catalog.Users {
		for _, lead := range u.Notices.Before {
			if w.before[lead] == nil {
				w.before[lead] = map[watchbill.UserID]bool{}
				w.leads = append(w.leads, lead)
			}
			w.before[lead][u.ID] = true
		}
		if u.Notices.Start {
			w.start[u.ID] = true
		}
		if u.Notices.End {
			w.end[u.ID] = true
		}
	}
	slices.Sort(w.leads)
	return w
}

// shifts lists the notices about the shifts of a schedule.
func (w wishes) shifts(s *schedule.Schedule, after, upTo time.Time) (all []Notice) {
	for _, lead := range w.leads {
		all = append(all, begins(s, ShiftBefore, lead, w.before[lead], after, upTo)...)
	}
	if len(w.start) > 0 {
		all = append(all, begins(s, ShiftStart, 0, w.start, after, upTo)...)
	}
	if len(w.end) > 0 {
		all = append(all, ends(s, w.end, after, upTo)...)
	}
	return all
}

// begins lists the notices about stretches that begin a lead after the window. Whoever is on call at its first instant
// began earlier, and is cut to it.
func begins(s *schedule.Schedule, k Kind, lead time.Duration, who map[watchbill.UserID]bool, after, upTo time.Time) (all []Notice) {
	after, upTo = after.Add(lead), upTo.Add(lead)
	for _, st := range Stretches(s, after, upTo.Add(tick)) {
		if !who[st.User] || !st.From.After(after) {
			continue
		}
		n := Notice{Kind: k, User: st.User, Schedule: s.ID(), At: st.From.Add(-lead), From: st.From, To: endOf(s, st), Lead: lead,
			With: others(s, st.From, st.User)}
		all = append(all, n.named(st.From.UnixMicro(), int64(lead)))
	}
	return all
}

// ends lists the notices about stretches that end in the window.
func ends(s *schedule.Schedule, who map[watchbill.UserID]bool, after, upTo time.Time) (all []Notice) {
	for _, st := range Stretches(s, after, upTo.Add(tick)) {
		if !who[st.User] || st.To.After(upTo) {
			continue
		}
		n := Notice{Kind: ShiftEnd, User: st.User, Schedule: s.ID(), At: st.To, To: st.To, With: others(s, st.To, st.User)}
		all = append(all, n.named(st.To.UnixMicro()))
	}
	return all
}

// endOf returns when a stretch ends; zero if that is not within Ahead.
func endOf(s *schedule.Schedule, st Stretch) time.Time {
	for set := range s.Sets(st.From, st.From.Add(Ahead)) {
		if !slices.Contains(set.Users, st.User) {
			return watchbill.Stamp(set.Start)
		}
	}
	return time.Time{}
}

// others returns who is on call at an instant beside a person.
func others(s *schedule.Schedule, at time.Time, but watchbill.UserID) (all []watchbill.UserID) {
	for _, u := range s.OnCall(at).Users {
		if u != but {
			all = append(all, u)
		}
	}
	return all
}
