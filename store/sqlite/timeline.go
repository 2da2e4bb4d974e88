package sqlite

import (
	"database/sql"
	"encoding/json"
	"fmt"

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
	data, err := encodeEntries(entries)
	if err != nil {
		return t.fail(fmt.Errorf("sqlite: timeline of %s: %w", of, err))
	}
	n, err := t.exec(appendEntries, string(of), last, string(data), first-1)
	if err == nil && n == 0 {
		err = t.fail(&store.ConflictError{Of: of})
	}
	return err
}

// encodeEntries returns the entries as json.Marshal would. Their data is JSON already, and checking and compacting it
// again would be a tenth of the cost of a transaction.
func encodeEntries(entries []timeline.Entry) ([]byte, error) {
	all := []byte{'['}
	for i, e := range entries {
		if i > 0 {
			all = append(all, ',')
		}
		data := e.Data
		e.Data = nil
		head, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		all = append(all, head...)
		if len(data) > 0 {
			all = append(all[:len(all)-1], `,"data":`...)
			all = append(append(all, data...), '}')
		}
	}
	return append(all, ']'), nil
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
		entries, err := decodeEntries(data, after)
		if err != nil {
			return fmt.Errorf("timeline of %s: %w", of, err)
		}
		all = append(all, entries...)
		return nil
	}, readEntries, string(of), after, limit)
	return all[:min(limit, len(all))], err
}

// decodeEntries returns what a row has after a sequence number.
func decodeEntries(data []byte, after int64) ([]timeline.Entry, error) {
	var entries []timeline.Entry
	if err := json.Unmarshal(data, &entries); err != nil {
		return nil, err
	}
	for len(entries) > 0 && entries[0].Seq <= after {
		entries = entries[1:]
	}
	return entries, nil
}
