package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/intake"
	"github.com/watchbill/watchbill/oncall"
)

// commitWait is how long a sender waits for the commit. Alertmanager gives up after ten seconds at the earliest.
const commitWait = 8 * time.Second

// Result is what became of one item of a generic request.
type Result struct {
	Index    int               `json:"index"`              // from 0
	Decision string            `json:"decision,omitempty"` // opened, applied, stale, nothing open; paused: dropped, since the source is; limited: send it again
	Alert    watchbill.AlertID `json:"alert,omitempty"`    // that it is about
	Errors   []FieldError      `json:"errors,omitempty"`   // why it was refused
}

// intake takes signals in.
func (h *Handler) intake(w http.ResponseWriter, r *http.Request) error {
	src, err := h.source(r)
	if err != nil {
		return err
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	default:
		return overloaded(src)
	}
	body, err := h.body(w, r)
	if err != nil {
		return err
	}
	got, err := h.decodeBody(r, src, body)
	if err != nil {
		return err
	}
	return h.take(w, r, src, got)
}

// decodeBody reads a body as the type of its source says or, where the source has one, its mapping.
func (h *Handler) decodeBody(r *http.Request, src catalog.Source, body []byte) (intake.Result, error) {
	if src.Handling.Mapping == nil && src.Handling.Ready == "" {
		return intake.For(src.Type)(src.ID, body), nil
	}
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return intake.Result{}, err
	}
	plan := h.cfg.Engine.Rules(org, src.ID)
	if plan == nil || plan.Mapper() == nil {
		return intake.For(src.Type)(src.ID, body), nil
	}
	value, wrong := intake.Foreign(r.Header.Get("Content-Type"), body)
	if wrong != nil {
		return intake.Result{Problems: []intake.Problem{*wrong}}, nil
	}
	return intake.Mapped(src.ID, value, plan.Mapper()), nil
}

func overloaded(src catalog.Source) error {
	return problem(tooMuch(src), "too many requests at the same time")
}

// limited names, for who sends several items, those that have to come again.
func limited(src catalog.Source, results []Result) error {
	p := problemOf(engine.ErrLimited)
	p.Status = tooMuch(src)
	p.Title, p.Results = http.StatusText(p.Status), results
	return p
}

// tooMuch is 429, but for Alertmanager, which takes that for final: 503.
func tooMuch(src catalog.Source) int {
	if src.Type == "alertmanager" {
		return http.StatusServiceUnavailable
	}
	return http.StatusTooManyRequests
}

// source finds the source that the path's key belongs to.
func (h *Handler) source(r *http.Request) (catalog.Source, error) {
	kind, key := r.PathValue("type"), r.PathValue("key")
	if intake.For(kind) == nil {
		return catalog.Source{}, unbuilt(kind)
	}
	src, ok, err := lookup(r.Context(), h, func(org *oncall.Org) (catalog.Source, bool) { return org.Source(key) })
	switch {
	case err != nil:
		return src, err
	case !ok:
		return src, problem(http.StatusUnauthorized, "no source has the key in the path")
	case src.Type != kind:
		return src, problem(http.StatusNotFound, "the key is that of a source of type %s: send to /intake/%s/KEY", src.Type, src.Type)
	}
	return src, nil
}

// unbuiltIntake answers the paths of protocols that a configuration may name already.
func (h *Handler) unbuiltIntake(_ http.ResponseWriter, r *http.Request) error {
	return unbuilt(r.PathValue("type"))
}

func unbuilt(kind string) error {
	if intake.For(kind) == nil && slices.Contains(intake.Types(), kind) {
		return problem(http.StatusNotImplemented, "sources of type %s are planned and not built yet", kind)
	}
	return nothingHere(nil, nil)
}

// take commits what a body holds, and answers as the protocol wants it.
func (h *Handler) take(w http.ResponseWriter, r *http.Request, src catalog.Source, got intake.Result) error {
	for _, p := range got.Problems {
		h.cfg.Metrics.Signal("refused")
		h.log.Warn("signal refused", "source", src.ID, "error", p)
	}
	if bad := wholeBody(got); bad != nil {
		return bad
	}
	results, err := h.submit(r, src, got.Signals)
	if errors.Is(err, engine.ErrBusy) {
		return overloaded(src)
	}
	if errors.Is(err, engine.ErrLimited) {
		return limited(src, number(results, got.Problems))
	}
	if src.Type != "alertmanager" {
		return answerItems(w, number(results, got.Problems), got.Problems, err)
	}
	if err != nil {
		return err
	}
	return answerGroup(w, results, got.Problems)
}

