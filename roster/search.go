package roster

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// search is a roster as it changes.
type search struct {
	p        *Problem
	able     [][]bool // by person and slot: could have it if it were the only one
	owner    []int
	agendas  []agenda
	loads    []time.Duration
	unfilled int
	steps    int // left
}

func newSearch(p *Problem, steps int) *search {
	s := &search{p: p, able: p.able(), owner: make([]int, len(p.Slots)), agendas: make([]agenda, len(p.People)),
		loads: make([]time.Duration, len(p.People)), unfilled: len(p.Slots), steps: steps}
	for i := range s.owner {
		s.owner[i] = Nobody
	}
	for i, c := range p.People {
		for _, h := range c.Held {
			s.agendas[i] = s.agendas[i].with(h)
		}
	}
	return s
}

// able says who could have which slot if it were the only one.
func (p *Problem) able() [][]bool {
	able := make([][]bool, len(p.People))
	for i := range p.People {
		able[i] = make([]bool, len(p.Slots))
		for k := range p.Slots {
			mine := p.held(k).Turn
			able[i][k] = p.alone(i, k) == "" && !slices.ContainsFunc(p.People[i].Held, func(h Held) bool { return overlap(h.Turn, mine) })
		}
	}
	return able
}

func (s *search) give(slot, person int) {
	s.owner[slot] = person
	if person == Nobody {
		return
	}
	s.unfilled--
	s.loads[person] += s.p.People[person].Loads[slot]
	s.agendas[person] = s.agendas[person].with(s.p.held(slot))
}

func (s *search) take(slot int) (person int) {
	person = s.owner[slot]
	s.owner[slot] = Nobody
	if person == Nobody {
		return person
	}
	s.unfilled++
	s.loads[person] -= s.p.People[person].Loads[slot]
	s.agendas[person] = s.agendas[person].without(s.p.held(slot))
	return person
}

func (s *search) fits(slot, person int) bool {
	return person == Nobody || s.able[person][slot] && s.agendas[person].takes(s.p, s.p.held(slot))
}

// rests reports whether the pause that giving up a slot has left somebody is long enough: it may have been the middle of a
// run.
func (s *search) rests(person, slot int) bool {
	if person == Nobody {
		return true
	}
	a := s.agendas[person]
	i, free := a.at(s.p.Slots[slot].Turn)
	return !free || i == 0 || i == len(a) || s.p.rested(&a[i-1], &a[i])
}

// score is what the search goes by: the cost, and where that is the same, evenness, and few turns in a row.
type score struct {
	Cost
	uneven float64 // the sum of squares of how far loads are from fair; it decides nothing that is reported
	row    int
}

func (a score) better(b score) bool {
	switch {
	case a.Cost != b.Cost:
		return a.Cost.Less(b.Cost)
	case math.Abs(a.uneven-b.uneven) > 1e-6:
		return a.uneven < b.uneven
	}
	return a.row < b.row
}

func (s *search) score() score {
	sc := score{Cost: Cost{Unfilled: s.unfilled}}
	for i, load := range s.loads {
		off := load - s.p.People[i].Target
		sc.Time += off.Abs()
		sc.uneven += off.Hours() * off.Hours()
	}
	for k, o := range s.owner {
		if o != Nobody {
			sc.Time += s.p.People[o].Costs[k]
			if k > 0 && s.owner[k-1] == o {
				sc.row++
			}
		}
	}
	return sc
}

// greedy fills slots in order of time, each by whoever fits and is furthest below what would be fair.
func (s *search) greedy() {
	for k, o := range s.owner {
		if o != Nobody {
			continue
		}
		best, found := Nobody, time.Duration(math.MaxInt64)
		for i, c := range s.p.People {
			if above := s.loads[i] + c.Loads[k] - c.Target + c.Costs[k]; s.fits(k, i) && above < found {
				best, found = i, above
			}
		}
		s.give(k, best)
	}
}

// move is a change of owners, tried and kept only if it is better.
type move struct {
	slot, other int // other: the slot to change owners with; -1: none
	person      int // whom the slot goes to, if there is no other
	relief      int // who takes over the slot other instead, so that person is free; Nobody with other: owners are exchanged
}

