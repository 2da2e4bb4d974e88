package engine

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/store"
)

// Edition is a schedule as it was in force from Since on, until the edition after it.
type Edition struct {
	Since    time.Time
	Schedule *schedule.Schedule // nil: there was none
}

// Past is one schedule through a window of time, in order. Two editions in a row are not the same.
type Past struct {
	Schedule watchbill.ScheduleID
	Editions []Edition
}

// Shifts lists who is on call in a window: each edition says its part of it, the last one also what comes after it. A shift
// that two editions agree on is not cut in two.
func (p Past) Shifts(from, to time.Time) (list []schedule.Shift) {
	p.each(from, to, func(s *schedule.Schedule, from, to time.Time) {
		more := s.Shifts(from, to)
		if len(list) > 0 && len(more) > 0 {
			last := &list[len(list)-1]
			if last.End.Equal(more[0].Start) && slices.Equal(last.Parts, more[0].Parts) {
				last.End, more = more[0].End, more[1:]
			}
		}
		list = append(list, more...)
	})
	return list
}

// each calls fn with each edition that has a part of a window, and that part.
func (p Past) each(from, to time.Time, fn func(s *schedule.Schedule, from, to time.Time)) {
	for i, e := range p.Editions {
		end := to
		if i+1 < len(p.Editions) {
			end = earlier(to, p.Editions[i+1].Since)
		}
		start := from
		if i > 0 && e.Since.After(from) {
			start = e.Since
		}
		if e.Schedule != nil && start.Before(end) {
			fn(e.Schedule, start, end)
		}
	}
}

// Pasts lists schedules as they were at each time of a window, as it was known at an instant; see [Engine.OnCall]. Without
// ids it lists all that there were, first those of the latest configuration, in its order. It reads every revision of the
// window, and compiles of each what is new.
func (e *Engine) Pasts(ctx context.Context, now, from, to, knownAt time.Time, ids ...watchbill.ScheduleID) (all []Past, err error) {
	err = e.walk(ctx, now, from, to, knownAt, func(w *walk) error {
		all, err = w.pasts(ids)
		return err
	})
	return all, err
}

// revised is a revision that answers for what lies between since and that of the next one.
type revised struct {
	parts
	number int64
	since  time.Time
}

// walk is a way through the revisions of a window, in order.
type walk struct {
	shelf *shelf
	list  []revised
	made  map[string]*schedule.Schedule // by what they are made of
	users map[string][]catalog.User     // by the base
}

// walk reads the revisions that answer for a window, and calls fn in the same transaction.
func (e *Engine) walk(ctx context.Context, now, from, to, knownAt time.Time, fn func(*walk) error) error {
	return e.cfg.Store.View(ctx, func(tx store.Tx) error {
		w := &walk{shelf: newShelf(tx), made: map[string]*schedule.Schedule{}, users: map[string][]catalog.User{}}
		err := w.read(watchbill.Stamp(now), asKnown(from, knownAt), asKnown(to, knownAt))
		if errors.Is(err, store.ErrNotFound) { // there is none at all yet
			return fn(w)
		}
		if err != nil {
			return err
		}
		return fn(w)
	})
}

// read goes back from the revision that answers for the end of a window. One that a later one superseded before it came
// into force, as happens to one that was made while a clock was ahead, answers for nothing. The first of the rest answers
// also for what was before it.
func (w *walk) read(now, from, to time.Time) error {
	all := w.shelf.tx.Revisions()
	rev, err := revisionAt(all, now, to)
	if err != nil {
		return err
	}
	since := earlier(rev.EffectiveAt, now) // since what is in force now answers also if it was made by a clock ahead
	if err := w.add(rev, since); err != nil {
		return err
	}
	for n := rev.Number - 1; n > 0 && since.After(from); n-- {
		if rev, err = all.Get(n); err != nil {
			return err
		}
		if !rev.EffectiveAt.Before(since) {
			continue
		}
		since = rev.EffectiveAt
		if err := w.add(rev, since); err != nil {
			return err
		}
	}
	slices.Reverse(w.list)
	return nil
}

