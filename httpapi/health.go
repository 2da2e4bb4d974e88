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
	Late        string   `json:"late"`        // how overdue the most overdue timer of an alert is, as Go prints durations
	Outbox      string   `json:"outbox"`      // how long the message has waited that waits longest and could be sent, likewise

	Restored *engine.Restored `json:"restored,omitempty"` // what of a restored copy waits for a confirmation; nil: nothing
}

// vitals is what the store says of how things are.
type vitals struct {
	at      time.Time      // when it said so
	timer   time.Time      // since when the most overdue timer of an alert is due; zero: none is
	message time.Time      // since when the message that waits longest can be sent; zero: none waits
	lanes   map[string]int // destinations that a message waits for, by channel
	alive   time.Time      // when an engine last noted that it made a pass
	waits   engine.Restored
	totals
}

// totals is what is counted, which takes the longer the more there is.
type totals struct {
	counts store.Counts
	dead   int // contacts that do not work
}

// total returns the totals.
func (h *Handler) total(ctx context.Context) (totals, error) {
	return h.totals.get(ctx, h.now, func(ctx context.Context) (t totals, err error) {
		err = h.cfg.Store.View(ctx, func(tx store.Tx) (err error) {
			t.counts, err = tx.Episodes().Admin().Count()
			return err
		})
		if err == nil {
			t.dead, err = h.cfg.Engine.DeadContacts(ctx)
		}
		return t, err
	})
}

// look returns the vitals.
func (h *Handler) look(ctx context.Context) (vitals, error) {
	return h.vitals.get(ctx, h.now, func(ctx context.Context) (v vitals, err error) {
		v.at = h.now()
		err = h.cfg.Store.View(ctx, func(tx store.Tx) (err error) {
			if v.timer, err = overdueTimer(tx, v.at); err != nil {
				return err
			}
			return v.outbox(tx)
		})
		if err == nil {
			v.alive, err = h.cfg.Engine.AliveAt(ctx)
		}
		if err == nil {
			v.totals, err = h.total(ctx)
		}
		if err == nil {
			v.waits, err = h.cfg.Engine.Restored(ctx)
		}
		return v, err
	})
}

// overdueTimer returns since when the most overdue timer is due; zero if none is.
func overdueTimer(tx store.Tx, now time.Time) (at time.Time, err error) {
	due, _, err := tx.Episodes().Due(now, 1)
	if err != nil || len(due) == 0 {
		return at, err
	}
	found, err := tx.Episodes().Get(due)
	if err != nil || len(found) == 0 || found[0].Err != nil {
		return at, err
	}
	return found[0].Episode.WakeAt(), nil
}

// outbox looks at what waits to be sent.
func (v *vitals) outbox(tx store.Tx) error {
	longest, err := tx.Outbox().Next(time.Unix(0, 0))
	if err != nil {
		return err
	}
	if !longest.After(v.at) {
		v.message = longest
	}
	lanes, err := tx.Outbox().Lanes(v.at)
	v.lanes = map[string]int{}
	for _, l := range lanes {
		v.lanes[string(l.Channel)]++
	}
	return err
}

// since returns how long ago something was, at the time of the vitals; nothing for what was not.
func (v vitals) since(at time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return max(0, v.at.Sub(at))
}

// probeName is the value that readiness writes.
const probeName = "httpapi.probe"

// probe returns why signals cannot be committed; empty if they can.
func (h *Handler) probe(ctx context.Context) (string, error) {
	return h.ready.get(ctx, h.now, func(ctx context.Context) (string, error) {
		if !h.cfg.Engine.Running() {
			return "the engine is not running", nil
		}
		if s, ok := h.cfg.Store.(store.Roomy); ok && s.Room() != nil {
			return "the store is full", nil
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

// strict says why not all is well, and since when.
func (h *Handler) strict(ctx context.Context) (v vitals, reasons []string) {
	v, err := h.look(ctx)
	if err != nil {
		h.log.Error("not healthy", "error", err)
		reasons = append(reasons, storeFails)
	}
	if n := v.counts.Unreached; n > 0 {
		reasons = append(reasons, fmt.Sprintf("alerts for which nobody could be paged: %d", n))
	}
	late := func(what string, since time.Time, bound time.Duration) {
		if age := h.now().Sub(since); !since.IsZero() && age > bound {
			reasons = append(reasons, fmt.Sprintf("%s since %s, for more than %v", what, since.UTC().Format(time.RFC3339), bound))
		}
	}
	late("timers are due and not acted on", v.timer, h.cfg.MaxLate)
	late("messages can be sent and are not", v.message, h.cfg.MaxLate)
	if !h.cfg.Engine.Running() { // then another one makes them, which is noted now and then
		late("no engine has made a pass", v.alive, h.cfg.MaxLate+engine.AliveEvery)
		return v, reasons
	}
	passed := h.cfg.Engine.Stats().PassAt // asks nobody: the store may hang
	if passed.Before(h.began) {
		passed = h.began
	}
	late("no pass of the engine has succeeded", passed, h.cfg.MaxLate)
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
		Unreached: v.counts.Unreached, Quarantined: v.counts.Quarantined,
		Late: v.since(v.timer).String(), Outbox: v.since(v.message).String(),
	}
	if v.waits.Waits() {
		health.Restored = &v.waits
	}
	return health
}
