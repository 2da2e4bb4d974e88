package httpapi

import (
	"net/http"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/timeline"
)

// postmortemRoutes are postmortems, whose ID is that of their incident.
func (h *Handler) postmortemRoutes() {
	h.handle("/api/v1/postmortems", methods{
		"GET":  h.needs(h.listPostmortems, catalog.RoleViewer),
		"POST": h.needs(h.draftPostmortem, catalog.RoleResponder),
	})
	h.handle("/api/v1/postmortems/{id}", methods{"GET": h.needs(h.getPostmortem, catalog.RoleViewer)})
	commandRoutes(h, "/api/v1/postmortems/{id}", postmortemCommands(), h.cfg.Engine.Review)
}

// postmortemCommands are what can be done with a postmortem, by the last word of the path.
func postmortemCommands() map[string]func(spoken) (postmortem.Command, error) {
	type by = timeline.By
	type command = postmortem.Command
	type nothing struct{}
	return map[string]func(spoken) (postmortem.Command, error){
		"refresh": commandOf(func(_ nothing, b by) command { return postmortem.Refresh{By: b} }),
		"edit":    commandOf(func(c postmortem.Edit, b by) command { c.By = b; return c }),
		"assign":  commandOf(func(c postmortem.Assign, b by) command { c.By = b; return c }),
		"items":   commandOf(func(c postmortem.AddItem, b by) command { c.By = b; return c }),
		"item":    commandOf(func(c postmortem.SetItem, b by) command { c.By = b; return c }),
		"submit":  commandOf(func(c postmortem.Submit, b by) command { c.By = b; return c }),
		"return":  commandOf(func(c postmortem.Return, b by) command { c.By = b; return c }),
		"publish": commandOf(func(c postmortem.Publish, b by) command { c.By = b; return c }),
		"revise":  commandOf(func(c postmortem.Revise, b by) command { c.By = b; return c }),
	}
}

// draftPostmortem makes a postmortem by hand, of an incident for which none is required.
func (h *Handler) draftPostmortem(w http.ResponseWriter, r *http.Request) error {
	s, err := h.spokenIn(w, r)
	if err != nil {
		return err
	}
	var in struct {
		Incident watchbill.IncidentID `json:"incident"`
	}
	if err := s.into(&in); err != nil {
		return err
	}
	if in.Incident == "" {
		return invalid(http.StatusUnprocessableEntity, FieldError{"incident", "is missing; name the incident"})
	}
	made, err := h.cfg.Engine.Review(r.Context(), h.now(), in.Incident, postmortem.Draft{By: s.by})
	if err != nil {
		return err
	}
	w.Header().Set("Location", h.links.address("/api/v1/postmortems/"+string(in.Incident)))
	return answer(w, http.StatusCreated, made)
}

// listPostmortems answers without the timelines, which are long.
func (h *Handler) listPostmortems(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "state", "cursor", "limit")
	open := q.oneOf("state", "all", "open") == "open"
	limit := q.limit()
	if err := q.err(); err != nil {
		return err
	}
	list, next, err := h.cfg.Engine.Postmortems(r.Context(), open, q.text("cursor"), limit)
	if err != nil {
		return err
	}
	list = append([]postmortem.Postmortem{}, list...) // [], not null
	for i := range list {
		list[i].Timeline = nil
	}
	return answer(w, http.StatusOK, struct {
		Postmortems []postmortem.Postmortem `json:"postmortems"`
		Next        string                  `json:"next"`
	}{list, next})
}

// getPostmortem answers with JSON, or with Markdown where format=markdown.
func (h *Handler) getPostmortem(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "format", "timezone")
	format := q.oneOf("format", "json", "markdown")
	zone, err := time.LoadLocation(q.text("timezone"))
	if err != nil {
		q.refuse("timezone", "expected an IANA time zone such as Europe/Berlin")
	}
	if err := q.err(); err != nil {
		return err
	}
	p, err := h.cfg.Engine.Postmortem(r.Context(), watchbill.IncidentID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if format != "markdown" {
		return answer(w, http.StatusOK, p)
	}
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return err
	}
	user := func(id watchbill.UserID) string {
		u, ok := org.User(id)
		if !ok {
			return string(id)
		}
		return u.DisplayName()
	}
	customer := func(id watchbill.CustomerID) string {
		c, ok := org.Customer(id)
		if !ok {
			return string(id)
		}
		return c.DisplayName()
	}
	send(w, http.StatusOK, "text/markdown; charset=utf-8", p.Markdown(zone, user, customer))
	return nil
}
