package sim

import (
	"cmp"
	"errors"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/watchbill/watchbill/alert"
)

// maxLives is how often a scenario is lived at most to find a shorter one.
const maxLives = 400

// shrinker leaves out what is not needed for an expectation not to hold, or for a rule to be broken.
type shrinker struct {
	want    Expectation
	s       Scenario // the shortest so far
	is      found    // in it
	about   bool     // what goes wrong is about alerts, so that a story without them is another one
	lives   int
	shorter int // scenarios found so far
}

// found is what is wrong in a history.
type found struct {
	history   *History
	breaches  []Breach
	violation *Violation // nil: an expectation does not hold
}

// shrink tries everything again until nothing more can be left out.
func (k *shrinker) shrink() {
	for before := -1; k.shorter > before; {
		before = k.shorter
		k.endEarlier()
		k.fewerEngines()
		k.leaveOut()
		k.people()
		k.providers()
		k.signals()
		k.roundTimes()
	}
}

// try lives a scenario, and keeps it if the same goes wrong.
func (k *shrinker) try(s Scenario) bool {
	if k.lives >= maxLives {
		return false
	}
	k.lives++
	s.Audit = k.is.violation != nil
	h, err := run(s)
	now := found{history: h}
	if k.is.violation != nil {
		if !errors.As(err, &now.violation) || now.violation.kind != k.is.violation.kind {
			return false
		}
		now.breaches = []Breach{{At: now.violation.At, Text: now.violation.Rule}}
	} else if err != nil {
		return false
	} else if now.breaches = k.want.Check(h); len(now.breaches) == 0 || k.about && !aboutAlerts(now.breaches) {
		return false
	}
	k.s, k.is = s, now
	k.shorter++
	return true
}

// aboutAlerts reports whether each of these is about an alert. "There is no such alert" is not.
func aboutAlerts(all []Breach) bool {
	return !slices.ContainsFunc(all, func(b Breach) bool { return b.Alert == nil })
}

// endEarlier ends with what goes wrong first, or else last.
func (k *shrinker) endEarlier() {
	byTime := func(a, b Breach) int { return a.At.Compare(b.At) }
	first, last := slices.MinFunc(k.is.breaches, byTime).At, slices.MaxFunc(k.is.breaches, byTime).At
	if !k.endAt(first) && first != last {
		k.endAt(last)
	}
}

// endAt ends soon after an instant. Violations keep their rest: some rules are about what is so when all has come to rest.
func (k *shrinker) endAt(at time.Time) bool {
	if at.Before(k.s.Start) { // an expectation of somebody else's, which does not say when
		return false
	}
	s, end := k.s, at.Sub(k.s.Start)
	acts := slices.DeleteFunc(slices.Clone(s.Acts), func(a Act) bool { return a.After > end })
	end = end.Truncate(time.Minute) + time.Minute
	span, rest := min(s.For, end), cmp.Or(s.Rest, defaultRest)
	if k.is.violation == nil {
		rest = min(rest, max(end-span, time.Minute))
	}
	if len(acts) == len(s.Acts) && span == s.For && rest == cmp.Or(s.Rest, defaultRest) {
		return true
	}
	s.Acts, s.For, s.Rest = acts, span, rest
	return k.try(s)
}

// fewerEngines makes do with one engine, whose store answers at once, and with what the package itself brings.
func (k *shrinker) fewerEngines() {
	if s := k.s; s.Engines > 1 {
		if s.Engines = 1; !k.try(s) && k.s.Engines > 2 {
			s.Engines = 2
			k.try(s)
		}
	}
	if s := k.s; s.Faults != (Faults{}) {
		s.Faults = Faults{}
		k.try(s)
	}
	if s := k.s; s.React != nil {
		s.React = nil
		k.try(s)
	}
	if s := k.s; s.Treats != nil {
		s.Treats = nil
		k.try(s)
	}
	if s := k.s; s.Open != nil {
		s.Open = nil
		k.try(s)
	}
}

// leaveOut leaves out acts: first all that have nothing to do with what goes wrong, then chunks of them, then one by one.
func (k *shrinker) leaveOut() {
	if a := k.is.breaches[0].Alert; a != nil {
		k.keep(func(do Deed) bool { return keyOf(do) == a.Key })
	}
	k.keep(func(do Deed) bool { return keyOf(do) != "" })
	for size := max(len(k.s.Acts)/2, 1); size > 0; size /= 2 {
		for from := 0; from < len(k.s.Acts); {
			s := k.s
			s.Acts = slices.Delete(slices.Clone(s.Acts), from, min(from+size, len(s.Acts)))
			if !k.try(s) {
				from += size
			}
		}
	}
}

// keep leaves out all acts but some.
func (k *shrinker) keep(is func(do Deed) bool) {
	s := k.s
	s.Acts = slices.DeleteFunc(slices.Clone(s.Acts), func(a Act) bool { return !is(a.Do) })
	if len(s.Acts) < len(k.s.Acts) {
		k.try(s)
	}
}

