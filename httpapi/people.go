package httpapi

import (
	"net/http"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// peopleRoutes is what people set themselves: a key that is a person sets what is the person's, an administrator's
// anybody's. The ID me is whoever the caller's key belongs to.
func (h *Handler) peopleRoutes() {
	const one = "/api/v1/users/{id}"
	change := func(do handler) handler { return h.needs(do, catalog.RoleResponder) }
	settings := func(name string, put handler) methods {
		return methods{"PUT": change(put), "DELETE": change(h.resetSetting(name))}
	}
	h.handle(one, methods{"GET": h.needs(h.getPerson, catalog.RoleViewer)})
	h.handle(one+"/timeline", methods{"GET": h.needs(h.personTimeline, catalog.RoleViewer)})
	h.handle(one+"/contacts", methods{"POST": change(h.addContact)})
	h.handle(one+"/contacts/{cid}", methods{"DELETE": change(h.removeContact)})
	h.handle(one+"/contacts/{cid}/verify", methods{"POST": change(h.verifyContact)})
	h.handle(one+"/contacts/{cid}/code", methods{"POST": change(h.sendCode)})
	h.handle(one+"/rules", settings("rules", h.putRules))
	h.handle(one+"/quiet", settings("quiet", h.putQuiet))
	h.handle(one+"/updates", settings("updates", h.putUpdates))
	h.handle(one+"/bundle", settings("bundle", h.putBundle))
	h.handle(one+"/mute", methods{"POST": change(h.mutePerson)})
	h.handle(one+"/unmute", methods{"POST": change(h.unmutePerson)})
	h.handle(one+"/test", methods{"POST": change(h.testContacts)})
	h.mineRoutes()
	h.vcardRoutes()
	h.handle("/api/v1/reachability", methods{"GET": h.needs(h.reachability, catalog.RoleViewer)})
}

// rungAnswer is a rung as the API has it: with a length of time in words.
type rungAnswer struct {
	After   watchbill.Duration `json:"after"`
	Contact notify.ContactID   `json:"contact"`
}

type rulesAnswer struct {
	High []rungAnswer `json:"high"`
	Low  []rungAnswer `json:"low"`
}

func rungsOf(list []notify.Rung) []rungAnswer {
	all := []rungAnswer{}
	for _, r := range list {
		all = append(all, rungAnswer{watchbill.Duration(r.After), r.Contact})
	}
	return all
}

func (a rulesAnswer) rules() *notify.Rules {
	rungs := func(list []rungAnswer) (all []notify.Rung) {
		for _, r := range list {
			all = append(all, notify.Rung{After: time.Duration(r.After), Contact: r.Contact})
		}
		return all
	}
	return &notify.Rules{High: rungs(a.High), Low: rungs(a.Low)}
}

// contactAnswer is a contact, and how it does.
type contactAnswer struct {
	User       watchbill.UserID `json:"user,omitempty"`
	ID         notify.ContactID `json:"id"`
	Channel    notify.Channel   `json:"channel"`
	Address    string           `json:"address,omitempty"` // only for the person and administrators
	Own        bool             `json:"own"`
	Verified   bool             `json:"verified"`
	Pages      bool             `json:"pages"`
	Served     bool             `json:"served"`
	AcceptedAt *time.Time       `json:"accepted_at"`
	ProvedAt   *time.Time       `json:"proved_at"`
	ProvedAge  string           `json:"proved_age,omitempty"` // how long ago that was
	Failures   int              `json:"failures"`
	Error      string           `json:"error,omitempty"`
	DeadAt     *time.Time       `json:"dead_at"`
}

func contactOf(c engine.ContactHealth, now time.Time, open bool) contactAnswer {
	a := contactAnswer{ID: c.Contact.ID, Channel: c.Contact.Channel, Own: c.Own, Verified: c.Verified, Pages: c.Pages, Served: c.Served,
		AcceptedAt: maybe(c.AcceptedAt), ProvedAt: maybe(c.ProvedAt), Failures: c.Failures, Error: c.Error, DeadAt: maybe(c.DeadAt)}
	if open {
		a.Address = c.Contact.Address
	}
	if !c.ProvedAt.IsZero() {
		a.ProvedAge = max(now.Sub(c.ProvedAt), 0).Truncate(time.Minute).String()
	}
	return a
}

func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// personAnswer is somebody, as the API shows the person.
type personAnswer struct {
	ID         watchbill.UserID   `json:"id"`
	Name       string             `json:"name"`
	Timezone   string             `json:"timezone"`
	Locale     string             `json:"locale"`
	Contacts   []contactAnswer    `json:"contacts"`
	Rules      rulesAnswer        `json:"rules"`
	Quiet      []calendar.Window  `json:"quiet"`
	MuteUntil  *time.Time         `json:"mute_until"`
	QuietUntil *time.Time         `json:"quiet_until"` // of either, if it is quiet now
	Updates    updatesAnswer      `json:"updates"`
	Bundle     watchbill.Duration `json:"bundle"`
	Own        []string           `json:"own"` // settings that are not those of the configuration file
}

// updatesAnswer is which news a person wants.
type updatesAnswer struct {
	Resolved     *bool            `json:"resolved"`
	Acknowledged bool             `json:"acknowledged"`
	Contact      notify.ContactID `json:"contact"`
}

func (h *Handler) personOf(p engine.Person, open bool) personAnswer {
	now := h.now()
	resolved := p.Updates.Resolved == nil || *p.Updates.Resolved
	a := personAnswer{ID: p.ID, Name: p.DisplayName(), Timezone: p.Zone, Locale: p.Locale, Contacts: []contactAnswer{},
		Rules: rulesAnswer{rungsOf(p.Rules.High), rungsOf(p.Rules.Low)}, Quiet: append([]calendar.Window{}, p.Quiet.Windows...),
		QuietUntil: maybe(p.QuietUntil), Updates: updatesAnswer{&resolved, p.Updates.Acknowledged, p.Updates.Contact},
		Bundle: watchbill.Duration(p.Bundle), Own: append([]string{}, p.Own...)}
	if p.Quiet.MuteUntil.After(now) {
		a.MuteUntil = maybe(p.Quiet.MuteUntil)
	}
	for _, c := range p.Reach {
		a.Contacts = append(a.Contacts, contactOf(c, now, open))
	}
	return a
}

// mayChange returns whom a path names, and who acts, if the caller may change what is that person's. Named is who acts, where
// the body says so.
func mayChange(r *http.Request, named watchbill.UserID) (user watchbill.UserID, by timeline.By, err error) {
	user, err = person(r)
	if err != nil {
		return "", by, err
	}
	who := principal(r)
	if who.User != user && who.Role != catalog.RoleAdmin {
		return "", by, problem(http.StatusForbidden, "%q may not change what %s has set; only %s and administrators may", who.Name, user, user)
	}
	acts, via, err := speaker(r, named)
	if acts == "" {
		return user, timeline.By{Actor: timeline.Actor("key:" + who.Name)}, err
	}
	return user, timeline.By{Actor: timeline.User(acts), Via: via}, err
}

// spokenBy is who acts, in the body of a request; it may be left out.
type spokenBy struct {
	By watchbill.UserID `json:"by"`
}

// sees reports whether the caller may see the addresses of a person.
func sees(r *http.Request, user watchbill.UserID) bool {
	who := principal(r)
	return who.User == user || who.Role == catalog.RoleAdmin
}

func (h *Handler) getPerson(w http.ResponseWriter, r *http.Request) error {
	user, err := person(r)
	if err != nil {
		return err
	}
	p, err := h.cfg.Engine.Person(r.Context(), h.now(), user)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, h.personOf(p, sees(r, user)))
}

