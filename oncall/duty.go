package oncall

import (
	"fmt"
	"slices"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/schedule"
)

// checkDuties refuses schedules that do not exist in rules of pay and in rosters.
func (o *Org) checkDuties() (problems []error) {
	check := func(id watchbill.ScheduleID, path string) {
		if id != "" && !o.exists(escalation.Schedule(id)) {
			problems = append(problems, &FieldError{Path: path, Reason: fmt.Sprintf("schedule %q does not exist", id)})
		}
	}
	for i, r := range o.config.Catalog.Pay.Rules {
		for j, id := range r.Schedules {
			check(id, fmt.Sprintf("pay.rules[%d].schedules[%d]", i, j))
		}
	}
	for i, r := range o.config.Catalog.Rosters {
		check(r.Schedule, fmt.Sprintf("rosters[%d].schedule", i))
		if s, ok := o.Schedule(r.Schedule); ok && r.Layer != "" && !hasLayer(s.Spec(), schedule.LayerID(r.Layer)) {
			problems = append(problems, &FieldError{Path: fmt.Sprintf("rosters[%d].layer", i),
				Reason: fmt.Sprintf("schedule %q has no layer or site %q", r.Schedule, r.Layer)})
		}
		for j, id := range r.ApartFrom {
			check(id, fmt.Sprintf("rosters[%d].apart_from[%d]", i, j))
		}
	}
	return problems
}

func hasLayer(spec schedule.Spec, id schedule.LayerID) bool {
	for _, v := range append([]schedule.Version{{Sites: spec.Sites, Layers: spec.Layers}}, spec.Versions...) {
		if slices.ContainsFunc(v.Layers, func(l schedule.Layer) bool { return l.ID == id }) ||
			slices.ContainsFunc(v.Sites, func(s schedule.Site) bool { return s.ID == id }) {
			return true
		}
	}
	return false
}

// Needs returns the qualifications that everybody must have who is on call in a schedule: those of all services whose
// policy pages it, or pages a schedule that includes it. They are sorted; there are none for a schedule that nothing
// pages.
func (o *Org) Needs(id watchbill.ScheduleID) []string {
	through := o.including(id, nil)
	var needs []string
	for _, s := range o.config.Catalog.Services {
		p, ok := o.policies[s.Policy]
		if !ok || !slices.ContainsFunc(o.expand(*p).Levels, func(l escalation.Level) bool { return pages(l.Targets, through) }) {
			continue
		}
		needs = append(needs, s.Qualifications...)
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// including returns a schedule, and those that have its people.
func (o *Org) including(id watchbill.ScheduleID, found []watchbill.ScheduleID) []watchbill.ScheduleID {
	if slices.Contains(found, id) {
		return found
	}
	found = append(found, id)
	for _, s := range o.config.Schedules {
		layers := slices.Clone(s.Layers)
		for _, v := range s.Versions {
			layers = append(layers, v.Layers...)
		}
		if slices.ContainsFunc(layers, func(l schedule.Layer) bool { return l.Schedule == id && !l.Shadow }) {
			found = o.including(s.ID, found)
		}
	}
	return found
}

func pages(targets []escalation.Target, schedules []watchbill.ScheduleID) bool {
	return slices.ContainsFunc(targets, func(t escalation.Target) bool {
		return t.Schedule() && slices.Contains(schedules, watchbill.ScheduleID(t.ID))
	})
}
