package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill/verify"
)

// Check lives a scenario under so many seeds, the scenario's own and those that follow it, and looks whether what is expected
// holds in each history. It stops at the first seed under which it does not; then it leaves out whatever it can of the scenario so
// that the same expectation still does not hold, and returns a [*Failure] that tells the story of what is left. With
// [Scenario.Audit] a [*Violation] is a failure too. There is a log, whatever [Scenario.NoLog] says: an expectation may read it.
//
// Any other error says what is wrong with the scenario or the question: all of it, before anything is lived. The same scenario and
// seeds give the same answer, as long as the functions in the scenario and the expectations remember nothing from one history to
// the next.
func Check(s Scenario, seeds int, want ...Expectation) error {
	if err := askable(s, seeds, want); err != nil {
		return err
	}
	first := s.Seed
	s.NoLog = false
	for i := range seeds {
		s.Seed = first + uint64(i)
		h, err := run(s)
		var broken *Violation
		if errors.As(err, &broken) {
			return newFailure(s, found{h, []Breach{{At: broken.At, Text: broken.Rule}}, broken}, Expectation{})
		}
		if err != nil {
			return err
		}
		for _, w := range want {
			if breaches := w.Check(h); len(breaches) > 0 {
				return newFailure(s, found{h, breaches, nil}, w)
			}
		}
	}
	return nil
}

// askable says what is wrong with a question.
func askable(s Scenario, seeds int, want []Expectation) error {
	var p problems
	if seeds <= 0 {
		p.add("seeds", "is %d and must be more than 0; it says how many histories to live", seeds)
	}
	if len(want) == 0 && !s.Audit {
		p.add("want", "is empty, so that every history would do; name an Expectation, or set the scenario's Audit")
	}
	for i, w := range want {
		if w.Check == nil {
			p.add(fmt.Sprintf("want[%d]", i), "%q has no Check; set it, or give EveryAlert, MostAlerts or AtMost a promise or a measure that is not zero, "+
				"no negative time, and a share from 1 to 100, and Never and PagesOnly a function", w.Name)
		}
	}
	return errors.Join(append(p.all, split(s.Validate())...)...)
}

// Failure is an expectation that does not hold under a seed, or a rule broken that nothing may break.
type Failure struct {
	Seed      uint64
	Want      string     // the expectation's name; empty: see Violation
	Violation *Violation // nil: an expectation does not hold. [errors.As] finds it too

	Scenario Scenario // the shortest found under which the same goes wrong, with that seed
	History  *History // of that scenario
	Breaches []Breach // in that history; the rule and when it was broken, of a violation
	Before   int      // acts of the whole scenario, with those that its sources and faults came to
	After    int      // acts of the shortest
	Lives    int      // how often a shorter scenario was lived to find it
}

func newFailure(s Scenario, is found, want Expectation) *Failure {
	whole := s.Fixed()
	k := shrinker{want: want, s: whole, is: is, about: aboutAlerts(is.breaches)}
	k.shrink()
	return &Failure{Seed: s.Seed, Want: want.Name, Violation: k.is.violation, Scenario: k.s, History: k.is.history, Breaches: k.is.breaches,
		Before: len(whole.Acts), After: len(k.s.Acts), Lives: k.lives}
}

// Unwrap returns the violation, if it is one.
func (f *Failure) Unwrap() error {
	if f.Violation == nil {
		return nil
	}
	return f.Violation
}

// How much a failure tells at most.
const (
	toldBreaches = 5
	toldFirst    = 60 // lines of the story from its beginning
	toldLast     = 20 // and from its end
)

// Error tells what does not hold, the shortest scenario found, what happens in it, and how to live it again.
func (f *Failure) Error() string {
	var b strings.Builder
	if f.Violation != nil {
		fmt.Fprintf(&b, "sim: under seed %d a rule is broken that nothing may break\n", f.Seed)
	} else {
		fmt.Fprintf(&b, "sim: under seed %d this does not hold: %s\n", f.Seed, f.Want)
	}
	for i, breach := range f.Breaches {
		if i == toldBreaches {
			fmt.Fprintf(&b, "  and %d more\n", len(f.Breaches)-i)
			break
		}
		fmt.Fprintf(&b, "  %s\n", breach)
	}
	fmt.Fprintf(&b, "\nThe shortest scenario found under which the same goes wrong (%d of %d acts, in %d lives):\n", f.After, f.Before, f.Lives)
	for _, l := range f.Scenario.words() {
		fmt.Fprintf(&b, "  %s\n", l)
	}
	b.WriteString("\nWhat happens in it:\n")
	f.History.summary(&b)
	fmt.Fprintf(&b, "\nTo live it again: Check the same scenario with Seed %d and 1 seed, or Run the Scenario of this *sim.Failure.", f.Seed)
	return b.String()
}

// String tells a breach in a line.
func (b Breach) String() string {
	var parts []string
	if b.Alert != nil {
		parts = append(parts, b.Alert.Name)
	}
	if b.User != "" {
		parts = append(parts, string(b.User))
	}
	return strings.Join(append(parts, b.Text), ": ")
}

