package postgres

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	readEntries = `select first, entries from watchbill_timeline where owner = $1 and first >= coalesce(
			(select l.first from watchbill_timeline l where l.owner = $1 and l.first <= $2 + 1 order by l.first desc limit 1), 0)
		and last > $2 order by first limit $3`

	entriesBetween = `select first, entries from watchbill_timeline where owner = $1 and first >= coalesce(
			(select l.first from watchbill_timeline l where l.owner = $1 and l.first <= $2 order by l.first desc limit 1), 0)
		and first <= $3 order by first for no key update`

	replaceEntries = `update watchbill_timeline set entries = n.entries from unnest($2::bigint[], $3::bytea[]) n (first, entries)
		where watchbill_timeline.owner = $1 and watchbill_timeline.first = n.first`
)

type timelines struct{ *tx }

// Append adds entries after those that there are.
func (t timelines) Append(of timeline.Owner, entries []timeline.Entry) error {
	if err := t.writes(); err != nil || len(entries) == 0 {
		return err
	}
	first, last := entries[0].Seq, entries[len(entries)-1].Seq
	for i, e := range entries {
		if e.Seq != first+int64(i) {
			return t.fail(&store.ConflictError{Of: of})
		}
	}
	data, err := sqlkit.EncodeEntries(entries)
	if err != nil {
		return t.fail(fmt.Errorf("postgres: timeline of %s: %w", of, err))
	}
	t.queue.append(of, first, last, data)
	return t.written()
}

// Read returns the entries after a sequence number.
func (t timelines) Read(of timeline.Owner, after int64, limit int) ([]timeline.Entry, error) {
	limit = max(limit, 0)
	var all []timeline.Entry
	err := t.rowsOf(of, func(_ int64, data []byte) error {
		entries, err := sqlkit.DecodeEntries(data, after)
		all = append(all, entries...)
		return err
	}, readEntries, after, limit)
	return all[:min(limit, len(all))], err
}

// rowsOf hands out rows of a timeline, and the number of their first entries.
func (t timelines) rowsOf(of timeline.Owner, fn func(first int64, data []byte) error, query string, args ...any) error {
	return t.ask(step{query: query, args: append([]any{[]byte(of)}, args...), rows: func(rows pgx.Rows) error {
		var first int64
		var data driverBytes
		err := rows.Scan(&first, &data)
		if err == nil {
			err = fn(first, data)
		}
		if err != nil {
			return fmt.Errorf("timeline of %s: %w", of, err)
		}
		return nil
	}})
}

// Replace changes entries that are there.
func (t timelines) Replace(of timeline.Owner, entries []timeline.Entry) error {
	if err := t.writes(); err != nil || len(entries) == 0 {
		return err
	}
	least, greatest := entries[0].Seq, entries[0].Seq
	waiting := map[int64]timeline.Entry{}
	for _, e := range entries {
		least, greatest = min(least, e.Seq), max(greatest, e.Seq)
		waiting[e.Seq] = e
	}
	var firsts []int64
	var changed [][]byte
	err := t.rowsOf(of, func(first int64, data []byte) error {
		row, err := sqlkit.DecodeEntries(data, 0)
		if err != nil {
			return err
		}
		for i, e := range row {
			if with, ok := waiting[e.Seq]; ok {
				row[i] = with
				delete(waiting, e.Seq)
			}
		}
		if data, err = sqlkit.EncodeEntries(row); err != nil {
			return err
		}
		firsts, changed = append(firsts, first), append(changed, data)
		return nil
	}, entriesBetween, least, greatest)
	if err != nil {
		return err
	}
	if len(waiting) > 0 {
		return t.fail(store.ErrNotFound)
	}
	return t.ask(do(replaceEntries, []byte(of), firsts, changed))
}
