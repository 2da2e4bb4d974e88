package sqlite

import (
	"database/sql"
	"fmt"
	"slices"

	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	appendEntries = `insert into watchbill_timeline (owner, last, entries) select n.column1, n.column2, n.column3
		from (values /*each*/(?, ?, ?, ?)/*end*/) n
		where coalesce((select max(last) from watchbill_timeline where owner = n.column1), 0) = n.column4
		returning owner`

	readEntries = `select entries from watchbill_timeline where owner = ? and last > ? order by last limit ?`
)

type timelines struct{ *tx }

// Append adds entries after those that there are.
func (t timelines) Append(of timeline.Owner, entries []timeline.Entry) error {
	if len(entries) == 0 {
		return t.writes()
	}
	first, last := entries[0].Seq, entries[len(entries)-1].Seq
	for i, e := range entries {
		if e.Seq != first+int64(i) {
			return t.fail(&store.ConflictError{Of: of})
		}
	}
	data, err := sqlkit.EncodeEntries(entries)
	if err != nil {
		return t.fail(fmt.Errorf("sqlite: timeline of %s: %w", of, err))
	}
	if err := t.writes(); err != nil {
		return err
	}
	if slices.Contains(t.owners, of) { // the statement would not see what it adds itself
		if err := t.write(); err != nil {
			return err
		}
	}
	t.owners = append(t.owners, of)
	t.entries = append(t.entries, string(of), last, string(data), first-1)
	if t.hosts || len(t.owners) == many {
		return t.write()
	}
	return nil
}

// write writes what Append keeps back until there is enough for a statement, or another statement comes. The owner that no
// row was made for is the conflict.
func (t *tx) write() error {
	owners, args := t.owners, t.entries
	if len(owners) == 0 || t.failed != nil {
		return nil
	}
	t.owners, t.entries = nil, nil // so that the statement below does not come here again
	made := make([]timeline.Owner, 0, many)
	err := t.readEach(func(rows *sql.Rows) error {
		var of timeline.Owner
		err := rows.Scan(&of)
		made = append(made, of)
		return err
	}, appendEntries, args)
	t.owners, t.entries = owners[:0], args[:0]
	if err != nil {
		return err
	}
	for _, of := range owners {
		if !slices.Contains(made, of) {
			return t.fail(&store.ConflictError{Of: of})
		}
	}
	return nil
}

// Read returns the entries after a sequence number.
func (t timelines) Read(of timeline.Owner, after int64, limit int) ([]timeline.Entry, error) {
	limit = max(limit, 0)
	var all []timeline.Entry
	err := t.read(func(rows *sql.Rows) error {
		var data sql.RawBytes
		if err := rows.Scan(&data); err != nil {
			return err
		}
		entries, err := sqlkit.DecodeEntries(data, after)
		if err != nil {
			return fmt.Errorf("timeline of %s: %w", of, err)
		}
		all = append(all, entries...)
		return nil
	}, readEntries, string(of), after, limit)
	return all[:min(limit, len(all))], err
}
