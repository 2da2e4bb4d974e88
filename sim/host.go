package sim

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/storetest"
)

const (
	// retryAfter is how long senders and people wait before they try again what failed.
	retryAfter = 10 * time.Second
	// pollEvery is how soon an engine sees what another one has committed, at the latest.
	pollEvery = 50 * time.Millisecond
)

// errCrash is what the engine sees of its own end. It never lives to act on it: the simulator drops the engine.
var errCrash = errors.New("sim: the engine crashed")

// host runs an engine, one method at a time. Its clock is off by its skew.
type host struct {
	w      *world
	number int
	skew   time.Duration

	up     bool
	engine *engine.Engine
	life   *life
	until  time.Time     // it stands still until then
	holds  time.Duration // it stands still for so long once it has claimed messages; zero: it does not
	fuse   int           // steps until it crashes; zero: it does not
	down   time.Duration
	faults []StoreFault

	waiting []job
	current *flow     // nil: idle
	ahead   bool      // the clock was set back since it began
	began   time.Time // by its clock, what it does now or did last
	pass    time.Time
	passNo  int // of the pass that is scheduled
	beats   time.Time
	watches int64 // the revision whose heartbeats it watches
	sending map[notify.Lane]int
	heard   []engine.Outcome // what its next pass records
	telling []engine.Outcome // what the pass under way records
}

// job is one call of an engine's methods.
type job struct {
	name string
	own  bool // the engine's own work, which fails only if the store does; what others ask for may be refused
	do   func(ctx context.Context, e *engine.Engine, now time.Time) error
	then func(err error) // the call has returned; nil: nothing is to be done
	lost func()          // it never did; nil: nobody cares
}

// flow is a job under way that hands over at every transaction.
type flow struct {
	job  job
	next func() (struct{}, bool)
	stop func()
	err  error
}

// life is an engine from its start to its end.
type life struct {
	h     *host
	over  bool
	yield func(struct{}) bool // of the flow under way; nil: it does not hand over
	at    string              // the step before which the flow has handed over
}

func newHost(w *world, number int) *host {
	h := &host{w: w, number: number}
	if number > 0 {
		h.skew = time.Duration(w.chance.of("skew", fmt.Sprint(number)).Int64N(int64(maxSkew))).Truncate(time.Microsecond)
	}
	h.boot()
	return h
}

// boot starts the host's engine, which knows nothing but the store.
func (h *host) boot() {
	w := h.w
	h.life, h.up, h.fuse, h.holds, h.faults, h.sending, h.heard, h.beats = &life{h: h}, true, 0, 0, nil, map[notify.Lane]int{}, nil, time.Time{}
	w.turns++
	e, err := engine.New(engine.Config{
		Store:     &storetest.Faulty{Store: &recorder{w: w, h: h, Store: w.store}, Before: h.life.before},
		Notifiers: w.notifiers(),
		Compile:   w.s.Compile,
		Clock:     hostClock{h},
		Rand:      w.entropy(w.chance.of("engine", fmt.Sprint(h.number), fmt.Sprint(w.turns))),
	})
	if err != nil {
		panic(err) // the configuration above is complete
	}
	h.engine = e
}

// hostClock tells the host's time. Nobody waits by it: see [engine.Engine.Run].
type hostClock struct{ h *host }

// Now returns the host's time.
func (c hostClock) Now() time.Time { return c.h.clock() }

// WithDeadline is for those who wait, and nobody does.
func (c hostClock) WithDeadline(ctx context.Context, _ time.Time) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

// clock is what the host takes for the time.
func (h *host) clock() time.Time { return watchbill.Stamp(h.w.now.Add(h.skew)) }

// run does a job as soon as the host can.
func (h *host) run(j job) {
	if !h.up {
		h.lose(j)
		return
	}
	h.waiting = append(h.waiting, j)
	h.proceed()
}

func (h *host) lose(j job) {
	if j.lost != nil {
		j.lost()
	}
}

// proceed begins the next job if the host is idle.
func (h *host) proceed() {
	for h.up && h.current == nil && len(h.waiting) > 0 && !h.w.now.Before(h.until) {
		j := h.waiting[0]
		h.waiting = h.waiting[1:]
		h.w.h.Inputs++
		if len(h.w.hosts) == 1 {
			h.began = h.clock()
			h.finish(j, j.do(context.Background(), h.engine, h.began))
			continue
		}
		h.begin(j)
	}
}

