package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/roster"
	"github.com/watchbill/watchbill/schedule"
)

// rosterRoutes is fairness, pay and the planner.
func (h *Handler) rosterRoutes() {
	h.handle("/api/v1/reports/fairness", methods{"GET": h.needs(h.alone(h.fairness), catalog.RoleViewer)})
	h.handle("/api/v1/reports/pay", methods{"GET": h.needs(h.alone(h.pay), catalog.RoleViewer)})
	h.handle("/api/v1/schedules/{id}/roster", methods{"GET": h.needs(h.roster, catalog.RoleResponder)})
}

// fairnessWindow is the default window of fairness: so long until now.
const fairnessWindow = 90 * 24 * time.Hour

// span reads a window from the query; without from, it is so long.
func (q *query) span(now time.Time, long time.Duration) report.Window {
	to := q.time("to", now)
	w := report.Window{From: q.time("from", to.Add(-long)), To: to}
	if !w.From.Before(to) || to.Sub(w.From) > maxReport {
		q.refuse("from", "expected a time before to, at most 400 days")
	}
	return w
}

// fairness compares everybody's load in a window; with carry_from, what was out of balance from then to the window is
// carried over.
func (h *Handler) fairness(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "from", "to", "schedule", "carry_from", "format")
	window := q.span(h.now(), fairnessWindow)
	since := q.time("carry_from", window.From)
	if since.After(window.From) || window.From.Sub(since) > maxReport {
		q.refuse("carry_from", "expected a time before from, at most 400 days")
	}
	format := q.oneOf("format", "json", "csv")
	if err := q.err(); err != nil {
		return err
	}
	only := watchbill.ScheduleID(q.text("schedule"))
	ledger, err := h.ledger(r.Context(), report.Window{From: since, To: window.From}, only)
	if err != nil {
		return err
	}
	made, err := h.fairnessOf(r.Context(), window, only, ledger)
	if err != nil {
		return err
	}
	if format == "csv" {
		send(w, http.StatusOK, "text/csv; charset=utf-8", made.CSV())
		return nil
	}
	return answer(w, http.StatusOK, made)
}

// ledger is the balances at the end of a window; nil where it is empty.
func (h *Handler) ledger(ctx context.Context, w report.Window, only watchbill.ScheduleID) (*report.Ledger, error) {
	if !w.From.Before(w.To) {
		return nil, nil
	}
	made, err := h.fairnessOf(ctx, w, only, nil)
	if err != nil {
		return nil, err
	}
	l := made.Ledger()
	return &l, nil
}

func (h *Handler) fairnessOf(ctx context.Context, w report.Window, only watchbill.ScheduleID, carried *report.Ledger) (report.FairnessReport, error) {
	in := report.FairnessInput{Window: w, Carried: carried}
	var err error
	if in.Catalog, in.Rolls, in.Pages, err = h.rolls(ctx, w, only); err != nil {
		return report.FairnessReport{}, err
	}
	made, err := report.Fairness(in)
	if err != nil {
		return made, problem(http.StatusUnprocessableEntity, "%s", reasonOf(err.Error()))
	}
	return made, nil
}

// rolls tells who really was on call in a window, or will be, and who was paged. Who shares the duty is what the
// configuration in force says.
func (h *Handler) rolls(ctx context.Context, w report.Window, only watchbill.ScheduleID) (c catalog.Catalog, all []report.Roll,
	pages []report.Page, err error) {
	org, err := h.cfg.Engine.Org(ctx)
	if err != nil {
		return c, nil, nil, err
	}
	if _, ok := org.Schedule(only); only != "" && !ok {
		return c, nil, nil, invalid(http.StatusBadRequest, FieldError{"schedule", "there is no schedule " + strconv.Quote(string(only))})
	}
	c = org.Config().Catalog
	for id, plan := range plans(org) {
		if only != "" && id != only {
			continue
		}
		roll := report.Call(plan, w)
		var missing *engine.MissingError // the schedule is newer than the window
		roll.Shifts, err = h.cfg.Engine.Shifts(ctx, h.now(), id, w.From.Add(-report.Before), w.To, time.Time{})
		if err != nil && !errors.As(err, &missing) {
			return c, nil, nil, err
		}
		all = append(all, roll)
	}
	in, err := h.cfg.Engine.Facts(ctx, w, report.Hours{})
	pages = []report.Page{}
	for _, a := range in.Alerts {
		pages = append(pages, a.Pages...)
	}
	return c, all, pages, err
}

