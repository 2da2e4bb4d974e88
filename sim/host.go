package sim

import (
	"errors"
	"slices"
	"time"

	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/store/storetest"
)

// host runs an engine. Its clock is off by its skew.
type host struct {
	engine *engine.Engine
	skew   time.Duration
}

// turn lets another host act.
func (w *world) turn() {
	if len(w.hosts) > 1 {
		w.host = &w.hosts[w.rng.IntN(len(w.hosts))]
	}
}

// clock is what the host takes for the time.
func (w *world) clock() time.Time { return w.now.Add(w.skew) }

// boot starts the host's engine, which knows nothing but the store.
func (w *world) boot() {
	w.fuse.left = 0
	e, err := engine.New(engine.Config{Store: &storetest.Faulty{Store: w.store, Before: w.fuse.burn}, Rand: entropy{w.rng}})
	if err != nil {
		panic(err) // the configuration above is complete
	}
	w.engine = e
}

// crashIf starts a new engine if the error is that of a crash.
func (w *world) crashIf(err error) bool {
	if err == nil {
		return false
	}
	if !errors.Is(err, errCrash) {
		w.fail("unexpected error: %v", err)
		return true
	}
	w.crash("between two store calls")
	return true
}

// crash loses the host's engine and everything it had under way.
func (w *world) crash(how string) {
	w.report.Crashes++
	w.say("CRASH %s", how)
	w.sending = slices.DeleteFunc(w.sending, func(d send) bool {
		if d.by != w.host {
			return false
		}
		s := w.sent[d.Message.ID] // the provider has it; nobody will tell
		s.accepted, s.excused = true, true
		return true
	})
	w.boot()
}
