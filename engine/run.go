package engine

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
)

const (
	batchSignals = 256
	batchWait    = 2 * time.Millisecond
	// The loop lets nudges gather for as long as its last pass took, within these bounds: under load, few large
	// transactions serve more than many small ones, and Accept gets its turn between them.
	minPause = time.Millisecond
	maxPause = 25 * time.Millisecond
	// longestWait caps the loop's wait: hosts sleep. Other engines commit: then it is pollEvery.
	longestWait = time.Second
	// storeTimeout bounds a transaction of the loop, which a stop does not cut short.
	storeTimeout = 30 * time.Second
)

// Run runs the engine until ctx is done; then it claims nothing more, waits up to Config.Drain for sends under way,
// records them, and returns nil. It can be called once.
func (e *Engine) Run(ctx context.Context) error {
	ran := true
	e.once.Do(func() { ran = false })
	if ran {
		return errors.New("engine: Run was called before")
	}
	var beside sync.WaitGroup
	beside.Go(func() { e.batch(ctx) }) // ends with ctx, and closes e.closed
	e.awaitTime(ctx)
	beside.Go(func() { e.timekeeper(ctx) }) // ends with ctx
	beside.Go(func() { e.follower(ctx) })   // ends with ctx
	beside.Go(func() { e.reminder(ctx) })   // ends with ctx
	beside.Go(func() { e.watcher(ctx) })    // ends with ctx
	beside.Go(func() { e.cleaner(ctx) })    // ends with ctx
	e.runs.Store(true)
	e.loop(ctx)
	e.runs.Store(false)
	beside.Wait()
	e.drain(context.WithoutCancel(ctx))
	return nil
}

// Running reports whether signals can be submitted: Run was called, and its context is not done.
func (e *Engine) Running() bool { return e.runs.Load() }

// loop is the one wait: what is due, a nudge, or a second.
func (e *Engine) loop(ctx context.Context) {
	for ctx.Err() == nil {
		began := time.Now()
		next, ok := e.cycle(context.WithoutCancel(ctx))
		if ok && !next.After(e.clock.Now()) && !next.IsZero() {
			continue
		}
		e.wait(ctx, next, min(max(time.Since(began), minPause), maxPause))
	}
}

// cycle records what has finished, makes one pass, and starts what it claimed. It returns when the next is due.
func (e *Engine) cycle(ctx context.Context) (next time.Time, ok bool) {
	store, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	outcomes, began := e.lanes.take(), e.clock.Now()
	pass, err := e.RunOnce(store, began, e.lanes.room, outcomes...)
	if err != nil {
		e.tally.failed.Add(1)
		if !e.sayFull(err) {
			e.log.Error("pass failed and is repeated", "error", err, "receipts", len(outcomes))
		}
		e.lanes.giveBack(outcomes)
		return time.Time{}, false
	}
	e.cfg.Observer.Pass(pass.lates, e.clock.Now().Sub(began))
	for _, d := range pass.Deliveries {
		if until, ok := e.lanes.start(d, began); !ok {
			e.lanes.stand(d, until)
			e.wake()
			continue
		}
		go e.deliver(ctx, d) // drain waits for it
	}
	if pass.LookAgain {
		e.stale.Store(true)
	}
	if pass.FollowUp || pass.LookAgain {
		select {
		case e.follow <- struct{}{}:
		default: // it is on its way
		}
	}
	if pass.More {
		return began, true
	}
	return pass.Next, true
}

// follower does beside the passes what the rules want done with incidents: pages do not wait for it. What is left when the
// engine stops, or the store fails, is done after a later pass.
func (e *Engine) follower(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.follow:
		}
		e.followOnce(ctx)
	}
}

func (e *Engine) followOnce(ctx context.Context) {
	defer e.survive("incidents")
	store, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err := e.FollowUp(store, e.clock.Now()); err != nil {
		e.log.Error("incidents and groups cannot follow their alerts now; that is tried again", "error", err)
	}
	if e.stale.Swap(false) {
		if err := e.LookAgain(ctx, e.clock.Now()); err != nil && ctx.Err() == nil {
			e.log.Error("open alerts cannot be looked at again now; that is tried again", "error", err)
		}
		e.wake()
	}
}

// survive is deferred by what runs beside the passes: its panic must not end the process that pages.
func (e *Engine) survive(what string) {
	if p := recover(); p != nil {
		e.log.Error("work beside the pages panicked; pages go on", "what", what, "panic", p, "stack", string(debug.Stack()))
	}
}

func (e *Engine) deliver(ctx context.Context, d Delivery) {
	began, at := time.Now(), e.clock.Now()
	result := episode.Result{Verdict: episode.Retry, Error: "the claim had nearly ended before the message could be sent"}
	if !at.Add(e.cfg.SendTimeout).After(d.Until) { // else another engine may claim it meanwhile
		result = e.Send(ctx, d)
	}
	e.cfg.Observer.Sent(d.Lane, result.Verdict, d.late(at), time.Since(began))
	e.traceSend(d, result.Verdict, at)
	e.lanes.finish(Outcome{Delivery: d, Result: result}, e.clock.Now())
	e.wake()
}

