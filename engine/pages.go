package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/statuspage"
	"github.com/watchbill/watchbill/store"
)

// Board carries out a command on the board of a status page. The error is [store.ErrNotFound] for a page that is not
// configured, or joins a [*statuspage.FieldError] for everything that is wrong.
func (e *Engine) Board(ctx context.Context, now time.Time, id watchbill.PageID, c statuspage.Command) (statuspage.Board, error) {
	var made statuspage.Board
	err := e.change(ctx, now, func(d *desk) error {
		page, b, version, err := d.board(id)
		if err != nil {
			return err
		}
		next, entries, wrong := statuspage.Apply(b, d.now, c)
		if err := errors.Join(d.referBoard(page, c), wrong); err != nil {
			return err
		}
		body, err := statuspage.Encode(next)
		if err != nil {
			return fmt.Errorf("engine: board of %s: %w", id, err)
		}
		made = next
		return d.save(store.Record{Kind: statuspage.RecordKind, ID: string(id), Body: body}, version, entries)
	})
	return made, err
}

// board loads the board of a page; one that nobody has touched is empty.
func (d *desk) board(id watchbill.PageID) (page catalog.Page, b statuspage.Board, version store.Version, err error) {
	page, ok := d.org.Page(id)
	if !ok {
		return page, b, 0, &MissingError{"status page", string(id)}
	}
	b, version, err = record(d, statuspage.RecordKind, string(id), statuspage.Decode)
	if errors.Is(err, store.ErrNotFound) {
		return page, statuspage.Board{Page: id}, 0, nil
	}
	return page, b, version, err
}

// PageBoard returns what people have set on a status page by hand; [store.ErrNotFound] for a page that is not configured.
func (e *Engine) PageBoard(ctx context.Context, id watchbill.PageID) (b statuspage.Board, err error) {
	err = e.look(ctx, time.Time{}, func(d *desk) error {
		_, b, _, err = d.board(id)
		return err
	})
	return b, err
}

// referBoard refuses a command that names a component that the page does not have.
func (d *desk) referBoard(page catalog.Page, c statuspage.Command) error {
	r := references{d: d}
	component := func(field, id string) {
		for _, known := range page.Components {
			if known.ID == id {
				return
			}
		}
		r.exists(false, field, "component", id)
	}
	switch c := c.(type) {
	case statuspage.SetComponent:
		component("component", c.Component)
	case statuspage.Schedule:
		for _, id := range c.Components {
			component("components", id)
		}
	}
	r.user("by", watchbill.UserID(userOf(c.Speaker().Actor)))
	return r.err()
}

// Page returns what a visitor of a status page may read at now; base is the page's public address without a slash at its
// end. The error is [store.ErrNotFound] for a page that is not configured.
func (e *Engine) Page(ctx context.Context, now time.Time, id watchbill.PageID, base string) (v statuspage.View, err error) {
	err = e.look(ctx, now, func(d *desk) error {
		page, b, _, err := d.board(id)
		if err != nil {
			return err
		}
		incidents, err := d.recentIncidents(d.now.Add(-statuspage.History))
		if err != nil {
			return err
		}
		v = statuspage.Look(page, b, incidents, d.now, base)
		return nil
	})
	return v, err
}

// decoded is an incident as some version of its record had it.
type decoded struct {
	version  store.Version
	incident incident.Incident
}

// recentIncidents lists the incidents that were open at an instant or later. Those that have not changed since the last
// call are not decoded again, since a status page asks once a second.
func (d *desk) recentIncidents(since time.Time) (all []incident.Incident, err error) {
	known, next := map[string]decoded{}, map[string]decoded{}
	if last := d.e.recent.Load(); last != nil {
		known = *last
	}
	q := store.RecordQuery{Kind: incident.RecordKind, Since: since}
	for again := true; again; again = q.Cursor != "" {
		var page []store.StoredRecord
		if page, q.Cursor, err = d.tx.Records().List(q, 200); err != nil {
			return nil, err
		}
		for _, r := range page {
			k, ok := known[r.ID]
			if !ok || k.version != r.Version {
				k.version = r.Version
				if k.incident, err = incident.Decode(r.Body); err != nil {
					d.e.log.Error("record cannot be read", "kind", r.Kind, "id", r.ID, "error", err)
					continue
				}
			}
			next[r.ID] = k
			all = append(all, k.incident)
		}
	}
	d.e.recent.Store(&next)
	return all, nil
}
