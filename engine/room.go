package engine

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/watchbill/watchbill/store"
)

// fullEvery is how often the log says that the store is full.
const fullEvery = time.Minute

// rare limits how often something is said. The zero value is ready.
type rare struct{ last atomic.Int64 }

// now reports whether it is time to say it again.
func (r *rare) now(at time.Time, every time.Duration) bool {
	last := r.last.Load()
	since := at.Sub(time.UnixMicro(last))
	return (last == 0 || since < 0 || since >= every) && r.last.CompareAndSwap(last, at.UnixMicro())
}

// room returns why no signal can be taken in: the store keeps what space there is for the pages of those that were.
func (e *Engine) room() error {
	if s, ok := e.cfg.Store.(store.Roomy); ok {
		return s.Room()
	}
	return nil
}

// sayFull logs, once a minute, that the store is full, and reports whether that is what the error says.
func (e *Engine) sayFull(err error) bool {
	if !errors.Is(err, store.ErrFull) {
		return false
	}
	if e.full.now(e.clock.Now(), fullEvery) {
		e.log.Error("the store is full: new signals are refused until there is space, and their senders have to come again; pages go on while they can", "error", err)
	}
	return true
}
