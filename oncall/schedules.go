package oncall

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// addSchedules makes the schedules with the overrides that people made, and checks that everybody in them exists.
func (o *Org) addSchedules() (problems []error) {
	for i := range o.config.Schedules {
		for path, u := range o.config.Schedules[i].People {
			if _, ok := o.users[u]; !ok {
				problems = append(problems, &FieldError{
					Path: fmt.Sprintf("schedules[%d].%s", i, path), Reason: fmt.Sprintf("user %q does not exist", u)})
			}
		}
	}
	made, err := schedule.NewAll(o.withOverrides())
	for _, e := range split(err) {
		var field *schedule.FieldError
		if errors.As(e, &field) {
			e = &FieldError{Path: field.Path, Reason: field.Reason, Err: e}
		}
		problems = append(problems, e)
	}
	for i, s := range made {
		if s != nil {
			o.schedules[o.config.Schedules[i].ID] = s
		}
	}
	return problems
}

// withOverrides returns the schedules with the overrides of the configuration after their own. An override that cannot
// hold any more has no effect: its schedule or one of its people is gone, its ID is taken, it is not valid, or it is one
// of too many.
func (o *Org) withOverrides() []schedule.Spec {
	specs := slices.Clone(o.config.Schedules)
	index, zones, own := map[watchbill.ScheduleID]int{}, make([]*time.Location, len(specs)), make([]int, len(specs))
	type name struct {
		schedule watchbill.ScheduleID
		override schedule.OverrideID
	}
	taken := map[name]bool{}
	for i := range specs {
		if _, twice := index[specs[i].ID]; twice {
			continue
		}
		index[specs[i].ID], own[i], zones[i] = i, len(specs[i].Overrides), time.UTC
		if zone, err := calendar.LoadZone(specs[i].Timezone); err == nil { // else it is the schedule's own problem, or not given
			zones[i] = zone
		}
		specs[i].Overrides = slices.Clip(specs[i].Overrides)
		for _, own := range specs[i].Overrides {
			taken[name{specs[i].ID, own.ID}] = true
		}
	}
	for _, made := range o.config.Overrides {
		i, ok := index[made.Schedule]
		if !ok || taken[name{made.Schedule, made.ID}] || !o.canHold(made.Override, &specs[i], zones[i]) {
			continue
		}
		taken[name{made.Schedule, made.ID}] = true
		specs[i].Overrides = append(specs[i].Overrides, made.Override)
	}
	for _, i := range index {
		if s := &specs[i]; len(s.Overrides) > max(own[i], schedule.MaxAtOnce) {
			s.Overrides = schedule.Fitting(s.Overrides, own[i], zones[i])
		}
	}
	return specs
}

func (o *Org) canHold(made schedule.Override, spec *schedule.Spec, zone *time.Location) bool {
	alone := schedule.Spec{Overrides: []schedule.Override{made}}
	for _, u := range alone.People {
		if _, ok := o.users[u]; !ok {
			return false
		}
	}
	return made.Validate(zone) == nil && len(spec.Overrides) < schedule.MaxOverrides
}
