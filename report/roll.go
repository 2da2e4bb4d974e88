package report

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/schedule"
)

// Roll is who was on call in one schedule, and who shares that duty. [Call] makes it.
type Roll struct {
	Schedule watchbill.ScheduleID
	Zone     *time.Location      // of the schedule
	Shifts   []schedule.Shift    // in order; they may begin before the window, so that it is known where shifts begin
	Members  []Member            // who is expected to share the duty, and when
	Holidays []schedule.Holidays // of the schedule
	Weights  catalog.Weights     // what a load is there
}

// Member is a stretch of time in which somebody is expected to share a duty: is in the schedule, qualified, and present.
type Member struct {
	User watchbill.UserID
	schedule.Interval
}

// Plan is what a Roll is made of.
type Plan struct {
	Spec     schedule.Spec
	Schedule *schedule.Schedule // made of Spec
	Specs    []schedule.Spec    // all there are, for layers that have the people of another schedule
	Catalog  catalog.Catalog
	Needs    []string // the qualifications that everybody must have who is on call there
}

// Before is how long before a window shifts are looked at, to know whether they begin in it.
const Before = time.Hour

// Call returns the roll of a schedule for a window. Its members are the people of the schedule's roster, or else those
// in its layers, sites and temporary schedules for as long as these hold; only those who have every qualification that
// is needed, and not while they are absent. Learners who shadow share nothing.
func Call(p Plan, w Window) Roll {
	zone := p.Schedule.Zone()
	r := Roll{Schedule: p.Spec.ID, Zone: zone, Holidays: p.Spec.Holidays, Weights: p.weights(),
		Shifts: p.Schedule.Shifts(w.From.Add(-Before), w.To)}
	in := p.people(w)
	for _, u := range p.Catalog.Users {
		if !Qualified(u, p.Needs) {
			continue
		}
		present := unite(in[u.ID]).within(w).minus(absences(u))
		for _, i := range present {
			r.Members = append(r.Members, Member{u.ID, i})
		}
	}
	return r
}

func (p Plan) roster() (catalog.Roster, bool) {
	i := slices.IndexFunc(p.Catalog.Rosters, func(r catalog.Roster) bool { return r.Schedule == p.Spec.ID && r.Layer == "" })
	if i < 0 {
		return catalog.Roster{}, false
	}
	return p.Catalog.Rosters[i], true
}

// weights are those of the schedule's roster, or of the first of its layers'.
func (p Plan) weights() catalog.Weights {
	if r, ok := p.roster(); ok && r.Weights != nil {
		return *r.Weights
	}
	for _, r := range p.Catalog.Rosters {
		if r.Schedule == p.Spec.ID && r.Weights != nil {
			return *r.Weights
		}
	}
	return catalog.DefaultWeights()
}

// people returns when everybody is in the schedule.
func (p Plan) people(w Window) map[watchbill.UserID][]schedule.Interval {
	in := map[watchbill.UserID][]schedule.Interval{}
	if r, ok := p.roster(); ok && len(r.People) > 0 {
		for _, u := range r.People {
			in[u] = append(in[u], schedule.Interval{Start: w.From, End: w.To})
		}
		return in
	}
	p.collect(p.Spec, w, in, map[watchbill.ScheduleID]bool{})
	return in
}

// collect goes through the versions of a schedule, the first of which is what the specification itself says.
func (p Plan) collect(s schedule.Spec, w Window, in map[watchbill.UserID][]schedule.Interval, seen map[watchbill.ScheduleID]bool) {
	if seen[s.ID] {
		return
	}
	seen[s.ID] = true
	defer delete(seen, s.ID) // a schedule may be included twice, only not in itself
	zone := zoneOf(s.Timezone, time.UTC)
	from, now := w.From, schedule.Version{Sites: s.Sites, Layers: s.Layers}
	for i := range len(s.Versions) + 1 {
		to := w.To
		if i < len(s.Versions) {
			to = earlier(s.Versions[i].EffectiveFrom.In(zone), w.To)
		}
		p.version(s.ID, now, zone, Window{from, to}, in, seen)
		if i < len(s.Versions) {
			from, now = later(to, w.From), s.Versions[i]
		}
	}
	for _, t := range s.Temporary {
		for _, placed := range t.Shifts {
			put(in, placed.Users, Window{t.From.In(zone), t.To.In(zone)}, w)
		}
	}
}

// members are the people of a layer, or of its roster.
func (p Plan) members(id watchbill.ScheduleID, l schedule.Layer) []watchbill.UserID {
	for _, r := range p.Catalog.Rosters {
		if r.Schedule == id && r.Layer == string(l.ID) && len(r.People) > 0 {
			return r.People
		}
	}
	return l.Users
}

func (p Plan) version(id watchbill.ScheduleID, v schedule.Version, zone *time.Location, w Window, in map[watchbill.UserID][]schedule.Interval, seen map[watchbill.ScheduleID]bool) {
	for _, s := range v.Sites {
		put(in, p.members(id, schedule.Layer{ID: s.ID, Users: s.Users}), lasts(s.Start, s.End, zoneOf(s.Timezone, zone), w), w)
	}
	for _, l := range v.Layers {
		if l.Shadow {
			continue
		}
		holds := lasts(l.Start, l.End, zoneOf(l.Timezone, zone), w)
		put(in, p.members(id, l), holds, w)
		for _, placed := range l.Shifts {
			put(in, placed.Users, holds, w)
		}
		for _, other := range p.Specs {
			if l.Schedule != "" && other.ID == l.Schedule {
				p.collect(other, Window{later(holds.From, w.From), earlier(holds.To, w.To)}, in, seen)
			}
		}
	}
}

// lasts is when a layer or a site holds; within the window, where it does not say.
func lasts(start, end calendar.Moment, zone *time.Location, w Window) Window {
	if !start.IsZero() {
		w.From = start.In(zone)
	}
	if !end.IsZero() {
		w.To = end.In(zone)
	}
	return w
}

func put(in map[watchbill.UserID][]schedule.Interval, users []watchbill.UserID, holds, w Window) {
	i := schedule.Interval{Start: later(holds.From, w.From), End: earlier(holds.To, w.To)}
	for _, u := range users {
		if u != schedule.Unassigned && i.Start.Before(i.End) {
			in[u] = append(in[u], i)
		}
	}
}

// Qualified reports whether somebody has all qualifications.
func Qualified(u catalog.User, needs []string) bool {
	return !slices.ContainsFunc(needs, func(q string) bool { return !slices.Contains(u.Qualifications, q) })
}

// absences are read in the person's own zone.
func absences(u catalog.User) spans {
	zone := zoneOf(u.Zone, time.UTC)
	var list []schedule.Interval
	for _, a := range u.Absences {
		list = append(list, schedule.Interval{Start: a.From.In(zone), End: a.To.In(zone)})
	}
	return unite(list)
}

// zoneOf returns a zone by its name; otherwise where there is none of that name.
func zoneOf(name string, otherwise *time.Location) *time.Location {
	zone, err := calendar.LoadZone(name)
	if err != nil {
		return otherwise
	}
	return zone
}
