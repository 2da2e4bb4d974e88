package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/notice"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	// handoverGrace is how long after a hand-off its document is still the current one, though nobody has touched it.
	handoverGrace = 2 * time.Hour
	// handoverEarly is how long before a hand-off those who come can acknowledge it without naming it.
	handoverEarly = 12 * time.Hour
	// happenedAlerts is how many alerts of a shift are looked at for its figures.
	happenedAlerts = 200
)

// Handover returns the document of a hand-off in a schedule, with what is open at now; of one that somebody acknowledged,
// with what was open then. A zero at means the current one: the latest, until it is acknowledged or, if nobody has touched
// it, for two hours; afterwards the next. The error is [store.ErrNotFound] for a schedule that is not configured, and where
// there is no hand-off.
func (e *Engine) Handover(ctx context.Context, now time.Time, id watchbill.ScheduleID, at time.Time) (h handover.Handover, err error) {
	err = e.look(ctx, now, func(d *desk) error {
		if h, _, err = d.document(id, at, nil); err != nil || h.Acknowledged() {
			return err
		}
		h.Work, err = d.openWork(h)
		return err
	})
	return h, err
}

// HandOver carries out a command on the document of a hand-off, which is made if need be. A zero at means the one that the
// command is likely about: a note of somebody who has just gone is for the latest hand-off, any other for the next; those
// who have come on call acknowledge the latest, those who are about to come the next. The error is [store.ErrNotFound], or
// joins a FieldError for everything that is wrong.
func (e *Engine) HandOver(ctx context.Context, now time.Time, id watchbill.ScheduleID, at time.Time, c handover.Command) (made handover.Handover, err error) {
	err = e.change(ctx, now, func(d *desk) error {
		h, version, err := d.document(id, at, c)
		if err != nil {
			return err
		}
		c := c // a variable of its own: the transaction may run again
		if ack, ok := c.(handover.Acknowledge); ok && !h.Acknowledged() {
			if ack.Work, err = d.openWork(h); err != nil {
				return err
			}
			c = ack
		}
		r := references{d: d}
		r.user("by", watchbill.UserID(userOf(c.Speaker().Actor)))
		begin := handover.Begin{By: c.Speaker(), Schedule: h.Schedule, At: h.At, From: h.From, Outgoing: h.Outgoing, Incoming: h.Incoming}
		made, err = d.saveHandover(h.ID, version, begin, c, r.err())
		return err
	})
	return made, err
}

// saveHandover begins a document, if need be, carries out a command on it, and saves it. It refuses what else is wrong.
func (d *desk) saveHandover(id string, want store.Version, begin handover.Begin, c handover.Command, wrong error) (h handover.Handover, err error) {
	if want != 0 {
		if h, _, err = record(d, handover.RecordKind, id, handover.Decode); err != nil {
			return h, err
		}
	}
	h, entries, err := handover.Apply(h, d.now, begin)
	if err != nil {
		return h, err
	}
	h, more, err := handover.Apply(h, d.now, c)
	if err := errors.Join(wrong, err); err != nil {
		return h, err
	}
	body, err := handover.Encode(h)
	if err != nil {
		return h, fmt.Errorf("engine: hand-over %s: %w", id, err)
	}
	r := store.Record{Kind: handover.RecordKind, ID: id, ClosedAt: h.ClosedAt(), Body: body}
	if err := d.save(r, want, append(entries, more...)); err != nil || h.Acknowledged() {
		return h, err
	}
	h.Work, err = d.openWork(h)
	return h, err
}

// Handovers lists the documents that somebody has touched, latest hand-off first, at most limit, and a cursor for the
// rest; empty if there is none. Of open work they have what was open when they were acknowledged. An empty id means every
// schedule.
func (e *Engine) Handovers(ctx context.Context, id watchbill.ScheduleID, cursor string, limit int) (all []handover.Handover, next string, err error) {
	err = e.look(ctx, time.Time{}, func(d *desk) error {
		all, next = nil, cursor
		for first := true; len(all) < limit && (first || next != ""); first = false {
			var page []handover.Handover
			q := store.RecordQuery{Kind: handover.RecordKind, Cursor: next}
			if page, next, err = records(d, q, limit-len(all), handover.Decode); err != nil {
				return err
			}
			all = append(all, slices.DeleteFunc(page, func(h handover.Handover) bool { return id != "" && h.Schedule != id })...)
		}
		return nil
	})
	return all, next, err
}

// then returns a schedule as it was at an instant that has passed: what ended long ago is not in the one in force any more.
func (d *desk) then(s *schedule.Schedule, at time.Time) (*schedule.Schedule, error) {
	if !at.Before(d.now) {
		return s, nil
	}
	org, err := d.e.orgs.at(d.tx, d.now, at)
	if err != nil {
		return nil, err
	}
	if was, ok := org.Schedule(s.ID()); ok {
		return was, nil
	}
	return s, nil
}

