package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
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
	}, func(ctx context.Context, now time.Time, id cover.ID, c cover.Command) (coverAnswer, error) {
		made, err := h.cfg.Engine.Cover(ctx, now, id, c)
		if err != nil {
			return coverAnswer{}, err
		}
		return h.coverFor(ctx, made, userOf(c.Speaker()))
	})
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
		zone, err := s.zone()
		if err != nil {
			return nil, err
		}
		s.instants(clock{s.now, zone}, "from", "to", "with_from", "with_to")
		err = s.into(&c)
		return done(c, cover.Voice{By: s.by, Admin: s.admin}), err
	}
}

// zone is that in which a command about schedules has its times: of who gives it or, where the person has none, of the
// schedule that it names.
func (s spoken) zone() (*time.Location, error) {
	org, err := s.org()
	if err != nil {
		return nil, err
	}
	var one watchbill.ScheduleID
	var several []watchbill.ScheduleID
	_, _ = json.Unmarshal(s.fields["schedule"], &one), json.Unmarshal(s.fields["schedules"], &several) // else none is named
	for _, id := range several {
		one = cmp.Or(one, id)
	}
	zone := zoneOf(org, s.user, one)
	if zone == nil && s.user != "" {
		zone = time.UTC // there is no such person, and the command will be refused for that
	}
	return zone, nil
}

// coverAnswer is a request with its times in the zone of who reads it.
type coverAnswer struct {
	cover.Request
	Timezone string `json:"timezone"`
}

// coverFor shows a request to somebody: in the reader's zone, or else that of the schedule.
func (h *Handler) coverFor(ctx context.Context, r cover.Request, reader watchbill.UserID) (coverAnswer, error) {
	org, err := h.cfg.Engine.Org(ctx)
	if err != nil {
		return coverAnswer{}, err
	}
	var about watchbill.ScheduleID
	if len(r.Windows) > 0 {
		about = r.Windows[0].Schedule
	}
	zone := zoneOr(zoneOf(org, reader, about))
	windows := func(list []cover.Window) (in []cover.Window) {
		for _, w := range list {
			in = append(in, cover.Window{Schedule: w.Schedule, From: w.From.In(zone), To: w.To.In(zone)})
		}
		return in
	}
	r.Windows, r.Return, r.Open = windows(r.Windows), windows(r.Return), windows(r.Open)
	r.Grants = slices.Clone(r.Grants)
	for i := range r.Grants {
		g := &r.Grants[i]
		g.From, g.To, g.WithdrawnAt = g.From.In(zone), g.To.In(zone), g.WithdrawnAt.In(zone)
	}
	r.CreatedAt, r.EndedAt, r.UpdatedAt = r.CreatedAt.In(zone), r.EndedAt.In(zone), r.UpdatedAt.In(zone)
	return coverAnswer{r, zone.String()}, nil
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
	shown, err := h.coverFor(r.Context(), made, s.user)
	if err != nil {
		return err
	}
	w.Header().Set("Location", h.links.address("/api/v1/covers/"+string(made.ID)))
	return answer(w, http.StatusCreated, shown)
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
	shown := []coverAnswer{}
	for _, c := range list {
		one, err := h.coverFor(r.Context(), c, principal(r).User)
		if err != nil {
			return err
		}
		shown = append(shown, one)
	}
	return answer(w, http.StatusOK, struct {
		Covers []coverAnswer `json:"covers"`
		Next   string        `json:"next"`
	}{shown, next})
}

func (h *Handler) getCover(w http.ResponseWriter, r *http.Request) error {
	found, err := h.cfg.Engine.CoverRequest(r.Context(), h.now(), cover.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	shown, err := h.coverFor(r.Context(), found, principal(r).User)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, shown)
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

// duties lists one person's shifts in all schedules: the one under way and those to come, or those of a window, in the
// person's zone. The ID me is whoever the caller's key belongs to.
func (h *Handler) duties(w http.ResponseWriter, r *http.Request) error {
	user, err := person(r)
	if err != nil {
		return err
	}
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return err
	}
	zone := zoneOr(zoneOf(org, user, ""))
	q, c := queryOf(r, "from", "to"), clock{h.now(), zone}
	from := q.said("from", c.now, c)
	to := q.said("to", from.Add(defaultDuties), c)
	if to.Before(from) || to.Sub(from) > maxDuties {
		q.refuse("to", "expected a time after from, at most 400 days later")
	}
	if err := q.err(); err != nil {
		return err
	}
	list, err := h.cfg.Engine.Duties(r.Context(), c.now, user, from, to)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].Start, list[i].End = list[i].Start.In(zone), list[i].End.In(zone)
	}
	return answer(w, http.StatusOK, struct {
		User     watchbill.UserID `json:"user"`
		Timezone string           `json:"timezone"`
		Duties   []engine.Duty    `json:"duties"`
	}{user, zone.String(), append([]engine.Duty{}, list...)})
}

// person returns whom {id} in the path names; me is whoever the caller's key belongs to.
func person(r *http.Request) (watchbill.UserID, error) {
	id := watchbill.UserID(r.PathValue("id"))
	if id != "me" {
		return id, nil
	}
	who := principal(r)
	if who.User == "" {
		return "", problem(http.StatusNotFound, "the key %q is bound to no person; name one instead of me", who.Name)
	}
	return who.User, nil
}