// do makes the move and returns how to take it back; false if a constraint forbids it, and then nothing has changed.
func (s *search) do(m move) (undo func(), ok bool) {
	if m.other < 0 {
		old := s.take(m.slot)
		back := func() { s.take(m.slot); s.give(m.slot, old) }
		if !s.fits(m.slot, m.person) {
			s.give(m.slot, old)
			return nil, false
		}
		s.give(m.slot, m.person)
		if !s.rests(old, m.slot) {
			back()
			return nil, false
		}
		return back, true
	}
	a, b := s.take(m.slot), s.take(m.other)
	back := func() { s.take(m.slot); s.take(m.other); s.give(m.slot, a); s.give(m.other, b) }
	toOther := a
	if m.relief != Nobody {
		toOther = m.relief
	}
	if s.fits(m.slot, b) {
		s.give(m.slot, b)
		if s.fits(m.other, toOther) {
			s.give(m.other, toOther)
			if s.rests(a, m.slot) && s.rests(b, m.other) {
				return back, true
			}
		}
	}
	back()
	return nil, false
}

// moves lists all: to hand a slot to somebody else, to exchange two, and where nobody has a slot, to free somebody for it
// whose own slot another takes over.
func (s *search) moves() []move {
	var list []move
	for k := range s.owner {
		if len(list) > s.steps {
			break // what there are no steps for
		}
		for i := range s.p.People {
			if s.able[i][k] && s.owner[k] != i {
				list = append(list, move{k, -1, i, Nobody})
			}
		}
		for other := range s.owner {
			if s.owner[k] != Nobody && other > k && s.owner[other] != Nobody && s.owner[other] != s.owner[k] {
				list = append(list, move{k, other, Nobody, Nobody})
			}
			if s.owner[k] != Nobody || other == k || s.owner[other] == Nobody || !s.able[s.owner[other]][k] {
				continue
			}
			for i := range s.p.People {
				if i != s.owner[other] && s.able[i][other] {
					list = append(list, move{k, other, Nobody, i})
				}
			}
		}
	}
	return list
}

// descend makes better moves until there is none, or no step is left.
func (s *search) descend(random *rand.Rand) {
	now := s.score()
	for better := true; better; {
		better = false
		list := s.moves()
		if random != nil {
			random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		for _, m := range list {
			if s.steps--; s.steps < 0 {
				return
			}
			if !s.current(m) {
				continue
			}
			undo, ok := s.do(m)
			if !ok {
				continue
			}
			if then := s.score(); then.better(now) {
				now, better = then, true
			} else {
				undo()
			}
		}
	}
}

// current reports whether a move still says something: others may have been made since it was listed.
func (s *search) current(m move) bool {
	switch {
	case m.other < 0:
		return s.owner[m.slot] != m.person
	case m.relief != Nobody:
		return s.owner[m.slot] == Nobody && s.owner[m.other] != Nobody && s.owner[m.other] != m.relief
	}
	return s.owner[m.slot] != Nobody && s.owner[m.other] != Nobody && s.owner[m.slot] != s.owner[m.other]
}

// shake hands a few slots to anybody whom they fit, to begin a new descent from there.
func (s *search) shake(random *rand.Rand) {
	for range 2 + len(s.owner)/8 {
		k, i := random.IntN(len(s.owner)), random.IntN(len(s.p.People))
		s.do(move{k, -1, i, Nobody})
	}
}

// restore makes the roster what it was.
func (s *search) restore(owners []int) {
	for k := range s.owner {
		s.take(k)
	}
	for k, o := range owners {
		s.give(k, o)
	}
}

// restarts goes on from the best roster with random changes until no step is left. It needs a seed.
func (s *search) restarts(random *rand.Rand) {
	best, found := s.score(), slices.Clone(s.owner)
	for s.steps > 0 && len(s.p.People) > 0 {
		s.steps--
		s.shake(random)
		s.descend(random)
		if now := s.score(); now.better(best) {
			best, found = now, slices.Clone(s.owner)
		}
		s.restore(found)
	}
	s.restore(found)
}

// order returns people as the exact search tries them: who is furthest below what would be fair comes first.
func (s *search) order() []int {
	list := make([]int, len(s.p.People))
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int {
		return cmp.Compare(s.loads[a]-s.p.People[a].Target, s.loads[b]-s.p.People[b].Target)
	})
	return list
}
