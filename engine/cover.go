package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
)

// keepOverrides is how long an override that people made stays in the configuration in force after its end. The revisions
// of its time have it for ever, and they are what questions of the past are answered from.
const keepOverrides = 7 * 24 * time.Hour

// Cover carries out a command on a request for cover: a [cover.TakeOver], [cover.Ask] or [cover.Swap] makes one, with an
// empty id, under an ID of the engine's; the other commands are about the request that id names. What is agreed by it is
// in force from that transaction on, as a revision of the configuration with an override for each [cover.Grant]. The error
// is [store.ErrNotFound], [cover.ErrOver], or joins a [*cover.FieldError] for everything that is wrong.
func (e *Engine) Cover(ctx context.Context, now time.Time, id cover.ID, c cover.Command) (cover.Request, error) {
	var made cover.Request
	err := e.change(ctx, now, func(d *desk) error {
		r, version, c, err := d.coverFor(id, c)
		if err != nil {
			return err
		}
		if made, err = d.cover(r, version, c); err != nil {
			return err
		}
		made = d.viewCover(made)
		return nil
	})
	e.wake()
	return made, err
}

// coverFor loads the request that a command is about, or names the one that it makes.
func (d *desk) coverFor(id cover.ID, c cover.Command) (r cover.Request, version store.Version, named cover.Command, err error) {
	if id != "" {
		r, version, err = record(d, cover.RecordKind, string(id), cover.Decode)
		return r, version, c, err
	}
	name, err := d.e.ids.next(d.now)
	switch made := c.(type) {
	case cover.TakeOver:
		made.ID = cover.ID(name)
		c = made
	case cover.Ask:
		made.ID = cover.ID(name)
		c = made
	case cover.Swap:
		made.ID = cover.ID(name)
		c = made
	}
	return r, 0, c, err
}

// cover carries out a command on one request, saves it, and puts in force what is agreed by it.
func (d *desk) cover(r cover.Request, want store.Version, c cover.Command) (cover.Request, error) {
	next, entries, err := cover.Apply(r, d.now, c, d.scene())
	if err != nil {
		return r, err
	}
	body, err := cover.Encode(next)
	if err != nil {
		return r, fmt.Errorf("engine: cover %s: %w", next.ID, err)
	}
	if err := d.save(store.Record{Kind: cover.RecordKind, ID: string(next.ID), ClosedAt: next.ClosedAt(), Body: body}, want, entries); err != nil {
		return r, err
	}
	if err := d.tellCover(next, entries); err != nil {
		return r, err
	}
	if slices.Equal(r.Grants, next.Grants) {
		return next, nil
	}
	before := d.scene()
	d.org, err = revise(d.tx, d.now, func(c oncall.Config, since time.Time, unreadable error) (oncall.Config, error) {
		c.Overrides = inForce(c.Overrides, next, d.now, since)
		return c, unreadable
	})
	if err != nil {
		return r, err
	}
	return next, d.tellMoved(next, entries, before)
}

// inForce returns the overrides as they are once what a request agreed is among them: new ones at the end, since later ones
// apply to what earlier ones left; what was withdrawn ends or is gone. Those are left out that ended some time before now, and before the revision
// in force was made: so a clock that is ahead drops nothing that has not ended, unless it was ahead before too.
func inForce(list []oncall.Override, r cover.Request, now, since time.Time) []oncall.Override {
	over := earlier(now, since).Add(-keepOverrides)
	list = slices.DeleteFunc(slices.Clone(list), func(o oncall.Override) bool { return o.To.In(time.UTC).Before(over) })
	for _, g := range r.Grants {
		o, holds := r.OverrideOf(g)
		at := slices.IndexFunc(list, func(o oncall.Override) bool { return o.ID == g.Override && o.Schedule == g.Schedule })
		switch {
		case at < 0 && holds && g.To.After(now) && g.WithdrawnAt.IsZero():
			list = append(list, oncall.Override{Schedule: g.Schedule, Override: o})
		case at >= 0 && holds:
			list[at].Override = o
		case at >= 0:
			list = slices.Delete(list, at, at+1)
		}
	}
	return list
}

// scene is what commands are judged by.
func (d *desk) scene() cover.Scene {
	s := cover.Scene{User: d.org.User, Team: d.org.Team, Needs: d.org.Needs}
	for _, spec := range d.org.Config().Schedules {
		if c, ok := d.org.Schedule(spec.ID); ok {
			s.Schedules = append(s.Schedules, c)
		}
	}
	return s
}

// viewCover shows a request as it is now: expired if its time has passed, open as the schedules are now.
func (d *desk) viewCover(r cover.Request) cover.Request {
	r.State = r.StateAt(d.now)
	r.Open = r.OpenIn(d.scene(), d.now)
	return r
}

// CoverRequest returns a request for cover as it is now; [store.ErrNotFound] if there is none with that ID.
func (e *Engine) CoverRequest(ctx context.Context, now time.Time, id cover.ID) (found cover.Request, err error) {
	err = e.look(ctx, now, func(d *desk) error {
		r, _, err := record(d, cover.RecordKind, string(id), cover.Decode)
		if err == nil {
			found = d.viewCover(r)
		}
		return err
	})
	return found, err
}

// Covers lists requests for cover, newest first, at most limit, and a cursor for the rest; empty if there is none. Open
// ones are those that somebody can still accept.
func (e *Engine) Covers(ctx context.Context, now time.Time, open bool, cursor string, limit int) (all []cover.Request, next string, err error) {
	err = e.look(ctx, now, func(d *desk) error {
		q := store.RecordQuery{Kind: cover.RecordKind, Cursor: cursor}
		if open {
			q.Since = d.now // an open one ends when its time has passed
		}
		var list []cover.Request
		if list, next, err = records(d, q, limit, cover.Decode); err != nil {
			return err
		}
		all = nil
		for _, r := range list {
			if v := d.viewCover(r); !open || v.State == cover.Open {
				all = append(all, v)
			}
		}
		return nil
	})
	return all, next, err
}

// CoverTimeline returns the record of a request for cover, in words.
func (e *Engine) CoverTimeline(ctx context.Context, id cover.ID) (all []incident.Moment, err error) {
	err = e.look(ctx, time.Time{}, func(d *desk) error {
		r, _, err := record(d, cover.RecordKind, string(id), cover.Decode)
		if err != nil {
			return err
		}
		entries, err := d.tx.Timeline().Read(r.Owner(), 0, ownEntries)
		all = incident.Told(r.Owner(), entries, cover.Describe)
		return err
	})
	return all, err
}
