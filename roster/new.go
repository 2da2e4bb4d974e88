package roster

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/schedule"
)

// Task is what a roster is wanted for.
type Task struct {
	report.Plan
	Window  report.Window
	Apart   []*schedule.Schedule // those that the roster's ApartFrom names
	Carried *report.Ledger       // nil: everybody begins even
}

// Planned is a problem made of a schedule, and what the schedule says without any planning.
type Planned struct {
	Problem
	Task   Task
	Owners []int // who has the slots now

	split   []bool // slots that several people share, or have a part of
	builder *builder
}

// New makes a problem of a schedule and its roster in the catalog, which may be missing: then everybody in the layers
// may be on call, turns are as long as those of the first rotation and begin where they do, and somebody has to be on
// call whenever the layers cover. A window that does not begin and end at hand-offs has a part of a turn at its ends.
//
// What is fair is what a person's presence says: everybody's load, and what is carried over, is divided among those who
// are qualified by how much of the window each is not absent. Loads are weighed as in [report.Weigh]; a slot's part in
// the sum is the mean over those who could have it.
func New(t Task) (Planned, error) {
	if d := t.Window.To.Sub(t.Window.From); d <= 0 || d > maxWindow {
		return Planned{}, errors.New("roster: the window must end after it begins, at most four years later")
	}
	b := &builder{Task: t, zone: t.Schedule.Zone()}
	b.rules = b.settings()
	slots, err := b.slots()
	if err != nil {
		return Planned{}, err
	}
	p := Planned{Problem: Problem{Slots: slots, MaxConsecutive: b.rules.MaxConsecutive, MinRest: b.rules.MinRest}, Task: t, builder: b}
	b.roll = report.Call(t.Plan, t.Window)
	for _, id := range b.candidates() {
		p.People = append(p.People, b.person(id, slots))
	}
	if len(p.People) == 0 {
		return Planned{}, fmt.Errorf("roster: schedule %q has nobody in its layers; name people in its roster", t.Spec.ID)
	}
	b.wishes(&p.Problem)
	b.targets(&p.Problem)
	p.Owners, p.split = b.owners(&p.Problem)
	return p, p.Validate()
}

const maxWindow = 4 * 366 * 24 * time.Hour

type builder struct {
	Task
	zone  *time.Location
	rules catalog.Roster
	roll  report.Roll
}

// settings fills in what the roster does not say.
func (b *builder) settings() catalog.Roster {
	r := catalog.Roster{Schedule: b.Spec.ID}
	for _, given := range b.Catalog.Rosters {
		if given.Schedule == b.Spec.ID {
			r = given
		}
	}
	first := b.rotating()
	if r.Length.IsZero() && first != nil && first.Rotation.Unit != 0 {
		r.Length = calendar.Length{N: max(1, first.Rotation.Every), Unit: first.Rotation.Unit}
	}
	if r.Length.IsZero() {
		r.Length = calendar.Length{N: 1, Unit: calendar.Week}
	}
	if r.Start.IsZero() && first != nil {
		r.Start = first.Start
	}
	if r.Start.IsZero() {
		r.Start = calendar.CivilMoment(calendar.CivilOf(b.Window.From.In(b.zone)))
	}
	if r.Seats == 0 && first != nil {
		r.Seats = first.Seats
	}
	r.Seats = max(1, r.Seats)
	return r
}

// layers returns those in force when the window begins.
func (b *builder) layers() []schedule.Layer {
	layers := b.Spec.Layers
	for _, v := range b.Spec.Versions {
		if !v.EffectiveFrom.In(b.zone).After(b.Window.From) {
			layers = v.Layers
		}
	}
	return layers
}

// rotating returns the first rotation whose people are paged; nil if there is none.
func (b *builder) rotating() *schedule.Layer {
	for _, l := range b.layers() {
		if len(l.Users) > 0 && !l.Shadow {
			return &l
		}
	}
	return nil
}

// candidates are in the order of the roster, or in that of the catalog.
func (b *builder) candidates() []watchbill.UserID {
	if len(b.rules.People) > 0 {
		return b.rules.People
	}
	plan := b.Plan
	plan.Needs = nil // those who are not qualified are listed too, to say so
	plan.Catalog.Users = slices.Clone(plan.Catalog.Users)
	for i := range plan.Catalog.Users {
		plan.Catalog.Users[i].Absences = nil
	}
	var ids []watchbill.UserID
	for _, m := range report.Call(plan, b.Window).Members {
		if !slices.Contains(ids, m.User) {
			ids = append(ids, m.User)
		}
	}
	return ids
}