// begin starts a job as a coroutine.
func (h *host) begin(j job) {
	h.current = h.flow(j)
	h.step(h.current)
}

// flow makes a coroutine of a job.
func (h *host) flow(j job) *flow {
	f, l := &flow{job: j}, h.life
	f.next, f.stop = iter.Pull(func(yield func(struct{}) bool) {
		l.yield = yield
		h.began = h.clock()
		f.err = j.do(context.Background(), h.engine, h.began)
	})
	return f
}

// step lets the job under way go on until it hands over.
func (h *host) step(f *flow) {
	if h.current != f {
		return // it crashed meanwhile
	}
	if wait := h.until.Sub(h.w.now); wait > 0 { // it stands still in the middle of a method
		h.w.after(wait, func() { h.step(f) })
		return
	}
	if _, more := f.next(); more {
		h.w.turns++
		h.w.after(h.w.latency(), func() { h.step(f) })
		return
	}
	h.current, h.life.yield, h.ahead = nil, nil, false
	h.finish(f.job, f.err)
	h.proceed()
}

// latency is what a transaction takes.
func (w *world) latency() time.Duration {
	return w.s.Faults.Latency.draw(w.chance.of("latency", fmt.Sprint(w.turns)))
}

func (h *host) finish(j job, err error) {
	if errors.Is(err, errCrash) || h.life.over {
		h.lose(j)
		h.crash(h.down)
		return
	}
	switch {
	case failedStore(err):
		h.w.say(Event{Kind: KindTrouble, Engine: h.number + 1, Text: fmt.Sprintf("%s: %v", j.name, err)})
	case err != nil && j.own && h.w.audit != nil:
		h.w.fail("engine %d: %s: %v", h.number+1, j.name, err)
	}
	if j.then != nil {
		j.then(err)
	}
}

// failedStore reports whether an error is the store's, so that the same may work a moment later.
func failedStore(err error) bool {
	return errors.Is(err, storetest.ErrFault) || errors.Is(err, store.ErrConflict)
}

// crash loses the host's engine and everything it had under way.
func (h *host) crash(down time.Duration) {
	if !h.up {
		return
	}
	w := h.w
	w.h.Crashes++
	w.say(Event{Kind: KindCrash, Engine: h.number + 1, Text: "it crashes"})
	h.up, h.life.over = false, true
	if f := h.current; f != nil {
		h.current, h.ahead = nil, false
		f.stop()
		h.lose(f.job)
	}
	waiting := h.waiting
	h.waiting = nil
	for _, j := range waiting {
		h.lose(j)
	}
	w.after(down, func() {
		h.boot()
		w.say(Event{Kind: KindStart, Engine: h.number + 1, Text: "it starts"})
		h.passAt(w.now)
	})
}

// pause lets the host stand still.
func (h *host) pause(d time.Duration) {
	h.w.say(Event{Kind: KindPause, Engine: h.number + 1, Text: fmt.Sprintf("it stands still for %s", d)})
	h.until = h.w.now.Add(d)
	h.w.after(d, h.proceed)
}

// before is called at every step of the engine's transactions.
func (l *life) before(step string) error {
	if l.over {
		return errCrash
	}
	h := l.h
	if l.yield != nil && slices.Contains(h.w.handOver, step) {
		l.at = step
		if !l.yield(struct{}{}) || l.over {
			return errCrash
		}
	}
	if h.fuse > 0 {
		if h.fuse--; h.fuse == 0 {
			l.over = true
			return errCrash
		}
	}
	return h.fail(step)
}

// fail burns down the faults that are armed.
func (h *host) fail(step string) error {
	if len(h.faults) == 0 {
		return nil
	}
	f := &h.faults[0]
	if f.Conflict {
		if step != "commit" {
			return nil
		}
		h.faults = h.faults[1:]
		return store.ErrConflict
	}
	if f.Steps--; f.Steps > 0 {
		return nil
	}
	h.faults = h.faults[1:]
	return storetest.ErrFault
}

// entropy makes the engine's chance part of the seed's.
type entropy struct{ c *rand.Rand }

// Read fills p.
func (e entropy) Read(p []byte) (int, error) {
	var b [8]byte
	for i := 0; i < len(p); i += 8 {
		binary.LittleEndian.PutUint64(b[:], e.c.Uint64())
		copy(p[i:], b[:])
	}
	return len(p), nil
}
