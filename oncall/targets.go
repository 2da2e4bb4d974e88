package oncall

import (
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/schedule"
)

// Responder returns a person, or a destination that is paged like one; false if there is none with that ID. A destination
// has one contact and cannot act.
func (o *Org) Responder(id watchbill.UserID) (catalog.User, bool) {
	if u, ok := o.User(id); ok {
		return u, true
	}
	d, ok := o.destinations[id]
	if !ok {
		return catalog.User{}, false
	}
	return catalog.User{ID: id, Name: d.Name, Zone: "UTC",
		Contacts: []notify.Contact{{ID: "destination", Channel: d.Channel, Address: d.Address, Secret: d.Secret}}}, true
}

// nextHandoffs bounds how many hand-offs are looked at for somebody else who is on call next.
const nextHandoffs = 1_000

// resolveNext adds whoever is on call next who is not on call now, and holds until the next hand-off.
func (o *Org) resolveNext(id watchbill.ScheduleID, at time.Time, a *Answer) string {
	s, ok := o.schedules[id]
	if !ok {
		return fmt.Sprintf("schedule %s does not exist any more", id)
	}
	now := s.OnCall(at)
	a.Until = earlier(a.Until, now.Until)
	for next := now; !next.Until.IsZero() && next.At.Sub(at) < 366*24*time.Hour; {
		next = s.OnCall(next.Until)
		if o.others(next, now, a, "next on call in "+string(id)) {
			break
		}
	}
	return fmt.Sprintf("nobody else is on call next in %s", id)
}

// resolvePrevious adds whoever was on call last who is not on call now.
func (o *Org) resolvePrevious(id watchbill.ScheduleID, at time.Time, a *Answer) string {
	s, ok := o.schedules[id]
	if !ok {
		return fmt.Sprintf("schedule %s does not exist any more", id)
	}
	now := s.OnCall(at)
	a.Until = earlier(a.Until, now.Until)
	for _, back := range []int{1, 7, 31, 366} {
		shifts := s.Shifts(at.AddDate(0, 0, -back), at)
		for i := len(shifts) - 1; i >= 0 && i >= len(shifts)-nextHandoffs; i-- {
			if o.others(s.OnCall(shifts[i].Start), now, a, "previously on call in "+string(id)) {
				return ""
			}
		}
	}
	return fmt.Sprintf("nobody else was on call before in %s", id)
}

// others adds those of an answer who are not on call now, and reports whether there are any.
func (o *Org) others(then, now schedule.Answer, a *Answer, why string) (any bool) {
	for _, u := range then.Users {
		if _, ok := o.users[u]; ok && !slices.Contains(now.Users, u) {
			o.add(a, u, why)
			any = true
		}
	}
	return any
}

// resolveDestination adds a webhook or a chat channel.
func (o *Org) resolveDestination(t escalation.Target, a *Answer) string {
	id := catalog.DestinationUser(t.ID)
	if _, ok := o.destinations[id]; ok && !slices.ContainsFunc(a.People, func(p Person) bool { return p.User == id }) {
		a.People = append(a.People, Person{User: id, Why: "named"})
	}
	return fmt.Sprintf("%s %s does not exist any more", t.Kind, t.ID)
}

// expand puts the levels of other policies in the place of the targets that name them. A level that names one begins with
// that policy's first level, and its further levels follow; so a level that names nothing else is a hand-over to the other
// policy. What goes round in a circle is left out.
func (o *Org) expand(p escalation.Policy) escalation.Policy {
	if !slices.ContainsFunc(p.Levels, leadsOn) {
		return p
	}
	levels, _ := o.levels(p, nil)
	p.Levels = levels
	return p
}

func leadsOn(l escalation.Level) bool {
	return slices.ContainsFunc(l.Targets, func(t escalation.Target) bool { return t.Kind == escalation.TargetPolicy })
}

// maxExpanded bounds how many levels a policy has once those of others are put in.
const maxExpanded = 100

// levels returns the expanded levels of a policy; through are the policies that led to it. It is false if there were more
// than maxExpanded.
func (o *Org) levels(p escalation.Policy, through []watchbill.PolicyID) (all []escalation.Level, ok bool) {
	if slices.Contains(through, p.ID) {
		return nil, true
	}
	through = append(slices.Clip(through), p.ID)
	begins := make([]int, len(p.Levels)) // where each level is in all
	for i, l := range p.Levels {
		begins[i] = len(all) + 1
		own, others := parted(l.Targets)
		if len(others) == 0 {
			all = append(all, jumping(l, begins))
			continue
		}
		var inner []escalation.Level
		for _, t := range others {
			q, _ := o.Policy(watchbill.PolicyID(t.ID))
			more, fits := o.levels(q, through)
			if !fits {
				return nil, false
			}
			inner = append(inner, shifted(more, len(inner))...)
		}
		all = append(all, o.merge(l, own, inner, len(all), begins)...)
		if len(all) > maxExpanded {
			return all[:maxExpanded], false
		}
	}
	return all, true
}

