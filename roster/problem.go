package roster

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// Problem is what there is to plan: slots to fill, people to fill them, and what they have to keep to. [New] makes one of
// a schedule; hosts may make their own, which [Problem.Validate] checks.
type Problem struct {
	Slots          []Slot        // in order of time
	People         []Person      // where all else is equal, those who come first come first
	MaxConsecutive int           // turns in a row for one person; 0: no limit
	MinRest        time.Duration // between two turns of a person; with MaxConsecutive, turns may follow without any pause
}

// Slot is one seat of one turn, to be filled by one person.
type Slot struct {
	Name  string              // as people know it, and unique
	Turn  schedule.Interval   // from hand-off to hand-off. Turns are the same or do not overlap
	Hours []schedule.Interval // when somebody has to be on call in it; in order, not empty
}

// Person is a candidate.
type Person struct {
	User   watchbill.UserID
	Barred string          // why the person cannot be on call there at all; empty: can
	Busy   []Busy          // when the person cannot be on call
	Held   []Held          // turns that the person has next to the window; in order
	Loads  []time.Duration // by slot, not negative
	Costs  []time.Duration // by slot: what it goes against wishes, not negative
	Target time.Duration   // the load that would be fair, with what is carried over already taken off; may be negative
}

// Busy is a time in which somebody cannot be on call.
type Busy struct {
	schedule.Interval
	Reason string // as "away: holiday"
}

// Held is a turn that somebody has, and that is not up for planning.
type Held struct {
	Turn  schedule.Interval
	Hours schedule.Interval // from the first to the last hour on call in it
}

// Bounds of a problem.
const (
	maxSlots  = 1500
	maxPeople = 300
)

// Validate says what is wrong with the problem, or returns nil.
func (p Problem) Validate() error {
	if len(p.Slots) > maxSlots || len(p.People) > maxPeople {
		return fmt.Errorf("roster: %d slots for %d people are more than %d and %d; plan a shorter window", len(p.Slots), len(p.People),
			maxSlots, maxPeople)
	}
	for i, s := range p.Slots {
		if len(s.Hours) == 0 || !s.Turn.Start.Before(s.Turn.End) {
			return fmt.Errorf("roster: slot %q has no time; leave it out", s.Name)
		}
		if i > 0 && s.Turn.Start.Before(p.Slots[i-1].Turn.End) && s.Turn != p.Slots[i-1].Turn {
			return fmt.Errorf("roster: slot %q begins before the turn before it ends; slots are in order of time", s.Name)
		}
	}
	for _, c := range p.People {
		if len(c.Loads) != len(p.Slots) || len(c.Costs) != len(p.Slots) {
			return fmt.Errorf("roster: %s needs a load and a cost for each of the %d slots", c.User, len(p.Slots))
		}
		for k := range p.Slots {
			if c.Loads[k] < 0 || c.Costs[k] < 0 {
				return fmt.Errorf("roster: %s has a negative load or cost for %s", c.User, p.Slots[k].Name)
			}
		}
	}
	return nil
}

// Nobody is the owner of a slot that is not filled.
const Nobody = -1

// Cost is what a roster is judged by: first by how many slots are not filled, then by Time. Time is how far everybody's
// load lies from what would be fair, added up, and what goes against wishes.
type Cost struct {
	Unfilled int
	Time     time.Duration
}

// Less reports whether c is better than d.
func (c Cost) Less(d Cost) bool {
	return c.Unfilled < d.Unfilled || c.Unfilled == d.Unfilled && c.Time < d.Time
}

// Cost returns the cost of a roster: the index in People, or Nobody, for each of the slots.
func (p Problem) Cost(owners []int) Cost {
	var c Cost
	loads := make([]time.Duration, len(p.People))
	for s, o := range owners {
		if o == Nobody {
			c.Unfilled++
			continue
		}
		loads[o] += p.People[o].Loads[s]
		c.Time += p.People[o].Costs[s]
	}
	for i, load := range loads {
		c.Time += (load - p.People[i].Target).Abs()
	}
	return c
}

// Breach is a constraint that a roster does not keep.
type Breach struct {
	Slot   string
	User   watchbill.UserID
	Reason string
}

// Breaches returns every constraint that a roster does not keep, in the order of the slots. It is written for proof, not
// for speed, and shares nothing with the search.
func (p Problem) Breaches(owners []int) []Breach {
	var list []Breach
	for s, o := range owners {
		if o == Nobody {
			continue
		}
		var held []Held
		for k := range s {
			if owners[k] == o {
				held = append(held, p.held(k))
			}
		}
		if why := p.Why(o, s, held); why != "" {
			list = append(list, Breach{p.Slots[s].Name, p.People[o].User, why})
		}
	}
	return list
}

func (p Problem) held(s int) Held {
	hours := p.Slots[s].Hours
	return Held{p.Slots[s].Turn, schedule.Interval{Start: hours[0].Start, End: hours[len(hours)-1].End}}
}

func overlap(a, b schedule.Interval) bool { return a.Start.Before(b.End) && b.Start.Before(a.End) }
