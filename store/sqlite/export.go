package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// What an export reads. Numbers of messages are cast, as elsewhere: text in their place must not stop the others.
const (
	exportRevisions = `select number, effective_at, config from watchbill_revisions order by number`

	exportValues = `select name, value from watchbill_values order by name`

	exportEpisodes = `select id, version, source, dedup_key, service, parent, state, unreached, created_at, wake_at, stepped_at, body
		from watchbill_alerts order by id`

	exportRecords = `select ` + recordColumns + ` from watchbill_records order by kind, id`

	exportEntries = `select owner, entries from watchbill_timeline order by owner, last`

	exportMessages = `select alert, id, lane, message_key, cast(due_at as integer), cast(ready_at as integer), cast(tries as integer),
		coalesce(token, '') from watchbill_outbox order by alert, id`
)

// Export hands everything to fn, as of one snapshot, while others go on. The log cannot be moved into the file until it
// has ended, so it grows by what is written meanwhile.
func (s *Store) Export(ctx context.Context, fn func(store.Item) error) error {
	return s.View(ctx, func(view store.Tx) error {
		e := &export{tx: view.(*tx), fn: fn}
		for _, part := range []struct {
			query string
			row   func(*sql.Rows) error
		}{
			{exportRevisions, e.revision}, {exportValues, e.value}, {exportEpisodes, e.episode}, {exportRecords, e.record},
			{exportEntries, e.entries}, {exportMessages, e.message},
		} {
			err := e.read(part.row, part.query)
			if err == nil {
				err = e.flush()
			}
			if e.stopped != nil {
				return e.stopped // not as read names it
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

func (e *export) revision(rows *sql.Rows) error {
	var r store.Revision
	var effective int64
	if err := rows.Scan(&r.Number, &effective, &r.Config); err != nil {
		return err
	}
	r.EffectiveAt = instant(effective)
	return e.give(store.Item{Revision: &r})
}

func (e *export) value(rows *sql.Rows) error {
	var v store.Value
	if err := rows.Scan(&v.Name, &v.Value); err != nil {
		return err
	}
	return e.give(store.Item{Value: &v})
}

func (e *export) episode(rows *sql.Rows) error {
	var a store.ArchivedEpisode
	var created, stepped int64
	var wake sql.NullInt64
	err := rows.Scan(&a.ID, &a.Version, &a.Source, &a.Key, &a.Service, &a.Parent, &a.State, &a.Unreached,
		&created, &wake, &stepped, &a.Body)
	if err != nil {
		return err
	}
	a.CreatedAt, a.SteppedAt = instant(created), instant(stepped)
	if wake.Valid {
		a.WakeAt = instant(wake.Int64)
	}
	return e.give(store.Item{Episode: &a})
}

func (e *export) record(rows *sql.Rows) error {
	var found []store.StoredRecord
	if err := intoRecords(&found)(rows); err != nil {
		return err
	}
	return e.give(store.Item{Record: &found[0]})
}

// entries gathers the entries of an owner, which lie in several rows.
func (e *export) entries(rows *sql.Rows) error {
	var of timeline.Owner
	var data sql.RawBytes
	if err := rows.Scan(&of, &data); err != nil {
		return err
	}
	if of != e.pending.Of {
		if err := e.flush(); err != nil {
			return err
		}
		e.pending.Of = of
	}
	entries, err := sqlkit.DecodeEntries(data, 0)
	if err != nil {
		return fmt.Errorf("timeline of %s: %w", of, err)
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

func (e *export) message(rows *sql.Rows) error {
	var m store.ArchivedMessage
	var due, ready int64
	if err := rows.Scan(&m.Alert, &m.ID, &m.Lane, &m.Key, &due, &ready, &m.Tries, &m.Token); err != nil {
		return err
	}
	m.DueAt, m.ReadyAt = instant(due), instant(ready)
	return e.give(store.Item{Message: &m})
}
