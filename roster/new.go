package roster

import (
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
	Layer   schedule.LayerID     // which layer or site; empty: that of the schedule's only roster, or the only one there is
	Window  report.Window        // the turns that begin in it are planned, whole
	Apart   []*schedule.Schedule // all others; of these, what the roster's ApartFrom names counts
	Carried *report.Ledger       // nil: everybody begins even
}

// Planned is a problem made of a schedule, and what the schedule says without any planning.
type Planned struct {
	Problem
	Task   Task  // its window is that of the whole turns
	Owners []int // who has the slots now

	asked   report.Window
	split   []bool // slots that several people share, or have a part of
	builder *builder
}

// New makes a problem of one layer of a schedule and its roster in the catalog, which may be missing: then everybody in
// the layer may be on call, hand-offs are those of its rotation, and somebody has to be on call whenever the layer has a
// say: it covers, and no other hides it. A site counts as a layer. Turns are never cut: the first begins at the first
// hand-off in the window, the last is the one that begins last in it.
//
// Whoever has hours of their own is on call in those; such a person can have a turn only where others, in layers below,
// are on call in the rest of it, or there are several seats.
//
// What is fair is what a person's presence says: everybody's load, and what is carried over, is divided among those who
// can have any slot by how much of the window each is not absent, and within their own hours. Loads are weighed as in [report.Weigh]; a slot's part
// in the sum is the mean over those who could have it.
//
// There are at most 1500 slots and 300 people, and 60,000 slots times people.
func New(t Task) (Planned, error) { return newPlanned(t, false) }

// newPlanned is New; whole if turns go only to people who are there for all of it.
func newPlanned(t Task, whole bool) (Planned, error) {
	if d := t.Window.To.Sub(t.Window.From); d <= 0 || d > maxWindow {
		return Planned{}, errors.New("roster: the window must end after it begins, at most four years later")
	}
	b := &builder{Task: t, whole: whole, own: map[watchbill.UserID][][]schedule.Interval{}}
	if err := b.choose(); err != nil {
		return Planned{}, err
	}
	b.rules = b.settings()
	if err := errors.Join(b.turns(), b.oneVersion()); err != nil {
		return Planned{}, err
	}
	var err error
	if b.others, err = b.with([]watchbill.UserID{schedule.Unassigned}, nil); err != nil {
		return Planned{}, err
	}
	slots, err := b.slots()
	if err != nil {
		return Planned{}, err
	}
	p := Planned{Problem: Problem{Slots: slots, MaxConsecutive: b.rules.MaxConsecutive, MinRest: b.rules.MinRest}, Task: b.Task,
		asked: t.Window, builder: b}
	b.roll = report.Call(b.share(), b.Window)
	people := b.candidates()
	if len(people) == 0 {
		return Planned{}, fmt.Errorf("roster: schedule %q has nobody in its layers; name people in its roster", t.Spec.ID)
	}
	if n := len(people) * len(slots); n > maxCells {
		return Planned{}, fmt.Errorf("roster: %d slots for %d people are %d to weigh, more than %d; choose a shorter window", len(slots),
			len(people), n, maxCells)
	}
	for _, id := range people {
		person, err := b.person(id, slots)
		if err != nil {
			return Planned{}, err
		}
		p.People = append(p.People, person)
	}
	b.wishes(&p.Problem)
	b.targets(&p.Problem)
	p.Owners, p.split = b.owners(&p.Problem)
	return p, p.Validate()
}

// maxCells bounds slots times people.
const maxCells = 60_000

const maxWindow = 4 * 366 * 24 * time.Hour

type builder struct {
	Task
	target                target
	rules                 catalog.Roster
	roll                  report.Roll
	before, within, after []schedule.Interval                        // turns
	own                   map[watchbill.UserID][][]schedule.Interval // by slot, when those are on call who have hours of their own
	others                *schedule.Schedule                         // the schedule without the planned layer
	whole                 bool
}

