package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
)

// command is a person's command, and what became of it once done is closed.
type command struct {
	now   time.Time
	alert watchbill.AlertID
	by    watchbill.UserID
	in    episode.Input
	done  chan struct{}
	view  episode.View
	err   error
}

// commands are what people want done. Whoever comes while nobody has the turn takes it and carries out everything that waits,
// in one transaction; what comes meanwhile waits for the next. So one command alone is committed at once, and many that come
// at the same time share a commit, as signals do.
type commands struct {
	turn    chan struct{} // holds one element while somebody carries out
	mu      sync.Mutex
	waiting []*command
}

func (q *commands) add(c *command) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, c)
}

// take returns what waits, up to as many as one transaction carries out.
func (q *commands) take() []*command {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), batchSignals)
	batch := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return batch
}

// forget takes a command back, unless it is being carried out.
func (q *commands) forget(c *command) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = slices.DeleteFunc(q.waiting, func(o *command) bool { return o == c })
}

// together carries a command out, with those of others that wait. If ctx is done first, it may be carried out all the same.
func (e *Engine) together(ctx context.Context, c *command) (episode.View, error) {
	e.acts.add(c)
	for {
		select {
		case <-c.done:
			return c.view, c.err
		case e.acts.turn <- struct{}{}:
			e.lead(ctx, c)
		case <-ctx.Done():
			e.acts.forget(c)
			return episode.View{}, ctx.Err()
		}
	}
}

// lead carries out what waits, of which one command is the caller's, and gives the turn back. It leaves nobody without an
// answer.
func (e *Engine) lead(ctx context.Context, own *command) {
	batch := e.acts.take()
	failed := errors.New("engine: the command was not carried out, since another one panicked")
	defer func() {
		for _, c := range batch {
			if failed != nil {
				c.view, c.err = episode.View{}, failed
			}
			close(c.done)
		}
		<-e.acts.turn
	}()
	if len(batch) > 1 || !slices.Contains(batch, own) { // the others must not fail because this one is given up
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
		defer cancel()
	}
	err := e.carryOut(ctx, batch)
	if errors.Is(err, store.ErrConflict) && len(batch) > 1 { // nothing is committed, and one alert must not stop the others
		for _, c := range batch {
			if err := e.carryOut(ctx, []*command{c}); err != nil {
				c.view, c.err = episode.View{}, err
			}
		}
		err = nil
	}
	failed = err
}

// carryOut carries commands out in one transaction. Those that are refused have an error of their own and change nothing;
// the error that it returns is why none was carried out.
func (e *Engine) carryOut(ctx context.Context, batch []*command) error {
	if len(batch) == 0 {
		return nil
	}
	now := slices.MaxFunc(batch, func(a, b *command) int { return a.now.Compare(b.now) }).now
	left, err := e.working(ctx, now, func(w *work) error {
		ids := make([]watchbill.AlertID, len(batch))
		for i, c := range batch {
			ids[i] = c.alert
		}
		if err := w.load(ids); err != nil {
			return err
		}
		for _, c := range batch {
			c.view, c.err = w.act(c.alert, c.by, c.in)
			if c.err != nil && len(batch) == 1 {
				return c.err
			}
			if err := w.settle(); err != nil { // what is open, and who is held, counts for the next one
				return err
			}
		}
		return w.flush()
	})
	if err == nil {
		e.trace(left.spans, now)
	}
	return err
}
