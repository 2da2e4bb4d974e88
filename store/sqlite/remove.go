package sqlite

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	endedEpisodes = `select id from watchbill_alerts where state = 3 and stepped_at < ? order by stepped_at, id limit ?`

	removeEpisodes = `delete from watchbill_alerts where id in (/*each*/?/*end*/) returning id`

	removeRecords = `delete from watchbill_records where (kind, id) in (values /*each*/(?, ?)/*end*/) returning kind, id`

	cancelAlerts = `delete from watchbill_outbox where alert in (/*each*/?/*end*/)`

	removeTimelines = `delete from watchbill_timeline where owner in (/*each*/?/*end*/)`

	readEntriesFrom = `select last, entries from watchbill_timeline where owner = ? and last >= ? order by last limit 1`

	replaceEntries = `update watchbill_timeline set entries = ? where owner = ? and last = ?`

	replaceRevision = `update watchbill_revisions set config = ? where number = ?`
)

// Ended returns resolved episodes whose latest entry is earlier than an instant.
func (t admin) Ended(before time.Time, limit int) (ended []watchbill.AlertID, err error) {
	err = t.read(func(rows *sql.Rows) error {
		var id watchbill.AlertID
		err := rows.Scan(&id)
		ended = append(ended, id)
		return err
	}, endedEpisodes, micro(before), max(limit, 0))
	return ended, err
}

// Remove removes episodes with their timelines and messages.
func (t admin) Remove(ids []watchbill.AlertID) error {
	if err := t.writes(); err != nil {
		return err
	}
	var args, removed, owners []any
	for _, id := range ids {
		args = append(args, string(id))
	}
	err := t.readEach(func(rows *sql.Rows) error {
		var id watchbill.AlertID
		err := rows.Scan(&id)
		removed, owners = append(removed, string(id)), append(owners, string(timeline.Alert(id)))
		return err
	}, removeEpisodes, args)
	if err != nil {
		return err
	}
	if _, err := t.execEach(cancelAlerts, removed); err != nil {
		return err
	}
	_, err = t.execEach(removeTimelines, owners)
	return err
}

// Remove removes records with their timelines.
func (t records) Remove(kind string, ids []string) error {
	if err := t.writes(); err != nil {
		return err
	}
	var args, owners []any
	for _, id := range ids {
		args = append(args, kind, id)
	}
	err := t.readEach(func(rows *sql.Rows) error {
		var r store.Record
		err := rows.Scan(&r.Kind, &r.ID)
		owners = append(owners, string(r.Owner()))
		return err
	}, removeRecords, args)
	if err == nil {
		_, err = t.execEach(removeTimelines, owners)
	}
	return err
}

// Replace changes entries that are there. They lie in rows of several, each read and written once if the numbers ascend.
func (t timelines) Replace(of timeline.Owner, entries []timeline.Entry) error {
	if err := t.writes(); err != nil {
		return err
	}
	for len(entries) > 0 {
		last, row, err := t.row(of, entries[0].Seq)
		if err != nil {
			return err
		}
		n := 0
		for n < len(entries) && replaceIn(row, entries[n]) {
			n++
		}
		if n == 0 {
			return t.fail(store.ErrNotFound)
		}
		entries = entries[n:]
		data, err := sqlkit.EncodeEntries(row)
		if err != nil {
			return t.fail(fmt.Errorf("sqlite: timeline of %s: %w", of, err))
		}
		if _, err := t.exec(replaceEntries, string(data), string(of), last); err != nil {
			return err
		}
	}
	return nil
}

// row returns the row that has an entry, if there is one, and what names the row.
func (t timelines) row(of timeline.Owner, seq int64) (last int64, entries []timeline.Entry, err error) {
	err = t.read(func(rows *sql.Rows) error {
		var data sql.RawBytes
		err := rows.Scan(&last, &data)
		if err == nil {
			entries, err = sqlkit.DecodeEntries(data, 0)
		}
		return err
	}, readEntriesFrom, string(of), seq)
	return last, entries, err
}

// replaceIn puts an entry in the place of the one with its number, and reports whether there was one.
func replaceIn(entries []timeline.Entry, e timeline.Entry) bool {
	for i := range entries {
		if entries[i].Seq == e.Seq {
			entries[i] = e
			return true
		}
	}
	return false
}

// Replace changes the content of a revision.
func (t revisions) Replace(number int64, config []byte) error {
	n, err := t.exec(replaceRevision, append([]byte{}, config...), number)
	if err == nil && n == 0 {
		err = store.ErrNotFound
	}
	return err
}
