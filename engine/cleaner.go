package engine

import (
	"context"
	"time"
)

// cleaner removes what need not be kept any longer, beside the passes: signals and pages go between its transactions. It ends
// with ctx.
func (e *Engine) cleaner(ctx context.Context) {
	for ctx.Err() == nil {
		pause := e.sweepOnce(ctx)
		due, cancel := e.clock.WithDeadline(context.Background(), e.clock.Now().Add(pause))
		select {
		case <-ctx.Done():
		case <-due.Done():
		}
		cancel()
	}
}

// sweepOnce removes some, and returns how long to wait before the next time.
func (e *Engine) sweepOnce(ctx context.Context) (pause time.Duration) {
	defer e.survive("retention")
	pause = sweepEvery // also after a panic
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	did, err := e.Sweep(bounded, e.clock.Now())
	if err != nil {
		e.log.Error("what is old cannot be removed now; that is tried again", "error", err)
		return pause
	}
	if n := did.Removed(); n > 0 {
		e.log.Info("removed what need not be kept any longer", "alerts", did.Alerts, "incidents", did.Incidents,
			"postmortems", did.Postmortems, "records", did.Records, "helpers", did.Helpers, "kept", did.Kept)
	}
	if did.More && did.Removed() > 0 {
		return sweepPause
	}
	return pause
}
