package httpapi

import (
	"context"
	"time"
)

// fresh keeps what was costly to find out: an error for a second, a value also for twenty times as long as it took.
type fresh[T any] struct {
	turn  chan struct{} // holds one element while somebody looks
	at    time.Time
	keep  time.Duration
	value T
	err   error
}

const (
	freshFor = time.Second
	// freshCost is how many times as long a value is kept as it took to find out: with millions of open alerts, to count
	// them for whoever asks must not take a core.
	freshCost = 20
	// findWait bounds finding out: callers wait for one another.
	findWait = 2 * time.Second
)

func newFresh[T any]() *fresh[T] { return &fresh[T]{turn: make(chan struct{}, 1)} }

// get returns what find found lately. Since others share it, find outlives the request that runs it.
func (f *fresh[T]) get(ctx context.Context, now func() time.Time, find func(context.Context) (T, error)) (T, error) {
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
	if since := now().Sub(f.at); f.at.IsZero() || since < 0 || since >= f.keep {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), findWait)
		defer cancel()
		began := now()
		f.value, f.err = find(ctx)
		f.at, f.keep = now(), freshFor
		if f.err == nil {
			f.keep = max(freshFor, freshCost*f.at.Sub(began))
		}
	}
	return f.value, f.err
}

// forget makes the next get find out anew, from now on. It waits for one that is under way, which findWait bounds.
func (f *fresh[T]) forget() {
	f.turn <- struct{}{}
	f.at = time.Time{}
	<-f.turn
}
