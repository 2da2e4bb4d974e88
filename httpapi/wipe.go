package httpapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/timeline"
)

// wipeRoutes makes the store forget people, see [engine.Engine.Wipe].
func (h *Handler) wipeRoutes() {
	h.handle("/api/v1/people/{id}/data", methods{"DELETE": h.needs(h.wipePerson, catalog.RoleAdmin)})
}

// wipePerson does some of a wipe: 200 once everything is done, 202 where the same has to be asked for again.
func (h *Handler) wipePerson(w http.ResponseWriter, r *http.Request) error {
	who := principal(r)
	by := timeline.By{Actor: timeline.Actor("key:" + who.Name)}
	if who.User != "" {
		by = timeline.By{Actor: timeline.User(who.User)}
	}
	did, err := h.cfg.Engine.Wipe(r.Context(), h.now(), watchbill.UserID(r.PathValue("id")), by)
	var held *engine.HeldError
	if errors.As(err, &held) || errors.Is(err, engine.ErrInForce) || errors.Is(err, engine.ErrWiping) {
		return problem(http.StatusConflict, "%s", strings.TrimPrefix(err.Error(), "engine: "))
	}
	if err != nil {
		return err
	}
	if !did.Done {
		return answer(w, http.StatusAccepted, did)
	}
	return answer(w, http.StatusOK, did)
}
