package sqlite

import (
	"database/sql"
	"fmt"

	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	appendEntries = `insert into watchbill_timeline (owner, last, entries) select ?1, ?2, ?3
		where coalesce((select max(last) from watchbill_timeline where owner = ?1), 0) = ?4`

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
	n, err := t.exec(appendEntries, string(of), last, string(data), first-1)
	if err == nil && n == 0 {
		err = t.fail(&store.ConflictError{Of: of})
	}
	return err
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
