package engine

import (
	"context"
	"errors"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// previewed is how many alerts a preview lists.
const previewed = 100

// Preview is what matchers would have muted.
type Preview struct {
	Since  time.Time        `json:"since"`
	Looked int              `json:"looked"` // alerts opened since then
	Muted  int              `json:"muted"`  // how many of them match
	Paged  int              `json:"paged"`  // how many of those have paged somebody
	Alerts []PreviewedAlert `json:"alerts"` // those that match, newest first, at most 100
	More   bool             `json:"more"`   // there are so many alerts that only the newest [MaxFacts] were looked at
}

// PreviewedAlert is an alert that matches.
type PreviewedAlert struct {
	ID        watchbill.AlertID   `json:"id"`
	Summary   string              `json:"summary"`
	State     alert.State         `json:"state"`
	Severity  watchbill.Severity  `json:"severity"`
	Service   watchbill.ServiceID `json:"service"`
	Source    watchbill.SourceID  `json:"source"`
	CreatedAt time.Time           `json:"created_at"`
	Pages     int                 `json:"pages"` // that reached a provider
	People    []watchbill.UserID  `json:"people"`
}

// Preview says which of the alerts of the last days matchers match: what a silence of them would have muted. It counts as
// an error, as [Engine.Silence] has it, what could be no silence.
func (e *Engine) Preview(ctx context.Context, now time.Time, matchers mute.Matchers, days int) (p Preview, err error) {
	trial := mute.Silence{ID: "preview", Matchers: matchers, Span: mute.Span{To: calendar.InstantMoment(now)}}
	if err := trial.Validate(); err != nil {
		return p, err
	}
	err = e.look(ctx, now, func(d *desk) error {
		p = Preview{Since: d.now.AddDate(0, 0, -days), Alerts: []PreviewedAlert{}}
		err := d.opened(store.Query{}, p.Since, d.now.Add(time.Second), func(s store.Stored) error {
			if p.Looked == MaxFacts {
				p.More = true
				return errEnough
			}
			p.Looked++
			if !matchers.Matches(episode.Subject(s.Episode.Alert)) {
				return nil
			}
			return d.preview(&p, s.Episode)
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	})
	return p, err
}

// preview adds an alert that matches.
func (d *desk) preview(p *Preview, ep episode.Episode) error {
	p.Muted++
	if len(ep.Paged) > 0 {
		p.Paged++
	}
	if len(p.Alerts) == previewed {
		return nil
	}
	a := ep.Alert
	entries, err := d.tx.Timeline().Read(timeline.Alert(a.ID), 0, factEntries)
	p.Alerts = append(p.Alerts, PreviewedAlert{ID: a.ID, Summary: a.Summary, State: a.State, Severity: a.Severity, Service: a.Service,
		Source: a.Source, CreatedAt: a.CreatedAt, Pages: len(episode.HistoryOf(entries).Pages), People: append([]watchbill.UserID{}, ep.Paged...)})
	return err
}
