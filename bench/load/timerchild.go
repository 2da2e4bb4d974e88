package main

import (
	"context"
	"encoding/json"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

// timerOrder is what one process is to do. Its clock shows At when the timers begin to come due.
type timerOrder struct {
	DB    string
	Fill  int    // alerts that rest, to be put there first; 0: they are there
	Set   string // names what comes due
	At    time.Time
	Due   int       // timers, one after the other at the rate
	Costs int       // passes of which the cost is measured before; 0: none
	Start time.Time // when to begin, so that several begin together; zero: at once
}

// timerResult is what one process saw.
type timerResult struct {
	Sent      []timerSent
	Costs     []time.Duration // of a pass with as much to do as fits into one
	CostCPU   time.Duration   // of all of them together
	Idle      []time.Duration // of a pass with nothing to do
	CPU       time.Duration   // while timers came due
	RSS, Peak int64
}

// timerSent is a page of which the send has begun.
type timerSent struct {
	Timer int
	Late  time.Duration
}

// dueAt is when the i-th timer comes due.
func (o timerOrder) dueAt(i int) time.Time {
	return watchbill.Stamp(o.At.Add(time.Duration(float64(i) / timerRate * float64(time.Second))))
}

// costsAt is when those come due by which the cost of a pass is measured.
func (o timerOrder) costsAt() time.Time { return o.At.Add(-10 * time.Minute) }

// due puts those there that are.
func (o timerOrder) due(ctx context.Context, m *mould, s store.Store) error {
	if err := m.put(ctx, s, o.Set+"c", o.Costs*timerBatch, func(int) time.Time { return o.costsAt() }); err != nil {
		return err
	}
	return m.put(ctx, s, o.Set, o.Due, o.dueAt)
}

// serveTimers does the order that comes on standard input, and writes what it saw.
func serveTimers([]string) error {
	debug.SetGCPercent(400) // as the reference server has it
	var o timerOrder
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return err
	}
	ctx := context.Background()
	s, closer, err := openTimers(ctx, o.DB)
	if err != nil {
		return err
	}
	defer closer.Close()
	if o.Fill > 0 {
		m, err := newMould(ctx)
		if err != nil {
			return err
		}
		if err := m.fill(ctx, s, o.Fill); err != nil {
			return err
		}
		if err := o.due(ctx, m, s); err != nil {
			return err
		}
		debug.FreeOSMemory()
	}
	r, err := o.run(ctx, s)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (o timerOrder) run(ctx context.Context, s store.Store) (r timerResult, err error) {
	if err := o.measureCosts(ctx, s, &r); err != nil {
		return r, err
	}
	if wait := time.Until(o.Start); wait > 0 {
		timer := time.NewTimer(wait)
		<-timer.C
	}
	c := shiftedClock{time.Until(o.At)}
	seen := &timerSink{order: o, clock: c, last: time.Now(), done: make(chan struct{})}
	e, err := engine.New(engine.Config{Store: shifted(s, c.by), Clock: c,
		Notifiers: map[notify.Channel]notify.Notifier{"webhook": notify.Func(seen.notify)}})
	if err != nil {
		return r, err
	}
	used := cpuOf(os.Getpid())
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- e.Run(running) }() // ends with running, waited for below
	seen.wait()
	r.CPU = cpuOf(os.Getpid()) - used
	r.RSS, r.Peak = rss(os.Getpid()), peak(os.Getpid())
	stop()
	err = <-ended
	r.Sent = seen.sent
	return r, err
}

// measureCosts makes passes one by one: with nothing to do, then with as much as fits into one.
func (o timerOrder) measureCosts(ctx context.Context, s store.Store, r *timerResult) error {
	if o.Costs == 0 {
		return nil
	}
	e, err := engine.New(engine.Config{Store: s})
	if err != nil {
		return err
	}
	pass := func(now time.Time) (time.Duration, error) {
		began := time.Now()
		p, err := e.RunOnce(ctx, now, func(notify.Lane) int { return timerBatch })
		took := time.Since(began)
		outcomes := make([]engine.Outcome, len(p.Deliveries))
		for i, d := range p.Deliveries {
			outcomes[i].Delivery = d
		}
		return took, first(err, e.Report(ctx, now, outcomes))
	}
	for range o.Costs {
		took, err := pass(o.costsAt().Add(-time.Second))
		if err != nil {
			return err
		}
		r.Idle = append(r.Idle, took)
	}
	used := cpuOf(os.Getpid())
	for range o.Costs {
		took, err := pass(o.costsAt())
		if err != nil {
			return err
		}
		r.Costs = append(r.Costs, took)
	}
	r.CostCPU = cpuOf(os.Getpid()) - used
	return nil
}

// timerSink is the provider. It accepts at once, and notes how late each page is.
type timerSink struct {
	order timerOrder
	clock shiftedClock
	mu    sync.Mutex
	sent  []timerSent
	last  time.Time
	done  chan struct{} // closed with the last page
}

func (t *timerSink) notify(_ context.Context, m notify.Message) (notify.Receipt, error) {
	now := t.clock.Now()
	set, number, _ := strings.Cut(strings.TrimPrefix(string(m.Alert), "alr_"), "_")
	i, err := strconv.Atoi(number)
	if err != nil || set != t.order.Set {
		return notify.Receipt{}, nil // left by the costs
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent, t.last = append(t.sent, timerSent{i, now.Sub(t.order.dueAt(i))}), time.Now()
	if len(t.sent) == t.order.Due {
		close(t.done)
	}
	return notify.Receipt{}, nil
}

// wait waits for all pages, or, once all are due, until none has come for some seconds.
func (t *timerSink) wait() {
	end := t.order.dueAt(t.order.Due)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-t.done:
			return
		case <-tick.C:
		}
		t.mu.Lock()
		quiet := time.Since(t.last)
		t.mu.Unlock()
		if quiet > 3*time.Second && t.clock.Now().After(end.Add(3*time.Second)) {
			return
		}
	}
}

// shiftedClock is the real clock, at another time.
type shiftedClock struct{ by time.Duration }

func (c shiftedClock) Now() time.Time { return time.Now().Add(c.by) }

func (c shiftedClock) WithDeadline(ctx context.Context, at time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, at.Add(-c.by))
}

// shifted returns the store with its clock shifted too, if it has one.
func shifted(s store.Store, by time.Duration) store.Store {
	if shared, ok := s.(store.Shared); ok {
		return shiftedStore{shared, by}
	}
	return s
}

type shiftedStore struct {
	store.Shared
	by time.Duration
}

// Now returns the shifted time.
func (s shiftedStore) Now(ctx context.Context) (time.Time, error) {
	at, err := s.Shared.Now(ctx)
	return at.Add(s.by), err
}
