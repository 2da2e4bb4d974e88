package roster

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/schedule"
)

// margin is how far before and after the window turns are looked for.
const margin = 400 * 24 * time.Hour

// turns lists the turns around the window, as the hand-offs cut them, whoever is on call: those that lie in it, and those
// before and after it. The window becomes that of the whole turns that begin in it.
func (b *builder) turns() error {
	rotation, start := b.rhythm()
	spec := schedule.Spec{ID: "turns", Layers: []schedule.Layer{{ID: "turns", Users: []watchbill.UserID{"even", "odd"}, Start: start,
		Rotation: rotation, Timezone: b.target.zone.String()}}}
	s, err := schedule.New(spec)
	if err != nil {
		return fmt.Errorf("roster: the turns of %s: %w", b.target.layer.ID, err)
	}
	from, to := b.Window.From.Add(-margin), b.Window.To.Add(margin)
	for _, shift := range s.Shifts(from, to) {
		turn := schedule.Interval{Start: shift.Start.In(b.target.zone), End: shift.End.In(b.target.zone)}
		switch {
		case turn.End.Equal(to), turn.Start.Equal(from) && !turn.Start.Equal(start.In(b.target.zone)): // cut
		case turn.Start.Before(b.Window.From):
			b.before = append(b.before, turn)
		case turn.Start.Before(b.Window.To):
			b.within = append(b.within, turn)
		default:
			b.after = append(b.after, turn)
		}
	}
	if len(b.within) == 0 {
		next := "there is none"
		if len(b.after) > 0 {
			next = "the next is at " + b.after[0].Start.Format(minute)
		}
		return fmt.Errorf("roster: no turn of %s begins in the window; choose one with a hand-off in it: %s", b.target.layer.ID, next)
	}
	b.Window = report.Window{From: b.within[0].Start, To: b.within[len(b.within)-1].End}
	return nil
}

// minute is how times are told.
const minute = "2006-01-02T15:04"

// rhythm is what the roster says of turns, or the layer, or a week.
func (b *builder) rhythm() (schedule.Rotation, calendar.Moment) {
	r, start := b.target.layer.Rotation, b.target.layer.Start
	if len(r.Lengths) == 0 && r.RRule.IsZero() && r.Unit == 0 {
		r.Unit = calendar.Week
	}
	if l := b.rules.Length; !l.IsZero() {
		r = schedule.Rotation{Every: l.N, Unit: l.Unit}
	}
	if !b.rules.Start.IsZero() {
		start = b.rules.Start
	}
	if start.IsZero() {
		start = calendar.CivilMoment(calendar.CivilOf(b.Window.From.In(b.target.zone)))
	}
	isEven := len(r.Lengths) == 0 && r.RRule.IsZero() && r.Unit != calendar.Month
	first := calendar.CivilOf(b.Window.From.Add(-margin).In(b.target.zone))
	if at := start.Civil(b.target.zone); isEven && first.Before(at) { // hand-offs go on before it as after it
		every := max(1, r.Every)
		start = calendar.CivilMoment(at.Add(-(at.Since(first, r.Unit)/every+1)*every, r.Unit))
	}
	return r, start
}

// slots cuts the turns to the hours in which the layer has a say, each seat by itself. A turn without any is no slot.
func (b *builder) slots() ([]Slot, error) {
	if len(b.within)*b.rules.Seats > maxSlots {
		return nil, fmt.Errorf("roster: there are more than %d turns; choose a shorter window, or a greater length", maxSlots)
	}
	open, err := b.open([]watchbill.UserID{anybody}, nil, b.Window)
	if err != nil {
		return nil, err
	}
	var slots []Slot
	for _, turn := range b.within {
		hours := within(open, turn)
		if len(hours) == 0 {
			continue
		}
		for seat := range b.rules.Seats {
			name := turn.Start.Format(minute)
			if b.rules.Seats > 1 {
				name = fmt.Sprintf("%s seat %d", name, seat+1)
			}
			slots = append(slots, Slot{Name: name, Turn: turn, Hours: hours})
		}
	}
	if len(slots) == 0 {
		return nil, errors.New("roster: nobody has to be on call in the window, or all of it is another layer's; " +
			"choose another, or give the roster a coverage")
	}
	return slots, nil
}

// lookAround is how many turns before and after the window are looked at, at most.
const lookAround = 60

