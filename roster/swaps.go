package roster

import (
	"slices"

	"github.com/watchbill/watchbill"
)

// Change gives a slot to somebody else. From or To is empty where nobody has it.
type Change struct {
	Slot   string           `json:"slot"`
	Index  int              `json:"-"` // of the slot
	From   watchbill.UserID `json:"from,omitempty"`
	To     watchbill.UserID `json:"to,omitempty"`
	Reason string           `json:"reason"`
}

// Swaps proposes changes to a roster as it is: the index of a person, or Nobody, for each slot. First it takes away what
// breaks a constraint and gives it to whoever is best for it; then it makes the exchange of two slots, or hands one over,
// whichever is best, again and again until nothing gets better, or there were that many. The result is about the roster
// with all changes made; it compares with what a whole new roster could be at best.
//
// The error is that of [Problem.Validate].
func Swaps(p Problem, owners []int, most int, o Options) ([]Change, Result, error) {
	if err := p.Validate(); err != nil {
		return nil, Result{}, err
	}
	if o.Steps <= 0 {
		o.Steps = defaultSteps
	}
	s := newSearch(&p, o.Steps)
	reasons := make([]string, len(owners))
	for k, i := range owners {
		switch {
		case i == Nobody:
			reasons[k] = "nobody had it"
		case s.fits(k, i):
			s.give(k, i)
		default:
			reasons[k] = string(p.People[i].User) + " " + p.Why(i, k, p.holds(s.owner, i))
		}
	}
	s.fill()
	for range most {
		if !s.best() {
			break
		}
	}
	p.settle(owners, s.owner)
	bound := p.Bound()
	result := p.result(s.owner, bound, p.Cost(s.owner) == bound)
	return p.changes(owners, s.owner, reasons), result, nil
}

// settle lets people who stay in a turn keep their seat of it, so that nobody who stays is exchanged.
func (p Problem) settle(before, now []int) {
	for k := range now {
		for j := range now {
			if j == k || p.Slots[j].Turn != p.Slots[k].Turn || now[k] == Nobody || now[k] != before[j] || now[j] == before[j] {
				continue
			}
			cost := p.Cost(now)
			now[k], now[j] = now[j], now[k]
			if p.Cost(now) != cost {
				now[k], now[j] = now[j], now[k]
			}
		}
	}
}

// fill gives slots that nobody has to whoever makes the roster best, and where nobody fits, frees somebody.
func (s *search) fill() {
	for k, o := range s.owner {
		if o == Nobody {
			s.choose(func(m move) bool { return m.slot == k })
		}
	}
}

// best makes the one move that makes the roster better by most, and reports whether there is one.
func (s *search) best() bool {
	return s.choose(func(m move) bool { return m.relief == Nobody })
}

func (s *search) choose(allowed func(move) bool) bool {
	begin := s.score()
	best, found := begin, move{}
	for _, m := range s.moves() {
		if !allowed(m) || s.steps <= 0 {
			continue
		}
		s.steps--
		undo, ok := s.do(m)
		if !ok {
			continue
		}
		if then := s.score(); then.Cost.Less(begin.Cost) && then.better(best) {
			best, found = then, m
		}
		undo()
	}
	if best == begin {
		return false
	}
	s.do(found)
	return true
}

func (p Problem) changes(before, now []int, reasons []string) []Change {
	list := []Change{}
	for k := range before {
		if before[k] == now[k] {
			continue
		}
		why := reasons[k]
		if why == "" {
			why = "fairer"
		}
		list = append(list, Change{p.Slots[k].Name, k, p.user(before[k]), p.user(now[k]), why})
	}
	return slices.Clip(list)
}

func (p Problem) user(i int) watchbill.UserID {
	if i == Nobody {
		return ""
	}
	return p.People[i].User
}
