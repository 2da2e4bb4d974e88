package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
)

// PlanAlert says what happens to an alert next if nobody answers and every message is accepted, see [episode.Plan]. It changes
// nothing. The error is [store.ErrNotFound] for an alert that does not exist.
func (e *Engine) PlanAlert(ctx context.Context, now time.Time, id watchbill.AlertID, limit int) (plan []episode.Planned, err error) {
	err = e.cfg.Store.View(ctx, func(tx store.Tx) error {
		w, err := e.work(tx, watchbill.Stamp(now))
		if err != nil {
			return err
		}
		found, err := tx.Episodes().Get([]watchbill.AlertID{id})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(found, func(s store.Stored) bool { return s.Err == nil })
		if i < 0 {
			return fmt.Errorf("engine: alert %q: %w", id, store.ErrNotFound)
		}
		plan = episode.Plan(w.world(), found[i].Episode, w.now, limit)
		return w.failed
	})
	return plan, err
}
