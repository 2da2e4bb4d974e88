package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/store"
)

// onCall says who is on call at an instant.
func (h *Handler) onCall(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "at", "schedule", "user")
	at := q.time("at", h.now())
	if err := q.err(); err != nil {
		return err
	}
	org, _, err := h.orgAt(r.Context(), at)
	if err != nil {
		return err
	}
	id, user := watchbill.ScheduleID(q.text("schedule")), watchbill.UserID(q.text("user"))
	if _, ok := org.Schedule(id); id != "" && !ok {
		q.refuse("schedule", "there is no schedule %q at that time", id)
	}
	if _, ok := org.User(user); user != "" && !ok {
		q.refuse("user", "there is no user %q at that time", user)
	}
	if err := q.err(); err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		At        time.Time         `json:"at"`
		Schedules []schedule.Answer `json:"schedules"`
	}{at, onCallAt(org, at, id, user)})
}

// onCallAt asks every schedule, or one; where a user is given, only answers with that person count.
func onCallAt(org *oncall.Org, at time.Time, id watchbill.ScheduleID, user watchbill.UserID) []schedule.Answer {
	answers := []schedule.Answer{}
	for _, spec := range org.Config().Schedules {
		if id != "" && spec.ID != id {
			continue
		}
		s, _ := org.Schedule(spec.ID) // the configuration's own
		if a := s.OnCall(at); user == "" || slices.Contains(a.Users, user) {
			answers = append(answers, a)
		}
	}
	return answers
}

// Bounds of the window of shifts.
const (
	defaultWindow = 7 * 24 * time.Hour
	maxWindow     = 3660 * 24 * time.Hour
)

// shifts lists who is on call in a window.
func (h *Handler) shifts(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "from", "to")
	from := q.time("from", h.now())
	to := q.time("to", from.Add(defaultWindow))
	if to.Before(from) || to.Sub(from) > maxWindow {
		q.refuse("to", "expected a time after from, at most ten years later")
	}
	if err := q.err(); err != nil {
		return err
	}
	id := watchbill.ScheduleID(r.PathValue("id"))
	list, known, err := h.shiftsOf(r.Context(), id, from, to)
	if err != nil {
		return err
	}
	if !known {
		return problem(http.StatusNotFound, "there is no schedule %q", id)
	}
	return answer(w, http.StatusOK, list)
}

// shiftsOf joins what each configuration that was in force in the window says of its part of it, and reports whether any
// of them has the schedule.
func (h *Handler) shiftsOf(ctx context.Context, id watchbill.ScheduleID, from, to time.Time) (list []schedule.Shift, known bool, err error) {
	list = []schedule.Shift{}
	for again := true; again; {
		org, until, err := h.orgAt(ctx, from)
		if err != nil {
			return nil, false, err
		}
		end := to
		if again = !until.IsZero() && until.Before(to); again {
			end = until
		}
		if s, ok := org.Schedule(id); ok {
			known = true
			list = join(list, s.Shifts(from, end))
		}
		from = end
	}
	return list, known, nil
}

// join appends shifts; one that a new configuration cut in two becomes one again.
func join(list, more []schedule.Shift) []schedule.Shift {
	if len(list) > 0 && len(more) > 0 {
		last := &list[len(list)-1]
		if last.End.Equal(more[0].Start) && slices.Equal(last.Parts, more[0].Parts) {
			last.End = more[0].End
			more = more[1:]
		}
	}
	return append(list, more...)
}

// orgAt returns the configuration that answers for an instant, and until when it does; zero if there is no later one. For
// what is to come that is the one in force, for the past the one that was, and for the time before the first, that.
func (h *Handler) orgAt(ctx context.Context, at time.Time) (org *oncall.Org, until time.Time, err error) {
	if !at.Before(h.now()) {
		org, err = h.cfg.Engine.Org(ctx)
		return org, time.Time{}, err
	}
	var then, next store.Revision
	err = h.cfg.Store.View(ctx, func(tx store.Tx) (err error) {
		then, next, err = revisionAt(tx.Revisions(), at)
		return err
	})
	if errors.Is(err, store.ErrNotFound) { // there is none at all yet
		org, err = h.cfg.Engine.Org(ctx)
		return org, time.Time{}, err
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	org, err = compile(then)
	return org, next.EffectiveAt, err
}

// revisionAt returns the revision for an instant and the one after it, the zero Revision if there is none.
func revisionAt(revisions store.Revisions, at time.Time) (then, next store.Revision, err error) {
	then, err = revisions.At(at)
	if errors.Is(err, store.ErrNotFound) {
		then, err = revisions.Get(1)
	}
	if err != nil {
		return then, next, err
	}
	next, err = revisions.Get(then.Number + 1)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return then, next, err
}

func compile(rev store.Revision) (*oncall.Org, error) {
	cfg, err := oncall.Decode(rev.Config)
	if err != nil {
		return nil, err
	}
	org, err := oncall.New(cfg, rev.Number)
	if err != nil {
		return nil, fmt.Errorf("httpapi: revision %d: %w", rev.Number, err)
	}
	return org, nil
}
