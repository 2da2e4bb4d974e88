package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/intake"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// Manual is the source of alerts that are raised by hand.
const Manual watchbill.SourceID = "manual"

// Alert is an alert as the API shows it.
type Alert struct {
	episode.View
	Quarantined bool `json:"quarantined,omitempty"` // it cannot be read or stepped, and pages nobody
}

func alertOf(s store.Stored) Alert { return Alert{s.Episode.View(), s.Quarantined || s.Err != nil} }

// raiseRequest is the body of POST /api/v1/alerts.
type raiseRequest struct {
	Service  watchbill.ServiceID `json:"service"` // one of the three
	Policy   watchbill.PolicyID  `json:"policy"`
	User     watchbill.UserID    `json:"user"`
	Summary  string              `json:"summary"`
	Severity string              `json:"severity"`
	Details  json.RawMessage     `json:"details"`
	By       watchbill.UserID    `json:"by"`
}

func (h *Handler) raise(w http.ResponseWriter, r *http.Request) error {
	var in raiseRequest
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	by, via, err := speaker(r, in.By)
	if err != nil {
		return err
	}
	in.By = by
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return err
	}
	sig, err := in.signal(org)
	if err != nil {
		return err
	}
	sig.Via = via
	verdict := h.cfg.Engine.Accept(r.Context(), h.now(), []alert.Signal{sig})[0]
	if verdict.Err != nil {
		return verdict.Err
	}
	raised, err := h.find(r.Context(), verdict.Alert)
	if err != nil {
		return err
	}
	w.Header().Set("Location", h.links.address("/api/v1/alerts/"+string(verdict.Alert)))
	return answer(w, http.StatusCreated, raised)
}

// speaker returns for whom the caller acts, and through which key if that is not the person's own.
func speaker(r *http.Request, named watchbill.UserID) (by watchbill.UserID, via string, err error) {
	who := principal(r)
	switch {
	case who.User == "":
		return named, who.Name, nil
	case named != "" && named != who.User:
		return "", "", problem(http.StatusForbidden, "%q is the key of %s, who cannot speak for others", who.Name, who.User)
	}
	return who.User, "", nil
}

// signal returns the signal that the request makes. It goes through the generic decoder, so that what people write is
// bounded as what machines send is.
func (in raiseRequest) signal(org *oncall.Org) (alert.Signal, error) {
	problems := in.check(org)
	body, err := json.Marshal(map[string]any{"summary": in.Summary, "severity": in.Severity, "details": in.Details})
	if err != nil {
		return alert.Signal{}, err
	}
	got := intake.Generic(Manual, body)
	for _, p := range got.Problems {
		problems = append(problems, FieldError{p.Field, p.Reason})
	}
	if len(problems) > 0 {
		return alert.Signal{}, invalid(http.StatusUnprocessableEntity, problems...)
	}
	sig := got.Signals[0]
	sig.Service, sig.Policy, sig.User, sig.By = in.Service, in.Policy, in.User, in.By
	return sig, nil
}

// check names the fields that are wrong.
func (in raiseRequest) check(org *oncall.Org) (problems []FieldError) {
	refuse := func(field, reason string) { problems = append(problems, FieldError{field, reason}) }
	targets := 0
	exists := func(field, id string, known bool) {
		if id == "" {
			return
		}
		if targets++; !known {
			refuse(field, fmt.Sprintf("there is no %s %q", field, id))
		}
	}
	_, service := org.Service(in.Service)
	_, policy := org.Policy(in.Policy)
	_, user := org.User(in.User)
	exists("service", string(in.Service), service)
	exists("policy", string(in.Policy), policy)
	exists("user", string(in.User), user)
	if targets != 1 {
		refuse("service", "name one of service, policy or user")
	}
	if _, ok := org.User(in.By); in.By != "" && !ok {
		refuse("by", fmt.Sprintf("there is no user %q", in.By))
	}
	if new(watchbill.Severity).UnmarshalText([]byte(in.Severity)) != nil {
		refuse("severity", "use critical, error, warning or info")
	}
	return problems
}