// plans goes through the schedules, in their order.
func plans(org *oncall.Org) func(yield func(watchbill.ScheduleID, report.Plan) bool) {
	c := org.Config()
	return func(yield func(watchbill.ScheduleID, report.Plan) bool) {
		for _, spec := range c.Schedules {
			s, _ := org.Schedule(spec.ID) // the configuration's own
			if !yield(spec.ID, report.Plan{Spec: spec, Schedule: s, Specs: c.Schedules, Catalog: c.Catalog, Needs: org.Needs(spec.ID)}) {
				return
			}
		}
	}
}

// pay lists what being on call was worth in a window.
func (h *Handler) pay(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "from", "to", "format")
	window := q.span(h.now(), reportWindow)
	format := q.oneOf("format", "json", "csv")
	if err := q.err(); err != nil {
		return err
	}
	in := report.PayInput{Window: window}
	var err error
	if in.Catalog, in.Rolls, in.Pages, err = h.rolls(r.Context(), window, ""); err != nil {
		return err
	}
	if len(in.Catalog.Pay.Rules) == 0 {
		return problem(http.StatusUnprocessableEntity, "the configuration has no rules of pay; give it a section pay with currency and rules")
	}
	made, err := report.Pay(in)
	if err != nil {
		return problem(http.StatusUnprocessableEntity, "%s", reasonOf(err.Error()))
	}
	if format == "csv" {
		send(w, http.StatusOK, "text/csv; charset=utf-8", made.CSV())
		return nil
	}
	return answer(w, http.StatusOK, made)
}

// rosterWindow is the default window of a roster: from now on, so long.
const rosterWindow = 28 * 24 * time.Hour

// maxPlanning is how many rosters are planned at once; each may keep a processor busy for seconds.
const maxPlanning = 2

// roster proposes who is on call in a window, or with swaps, what to change. It changes nothing itself.
func (h *Handler) roster(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "from", "to", "carry_from", "swaps", "seed", "layer")
	from := q.time("from", h.now())
	window := report.Window{From: from, To: q.time("to", from.Add(rosterWindow))}
	if !from.Before(window.To) || window.To.Sub(from) > maxReport {
		q.refuse("to", "expected a time after from, at most 400 days later")
	}
	since := q.time("carry_from", from)
	if since.After(from) || from.Sub(since) > maxReport {
		q.refuse("carry_from", "expected a time before from, at most 400 days")
	}
	swaps, seed := q.whole("swaps", 1000), q.whole("seed", 1<<62)
	if err := q.err(); err != nil {
		return err
	}
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return err
	}
	id := watchbill.ScheduleID(r.PathValue("id"))
	if _, ok := org.Schedule(id); !ok {
		return problem(http.StatusNotFound, "there is no schedule %q", id)
	}
	task := taskOf(org, id, window)
	task.Layer = schedule.LayerID(q.text("layer"))
	select {
	case h.planning <- struct{}{}:
		defer func() { <-h.planning }()
	default:
		return problem(http.StatusTooManyRequests, "other rosters are being planned; try again in a few seconds")
	}
	if task.Carried, err = h.ledger(r.Context(), report.Window{From: since, To: from}, id); err != nil {
		return err
	}
	var made roster.Proposal
	if options := (roster.Options{Seed: uint64(seed)}); q.text("swaps") != "" {
		made, err = roster.ProposeSwaps(task, int(swaps), options)
	} else {
		made, err = roster.Propose(task, options)
	}
	if err != nil {
		return problem(http.StatusUnprocessableEntity, "%s", strings.TrimPrefix(err.Error(), "roster: "))
	}
	return answer(w, http.StatusOK, made)
}

func taskOf(org *oncall.Org, id watchbill.ScheduleID, w report.Window) roster.Task {
	task := roster.Task{Window: w}
	for other, plan := range plans(org) {
		if other == id {
			task.Plan = plan
		}
		task.Apart = append(task.Apart, plan.Schedule)
	}
	return task
}

// whole reads a whole number that is not negative; zero if it is not given.
func (q *query) whole(name string, most int64) int64 {
	text := q.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		q.refuse(name, "expected a whole number from 0 to %d", most)
	}
	return n
}