// merge returns a level of own targets with the levels that the policies it names have.
func (o *Org) merge(l escalation.Level, own []escalation.Target, inner []escalation.Level, before int, begins []int) []escalation.Level {
	inner = shifted(inner, before)
	if len(own) == 0 {
		return handedOver(l, inner, begins)
	}
	l.Targets = own
	if len(inner) > 0 {
		l.Targets = slices.Concat(own, inner[0].Targets)
		inner = inner[1:]
	}
	return append([]escalation.Level{jumping(l, begins)}, inner...)
}

// handedOver returns the levels of other policies in the place of one that names nothing else. Its condition is theirs, where
// they have none of their own, and so is its jump, of the last of them; all else is as the other policies say.
func handedOver(l escalation.Level, inner []escalation.Level, begins []int) []escalation.Level {
	for i := range inner {
		if inner[i].When.IsZero() {
			inner[i].When = l.When
		}
	}
	if n := len(inner); n > 0 && inner[n-1].Then.Level == 0 {
		inner[n-1].Then = jumping(l, begins).Then
	}
	return inner
}

// shifted returns levels whose jumps lead as far on as they themselves come after others.
func shifted(levels []escalation.Level, by int) []escalation.Level {
	for i := range levels {
		if levels[i].Then.Level > 0 {
			levels[i].Then.Level += by
		}
	}
	return levels
}

// checkHandovers refuses conditions of a level that names policies which have conditions of their own: which one counts?
func (o *Org) checkHandovers(i int, p escalation.Policy) (problems []error) {
	for j, l := range p.Levels {
		own, others := parted(l.Targets)
		if l.When.IsZero() || len(own) > 0 {
			continue
		}
		for _, t := range others {
			q, _ := o.Policy(watchbill.PolicyID(t.ID))
			if levels, _ := o.levels(q, []watchbill.PolicyID{p.ID}); slices.ContainsFunc(levels, conditional) {
				problems = append(problems, &FieldError{Path: fmt.Sprintf("policies[%d].levels[%d].when", i, j),
					Reason: fmt.Sprintf("policy %q has levels with conditions of their own; leave one of them out", t.ID)})
			}
		}
	}
	return problems
}

func conditional(l escalation.Level) bool { return !l.When.IsZero() }

// jumping returns a level whose jump leads to where its target is now.
func jumping(l escalation.Level, begins []int) escalation.Level {
	if n := l.Then.Level; n >= 1 && n <= len(begins) && begins[n-1] > 0 {
		l.Then.Level = begins[n-1]
	}
	return l
}

// parted parts the targets that name policies from the others.
func parted(targets []escalation.Target) (own, policies []escalation.Target) {
	for _, t := range targets {
		if t.Kind == escalation.TargetPolicy {
			policies = append(policies, t)
		} else {
			own = append(own, t)
		}
	}
	return own, policies
}

// checkCircles refuses policies that lead back to themselves, or to more levels than a run can have.
func (o *Org) checkCircles() (problems []error) {
	for i, p := range o.config.Policies {
		path := fmt.Sprintf("policies[%d].levels", i)
		if o.leadsTo(p.ID, p.ID, nil) {
			problems = append(problems, &FieldError{Path: path, Reason: "lead back to this policy; take out one of the policy targets"})
			continue
		}
		problems = append(problems, o.checkHandovers(i, p)...)
		if all, ok := o.levels(p, nil); !ok || len(all) > maxExpanded {
			problems = append(problems, &FieldError{Path: path,
				Reason: fmt.Sprintf("are more than %d with those of the policies that they name", maxExpanded)})
		}
	}
	return problems
}

// leadsTo reports whether a policy names another, directly or through others.
func (o *Org) leadsTo(from, to watchbill.PolicyID, through []watchbill.PolicyID) bool {
	if slices.Contains(through, from) {
		return false
	}
	p, ok := o.policies[from]
	if !ok {
		return false
	}
	through = append(slices.Clip(through), from)
	for _, l := range p.Levels {
		_, others := parted(l.Targets)
		for _, t := range others {
			if watchbill.PolicyID(t.ID) == to || o.leadsTo(watchbill.PolicyID(t.ID), to, through) {
				return true
			}
		}
	}
	return false
}