// answerGroup answers Alertmanager: 200, since an item that cannot be used will be no better when it comes again, but
// 413 if there were too many to look at.
func answerGroup(w http.ResponseWriter, results []Result, problems []intake.Problem) error {
	for _, p := range problems {
		if p.Index == intake.Body {
			return invalid(http.StatusRequestEntityTooLarge, FieldError{p.Field, p.Reason})
		}
	}
	return answer(w, http.StatusOK, struct {
		Paused bool `json:"paused,omitempty"` // what would have opened alerts was dropped
	}{slices.ContainsFunc(results, func(r Result) bool { return r.Decision == paused })})
}

// wholeBody returns what is wrong with a body of which nothing can be used.
func wholeBody(got intake.Result) error {
	if len(got.Signals) > 0 || len(got.Problems) == 0 || got.Problems[0].Index != intake.Body {
		return nil
	}
	p := got.Problems[0]
	return invalid(http.StatusBadRequest, FieldError{Field: p.Field, Reason: p.Reason})
}

// paused is the decision about what would have opened an alert, had its source not been paused.
const paused = "paused"

// submit commits signals, and says of each what became of it. The error is why some have to come again.
//
// The source is of a recent configuration, and its service may be gone by now. Then it is looked up anew, and what was
// refused is sent where the configuration in force says.
func (h *Handler) submit(r *http.Request, src catalog.Source, signals []alert.Signal) ([]Result, error) {
	ctx, cancel := context.WithTimeout(r.Context(), commitWait)
	defer cancel()
	results, all := make([]Result, len(signals)), make([]int, len(signals))
	for i := range all {
		all[i] = i
	}
	refused, err := h.commit(ctx, src, signals, all, results)
	if err != nil || len(refused) == 0 {
		return results, err
	}
	h.orgs.forget()
	if src, err = h.source(r); err != nil {
		return results, err
	}
	refused, err = h.commit(ctx, src, signals, refused, results)
	if err == nil && len(refused) > 0 {
		err = problem(http.StatusServiceUnavailable, "the source's service was just taken out of the configuration; try again")
	}
	return results, err
}

// commit commits the signals at some places and notes what became of them. It returns the places of those that were
// refused because the service does not exist, and the error of the commit of others.
func (h *Handler) commit(ctx context.Context, src catalog.Source, signals []alert.Signal, places []int, results []Result) (refused []int, err error) {
	var sent []alert.Signal
	var sentFrom []int
	for _, i := range places {
		s := signals[i]
		if src.Paused && s.Action == alert.Trigger {
			results[i].Decision = paused
			h.cfg.Metrics.Signal(paused)
			continue
		}
		s.Service = src.Service
		sent, sentFrom = append(sent, s), append(sentFrom, i)
	}
	for n, v := range h.cfg.Engine.Submit(ctx, sent) {
		i := sentFrom[n]
		switch {
		case v.Err == nil:
			results[i].Decision, results[i].Alert = v.Decision.String(), v.Alert
		case errors.Is(v.Err, engine.ErrUnknownTarget):
			refused = append(refused, i)
		default:
			results[i].Decision, err = v.String(), v.Err
		}
	}
	return refused, err
}

// number gives each result the index of its item: those with problems are not among the results.
func number(results []Result, problems []intake.Problem) []Result {
	refused := map[int][]FieldError{}
	for _, p := range problems {
		if p.Index != intake.Body {
			refused[p.Index] = append(refused[p.Index], FieldError{p.Field, p.Reason})
		}
	}
	all := make([]Result, len(results)+len(refused))
	for i := range all {
		if all[i].Errors = refused[i]; all[i].Errors == nil {
			all[i], results = results[0], results[1:]
		}
		all[i].Index = i
	}
	return all
}

// answerItems answers a generic request: 202 if every item was taken in, 422 if some were not, 503 if it has to come
// again.
func answerItems(w http.ResponseWriter, results []Result, problems []intake.Problem, failed error) error {
	if failed != nil {
		return failed
	}
	var bad []FieldError
	for _, p := range problems {
		if p.Index == intake.Body {
			bad = append(bad, FieldError{p.Field, p.Reason})
		}
	}
	for _, r := range results {
		for _, e := range r.Errors {
			bad = append(bad, FieldError{place(r.Index, e.Field), e.Reason})
		}
	}
	if len(bad) > 0 {
		p := invalid(http.StatusUnprocessableEntity, bad...)
		p.Results = results
		return p
	}
	return answer(w, http.StatusAccepted, struct {
		Results []Result `json:"results"`
	}{results})
}

// place names a field of an item, as "[3].summary".
func place(index int, field string) string {
	if field == "" {
		return fmt.Sprintf("[%d]", index)
	}
	return fmt.Sprintf("[%d].%s", index, field)
}
