package httpapi

import (
	"net/http"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// onCall says who is on call at an instant, as it was known at another. Times without an offset are in the zone of whose
// key it is, or else that of the schedule that is asked about, or of all where it is one.
func (h *Handler) onCall(w http.ResponseWriter, r *http.Request) error {
	now, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return err
	}
	q := queryOf(r, "at", "known_at", "schedule", "user", "names")
	id, user := watchbill.ScheduleID(q.text("schedule")), watchbill.UserID(q.text("user"))
	c := clock{h.now(), zoneOf(now, principal(r).User, id)}
	if c.zone == nil {
		c.zone = zoneOfAll(now)
	}
	at := q.said("at", c.now, c)
	then := q.said("known_at", at, c) // what was in force when it happened, or when it was known
	if at.Before(then) {
		then = at
	}
	named := q.oneOf("names", "no", "yes") == "yes"
	if err := q.err(); err != nil {
		return err
	}
	org, err := h.cfg.Engine.OrgAt(r.Context(), c.now, then)
	if err != nil {
		return err
	}
	if _, ok := org.Schedule(id); id != "" && !ok {
		q.refuse("schedule", "there is no schedule %q at that time", id)
	}
	if _, ok := org.User(user); user != "" && !ok {
		q.refuse("user", "there is no user %q at that time", user)
	}
	if err := q.err(); err != nil {
		return err
	}
	a := onCallAnswer{At: at, Schedules: onCallAt(org, at, id, user)}
	if named {
		a.name(org)
	}
	return answer(w, http.StatusOK, a)
}

// onCallAnswer is who is on call; with names=yes, it says what the people are called, and in which zone the times of each
// schedule are.
type onCallAnswer struct {
	At        time.Time                       `json:"at"`
	Schedules []schedule.Answer               `json:"schedules"`
	Names     map[watchbill.UserID]string     `json:"names,omitempty"`
	Timezones map[watchbill.ScheduleID]string `json:"timezones,omitempty"`
}

func (a *onCallAnswer) name(org *oncall.Org) {
	a.Names, a.Timezones = map[watchbill.UserID]string{}, map[watchbill.ScheduleID]string{}
	for _, s := range a.Schedules {
		a.Timezones[s.Schedule] = s.At.Location().String()
		for _, p := range slices.Concat(s.Parts, s.Shadows) {
			u, _ := org.User(p.User) // the configuration's own
			a.Names[p.User] = u.DisplayName()
		}
	}
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
