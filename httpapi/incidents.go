package httpapi

import (
	"net/http"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

// incidentRoutes are incidents, their timeline, and what can be done with them.
func (h *Handler) incidentRoutes() {
	h.handle("/api/v1/incidents", methods{
		"GET":  h.needs(h.listIncidents, catalog.RoleViewer),
		"POST": h.needs(h.declare, catalog.RoleResponder),
	})
	h.handle("/api/v1/incidents/{id}", methods{"GET": h.needs(h.getIncident, catalog.RoleViewer)})
	h.handle("/api/v1/incidents/{id}/timeline", methods{"GET": h.needs(h.incidentTimeline, catalog.RoleViewer)})
	commandRoutes(h, "/api/v1/incidents/{id}", incidentCommands(), h.cfg.Engine.Command)
}

// incidentCommands are what can be done with an incident, by the last word of the path.
func incidentCommands() map[string]func(spoken) (incident.Command, error) {
	type by = timeline.By
	type command = incident.Command
	return map[string]func(spoken) (incident.Command, error){
		"status":    commandOf(func(c incident.SetStatus, b by) command { c.By = b; return c }),
		"reopen":    commandOf(func(c incident.Reopen, b by) command { c.By = b; return c }),
		"edit":      commandOf(func(c incident.Edit, b by) command { c.By = b; return c }),
		"roles":     commandOf(func(c incident.Assign, b by) command { c.By = b; return c }),
		"impact":    commandOf(func(c incident.SetImpact, b by) command { c.By = b; return c }),
		"alerts":    commandOf(func(c incident.Attach, b by) command { c.By = b; return c }),
		"detach":    commandOf(func(c incident.Detach, b by) command { c.By = b; return c }),
		"tasks":     commandOf(func(c incident.AddTask, b by) command { c.By = b; return c }),
		"done":      commandOf(func(c incident.FinishTask, b by) command { c.By = b; return c }),
		"comments":  commandOf(func(c incident.Comment, b by) command { c.By = b; return c }),
		"decisions": commandOf(func(c incident.Decide, b by) command { c.By = b; return c }),
		"updates":   commandOf(func(c incident.Publish, b by) command { c.By = b; return c }),
	}
}

func (h *Handler) declare(w http.ResponseWriter, r *http.Request) error {
	s, err := h.spokenIn(w, r)
	if err != nil {
		return err
	}
	if _, ok := s.fields["id"]; ok {
		return invalid(http.StatusBadRequest, FieldError{"id", "is made by the server; leave it out"})
	}
	var c incident.Declare
	if err := s.into(&c); err != nil {
		return err
	}
	c.By = s.by
	made, err := h.cfg.Engine.Declare(r.Context(), h.now(), c)
	if err != nil {
		return err
	}
	w.Header().Set("Location", h.links.address("/api/v1/incidents/"+string(made.ID)))
	return answer(w, http.StatusCreated, made)
}

func (h *Handler) listIncidents(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "state", "cursor", "limit")
	open := q.oneOf("state", "all", "open") == "open"
	limit := q.limit()
	if err := q.err(); err != nil {
		return err
	}
	page := struct {
		Incidents []engine.Incident `json:"incidents"`
		Next      string            `json:"next"`
	}{}
	list, next, err := h.cfg.Engine.Incidents(r.Context(), open, q.text("cursor"), limit)
	page.Incidents, page.Next = append([]engine.Incident{}, list...), next
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, page)
}

func (h *Handler) getIncident(w http.ResponseWriter, r *http.Request) error {
	if err := queryOf(r).err(); err != nil {
		return err
	}
	found, err := h.cfg.Engine.Incident(r.Context(), watchbill.IncidentID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, found)
}

func (h *Handler) incidentTimeline(w http.ResponseWriter, r *http.Request) error {
	if err := queryOf(r).err(); err != nil {
		return err
	}
	moments, err := h.cfg.Engine.IncidentTimeline(r.Context(), watchbill.IncidentID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Entries []incident.Moment `json:"entries"`
	}{append([]incident.Moment{}, moments...)})
}