func (w *walk) add(rev store.Revision, since time.Time) error {
	p, err := w.shelf.parts(rev)
	w.list = append(w.list, revised{p, rev.Number, since})
	return err
}

// pasts follows schedules along the way.
func (w *walk) pasts(ids []watchbill.ScheduleID) (all []Past, err error) {
	if len(ids) == 0 {
		if ids, err = w.schedules(); err != nil {
			return nil, err
		}
	}
	for _, id := range ids {
		p := Past{Schedule: id}
		for i, r := range w.list {
			s, err := w.schedule(r, id)
			if err != nil {
				return nil, err
			}
			if i == 0 || !same(p.Editions[len(p.Editions)-1].Schedule, s) {
				p.Editions = append(p.Editions, Edition{r.since, s})
			}
		}
		all = append(all, p)
	}
	return all, nil
}

// schedules lists every schedule that there was on the way, those of the latest configuration first.
func (w *walk) schedules() (ids []watchbill.ScheduleID, err error) {
	seen, last := map[watchbill.ScheduleID]bool{}, ""
	for _, r := range slices.Backward(w.list) {
		if r.Base == last {
			continue
		}
		last = r.Base
		c, err := w.shelf.base(r.parts)
		if err != nil {
			return nil, err
		}
		for _, spec := range c.Schedules {
			if !seen[spec.ID] {
				seen[spec.ID] = true
				ids = append(ids, spec.ID)
			}
		}
	}
	return ids, nil
}

// schedule makes one schedule of a revision, nil if it has none by that name, with what it includes and nothing else.
func (w *walk) schedule(r revised, id watchbill.ScheduleID) (*schedule.Schedule, error) {
	c, err := w.shelf.base(r.parts)
	if err != nil {
		return nil, err
	}
	ids := included(c.Schedules, id, nil)
	key := r.Base + " " + string(id)
	for _, one := range ids {
		key += " " + string(one) + " " + strings.Join(r.Overrides[one], " ")
	}
	if s, ok := w.made[key]; ok {
		return s, nil
	}
	one := oncall.Config{Catalog: catalog.Catalog{Users: w.people(r.Base, c.Catalog.Users)}}
	for _, spec := range c.Schedules {
		if slices.Contains(ids, spec.ID) {
			one.Schedules = append(one.Schedules, spec)
		}
	}
	if one.Overrides, err = w.shelf.overrides(r.parts, ids); err != nil {
		return nil, err
	}
	org, err := oncall.New(one, r.number)
	if err != nil {
		return nil, &UnreadableError{"revision", strconv.FormatInt(r.number, 10), err}
	}
	s, _ := org.Schedule(id)
	w.made[key] = s
	return s, nil
}

// people returns users by no more than their IDs, which is all that schedules need.
func (w *walk) people(base string, users []catalog.User) []catalog.User {
	if all, ok := w.users[base]; ok {
		return all
	}
	all := make([]catalog.User, len(users))
	for i, u := range users {
		all[i].ID = u.ID
	}
	w.users[base] = all
	return all
}

// included returns a schedule and those whose people it has.
func included(specs []schedule.Spec, id watchbill.ScheduleID, found []watchbill.ScheduleID) []watchbill.ScheduleID {
	if slices.Contains(found, id) {
		return found
	}
	found = append(found, id)
	for _, s := range specs {
		if s.ID != id {
			continue
		}
		for _, l := range layersOf(s) {
			if l.Schedule != "" {
				found = included(specs, l.Schedule, found)
			}
		}
	}
	return found
}

// layersOf returns the layers of all versions of a schedule.
func layersOf(s schedule.Spec) []schedule.Layer {
	layers := slices.Clone(s.Layers)
	for _, v := range s.Versions {
		layers = append(layers, v.Layers...)
	}
	return layers
}

// same reports whether two schedules are sure to say the same. What one includes may have changed.
func same(a, b *schedule.Schedule) bool {
	if a == nil || b == nil || a == b {
		return a == b
	}
	x, y := a.Spec(), b.Spec()
	includes := slices.ContainsFunc(layersOf(x), func(l schedule.Layer) bool { return l.Schedule != "" })
	return !includes && reflect.DeepEqual(x, y)
}
