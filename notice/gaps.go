package notice

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// gapLeads returns how long before a gap people are told of it.
func gapLeads() [2]time.Duration { return [...]time.Duration{week, day} }

// gaps lists the notices about times in which nobody will be on call: at each lead once, and none for a gap that has
// begun. Hours that are empty by design are no news, see usual.
func gaps(org *oncall.Org, s *schedule.Schedule, after, upTo time.Time) (all []Notice) {
	for _, lead := range gapLeads() {
		from, to := after.Add(lead), upTo.Add(lead)
		for _, g := range s.Gaps(from, to.Add(tick)) {
			begin := watchbill.Stamp(g.Start)
			if !begin.After(from) {
				continue // it began earlier, and is cut to the window
			}
			end := endOfGap(s, begin)
			if usual(s, begin, end) {
				continue
			}
			for _, u := range Answerable(org, s.ID(), begin) {
				n := Notice{Kind: GapAhead, User: u, Schedule: s.ID(), At: begin.Add(-lead), From: begin, To: end, Lead: lead}
				all = append(all, n.named(begin.UnixMicro(), int64(lead)))
			}
		}
	}
	return all
}

// endOfGap returns when a gap ends; zero if that is not within Ahead.
func endOfGap(s *schedule.Schedule, begin time.Time) time.Time {
	to := begin.Add(Ahead)
	if g := s.Gaps(begin, to); len(g) > 0 && g[0].End.Before(to) {
		return watchbill.Stamp(g[0].End)
	}
	return time.Time{}
}

// usual reports whether a gap is by design, as nights are where a schedule has office hours: the same hours, on the wall
// clock of the schedule, are empty in at least half of the four weeks before and the four weeks after. Weeks in which
// nobody is on call at all say nothing of a design, and do not count. So a pattern that repeats every week or every other
// is never told; one of three weeks or more is told each time it comes. Of a gap longer than a week the first decides.
func usual(s *schedule.Schedule, begin, end time.Time) bool {
	if end.IsZero() || end.Sub(begin) > week {
		end = begin.Add(week)
	}
	empty, weeks := 0, 0
	for n := -4; n <= 4; n++ {
		move := func(t time.Time) time.Time {
			return calendar.FirstAt(s.Zone(), calendar.CivilOf(t.In(s.Zone())).Add(n, calendar.Week))
		}
		from := move(begin)
		if n == 0 || deserted(s, from, from.Add(week)) {
			continue
		}
		weeks++
		if deserted(s, from, move(end)) {
			empty++
		}
	}
	return weeks > 0 && 2*empty >= weeks
}

// deserted reports whether nobody is on call at any time between two instants.
func deserted(s *schedule.Schedule, from, to time.Time) bool {
	for set := range s.Sets(from, to) {
		if len(set.Users) > 0 {
			return false
		}
	}
	return true
}

// Paged reports whether a policy, or the catch-all of the installation, pages who is on call in a schedule.
func Paged(org *oncall.Org, id watchbill.ScheduleID) bool {
	target := escalation.Schedule(id)
	c := org.Config()
	return slices.Contains(c.CatchAll, target) || slices.ContainsFunc(c.Policies, func(p escalation.Policy) bool { return pages(p, target) })
}

func pages(p escalation.Policy, t escalation.Target) bool {
	return slices.Contains(p.CatchAll, t) ||
		slices.ContainsFunc(p.Levels, func(l escalation.Level) bool { return slices.Contains(l.Targets, t) })
}

// Services returns the services whose policies page who is on call in a schedule, in the order of the configuration.
func Services(org *oncall.Org, id watchbill.ScheduleID) (all []watchbill.ServiceID) {
	for _, svc := range org.Config().Catalog.Services {
		if p, ok := org.Policy(svc.Policy); ok && pages(p, escalation.Schedule(id)) {
			all = append(all, svc.ID)
		}
	}
	return all
}

// Answerable returns who has to see to a schedule: the owners and the teams of the services that page by it. Where there
// are none, it is whoever is on call in it in the four weeks before and after an instant.
func Answerable(org *oncall.Org, id watchbill.ScheduleID, at time.Time) (all []watchbill.UserID) {
	add := func(users ...watchbill.UserID) {
		for _, u := range users {
			if _, ok := org.User(u); ok && !slices.Contains(all, u) {
				all = append(all, u)
			}
		}
	}
	for _, svc := range Services(org, id) {
		s, _ := org.Service(svc)
		add(s.Owners...)
		if t, ok := org.Team(s.Team); ok {
			add(t.Members...)
		}
	}
	if s, ok := org.Schedule(id); ok && len(all) == 0 {
		for _, st := range Stretches(s, at.Add(-4*week), at.Add(4*week)) {
			add(st.User)
		}
	}
	return all
}
