package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/store"
)

const (
	// anchorEvery is how often an engine compares its clock with that of a shared store.
	anchorEvery = 10 * time.Second
	// anchorWithin is how long the answer to that may take: what it says is good to half of it.
	anchorWithin = 500 * time.Millisecond
	// anchorTries is how often the store is asked for the first time, if the answers take longer.
	anchorTries = 5
	// pollEvery is how often an engine looks for what others have committed to a shared store.
	pollEvery = 50 * time.Millisecond
)

// anchored is the clock of an engine whose store is shared: what the store's clock said once, and what the engine's own has
// counted since. So engines agree on the time whatever their hosts say, and a host's clock that is set changes nothing.
type anchored struct {
	watchbill.Clock // the engine's own

	mu     sync.Mutex
	own    time.Time // when it was anchored, by the engine's own clock
	stored time.Time // the same by the store's; zero: not yet
	last   time.Time // that Now returned
}

// Now returns the store's time; before the clock is anchored, the engine's own. It stands still rather than go back, unless
// by more than the engines' clocks may lie apart.
func (c *anchored) Now() time.Time {
	own := c.Clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stored.IsZero() {
		return own
	}
	now := c.stored.Add(own.Sub(c.own))
	if now.Before(c.last) && c.last.Sub(now) <= maxSkew {
		return c.last
	}
	c.last = now
	return now
}

// WithDeadline waits for an instant of the store's clock.
func (c *anchored) WithDeadline(ctx context.Context, at time.Time) (context.Context, context.CancelFunc) {
	return c.Clock.WithDeadline(ctx, c.Clock.Now().Add(at.Sub(c.Now())))
}

// anchor asks the store for the time, and returns by how much the clock was off. An answer that took too long says too
// little, and changes nothing; where nothing is known yet, the quickest of several counts.
func (c *anchored) anchor(ctx context.Context, s store.Shared) (off time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	own, stored, took, err := c.ask(ctx, s)
	for tries := 1; err == nil && took > anchorWithin && !c.known() && tries < anchorTries; tries++ {
		o, st, tk, failed := c.ask(ctx, s)
		if err = failed; err == nil && tk < took {
			own, stored, took = o, st, tk
		}
	}
	if err != nil {
		return 0, fmt.Errorf("engine: the store's time: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stored.IsZero() {
		if took > anchorWithin {
			return 0, fmt.Errorf("engine: the store's time: the answer took %s", took)
		}
		off = stored.Sub(c.stored.Add(own.Sub(c.own)))
	}
	c.own, c.stored = own, stored
	return off, nil
}

// ask returns the store's time and the engine's own of one instant, and how long the answer took: both are good to half of it.
func (c *anchored) ask(ctx context.Context, s store.Shared) (own, stored time.Time, took time.Duration, err error) {
	asked := c.Clock.Now()
	stored, err = s.Now(ctx)
	took = c.Clock.Now().Sub(asked)
	return asked.Add(took), stored.Add(took / 2), took, err
}

func (c *anchored) known() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.stored.IsZero()
}

// Clock returns the clock by which the engine acts: Config.Clock, set by the store's where that is shared. Whoever calls
// methods that take now beside [Engine.Run] takes it from there.
func (e *Engine) Clock() watchbill.Clock { return e.clock }

// ready makes sure that the engine of a shared store knows the time by it before it does anything.
func (e *Engine) ready(ctx context.Context) error {
	c, shared := e.clock.(*anchored)
	if !shared {
		return nil
	}
	if c.known() {
		return nil
	}
	_, err := c.anchor(ctx, e.cfg.Store.(store.Shared))
	if c.known() { // by now, maybe by another goroutine
		return nil
	}
	return err
}

// awaitTime waits until the engine of a shared store knows the time by it, or ctx is done.
func (e *Engine) awaitTime(ctx context.Context) {
	for ctx.Err() == nil {
		err := e.ready(ctx)
		if err == nil {
			return
		}
		e.log.Error("the store does not tell the time, without which nothing is done; it is asked again", "error", err)
		due, cancel := e.cfg.Clock.WithDeadline(ctx, e.cfg.Clock.Now().Add(longestWait))
		<-due.Done()
		cancel()
	}
}

// timekeeper keeps the clock of an engine with that of a shared store. It ends with ctx.
func (e *Engine) timekeeper(ctx context.Context) {
	c, shared := e.clock.(*anchored)
	if !shared {
		return
	}
	for ctx.Err() == nil {
		due, cancel := c.WithDeadline(context.Background(), c.Now().Add(anchorEvery))
		select {
		case <-ctx.Done():
		case <-due.Done():
			e.keepTime(ctx, c)
		}
		cancel()
	}
}

func (e *Engine) keepTime(ctx context.Context, c *anchored) {
	switch off, err := c.anchor(ctx, e.cfg.Store.(store.Shared)); {
	case err != nil && ctx.Err() == nil:
		e.log.Warn("the store's time cannot be read now; the clock goes on as it did", "error", err)
	case off.Abs() > maxSkew:
		e.log.Error("the clock was not the store's any more, and is again", "off", off, "bound", maxSkew)
	}
}