func (b *builder) user(id watchbill.UserID) catalog.User {
	if i := slices.IndexFunc(b.Catalog.Users, func(u catalog.User) bool { return u.ID == id }); i >= 0 {
		return b.Catalog.Users[i]
	}
	return catalog.User{ID: id}
}

// person weighs the slots for somebody, and finds out what stands in the way.
func (b *builder) person(id watchbill.UserID, slots []Slot) Person {
	u := b.user(id)
	zone := zoneOf(u.Zone)
	p := Person{User: id, Costs: make([]time.Duration, len(slots))}
	if missing := missing(u, b.Needs); len(missing) > 0 {
		p.Barred = "is not qualified: lacks " + strings.Join(missing, ", ")
	}
	for _, a := range u.Absences {
		p.Busy = append(p.Busy, Busy{schedule.Interval{Start: a.From.In(zone), End: a.To.In(zone)},
			fmt.Sprintf("is away from %v to %v%s", a.From, a.To, because(a.Reason))})
	}
	for i, other := range b.Apart {
		for _, s := range other.Shifts(b.Window.From, b.Window.To) {
			if slices.Contains(s.Users, id) {
				p.Busy = append(p.Busy, Busy{schedule.Interval{Start: s.Start, End: s.End},
					fmt.Sprintf("is on call in %s from %s", b.apart(i), s.Start.Format("2006-01-02 15:04"))})
			}
		}
	}
	for _, s := range slots {
		p.Loads = append(p.Loads, b.weigh(id, s.Hours))
	}
	p.Held = b.around(id)
	return p
}

func (b *builder) weigh(id watchbill.UserID, on []schedule.Interval) time.Duration {
	return time.Duration(report.Weigh(on, zoneOf(b.user(id).Zone), b.roll.Holidays, b.roll.Weights).Load)
}

func (b *builder) apart(i int) watchbill.ScheduleID {
	if i < len(b.rules.ApartFrom) {
		return b.rules.ApartFrom[i]
	}
	return "another schedule"
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func missing(u catalog.User, needs []string) []string {
	return slices.DeleteFunc(slices.Clone(needs), func(q string) bool { return slices.Contains(u.Qualifications, q) })
}

// defaultWish is what a wish is worth that does not say.
const defaultWish = 24 * time.Hour

// wishes turns them into costs: of having a slot that one would rather not have, and of having one that another wants.
func (b *builder) wishes(p *Problem) {
	able := p.able()
	for _, w := range b.rules.Wishes {
		i := slices.IndexFunc(p.People, func(c Person) bool { return c.User == w.User })
		if i < 0 {
			continue
		}
		zone := zoneOf(b.user(w.User).Zone)
		when := schedule.Interval{Start: w.From.In(zone), End: w.To.In(zone)}
		for k, s := range p.Slots {
			if !able[i][k] || !slices.ContainsFunc(s.Hours, func(h schedule.Interval) bool { return overlap(h, when) }) {
				continue
			}
			for j := range p.People {
				if (i == j) != w.Prefer {
					p.People[j].Costs[k] += cmp.Or(w.Weight, defaultWish)
				}
			}
		}
	}
}

// targets divides what there will be to bear, and what is carried over, by presence.
func (b *builder) targets(p *Problem) {
	able := p.able()
	var all time.Duration
	for k := range p.Slots {
		var load time.Duration
		people := 0
		for i, c := range p.People {
			if able[i][k] {
				load += c.Loads[k]
				people++
			}
		}
		all += load / time.Duration(max(1, people))
	}
	present, carried := make([]time.Duration, len(p.People)), make([]time.Duration, len(p.People))
	var everybody time.Duration
	for i, c := range p.People {
		for _, m := range b.roll.Members {
			if m.User == c.User {
				present[i] += m.End.Sub(m.Start)
			}
		}
		everybody += present[i]
		if b.Carried != nil {
			carried[i] = b.Carried.Balances[c.User]
		}
	}
	for i := range p.People {
		p.People[i].Target = report.Portion(all, present[i], everybody) - carried[i]
	}
}

func zoneOf(name string) *time.Location {
	zone, err := calendar.LoadZone(name)
	if err != nil {
		return time.UTC
	}
	return zone
}
