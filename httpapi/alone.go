package httpapi

import (
	"net/http"
	"time"
)

// patience is how long what keeps a core busy waits for the one before it.
const patience = 10 * time.Second

// alone lets only one of the answers that keep a core busy, proofs and reports, be made at a time, so that no reader takes
// the machine from the pages.
func (h *Handler) alone(do handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		wait := time.NewTimer(patience)
		defer wait.Stop()
		select {
		case h.heavy <- struct{}{}:
			defer func() { <-h.heavy }()
			return do(w, r)
		case <-r.Context().Done():
			return r.Context().Err()
		case <-wait.C:
			return problem(http.StatusServiceUnavailable, "another proof or report is being made; try again")
		}
	}
}