// document finds the document that is meant, with those who go and come as the schedule has it, until it is acknowledged. A
// hand-off that an edit has moved away keeps its document, under the instant at which it was.
func (d *desk) document(id watchbill.ScheduleID, at time.Time, c handover.Command) (h handover.Handover, version store.Version, err error) {
	s, ok := d.org.Schedule(id)
	if !ok {
		return h, 0, &MissingError{"schedule", string(id)}
	}
	if at.IsZero() {
		if at, err = d.meant(s, c); err != nil {
			return h, 0, err
		}
	}
	at = watchbill.Stamp(at)
	if s, err = d.then(s, at); err != nil {
		return h, 0, err
	}
	h, version, err = record(d, handover.RecordKind, handover.ID(id, at), handover.Decode)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return h, 0, err
	}
	last, _ := handover.Around(s, at)
	switch is := last != nil && last.At.Equal(at); {
	case version == 0 && !is:
		return h, 0, &MissingError{"hand-over", string(id) + " at " + at.Format(time.RFC3339)}
	case version == 0:
		return last.Draft(id), 0, nil
	case is && !h.Acknowledged():
		h.From, h.Outgoing, h.Incoming = last.From, last.Outgoing, last.Incoming
	}
	return h, version, nil
}

// meant returns the hand-off that somebody means who names none; the command is nil for one who only looks.
func (d *desk) meant(s *schedule.Schedule, c handover.Command) (time.Time, error) {
	last, next := handover.Around(s, d.now)
	if last == nil && next == nil {
		return time.Time{}, &MissingError{"hand-over", string(s.ID())}
	}
	if last == nil {
		return next.At, nil
	}
	h, _, err := record(d, handover.RecordKind, handover.ID(s.ID(), last.At), handover.Decode)
	touched := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return time.Time{}, err
	}
	since := d.now.Sub(last.At)
	fresh := since < handoverGrace && (next == nil || since < next.At.Sub(last.At)/2)
	stays := next == nil
	switch c := c.(type) {
	case handover.AddNote:
		stays = stays || !h.Acknowledged() && fresh && slices.Contains(last.Outgoing, watchbill.UserID(userOf(c.Actor)))
	case handover.Acknowledge:
		by := watchbill.UserID(userOf(c.Actor))
		coming := next != nil && slices.Contains(next.Incoming, by) && next.At.Sub(d.now) <= handoverEarly
		stays = stays || slices.Contains(last.Incoming, by) && !h.Acknowledged() || !coming
	default:
		stays = stays || !h.Acknowledged() && (fresh || touched && since < handover.Remembered)
	}
	if stays {
		return last.At, nil
	}
	return next.At, nil
}

// openWork gathers what is open for the services that page by a document's schedule, and what happened in the shift.
func (d *desk) openWork(h handover.Handover) (handover.Work, error) {
	w, err := d.openNow(h.Schedule)
	w.Happened = handover.Happened{From: h.From, To: earlier(h.At, d.now)}
	for _, svc := range notice.Services(d.org, h.Schedule) {
		err = errors.Join(err, d.happened(&w.Happened, svc))
	}
	return w, err
}

// openNow gathers what is open.
func (d *desk) openNow(id watchbill.ScheduleID) (w handover.Work, err error) {
	services := notice.Services(d.org, id)
	for _, svc := range services {
		for _, state := range []alert.State{alert.Triggered, alert.Acknowledged} {
			if err := d.openAlerts(&w, store.Query{State: state, Service: svc}); err != nil {
				return w, err
			}
		}
	}
	slices.SortFunc(w.Alerts, func(a, b handover.Alert) int { return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(b.ID, a.ID)) })
	return w, d.openIncidents(&w, services)
}

func (d *desk) openAlerts(w *handover.Work, q store.Query) error {
	page, _, err := d.tx.Episodes().List(q, handover.MaxOpen+1)
	for _, s := range page {
		a := s.Episode.Alert
		if s.Err != nil {
			continue
		}
		if len(w.Alerts) == handover.MaxOpen {
			w.MoreAlerts = true
			break
		}
		w.Alerts = append(w.Alerts, handover.Alert{ID: a.ID, Summary: a.Summary, Severity: a.Severity, State: a.State, Service: a.Service,
			Since: a.CreatedAt, AcknowledgedBy: a.AcknowledgedBy})
	}
	return err
}

func (d *desk) openIncidents(w *handover.Work, services []watchbill.ServiceID) error {
	all, err := everyRecord(d, store.RecordQuery{Kind: incident.RecordKind, Open: true}, incident.Decode)
	for _, i := range all {
		affected := i.Impact.ServiceIDs()
		if !slices.ContainsFunc(affected, func(s watchbill.ServiceID) bool { return slices.Contains(services, s) }) {
			continue
		}
		if len(w.Incidents) == handover.MaxOpen {
			w.MoreIncidents = true
			break
		}
		w.Incidents = append(w.Incidents, handover.Incident{ID: i.ID, Title: i.Title, Severity: i.Severity, Status: i.Status, Services: affected,
			Since: i.DeclaredAt, Commander: i.Holder(incident.Commander)})
	}
	return err
}

// errEnough ends a listing.
var errEnough = errors.New("engine: enough")

// happened adds up what happened to the alerts of a service that opened in the shift.
func (d *desk) happened(h *handover.Happened, svc watchbill.ServiceID) error {
	err := d.opened(store.Query{Service: svc}, h.From, h.To, func(s store.Stored) error {
		if h.Alerts == happenedAlerts {
			h.More = true
			return errEnough
		}
		h.Alerts++
		if s.Episode.Alert.State == alert.Resolved {
			h.Resolved++
		}
		entries, err := d.tx.Timeline().Read(timeline.Alert(s.Episode.Alert.ID), 0, factEntries)
		for _, p := range episode.HistoryOf(entries).Pages {
			if p.At.Before(h.To) {
				h.Pages++
			}
		}
		return err
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