// keyOf returns which trouble an act is about; empty: none in particular.
func keyOf(do Deed) alert.DedupKey {
	switch d := do.(type) {
	case Signal:
		return d.Key
	case Command:
		return d.Key
	}
	return ""
}

// parts are the ways in which a value can be made simpler: each makes one thing of it zero.
type parts[T any] []func(*T)

// simpler tries a value that is wholly zero, and then one part after the other.
func (p parts[T]) simpler(value T, try func(T) bool) {
	var zero T
	if reflect.DeepEqual(value, zero) || try(zero) {
		return
	}
	for _, part := range p {
		next := value
		if part(&next); !reflect.DeepEqual(next, value) && try(next) {
			value = next
		}
	}
}

var personParts = parts[Person]{
	func(p *Person) { p.Misses = 0 }, func(p *Person) { p.Declines = 0 }, func(p *Person) { p.Mistakes = 0 },
	func(p *Person) { p.Ignores = 0 }, func(p *Person) { p.Answers = Delay{} }, func(p *Person) { p.Fixes = Delay{} },
	func(p *Person) { p.Tunnel = nil }, func(p *Person) { p.Away = nil }, func(p *Person) { p.Asleep = nil },
}

var providerParts = parts[Provider]{
	func(p *Provider) { p.Fails = 0 }, func(p *Provider) { p.Refuses = 0 }, func(p *Provider) { p.Loses = 0 },
	func(p *Provider) { p.Silent = 0 }, func(p *Provider) { p.Lies = 0 }, func(p *Provider) { p.Repeats = 0 },
	func(p *Provider) { p.Limit = 0 }, func(p *Provider) { p.Down = nil },
	func(p *Provider) { p.Takes = Delay{} }, func(p *Provider) { p.Delivers = Delay{} },
}

var signalParts = parts[Signal]{
	func(s *Signal) { s.Details = nil }, func(s *Signal) { s.Links = nil }, func(s *Signal) { s.Notes = nil },
	func(s *Signal) { s.Labels = nil }, func(s *Signal) { s.Priority = 0 }, func(s *Signal) { s.Sender = "" },
	func(s *Signal) { s.StartsAt = time.Time{} }, func(s *Signal) { s.EndsAt = time.Time{} },
}

// people lets everybody answer at once, then one after the other, then does so with each of their habits.
func (k *shrinker) people() {
	if s := k.s; len(s.People) > 0 {
		s.People = nil
		k.try(s)
	}
	personParts.simpler(k.s.Others, func(p Person) bool {
		s := k.s
		s.Others = p
		return k.try(s)
	})
	for _, id := range slices.Sorted(maps.Keys(k.s.People)) {
		others := k.s
		others.People = maps.Clone(others.People)
		delete(others.People, id)
		if k.try(others) {
			continue
		}
		personParts.simpler(k.s.People[id], func(p Person) bool {
			s := k.s
			s.People = maps.Clone(s.People)
			s.People[id] = p
			return k.try(s)
		})
	}
}

// providers lets every channel deliver at once, then one after the other, then does so with each of their faults.
func (k *shrinker) providers() {
	if s := k.s; len(s.Providers) > 0 {
		s.Providers = nil
		k.try(s)
	}
	for _, c := range slices.Sorted(maps.Keys(k.s.Providers)) {
		providerParts.simpler(k.s.Providers[c], func(p Provider) bool {
			s := k.s
			s.Providers = maps.Clone(s.Providers)
			s.Providers[c] = p
			return k.try(s)
		})
	}
}

// signals leaves out what signals say beside what is wrong.
func (k *shrinker) signals() {
	for i := range k.s.Acts {
		signal, ok := k.s.Acts[i].Do.(Signal)
		if !ok {
			continue
		}
		for _, part := range signalParts {
			next := signal
			if part(&next); reflect.DeepEqual(next, signal) {
				continue
			}
			s := k.s
			s.Acts = slices.Clone(s.Acts)
			s.Acts[i].Do = next
			if k.try(s) {
				signal = next
			}
		}
	}
}

// roundTimes lets acts come on the hour, or at least on the minute or the second: all of them, or else one by one.
func (k *shrinker) roundTimes() {
	units := []time.Duration{time.Hour, time.Minute, time.Second}
	for _, unit := range units {
		if k.round(unit, func(int) bool { return true }) {
			return
		}
	}
	for i := range k.s.Acts {
		for _, unit := range units {
			if k.round(unit, func(n int) bool { return n == i }) {
				break
			}
		}
	}
}

// round reports whether some acts may come on a unit of time, or do already.
func (k *shrinker) round(unit time.Duration, which func(i int) bool) bool {
	s, changed := k.s, false
	s.Acts = slices.Clone(s.Acts)
	for i, a := range s.Acts {
		if at := a.After.Truncate(unit); which(i) && at != a.After {
			s.Acts[i].After, changed = at, true
		}
	}
	sortActs(s.Acts)
	return !changed || k.try(s)
}
