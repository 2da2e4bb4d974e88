package roster

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// turn returns where turn k begins, counted from where the roster says that a turn begins.
func (b *builder) turn(wall *calendar.Wall, k int) time.Time {
	l := b.rules.Length
	return wall.FirstAt(b.rules.Start.Civil(b.zone).Add(k*l.N, l.Unit))
}

// first returns the turn that an instant lies in.
func (b *builder) first(wall *calendar.Wall, t time.Time) int {
	l := b.rules.Length
	n := wall.Reading(t).Since(b.rules.Start.Civil(b.zone), l.Unit)
	k := n / l.N
	if n%l.N < 0 {
		k--
	}
	return k
}

// slots cuts the window into turns, each seat by itself. A turn without any hours that need somebody is no slot.
func (b *builder) slots() ([]Slot, error) {
	wall := calendar.NewWall(b.zone)
	open := b.coverage()
	var slots []Slot
	for k := b.first(&wall, b.Window.From); b.turn(&wall, k).Before(b.Window.To); k++ {
		turn := schedule.Interval{Start: later(b.turn(&wall, k), b.Window.From), End: earlier(b.turn(&wall, k+1), b.Window.To)}
		turn.Start, turn.End = turn.Start.In(b.zone), turn.End.In(b.zone)
		hours := open(&wall, turn)
		if len(hours) == 0 {
			continue
		}
		for seat := range b.rules.Seats {
			name := turn.Start.Format("2006-01-02T15:04")
			if b.rules.Seats > 1 {
				name = fmt.Sprintf("%s seat %d", name, seat+1)
			}
			slots = append(slots, Slot{Name: name, Turn: turn, Hours: hours})
		}
		if len(slots) > maxSlots {
			return nil, fmt.Errorf("roster: there are more than %d turns; choose a shorter window, or a greater length", maxSlots)
		}
	}
	if len(slots) == 0 {
		return nil, errors.New("roster: nobody has to be on call in the window; choose another, or give the roster a coverage")
	}
	return slots, nil
}

// coverage says when somebody has to be on call: what the roster says; or else what all layers together cover, as far as
// that is windows of the week in the schedule's zone, without the days on which all of them are off; or else always.
func (b *builder) coverage() func(*calendar.Wall, schedule.Interval) []schedule.Interval {
	windows := slices.Clone(b.rules.Coverage)
	var off map[calendar.Civil]bool
	if len(windows) == 0 {
		for _, l := range b.layers() {
			if l.Shadow {
				continue
			}
			odd := func(w calendar.Window) bool { return !w.RRule.IsZero() }
			if len(l.Coverage) == 0 || len(l.Users) == 0 || slices.ContainsFunc(l.Coverage, odd) || l.Timezone != "" && l.Timezone != b.zone.String() {
				windows, off = nil, nil
				break
			}
			windows = append(windows, l.Coverage...)
			off = b.offIn(l, off)
		}
	}
	pattern := calendar.NewPattern(windows)
	return func(wall *calendar.Wall, turn schedule.Interval) []schedule.Interval {
		return covered(wall, turn, pattern, off)
	}
}

// offIn returns the holidays on which this layer is off, as are those before it, if there are any.
func (b *builder) offIn(l schedule.Layer, before map[calendar.Civil]bool) map[calendar.Civil]bool {
	off := map[calendar.Civil]bool{}
	if l.Holidays != schedule.HolidaysByCoverage && l.Holidays != schedule.HolidaysOff {
		return off
	}
	for _, h := range b.Spec.Holidays {
		for _, d := range h.Days {
			if (before == nil || before[d.Date]) && (len(l.Calendars) == 0 || slices.Contains(l.Calendars, h.ID)) {
				off[d.Date] = true
			}
		}
	}
	return off
}

// covered cuts a turn to a pattern and leaves days out.
func covered(wall *calendar.Wall, turn schedule.Interval, pattern calendar.Pattern, off map[calendar.Civil]bool) []schedule.Interval {
	var hours []schedule.Interval
	for t := turn.Start; t.Before(turn.End); {
		reading := wall.Reading(t)
		year, month, day := reading.Date()
		date := calendar.NewCivil(year, month, day, 0, 0, 0)
		open, until := pattern.At(reading)
		if next := date.Add(1, calendar.Day); next.Before(until) {
			until = next
		}
		end := earlier(wall.FirstAt(until), turn.End).In(turn.Start.Location())
		if open && !off[date] {
			if last := len(hours) - 1; last >= 0 && hours[last].End.Equal(t) {
				hours[last].End = end
			} else {
				hours = append(hours, schedule.Interval{Start: t, End: end})
			}
		}
		t = end
	}
	return hours
}

// lookback is how many turns before the window are looked at, at most.
const lookback = 60

// around returns the turns that somebody has before the window: as many as the constraints may have to do with.
func (b *builder) around(id watchbill.UserID) []Held {
	wall := calendar.NewWall(b.zone)
	first := b.first(&wall, b.Window.From)
	var held []Held
	for n := 1; n <= lookback; n++ {
		turn := schedule.Interval{Start: b.turn(&wall, first-n), End: b.turn(&wall, first-n+1)}
		if n == 1 && turn.End.Before(b.Window.From) {
			held = b.had(held, id, schedule.Interval{Start: turn.End, End: b.Window.From})
		}
		if n > b.rules.MaxConsecutive && turn.End.Before(b.Window.From.Add(-b.rules.MinRest)) {
			break
		}
		held = b.had(held, id, turn)
	}
	return held
}

func (b *builder) had(held []Held, id watchbill.UserID, turn schedule.Interval) []Held {
	turn.Start, turn.End = turn.Start.In(b.zone), turn.End.In(b.zone)
	h := Held{Turn: turn}
	for _, s := range b.Schedule.Shifts(turn.Start, turn.End) {
		if slices.Contains(s.Users, id) {
			if h.Hours.Start.IsZero() {
				h.Hours.Start = s.Start
			}
			h.Hours.End = s.End
		}
	}
	if h.Hours.Start.IsZero() || turn.Start.Equal(turn.End) {
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
			for _, u := range shift.Users {
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
				if slices.Contains(shift.Users, c.User) {
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
