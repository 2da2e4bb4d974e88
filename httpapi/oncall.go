package httpapi

import (
	"net/http"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// onCall says who is on call at an instant, as it was known at another.
func (h *Handler) onCall(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "at", "known_at", "schedule", "user")
	at := q.time("at", h.now())
	then := q.time("known_at", at) // what was in force when it happened, or when it was known
	if at.Before(then) {
		then = at
	}
	if err := q.err(); err != nil {
		return err
	}
	org, err := h.cfg.Engine.OrgAt(r.Context(), h.now(), then)
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

// shifts lists who is on call in a window, as it was known at an instant.
func (h *Handler) shifts(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "from", "to", "known_at")
	from := q.time("from", h.now())
	to, known := q.time("to", from.Add(defaultWindow)), q.time("known_at", time.Time{})
	if to.Before(from) || to.Sub(from) > maxWindow {
		q.refuse("to", "expected a time after from, at most ten years later")
	}
	if err := q.err(); err != nil {
		return err
	}
	id := watchbill.ScheduleID(r.PathValue("id"))
	list, err := h.cfg.Engine.Shifts(r.Context(), h.now(), id, from, to, known)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, append([]schedule.Shift{}, list...))
}
