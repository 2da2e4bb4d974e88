package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// Exploration is a world so small that every history of it can be lived, up to a depth: what chance draws in a [Scenario] is
// here a choice, and every choice is made. The inputs come in any order, each at any engine; engines make their passes,
// write down what they heard, crash and stall between any two transactions; providers accept, refuse and fail; time goes on
// while all this is under way, or before.
type Exploration struct {
	Org     oncall.Config // with the same people on duty at all times: see [Explore]
	Start   time.Time
	Engines int    // that share the store; at most 100, zero: 1
	Inputs  []Deed // each [Signal] and [Command] happens at most once; who gets no answer repeats it
	Depth   int    // choices one after the other; zero: none, so that only the start is looked at

	Crashes int // of engines, in all; each starts again at once
	Stalls  int // methods that wait before their transaction while the world goes on, in all
	Faults  int // messages that their provider refuses, or whose answer is lost, in all; at most 2

	Open       func() store.Archiver // an empty store; nil: one in memory
	Optimistic bool                  // transactions of that store run beside each other, so that engines stall before their commits too
	Unmerged   bool                  // equal states are gone on from each time; slow, to see that merging them hides nothing
}

// Explored is how much there was.
type Explored struct {
	States      int // different ones, the first included
	Transitions int // choices made
	Merged      int // transitions that led to a state that was there already
	Depth       int // of the deepest state; if less than what was asked for, there are no others
}

// String returns the figures in words.
func (e Explored) String() string {
	return fmt.Sprintf("%d states, %d transitions, %d of them to states seen before, depth %d", e.States, e.Transitions, e.Merged, e.Depth)
}

// Explore goes over all histories, breadth first, and holds every commit and every state against the rules of [Violation].
// From each state it also looks at what becomes of it if nothing goes wrong any more. The error says what is wrong with the
// exploration, or is a [*Violation] with the shortest way to it.
//
// The engine is the real one, and cannot be copied in the middle of a method: each state is reached by making all its choices
// again from the start. States from which the same things happen are merged: those that differ in nothing but names, in when
// all of it happens, and in which engine is which. That holds where the organisation is the same at all times: no schedules
// that change, no hours.
func Explore(x Exploration) (Explored, error) {
	err := x.Validate()
	if err != nil {
		return Explored{}, err
	}
	e := &explorer{x: x.complete(), seen: map[digest]bool{}}
	if e.configured, err = e.x.configured(); err != nil {
		return Explored{}, err
	}
	err = e.goOver()
	return e.found, err
}

// Validate returns every problem at once, each a [*FieldError], joined; nil if there is none. [Explore] asks it first.
func (x Exploration) Validate() error {
	s := Scenario{Org: x.Org, Start: x.Start, For: maxLength, Engines: x.Engines}
	for _, in := range x.Inputs {
		s.Acts = append(s.Acts, Act{Do: in})
	}
	c := newChecker(s, "Exploration.")
	c.config("Org", x.Org)
	c.start("Start", x.Start)
	c.engines(x.Engines)
	for i, in := range x.Inputs {
		path := fmt.Sprintf("Inputs[%d]", i)
		switch deedOf(in).(type) {
		case Signal, Command:
			c.deed(path, in, 0)
		default:
			c.add(path, "%T is neither a Signal nor a Command", in)
		}
	}
	for _, n := range []struct {
		name string
		n    int
	}{{"Depth", x.Depth}, {"Crashes", x.Crashes}, {"Stalls", x.Stalls}, {"Faults", x.Faults}} {
		if n.n < 0 {
			c.add(n.name, "%d is negative; use zero or more", n.n)
		}
	}
	if x.Faults > maxFaults {
		c.add("Faults", "is %d; it must be at most %d, so that no contact is taken for dead", x.Faults, maxFaults)
	}
	return errors.Join(c.all...)
}

// complete fills in what is left out.
func (x Exploration) complete() Exploration {
	inputs := x.Inputs
	x.Inputs = nil
	for _, in := range inputs {
		x.Inputs = append(x.Inputs, deedOf(in))
	}
	x.Start, x.Engines = watchbill.Stamp(x.Start), max(x.Engines, 1)
	if x.Open == nil {
		x.Open = func() store.Archiver { return memory.New() }
	}
	return x
}

