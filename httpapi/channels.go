package httpapi

import "net/http"

// channelRoutes serves what the providers of two-way channels post: a receipt, a reply, a pressed key. There is no login:
// each handler checks by itself who speaks, and answers as its provider expects.
func (h *Handler) channelRoutes() {
	h.handle("/channels", methods{"": nothingHere}) // else the mux redirects
	h.handle("/channels/{name}", methods{"": nothingHere})
	h.handle("/channels/{name}/{rest...}", methods{"": h.channel})
}

func (h *Handler) channel(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	serve, ok := h.cfg.Channels[name]
	if !ok {
		return problem(http.StatusNotFound, "there is no channel %q", name)
	}
	r.Body = http.MaxBytesReader(w, r.Body, h.cfg.MaxBody)
	http.StripPrefix("/channels/"+name, serve).ServeHTTP(w, r)
	return nil
}
