package httpapi

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/schedule/chart"
)

// chartRoutes is pictures of schedules.
func (h *Handler) chartRoutes() {
	h.handle("/api/v1/schedules/{id}/shifts.svg", methods{"GET": h.needs(h.drawShifts, catalog.RoleViewer)})
}

// drawShifts draws a schedule: four weeks from this Monday, in the schedule's zone, where nothing else is asked for.
func (h *Handler) drawShifts(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "from", "to", "theme")
	o := chart.Options{From: q.time("from", time.Time{}), To: q.time("to", time.Time{}), Now: h.now()}
	if err := o.Theme.UnmarshalText([]byte(q.oneOf("theme", "auto", "light", "dark"))); err != nil {
		o.Theme = chart.Auto // q says what is wrong
	}
	if err := q.err(); err != nil {
		return err
	}
	id := watchbill.ScheduleID(r.PathValue("id"))
	org, s, err := h.drawn(r.Context(), id, o.From)
	if err != nil {
		return err
	}
	if o.From, o.To, err = o.Window(s); err != nil {
		return misdrawn(q, err)
	}
	final, err := h.cfg.Engine.Shifts(r.Context(), h.now(), id, o.From, o.To, time.Time{})
	if err != nil {
		return err
	}
	o.Final = append([]schedule.Shift{}, final...) // not nil, which would mean the schedule's own
	o.Names = func(u watchbill.UserID) string { person, _ := org.User(u); return person.DisplayName() }
	var picture bytes.Buffer
	if err := chart.SVG(&picture, s, o); err != nil {
		return misdrawn(q, err)
	}
	w.Header().Set("Content-Security-Policy", chart.CSP())
	w.Header().Set("X-Content-Type-Options", "nosniff")
	send(w, http.StatusOK, "image/svg+xml", picture.Bytes())
	return nil
}

// drawn returns the schedule whose layers are drawn: as it is now, or, where there is none any more, as it was when the
// window began. The final line is what held at each time, whatever has been changed since.
func (h *Handler) drawn(ctx context.Context, id watchbill.ScheduleID, from time.Time) (
	*oncall.Org, *schedule.Schedule, error) {
	for _, at := range []time.Time{h.now(), from} {
		if at.IsZero() {
			continue
		}
		org, err := h.cfg.Engine.OrgAt(ctx, h.now(), at)
		if err != nil {
			return nil, nil, err
		}
		if s, ok := org.Schedule(id); ok {
			return org, s, nil
		}
	}
	return nil, nil, problem(http.StatusNotFound, "there is no schedule %q", id)
}

// misdrawn says which parameter a picture cannot be drawn for.
func misdrawn(q *query, err error) error {
	var field *chart.FieldError
	if !errors.As(err, &field) {
		return err
	}
	names := map[string]string{"From": "from", "To": "to"}
	q.refuse(names[field.Field], "%s", field.Reason)
	return q.err()
}
