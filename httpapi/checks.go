package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/verify"
)

// checkRoutes is proofs over the configuration.
func (h *Handler) checkRoutes() {
	h.handle("/api/v1/check", methods{"GET": h.needs(h.check, catalog.RoleViewer)})
}

// Horizons of a check.
const (
	checkHorizon    = 87600 * time.Hour
	maxCheckHorizon = 10 * 366 * 24 * time.Hour
)

// check proves what can be proved of the configuration that is in force now, as the command check does of a file.
func (h *Handler) check(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "from", "horizon")
	from := q.time("from", h.now().UTC().Truncate(time.Second))
	horizon := checkHorizon
	if text := q.text("horizon"); text != "" {
		var err error
		if horizon, err = verify.ParseHorizon(text, maxCheckHorizon); err != nil {
			q.refuse("horizon", "expected a duration such as 30d, 10w or 8760h, of ten years at most")
		}
	}
	if err := q.err(); err != nil {
		return err
	}
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return err
	}
	release, err := h.prove(r.Context())
	if err != nil {
		return err
	}
	defer release()
	return answer(w, http.StatusOK, verify.Check(org, from, from.Add(horizon), verify.Channels(h.cfg.Engine.Channels()...)))
}

// proofPatience is how long a check waits for the one before it.
const proofPatience = 10 * time.Second

// prove waits until no other check is under way: one keeps a core busy.
func (h *Handler) prove(ctx context.Context) (release func(), err error) {
	patience := time.NewTimer(proofPatience)
	defer patience.Stop()
	select {
	case h.proofs <- struct{}{}:
		return func() { <-h.proofs }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-patience.C:
		return nil, problem(http.StatusServiceUnavailable, "another check is under way; try again")
	}
}
