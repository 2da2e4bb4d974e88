package httpapi

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/ical"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/store"
)

// The window of a calendar begins with the month in which the day thirty days ago lies, in UTC, and has eight months: at
// least 30 days back and 180 days ahead. It moves once a month, so that in between a calendar changes with the
// configuration only.
const (
	feedBack   = 30 * 24 * time.Hour
	feedMonths = 8
)

// past is what was and is configured of the schedules in the window of calendars. It never changes.
type past struct {
	from, to  time.Time
	org       *oncall.Org // in force
	stamp     time.Time   // when calendars were last changed
	sequence  int64       // rises whenever they are
	schedules []engine.Past
}

// pastCache keeps the last one. The zero value is empty.
type pastCache struct {
	mu   sync.Mutex
	last *past
}

// past returns what calendars are made of now.
func (h *Handler) past(ctx context.Context) (*past, error) {
	org, err := h.cfg.Engine.Org(ctx)
	if err != nil {
		return nil, err
	}
	first := h.now().Add(-feedBack)
	from := time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, time.UTC)
	h.pasts.mu.Lock()
	defer h.pasts.mu.Unlock()
	if last := h.pasts.last; last != nil && last.org.Revision() == org.Revision() && last.from.Equal(from) {
		return last, nil
	}
	p, err := h.makePast(ctx, org, from)
	if err == nil {
		h.pasts.last = p
	}
	return p, err
}

func (h *Handler) makePast(ctx context.Context, org *oncall.Org, from time.Time) (*past, error) {
	p := &past{from: from, to: from.AddDate(0, feedMonths, 0), org: org, stamp: from.Add(feedBack)}
	p.sequence = org.Revision() + int64(from.Year()-2000)*12 + int64(from.Month())
	err := h.cfg.Store.View(ctx, func(tx store.Tx) error {
		rev, err := tx.Revisions().Get(org.Revision())
		if errors.Is(err, store.ErrNotFound) { // there is none at all yet
			return nil
		}
		if changed := earlierOf(rev.EffectiveAt, h.now()); changed.After(p.stamp) {
			p.stamp = changed
		}
		return err
	})
	if err == nil {
		p.schedules, err = h.cfg.Engine.Pasts(ctx, h.now(), p.from, p.to, time.Time{})
	}
	return p, err
}

func earlierOf(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (p *past) find(id watchbill.ScheduleID) (engine.Past, bool) {
	for _, s := range p.schedules {
		if s.Schedule == id {
			return s, true
		}
	}
	return engine.Past{}, false
}

// name is what a person is called.
func (p *past) name(id watchbill.UserID) string {
	if u, ok := p.org.User(id); ok {
		return u.DisplayName()
	}
	return string(id)
}

// all returns the duties in every schedule that there is or was.
func (p *past) all() (list []ical.Duties) {
	for _, s := range p.schedules {
		list = append(list, p.duties(s))
	}
	return list
}

// duties returns what a schedule's calendar says, and what earlier ones said: of each, what had been until then, and what
// was to come.
func (p *past) duties(s engine.Past) ical.Duties {
	d := ical.Duties{Schedule: s.Schedule, Shifts: s.Shifts(p.from, p.to)}
	for i, e := range slices.Backward(s.Editions) {
		if e.Schedule != nil && d.Zone == nil {
			d.Zone = e.Schedule.Zone()
		}
		if i > 0 {
			d.Before = append(d.Before, engine.Past{Schedule: s.Schedule, Editions: s.Editions[:i]}.Shifts(p.from, p.to))
		}
	}
	if now := s.Editions[len(s.Editions)-1].Schedule; now != nil {
		d.Shadows = shadowsOf(now, p.from, p.to)
	}
	return d
}

// shadowsOf lists when learners shadow.
func shadowsOf(s *schedule.Schedule, from, to time.Time) (list []schedule.Shift) {
	spec := s.Spec()
	layers := slices.Clone(spec.Layers)
	for _, v := range spec.Versions {
		layers = append(layers, v.Layers...)
	}
	seen := map[schedule.LayerID]bool{}
	for _, l := range layers {
		if l.Shadow && !seen[l.ID] {
			seen[l.ID] = true
			list = append(list, s.Only(l.ID).Shifts(from, to)...)
		}
	}
	slices.SortStableFunc(list, func(a, b schedule.Shift) int { return a.Start.Compare(b.Start) })
	return list
}
