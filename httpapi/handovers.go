package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/schedule"
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
		s, err := h.scheduleOf(ctx, id)
		if err != nil {
			return handover.Handover{}, err
		}
		var at time.Time
		if c.at != "" {
			if at, err = (clock{now, s.Zone()}).read(c.at); err != nil {
				return handover.Handover{}, invalid(http.StatusBadRequest, FieldError{"at", reasonOf(err.Error())})
			}
		}
		made, err := h.cfg.Engine.HandOver(ctx, now, id, at, c.Command)
		return h.shown(made, s.Zone()), err
	})
	commandRoutes(h, "/api/v1/schedules/{id}", map[string]func(spoken) (timeline.By, error){
		"review": commandOf(func(_ struct{}, by timeline.By) timeline.By { return by }),
	}, h.reviewed)
}

// handoverCommand is a command on the document of one hand-off, or of the one that it is likely about.
type handoverCommand struct {
	at string // as people write it; empty: not named
	handover.Command
}

// noteRequest is the body of a note and of an acknowledgement.
type noteRequest struct {
	At   string `json:"at"` // of the hand-off; without an offset, in the schedule's zone
	Text string `json:"text"`
}

// HandoverURL returns the address of the document of a hand-off.
func (l Links) HandoverURL(id watchbill.ScheduleID, at time.Time) string {
	return l.address("/api/v1/schedules/" + url.PathEscape(string(id)) + "/handover?format=md&at=" + at.UTC().Format(time.RFC3339Nano))
}

// shown makes a document ready for JSON: lists without null, times of the hand-off in the schedule's zone, and addresses
// of what is open.
func (h *Handler) shown(d handover.Handover, zone *time.Location) handover.Handover {
	d.At, d.From = d.At.In(zone), d.From.In(zone)
	d.Outgoing, d.Incoming = append([]watchbill.UserID{}, d.Outgoing...), append([]watchbill.UserID{}, d.Incoming...)
	d.Notes, d.Acks = append([]handover.Note{}, d.Notes...), append([]handover.Ack{}, d.Acks...)
	for i := range d.Notes {
		d.Notes[i].At = d.Notes[i].At.In(zone)
	}
	for i := range d.Acks {
		d.Acks[i].At = d.Acks[i].At.In(zone)
	}
	d.Work.Alerts, d.Work.Incidents = append([]handover.Alert{}, d.Work.Alerts...), append([]handover.Incident{}, d.Work.Incidents...)
	for i := range d.Work.Alerts {
		d.Work.Alerts[i].Link = h.links.address("/api/v1/alerts/" + url.PathEscape(string(d.Work.Alerts[i].ID)))
	}
	for i := range d.Work.Incidents {
		d.Work.Incidents[i].Link = h.links.address("/api/v1/incidents/" + url.PathEscape(string(d.Work.Incidents[i].ID)))
	}
	return d
}

// scheduleOf finds a schedule in the configuration in force.
func (h *Handler) scheduleOf(ctx context.Context, id watchbill.ScheduleID) (*schedule.Schedule, error) {
	org, err := h.cfg.Engine.Org(ctx)
	if err != nil {
		return nil, err
	}
	s, ok := org.Schedule(id)
	if !ok {
		return nil, problem(http.StatusNotFound, "there is no schedule %q", id)
	}
	return s, nil
}

func (h *Handler) getHandover(w http.ResponseWriter, r *http.Request) error {
	s, err := h.scheduleOf(r.Context(), watchbill.ScheduleID(r.PathValue("id")))
	if err != nil {
		return err
	}
	q := queryOf(r, "at", "format", "timezone")
	at, format := q.said("at", time.Time{}, clock{h.now(), s.Zone()}), q.oneOf("format", "json", "md", "markdown")
	zone := s.Zone()
	if name := q.text("timezone"); name != "" {
		if zone, err = calendar.LoadZone(name); err != nil {
			q.refuse("timezone", "expected an IANA time zone such as Europe/Berlin")
		}
	}
	if err := q.err(); err != nil {
		return err
	}
	d, err := h.cfg.Engine.Handover(r.Context(), h.now(), s.ID(), at)
	if err != nil {
		return err
	}
	if d = h.shown(d, s.Zone()); format == "json" {
		return answer(w, http.StatusOK, d)
	}
	text, err := h.handoverText(r.Context(), s, d, zone)
	if err != nil {
		return err
	}
	send(w, http.StatusOK, "text/markdown; charset=utf-8", text)
	return nil
}

// handoverText is a document for people. It ends with the hand-off after it, where notes may have gone.
func (h *Handler) handoverText(ctx context.Context, s *schedule.Schedule, d handover.Handover, zone *time.Location) ([]byte, error) {
	org, err := h.cfg.Engine.Org(ctx)
	if err != nil {
		return nil, err
	}
	name := func(u watchbill.UserID) string {
		if known, ok := org.User(u); ok {
			return known.DisplayName()
		}
		return string(u)
	}
	text := d.Markdown(zone, name)
	_, next := handover.Around(s, d.At)
	if next == nil {
		return text, nil
	}
	after, err := h.cfg.Engine.Handover(ctx, h.now(), s.ID(), next.At)
	if err != nil {
		return nil, err
	}
	return append(text, "\nNext: "+after.Line(zone, name)+"\n"...), nil
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
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return err
	}
	shown := []handover.Handover{}
	for _, d := range list {
		shown = append(shown, h.shown(d, zoneOr(zoneOf(org, "", d.Schedule))))
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
	u := userOf(by)
	return review{id, now, u}, h.cfg.Engine.Reviewed(ctx, now, id, u)
}

// userOf returns the person who gives a command.
func userOf(by timeline.By) watchbill.UserID {
	return watchbill.UserID(strings.TrimPrefix(string(by.Actor), string(timeline.User(""))))
}