func (h *Handler) listAlerts(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "state", "service", "cursor", "limit")
	ask := store.Query{Service: watchbill.ServiceID(q.text("service")), Cursor: q.text("cursor")}
	if state := q.text("state"); state != "" {
		if ask.State.UnmarshalText([]byte(state)) != nil || ask.State == alert.None {
			q.refuse("state", "use triggered, acknowledged or resolved")
		}
	}
	limit := q.limit()
	if err := q.err(); err != nil {
		return err
	}
	page := struct {
		Alerts []Alert `json:"alerts"`
		Next   string  `json:"next"` // the cursor of the next page; empty on the last one
	}{}
	err := h.cfg.Store.View(r.Context(), func(tx store.Tx) error {
		stored, next, err := tx.Episodes().List(ask, limit)
		page.Alerts, page.Next = make([]Alert, 0, len(stored)), next
		for _, s := range stored {
			page.Alerts = append(page.Alerts, alertOf(s))
		}
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, page)
}

func (h *Handler) getAlert(w http.ResponseWriter, r *http.Request) error {
	found, err := h.find(r.Context(), watchbill.AlertID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, found)
}

// find returns an alert; [store.ErrNotFound] if there is none with that ID.
func (h *Handler) find(ctx context.Context, id watchbill.AlertID) (Alert, error) {
	var found []store.Stored
	err := h.cfg.Store.View(ctx, func(tx store.Tx) (err error) {
		found, err = tx.Episodes().Get([]watchbill.AlertID{id})
		return err
	})
	if err == nil && len(found) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return Alert{}, err
	}
	return alertOf(found[0]), nil
}

// Entry is a line of an alert's timeline as the API shows it.
type Entry struct {
	Seq   int64           `json:"seq"`
	At    time.Time       `json:"at"`
	Actor timeline.Actor  `json:"actor"`
	Via   string          `json:"via"`
	Kind  timeline.Kind   `json:"kind"`
	Text  string          `json:"text"`           // in plain words; empty where only machines care
	Data  json.RawMessage `json:"data,omitempty"` // for admins only: it has people's addresses, which may hold tokens
}

func (h *Handler) timeline(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "cursor", "limit")
	after, err := strconv.ParseInt("0"+q.text("cursor"), 10, 64)
	if err != nil {
		q.refuse("cursor", "is not one that this request has answered")
	}
	limit := q.limit()
	if err := q.err(); err != nil {
		return err
	}
	id := watchbill.AlertID(r.PathValue("id"))
	if _, err := h.find(r.Context(), id); err != nil {
		return err
	}
	var entries []timeline.Entry
	err = h.cfg.Store.View(r.Context(), func(tx store.Tx) (err error) {
		entries, err = tx.Timeline().Read(timeline.Alert(id), after, limit+1)
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, told(entries, limit, principal(r).Role.Allows(catalog.RoleAdmin)))
}

// timelinePage is a page of a timeline.
type timelinePage struct {
	Entries []Entry `json:"entries"`
	Next    string  `json:"next"` // the cursor of the next page; empty on the last one
}

// told puts the first entries into words; that there are more shows in Next.
func told(entries []timeline.Entry, limit int, withData bool) timelinePage {
	p := timelinePage{Entries: []Entry{}}
	if len(entries) > limit {
		entries = entries[:limit]
		p.Next = strconv.FormatInt(entries[limit-1].Seq, 10)
	}
	for _, e := range entries {
		told := Entry{Seq: e.Seq, At: e.At, Actor: e.Actor, Via: e.Via, Kind: e.Kind, Text: episode.Describe(e)}
		if withData {
			told.Data = e.Data
		}
		p.Entries = append(p.Entries, told)
	}
	return p
}