// summary writes the beginning and the end of the story.
func (h *History) summary(b *strings.Builder) {
	rows := strings.SplitAfter(h.text(h.lines(nil)), "\n")
	for i, row := range rows[:len(rows)-1] {
		switch left := len(rows) - 1 - toldFirst - toldLast; {
		case left > 0 && i == toldFirst:
			fmt.Fprintf(b, "  ... %d lines are left out ...\n", left)
		case left > 0 && i > toldFirst && i < toldFirst+left:
		default:
			b.WriteString("  " + row)
		}
	}
}

// words tells a scenario that is made of acts, a line for each.
func (s Scenario) words() (all []string) {
	start := fmt.Sprintf("from %s for %s", s.Start.Format("Mon 2 Jan 2006 15:04:05 MST"), verify.Length(s.For))
	if s.Engines > 1 {
		start += fmt.Sprintf(", with %d engines", s.Engines)
	}
	all = append(all, start)
	for _, a := range s.Acts {
		all = append(all, fmt.Sprintf("+%-12s %s", since(a.After), a.Do))
	}
	others, rest := s.Others.String(), "everybody"
	for _, id := range slices.Sorted(maps.Keys(s.People)) {
		if text := s.People[id].String(); text != others {
			all, rest = append(all, fmt.Sprintf("%s: %s", id, text)), "everybody else"
		}
	}
	all = append(all, rest+": "+others)
	for _, c := range slices.Sorted(maps.Keys(s.Providers)) {
		name := string(c)
		if name == "" {
			name = "every other channel"
		}
		if text := s.Providers[c].String(); text != plainProvider || c == "" {
			all = append(all, fmt.Sprintf("%s: %s", name, text))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Pings)) {
		var w wordList
		w.spans("not pinged", s.Pings[id])
		all = append(all, fmt.Sprintf("heartbeat %s: %s", id, w.or("pinged in time")))
	}
	if l := s.Faults.Latency; l != (Delay{}) {
		all = append(all, fmt.Sprintf("a transaction takes %s", l))
	}
	if s.React != nil {
		all = append(all, "and what React makes of it")
	}
	if s.Treats != nil {
		all = append(all, "and what Treats makes of messages")
	}
	return all
}

// What somebody and a channel do if nothing is said of them.
const (
	plainPerson   = "answers every page at once"
	plainProvider = "delivers every message at once"
)

// String tells how somebody behaves.
func (p Person) String() string {
	var w wordList
	if p.Asleep != nil && p.Asleep.From != p.Asleep.To {
		w.add(p.Asleep.words())
	}
	w.spans("away", p.Away)
	w.spans("without a connection", p.Tunnel)
	w.share("of pages go unnoticed", p.Misses)
	w.share("of alerts are seen and ignored", p.Ignores)
	w.share("are declined", p.Declines)
	w.share("of acknowledgements are of another alert", p.Mistakes)
	w.delay("answers after", p.Answers)
	w.delay("fixes it after", p.Fixes)
	return w.or(plainPerson)
}

func (s *Sleep) words() string {
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	text := fmt.Sprintf("asleep from %s to %s (%s)", s.From, s.To, zone)
	for _, c := range slices.Sorted(maps.Keys(s.Wakes)) {
		name := string(c)
		if name == "" {
			name = "any other channel"
		}
		text += fmt.Sprintf(", %s wakes %s", name, percent(s.Wakes[c]))
	}
	if len(s.Wakes) == 0 {
		text += ", nothing wakes"
	}
	return text
}

// String tells how a channel does.
func (p Provider) String() string {
	var w wordList
	w.spans("down", p.Down)
	w.share("of messages fail for now", p.Fails)
	w.share("are refused", p.Refuses)
	w.share("are accepted and lost", p.Loses)
	w.share("are delivered and the answer is lost", p.Silent)
	w.share("are refused and delivered all the same", p.Lies)
	w.share("are delivered twice", p.Repeats)
	if p.Limit > 0 {
		w.add(fmt.Sprintf("at most %d messages a minute", p.Limit))
	}
	w.delay("answers after", p.Takes)
	w.delay("delivers after", p.Delivers)
	return w.or(plainProvider)
}

// String tells a delay.
func (d Delay) String() string {
	switch {
	case d.Most > 0:
		return fmt.Sprintf("%s to %s", d.Least, d.Most)
	case d.P90 > d.Median && d.Median > 0:
		return fmt.Sprintf("%s, nine of ten times within %s", d.Median, d.P90)
	}
	return d.Median.String()
}

// wordList is a list of what is remarkable.
type wordList []string

func (w *wordList) add(text string) { *w = append(*w, text) }

func (w *wordList) share(what string, of float64) {
	if of > 0 {
		w.add(percent(of) + " " + what)
	}
}

func (w *wordList) delay(what string, d Delay) {
	if d != (Delay{}) {
		w.add(fmt.Sprintf("%s %s", what, d))
	}
}

func (w *wordList) spans(what string, all []Span) {
	for _, s := range all {
		w.add(fmt.Sprintf("%s from +%s to +%s", what, since(s.From), since(s.To)))
	}
}

func (w wordList) or(plain string) string {
	if len(w) == 0 {
		return plain
	}
	return strings.Join(w, "; ")
}

func percent(of float64) string { return fmt.Sprintf("%.4g%%", 100*of) }
