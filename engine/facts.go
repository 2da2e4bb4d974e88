package engine

import (
	"context"
	"errors"
	"time"

	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// MaxFacts is how many alerts a report may be about.
const MaxFacts = 20_000

// ErrTooMuch is returned for a window with more alerts than that.
var ErrTooMuch = errors.New("engine: there are more than 20,000 alerts in the window; choose a shorter one")

// factsLead is how long before a window alerts are looked at whose pages may lie in it.
const factsLead = 7 * 24 * time.Hour

// Facts gathers what a report about a window is made of: the alerts created in it or in the week before, since they may
// page in it, the incidents declared in it, with their histories, and the catalog in force. It reads the record of each;
// the error is [ErrTooMuch] for more than [MaxFacts] alerts.
func (e *Engine) Facts(ctx context.Context, window report.Window, hours report.Hours) (in report.Input, err error) {
	err = e.look(ctx, time.Time{}, func(d *desk) error {
		in = report.Input{Window: window, Hours: hours, Catalog: d.org.Config().Catalog}
		if in.Alerts, err = d.alertsIn(window); err != nil {
			return err
		}
		in.Incidents, err = d.incidentsIn(window)
		return err
	})
	return in, err
}

func (d *desk) alertsIn(window report.Window) (all []report.Alert, err error) {
	err = d.opened(store.Query{}, window.From.Add(-factsLead), window.To, func(s store.Stored) error {
		if len(all) == MaxFacts {
			return ErrTooMuch
		}
		a, err := d.fact(s)
		all = append(all, a)
		return err
	})
	return all, err
}

// opened calls fn with the alerts opened in [from, to), newest first; what cannot be read is left out.
func (d *desk) opened(q store.Query, from, to time.Time, fn func(store.Stored) error) error {
	for {
		page, next, err := d.tx.Episodes().List(q, 200)
		if err != nil {
			return err
		}
		for _, s := range page {
			at := s.Episode.Alert.CreatedAt
			if s.Err != nil || !at.Before(to) {
				continue
			}
			if at.Before(from) { // the rest is older
				return nil
			}
			if err := fn(s); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		q.Cursor = next
	}
}

func (d *desk) fact(s store.Stored) (report.Alert, error) {
	entries, err := d.tx.Timeline().Read(timeline.Alert(s.Episode.Alert.ID), 0, factEntries)
	h := episode.HistoryOf(entries)
	a := report.Alert{Alert: s.Episode.Alert, AcknowledgedAt: h.AcknowledgedAt}
	for _, p := range h.Pages {
		a.Pages = append(a.Pages, report.Page{User: p.User, At: p.At, Urgency: p.Urgency})
	}
	return a, err
}

func (d *desk) incidentsIn(window report.Window) (all []report.Incident, err error) {
	q := store.RecordQuery{Kind: incident.RecordKind, Since: window.From}
	list, err := everyRecord(d, q, incident.Decode)
	if err != nil {
		return nil, err
	}
	for _, i := range list {
		if i.DeclaredAt.Before(window.From) || !i.DeclaredAt.Before(window.To) {
			continue
		}
		v, err := d.view(i)
		if err != nil {
			return nil, err
		}
		all = append(all, report.Incident{Incident: i, Figures: v.Figures})
	}
	return all, nil
}
