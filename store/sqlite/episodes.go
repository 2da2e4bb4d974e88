package sqlite

import (
	"database/sql"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
)

const (
	episodeColumns = `id, source, dedup_key, version, state, body`

	getEpisode = `select ` + episodeColumns + ` from watchbill_alerts where id = ?`

	newestEpisode = `select ` + episodeColumns + ` from watchbill_alerts where source = ? and dedup_key = ?
		order by created_at desc, id desc limit 1`

	createEpisode = `insert into watchbill_alerts
		(id, source, dedup_key, created_at, service, version, state, unreached, wake_at, stepped_at, body)
		values (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?) on conflict (id) do nothing`

	replaceEpisode = `update watchbill_alerts
		set service = ?, version = version + 1, state = ?, unreached = ?, wake_at = ?, stepped_at = ?, body = ?
		where id = ? and version = ?`

	dueEpisodes = `select id from watchbill_alerts where wake_at <= ? order by wake_at, id limit ?`

	nextWake = `select min(wake_at) from watchbill_alerts where wake_at > ?`

	listEpisodes = `select ` + episodeColumns + ` from watchbill_alerts where id < ? order by id desc limit ?`

	listState = `select ` + episodeColumns + ` from watchbill_alerts where state = ? and id < ? order by id desc limit ?`

	listOpen = `select ` + episodeColumns + ` from watchbill_alerts where state < 3 and state = ? and id < ?
		order by id desc limit ?`

	listService = `select ` + episodeColumns + ` from watchbill_alerts where service = ? and id < ?
		order by id desc limit ?`

	listBoth = `select ` + episodeColumns + ` from watchbill_alerts where service = ? and state = ? and id < ?
		order by id desc limit ?`

	rewindEpisodes = `update watchbill_alerts set wake_at = ?1 where state in (1, 2) and stepped_at > ?1`

	quarantineEpisode = `update watchbill_alerts set state = 0, unreached = 0, wake_at = null, version = version + 1
		where id = ?`

	countOpen = `select state, count(*), sum(unreached) from watchbill_alerts where state < 3 group by state`

	countAll = `select count(*) from watchbill_alerts`
)

// quarantined is the state of such a row.
const quarantined = alert.None

type episodes struct{ *tx }

