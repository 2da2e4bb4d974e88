package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// muteRoutes is silences and maintenance windows: those of the configuration file, to read, and those that people make.
func (h *Handler) muteRoutes() {
	h.handle("/api/v1/silences/preview", methods{"POST": h.needs(h.alone(h.previewSilence), catalog.RoleViewer)})
	muting[mute.Silence, silenceAnswer]{
		h: h, name: "silences", kind: engine.SilenceKind, list: silencesOf,
		read: (spoken).silence, make: h.cfg.Engine.Silence, end: h.cfg.Engine.Unsilence, show: silenceOf,
	}.routes()
	muting[mute.Maintenance, maintenanceAnswer]{
		h: h, name: "maintenance", kind: engine.MaintenanceKind, list: maintenanceOf,
		read: (spoken).maintenance, make: h.cfg.Engine.Maintain, end: h.cfg.Engine.EndMaintenance, show: windowOf,
	}.routes()
}

// span is when something is muted, as the API says it.
type span struct {
	State    engine.MuteState  `json:"state"`
	StartsAt *time.Time        `json:"starts_at"` // null: it has always held
	EndsAt   *time.Time        `json:"ends_at"`   // null: it comes again for ever
	Timezone string            `json:"timezone,omitempty"`
	Windows  []calendar.Window `json:"windows,omitempty"`
	File     bool              `json:"file,omitempty"` // it is in the configuration file, which alone changes it
}

func spanOf(s mute.Span, file bool, now time.Time) span {
	return span{State: engine.MuteStateOf(s, now), StartsAt: instantOf(s.From, s), EndsAt: instantOf(s.To, s), Timezone: s.Zone,
		Windows: s.Windows, File: file}
}

// instantOf is a time of a span, in its zone; nil if it is not given.
func instantOf(m calendar.Moment, s mute.Span) *time.Time {
	if m.IsZero() {
		return nil
	}
	zone, err := calendar.LoadZone(s.Zone)
	if err != nil {
		zone = time.UTC
	}
	t := m.In(zone)
	return &t
}

// silenceAnswer is a silence as the API shows it.
type silenceAnswer struct {
	ID       string             `json:"id"`
	Matchers mute.Matchers      `json:"matchers"`
	Source   watchbill.SourceID `json:"source,omitempty"`
	span
	By        watchbill.UserID `json:"by,omitempty"`
	Author    string           `json:"author,omitempty"` // as an Alertmanager's client names who made it
	Comment   string           `json:"comment"`
	UpdatedAt time.Time        `json:"updated_at,omitzero"`
}

func silenceOf(s mute.Silence, file bool, now time.Time) silenceAnswer {
	return silenceAnswer{ID: s.ID, Matchers: s.Matchers, Source: s.Source, span: spanOf(s.Span, file, now), By: s.By, Author: s.Author,
		Comment: s.Comment, UpdatedAt: s.UpdatedAt}
}

// maintenanceAnswer is a maintenance window as the API shows it.
type maintenanceAnswer struct {
	ID       string                `json:"id"`
	Name     string                `json:"name"`
	Services []watchbill.ServiceID `json:"services"`
	Sources  []watchbill.SourceID  `json:"sources"`
	Matchers mute.Matchers         `json:"matchers"`
	Mode     string                `json:"mode"` // hold, debug or collect
	span
	By watchbill.UserID `json:"by,omitempty"`
}

func windowOf(m mute.Maintenance, file bool, now time.Time) maintenanceAnswer {
	return maintenanceAnswer{ID: m.ID, Name: m.Name, Services: append([]watchbill.ServiceID{}, m.Services...),
		Sources: append([]watchbill.SourceID{}, m.Sources...), Matchers: append(mute.Matchers{}, m.Matchers...),
		Mode: cmp.Or(string(m.Mode), "hold"), span: spanOf(m.Span, file, now), By: m.By}
}

// listed is one of the things that mute, and where it is from.
type listed[T any] struct {
	item T
	id   string
	file bool
}

func silencesOf(org *oncall.Org) (all []listed[mute.Silence]) {
	c := org.Config()
	for i, s := range slices.Concat(c.Silences, c.Made.Silences) {
		all = append(all, listed[mute.Silence]{s, s.ID, i < len(c.Silences)})
	}
	return all
}

func maintenanceOf(org *oncall.Org) (all []listed[mute.Maintenance]) {
	c := org.Config()
	for i, m := range slices.Concat(c.Maintenance, c.Made.Maintenance) {
		all = append(all, listed[mute.Maintenance]{m, m.ID, i < len(c.Maintenance)})
	}
	return all
}

// stated is an answer that has a state and an order: what holds, by its end; what will, by its start; what is over, the
// latest first.
type stated interface {
	place() (engine.MuteState, int64)
}

