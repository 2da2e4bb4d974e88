package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	unhurried = `select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`

	exportRevisions = revisionColumns + `order by number`

	exportValues = `select name, value from watchbill_values order by name`

	exportEpisodes = `select id, version, source, dedup_key, service, parent, state, unreached, created_at, wake_at, stepped_at, body
		from watchbill_alerts order by id`

	exportRecords = `select kind, id, version, closed_at, body from watchbill_records order by kind, id`

	exportEntries = `select owner, entries from watchbill_timeline order by owner, first`

	exportMessages = `select alert, id, lane, message_key, due_at, ready_at, tries, token from watchbill_outbox order by alert, id`
)

// Export hands everything to fn, as of one snapshot, while others go on. Rows that others replace are kept until it has
// ended, so the tables grow by what is written meanwhile.
func (s *Store) Export(ctx context.Context, fn func(store.Item) error) error {
	return s.View(ctx, func(snapshot store.Tx) error {
		e := &export{tx: snapshot.(*tx), fn: fn}
		if err := e.ask(do(unhurried)); err != nil {
			return err
		}
		for _, part := range []struct {
			query string
			row   func(pgx.Rows) error
		}{
			{exportRevisions, e.revision}, {exportValues, e.value}, {exportEpisodes, e.episode}, {exportRecords, e.record},
			{exportEntries, e.entries}, {exportMessages, e.message},
		} {
			err := e.ask(step{query: part.query, rows: part.row})
			if e.stopped != nil {
				return e.stopped // not as ask names it
			}
			if err == nil {
				err = e.flush()
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

type export struct {
	*tx
	fn      func(store.Item) error
	stopped error         // what fn returned
	pending store.Entries // of the owner whose rows are being read
}

func (e *export) give(item store.Item) error {
	if err := e.reads(); err != nil {
		return err
	}
	e.stopped = e.fn(item)
	return e.stopped
}

func (e *export) revision(rows pgx.Rows) error {
	var r store.Revision
	var effective int64
	if err := rows.Scan(&r.Number, &effective, &r.Config); err != nil {
		return err
	}
	r.EffectiveAt = sqlkit.Instant(effective)
	return e.give(store.Item{Revision: &r})
}

func (e *export) value(rows pgx.Rows) error {
	var name driverBytes
	var v store.Value
	if err := rows.Scan(&name, &v.Value); err != nil {
		return err
	}
	v.Name = string(name)
	return e.give(store.Item{Value: &v})
}

func (e *export) episode(rows pgx.Rows) error {
	var a store.ArchivedEpisode
	var id, source, key, service, parent driverBytes
	var state int16
	var created, stepped int64
	var wake pgtype.Int8
	err := rows.Scan(&id, &a.Version, &source, &key, &service, &parent, &state, &a.Unreached, &created, &wake, &stepped, &a.Body)
	if err != nil {
		return err
	}
	a.ID, a.Source, a.Key = watchbill.AlertID(id), watchbill.SourceID(source), alert.DedupKey(key)
	a.Service, a.Parent, a.State = watchbill.ServiceID(service), watchbill.AlertID(parent), alert.State(state)
	a.CreatedAt, a.WakeAt, a.SteppedAt = sqlkit.Instant(created), orZero(wake), sqlkit.Instant(stepped)
	return e.give(store.Item{Episode: &a})
}

func (e *export) record(rows pgx.Rows) error {
	r, err := scanRecord(rows)
	if err != nil {
		return err
	}
	return e.give(store.Item{Record: &r})
}

// entries gathers the entries of an owner, which lie in several rows.
func (e *export) entries(rows pgx.Rows) error {
	var owner, data driverBytes
	if err := rows.Scan(&owner, &data); err != nil {
		return err
	}
	if of := timeline.Owner(owner); of != e.pending.Of {
		if err := e.flush(); err != nil {
			return err
		}
		e.pending.Of = of
	}
	entries, err := sqlkit.DecodeEntries(data, 0)
	if err != nil {
		return fmt.Errorf("timeline of %s: %w", owner, err)
	}
	e.pending.Entries = append(e.pending.Entries, entries...)
	return nil
}

// flush gives away what entries has gathered.
func (e *export) flush() error {
	all := e.pending
	e.pending = store.Entries{}
	if len(all.Entries) == 0 {
		return nil
	}
	return e.give(store.Item{Entries: &all})
}

func (e *export) message(rows pgx.Rows) error {
	var m store.ArchivedMessage
	var of, id, token driverBytes
	var due, ready int64
	if err := rows.Scan(&of, &id, &m.Lane, &m.Key, &due, &ready, &m.Tries, &token); err != nil {
		return err
	}
	m.Alert, m.ID, m.Token = watchbill.AlertID(of), notify.MessageID(id), string(token)
	m.DueAt, m.ReadyAt = sqlkit.Instant(due), sqlkit.Instant(ready)
	return e.give(store.Item{Message: &m})
}

const (
	holdsAnything = `select exists (select 1 from watchbill_revisions) or exists (select 1 from watchbill_values)
		or exists (select 1 from watchbill_alerts) or exists (select 1 from watchbill_records)
		or exists (select 1 from watchbill_timeline) or exists (select 1 from watchbill_outbox)`

	importRevision = `insert into watchbill_revisions (number, effective_at, config) values ($1, $2, $3)`

	importValue = `insert into watchbill_values (name, value) values ($1, $2)`

	importRecord = `insert into watchbill_records (kind, id, version, closed_at, body) values ($1, $2, $3, $4, $5)`

	importMessage = `insert into watchbill_outbox (alert, id, lane, message_key, due_at, ready_at, tries, token)
		values ($1, $2, $3, $4, $5, $6, $7, nullif($8, ''::bytea))`
)

// How much an import sends at once, and how many entries of a timeline it puts into one row.
const (
	itemsOfBatch = 256
	entriesOfRow = 64
)

// Import puts in what next returns, in one transaction. It is not run again, whatever happens: next cannot start anew.
func (s *Store) Import(ctx context.Context, next func() (store.Item, error)) error {
	return s.within(ctx, func() error {
		return s.once(ctx, func(update store.Tx) error {
			t := &imports{tx: update.(*tx)}
			return t.all(next)
		}, update)
	})
}

type imports struct{ *tx }

func (t *imports) all(next func() (store.Item, error)) error {
	if err := t.writes(); err != nil {
		return err
	}
	var filled bool
	err := t.ask(do(unhurried), do(closeGate), step{query: holdsAnything, rows: func(rows pgx.Rows) error { return rows.Scan(&filled) }})
	if err == nil && filled {
		err = store.ErrNotEmpty
	}
	for n := 1; err == nil; n++ {
		var item store.Item
		if item, err = next(); err == io.EOF { // one that is wrapped is no end
			return nil
		}
		if err == nil {
			err = t.item(item)
		}
		if err == nil && n%itemsOfBatch == 0 {
			err = t.ask()
		}
	}
	return err
}

// item puts one item in, which must not be there yet.
func (t *imports) item(item store.Item) error {
	switch {
	case item.Revision != nil:
		r := item.Revision
		return t.write(do(importRevision, r.Number, sqlkit.Micro(r.EffectiveAt), copied(r.Config)))
	case item.Value != nil:
		if len(item.Value.Value) == 0 {
			return fmt.Errorf("postgres: import: value %s is empty", item.Value.Name)
		}
		return t.write(do(importValue, []byte(item.Value.Name), copied(item.Value.Value)))
	case item.Episode != nil:
		return t.episode(item.Episode)
	case item.Record != nil:
		r := item.Record
		return t.write(do(importRecord, []byte(r.Kind), []byte(r.ID), int64(r.Version), orNull(r.ClosedAt), copied(r.Body)))
	case item.Entries != nil:
		return t.entries(*item.Entries)
	case item.Message != nil:
		m := item.Message
		return t.write(do(importMessage, []byte(m.Alert), []byte(m.ID), copied(m.Lane), copied(m.Key),
			sqlkit.Micro(m.DueAt), sqlkit.Micro(m.ReadyAt), m.Tries, []byte(m.Token)))
	default:
		return errors.New("postgres: import: an item is empty")
	}
}

// copied is for what waits while the item is not valid any more; never nil.
func copied(data []byte) []byte { return append([]byte{}, data...) }

func (t *imports) episode(a *store.ArchivedEpisode) error {
	r := row{
		id: []byte(a.ID), service: []byte(a.Service), parent: []byte(a.Parent), body: copied(a.Body),
		version: int64(a.Version), steppedAt: sqlkit.Micro(a.SteppedAt), wakeAt: orNull(a.WakeAt),
		state: int16(a.State), unreached: a.Unreached,
	}
	r.end()
	var c rows
	c.add(r)
	c.name(sqlkit.Micro(a.CreatedAt), alert.Ref{Source: a.Source, Key: a.Key})
	var w wakes
	w.add(r.id, r.wakeAt, false)
	create := conflicting(createEpisodes, c.ids, append(c.columns(), c.created, c.hashes, c.sources, c.keys))
	return t.write(append([]step{create}, w.steps()...)...)
}

func (t *imports) entries(e store.Entries) error {
	for rest := e.Entries; len(rest) > 0; {
		n := min(len(rest), entriesOfRow)
		if err := (timelines{t.tx}).Append(e.Of, rest[:n]); err != nil {
			return fmt.Errorf("postgres: import: timeline of %s: %w", e.Of, err)
		}
		rest = rest[n:]
	}
	return nil
}