// wait waits for what is due, and lets nudges gather for the pause.
func (e *Engine) wait(ctx context.Context, next time.Time, pause time.Duration) {
	now := e.clock.Now()
	at := now.Add(e.longest)
	if next.After(now) && next.Before(at) {
		at = next
	}
	due, cancel := e.clock.WithDeadline(context.Background(), at)
	defer cancel()
	select {
	case <-ctx.Done():
	case <-e.nudge:
		gathered := time.NewTimer(pause) // real time even under a mock clock: nobody advances that one meanwhile
		<-gathered.C
	case <-due.Done():
	}
}

// drain waits for what is under way, within Config.Drain, and records it.
func (e *Engine) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Drain)
	defer cancel()
	again := time.NewTicker(longestWait)
	defer again.Stop()
	for {
		e.recordRest(ctx)
		if e.lanes.idle() {
			return
		}
		select {
		case <-ctx.Done():
			e.log.Warn("stopped while messages were under way; they are sent again after their claim has ended")
			return
		case <-e.nudge:
		case <-again.C:
		}
	}
}

func (e *Engine) recordRest(ctx context.Context) {
	outcomes := e.lanes.take()
	if err := e.Report(ctx, e.clock.Now(), outcomes); err != nil {
		e.log.Error("receipts could not be recorded and are kept", "error", err, "receipts", len(outcomes))
		e.lanes.giveBack(outcomes)
	}
}

// submission is signals that a caller of Submit waits for.
type submission struct {
	signals []alert.Signal
	came    time.Time      // for the trace
	reply   chan []Verdict // holds one, so that the batcher never waits for a caller who left
}

// Submit hands signals to the intake batcher of Run, which commits those of many callers together, and waits for the
// verdicts. If ctx is done first, or the engine is stopped, every verdict has an error; the signals may be committed
// all the same. Where more than [Config.IntakeLimit] signals would wait, these are refused with ErrBusy, and are not.
func (e *Engine) Submit(ctx context.Context, signals []alert.Signal) []Verdict {
	if len(signals) == 0 {
		return nil
	}
	n := int64(len(signals))
	queued := e.queued.Add(n)
	defer e.queued.Add(-n)
	if queued > n && queued > int64(e.cfg.IntakeLimit) { // alone, a large one is taken
		return refuse(signals, ErrBusy)
	}
	e.waiting.Add(1)
	defer e.waiting.Add(-1)
	s := submission{signals: signals, came: e.clock.Now(), reply: make(chan []Verdict, 1)}
	select {
	case e.intake <- s:
	case <-ctx.Done():
		return refuse(signals, ctx.Err())
	case <-e.closed:
		return refuse(signals, ErrStopped)
	}
	select {
	case verdicts := <-s.reply:
		return verdicts
	case <-ctx.Done():
		return refuse(signals, ctx.Err())
	}
}

func refuse(signals []alert.Signal, err error) []Verdict {
	verdicts := make([]Verdict, len(signals))
	for i := range verdicts {
		verdicts[i].Err = err
	}
	return verdicts
}

// batch gathers submissions and commits them together until ctx is done.
func (e *Engine) batch(ctx context.Context) {
	defer close(e.closed)
	wait := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-e.intake:
			if e.waiting.Load() > 1 { // somebody else is there: it pays to wait for company
				wait = batchWait
			}
			batch := e.gather(first, wait)
			e.commit(context.WithoutCancel(ctx), batch)
			if len(batch) == 1 {
				wait = 0
			}
		}
	}
}

// gather takes what comes within a moment; without one, what is there already. The moment is real time even under a
// mock clock: nobody advances that one while a caller waits.
func (e *Engine) gather(first submission, wait time.Duration) []submission {
	batch, n := []submission{first}, len(first.signals)
	window := time.NewTimer(wait)
	defer window.Stop()
	for n < batchSignals {
		select {
		case s := <-e.intake:
			batch, n = append(batch, s), n+len(s.signals)
		case <-window.C:
			return batch
		}
	}
	return batch
}

func (e *Engine) commit(ctx context.Context, batch []submission) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	var signals []alert.Signal
	var came []time.Time
	for _, s := range batch {
		signals = append(signals, s.signals...)
		came = append(came, slices.Repeat([]time.Time{s.came}, len(s.signals))...)
	}
	if err := e.ready(ctx); err != nil {
		for _, s := range batch {
			s.reply <- refuse(s.signals, err)
		}
		return
	}
	var verdicts []Verdict
	for chunk := range slices.Chunk(signals, batchSignals) { // one huge submission must not hold the store for long
		verdicts = append(verdicts, e.accept(ctx, e.clock.Now(), chunk, came[len(verdicts):])...)
	}
	for _, s := range batch {
		s.reply <- verdicts[:len(s.signals):len(s.signals)]
		verdicts = verdicts[len(s.signals):]
	}
}