// configured returns what a store holds in which nothing but the configuration is.
func (x Exploration) configured() (items []store.Item, err error) {
	s := x.Open()
	e, err := engine.New(engine.Config{Store: s})
	if err == nil {
		_, err = e.Configure(context.Background(), x.Start, x.Org)
	}
	if err != nil {
		return nil, fmt.Errorf("sim: Exploration.Org: %w", err)
	}
	return items, s.Export(context.Background(), func(item store.Item) error {
		items = append(items, item)
		return nil
	})
}

// maxFaults is one less than what makes a contact dead, of which states know nothing.
const maxFaults = 2

// node is a state, as the way there.
type node struct {
	from *node // nil: the start
	took choice
	open []choice
}

// way returns the choices that lead to the state.
func (n *node) way(depth int) []choice {
	all := make([]choice, depth)
	for ; n.from != nil; n = n.from {
		depth--
		all[depth] = n.took
	}
	return all
}

type explorer struct {
	x          Exploration
	configured []store.Item
	seen       map[digest]bool
	found      Explored
}

func (e *explorer) goOver() error {
	start, _, err := e.visit(nil)
	if err != nil {
		return err
	}
	level := []*node{start}
	for depth := 0; depth < e.x.Depth && len(level) > 0; depth++ {
		var next []*node
		for _, n := range level {
			way := n.way(depth)
			for _, c := range n.open {
				e.found.Transitions++
				child, known, err := e.visit(append(way[:depth:depth], c))
				if err != nil {
					return err
				}
				if !known {
					e.found.Depth = depth + 1
				}
				if !known || e.x.Unmerged {
					child.from, child.took = n, c
					next = append(next, child)
				}
			}
		}
		level = next
	}
	return nil
}

// visit makes choices from the start, and looks at where they lead.
func (e *explorer) visit(way []choice) (n *node, known bool, err error) {
	l := e.live(way, false)
	defer func() { l.close() }()
	if l.midway() { // rare, and dear: what its transactions have read matters
		l.close()
		l = e.live(way, true)
	}
	s := l.look()
	if known = e.seen[s.digest]; known {
		e.found.Merged++
	} else if l.w.broken == nil {
		e.seen[s.digest] = true
		e.found.States++
		l.peace()
	}
	if l.w.broken != nil {
		return nil, known, e.tell(way)
	}
	return &node{open: s.open}, known, nil
}

// live makes choices from the start.
func (e *explorer) live(way []choice, attentive bool) *lab {
	l := newLab(&e.x, e.configured)
	l.attentive = attentive
	for _, c := range way {
		l.take(c)
	}
	return l
}

// tell goes a way that leads to a violation once more, and tells it.
func (e *explorer) tell(way []choice) error {
	l := newLab(&e.x, e.configured)
	defer l.close()
	l.teller = &teller{}
	for _, c := range way {
		l.take(c)
	}
	if l.w.broken == nil {
		l.peace()
	}
	v := l.w.broken.(*Violation)
	l.teller.catchUp(l.w)
	v.Path = l.teller.lines
	return v
}

// teller tells choices, and what came of each.
type teller struct {
	lines   []string
	choices int
	events  int // told so far
}

const clockTime = "15:04:05.000"

// choice tells what came of the choice before, and of the next one.
func (t *teller) choice(w *world, words string) {
	t.catchUp(w)
	t.choices++
	t.lines = append(t.lines, fmt.Sprintf("%3d. %s %s", t.choices, w.now.Format(clockTime), words))
}

// catchUp tells what has happened since.
func (t *teller) catchUp(w *world) {
	for _, e := range w.h.Log[t.events:] {
		if text := e.Words(); text != "" {
			t.lines = append(t.lines, fmt.Sprintf("     %s   %s", e.At.Format(clockTime), text))
		}
	}
	t.events = len(w.h.Log)
}