// candidates are in the order of the roster, or in that of the catalog.
func (b *builder) candidates() []watchbill.UserID {
	if len(b.rules.People) > 0 {
		return b.rules.People
	}
	plan := b.share()
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
func (b *builder) person(id watchbill.UserID, slots []Slot) (Person, error) {
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
	for _, other := range b.Apart {
		if other == nil || !slices.Contains(b.rules.ApartFrom, other.ID()) {
			continue
		}
		for _, s := range other.Shifts(b.Window.From, b.Window.To) {
			if slices.Contains(s.Users, id) {
				p.Busy = append(p.Busy, Busy{schedule.Interval{Start: s.Start, End: s.End},
					fmt.Sprintf("is on call in %s from %s", other.ID(), s.Start.Format("2006-01-02 15:04"))})
			}
		}
	}
	if err := b.ownHours(&p, slots); err != nil {
		return p, err
	}
	for k, s := range slots {
		p.Loads = append(p.Loads, b.weigh(id, b.hoursOf(id, k, s)))
	}
	p.Held = b.around(id)
	return p, nil
}

// hoursOf is when somebody is on call who has a slot.
func (b *builder) hoursOf(id watchbill.UserID, slot int, s Slot) []schedule.Interval {
	if own := b.own[id]; own != nil {
		return own[slot]
	}
	return s.Hours
}

// ownHours cuts the slots to somebody's own hours, and keeps the person out of those whose rest would be nobody's.
func (b *builder) ownHours(p *Person, slots []Slot) error {
	hours, has := b.target.layer.Hours[p.User]
	if !has {
		return nil
	}
	only := []watchbill.UserID{p.User}
	open, err := b.open(only, map[watchbill.UserID]schedule.Hours{p.User: hours}, b.Window)
	if err != nil {
		return err
	}
	empty := b.others.Gaps(b.Window.From, b.Window.To)
	for _, s := range slots {
		mine := within(open, s.Turn)
		b.own[p.User] = append(b.own[p.User], mine)
		rest := minus(s.Hours, mine)
		switch {
		case len(mine) == 0:
			p.Busy = append(p.Busy, Busy{s.Hours[0], "has hours of their own, none of them in it"})
		case b.whole && len(rest) > 0:
			p.Busy = append(p.Busy, Busy{rest[0], "has hours of their own, which are not all of it"})
		case b.rules.Seats > 1:
		default:
			for _, i := range rest {
				if bare := within(empty, i); len(bare) > 0 {
					p.Busy = append(p.Busy, Busy{bare[0], "has hours of their own, and nobody would be on call from " + bare[0].Start.In(b.target.zone).Format(minute)})
					break
				}
			}
		}
	}
	return nil
}

func (b *builder) weigh(id watchbill.UserID, on []schedule.Interval) time.Duration {
	return time.Duration(report.Weigh(on, zoneOf(b.user(id).Zone), b.roll.Holidays, b.roll.Weights).Load)
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
			if m.User == c.User && slices.Contains(able[i], true) {
				present[i] += m.End.Sub(m.Start)
			}
		}
		present[i] = b.partOf(c.User, present[i], p.Slots)
		everybody += present[i]
		if b.Carried != nil {
			carried[i] = b.Carried.Balances[c.User]
		}
	}
	for i := range p.People {
		p.People[i].Target = report.Portion(all, present[i], everybody) - carried[i]
	}
}

// partOf cuts the presence of somebody with hours of their own to those.
func (b *builder) partOf(id watchbill.UserID, present time.Duration, slots []Slot) time.Duration {
	var mine, all time.Duration
	for k, s := range slots {
		mine += length(b.hoursOf(id, k, s))
		all += length(s.Hours)
	}
	return report.Portion(present, mine, all)
}

func zoneOf(name string) *time.Location {
	zone, err := calendar.LoadZone(name)
	if err != nil {
		return time.UTC
	}
	return zone
}
