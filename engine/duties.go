package engine

import (
	"context"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
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

// lookBack is how long before a window the beginning of a shift is looked for that is under way when the window begins.
const lookBack = 62 * 24 * time.Hour

// Duties lists the shifts of one person that have a part in a window, in all schedules, by start: past ones as they were,
// those to come as they look now. One that is under way at from has its real beginning, if that is at most 62 days
// before, and one that goes on at to ends there. The error is a [*MissingError] if there is no such person.
func (e *Engine) Duties(ctx context.Context, now time.Time, user watchbill.UserID, from, to time.Time) (all []Duty, err error) {
	known, begin := false, from
	if from.Before(to) {
		begin = from.Add(-lookBack)
	}
	err = e.walk(ctx, now, begin, to, time.Time{}, func(w *walk) error {
		all = nil
		if known, err = w.knows(user, from); err != nil {
			return err
		}
		pasts, err := w.pasts(nil)
		for _, p := range pasts {
			var list []Duty
			p.each(begin, to, func(s *schedule.Schedule, since, until time.Time) {
				list = joinDuties(list, dutiesIn(s, user, since, until))
			})
			all = append(all, list...)
		}
		return err
	})
	if err == nil && !known {
		err = &MissingError{"user", string(user)}
	}
	all = slices.DeleteFunc(all, func(d Duty) bool { return !d.End.After(from) })
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

// joinDuties appends the duties that the next edition of a schedule has; one that it cut in two becomes one again.
func joinDuties(all, more []Duty) []Duty {
	if len(all) > 0 && len(more) > 0 {
		last := &all[len(all)-1]
		if last.End.Equal(more[0].Start) && slices.Equal(last.parts, more[0].parts) {
			last.End, more = more[0].End, more[1:]
		}
	}
	return append(all, more...)
}

// knows reports whether there was a person at an instant or later on the way.
func (w *walk) knows(user watchbill.UserID, at time.Time) (bool, error) {
	last := ""
	for i, r := range w.list {
		if r.Base == last || i+1 < len(w.list) && w.list[i+1].since.Before(at) {
			continue
		}
		last = r.Base
		c, err := w.shelf.base(r.parts)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(c.Catalog.Users, func(u catalog.User) bool { return u.ID == user }) {
			return true, nil
		}
	}
	return false, nil
}
