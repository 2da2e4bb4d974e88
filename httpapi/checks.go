package httpapi

import (
	"net/http"
	"time"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/verify"
)

// checkRoutes is proofs over the configuration.
func (h *Handler) checkRoutes() {
	h.handle("/api/v1/check", methods{"GET": h.needs(h.alone(h.check), catalog.RoleViewer)})
	h.handle("/api/v1/diff", methods{"GET": h.needs(h.alone(h.diff), catalog.RoleViewer)})
}

// Horizons of a check.
const (
	checkHorizon    = 87600 * time.Hour
	maxCheckHorizon = 10 * 366 * 24 * time.Hour
	diffHorizon     = 2160 * time.Hour
)

// check proves what can be proved of the configuration that is in force now, as the command check does of a file.
func (h *Handler) check(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "from", "horizon")
	from := q.time("from", h.now().UTC().Truncate(time.Second))
	horizon := q.horizon(checkHorizon)
	if err := q.err(); err != nil {
		return err
	}
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, verify.Check(org, from, from.Add(horizon), verify.Channels(h.cfg.Engine.Channels()...)))
}

// horizon reads how far to look.
func (q *query) horizon(fallback time.Duration) time.Duration {
	text := q.text("horizon")
	if text == "" {
		return fallback
	}
	horizon, err := verify.ParseHorizon(text, maxCheckHorizon)
	if err != nil {
		q.refuse("horizon", "expected a duration such as 30d, 10w or 8760h, of ten years at most")
	}
	return horizon
}

// diff compares the configurations that were in force at two instants, as the command diff does of two files: what an edit
// changes for whom, from now on.
func (h *Handler) diff(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "before", "after", "from", "horizon")
	now := h.now()
	if q.text("before") == "" {
		q.refuse("before", "is missing; give a time at which the old configuration was in force")
	}
	before, after := q.time("before", now), q.time("after", now)
	from, horizon := q.time("from", now.UTC().Truncate(time.Second)), q.horizon(diffHorizon)
	if err := q.err(); err != nil {
		return err
	}
	was, err := h.cfg.Engine.OrgAt(r.Context(), now, before)
	if err != nil {
		return err
	}
	is, err := h.cfg.Engine.OrgAt(r.Context(), now, after)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, verify.Diff(was, is, from, from.Add(horizon), verify.Channels(h.cfg.Engine.Channels()...)))
}
