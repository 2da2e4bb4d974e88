package mute

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// Set is silences, maintenance windows and inhibitions, compiled. It is immutable and safe for concurrent use. The zero
// value mutes nothing. Make one with [New].
type Set struct {
	rules       []rule
	index       index
	inhibitions []inhibition
}

// rule is a silence or a maintenance window, worked out.
type rule struct {
	matchers Matchers
	services []watchbill.ServiceID
	sources  []watchbill.SourceID
	times    times
	held     Held               // without Until
	silence  *Silence           // nil: a maintenance window
	only     watchbill.SourceID // empty: of all sources
}

func (r *rule) matches(sub *Subject) bool {
	return slices.Contains(r.services, sub.Service) || slices.Contains(r.sources, sub.Source) ||
		(r.only == "" || r.only == sub.Source) && r.matchers.matches(sub)
}

// New compiles a Set. The error joins every problem there is, each a [*FieldError] whose path begins with silences,
// maintenance or inhibitions and the place in the list. Windows by rules that take too long, all together, are one.
func New(silences []Silence, maintenance []Maintenance, inhibitions []Inhibition) (*Set, error) {
	b := builder{lister: calendar.NewLister(), ids: map[string]bool{}}
	b.add(silences, maintenance)
	if b.within("inhibitions", len(inhibitions), maxInhibitions) {
		for i, rule := range inhibitions {
			c := b.checker("inhibitions", i, rule.ID)
			b.inhibitions = append(b.inhibitions, c.inhibition(rule))
			b.problems = append(b.problems, c.problems...)
		}
	}
	if err := errors.Join(b.problems...); err != nil {
		return nil, err
	}
	b.index = newIndex(b.rules)
	return &b.Set, nil
}

// With returns a Set with what people have made beside it. Whatever of it is not valid, has an ID that is taken, or
// is one of too many is without effect.
func (s *Set) With(silences []Silence, maintenance []Maintenance) *Set {
	b := builder{lister: calendar.NewLister(), ids: map[string]bool{}}
	b.rules, b.inhibitions = slices.Clip(s.rules), s.inhibitions
	for i := range s.rules {
		b.ids[idOf(listOf(s.rules[i].held.Reason), s.rules[i].held.ID)] = true
	}
	b.add(silences, maintenance)
	b.index = newIndex(b.rules)
	return &b.Set
}

// builder makes a Set of what is valid and notes what is not.
type builder struct {
	Set
	lister   *calendar.Lister
	ids      map[string]bool
	problems []error
}

// The lists, as they are named in a configuration file.
const (
	inSilences    = "silences"
	inMaintenance = "maintenance"
)

func listOf(r Reason) string {
	if r == BySilence {
		return inSilences
	}
	return inMaintenance
}

func idOf(list, id string) string { return list + " " + id }

func (b *builder) within(list string, n, most int) bool {
	c := checker{}
	c.tooMany(list, n, most)
	b.problems = append(b.problems, c.problems...)
	return n <= most
}

// checker returns a checker for one item, and notes its ID.
func (b *builder) checker(list string, i int, id string) *checker {
	c := &checker{path: fmt.Sprintf("%s[%d].", list, i), lister: b.lister}
	if b.ids[idOf(list, id)] && id != "" {
		c.fail("id", nil, "%q is used twice; ids are unique within their list", id)
	}
	b.ids[idOf(list, id)] = true
	return c
}

func (b *builder) add(silences []Silence, maintenance []Maintenance) {
	b.within(inSilences, len(silences), maxItems)
	for i := range silences[:min(len(silences), maxItems)] {
		c := b.checker(inSilences, i, silences[i].ID)
		r := c.silence(silences[i])
		r.silence = &silences[i]
		b.take(c, r)
	}
	b.within(inMaintenance, len(maintenance), maxItems)
	for i := range maintenance[:min(len(maintenance), maxItems)] {
		c := b.checker(inMaintenance, i, maintenance[i].ID)
		b.take(c, c.maintenance(maintenance[i]))
	}
}

func (b *builder) take(c *checker, r rule) {
	if len(c.problems) == 0 {
		b.rules = append(b.rules, r)
	}
	b.problems = append(b.problems, c.problems...)
}

// At returns what holds the subject at an instant, silences before maintenance windows and those that people made
// last; and when to look again, which is the earliest instant at which that may change, also because something
// begins: zero means never. A subject that nothing is about costs no memory, and hardly any time however large the
// Set is, except for what asks for nothing but regular expressions and inequalities.
func (s *Set) At(sub Subject, at time.Time) (held []Held, lookAgain time.Time) {
	for _, i := range s.index.find(s.rules, &sub) {
		r := &s.rules[i]
		active, until := r.times.at(at)
		if active {
			h := r.held
			h.Until = until
			held = append(held, h)
		}
		if !until.IsZero() && (lookAgain.IsZero() || until.Before(lookAgain)) {
			lookAgain = until
		}
	}
	return held, lookAgain
}

// Ending is a silence that ends for good.
type Ending struct {
	Silence Silence // must not be changed
	At      time.Time
}

// Ending returns the silences that have a By, and whose last moment lies after from, and not after to: they end then
// and do not come again.
func (s *Set) Ending(from, to time.Time) (ending []Ending) {
	for i := range s.rules {
		r := &s.rules[i]
		if r.silence != nil && r.silence.By != "" && !r.times.over(from) && r.times.over(to) {
			ending = append(ending, Ending{*r.silence, r.times.end(from)})
		}
	}
	return ending
}
