package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/timeline"
)

// handoverRoutes is the hand-over of shifts.
func (h *Handler) handoverRoutes() {
	const one = "/api/v1/schedules/{id}/handover"
	h.handle("/api/v1/handovers", methods{"GET": h.needs(h.listHandovers, catalog.RoleViewer)})
	h.handle(one, methods{"GET": h.needs(h.getHandover, catalog.RoleViewer)})
	commandRoutes(h, one, map[string]func(spoken) (handoverCommand, error){
		"note": commandOf(func(c noteRequest, by timeline.By) handoverCommand {
			return handoverCommand{c.At, handover.AddNote{By: by, Text: c.Text}}
		}),
		"ack": commandOf(func(c noteRequest, by timeline.By) handoverCommand {
			return handoverCommand{c.At, handover.Acknowledge{By: by, Text: c.Text}}
		}),
	}, func(ctx context.Context, now time.Time, id watchbill.ScheduleID, c handoverCommand) (handover.Handover, error) {
		made, err := h.cfg.Engine.HandOver(ctx, now, id, c.at, c.Command)
		return h.shown(made), err
	})
	commandRoutes(h, "/api/v1/schedules/{id}", map[string]func(spoken) (timeline.By, error){
		"review": commandOf(func(_ struct{}, by timeline.By) timeline.By { return by }),
	}, h.reviewed)
}

// handoverCommand is a command on the document of one hand-off, or of the one that it is likely about.
type handoverCommand struct {
	at time.Time // zero: not named
	handover.Command
}

// noteRequest is the body of a note and of an acknowledgement.
type noteRequest struct {
	At   time.Time `json:"at"` // of the hand-off
	Text string    `json:"text"`
}

// HandoverURL returns the address of the document of a hand-off.
func (l Links) HandoverURL(id watchbill.ScheduleID, at time.Time) string {
	return l.address("/api/v1/schedules/" + url.PathEscape(string(id)) + "/handover?format=md&at=" + at.UTC().Format(time.RFC3339Nano))
}

// shown makes a document ready for JSON: lists without null, and addresses of what is open.
func (h *Handler) shown(d handover.Handover) handover.Handover {
	d.Outgoing, d.Incoming = append([]watchbill.UserID{}, d.Outgoing...), append([]watchbill.UserID{}, d.Incoming...)
	d.Notes, d.Acks = append([]handover.Note{}, d.Notes...), append([]handover.Ack{}, d.Acks...)
	d.Work.Alerts, d.Work.Incidents = append([]handover.Alert{}, d.Work.Alerts...), append([]handover.Incident{}, d.Work.Incidents...)
	for i := range d.Work.Alerts {
		d.Work.Alerts[i].Link = h.links.address("/api/v1/alerts/" + url.PathEscape(string(d.Work.Alerts[i].ID)))
	}
	for i := range d.Work.Incidents {
		d.Work.Incidents[i].Link = h.links.address("/api/v1/incidents/" + url.PathEscape(string(d.Work.Incidents[i].ID)))
	}
	return d
}

func (h *Handler) getHandover(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "at", "format", "timezone")
	at, format := q.time("at", time.Time{}), q.oneOf("format", "json", "md", "markdown")
	zone, err := time.LoadLocation(q.text("timezone"))
	if err != nil {
		q.refuse("timezone", "expected an IANA time zone such as Europe/Berlin")
	}
	if err := q.err(); err != nil {
		return err
	}
	id := watchbill.ScheduleID(r.PathValue("id"))
	d, err := h.cfg.Engine.Handover(r.Context(), h.now(), id, at)
	if err != nil {
		return err
	}
	if d = h.shown(d); format == "json" {
		return answer(w, http.StatusOK, d)
	}
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return err
	}
	if s, ok := org.Schedule(id); ok && q.text("timezone") == "" {
		zone = s.Zone()
	}
	send(w, http.StatusOK, "text/markdown; charset=utf-8", d.Markdown(zone, func(u watchbill.UserID) string {
		if known, ok := org.User(u); ok {
			return known.DisplayName()
		}
		return string(u)
	}))
	return nil
}

func (h *Handler) listHandovers(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "schedule", "cursor", "limit")
	limit := q.limit()
	if err := q.err(); err != nil {
		return err
	}
	list, next, err := h.cfg.Engine.Handovers(r.Context(), watchbill.ScheduleID(q.text("schedule")), q.text("cursor"), limit)
	if err != nil {
		return err
	}
	shown := []handover.Handover{}
	for _, d := range list {
		shown = append(shown, h.shown(d))
	}
	return answer(w, http.StatusOK, struct {
		Handovers []handover.Handover `json:"handovers"`
		Next      string              `json:"next"`
	}{shown, next})
}

// review is the answer to a schedule's review.
type review struct {
	Schedule watchbill.ScheduleID `json:"schedule"`
	At       time.Time            `json:"reviewed_at"`
	By       watchbill.UserID     `json:"by"`
}

func (h *Handler) reviewed(ctx context.Context, now time.Time, id watchbill.ScheduleID, by timeline.By) (review, error) {
	u := watchbill.UserID(strings.TrimPrefix(string(by.Actor), string(timeline.User(""))))
	return review{id, now, u}, h.cfg.Engine.Reviewed(ctx, now, id, u)
}
