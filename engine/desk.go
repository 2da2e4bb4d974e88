package engine

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// Bounds of what is read for one answer, so that no incident, however large, keeps the store from others.
const (
	ownEntries   = 10_000 // of an incident's own record
	alertEntries = 5_000  // of the records of all its alerts together
	lastEntries  = 5      // of each alert, where not all are read
	factEntries  = 2_000  // of an alert, for its figures
)

// desk is a transaction in which people work on incidents, postmortems and boards.
type desk struct {
	e   *Engine
	tx  store.Tx
	org *oncall.Org
	now time.Time
}

func (e *Engine) desk(tx store.Tx, now time.Time) (*desk, error) {
	org, err := e.orgs.current(tx)
	return &desk{e, tx, org, watchbill.Stamp(now)}, err
}

// change runs fn at a desk, and commits what it did.
func (e *Engine) change(ctx context.Context, now time.Time, fn func(*desk) error) error {
	return e.update(ctx, func(tx store.Tx) error {
		d, err := e.desk(tx, now)
		if err != nil {
			return err
		}
		return fn(d)
	})
}

// look runs fn at a desk where nothing can be changed.
func (e *Engine) look(ctx context.Context, now time.Time, fn func(*desk) error) error {
	return e.cfg.Store.View(ctx, func(tx store.Tx) error {
		d, err := e.desk(tx, now)
		if err != nil {
			return err
		}
		return fn(d)
	})
}

// MissingError names what does not exist. errors.Is reports it as [store.ErrNotFound].
type MissingError struct{ Kind, ID string }

// Error says what.
func (e *MissingError) Error() string { return fmt.Sprintf("engine: there is no %s %q", e.Kind, e.ID) }

// Is reports whether target is store.ErrNotFound.
func (e *MissingError) Is(target error) bool { return target == store.ErrNotFound }

// record loads one record; [store.ErrNotFound] if there is none.
func record[T any](d *desk, kind, id string, decode func([]byte) (T, error)) (T, store.Version, error) {
	var none T
	found, err := d.tx.Records().Get(kind, []string{id})
	if err == nil && len(found) == 0 {
		err = &MissingError{kind, id}
	}
	if err != nil {
		return none, 0, err
	}
	v, err := decode(found[0].Body)
	if err != nil {
		return none, 0, &UnreadableError{kind, id, err}
	}
	return v, found[0].Version, nil
}

// UnreadableError names a record that cannot be read, now or later.
type UnreadableError struct {
	Kind, ID string
	Err      error
}

// Error says what.
func (e *UnreadableError) Error() string {
	return fmt.Sprintf("engine: the %s %q cannot be read: %v", e.Kind, e.ID, e.Err)
}

// Unwrap returns why.
func (e *UnreadableError) Unwrap() error { return e.Err }

// continues reports whether the timeline of a record ends where the record does. If it does not, which is logged, nothing
// can be written to it any more: that must not fail what others do in the same transaction.
func (d *desk) continues(of timeline.Owner, seq int64) (bool, error) {
	last, err := d.tx.Timeline().Read(of, max(seq-1, 0), 2)
	if err != nil {
		return false, err
	}
	if seq == 0 && len(last) == 0 || len(last) == 1 && last[0].Seq == seq {
		return true, nil
	}
	d.e.log.Error("timeline does not end where the record does, which is left as it is", "of", of, "entry", seq)
	return false, nil
}

// save writes a record and what was done with it; nothing if nothing was.
func (d *desk) save(r store.Record, want store.Version, entries []timeline.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	if err := d.tx.Records().Put([]store.RecordWrite{{Record: r, Want: want}}); err != nil {
		return err
	}
	return d.tx.Timeline().Append(r.Owner(), entries)
}

// records lists what can be decoded; what cannot is logged and left out.
func records[T any](d *desk, q store.RecordQuery, limit int, decode func([]byte) (T, error)) (all []T, next string, err error) {
	page, next, err := d.tx.Records().List(q, limit)
	for _, r := range page {
		v, err := decode(r.Body)
		if err != nil {
			d.e.log.Error("record cannot be read", "kind", r.Kind, "id", r.ID, "error", err)
			continue
		}
		all = append(all, v)
	}
	return all, next, err
}

// everyRecord lists all pages.
func everyRecord[T any](d *desk, q store.RecordQuery, decode func([]byte) (T, error)) (all []T, err error) {
	for {
		page, next, err := records(d, q, 200, decode)
		all = append(all, page...)
		if err != nil || next == "" {
			return all, err
		}
		q.Cursor = next
	}
}

// episodes loads alerts in the order of their IDs; the missing and the unreadable are left out.
func (d *desk) episodes(ids []watchbill.AlertID) ([]episode.Episode, error) {
	stored, err := d.tx.Episodes().Get(ids)
	if err != nil {
		return nil, err
	}
	byID := map[watchbill.AlertID]episode.Episode{}
	for _, s := range stored {
		if s.Err == nil {
			byID[s.Episode.Alert.ID] = s.Episode
		}
	}
	var all []episode.Episode
	for _, id := range ids {
		if ep, ok := byID[id]; ok {
			all = append(all, ep)
		}
	}
	return all, nil
}

// alerts is episodes, where only the alerts matter.
func (d *desk) alerts(ids []watchbill.AlertID) (all []alert.Alert, err error) {
	episodes, err := d.episodes(ids)
	for _, ep := range episodes {
		all = append(all, ep.Alert)
	}
	return all, err
}

// acknowledged returns when alerts were first acknowledged. The state of an alert has the latest time; only one that was
// paged anew may have had an earlier one, which its record knows. Where that would be too much to read, the latest has to do.
func (d *desk) acknowledged(episodes []episode.Episode) (all []time.Time, err error) {
	left := alertEntries
	for _, ep := range episodes {
		at := ep.Alert.AcknowledgedAt
		if ep.Escalation.At.Run > 1 && left > 0 {
			entries, err := d.tx.Timeline().Read(timeline.Alert(ep.Alert.ID), 0, min(left, factEntries))
			if err != nil {
				return nil, err
			}
			left -= len(entries)
			at = cmp.Or(episode.HistoryOf(entries).AcknowledgedAt, at)
		}
		all = append(all, at)
	}
	return all, nil
}
