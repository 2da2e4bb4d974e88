package sim

import (
	"container/heap"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// Run lives a scenario. The error says all that is wrong with it, as [Scenario.Validate] does, or is a [*Violation]; then the
// history is what led to it.
func Run(s Scenario) (*History, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return run(s)
}

// run lives a scenario that is known to be right.
func run(s Scenario) (*History, error) {
	w, err := newWorld(s)
	if err != nil {
		return nil, err
	}
	w.live()
	w.close()
	w.h.End = w.now
	return w.h, w.broken
}

// world is one history under way.
type world struct {
	s      Scenario
	chance chance
	now    time.Time
	end    time.Time
	coming agenda

	attended time.Time   // until when engines are known to have been there
	store    store.Store // as it is, for those who look
	hosts    []*host
	turns    int // of chance that is about nothing in particular

	handOver []string                   // the steps of transactions before which an engine lets others go on
	entropy  func(*rand.Rand) io.Reader // what engines make names of, out of their own chance

	h       *History
	alerts  map[watchbill.AlertID]*Alert
	newest  map[alert.DedupKey]*Alert
	times   map[alert.DedupKey]int // alerts of a key so far
	tries   map[notify.MessageID]int
	arrived map[notify.MessageID]bool
	claims  map[notify.MessageID]claimedAs
	recent  map[notify.Channel][]time.Time // what a provider with a limit took lately
	fate    fate                           // of the message that is being sent

	beats  bool        // heartbeats are watched
	audit  *audit      // nil: nobody looks
	org    *oncall.Org // in force; nil: see inForce
	broken error
}

func newWorld(s Scenario) (*world, error) {
	zone := s.Start.Location()
	s = s.complete()
	w := emptyWorld(s)
	w.h.zone = zone
	if _, err := w.hosts[0].engine.Configure(context.Background(), w.now, s.Org); err != nil {
		return nil, fmt.Errorf("sim: Org: %w", err)
	}
	for _, h := range w.hosts {
		h.passAt(w.now)
	}
	w.beats = true
	w.pings()
	for _, a := range s.Fixed().Acts {
		if deedOf(a.Do) == nil {
			return nil, &FieldError{Path: "Sources", Reason: fmt.Sprintf("one of them makes an act after %s that does nothing; set its Do", a.After)}
		}
		w.after(a.After, func() { a.Do.do(w) })
	}
	return w, nil
}

// claimedAs is what an alert was when a message of it was claimed last.
type claimedAs struct {
	state alert.State
	run   int
}

// emptyWorld is one in which nothing happens yet. The scenario is complete.
func emptyWorld(s Scenario) *world {
	w := &world{
		s: s, chance: chance(s.Seed), now: s.Start, end: s.Start.Add(s.For + s.Rest),
		h:      &History{Seed: s.Seed, Start: s.Start, zone: time.UTC, zones: map[watchbill.UserID]string{}, heard: map[alert.DedupKey]bool{}},
		alerts: map[watchbill.AlertID]*Alert{}, newest: map[alert.DedupKey]*Alert{}, times: map[alert.DedupKey]int{},
		handOver: []string{"view", "update", "committed"}, entropy: func(c *rand.Rand) io.Reader { return entropy{c} },
		tries: map[notify.MessageID]int{}, arrived: map[notify.MessageID]bool{}, claims: map[notify.MessageID]claimedAs{}, recent: map[notify.Channel][]time.Time{},
	}
	if w.store = store.Store(memory.New()); s.Open != nil {
		w.store = s.Open()
	}
	if s.Audit {
		w.audit = newAudit(w)
	}
	w.h.learn(s.Org.Catalog)
	for _, m := range s.Org.Heartbeats {
		w.h.heard[alert.DedupKey("heartbeat:"+m.ID)] = true
	}
	for i := range s.Engines {
		w.hosts = append(w.hosts, newHost(w, i))
	}
	return w
}

// crowd is more than can happen in one instant, unless an engine asks for the same again and again.
const crowd = 200_000

// close ends the methods that are under way.
func (w *world) close() {
	for _, h := range w.hosts {
		if h.life.over = true; h.current != nil {
			h.current.stop()
		}
	}
}

// live lets things happen until the end, or until a rule is broken.
func (w *world) live() {
	for n := 0; len(w.coming) > 0 && w.broken == nil; n++ {
		next := heap.Pop(&w.coming).(*appointment)
		if next.at.After(w.end) {
			break
		}
		if next.at.After(w.now) {
			n = 0
		}
		w.attend(next.at)
		w.now = next.at
		next.do()
		if n == crowd {
			w.fail("time stands still: more than %d things have happened in one instant", crowd)
		}
	}
	if w.broken != nil {
		return
	}
	w.now = w.end // also where nothing was left to come
	if w.audit != nil {
		w.audit.atTheEnd()
	}
}

// attend notes that engines are there until something happens: their own loop makes a pass each second, and the world only those
// in which something is due.
func (w *world) attend(until time.Time) {
	if until.Sub(w.attended) < engine.AliveEvery {
		return
	}
	w.attended = until
	for _, h := range w.hosts {
		if h.up && !w.now.Before(h.until) {
			if err := engine.Attend(context.Background(), w.store, h.clock(), h.clock().Add(until.Sub(w.now))); err != nil {
				w.fail("the store does not take that engines are there: %v", err)
			}
			return
		}
	}
}

// after lets something happen some time from now.
func (w *world) after(d time.Duration, do func()) {
	w.turns++
	heap.Push(&w.coming, &appointment{w.now.Add(max(d, 0)), w.turns, do})
}

// appointment is something that is to happen.
type appointment struct {
	at     time.Time
	number int // decides where two come at one instant
	do     func()
}

// agenda is a heap of what is to happen.
type agenda []*appointment

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a agenda) Less(i, j int) bool {
	if c := a[i].at.Compare(a[j].at); c != 0 {
		return c < 0
	}
	return a[i].number < a[j].number
}

// Push is for package heap.
func (a *agenda) Push(x any) { *a = append(*a, x.(*appointment)) }

// Pop is for package heap.
func (a *agenda) Pop() any {
	last := len(*a) - 1
	x := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	return x
}

// host returns an engine's host; whatever number is asked for, there is one.
func (w *world) host(n int) *host { return w.hosts[uint(n)%uint(len(w.hosts))] }

// anyHost is the one that a balancer before the engines picks: one that is up, if there is one.
func (w *world) anyHost(about string) *host {
	if len(w.hosts) == 1 {
		return w.hosts[0]
	}
	w.turns++
	first := w.chance.of("host", about, fmt.Sprint(w.turns)).IntN(len(w.hosts))
	for i := range w.hosts {
		if h := w.host(first + i); h.up {
			return h
		}
	}
	return w.host(first)
}

// nameOf returns the name of an alert; that of none is empty.
func (w *world) nameOf(id watchbill.AlertID) string {
	if a := w.alerts[id]; a != nil {
		return a.Name
	}
	return ""
}

// counted counts the sends of a message, this one included.
func (w *world) counted(id notify.MessageID) int {
	w.tries[id]++
	return w.tries[id]
}

// inPeace reports whether what goes wrong by itself has ended.
func (w *world) inPeace() bool { return w.now.Sub(w.s.Start) >= w.s.For }
