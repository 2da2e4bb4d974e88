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
	return answer(w, http.StatusOK, verify.Check(org, from, from.Add(horizon), verify.Channels(h.cfg.Engine.Channels()...)))
}
