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
	Decision string            `json:"decision,omitempty"` // opened, applied, stale, nothing open, or paused: dropped, since the source is
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
	return h.take(w, r, src, intake.For(src.Type)(src.ID, body))
}

// overloaded is 429, but for Alertmanager, which takes that for final: 503.
func overloaded(src catalog.Source) error {
	status := http.StatusTooManyRequests
	if src.Type == "alertmanager" {
		status = http.StatusServiceUnavailable
	}
	return problem(status, "too many requests at the same time")
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
	results, err := h.submit(r.Context(), src, got.Signals)
	if src.Type != "alertmanager" {
		return answerItems(w, number(results, got.Problems), got.Problems, err)
	}
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Paused bool `json:"paused,omitempty"` // what would have opened alerts was dropped
	}{src.Paused})
}

// wholeBody returns what is wrong with a body of which nothing can be used.
func wholeBody(got intake.Result) error {
	if len(got.Signals) > 0 || len(got.Problems) == 0 || got.Problems[0].Index != intake.Body {
		return nil
	}
	p := got.Problems[0]
	return invalid(http.StatusBadRequest, FieldError{Field: p.Field, Reason: p.Reason})
}

// submit commits signals, and says of each what became of it. The error is that of the commit.
func (h *Handler) submit(ctx context.Context, src catalog.Source, signals []alert.Signal) ([]Result, error) {
	ctx, cancel := context.WithTimeout(ctx, commitWait)
	defer cancel()
	results := make([]Result, len(signals))
	var sent []alert.Signal
	var places []int
	for i, s := range signals {
		if src.Paused && s.Action == alert.Trigger {
			results[i].Decision = "paused"
			h.cfg.Metrics.Signal("paused")
			continue
		}
		s.Service = src.Service
		sent, places = append(sent, s), append(places, i)
	}
	var failed error
	for i, v := range h.cfg.Engine.Submit(ctx, sent) {
		result := &results[places[i]]
		switch {
		case v.Err == nil:
			result.Decision, result.Alert = v.Decision.String(), v.Alert
		case errors.Is(v.Err, engine.ErrUnknownTarget):
			result.Errors = []FieldError{{"service", "the source's service does not exist"}}
		default:
			failed = v.Err
		}
	}
	return results, failed
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
