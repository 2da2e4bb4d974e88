package httpapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// amSilence is a silence as Alertmanager shows it.
type amSilence struct {
	ID        string            `json:"id"`
	Status    map[string]string `json:"status"`
	UpdatedAt amTime            `json:"updatedAt"`
	Comment   string            `json:"comment"`
	CreatedBy string            `json:"createdBy"`
	EndsAt    amTime            `json:"endsAt"`
	Matchers  []amMatcher       `json:"matchers"`
	StartsAt  amTime            `json:"startsAt"`
}

// amMatcher is a matcher in JSON. What is not given is nil.
type amMatcher struct {
	Name    *string `json:"name"`
	Value   *string `json:"value"`
	IsRegex *bool   `json:"isRegex"`
	IsEqual *bool   `json:"isEqual"` // nil means true
}

// amForEver is the end of what has none.
var amForEver = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

func amSilenceOf(s mute.Silence, now time.Time) amSilence {
	out := amSilence{ID: s.ID, Status: map[string]string{"state": string(engine.MuteStateOf(s.Span, now))}, UpdatedAt: amTime(s.UpdatedAt),
		Comment: s.Comment, CreatedBy: cmp.Or(s.Author, string(s.By)), StartsAt: amTime(s.UpdatedAt), EndsAt: amTime(amForEver),
		Matchers: []amMatcher{}}
	if at := instantOf(s.Span.From, s.Span); at != nil {
		out.StartsAt = amTime(*at)
	}
	if at := instantOf(s.Span.To, s.Span); at != nil {
		out.EndsAt = amTime(*at)
	}
	for _, m := range s.Matchers {
		regex, equal := m.Op == mute.Match || m.Op == mute.NotMatch, m.Op == mute.Equal || m.Op == mute.Match
		out.Matchers = append(out.Matchers, amMatcher{&m.Name, &m.Value, &regex, &equal})
	}
	return out
}

// amSilenced returns the silences that are about a source: its own, and those of all.
func (h *Handler) amSilenced(r *http.Request, src catalog.Source) ([]mute.Silence, error) {
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return nil, err
	}
	var all []mute.Silence
	for _, l := range silencesOf(org) {
		if l.item.Source == "" || l.item.Source == src.ID {
			all = append(all, l.item)
		}
	}
	return all, nil
}

func (h *Handler) amSilences(w http.ResponseWriter, r *http.Request, src catalog.Source) error {
	filter, err := amFilter(r)
	if err != nil {
		return err
	}
	all, err := h.amSilenced(r, src)
	if err != nil {
		return err
	}
	shown, now := []amSilence{}, h.now()
	for _, s := range all {
		var labels []alert.Label // a filter is about what the silence's matchers say
		for _, m := range s.Matchers {
			labels = append(labels, alert.Label{Name: m.Name, Value: m.Value})
		}
		slices.SortFunc(labels, func(a, b alert.Label) int { return cmp.Compare(a.Name, b.Name) })
		if amMatches(filter, labels) {
			shown = append(shown, amSilenceOf(s, now))
		}
	}
	order := []string{string(engine.MuteActive), string(engine.MutePending), string(engine.MuteExpired)}
	slices.SortStableFunc(shown, func(a, b amSilence) int {
		return cmp.Compare(slices.Index(order, a.Status["state"]), slices.Index(order, b.Status["state"]))
	})
	return answer(w, http.StatusOK, shown)
}

// uuid is what names of silences look like there. Those of the configuration file have names of their own.
var uuid = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// amSilenceFor finds the silence in the path. That there is none is answered without a body.
func (h *Handler) amSilenceFor(w http.ResponseWriter, r *http.Request, src catalog.Source) (s mute.Silence, found bool, err error) {
	all, err := h.amSilenced(r, src)
	id := r.PathValue("id")
	i := slices.IndexFunc(all, func(s mute.Silence) bool { return s.ID == id })
	switch {
	case err != nil:
		return s, false, err
	case i >= 0:
		return all[i], true, nil
	case !uuid.MatchString(id):
		return s, false, amErrorf(http.StatusUnprocessableEntity, amInvalid, "silenceID in path must be of type uuid: %.200q", id)
	}
	w.WriteHeader(http.StatusNotFound)
	return s, false, nil
}

func (h *Handler) amGetSilence(w http.ResponseWriter, r *http.Request, src catalog.Source) error {
	s, found, err := h.amSilenceFor(w, r, src)
	if err != nil || !found {
		return err
	}
	return answer(w, http.StatusOK, amSilenceOf(s, h.now()))
}

