package postgres

import (
	"cmp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	episodeColumns = `id, source, dedup_key, version, state, body`

	getEpisodes = `select ` + episodeColumns + ` from watchbill_alerts where id = any($1::bytea[]) order by id`

	// lockKeys keeps others from opening an alert for a key that has none.
	lockKeys = `select pg_advisory_xact_lock(h) from (select unnest($1::bigint[]) h) s`

	newestEpisodes = `select ` + episodeColumns + ` from watchbill_alerts where id = any(array(
			select (select n.id from watchbill_alerts n
				where n.key_hash = k.hash and n.source = k.source and n.dedup_key = k.dedup_key
				order by n.created_at desc, n.id desc limit 1)
			from unnest($1::bigint[], $2::bytea[], $3::bytea[]) k (hash, source, dedup_key)))
		order by id`

	dueEpisodes = `select w.alert from watchbill_wakes w where w.wake_at <= $1 order by w.wake_at, w.alert limit $2`

	// claimDue leaves out what others are working on, and keeps others from it. The row says when it wakes by now.
	claimDue = `select w.alert from watchbill_wakes w, lateral (
			select 1 from watchbill_alerts a where a.id = w.alert and a.wake_at <= $1 for no key update skip locked) l
		where w.wake_at <= $1 order by w.wake_at, w.alert limit $2`

	nextWake = `select wake_at from watchbill_wakes where wake_at > $1 order by wake_at limit 1`

	// forUpdate makes a statement wait for others that change its rows, and others for this Update. Rows are locked in the
	// order of their IDs, so that two Updates seldom wait for each other.
	forUpdate = ` for no key update`
)

// quarantined is the state of such a row.
const quarantined = alert.None

type episodes struct{ *tx }

// locking returns a statement that reads rows, as this transaction has to say it.
func (t *tx) locking(query string) string {
	if t.kind == view {
		return query
	}
	return query + forUpdate
}

// Get returns the episodes that exist among the IDs.
func (t episodes) Get(ids []watchbill.AlertID) (found []store.Stored, err error) {
	if len(ids) == 0 {
		return nil, t.reads()
	}
	err = t.ask(t.reading(&found, t.locking(getEpisodes), raws(distinct(ids))))
	return found, err
}

// Newest returns the latest episode of each key.
func (t episodes) Newest(keys []alert.Ref) (found []store.Stored, err error) {
	if len(keys) == 0 {
		return nil, t.reads()
	}
	keys = distinct(keys)
	hashes, locks := make([]int64, len(keys)), make([]int64, len(keys))
	sources, names := make([][]byte, len(keys)), make([][]byte, len(keys))
	for i, k := range keys {
		hashes[i] = keyHash(k)
		locks[i] = t.store.locks ^ hashes[i]
		sources[i], names[i] = []byte(k.Source), []byte(k.Key)
	}
	newest := t.reading(&found, t.locking(newestEpisodes), hashes, sources, names)
	if t.kind == view {
		return found, t.ask(newest)
	}
	slices.Sort(locks)
	err = t.ask(do(lockKeys, slices.Compact(locks)), newest)
	return found, err
}

func keyHash(k alert.Ref) int64 { return hash64(string(k.Source), string(k.Key)) }

// reading returns a step that adds each row to found.
func (t episodes) reading(found *[]store.Stored, query string, args ...any) step {
	return step{query: query, args: args, rows: func(rows pgx.Rows) error {
		st, err := t.scan(rows)
		*found = append(*found, st)
		return err
	}}
}

func (t episodes) scan(rows pgx.Rows) (st store.Stored, err error) {
	var id, source, key, body driverBytes
	var state int16
	if err := rows.Scan(&id, &source, &key, &st.Version, &state, &body); err != nil {
		return st, err
	}
	t.holds(timeline.Alert(watchbill.AlertID(id)), st.Version)
	st.Quarantined = alert.State(state) == quarantined
	a := alert.Alert{ID: watchbill.AlertID(id), Source: watchbill.SourceID(source), Key: alert.DedupKey(key)}
	var known bool
	if st.Episode, known = t.store.recent.Get(a.ID, body); known {
		return st, nil
	}
	if st.Episode, st.Err = episode.Decode(body); st.Err != nil {
		st.Episode = episode.Episode{Alert: a}
	}
	return st, nil
}

