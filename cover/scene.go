package cover

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/schedule"
)

// Scene is what a command is judged by: schedules and people as they are now. Its functions are pure.
type Scene struct {
	Schedules []*schedule.Schedule                        // all there are, with every override that is in force
	User      func(watchbill.UserID) (catalog.User, bool) // false: there is no such person
	Team      func(watchbill.TeamID) (catalog.Team, bool) // false: there is no such team
	Needs     func(watchbill.ScheduleID) []string         // the qualifications that whoever has duty in a schedule must have
}

// lookAhead is how far the next duty of somebody is looked for.
const lookAhead = 400 * 24 * time.Hour

func (s Scene) schedule(id watchbill.ScheduleID) (*schedule.Schedule, bool) {
	i := slices.IndexFunc(s.Schedules, func(c *schedule.Schedule) bool { return c.ID() == id })
	if i < 0 {
		return nil, false
	}
	return s.Schedules[i], true
}

// Held returns when a person is on call in a schedule between from and to: longest intervals, in order.
func Held(s *schedule.Schedule, user watchbill.UserID, from, to time.Time) (all []schedule.Interval) {
	for set := range s.Sets(from, to) {
		if !slices.Contains(set.Users, user) {
			continue
		}
		if n := len(all); n > 0 && all[n-1].End.Equal(set.Start) {
			all[n-1].End = set.End
			continue
		}
		all = append(all, schedule.Interval{Start: set.Start, End: set.End})
	}
	return all
}

// held returns the duty that a person has in some windows.
func (s Scene) held(user watchbill.UserID, windows []Window) (all []Window) {
	for _, w := range windows {
		if c, ok := s.schedule(w.Schedule); ok {
			all = append(all, within(w.Schedule, Held(c, user, w.From, w.To))...)
		}
	}
	return all
}

// handed returns the windows in which an override for a person's duty takes it from nobody but that person: those given,
// without the time in which the plan has it for the person and somebody else has taken it; none where the person has none.
func (s Scene) handed(user watchbill.UserID, windows []Window) (all []Window) {
	for _, w := range windows {
		c, ok := s.schedule(w.Schedule)
		if !ok {
			continue
		}
		held := Held(c, user, w.From, w.To)
		var gone []schedule.Interval
		for _, planned := range Held(c.Planned(), user, w.From, w.To) {
			gone = append(gone, minus(planned, held)...)
		}
		for _, part := range within(w.Schedule, minus(w.interval(), gone)) {
			if len(s.held(user, []Window{part})) > 0 {
				all = append(all, part)
			}
		}
	}
	return all
}

// Next returns when a person has duty next after an instant, in which schedule, within some 400 days; false if never.
func (s Scene) Next(user watchbill.UserID, among []watchbill.ScheduleID, after time.Time) (next Window, ok bool) {
	for _, c := range s.Schedules {
		if len(among) > 0 && !slices.Contains(among, c.ID()) {
			continue
		}
		for set := range c.Sets(after, after.Add(lookAhead)) {
			if ok && !set.Start.Before(next.From) {
				break
			}
			if slices.Contains(set.Users, user) {
				next, ok = Window{c.ID(), set.Start, set.End}, true
				break
			}
		}
	}
	return next, ok
}

// people lists who is planned in some schedules, in their order.
func (s Scene) people(among []watchbill.ScheduleID) (all []watchbill.UserID) {
	add := func(users []watchbill.UserID) {
		for _, u := range users {
			if u != schedule.Unassigned && !slices.Contains(all, u) {
				all = append(all, u)
			}
		}
	}
	for _, id := range among {
		c, ok := s.schedule(id)
		if !ok {
			continue
		}
		spec := c.Spec()
		for _, v := range append([]schedule.Version{{Sites: spec.Sites, Layers: spec.Layers}}, spec.Versions...) {
			for _, site := range v.Sites {
				add(site.Users)
			}
			for _, l := range v.Layers {
				add(s.inLayer(l))
			}
		}
		for _, t := range spec.Temporary {
			for _, p := range t.Shifts {
				add(p.Users)
			}
		}
	}
	return all
}

// inLayer lists who is planned in a layer. Learners are not. Schedules never include each other in a circle.
func (s Scene) inLayer(l schedule.Layer) (all []watchbill.UserID) {
	switch {
	case l.Shadow:
		return nil
	case l.Schedule != "":
		return s.people([]watchbill.ScheduleID{l.Schedule})
	}
	all = append(all, l.Users...)
	for _, p := range l.Shifts {
		all = append(all, p.Users...)
	}
	return all
}

// unfit says why a person should not have duty in some windows; nothing if the person may.
func (s Scene) unfit(id watchbill.UserID, windows []Window) (reasons []string) {
	u, ok := s.User(id)
	if !ok {
		return []string{fmt.Sprintf("there is no user %q", id)}
	}
	if len(u.Steps(watchbill.UrgencyHigh)) == 0 {
		reasons = append(reasons, fmt.Sprintf("%s cannot be reached: no usable contact", id))
	}
	var seen []watchbill.ScheduleID
	for _, w := range windows {
		if a, away := absent(u, w); away {
			reasons = append(reasons, a)
		}
		if !slices.Contains(seen, w.Schedule) {
			seen = append(seen, w.Schedule)
			if lacks := s.lacks(u, w.Schedule); len(lacks) > 0 {
				reasons = append(reasons, fmt.Sprintf("%s lacks what %s asks for: %s", id, w.Schedule, strings.Join(lacks, ", ")))
			}
		}
	}
	return slices.Compact(reasons)
}

func (s Scene) lacks(u catalog.User, id watchbill.ScheduleID) (missing []string) {
	for _, need := range s.Needs(id) {
		if !slices.Contains(u.Qualifications, need) {
			missing = append(missing, need)
		}
	}
	return missing
}

// absent says when a person is away in a window.
func absent(u catalog.User, w Window) (string, bool) {
	zone := zoneOf(u)
	for _, a := range u.Absences {
		from, to := a.From.In(zone), a.To.In(zone)
		if _, overlap := w.cut(from, to); overlap {
			return fmt.Sprintf("%s is away from %s", u.ID, period(from, to, zone)), true
		}
	}
	return "", false
}

// elsewhere says where a person has duty already in the time of some windows, which is no reason to refuse.
func (s Scene) elsewhere(user watchbill.UserID, windows []Window) (said []string) {
	for _, c := range s.Schedules {
		for _, w := range windows {
			for _, i := range Held(c, user, w.From, w.To) {
				line := fmt.Sprintf("%s is on call in %s too, %s", user, c.ID(), period(i.Start, i.End, c.Zone()))
				if !slices.Contains(said, line) {
					said = append(said, line)
				}
			}
			if len(said) >= maxSaid {
				return said[:maxSaid]
			}
		}
	}
	return said
}

// maxSaid bounds what is said of one command.
const maxSaid = 20

func zoneOf(u catalog.User) *time.Location {
	if zone, err := calendar.LoadZone(u.Zone); err == nil && u.Zone != "" {
		return zone
	}
	return time.UTC
}

// period writes an interval as people read it.
func period(from, to time.Time, zone *time.Location) string {
	from, to = from.In(zone), to.In(zone)
	end := "Mon 2006-01-02 15:04 MST"
	if from.Year() == to.Year() && from.YearDay() == to.YearDay() {
		end = "15:04 MST"
	}
	return from.Format("Mon 2006-01-02 15:04") + " to " + to.Format(end)
}
