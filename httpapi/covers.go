package httpapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/incident"
)

// coverRoutes is take-overs, coverage requests, swaps, and everybody's own duties.
func (h *Handler) coverRoutes() {
	const one = "/api/v1/covers/{id}"
	h.handle("/api/v1/covers", methods{
		"GET":  h.needs(h.listCovers, catalog.RoleViewer),
		"POST": h.needs(h.newCover, catalog.RoleResponder),
	})
	h.handle(one, methods{"GET": h.needs(h.getCover, catalog.RoleViewer)})
	h.handle(one+"/timeline", methods{"GET": h.needs(h.coverTimeline, catalog.RoleViewer)})
	commandRoutes(h, one, map[string]func(spoken) (cover.Command, error){
		"accept":   coverCommand(func(c cover.Accept, v cover.Voice) cover.Command { c.Voice = v; return c }),
		"decline":  coverCommand(func(c cover.Decline, v cover.Voice) cover.Command { c.Voice = v; return c }),
		"cancel":   coverCommand(func(c cover.Cancel, v cover.Voice) cover.Command { c.Voice = v; return c }),
		"withdraw": coverCommand(func(c cover.Withdraw, v cover.Voice) cover.Command { c.Voice = v; return c }),
	}, h.cfg.Engine.Cover)
	h.handle("/api/v1/users/{id}/duties", methods{"GET": h.needs(h.duties, catalog.RoleViewer)})
}

// coverCommand reads the fields into a C and hands it to done, which notes who gives it. What the server makes is refused.
func coverCommand[C any](done func(C, cover.Voice) cover.Command) func(spoken) (cover.Command, error) {
	return func(s spoken) (cover.Command, error) {
		for _, name := range []string{"id", "found"} {
			if _, ok := s.fields[name]; ok {
				return nil, invalid(http.StatusBadRequest, FieldError{name, "is made by the server; leave it out"})
			}
		}
		var c C
		err := s.into(&c)
		return done(c, cover.Voice{By: s.by, Admin: s.admin}), err
	}
}

// newCover makes a request, of the kind that the body names.
func (h *Handler) newCover(w http.ResponseWriter, r *http.Request) error {
	s, err := h.spokenIn(w, r)
	if err != nil {
		return err
	}
	var kind string
	_ = json.Unmarshal(s.fields["kind"], &kind) // what is no text is none of the kinds
	delete(s.fields, "kind")
	read, ok := map[string]func(spoken) (cover.Command, error){
		cover.Taken.String():    coverCommand(func(c cover.TakeOver, v cover.Voice) cover.Command { c.Voice = v; return c }),
		cover.Coverage.String(): coverCommand(func(c cover.Ask, v cover.Voice) cover.Command { c.Voice = v; return c }),
		cover.Swapped.String():  coverCommand(func(c cover.Swap, v cover.Voice) cover.Command { c.Voice = v; return c }),
	}[kind]
	if !ok {
		return invalid(http.StatusBadRequest, FieldError{"kind", "must be take_over, request or swap"})
	}
	c, err := read(s)
	if err != nil {
		return err
	}
	made, err := h.cfg.Engine.Cover(r.Context(), h.now(), "", c)
	if err != nil {
		return err
	}
	w.Header().Set("Location", h.links.address("/api/v1/covers/"+string(made.ID)))
	return answer(w, http.StatusCreated, made)
}

func (h *Handler) listCovers(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "state", "cursor", "limit")
	open := q.oneOf("state", "all", "open") == "open"
	limit := q.limit()
	if err := q.err(); err != nil {
		return err
	}
	list, next, err := h.cfg.Engine.Covers(r.Context(), h.now(), open, q.text("cursor"), limit)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Covers []cover.Request `json:"covers"`
		Next   string          `json:"next"`
	}{append([]cover.Request{}, list...), next})
}

func (h *Handler) getCover(w http.ResponseWriter, r *http.Request) error {
	found, err := h.cfg.Engine.CoverRequest(r.Context(), h.now(), cover.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, found)
}

func (h *Handler) coverTimeline(w http.ResponseWriter, r *http.Request) error {
	list, err := h.cfg.Engine.CoverTimeline(r.Context(), cover.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Entries []incident.Moment `json:"entries"`
	}{append([]incident.Moment{}, list...)})
}

// Bounds of the window of duties.
const (
	defaultDuties = 28 * 24 * time.Hour
	maxDuties     = 400 * 24 * time.Hour
)

// duties lists one person's shifts in all schedules: the one under way and those to come, or those of a window. The ID me
// is whoever the caller's key belongs to.
func (h *Handler) duties(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "from", "to")
	from := q.time("from", h.now())
	to := q.time("to", from.Add(defaultDuties))
	if to.Before(from) || to.Sub(from) > maxDuties {
		q.refuse("to", "expected a time after from, at most 400 days later")
	}
	if err := q.err(); err != nil {
		return err
	}
	user := watchbill.UserID(r.PathValue("id"))
	if me := principal(r).User; user == "me" && me != "" {
		user = me
	}
	list, err := h.cfg.Engine.Duties(r.Context(), h.now(), user, from, to)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		User   watchbill.UserID `json:"user"`
		Duties []engine.Duty    `json:"duties"`
	}{user, append([]engine.Duty{}, list...)})
}