// around returns the turns that somebody has next to the window: as many as the constraints may have to do with.
func (b *builder) around(id watchbill.UserID) []Held {
	var held []Held
	for n := range min(lookAround, len(b.before)) {
		turn := b.before[len(b.before)-1-n]
		if n >= b.rules.MaxConsecutive && turn.End.Before(b.Window.From.Add(-b.rules.MinRest)) {
			break
		}
		held = b.had(held, id, turn)
	}
	for n := range min(lookAround, len(b.after)) {
		turn := b.after[n]
		if n >= b.rules.MaxConsecutive && turn.Start.After(b.Window.To.Add(b.rules.MinRest)) {
			break
		}
		held = b.had(held, id, turn)
	}
	return held
}

func (b *builder) had(held []Held, id watchbill.UserID, turn schedule.Interval) []Held {
	h := Held{Turn: turn}
	for _, s := range b.Schedule.Shifts(turn.Start, turn.End) {
		if slices.Contains(b.on(s), id) {
			if h.Hours.Start.IsZero() {
				h.Hours.Start = s.Start
			}
			h.Hours.End = s.End
		}
	}
	if h.Hours.Start.IsZero() {
		return held
	}
	return append(held, h)
}

// owners returns who has which slot as the schedule is, and which slots several people share, or have a part of.
func (b *builder) owners(p *Problem) (owners []int, split []bool) {
	owners, split = make([]int, len(p.Slots)), make([]bool, len(p.Slots))
	for from := 0; from < len(p.Slots); {
		to := from
		for to < len(p.Slots) && p.Slots[to].Turn == p.Slots[from].Turn {
			owners[to] = Nobody
			to++
		}
		whole, parts := b.holders(p.Slots[from])
		seat := from
		for i, c := range p.People {
			if slices.Contains(whole, c.User) && seat < to {
				owners[seat] = i
				seat++
			}
		}
		for k := from; k < to; k++ {
			split[k] = parts || seat-from != len(whole)
		}
		from = to
	}
	return owners, split
}

// holders returns who is on call in all hours of a slot, and whether somebody is in some of them.
func (b *builder) holders(s Slot) (whole []watchbill.UserID, parts bool) {
	on := map[watchbill.UserID]time.Duration{}
	var all time.Duration
	for _, h := range s.Hours {
		all += h.End.Sub(h.Start)
		for _, shift := range b.Schedule.Shifts(h.Start, h.End) {
			for _, u := range b.on(shift) {
				on[u] += shift.End.Sub(shift.Start)
			}
		}
	}
	for u, d := range on {
		if d == all {
			whole = append(whole, u)
		}
	}
	return whole, len(whole) < len(on)
}

// asIs leaves out the slots that are split: their people keep them, and what they weigh.
func (p Planned) asIs() (Problem, []int) {
	kept := p.Problem
	kept.Slots, kept.People = nil, slices.Clone(p.People)
	var owners []int
	for i := range kept.People {
		c := &kept.People[i]
		c.Held, c.Loads, c.Costs = slices.Clone(c.Held), nil, nil
	}
	for k, s := range p.Slots {
		if p.split[k] {
			p.keep(s, kept.People)
			continue
		}
		kept.Slots, owners = append(kept.Slots, s), append(owners, p.Owners[k])
		for i, c := range p.People {
			kept.People[i].Loads = append(kept.People[i].Loads, c.Loads[k])
			kept.People[i].Costs = append(kept.People[i].Costs, c.Costs[k])
		}
	}
	return kept, owners
}

// keep counts what people have of a slot that is split.
func (p Planned) keep(s Slot, people []Person) {
	for i := range people {
		c := &people[i]
		var on []schedule.Interval
		for _, h := range s.Hours {
			for _, shift := range p.Task.Schedule.Shifts(h.Start, h.End) {
				if slices.Contains(p.builder.on(shift), c.User) {
					on = append(on, schedule.Interval{Start: shift.Start, End: shift.End})
				}
			}
		}
		if len(on) == 0 {
			continue
		}
		c.Target -= p.builder.weigh(c.User, on)
		held := Held{s.Turn, schedule.Interval{Start: on[0].Start, End: on[len(on)-1].End}}
		if !slices.ContainsFunc(c.Held, func(h Held) bool { return overlap(h.Turn, held.Turn) }) {
			c.Held = append(c.Held, held)
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
