package roster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/schedule"
)

// UnmetWish is a wish that a roster does not meet.
type UnmetWish struct {
	User   watchbill.UserID `json:"user"`
	From   calendar.Moment  `json:"from"`
	To     calendar.Moment  `json:"to"`
	Prefer bool             `json:"prefer"`           // to be on call then
	Reason string           `json:"reason,omitempty"` // of the wish
	Slots  []string         `json:"slots"`            // that the person has, or with Prefer, has not
	Why    string           `json:"why"`
}

// String returns one line: "WISH NOT MET: ada, ...".
func (w UnmetWish) String() string {
	wants := "not to be on call"
	if w.Prefer {
		wants = "to be on call"
	}
	return fmt.Sprintf("WISH NOT MET: %s, %s from %v to %v%s: %s", w.User, wants, w.From, w.To, because(w.Reason), w.Why)
}

// hits returns the slots that a wish is about.
func (b *builder) hits(p *Problem, w catalog.Wish) (list []int) {
	zone := zoneOf(b.user(w.User).Zone)
	when := schedule.Interval{Start: w.From.In(zone), End: w.To.In(zone)}
	for k, s := range p.Slots {
		if slices.ContainsFunc(s.Hours, func(h schedule.Interval) bool { return overlap(h, when) }) {
			list = append(list, k)
		}
	}
	return list
}

// unmet lists the wishes that a roster does not meet, in their order.
func (p Planned) unmet(problem Problem, owners []int) []UnmetWish {
	list := []UnmetWish{}
	for _, w := range p.builder.rules.Wishes {
		hits := p.builder.hits(&problem, w)
		i := slices.IndexFunc(problem.People, func(c Person) bool { return c.User == w.User })
		u := UnmetWish{User: w.User, From: w.From, To: w.To, Prefer: w.Prefer, Reason: w.Reason}
		var whys []string
		for _, k := range hits {
			if (i >= 0 && problem.seated(owners, k, i)) == w.Prefer {
				continue
			}
			if slices.ContainsFunc(u.Slots, func(n string) bool { return problem.Slots[p.at(problem, n)].Turn == problem.Slots[k].Turn }) {
				continue // another seat of the turn
			}
			u.Slots = append(u.Slots, problem.Slots[k].Name)
			whys = append(whys, problem.Slots[k].Name+": "+problem.because(owners, k, i, w.Prefer))
		}
		if u.Why = strings.Join(whys, "; "); len(u.Slots) > 0 {
			list = append(list, u)
		}
	}
	return list
}

func (p Planned) at(problem Problem, name string) int {
	return slices.IndexFunc(problem.Slots, func(s Slot) bool { return s.Name == name })
}

// seated reports whether somebody has a seat of a slot's turn.
func (p Problem) seated(owners []int, slot, person int) bool {
	for k, o := range owners {
		if o == person && p.Slots[k].Turn == p.Slots[slot].Turn {
			return true
		}
	}
	return false
}

// because says why somebody has a slot, or has not: what keeps others from it, or the person; or what the cheapest way to
// change it would cost.
func (p Problem) because(owners []int, slot, person int, prefer bool) string {
	if person < 0 {
		return "is not among those who can be on call there"
	}
	candidates := []int{person}
	if !prefer {
		candidates = candidates[:0]
		for i := range p.People {
			if i != person {
				candidates = append(candidates, i)
			}
		}
		for k, o := range owners { // the seat that the person has
			if o == person && p.Slots[k].Turn == p.Slots[slot].Turn {
				slot = k
			}
		}
	}
	var whys []string
	best, cost := Nobody, time.Duration(0)
	for _, i := range candidates {
		if why := p.Why(i, slot, p.holds(owners, i)); why != "" {
			whys = append(whys, string(p.People[i].User)+" "+why)
			continue
		}
		changed := slices.Clone(owners)
		changed[slot] = i
		if more := p.Cost(changed).Time - p.Cost(owners).Time; best == Nobody || more < cost {
			best, cost = i, more
		}
	}
	switch {
	case best == Nobody && len(whys) == 0:
		return "there is nobody else"
	case best == Nobody:
		return strings.Join(whys, ", ")
	}
	had := "nobody"
	if owners[slot] != Nobody {
		had = string(p.People[owners[slot]].User)
	}
	return fmt.Sprintf("%s instead of %s would be %v worse", p.People[best].User, had, cost.Round(time.Minute))
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
		for _, k := range b.hits(p, w) {
			for j := range p.People {
				if able[i][k] && (i == j) != w.Prefer {
					p.People[j].Costs[k] += cmp.Or(w.Weight, defaultWish)
				}
			}
		}
	}
}
