package verify

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
)

// people looks at how each person is reached, and at their calendars.
func (c *checker) people() {
	onCall := c.everOnCall()
	for _, u := range c.org.Config().Catalog.Users {
		if t := onCall[u.ID]; t != nil && !c.usable(u.ID) {
			c.find(t.finding(NoContact, Warning, "user:"+string(u.ID), fmt.Sprintf("%s is on call but %s, and counts as "+
				"nobody; first from %s. %s", u.ID, c.ways.mute(c.org, u.ID), period(t.from.in(time.UTC), t.to.in(time.UTC)),
				c.ways.advice(u.ID, nil, false)), time.UTC))
		}
		if c.paged[u.ID] {
			c.channels(u)
		}
		for _, a := range u.Absences {
			c.absent(u, a)
		}
	}
	c.doubleBookings()
}

// everOnCall notes when each person is on call first in a schedule that a policy asks for.
func (c *checker) everOnCall() map[watchbill.UserID]*tally {
	all := map[watchbill.UserID]*tally{}
	for _, id := range c.order {
		if len(c.usedBy[id]) == 0 {
			continue
		}
		l := c.lines[id]
		for i, n := range l.set {
			for _, u := range c.crowd.sets[n] {
				if t := all[u]; l.at[i] < c.to && (t == nil || l.at[i] < t.from) {
					all[u] = &tally{from: l.at[i], to: min(l.until(i), c.to), count: 1}
				}
			}
		}
	}
	return all
}

// channels says who is not reached by two channels of which one does not need the internet.
func (c *checker) channels(u catalog.User) {
	var names []string
	phone, net := false, false
	for _, s := range c.ways.steps(u, watchbill.UrgencyHigh) {
		name := string(s.Contact.Channel)
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		phone, net = phone || voiceClass(s.Contact.Channel), net || !voiceClass(s.Contact.Channel)
	}
	if len(names) == 0 || len(names) > 1 && phone {
		return
	}
	cost := "an outage of the internet leaves no way to page that person"
	if len(names) == 1 {
		cost = "when that fails, the person is not paged at all"
	}
	severity := Warning
	if len(names) > 1 && !c.ways.ring() { // nobody can add to a person what is not set up
		severity = Info
	}
	c.find(c.always().finding(FewChannels, severity, "user:"+string(u.ID), fmt.Sprintf("%s is paged over %s alone: %s. %s",
		u.ID, strings.Join(names, " and "), cost, c.ways.advice(u.ID, names, !phone)), time.UTC))
}

// absent says where somebody is on call and away.
func (c *checker) absent(u catalog.User, a catalog.Absence) {
	zone := zoneOfUser(u)
	from, to := max(microsOf(a.From.In(zone)), c.from), min(microsOf(a.To.In(zone)), c.to)
	for _, id := range c.order {
		var t tally
		l := c.lines[id]
		first := sort.Search(len(l.at), func(i int) bool { return l.until(i) > from })
		for i := first; i < len(l.at) && l.at[i] < to; i++ {
			if slices.Contains(c.crowd.sets[l.set[i]], u.ID) {
				t.add(max(l.at[i], from), min(l.until(i), to))
			}
		}
		if t.count > 0 {
			away := "away"
			if a.Reason != "" {
				away += " (" + a.Reason + ")"
			}
			c.find(t.finding(AbsentOnCall, Warning, "user:"+string(u.ID), fmt.Sprintf("%s is on call in schedule %s and %s: %s. Ask "+
				"somebody to cover, and add to overrides of schedule %s: %s", u.ID, id, away, t.often(zone), id,
				c.override(u.ID, l, stretch{t.from, t.last})), zone))
		}
	}
}

// override writes an override that has somebody else on call instead of a person.
func (c *checker) override(absent watchbill.UserID, l *line, when stretch) string {
	zone, other := l.schedule.Zone(), watchbill.UserID("SOMEBODY")
	if free := c.free(absent, l, when); len(free) > 0 {
		other = free[0]
	}
	at := func(m micros) string { return calendar.CivilOf(m.in(zone)).String() }
	return fmt.Sprintf("{id: %s-away-%s, from: %s, to: %s, user: %s, replaces: %s}", absent,
		when.from.in(zone).Format("2006-01-02"), at(when.from), at(when.to), other, absent)
}

