package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
)

// triedAnswer is what became of a message that somebody asked for.
type triedAnswer struct {
	Contact notify.ContactID `json:"contact"`
	Channel notify.Channel   `json:"channel"`
	Result  string           `json:"result"` // accepted, refused, or failed: it may work later
	Error   string           `json:"error,omitempty"`
}

func triedOf(t engine.Tried) triedAnswer {
	a := triedAnswer{Contact: t.Contact.ID, Channel: t.Contact.Channel, Result: t.Result.Verdict.String(), Error: t.Result.Error}
	if t.Result.Verdict == episode.Retry {
		a.Result = "failed"
	}
	return a
}

// addContact adds a contact to a person, and sends a code over it.
func (h *Handler) addContact(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		spokenBy
		ID      notify.ContactID `json:"id"`
		Channel notify.Channel   `json:"channel"`
		Address string           `json:"address"`
		Secret  string           `json:"secret"`
	}
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	user, by, err := mayChange(r, in.By)
	if err != nil {
		return err
	}
	c, field, reason := config.CheckContact(notify.Contact{ID: in.ID, Channel: in.Channel, Address: in.Address, Secret: in.Secret})
	if field != "" {
		return invalid(http.StatusUnprocessableEntity, FieldError{field, reason})
	}
	tried, err := h.cfg.Engine.AddContact(r.Context(), h.now(), user, by, c)
	if err != nil {
		return personProblem(err)
	}
	return answer(w, http.StatusCreated, struct {
		Contact notify.ContactID `json:"contact"`
		Code    triedAnswer      `json:"code"` // what became of the message with the code
	}{tried.Contact.ID, triedOf(tried)})
}

// personProblem is what the caller is told of errors that only these requests have.
func personProblem(err error) error {
	switch {
	case errors.Is(err, engine.ErrTooOften):
		return problem(http.StatusTooManyRequests, "%s", strings.TrimPrefix(engine.ErrTooOften.Error(), "engine: "))
	case errors.Is(err, engine.ErrCode):
		return invalid(http.StatusUnprocessableEntity, FieldError{"code", "is wrong, or not good any more; ask for another"})
	case errors.Is(err, engine.ErrInFile):
		return problem(http.StatusConflict, "it is in the configuration file; change it there")
	}
	return err
}

func (h *Handler) removeContact(w http.ResponseWriter, r *http.Request) error {
	user, by, err := mayChange(r, "")
	if err != nil {
		return err
	}
	err = h.cfg.Engine.RemoveContact(r.Context(), h.now(), user, by, notify.ContactID(r.PathValue("cid")))
	if err != nil {
		return personProblem(err)
	}
	return h.showPerson(r.Context(), w, user)
}

// showPerson answers with the person as it is now.
func (h *Handler) showPerson(ctx context.Context, w http.ResponseWriter, user watchbill.UserID) error {
	p, err := h.cfg.Engine.Person(ctx, h.now(), user)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, h.personOf(p, true))
}

func (h *Handler) verifyContact(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		spokenBy
		Code string `json:"code"`
	}
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	user, by, err := mayChange(r, in.By)
	if err != nil {
		return err
	}
	err = h.cfg.Engine.Verify(r.Context(), h.now(), user, by, notify.ContactID(r.PathValue("cid")), in.Code)
	if err != nil {
		return personProblem(err)
	}
	return h.showPerson(r.Context(), w, user)
}

func (h *Handler) sendCode(w http.ResponseWriter, r *http.Request) error {
	var in spokenBy
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	user, _, err := mayChange(r, in.By)
	if err != nil {
		return err
	}
	tried, err := h.cfg.Engine.SendCode(r.Context(), h.now(), user, notify.ContactID(r.PathValue("cid")))
	if err != nil {
		return personProblem(err)
	}
	return answer(w, http.StatusOK, triedOf(tried))
}

// testContacts sends a person a message over each contact, or over one, and says what became of them.
func (h *Handler) testContacts(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		spokenBy
		Contact notify.ContactID `json:"contact"`
	}
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	user, _, err := mayChange(r, in.By)
	if err != nil {
		return err
	}
	list, err := h.cfg.Engine.TestContacts(r.Context(), h.now(), user, in.Contact)
	if err != nil {
		return personProblem(err)
	}
	all := []triedAnswer{}
	for _, t := range list {
		all = append(all, triedOf(t))
	}
	failed := slices.ContainsFunc(all, func(t triedAnswer) bool { return t.Result != episode.Accepted.String() })
	return answer(w, http.StatusOK, struct {
		OK      bool          `json:"ok"` // every provider took it
		Results []triedAnswer `json:"results"`
	}{!failed && len(all) > 0, all})
}

// reachability lists how every contact does. Addresses are in it for administrators and, of the caller's own, for the caller.
func (h *Handler) reachability(w http.ResponseWriter, r *http.Request) error {
	list, err := h.cfg.Engine.Reachability(r.Context(), h.now())
	if err != nil {
		return err
	}
	all := []contactAnswer{}
	for _, c := range list {
		a := contactOf(c, h.now(), sees(r, c.User))
		a.User = c.User
		all = append(all, a)
	}
	return answer(w, http.StatusOK, struct {
		Contacts []contactAnswer `json:"contacts"`
	}{all})
}
