package roster

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill/schedule"
)

// Why says why a person cannot have a slot besides other turns, or returns "". Turns in a row are those that follow one
// another from hand-off to hand-off, also where nobody is on call in between.
func (p Problem) Why(person, slot int, besides []Held) string {
	if why := p.alone(person, slot); why != "" {
		return why
	}
	mine := p.held(slot)
	all := append(slices.Clone(p.People[person].Held), besides...)
	for _, h := range all {
		if overlap(h.Turn, mine.Turn) {
			return "has another seat of the turn"
		}
	}
	all = append(all, mine)
	slices.SortFunc(all, func(a, b Held) int { return cmp.Or(a.Turn.Start.Compare(b.Turn.Start), a.Turn.End.Compare(b.Turn.End)) })
	return p.pace(all, mine)
}

// alone says why the person cannot have the slot, whatever else the person has.
func (p Problem) alone(person, slot int) string {
	c := &p.People[person]
	if c.Barred != "" {
		return c.Barred
	}
	for _, b := range c.Busy {
		for _, h := range p.Slots[slot].Hours {
			if overlap(b.Interval, h) {
				return b.Reason
			}
		}
	}
	return ""
}

// pace looks at the run and the pauses that a turn is part of.
func (p Problem) pace(all []Held, mine Held) string {
	run, within := 0, false
	for i, h := range all {
		if i > 0 && all[i-1].Turn.End.Equal(h.Turn.Start) {
			run++
		} else {
			run, within = 1, false
		}
		within = within || h == mine
		if p.MaxConsecutive > 0 && run > p.MaxConsecutive && within {
			return fmt.Sprintf("would have %d turns in a row, of at most %d", run, p.MaxConsecutive)
		}
		if i == 0 || h != mine && all[i-1] != mine {
			continue
		}
		if !p.rested(&all[i-1], &h) {
			return fmt.Sprintf("would rest %v, of at least %v", h.Hours.Start.Sub(all[i-1].Hours.End), p.MinRest)
		}
	}
	return ""
}

// agenda is the turns of one person as a plan grows, in order of time: a quick form of Why.
type agenda []Held

// at returns where a turn would have its place, and whether it may be there at all.
func (a agenda) at(turn schedule.Interval) (int, bool) {
	i, _ := slices.BinarySearchFunc(a, turn.Start, func(h Held, t time.Time) int {
		if h.Turn.End.After(t) {
			return 1
		}
		return -1
	})
	return i, i == len(a) || !overlap(a[i].Turn, turn)
}

// takes reports whether a turn fits in.
func (a agenda) takes(p *Problem, mine Held) bool {
	i, free := a.at(mine.Turn)
	if !free {
		return false
	}
	run := 1
	for k := i - 1; k >= 0 && a[k].Turn.End.Equal(after(a, k, i, mine)); k-- {
		run++
	}
	last := mine.Turn.End
	for k := i; k < len(a) && a[k].Turn.Start.Equal(last); k++ {
		run++
		last = a[k].Turn.End
	}
	if p.MaxConsecutive > 0 && run > p.MaxConsecutive {
		return false
	}
	return (i == 0 || p.rested(&a[i-1], &mine)) && (i == len(a) || p.rested(&mine, &a[i]))
}

// after returns where the turn after k begins, with mine at place i.
func after(a agenda, k, i int, mine Held) time.Time {
	if k == i-1 {
		return mine.Turn.Start
	}
	return a[k+1].Turn.Start
}

// rested reports whether the pause between two turns is long enough. With MaxConsecutive, turns may also follow one
// another without any.
func (p *Problem) rested(a, b *Held) bool {
	pause := b.Hours.Start.Sub(a.Hours.End)
	return pause >= p.MinRest || pause == 0 && p.MaxConsecutive > 0
}

func (a agenda) with(mine Held) agenda {
	i, _ := a.at(mine.Turn)
	return slices.Insert(a, i, mine)
}

func (a agenda) without(mine Held) agenda {
	i := slices.Index(a, mine)
	return slices.Delete(a, i, i+1)
}