func (s span) place() (engine.MuteState, int64) {
	at, sign := s.EndsAt, int64(1)
	switch s.State {
	case engine.MutePending:
		at = s.StartsAt
	case engine.MuteExpired:
		sign = -1
	}
	if at == nil {
		return s.State, 1 << 62
	}
	return s.State, sign * at.UnixMilli()
}

// muting is what is done with silences, or with maintenance windows.
type muting[T any, A stated] struct {
	h          *Handler
	name, kind string
	list       func(*oncall.Org) []listed[T]
	read       func(s spoken, was T) (T, error) // the fields of a request over what there was
	make       func(ctx context.Context, now time.Time, item T, by timeline.By) (T, error)
	end        func(ctx context.Context, now time.Time, id string, by timeline.By) error
	show       func(item T, file bool, now time.Time) A
}

// routes lets viewers read, and responders make, change and end what mutes.
func (m muting[T, A]) routes() {
	reader := func(do handler) handler { return m.h.needs(do, catalog.RoleViewer) }
	responder := func(do handler) handler { return m.h.needs(do, catalog.RoleResponder) }
	path := "/api/v1/" + m.name
	m.h.handle(path, methods{"GET": reader(m.all), "POST": responder(m.create)})
	m.h.handle(path+"/{id}", methods{"GET": reader(m.one), "PUT": responder(m.change), "DELETE": responder(m.finish)})
	m.h.handle(path+"/{id}/change", methods{"POST": responder(m.change)})
	m.h.handle(path+"/{id}/end", methods{"POST": responder(m.finish)})
	m.h.handle(path+"/{id}/timeline", methods{"GET": reader(m.timeline)})
}

func (m muting[T, A]) find(r *http.Request) (found listed[T], err error) {
	org, err := m.h.cfg.Engine.Org(r.Context())
	if err != nil {
		return found, err
	}
	id := r.PathValue("id")
	all := m.list(org)
	i := slices.IndexFunc(all, func(l listed[T]) bool { return l.id == id })
	if i < 0 {
		return found, &engine.MissingError{Kind: m.kind, ID: id}
	}
	return all[i], nil
}

func (m muting[T, A]) one(w http.ResponseWriter, r *http.Request) error {
	found, err := m.find(r)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, m.show(found.item, found.file, m.h.now()))
}

func (m muting[T, A]) all(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "state")
	order := []engine.MuteState{engine.MuteActive, engine.MutePending, engine.MuteExpired}
	wanted := engine.MuteState(q.oneOf("state", "all", string(order[0]), string(order[1]), string(order[2])))
	if err := q.err(); err != nil {
		return err
	}
	org, err := m.h.cfg.Engine.Org(r.Context())
	if err != nil {
		return err
	}
	shown, now := []A{}, m.h.now()
	for _, l := range m.list(org) {
		a := m.show(l.item, l.file, now)
		if state, _ := a.place(); wanted == "all" || state == wanted {
			shown = append(shown, a)
		}
	}
	slices.SortStableFunc(shown, func(a, b A) int {
		s, at := a.place()
		t, bt := b.place()
		return cmp.Or(cmp.Compare(slices.Index(order, s), slices.Index(order, t)), cmp.Compare(at, bt))
	})
	return answer(w, http.StatusOK, map[string]any{m.name: shown})
}

func (m muting[T, A]) create(w http.ResponseWriter, r *http.Request) error {
	var none T
	return m.put(w, r, none, http.StatusCreated)
}

func (m muting[T, A]) change(w http.ResponseWriter, r *http.Request) error {
	found, err := m.find(r)
	if err != nil {
		return err
	}
	return m.put(w, r, found.item, http.StatusOK)
}

func (m muting[T, A]) put(w http.ResponseWriter, r *http.Request, was T, status int) error {
	s, err := m.h.spokenIn(w, r)
	if err != nil {
		return err
	}
	next, err := m.read(s, was)
	if err != nil {
		return err
	}
	made, err := m.make(r.Context(), s.now, next, s.by)
	if err != nil {
		return err
	}
	return answer(w, status, m.show(made, false, s.now))
}

// finish ends what {id} names. Since many clients send no body with DELETE, ?by= may say who does it.
func (m muting[T, A]) finish(w http.ResponseWriter, r *http.Request) error {
	s, err := m.h.spokenIn(w, r)
	if err != nil {
		return err
	}
	if named := watchbill.UserID(r.URL.Query().Get("by")); named != "" {
		by, via, err := speaker(r, named)
		if err != nil {
			return err
		}
		s.by, s.nobody = timeline.By{Actor: timeline.User(by), Via: via}, nil
	}
	if err := s.into(&struct{}{}); err != nil {
		return err
	}
	if err := m.end(r.Context(), s.now, r.PathValue("id"), s.by); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (m muting[T, A]) timeline(w http.ResponseWriter, r *http.Request) error {
	lines, err := m.h.cfg.Engine.MuteTimeline(r.Context(), m.kind, r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{"entries": append([]incident.Moment{}, lines...)})
}
