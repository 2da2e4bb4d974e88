package roster

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/report"
)

// Options say how hard to look.
type Options struct {
	Steps int    // how many changes are tried at most; 0 means 400,000
	Seed  uint64 // other than 0: go on with changes at random until no step is left. The same seed gives the same roster
}

const defaultSteps = 400_000

// Result is a roster, and how good it is.
type Result struct {
	Owners   []int // by slot: the index of a person, or Nobody
	Cost     Cost
	Bound    Cost           // no roster that keeps the constraints is below it
	Proven   bool           // no roster is better than this one
	Gap      report.Percent // how much of Cost.Time could be saved at most; only where as few slots are unfilled as in Bound
	Unfilled []Unfilled     // in order of time
}

// Unfilled is a slot that nobody has, and why.
type Unfilled struct {
	Slot    string   `json:"slot"`
	Reasons []Reason `json:"reasons"`
}

// Reason says why somebody does not have a slot.
type Reason struct {
	User   watchbill.UserID `json:"user"`
	Reason string           `json:"reason"`
}

// Solve proposes a roster. It fills slots one after another, changes the result for the better for as long as it can, and
// tries to prove that nothing is better, all within the steps. The same problem and options always give the same result.
// It never breaks a constraint: a slot that nobody can have stays without anybody, and the result says why.
//
// The error is that of [Problem.Validate].
func Solve(p Problem, o Options) (Result, error) {
	if err := p.Validate(); err != nil {
		return Result{}, err
	}
	if o.Steps <= 0 {
		o.Steps = defaultSteps
	}
	s := newSearch(&p, o.Steps/2)
	s.greedy()
	s.descend(nil)
	bound := p.Bound()
	if o.Seed != 0 && p.Cost(s.owner) != bound {
		s.restarts(rand.New(rand.NewPCG(o.Seed, 0)))
	}
	owners, proven := s.owner, p.Cost(s.owner) == bound
	if !proven && p.inOrder() {
		owners, proven = s.prove(slices.Clone(s.owner), o.Steps-o.Steps/2)
	}
	return p.result(owners, bound, proven), nil
}

// inOrder reports whether slots can be decided in order of time: what does not fit does not become fit by later slots. It
// may, where turns may follow one another without the rest and somebody holds one after a slot.
func (p Problem) inOrder() bool {
	if p.MinRest == 0 || p.MaxConsecutive < 2 {
		return true
	}
	for _, c := range p.People {
		for _, h := range c.Held {
			if len(p.Slots) > 0 && h.Turn.End.After(p.Slots[0].Turn.Start) {
				return false
			}
		}
	}
	return true
}

func (p Problem) result(owners []int, bound Cost, proven bool) Result {
	r := Result{Owners: owners, Cost: p.Cost(owners), Bound: bound, Proven: proven}
	if proven {
		r.Bound = r.Cost
	}
	if r.Cost.Unfilled == r.Bound.Unfilled && r.Cost.Time > 0 {
		r.Gap = gap(r.Cost.Time-r.Bound.Time, r.Cost.Time)
	}
	for s, o := range owners {
		if o == Nobody {
			r.Unfilled = append(r.Unfilled, Unfilled{p.Slots[s].Name, p.reasons(owners, s)})
		}
	}
	return r
}

// gap rounds up, so that what is called optimal is.
func gap(part, whole time.Duration) report.Percent {
	unit := max(1, whole/10_000)
	return report.Percent(min(10_000, (part+unit-1)/unit))
}

// reasons says of everybody why they do not have a slot. There may be none where the search ran out of steps.
func (p Problem) reasons(owners []int, slot int) []Reason {
	list := []Reason{}
	for i, c := range p.People {
		why := p.Why(i, slot, p.holds(owners, i))
		if why == "" {
			why = "could have it; give the search more steps"
		}
		list = append(list, Reason{c.User, why})
	}
	return list
}

// holds returns the turns that a roster gives somebody.
func (p Problem) holds(owners []int, person int) (held []Held) {
	for s, o := range owners {
		if o == person {
			held = append(held, p.held(s))
		}
	}
	return held
}

// String returns "2 unfilled, 12h0m0s".
func (c Cost) String() string {
	if c.Unfilled == 0 {
		return c.Time.String()
	}
	return fmt.Sprintf("%d unfilled, %v", c.Unfilled, c.Time)
}