// Get returns the episodes that exist among the IDs.
func (t episodes) Get(ids []watchbill.AlertID) ([]store.Stored, error) {
	var found []store.Stored
	seen := make(map[watchbill.AlertID]bool, len(ids))
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		if err := t.collect(&found, getEpisode, string(id)); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Newest returns the latest episode of each key.
func (t episodes) Newest(keys []alert.Ref) ([]store.Stored, error) {
	var found []store.Stored
	seen := make(map[alert.Ref]bool, len(keys))
	for _, key := range keys {
		if seen[key] {
			continue
		}
		seen[key] = true
		if err := t.collect(&found, newestEpisode, string(key.Source), string(key.Key)); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// collect adds what a statement finds.
func (t episodes) collect(found *[]store.Stored, query string, args ...any) error {
	return t.each(func(rows *sql.Rows) error {
		st, err := scanEpisode(rows)
		*found = append(*found, st)
		return err
	}, query, args...)
}

func scanEpisode(rows *sql.Rows) (st store.Stored, err error) {
	var a alert.Alert
	var body sql.RawBytes
	if err := rows.Scan(&a.ID, &a.Source, &a.Key, &st.Version, &a.State, &body); err != nil {
		return st, err
	}
	st.Quarantined = a.State == quarantined
	if st.Episode, st.Err = episode.Decode(body); st.Err != nil {
		st.Episode = episode.Episode{Alert: alert.Alert{ID: a.ID, Source: a.Source, Key: a.Key}}
	}
	return st, nil
}

// Put creates or replaces episodes.
func (t episodes) Put(writes []store.Write) error {
	for _, w := range writes {
		if err := t.put(w); err != nil {
			return err
		}
	}
	return nil
}

func (t episodes) put(w store.Write) error {
	body, err := episode.Encode(w.Episode)
	if err != nil {
		return t.fail(err)
	}
	a, e := w.Episode.Alert, w.Episode
	unreached := a.State.Open() && !e.Reached()
	var n int64
	if w.Want == 0 {
		n, err = t.exec(createEpisode, string(a.ID), string(a.Source), string(a.Key), micro(a.CreatedAt),
			string(a.Service), int64(a.State), unreached, wakeAt(e), micro(e.Last), string(body))
	} else {
		n, err = t.exec(replaceEpisode, string(a.Service), int64(a.State), unreached, wakeAt(e), micro(e.Last),
			string(body), string(a.ID), int64(w.Want))
	}
	if err == nil && n == 0 {
		err = t.fail(store.ErrConflict)
	}
	return err
}

// wakeAt returns when an episode is due, nil if never.
func wakeAt(e episode.Episode) any {
	if at := e.WakeAt(); e.Alert.State.Open() && !at.IsZero() {
		return micro(at)
	}
	return nil
}

// Due returns what wakes at now or before, and when the next one wakes.
func (t episodes) Due(now time.Time, limit int) (due []watchbill.AlertID, next time.Time, err error) {
	err = t.each(func(rows *sql.Rows) error {
		var id watchbill.AlertID
		err := rows.Scan(&id)
		due = append(due, id)
		return err
	}, dueEpisodes, micro(now), max(limit, 0))
	if err == nil {
		next, err = t.instant(nextWake, micro(now))
	}
	return due, next, err
}

// List returns a page of what the query asks for.
func (t episodes) List(q store.Query, limit int) (page []store.Stored, cursor string, err error) {
	if limit <= 0 {
		return nil, "", t.reads()
	}
	query, args := listQuery(q)
	if err := t.collect(&page, query, append(args, limit+1)...); err != nil {
		return nil, "", err
	}
	if len(page) > limit {
		page = page[:limit]
		cursor = string(page[limit-1].Episode.Alert.ID)
	}
	return page, cursor, nil
}

// listQuery returns the statement that finds its rows in an index, and its arguments but the limit.
func listQuery(q store.Query) (query string, args []any) {
	cursor := any(q.Cursor)
	if q.Cursor == "" {
		cursor = []byte{} // a blob is greater than any text
	}
	switch {
	case q.Service != "" && q.State != alert.None:
		return listBoth, []any{string(q.Service), int64(q.State), cursor}
	case q.Service != "":
		return listService, []any{string(q.Service), cursor}
	case q.State.Open():
		return listOpen, []any{int64(q.State), cursor}
	case q.State != alert.None:
		return listState, []any{int64(q.State), cursor}
	default:
		return listEpisodes, []any{cursor}
	}
}

// Admin returns what is needed in rare cases.
func (t episodes) Admin() store.EpisodesAdmin { return admin(t) }

type admin episodes

// Rewind makes due what was stepped later than now.
func (t admin) Rewind(now time.Time) (int, error) {
	n, err := t.exec(rewindEpisodes, micro(now))
	return int(n), err
}

// Quarantine takes a row out of service.
func (t admin) Quarantine(id watchbill.AlertID) error {
	n, err := t.exec(quarantineEpisode, string(id))
	if err != nil {
		return err
	}
	if n == 0 {
		return store.ErrNotFound
	}
	return outbox(t).Cancel(id, nil)
}

// Count counts the rows. The resolved ones are what is left of all.
func (t admin) Count() (store.Counts, error) {
	var c store.Counts
	err := t.each(func(rows *sql.Rows) error { return rows.Scan(&c.Resolved) }, countAll)
	if err != nil {
		return c, err
	}
	err = t.each(func(rows *sql.Rows) error {
		var state alert.State
		var n, unreached int
		if err := rows.Scan(&state, &n, &unreached); err != nil {
			return err
		}
		c.Resolved -= n
		c.Unreached += unreached
		switch state {
		case alert.Triggered:
			c.Triggered = n
		case alert.Acknowledged:
			c.Acknowledged = n
		case quarantined:
			c.Quarantined = n
		}
		return nil
	}, countOpen)
	return c, err
}
