package sqlite

import (
	"database/sql"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	episodeColumns = `id, watchbill_alerts.source, watchbill_alerts.dedup_key, version, state, body`

	getEpisodes = `select ` + episodeColumns + ` from watchbill_alerts where id in (/*each*/?/*end*/)`

	newestEpisodes = `with keys (source, dedup_key) as (values /*each*/(?, ?)/*end*/)
		select ` + episodeColumns + ` from keys cross join watchbill_alerts where id = (
			select n.id from watchbill_alerts n where n.source = keys.source and n.dedup_key = keys.dedup_key
			order by n.created_at desc, n.id desc limit 1)`

	createEpisodes = `insert into watchbill_alerts
		(id, source, dedup_key, created_at, service, version, state, unreached, wake_at, stepped_at, body, parent)
		values /*each*/(?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)/*end*/ on conflict (id) do nothing returning id`

	// replaceSame is replaceEpisode for one that stays where it is in the lists, which spares their indexes.
	replaceSame = `update watchbill_alerts
		set version = version + 1, wake_at = ?, stepped_at = ?, body = ?
		where id = ? and version = ? and service = ? and state = ? and unreached = ? and parent = ?`

	replaceEpisode = `update watchbill_alerts
		set version = version + 1, wake_at = ?1, stepped_at = ?2, body = ?3, service = ?6, state = ?7, unreached = ?8, parent = ?9
		where id = ?4 and version = ?5`

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

	listParent = `select ` + episodeColumns + ` from watchbill_alerts where parent <> '' and parent = ? and id < ?
		order by id desc limit ?`

	listMembers = `select ` + episodeColumns + ` from watchbill_alerts where parent <> '' and parent = ? and state = ? and id < ?
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
func (t episodes) Get(ids []watchbill.AlertID) (found []store.Stored, err error) {
	args := make([]any, 0, len(ids))
	seen := make(map[watchbill.AlertID]bool, len(ids))
	for _, id := range ids {
		if !seen[id] {
			args = append(args, string(id))
		}
		seen[id] = true
	}
	found = make([]store.Stored, 0, len(args))
	err = t.readEach(t.into(&found), getEpisodes, args)
	return found, err
}

// Newest returns the latest episode of each key.
func (t episodes) Newest(keys []alert.Ref) (found []store.Stored, err error) {
	args := make([]any, 0, 2*len(keys))
	seen := make(map[alert.Ref]bool, len(keys))
	for _, key := range keys {
		if !seen[key] {
			args = append(args, string(key.Source), string(key.Key))
		}
		seen[key] = true
	}
	err = t.readEach(t.into(&found), newestEpisodes, args)
	return found, err
}

// into returns what adds each row to found.
func (t episodes) into(found *[]store.Stored) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		st, err := t.scan(rows)
		*found = append(*found, st)
		return err
	}
}

func (t episodes) scan(rows *sql.Rows) (st store.Stored, err error) {
	var a alert.Alert
	var body sql.RawBytes
	if err := rows.Scan(&a.ID, &a.Source, &a.Key, &st.Version, &a.State, &body); err != nil {
		return st, err
	}
	st.Quarantined = a.State == quarantined
	var known bool
	if st.Episode, known = t.pool.recent.Get(a.ID, body); known {
		return st, nil
	}
	if st.Episode, st.Err = episode.Decode(body); st.Err != nil {
		st.Episode = episode.Episode{Alert: alert.Alert{ID: a.ID, Source: a.Source, Key: a.Key}}
	}
	return st, nil
}

// Put creates or replaces episodes.
func (t episodes) Put(writes []store.Write) error {
	if err := t.writes(); err != nil {
		return err
	}
	var created []any
	var ids []watchbill.AlertID
	t.put = slices.Grow(t.put, len(writes))
	for _, w := range writes {
		body, err := episode.Encode(w.Episode)
		if err != nil {
			return t.fail(err)
		}
		t.put = append(t.put, sqlkit.Row{Episode: w.Episode, Body: body})
		if w.Want != 0 {
			if err := t.replace(w, string(body)); err != nil {
				return err
			}
			continue
		}
		e, a := w.Episode, w.Episode.Alert
		created = append(created, string(a.ID), string(a.Source), string(a.Key), micro(a.CreatedAt),
			string(a.Service), int64(a.State), unreached(e), wakeAt(e), micro(e.Last), string(body), string(e.Parent))
		ids = append(ids, a.ID)
	}
	return t.create(ids, created)
}

// create inserts the rows of these IDs. The one that no row was made for is the conflict.
func (t episodes) create(ids []watchbill.AlertID, args []any) error {
	made := make(map[watchbill.AlertID]bool, len(ids))
	err := t.readEach(func(rows *sql.Rows) error {
		var id watchbill.AlertID
		err := rows.Scan(&id)
		made[id] = true
		return err
	}, createEpisodes, args)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !made[id] {
			return t.fail(&store.ConflictError{Of: timeline.Alert(id)})
		}
		made[id] = false // an ID that comes twice was made once
	}
	return nil
}

func (t episodes) replace(w store.Write, body string) error {
	e, a := w.Episode, w.Episode.Alert
	args := []any{wakeAt(e), micro(e.Last), body, string(a.ID), int64(w.Want), string(a.Service), int64(a.State), unreached(e), string(e.Parent)}
	n, err := t.exec(replaceSame, args...)
	if err == nil && n == 0 {
		n, err = t.exec(replaceEpisode, args...)
	}
	if err == nil && n == 0 {
		err = t.fail(&store.ConflictError{Of: timeline.Alert(a.ID)})
	}
	return err
}

// unreached reports whether somebody should know that nobody knows.
func unreached(e episode.Episode) bool { return e.Alert.State.Open() && !e.Reached() }

// wakeAt returns when an episode is due, nil if never.
func wakeAt(e episode.Episode) any {
	if e.Alert.State.Open() {
		return orNull(e.WakeAt())
	}
	return nil
}

// Due returns what wakes at now or before, and when the next one wakes.
func (t episodes) Due(now time.Time, limit int) (due []watchbill.AlertID, next time.Time, err error) {
	err = t.read(func(rows *sql.Rows) error {
		var id watchbill.AlertID
		err := rows.Scan(&id)
		due = append(due, id)
		return err
	}, dueEpisodes, micro(now), max(limit, 0))
	if err == nil {
		next, err = t.readTime(nextWake, micro(now))
	}
	return due, next, err
}

// List returns a page of what the query asks for.
func (t episodes) List(q store.Query, limit int) (page []store.Stored, cursor string, err error) {
	if limit <= 0 {
		return nil, "", t.reads()
	}
	query, args := listQuery(q)
	if err := t.read(t.into(&page), query, append(args, limit+1)...); err != nil {
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
	cursor := from(q.Cursor)
	switch {
	case q.Parent != "" && q.State != alert.None:
		return listMembers, []any{string(q.Parent), int64(q.State), cursor}
	case q.Parent != "":
		return listParent, []any{string(q.Parent), cursor}
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

// from returns what the IDs of a page are less than.
func from(cursor string) any {
	if cursor == "" {
		return []byte{} // a blob is greater than any text
	}
	return cursor
}

// Admin returns what is needed in rare cases.
func (t episodes) Admin() store.EpisodesAdmin { return admin(t) }

type admin episodes

// Rewind makes due what was stepped later than now, and the messages that would wait for a time that was wrong.
func (t admin) Rewind(now time.Time) (int, error) {
	n, err := t.exec(rewindEpisodes, micro(now))
	if err != nil {
		return 0, err
	}
	return int(n), outbox(t).rewind(now)
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
	err := t.read(func(rows *sql.Rows) error { return rows.Scan(&c.Resolved) }, countAll)
	if err != nil {
		return c, err
	}
	err = t.read(func(rows *sql.Rows) error {
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
