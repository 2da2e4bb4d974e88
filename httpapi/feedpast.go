package httpapi

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
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

// How much of the past a calendar takes in: so many revisions say what was in the window, and so many of a schedule's
// what earlier calendars listed.
const (
	feedRevisions = 100
	feedBefore    = 20
)

// past is what was and is configured of the schedules in the window of calendars. It never changes.
type past struct {
	from, to  time.Time
	org       *oncall.Org // in force
	stamp     time.Time   // when calendars were last changed
	sequence  int64       // rises whenever they are
	schedules []pastSchedule
}

// configured is a configuration that was in force from since on.
type configured struct {
	org   *oncall.Org
	since time.Time
}

// pastSchedule is one schedule through the times, the newest first.
type pastSchedule struct {
	id    watchbill.ScheduleID
	spans []pastSpan
}

// pastSpan is a schedule that was in force from since on, until the span before it in the list began.
type pastSpan struct {
	schedule *schedule.Schedule // nil: there was none
	since    time.Time
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
	editions, err := h.editions(ctx, org, from)
	if err != nil {
		return nil, err
	}
	for _, e := range editions {
		if e.org == org && e.since.After(p.stamp) {
			p.stamp = e.since
		}
		for _, spec := range e.org.Config().Schedules {
			if _, known := p.find(spec.ID); !known {
				p.schedules = append(p.schedules, pastSchedule{spec.ID, spansOf(editions, spec.ID)})
			}
		}
	}
	return p, nil
}

// editions lists the configurations that were in force from an instant on, the newest first.
func (h *Handler) editions(ctx context.Context, org *oncall.Org, from time.Time) (list []configured, err error) {
	var revisions []store.Revision
	err = h.cfg.Store.View(ctx, func(tx store.Tx) error {
		revisions, err = revisionsSince(tx.Revisions(), org.Revision(), from)
		return err
	})
	for i, rev := range revisions {
		e := configured{org, rev.EffectiveAt}
		if i > 0 && rev.EffectiveAt.Equal(revisions[i-1].EffectiveAt) { // never in force
			continue
		}
		if i > 0 {
			if e.org, err = h.cfg.Engine.OrgAt(ctx, rev.EffectiveAt); err != nil {
				return nil, err
			}
		}
		list = append(list, e)
	}
	return list, err
}

func revisionsSince(all store.Revisions, newest int64, from time.Time) (list []store.Revision, err error) {
	for n := newest; n > 0 && len(list) < feedRevisions; n-- {
		rev, err := all.Get(n)
		if errors.Is(err, store.ErrNotFound) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, rev)
		if !rev.EffectiveAt.After(from) {
			return list, nil
		}
	}
	return list, nil
}

// spansOf follows one schedule through the editions.
func spansOf(editions []configured, id watchbill.ScheduleID) (spans []pastSpan) {
	for _, e := range editions {
		s, _ := e.org.Schedule(id)
		if n := len(spans); n > 0 && sameSchedule(spans[n-1].schedule, s) {
			spans[n-1].since = e.since
			continue
		}
		spans = append(spans, pastSpan{s, e.since})
	}
	return spans
}

// sameSchedule reports whether two schedules are sure to say the same. What one includes may have changed.
func sameSchedule(a, b *schedule.Schedule) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := a.Spec(), b.Spec()
	return !includes(x) && reflect.DeepEqual(x, y)
}

func includes(s schedule.Spec) bool {
	layers := slices.Clone(s.Layers)
	for _, v := range s.Versions {
		layers = append(layers, v.Layers...)
	}
	return slices.ContainsFunc(layers, func(l schedule.Layer) bool { return l.Schedule != "" })
}

func (p *past) find(id watchbill.ScheduleID) (pastSchedule, bool) {
	for _, s := range p.schedules {
		if s.id == id {
			return s, true
		}
	}
	return pastSchedule{}, false
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

// duties returns what a schedule's calendar says, and what earlier ones said.
func (p *past) duties(s pastSchedule) ical.Duties {
	d := ical.Duties{Schedule: s.id, Shifts: p.shifts(s, 0)}
	for k, span := range s.spans {
		if span.schedule != nil && d.Zone == nil {
			d.Zone = span.schedule.Zone()
		}
		if k > 0 && k <= feedBefore {
			d.Before = append(d.Before, p.shifts(s, k))
		}
	}
	if now := s.spans[0].schedule; now != nil {
		d.Shadows = shadowsOf(now, p.from, p.to)
	}
	return d
}

// shifts lists those of the window as they were known while span k was in force: what had been until then, and what was
// to come.
func (p *past) shifts(s pastSchedule, k int) (list []schedule.Shift) {
	from := p.from
	for j := len(s.spans) - 1; j >= k; j-- {
		to := p.to
		if j > k {
			to = s.spans[j-1].since
		}
		if span := s.spans[j]; span.schedule != nil && to.After(from) {
			list = joinShifts(list, span.schedule.Shifts(from, to))
		}
		if to.After(from) {
			from = to
		}
	}
	return list
}

// joinShifts appends shifts; one that a new configuration cut in two becomes one again.
func joinShifts(list, more []schedule.Shift) []schedule.Shift {
	if len(list) > 0 && len(more) > 0 {
		last := &list[len(list)-1]
		if last.End.Equal(more[0].Start) && slices.Equal(last.Parts, more[0].Parts) {
			last.End = more[0].End
			more = more[1:]
		}
	}
	return append(list, more...)
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
