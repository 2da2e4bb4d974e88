package postgres

import (
	"errors"
	"sync/atomic"
)

// crowd makes Updates queue that get into each other's way. One that has nothing in common with others, as most have, waits
// for nobody; but two that take the same rows in different orders wait for each other until one gives up, and would do so
// again and again while everybody's alerts belong to the same few groups. Then they take turns, on all replicas: whoever has
// the turn waits only for those that are about to give up.
type crowd struct {
	heat atomic.Int64 // Updates of this store that are still to queue
}

// queueAfter is how many Updates queue after one was in the way of others.
const queueAfter = 16

const (
	// takeTurn waits for those that queue, and then has more patience with those that do not.
	takeTurn    = `select set_config('lock_timeout', '10s', true), pg_advisory_xact_lock($1)`
	haveTurn    = `select set_config('lock_timeout', '500ms', true)`
	lockTimeout = "50ms" // of an Update that does not queue: many times what most take as a whole
)

// steps are what an Update begins with that queues.
func (c *crowd) steps(locks int64) []step {
	if c.heat.Load() <= 0 {
		return nil
	}
	c.heat.Add(-1)
	return []step{do(takeTurn, locks^hash64("turn")), do(haveTurn)}
}

// note makes the next Updates queue if one could not be done for others.
func (c *crowd) note(err error) error {
	if errors.Is(err, errRaced) {
		c.heat.Store(queueAfter)
	}
	return err
}
