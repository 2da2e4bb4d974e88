package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/store"
)

// Health is the body of /healthz?strict and /readyz.
type Health struct {
	OK          bool     `json:"ok"`
	Reasons     []string `json:"reasons"`     // why it is not OK
	Unreached   int      `json:"unreached"`   // open alerts for which nobody could be paged
	Quarantined int      `json:"quarantined"` // alerts that nobody can read or step
	Late        string   `json:"late"`        // how overdue the most overdue alert is, as Go prints durations

	Restored *engine.Restored `json:"restored,omitempty"` // what of a restored copy waits for a confirmation; nil: nothing
}

// vitals is what the store says of how things are.
type vitals struct {
	counts store.Counts
	late   time.Duration // of the most overdue alert
	dead   int           // contacts that do not work
	waits  engine.Restored
}

// look returns the vitals.
func (h *Handler) look(ctx context.Context) (vitals, error) {
	return h.vitals.get(ctx, h.now, func(ctx context.Context) (v vitals, err error) {
		err = h.cfg.Store.View(ctx, func(tx store.Tx) (err error) {
			if v.counts, err = tx.Episodes().Admin().Count(); err != nil {
				return err
			}
			v.late, err = h.lateness(tx)
			return err
		})
		if err == nil {
			v.dead, err = h.cfg.Engine.DeadContacts(ctx)
		}
		if err == nil {
			v.waits, err = h.cfg.Engine.Restored(ctx)
		}
		return v, err
	})
}

func (h *Handler) lateness(tx store.Tx) (time.Duration, error) {
	now := h.now()
	due, _, err := tx.Episodes().Due(now, 1)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	found, err := tx.Episodes().Get(due)
	if err != nil || len(found) == 0 || found[0].Err != nil {
		return 0, err
	}
	return max(0, now.Sub(found[0].Episode.WakeAt())), nil
}

// probeName is the value that readiness writes.
const probeName = "httpapi.probe"

// probe returns why signals cannot be committed; empty if they can.
func (h *Handler) probe(ctx context.Context) (string, error) {
	return h.ready.get(ctx, h.now, func(ctx context.Context) (string, error) {
		if !h.cfg.Engine.Running() {
			return "the engine is not running", nil
		}
		err := h.cfg.Store.Update(ctx, func(tx store.Tx) error {
			return tx.Values().Set(probeName, []byte(h.now().Format(time.RFC3339Nano)))
		})
		if errors.Is(err, store.ErrConflict) {
			return "", nil // somebody else has just committed
		}
		return "", err
	})
}

// readyz says whether signals can be committed.
func (h *Handler) readyz(w http.ResponseWriter, r *http.Request) error {
	var reasons []string
	v, err := h.look(r.Context())
	reason, failed := h.probe(r.Context())
	if reason != "" {
		reasons = append(reasons, reason)
	}
	if err = errors.Join(err, failed); err != nil {
		h.log.Error("not ready", "error", err)
		reasons = append(reasons, storeFails)
	}
	return v.answer(w, reasons)
}

// storeFails is all that is said to strangers; the log has more.
const storeFails = "the store does not answer"

// healthz says that the process serves. Asked strictly, it also says whether anybody is left unpaged.
func (h *Handler) healthz(w http.ResponseWriter, r *http.Request) error {
	if !r.URL.Query().Has("strict") {
		return answer(w, http.StatusOK, struct {
			OK bool `json:"ok"`
		}{true})
	}
	v, reasons := h.strict(r.Context())
	return v.answer(w, reasons)
}

// strict says why not all is well.
func (h *Handler) strict(ctx context.Context) (v vitals, reasons []string) {
	v, err := h.look(ctx)
	if err != nil {
		h.log.Error("not healthy", "error", err)
		reasons = append(reasons, storeFails)
	}
	if n := v.counts.Unreached; n > 0 {
		reasons = append(reasons, fmt.Sprintf("alerts for which nobody could be paged: %d", n))
	}
	if v.late > h.cfg.MaxLate {
		reasons = append(reasons, fmt.Sprintf("the engine is late by more than %v", h.cfg.MaxLate))
	}
	return v, reasons
}

// answer is 200 if there are no reasons against it, else 503.
func (v vitals) answer(w http.ResponseWriter, reasons []string) error {
	status := http.StatusOK
	if len(reasons) > 0 {
		status = http.StatusServiceUnavailable
	}
	return answer(w, status, v.health(reasons))
}

func (v vitals) health(reasons []string) Health {
	health := Health{
		OK: len(reasons) == 0, Reasons: append([]string{}, reasons...),
		Unreached: v.counts.Unreached, Quarantined: v.counts.Quarantined, Late: v.late.String(),
	}
	if v.waits.Waits() {
		health.Restored = &v.waits
	}
	return health
}
