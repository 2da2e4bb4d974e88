package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"github.com/watchbill/watchbill/store"
)

const (
	holdsAnything = `select exists(select 1 from watchbill_revisions) or exists(select 1 from watchbill_values)
		or exists(select 1 from watchbill_alerts) or exists(select 1 from watchbill_records)
		or exists(select 1 from watchbill_timeline) or exists(select 1 from watchbill_outbox)`

	importRevision = `insert into watchbill_revisions (number, effective_at, config) values (?, ?, ?)`

	importValue = `insert into watchbill_values (name, value) values (?, ?)`

	importEpisode = `insert into watchbill_alerts
		(id, version, source, dedup_key, service, parent, state, unreached, created_at, wake_at, stepped_at, body)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	importRecord = `insert into watchbill_records (kind, id, version, closed_at, body) values (?, ?, ?, ?, ?)`

	importMessage = `insert into watchbill_outbox (alert, id, lane, message_key, due_at, ready_at, tries, token)
		values (?, ?, ?, ?, ?, ?, ?, nullif(?, ''))`
)

// entriesOfRow is how many entries of a timeline an import puts into one row.
const entriesOfRow = 64

// Import puts in what next returns, in one transaction.
func (s *Store) Import(ctx context.Context, next func() (store.Item, error)) error {
	return s.Update(ctx, func(update store.Tx) error {
		t := imports{update.(*tx)}
		var filled bool
		err := t.read(func(rows *sql.Rows) error { return rows.Scan(&filled) }, holdsAnything)
		if err != nil {
			return err
		}
		if filled {
			return store.ErrNotEmpty
		}
		for {
			item, err := next()
			if err == io.EOF { // one that is wrapped is no end
				return nil
			}
			if err == nil {
				err = t.item(item)
			}
			if err != nil {
				return err
			}
		}
	})
}

type imports struct{ *tx }

// item puts one item in, which must not be there yet.
func (t imports) item(item store.Item) error {
	switch {
	case item.Revision != nil:
		r := item.Revision
		return t.insert(importRevision, r.Number, micro(r.EffectiveAt), append([]byte{}, r.Config...))
	case item.Value != nil:
		if len(item.Value.Value) == 0 {
			return fmt.Errorf("sqlite: import: value %s is empty", item.Value.Name)
		}
		return t.insert(importValue, item.Value.Name, item.Value.Value)
	case item.Episode != nil:
		a := item.Episode
		return t.insert(importEpisode, string(a.ID), int64(a.Version), string(a.Source), string(a.Key), string(a.Service),
			string(a.Parent), int64(a.State), a.Unreached, micro(a.CreatedAt), orNull(a.WakeAt), micro(a.SteppedAt), string(a.Body))
	case item.Record != nil:
		r := item.Record
		return t.insert(importRecord, r.Kind, r.ID, int64(r.Version), orNull(r.ClosedAt), append([]byte{}, r.Body...))
	case item.Entries != nil:
		return t.entries(*item.Entries)
	case item.Message != nil:
		m := item.Message
		return t.insert(importMessage, string(m.Alert), string(m.ID), string(m.Lane), string(m.Key),
			micro(m.DueAt), micro(m.ReadyAt), int64(m.Tries), m.Token)
	default:
		return errors.New("sqlite: import: an item is empty")
	}
}

func (t imports) insert(query string, args ...any) error {
	_, err := t.exec(query, args...)
	return err
}

func (t imports) entries(e store.Entries) error {
	for rest := e.Entries; len(rest) > 0; {
		n := min(len(rest), entriesOfRow)
		if err := timelines(t).Append(e.Of, rest[:n]); err != nil {
			return fmt.Errorf("sqlite: import: timeline of %s: %w", e.Of, err)
		}
		rest = rest[n:]
	}
	return nil
}
