package postgres

import (
	"cmp"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	readRecords = `select kind, id, version, closed_at, body from watchbill_records where kind = $1 and id = any(`

	getRecords = readRecords + `$2::bytea[]) order by id`

	createRecords = `insert into watchbill_records (kind, id, version, closed_at, body)
		select n.kind, n.id, 1, n.closed_at, n.body
		from unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bytea[]) n (kind, id, closed_at, body)
		on conflict (kind, id) do nothing returning kind || ':' || id`

	replaceRecords = `update watchbill_records r set version = r.version + 1, closed_at = n.closed_at, body = n.body
		from unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bytea[], $5::bigint[]) n (kind, id, closed_at, body, version)
		where r.kind = n.kind and r.id = n.id and r.version = n.version returning n.kind || ':' || n.id`

	listRecords = readRecords + `array(
		select id from watchbill_records where kind = $1 and id < $2 order by id desc limit $3)) order by id`

	listOpenRecords = readRecords + `array(
		select id from watchbill_records where kind = $1 and closed_at is null and id < $2 order by id desc limit $3)) order by id`

	listRecordsSince = readRecords + `array(select id from (
			(select id from watchbill_records where kind = $1 and closed_at is null and id < $2 order by id desc limit $3)
			union all
			select id from watchbill_records where kind = $1 and closed_at >= $4 and id < $2) s
		order by id desc limit $3)) order by id`

	listRecordsBefore = readRecords + `array(
		select id from watchbill_records where kind = $1 and closed_at < $2 order by closed_at, id limit $3)) order by id`

	removeRecords = `with gone as (delete from watchbill_records where kind = $1 and id = any($2::bytea[]) returning kind || ':' || id as owner)
		delete from watchbill_timeline t using gone where t.owner = gone.owner`
)

type records struct{ *tx }

// Get returns the records that exist among the IDs.
func (t records) Get(kind string, ids []string) (found []store.StoredRecord, err error) {
	if len(ids) == 0 {
		return nil, t.reads()
	}
	err = t.ask(t.reading(&found, t.locking(getRecords), []byte(kind), raws(distinct(ids))))
	return found, err
}

// reading returns a step that adds each row to found.
func (t records) reading(found *[]store.StoredRecord, query string, args ...any) step {
	return step{query: query, args: args, rows: func(rows pgx.Rows) error {
		r, err := scanRecord(rows)
		*found = append(*found, r)
		t.holds(r.Owner(), r.Version)
		return err
	}}
}

func scanRecord(rows pgx.Rows) (r store.StoredRecord, err error) {
	var kind, id driverBytes
	var closed pgtype.Int8
	err = rows.Scan(&kind, &id, &r.Version, &closed, &r.Body)
	r.Kind, r.ID, r.ClosedAt = string(kind), string(id), orZero(closed)
	return r, err
}

// Put creates or replaces records.
func (t records) Put(writes []store.RecordWrite) error {
	if err := t.writes(); err != nil {
		return err
	}
	all := true
	for _, w := range writes {
		sure, err := t.putOf(w.Owner(), w.Want)
		if err != nil {
			return err
		}
		all = all && sure
	}
	for _, some := range runs(writes, func(w store.RecordWrite) timeline.Owner { return w.Owner() }) {
		var made, changed recordRows
		for _, w := range some {
			if w.Want == 0 {
				made.add(w)
			} else {
				changed.add(w)
			}
		}
		if len(made.owners) > 0 {
			t.queue.add(made.step(createRecords, made.kinds, made.ids, made.closed, made.bodies))
		}
		if len(changed.owners) > 0 {
			t.queue.add(changed.step(replaceRecords, changed.kinds, changed.ids, changed.closed, changed.bodies, changed.versions))
		}
	}
	return t.sent(all)
}

// recordRows are the columns of many records.
type recordRows struct {
	owners             []timeline.Owner
	kinds, ids, bodies [][]byte
	closed             []pgtype.Int8
	versions           []int64
}

func (r *recordRows) add(w store.RecordWrite) {
	r.owners = append(r.owners, w.Owner())
	r.kinds, r.ids = append(r.kinds, []byte(w.Kind)), append(r.ids, []byte(w.ID))
	r.bodies = append(r.bodies, append([]byte{}, w.Body...))
	r.closed, r.versions = append(r.closed, orNull(w.ClosedAt)), append(r.versions, int64(w.Want))
}

// step returns a statement whose rows are the owners of what it worked on; the one that is missing is the conflict.
func (r *recordRows) step(query string, args ...any) step {
	done := seen[timeline.Owner]{}
	return step{query: query, args: args, rows: done.row, after: func() error {
		if of, missing := done.missing(r.owners); missing {
			return &store.ConflictError{Of: of}
		}
		return nil
	}}
}

// List returns a page of what the query asks for.
func (t records) List(q store.RecordQuery, limit int) (page []store.StoredRecord, cursor string, err error) {
	if limit <= 0 {
		return nil, "", t.reads()
	}
	query, args := listRecords, []any{[]byte(q.Kind), from(q.Cursor), limit + 1}
	switch {
	case q.Open:
		query = listOpenRecords
	case !q.Since.IsZero():
		query, args = listRecordsSince, append(args, sqlkit.Micro(q.Since))
	case !q.Before.IsZero():
		query, args = listRecordsBefore, []any{[]byte(q.Kind), sqlkit.Micro(q.Before), limit}
	}
	if err := t.ask(t.reading(&page, t.locking(query), args...)); err != nil {
		return nil, "", err
	}
	slices.SortFunc(page, func(a, b store.StoredRecord) int {
		if !q.Before.IsZero() {
			return cmp.Or(a.ClosedAt.Compare(b.ClosedAt), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Compare(b.ID, a.ID)
	})
	if len(page) > limit {
		page = page[:limit]
		cursor = page[limit-1].ID
	}
	return slices.DeleteFunc(page, func(r store.StoredRecord) bool { return !wanted(r, q) }), cursor, nil
}

// wanted reports whether a record is still what is asked for: an Update may have waited for it.
func wanted(r store.StoredRecord, q store.RecordQuery) bool {
	open := r.ClosedAt.IsZero()
	switch {
	case q.Open:
		return open
	case !q.Since.IsZero():
		return open || !r.ClosedAt.Before(q.Since)
	case !q.Before.IsZero():
		return !open && r.ClosedAt.Before(q.Before)
	}
	return true
}

// Remove removes records with their timelines.
func (t records) Remove(kind string, ids []string) error {
	if err := t.writes(); err != nil || len(ids) == 0 {
		return err
	}
	for _, id := range ids {
		delete(t.held, timeline.Record(kind, id))
	}
	return t.ask(do(removeRecords, []byte(kind), raws(ids)))
}
