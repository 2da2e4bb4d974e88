package httpapi

import (
	"net/http"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
)

// actions are what a person can do with an alert, as paths and forms name it. The order is that of the bits in a link's
// token.
func actions() []string { return []string{"ack", "resolve", "escalate", "decline"} }

// command returns the command for an action; nil if there is no such action.
func command(action string, c episode.Command) episode.Input {
	switch action {
	case "ack":
		return episode.Acknowledge(c)
	case "resolve":
		return episode.Resolve(c)
	case "escalate":
		return episode.Escalate(c)
	case "decline":
		return episode.Decline(c)
	}
	return nil
}

// act returns the handler for an action.
func (h *Handler) act(action string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var in struct {
			By watchbill.UserID `json:"by"`
		}
		if err := h.decode(w, r, &in); err != nil {
			return err
		}
		by, via, err := speaker(r, in.By)
		if err != nil {
			return err
		}
		if by == "" {
			return invalid(http.StatusUnprocessableEntity, FieldError{"by", `is missing; say who acts, as in {"by": "ada"}`})
		}
		id := watchbill.AlertID(r.PathValue("id"))
		view, err := h.cfg.Engine.Act(r.Context(), h.now(), id, command(action, episode.Command{By: by, Via: via}))
		if err != nil {
			return err
		}
		return answer(w, http.StatusOK, Alert{View: view})
	}
}
