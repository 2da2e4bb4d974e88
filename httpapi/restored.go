package httpapi

import (
	"errors"
	"net/http"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
)

// restoredRoutes is about a restored copy of a store, see [engine.Engine.Restore]. Whoever may acknowledge may confirm.
func (h *Handler) restoredRoutes() {
	h.handle("/api/v1/restored", methods{"GET": h.needs(h.getRestored, catalog.RoleViewer)})
	h.handle("/api/v1/restored/confirm", methods{"POST": h.needs(h.confirmRestored, catalog.RoleResponder)})
}

// restoredAnswer is what of a restored copy waits for a confirmation, or waited until this one.
type restoredAnswer struct {
	Waits bool `json:"waits"`
	engine.Restored
}

func (h *Handler) getRestored(w http.ResponseWriter, r *http.Request) error {
	is, err := h.cfg.Engine.Restored(r.Context())
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, restoredAnswer{is.Waits(), is})
}

func (h *Handler) confirmRestored(w http.ResponseWriter, r *http.Request) error {
	var in spokenBy
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	by, via, err := speaker(r, in.By)
	if err != nil {
		return err
	}
	was, err := h.cfg.Engine.Confirm(r.Context(), h.now(), episode.Command{By: by, Via: via})
	if errors.Is(err, engine.ErrNotRestored) {
		return problem(http.StatusConflict, "no restored copy waits for a confirmation")
	}
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, restoredAnswer{false, was})
}
