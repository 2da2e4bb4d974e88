package httpapi

import (
	"net/http"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
)

// planned is what happens to an alert next, if nobody answers.
type planned struct {
	Plan []episode.Planned `json:"plan"`
}

// plan answers what happens to an alert next.
func (h *Handler) plan(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "limit")
	limit := q.limit()
	if err := q.err(); err != nil {
		return err
	}
	id := watchbill.AlertID(r.PathValue("id"))
	if _, err := h.find(r.Context(), id); err != nil {
		return err
	}
	list, err := h.cfg.Engine.PlanAlert(r.Context(), h.now(), id, limit)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, planned{list})
}
