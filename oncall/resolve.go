package oncall

import (
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/schedule"
)

// Person is somebody behind a target, and why.
type Person struct {
	User watchbill.UserID `json:"user"`
	Why  string           `json:"why"` // as "on call in primary: layer week, turn 7"
}

// Answer is who is behind some targets at an instant.
type Answer struct {
	People []Person  // in the order of the targets, each person once; only people who exist
	Reason string    // where there is nobody: why
	Until  time.Time // when the answer may change, so when to ask again; zero if it never does
}

// Resolve returns the people behind the targets at an instant. A person behind several targets counts once, for the
// first of them.
func (o *Org) Resolve(targets []escalation.Target, at time.Time) Answer {
	var a Answer
	var empty []string
	for _, t := range targets {
		before := len(a.People)
		why := o.resolve(t, at, &a)
		if len(a.People) == before {
			empty = append(empty, why)
		}
	}
	switch {
	case len(targets) == 0:
		a.Reason = "there is nobody to page"
	case len(a.People) == 0:
		a.Reason = strings.Join(empty, "; ")
	}
	return a
}

// resolve adds the people behind one target and returns why there is nobody, in case there is not.
func (o *Org) resolve(t escalation.Target, at time.Time, a *Answer) string {
	switch t.Kind {
	case escalation.TargetUser:
		o.add(a, watchbill.UserID(t.ID), "named")
		return fmt.Sprintf("user %s does not exist any more", t.ID)
	case escalation.TargetTeam:
		for _, m := range o.members[watchbill.TeamID(t.ID)] {
			o.add(a, m, "member of team "+t.ID)
		}
		return fmt.Sprintf("team %s has no members", t.ID)
	case escalation.TargetSchedule:
		return o.resolveSchedule(watchbill.ScheduleID(t.ID), at, a)
	case escalation.TargetNext:
		return o.resolveNext(watchbill.ScheduleID(t.ID), at, a)
	case escalation.TargetPrevious:
		return o.resolvePrevious(watchbill.ScheduleID(t.ID), at, a)
	case escalation.TargetPolicy: // where a level of it cannot take its place, as in a catch-all: its first level
		if p, ok := o.Frozen(watchbill.PolicyID(t.ID)); ok && len(p.Levels) > 0 {
			first := o.Resolve(p.Levels[0].Targets, at)
			for _, person := range first.People {
				o.add(a, person.User, person.Why)
			}
			a.Until = earlier(a.Until, first.Until)
		}
		return fmt.Sprintf("policy %s has nobody at its first level", t.ID)
	case escalation.TargetWebhook, escalation.TargetChat:
		return o.resolveDestination(t, a)
	}
	return fmt.Sprintf("target %s is of an unknown kind", t)
}

func (o *Org) resolveSchedule(id watchbill.ScheduleID, at time.Time, a *Answer) string {
	s, ok := o.schedules[id]
	if !ok {
		return fmt.Sprintf("schedule %s does not exist any more", id)
	}
	now := s.OnCall(at)
	for _, p := range now.Parts {
		o.add(a, p.User, "on call in "+string(id)+": "+source(p))
	}
	a.Until = earlier(a.Until, now.Until)
	return "nobody is on call in " + string(id)
}

// source says in a few words what put somebody on call.
func source(p schedule.Part) string {
	if p.Override != "" {
		return fmt.Sprintf("override %s", p.Override)
	}
	if p.Schedule != "" {
		return fmt.Sprintf("layer %s, from schedule %s", p.Layer, p.Schedule)
	}
	return fmt.Sprintf("layer %s, turn %d", p.Layer, p.Turn)
}

func (o *Org) add(a *Answer, u watchbill.UserID, why string) {
	if _, ok := o.users[u]; !ok {
		return
	}
	for _, p := range a.People {
		if p.User == u {
			return
		}
	}
	a.People = append(a.People, Person{User: u, Why: why})
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