func (h *Handler) personTimeline(w http.ResponseWriter, r *http.Request) error {
	user, err := person(r)
	if err != nil {
		return err
	}
	list, err := h.cfg.Engine.PersonTimeline(r.Context(), user)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Entries []incident.Moment `json:"entries"`
	}{append([]incident.Moment{}, list...)})
}

// setting changes what a request asks for, and answers with the person.
func (h *Handler) setting(w http.ResponseWriter, r *http.Request, in spokenBy, wishes engine.Wishes) error {
	user, by, err := mayChange(r, in.By)
	if err != nil {
		return err
	}
	p, err := h.cfg.Engine.Personalize(r.Context(), h.now(), user, by, wishes)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, h.personOf(p, true))
}

func (h *Handler) resetSetting(name string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return h.setting(w, r, spokenBy{}, engine.Wishes{Reset: []string{name}})
	}
}

func (h *Handler) putRules(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		spokenBy
		rulesAnswer
	}
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	return h.setting(w, r, in.spokenBy, engine.Wishes{Rules: in.rules()})
}

func (h *Handler) putQuiet(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		spokenBy
		Quiet []calendar.Window `json:"quiet"`
	}
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	windows := append([]calendar.Window{}, in.Quiet...)
	return h.setting(w, r, in.spokenBy, engine.Wishes{Quiet: &windows})
}

func (h *Handler) putUpdates(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		spokenBy
		updatesAnswer
	}
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	return h.setting(w, r, in.spokenBy, engine.Wishes{Updates: &catalog.Updates{Resolved: in.Resolved, Acknowledged: in.Acknowledged, Contact: in.Contact}})
}

func (h *Handler) putBundle(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		spokenBy
		Bundle watchbill.Duration `json:"bundle"`
	}
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	return h.setting(w, r, in.spokenBy, engine.Wishes{Bundle: (*time.Duration)(&in.Bundle)})
}

// mutePerson keeps what is not urgent from a person until a time, which is in the person's zone where it has no offset.
func (h *Handler) mutePerson(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		spokenBy
		Until string             `json:"until"`
		For   watchbill.Duration `json:"for"`
	}
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	user, _, err := mayChange(r, in.By)
	if err != nil {
		return err
	}
	now := h.now()
	until := now.Add(time.Duration(in.For))
	switch {
	case (in.Until == "") == (in.For == 0):
		return invalid(http.StatusUnprocessableEntity, FieldError{"until", "or for must be given, one of them"})
	case in.Until != "":
		org, err := h.cfg.Engine.Org(r.Context())
		if err != nil {
			return err
		}
		if until, err = (clock{now, zoneOr(zoneOf(org, user, ""))}).read(in.Until); err != nil {
			return invalid(http.StatusUnprocessableEntity, FieldError{"until", reasonOf(err.Error())})
		}
	}
	return h.setting(w, r, in.spokenBy, engine.Wishes{MuteUntil: &until})
}

func (h *Handler) unmutePerson(w http.ResponseWriter, r *http.Request) error {
	var in spokenBy
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	return h.setting(w, r, in, engine.Wishes{MuteUntil: &time.Time{}})
}