func (h *Handler) amEndSilence(w http.ResponseWriter, r *http.Request, src catalog.Source) error {
	s, found, err := h.amSilenceFor(w, r, src)
	if err != nil || !found {
		return err
	}
	if s.Source != src.ID {
		return amNotOwn()
	}
	if err := h.cfg.Engine.Unsilence(r.Context(), h.now(), s.ID, timeline.By{Actor: timeline.Source(src.ID)}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func amNotOwn() error {
	return amErrorf(http.StatusForbidden, 0, "this silence was not made with the key of this source; change it where it was made")
}

// amPosted is a silence in a request. What is not given is nil.
type amPosted struct {
	ID        string      `json:"id"`
	Comment   *string     `json:"comment"`
	CreatedBy *string     `json:"createdBy"`
	EndsAt    *time.Time  `json:"endsAt"`
	Matchers  []amMatcher `json:"matchers"`
	StartsAt  *time.Time  `json:"startsAt"`
}

// amPostSilence makes or changes a silence. Whoever has the key of a source silences the alerts of that source alone.
func (h *Handler) amPostSilence(w http.ResponseWriter, r *http.Request, src catalog.Source) error {
	body, err := h.amBody(w, r, "silence")
	if err != nil {
		return err
	}
	now := h.now()
	s, err := amPostedIn(body, now)
	if err != nil {
		return err
	}
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return err
	}
	if err := amOwn(org, s.ID, src); err != nil {
		return err
	}
	s.Source = src.ID
	if _, ok := org.User(watchbill.UserID(s.Author)); ok {
		s.By = watchbill.UserID(s.Author) // hears when it is about to end
	}
	made, err := h.cfg.Engine.Silence(r.Context(), now, s, timeline.By{Actor: timeline.Source(src.ID)})
	if fields := fieldErrors(err); len(fields) > 0 {
		return amErrorf(http.StatusBadRequest, 0, "invalid silence: %s: %s", fields[0].Field, fields[0].Reason)
	}
	if errors.Is(err, store.ErrNotFound) {
		return amErrorf(http.StatusNotFound, 0, "silence not found")
	}
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]string{"silenceID": made.ID})
}

// amOwn refuses to change what others made.
func amOwn(org *oncall.Org, id string, src catalog.Source) error {
	for _, l := range silencesOf(org) {
		if id != "" && l.id == id && l.item.Source != src.ID {
			return amNotOwn()
		}
	}
	return nil
}

// amPostedIn reads a body.
func amPostedIn(body []byte, now time.Time) (mute.Silence, error) {
	var in amPosted
	if err := json.Unmarshal(body, &in); err != nil {
		return mute.Silence{}, amErrorf(http.StatusBadRequest, http.StatusBadRequest, "parsing silence body from \"\" failed, because %v", err)
	}
	return in.silence(now)
}

// silence reads what was posted, and refuses it as Alertmanager does.
func (in amPosted) silence(now time.Time) (s mute.Silence, err error) {
	for _, f := range []struct {
		name    string
		missing bool
	}{{"comment", in.Comment == nil}, {"createdBy", in.CreatedBy == nil}, {"endsAt", in.EndsAt == nil},
		{"matchers", in.Matchers == nil}, {"startsAt", in.StartsAt == nil}} {
		if f.missing {
			return s, amErrorf(http.StatusUnprocessableEntity, amRequired, "%s in body is required", f.name)
		}
	}
	if len(in.Matchers) == 0 {
		return s, amErrorf(http.StatusUnprocessableEntity, amTooFew, "matchers in body should have at least 1 items")
	}
	switch {
	case !in.StartsAt.Before(*in.EndsAt):
		return s, amErrorf(http.StatusBadRequest, 0, "Failed to create silence: start time must be before end time")
	case !in.EndsAt.After(now):
		return s, amErrorf(http.StatusBadRequest, 0, "Failed to create silence: end time can't be in the past")
	}
	s = mute.Silence{ID: in.ID, Author: *in.CreatedBy, Comment: *in.Comment, Span: mute.Span{
		From: calendar.InstantMoment(watchbill.Stamp(*in.StartsAt)), To: calendar.InstantMoment(watchbill.Stamp(*in.EndsAt))}}
	for i, m := range in.Matchers {
		made, err := m.matcher(i)
		if err != nil {
			return s, err
		}
		s.Matchers = append(s.Matchers, made)
	}
	return s, nil
}

// amTooFew is Alertmanager's code for a list that is too short.
const amTooFew = 612

func (m amMatcher) matcher(i int) (mute.Matcher, error) {
	for _, f := range []struct {
		name    string
		missing bool
	}{{"isRegex", m.IsRegex == nil}, {"name", m.Name == nil}, {"value", m.Value == nil}} {
		if f.missing {
			return mute.Matcher{}, amErrorf(http.StatusUnprocessableEntity, amRequired, "matchers.%d.%s in body is required", i, f.name)
		}
	}
	op := mute.Equal
	switch equal := m.IsEqual == nil || *m.IsEqual; {
	case equal && *m.IsRegex:
		op = mute.Match
	case *m.IsRegex:
		op = mute.NotMatch
	case !equal:
		op = mute.NotEqual
	}
	made, err := mute.NewMatcher(*m.Name, op, *m.Value)
	if err != nil {
		return made, amErrorf(http.StatusBadRequest, 0, "invalid silence: invalid label matcher %d: %s", i, strings.TrimPrefix(err.Error(), "mute: "))
	}
	return made, nil
}
