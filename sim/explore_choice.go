package sim

import (
	"fmt"
	"time"
)

// choice is one thing that happens next.
type choice struct {
	what what
	seat int    // of the engine that it happens to
	n    int    // which input, which message
	stop string // where the method that goes on stops: see [lab.run]
	at   time.Time
}

// what happens.
type what int

const (
	timeGoesOn what = iota
	takesInput
	makesPass
	reports
	doesOwed
	goesOn
	crashes
	accepts
	refuses
	fails
)

// open returns all that can happen next. Of engines that are in the same state one stands for all.
func (l *lab) open(v *sight) (all []choice) {
	seen := map[string]bool{}
	for i, s := range l.seats {
		if seen[v.seats[i]] && !l.x.Unmerged {
			continue
		}
		seen[v.seats[i]] = true
		all = append(all, l.openAt(i, s, v)...)
	}
	if !v.next.IsZero() {
		all = append(all, choice{what: timeGoesOn, at: v.next})
	}
	return all
}

// openAt returns what can happen at one engine. One that finds nothing due makes no pass: that would change nothing.
func (l *lab) openAt(i int, s *seat, v *sight) (all []choice) {
	method := func(what what, n int) {
		for _, stop := range l.stops(s) {
			all = append(all, choice{what: what, seat: i, n: n, stop: stop})
		}
	}
	if s.flow != nil {
		method(goesOn, 0)
	} else {
		for n := range l.inputs {
			if l.wanted(n) {
				method(takesInput, n)
			}
		}
		if v.due {
			method(makesPass, 0)
		}
		if len(s.heard) > 0 {
			method(reports, 0)
		}
		if len(s.owed) > 0 {
			method(doesOwed, 0)
		}
	}
	for n, d := range s.inHand {
		all = append(all, choice{what: accepts, seat: i, n: n})
		if l.faults > 0 && !l.nearlyOver(d) {
			all = append(all, choice{what: refuses, seat: i, n: n}, choice{what: fails, seat: i, n: n})
		}
	}
	if l.crashes > 0 && (s.flow != nil || len(s.inHand)+len(s.heard) > 0) { // else it would lose nothing
		all = append(all, choice{what: crashes, seat: i})
	}
	return all
}

// wanted reports whether an input waits for an engine.
func (l *lab) wanted(n int) bool {
	c, command := l.x.Inputs[n].(Command)
	return (l.inputs[n] == waiting || l.inputs[n] == repeated) && (!command || l.w.newest[c.Key] != nil)
}

// stops returns where a method may stop: nowhere, before its transaction, before its commit, or for good after it.
func (l *lab) stops(s *seat) []string {
	all := []string{""}
	if l.crashes > 0 {
		all = append(all, "committed")
	}
	if l.stalls > 0 && s.flow == nil {
		all = append(all, "update")
	}
	if l.stalls > 0 && l.x.Optimistic && (s.flow == nil || s.h.life.at != "commit") {
		all = append(all, "commit")
	}
	return all
}

// take lets something happen.
func (l *lab) take(c choice) {
	s := l.seats[c.seat]
	if l.teller != nil {
		l.teller.choice(l.w, l.words(c, s))
	}
	switch c.what {
	case timeGoesOn:
		l.w.now = c.at
	case takesInput:
		l.begin(s, l.input(c.n), fmt.Sprint("input ", c.n), c.stop)
	case makesPass:
		l.begin(s, l.pass(s), "pass", c.stop)
	case reports:
		args := l.answers(s.heard)
		l.begin(s, l.report(s), "reports "+args, c.stop)
	case doesOwed:
		j := s.owed[0]
		s.owed = s.owed[1:]
		l.begin(s, j, j.name, c.stop)
	case goesOn:
		l.goOn(s, c.stop)
	case crashes:
		l.crash(s)
	case accepts:
		l.answer(s, c.n, Provider{})
	case refuses:
		l.faults--
		l.answer(s, c.n, Provider{Refuses: 1})
	case fails:
		l.faults--
		l.answer(s, c.n, Provider{Fails: 1})
	}
}

// words tells a choice.
func (l *lab) words(c choice, s *seat) string {
	who := fmt.Sprintf("engine %d ", c.seat+1)
	how := map[string]string{"committed": ", and crashes after its commit", "update": ", and stalls before its transaction",
		"commit": ", and stalls before its commit"}[c.stop]
	message := func() string {
		d := s.inHand[c.n]
		return fmt.Sprintf("%s to %s (level %d, attempt %d), claimed by engine %d until %s", d.Key.Kind, d.Key.User,
			d.Key.Attempt.Level, d.Key.Attempt.Number, c.seat+1, d.Until.Format(clockTime))
	}
	switch c.what {
	case timeGoesOn:
		return fmt.Sprintf("time goes on by %s to %s", c.at.Sub(l.w.now), c.at.Format(clockTime))
	case takesInput:
		return who + "is asked for: " + l.x.Inputs[c.n].String() + how
	case makesPass:
		return who + "makes a pass" + how
	case reports:
		return who + "writes down what providers answered" + how
	case doesOwed:
		return who + "does what it owes: " + s.owed[0].name + how
	case goesOn:
		return who + "goes on with " + s.args + how
	case crashes:
		return who + "crashes"
	case accepts:
		return "the provider accepts " + message()
	case refuses:
		return "the provider refuses " + message()
	default:
		return "no answer comes from the provider of " + message()
	}
}
