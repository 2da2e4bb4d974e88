package engine

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

// Stats is what an engine is doing, and has done since New. It is not in the store, so it can be had while that hangs.
type Stats struct {
	PassAt    time.Time              // when its latest pass was committed, by [Engine.Clock]; zero: none was yet
	Failed    int64                  // passes that failed, and were repeated
	Commits   int64                  // transactions that were committed
	Conflicts int64                  // transactions that were run again, since somebody else was quicker
	Claimed   int64                  // messages that were claimed to be sent
	Waiting   int                    // callers of [Engine.Submit] who wait
	Sending   map[notify.Channel]int // sends under way
}

// Stats returns what the engine is doing now. It waits for nothing.
func (e *Engine) Stats() Stats {
	s := Stats{
		Failed: e.tally.failed.Load(), Commits: e.tally.commits.Load(), Conflicts: e.tally.conflicts.Load(),
		Claimed: e.tally.claimed.Load(), Waiting: int(e.waiting.Load()), Sending: e.lanes.underWay(),
	}
	if at := e.tally.passAt.Load(); at != nil {
		s.PassAt = *at
	}
	return s
}

// tally is what an engine counts.
type tally struct {
	failed, commits, conflicts, claimed atomic.Int64
	passAt                              atomic.Pointer[time.Time]
}

// updated counts a transaction. Most errors are those of what was asked for, and no fault of the store.
func (t *tally) updated(err error) {
	switch {
	case err == nil:
		t.commits.Add(1)
	case errors.Is(err, store.ErrConflict):
		t.conflicts.Add(1)
	}
}

func (t *tally) passed(at time.Time, pass Pass) {
	t.passAt.Store(&at)
	t.claimed.Add(int64(len(pass.Deliveries)))
}

// underWay returns the sends of each channel.
func (l *lanes) underWay() map[notify.Channel]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	sends := map[notify.Channel]int{}
	for lane, n := range l.sending {
		sends[lane.Channel] += n
	}
	return sends
}