// free returns who else is ever on call in a schedule, can be paged, and is neither away for a while nor on call
// there together with that person.
func (c *checker) free(absent watchbill.UserID, l *line, when stretch) []watchbill.UserID {
	var busy, free []watchbill.UserID
	for i, n := range l.set {
		people := c.crowd.sets[n]
		free = with(free, people)
		if l.at[i] < when.to && l.until(i) > when.from && slices.Contains(people, absent) {
			busy = with(busy, people)
		}
	}
	return slices.DeleteFunc(free, func(id watchbill.UserID) bool {
		u, _ := c.org.User(id)
		zone := zoneOfUser(u)
		return id == absent || slices.Contains(busy, id) || !c.usable(id) || slices.ContainsFunc(u.Absences, func(a catalog.Absence) bool {
			return microsOf(a.From.In(zone)) < when.to && microsOf(a.To.In(zone)) > when.from
		})
	})
}

// zoneOfUser returns the zone in which a person's absences are given.
func zoneOfUser(u catalog.User) *time.Location {
	if z, err := calendar.LoadZone(u.Zone); err == nil {
		return z
	}
	return time.UTC
}

// booked is how far ahead double bookings are looked for: nobody mends today what repeats for ten years.
const booked = micros(366 * 24 * time.Hour / time.Microsecond)

// booking is a person's duty in a schedule.
type booking struct {
	schedule watchbill.ScheduleID
	stretch
}

// doubleBookings says who is on call in two schedules of different policies at the same time.
func (c *checker) doubleBookings() {
	byUser := map[watchbill.UserID][]booking{}
	to := min(c.to, c.from+booked)
	for _, id := range c.order {
		l := c.lines[id]
		for i := 0; i < len(l.at) && l.at[i] < to && len(c.usedBy[id]) > 0; i++ {
			for _, u := range c.crowd.sets[l.set[i]] {
				byUser[u] = append(byUser[u], booking{id, stretch{l.at[i], min(l.until(i), to)}})
			}
		}
	}
	for _, u := range c.org.Config().Catalog.Users {
		c.doubleBookingsOf(u.ID, byUser[u.ID])
	}
}

func (c *checker) doubleBookingsOf(id watchbill.UserID, list []booking) {
	slices.SortStableFunc(list, func(a, b booking) int { return int(min(max(a.from-b.from, -1), 1)) })
	all := map[string]*tally{}
	var active []booking
	for _, b := range list {
		active = slices.DeleteFunc(active, func(a booking) bool { return a.to <= b.from })
		for _, a := range active {
			if !c.apart(a.schedule, b.schedule) {
				continue
			}
			key := string(min(a.schedule, b.schedule)) + " and " + string(max(a.schedule, b.schedule))
			if all[key] == nil {
				all[key] = &tally{}
			}
			all[key].add(b.from, min(a.to, b.to))
		}
		active = append(active, b)
	}
	for _, key := range sorted(all) {
		t := all[key]
		c.find(t.finding(DoubleBooking, Info, "user:"+string(id), fmt.Sprintf("%s is on call in %s at the same time, %s: two alerts at "+
			"once would be on one person. Swap one of the shifts", id, key, t.often(time.UTC)), time.UTC))
	}
}

// apart reports whether two schedules are of different policies.
func (c *checker) apart(a, b watchbill.ScheduleID) bool {
	return a != b && slices.ContainsFunc(c.usedBy[a], func(p watchbill.PolicyID) bool {
		return slices.ContainsFunc(c.usedBy[b], func(q watchbill.PolicyID) bool { return p != q })
	})
}

// services says which services have no policy.
func (c *checker) services() {
	for _, s := range c.org.Config().Catalog.Services {
		c.slow(s)
		if s.Policy != "" {
			continue
		}
		cost := "its alerts go to catch_all at once, with nobody behind it"
		fallback := c.newRoll(c.org.Route("", "", s.ID))
		var dead tally
		for _, g := range fallback.gaps(c.to) {
			dead.add(g.from, g.to)
		}
		switch {
		case dead.count > 0 && dead.total == c.to-c.from:
			cost = "its alerts reach NOBODY, since catch_all has nobody either"
		case dead.count > 0:
			cost += "; they reach NOBODY while catch_all has nobody either, " + dead.often(c.zoneOf(fallback.policy))
		}
		c.find(c.always().finding(NoPolicy, Warning, "service:"+string(s.ID), fmt.Sprintf("service %s has no policy: %s. Name one in "+
			"policy of service %s", s.ID, cost, s.ID), time.UTC))
	}
}
