package sqlite

import (
	"database/sql"

	"github.com/watchbill/watchbill/store"
)

const (
	recordColumns = `kind, id, version, closed_at, body`

	getRecords = `select ` + recordColumns + ` from watchbill_records
		where (kind, id) in (values /*each*/(?, ?)/*end*/)`

	createRecord = `insert into watchbill_records (version, closed_at, body, kind, id) values (1, ?, ?, ?, ?)
		on conflict (kind, id) do nothing`

	replaceRecord = `update watchbill_records set version = version + 1, closed_at = ?, body = ?
		where kind = ? and id = ? and version = ?`

	listRecords = `select ` + recordColumns + ` from watchbill_records where kind = ? and id < ?
		order by id desc limit ?`

	listOpenRecords = `select ` + recordColumns + ` from watchbill_records
		where kind = ? and closed_at is null and id < ? order by id desc limit ?`

	// listRecordsSince sorts the IDs of what matches, and reads the rows of the page only.
	listRecordsSince = `select ` + recordColumns + ` from watchbill_records where kind = ?1 and id in (
			select id from watchbill_records where kind = ?1 and closed_at is null and id < ?2
			union all
			select id from watchbill_records where kind = ?1 and closed_at >= ?3 and id < ?2)
		order by id desc limit ?4`

	listRecordsBefore = `select ` + recordColumns + ` from watchbill_records where kind = ? and closed_at < ?
		order by closed_at, id limit ?`
)

type records struct{ *tx }

// Get returns the records that exist among the IDs.
func (t records) Get(kind string, ids []string) (found []store.StoredRecord, err error) {
	args := make([]any, 0, 2*len(ids))
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if !seen[id] {
			args = append(args, kind, id)
		}
		seen[id] = true
	}
	err = t.readEach(intoRecords(&found), getRecords, args)
	return found, err
}

// intoRecords returns what adds each row to found.
func intoRecords(found *[]store.StoredRecord) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		var r store.StoredRecord
		var closed sql.NullInt64
		err := rows.Scan(&r.Kind, &r.ID, &r.Version, &closed, &r.Body)
		if closed.Valid {
			r.ClosedAt = instant(closed.Int64)
		}
		*found = append(*found, r)
		return err
	}
}

// Put creates or replaces records.
func (t records) Put(writes []store.RecordWrite) error {
	if err := t.writes(); err != nil {
		return err
	}
	for _, w := range writes {
		query, args := createRecord, []any{orNull(w.ClosedAt), append([]byte{}, w.Body...), w.Kind, w.ID}
		if w.Want != 0 {
			query, args = replaceRecord, append(args, int64(w.Want))
		}
		n, err := t.exec(query, args...)
		if err == nil && n == 0 {
			err = t.fail(&store.ConflictError{Of: w.Owner()})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// List returns a page of what the query asks for.
func (t records) List(q store.RecordQuery, limit int) (page []store.StoredRecord, cursor string, err error) {
	if limit <= 0 {
		return nil, "", t.reads()
	}
	if !q.Before.IsZero() {
		err = t.read(intoRecords(&page), listRecordsBefore, q.Kind, micro(q.Before), limit)
		return page, "", err
	}
	query, args := listRecords, []any{q.Kind, from(q.Cursor)}
	switch {
	case q.Open:
		query = listOpenRecords
	case !q.Since.IsZero():
		query, args = listRecordsSince, append(args, micro(q.Since))
	}
	if err := t.read(intoRecords(&page), query, append(args, limit+1)...); err != nil {
		return nil, "", err
	}
	if len(page) > limit {
		page = page[:limit]
		cursor = page[limit-1].ID
	}
	return page, cursor, nil
}