// Due returns what wakes at now or before, and when the next one wakes.
func (t episodes) Due(now time.Time, limit int) (due []watchbill.AlertID, next time.Time, err error) {
	query := claimDue
	if t.kind == view {
		query = dueEpisodes
	}
	err = t.ask(readIDs(&due, query, sqlkit.Micro(now), max(limit, 0)), readTime(&next, nextWake, sqlkit.Micro(now)))
	return due, next, err
}

// readIDs returns a step that adds each row's ID to all.
func readIDs[T ~string](all *[]T, query string, args ...any) step {
	return step{query: query, args: args, rows: func(rows pgx.Rows) error {
		var id driverBytes
		err := rows.Scan(&id)
		*all = append(*all, T(id))
		return err
	}}
}

// The rows of a page are found in an index, and then read, and locked, by ID. The order is that of the index, and what is
// asked for is a range of it: then the server can take no other, which might be full of what is not asked for.
const (
	pageOpen  = `select ` + episodeColumns + ` from watchbill_alerts where id = any(array(`
	pageClose = ` limit $2)) order by id`

	found         = `select id from watchbill_alerts where `
	pageOfAll     = found + `id < $1 order by id desc`
	pageOfService = found + `service >= $3 and (service, id) < ($3, $1) order by service desc, id desc`
	pageOfBoth    = found + `service >= $3 and (service, id) < ($3, $1) and state = $4 order by service desc, id desc`
	pageOfOpen    = found + `state < 3 and state >= $3 and (state, id) < ($3, $1) order by state desc, id desc`
	pageOfState   = found + `state = $3 and id < $1 order by id desc`
	pageOfMembers = found + `parent <> '' and (parent, state) >= ($3, $4) and (parent, state, id) < ($3, $4, $1)
		order by parent desc, state desc, id desc`
	pageOfParent = `select m.id from unnest('{0,1,2,3}'::smallint[]) s, lateral (` +
		found + `parent <> '' and (parent, state) >= ($3, s) and (parent, state, id) < ($3, s, $1)
			order by parent desc, state desc, id desc limit $2) m
		order by m.id desc`
)

// List returns a page of what the query asks for.
func (t episodes) List(q store.Query, limit int) (page []store.Stored, cursor string, err error) {
	if limit <= 0 {
		return nil, "", t.reads()
	}
	ids, args := listed(q)
	args = append([]any{from(q.Cursor), limit + 1}, args...)
	if err := t.ask(t.reading(&page, t.locking(pageOpen+ids+pageClose), args...)); err != nil {
		return nil, "", err
	}
	slices.SortFunc(page, func(a, b store.Stored) int { return cmp.Compare(b.Episode.Alert.ID, a.Episode.Alert.ID) })
	if len(page) > limit {
		page = page[:limit]
		cursor = string(page[limit-1].Episode.Alert.ID)
	}
	return slices.DeleteFunc(page, func(st store.Stored) bool { return !is(st, q.State) }), cursor, nil
}

// is reports whether an episode is still in the state that is asked for: an Update may have waited for it.
func is(st store.Stored, s alert.State) bool {
	return s == alert.None || !st.Quarantined && (st.Err != nil || st.Episode.Alert.State == s)
}

// listed returns how the IDs are found in an index, and what that takes beside cursor and limit.
func listed(q store.Query) (ids string, args []any) {
	service, parent, state := []byte(q.Service), []byte(q.Parent), int16(q.State)
	switch {
	case q.Parent != "" && q.State != alert.None:
		return pageOfMembers, []any{parent, state}
	case q.Parent != "":
		return pageOfParent, []any{parent}
	case q.Service != "" && q.State != alert.None:
		return pageOfBoth, []any{service, state}
	case q.Service != "":
		return pageOfService, []any{service}
	case q.State.Open():
		return pageOfOpen, []any{state}
	case q.State != alert.None:
		return pageOfState, []any{state}
	default:
		return pageOfAll, nil
	}
}
