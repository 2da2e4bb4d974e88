package engine

import (
	"context"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// Duty is a shift of one person.
type Duty struct {
	Schedule watchbill.ScheduleID `json:"schedule"`
	Start    time.Time            `json:"start"`
	End      time.Time            `json:"end"`
	With     []watchbill.UserID   `json:"with"` // who else is on call, in the same schedule
	Now      bool                 `json:"now"`  // it is under way
	Why      []string             `json:"why"`

	parts []schedule.Part
}

// Duties lists the shifts of one person in a window, in all schedules, by start and cut to the window: past ones as they
// were, those to come as they look now. The error is a [*MissingError] if there is no such person.
func (e *Engine) Duties(ctx context.Context, now time.Time, user watchbill.UserID, from, to time.Time) (all []Duty, err error) {
	known := false
	err = e.overTime(ctx, from, to, time.Time{}, func(org *oncall.Org, from, to time.Time) {
		_, exists := org.User(user)
		known = known || exists
		for _, spec := range org.Config().Schedules {
			if s, ok := org.Schedule(spec.ID); ok {
				all = joinDuties(all, dutiesIn(s, user, from, to))
			}
		}
	})
	if err == nil && !known {
		err = &MissingError{"user", string(user)}
	}
	for i := range all {
		all[i].Now = !now.Before(all[i].Start) && now.Before(all[i].End)
	}
	slices.SortStableFunc(all, func(a, b Duty) int { return a.Start.Compare(b.Start) })
	return all, err
}

// dutiesIn lists one person's shifts in one schedule.
func dutiesIn(s *schedule.Schedule, user watchbill.UserID, from, to time.Time) (all []Duty) {
	for _, shift := range s.Shifts(from, to) {
		if !slices.Contains(shift.Users, user) {
			continue
		}
		d := Duty{Schedule: s.ID(), Start: shift.Start, End: shift.End, With: []watchbill.UserID{}, Why: []string{}, parts: shift.Parts}
		for _, u := range shift.Users {
			if u != user {
				d.With = append(d.With, u)
			}
		}
		then := s.OnCall(shift.Start)
		for i, why := range then.Why() {
			if i < len(then.Parts) && then.Parts[i].User == user {
				d.Why = append(d.Why, why)
			}
		}
		all = append(all, d)
	}
	return all
}

// joinDuties appends the duties that the next configuration has in a schedule; one that it cut in two becomes one again.
func joinDuties(all, more []Duty) []Duty {
	if len(more) == 0 {
		return all
	}
	first := more[0]
	at := slices.IndexFunc(all, func(d Duty) bool {
		return d.Schedule == first.Schedule && d.End.Equal(first.Start) && slices.Equal(d.parts, first.parts)
	})
	if at >= 0 {
		all[at].End, more = first.End, more[1:]
	}
	return append(all, more...)
}
