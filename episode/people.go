package episode

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
)

// resolve answers a page by the configuration. If a catch-all has nobody, it is the installation's as it is now: nobody
// must wait for a new run when the configuration is mended.
func (s *stepper) resolve(w World, page escalation.Page) input {
	level := s.e.level(page.Attempt)
	if page.Attempt.Number == 1 {
		if ok, until := w.Org.Holds(level.When, s.e.Alert.Severity, s.now); !ok {
			return &skipped{Attempt: page.Attempt, Until: ceil(until), Wait: level.When.Wait}
		}
	}
	c := s.crew(w, page.Targets, page.Attempt)
	if catchAll := w.Org.Config().CatchAll; len(c.people) == 0 && page.Attempt.Level == 0 && !slices.Equal(catchAll, page.Targets) {
		until := c.until
		c = s.crew(w, catchAll, page.Attempt)
		c.until = earlier(c.until, until) // either may have somebody next
	}
	if s.e.Policy.Rest.After > 0 && page.Attempt.Level > 0 {
		c.people = s.spare(w, c.people, page.Attempt)
	}
	if level.Mode == escalation.RoundRobin {
		c.people = s.pick(w, c.people, page.Attempt)
	}
	if slices.ContainsFunc(c.people, func(p person) bool { return !p.Machine }) || len(c.people) > 0 && escalation.OnlyMachines(page.Targets) {
		s.wakes(w.Org, c.people, page.Attempt)
		return &found{Attempt: page.Attempt, People: c.people}
	}
	if c.reason == "" {
		c.reason = "no person is behind its targets now"
	}
	return &nobody{Attempt: page.Attempt, Reason: c.reason, Until: watchbill.Stamp(c.until), Machines: c.people}
}

// level returns the level of an attempt; the zero Level for the catch-all.
func (e *Episode) level(a watchbill.Attempt) escalation.Level {
	if a.Level >= 1 && a.Level <= len(e.Policy.Levels) {
		return e.Policy.Levels[a.Level-1]
	}
	return escalation.Level{}
}

// crew is who is behind some targets and can be paged; if that is nobody, why, and when that may change.
type crew struct {
	people []person
	reason string
	until  time.Time
}

// crew resolves targets. Somebody without a usable contact is nobody, and so, at a level, is who has declined in this run or
// has acknowledged already.
func (s *stepper) crew(w World, targets []escalation.Target, attempt watchbill.Attempt) crew {
	answer := w.Org.Resolve(targets, s.now)
	c := crew{reason: answer.Reason, until: answer.Until}
	var out []string
	for _, p := range answer.People {
		switch {
		case attempt.Level != 0 && slices.Contains(s.e.Declined, p.User):
			out = append(out, string(p.User)+" has declined")
			continue
		case attempt.Level != 0 && slices.Contains(s.e.Acks, p.User):
			out = append(out, string(p.User)+" has acknowledged already")
			continue
		}
		if found, ok := s.reachable(w.Org, p); ok {
			c.people = append(c.people, found)
		} else {
			out = append(out, string(p.User)+" has no usable contact")
		}
	}
	if len(out) > 0 {
		c.reason = strings.Join(out, "; ")
	}
	return c
}

// reachable returns how somebody is reached now; false if no way is known. Who is left alone by what is not urgent is paged
// when that ends.
func (s *stepper) reachable(org *oncall.Org, p oncall.Person) (person, bool) {
	user, ok := org.Responder(p.User)
	steps := withoutSecrets(user.Steps(s.e.Alert.Urgency))
	if !ok || len(steps) == 0 {
		return person{}, false
	}
	_, human := org.User(p.User)
	if s.e.Alert.Urgency == watchbill.UrgencyLow || s.e.Policy.Quiet {
		if until := org.QuietUntil(p.User, s.now); until.After(s.now) {
			for i := range steps {
				steps[i].After += until.Sub(s.now)
			}
			p.Why += "; quiet until " + until.In(org.Zone(user.Zone)).Format("15:04")
		}
	}
	return person{User: p.User, Why: p.Why, Steps: steps, Machine: !human}, true
}

// pick leaves of several people the one whom the level picked longest ago, or already in this run. Webhooks and chat
// channels stay.
func (s *stepper) pick(w World, people []person, attempt watchbill.Attempt) []person {
	var humans, chosen []person
	for _, p := range people {
		if p.Machine {
			chosen = append(chosen, p)
		} else {
			humans = append(humans, p)
		}
	}
	if len(humans) == 0 {
		return people
	}
	if i := slices.IndexFunc(humans, func(p person) bool { return slices.Contains(s.e.Escalation.Pending, p.User) }); i >= 0 {
		return append(chosen, humans[i])
	}
	var last map[watchbill.UserID]time.Time
	if w.LastPicked != nil {
		last = w.LastPicked(s.e.Policy.ID, attempt.Level)
	}
	first := slices.MinFunc(humans, func(a, b person) int { return last[a.User].Compare(last[b.User]) })
	s.out.Picked = append(s.out.Picked, Pick{s.e.Policy.ID, attempt.Level, first.User})
	return append(chosen, first)
}

// spare lets others relieve those who have been woken too often, as long as anybody can.
func (s *stepper) spare(w World, people []person, attempt watchbill.Attempt) []person {
	rest := s.e.Policy.Rest
	if w.Woken == nil {
		return people
	}
	tired := func(u watchbill.UserID) int {
		if n := w.Woken(u, s.now.Add(-rest.Span())); n >= rest.After {
			return n
		}
		return 0
	}
	var kept, relieved []person
	for _, p := range people {
		if !p.Machine && tired(p.User) > 0 && !slices.Contains(s.e.Escalation.Pending, p.User) {
			relieved = append(relieved, p)
		} else {
			kept = append(kept, p)
		}
	}
	if len(relieved) == 0 {
		return people
	}
	why := fmt.Sprintf("relieves %s, who was woken %d times in %s", relieved[0].User, tired(relieved[0].User), rest.Span())
	var relief []person
	for _, p := range s.crew(w, rest.Relief, attempt).people {
		known := slices.ContainsFunc(people, func(q person) bool { return q.User == p.User })
		if !p.Machine && !known && tired(p.User) == 0 {
			p.Why = cmp.Or(p.Why, "relief") + "; " + why
			relief = append(relief, p)
		}
	}
	if len(relief) == 0 { // the level must not be empty
		return people
	}
	return append(kept, relief...)
}

// wakes notes whom an attempt wakes who was not paged in this run before.
func (s *stepper) wakes(org *oncall.Org, people []person, attempt watchbill.Attempt) {
	rest := s.e.Policy.Rest
	if rest.After <= 0 || s.e.Alert.Urgency == watchbill.UrgencyLow {
		return
	}
	for _, p := range people {
		user, ok := org.User(p.User)
		if ok && !s.laddered(p.User) && rest.Night(calendar.Reading(org.Zone(user.Zone), s.now)) {
			s.out.Woken = append(s.out.Woken, p.User)
		}
	}
}

func (s *stepper) laddered(u watchbill.UserID) bool {
	for _, l := range s.e.Ladders {
		if l.User == u {
			return true
		}
	}
	return false
}

// summoned pages somebody whom a person asked for, by the rules for high urgency.
func (s *stepper) summoned(org *oncall.Org, in Summon) {
	user, ok := org.User(in.User)
	if steps := withoutSecrets(user.Steps(watchbill.UrgencyHigh)); ok && len(steps) > 0 {
		s.said(in.Command, &summonedOne{User: in.User, Steps: steps})
	}
}
