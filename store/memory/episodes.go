package memory

import (
	"cmp"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// row is an episode as it is kept. It is replaced, never changed.
type row struct {
	episode     episode.Episode
	version     store.Version
	quarantined bool
	wake        time.Time              // zero: never
	imported    *store.ArchivedEpisode // what the row was made of, until a Put; nil: of the episode
	err         error                  // not nil: what was imported cannot be decoded, and the episode is made of its columns
}

// open reports whether the row takes part in what goes on.
func (r *row) open() bool { return !r.quarantined && r.episode.Alert.State.Open() }

// unreached reports whether somebody should know that nobody knows.
func (r *row) unreached() bool {
	if r.imported != nil {
		return r.open() && r.imported.Unreached
	}
	return r.open() && !r.episode.Reached()
}

// ended returns when a resolved episode was last stepped, as what it sorts by; nothing if it is not resolved.
func (r *row) ended(id watchbill.AlertID) (k wakeKey, ok bool) {
	if r == nil || r.quarantined || r.episode.Alert.State != alert.Resolved {
		return k, false
	}
	return wakeKey{r.episode.Last.UnixMicro(), id}, true
}

func (r *row) stored() store.Stored {
	if r.err != nil {
		a := alert.Alert{ID: r.episode.Alert.ID, Source: r.episode.Alert.Source, Key: r.episode.Alert.Key}
		return store.Stored{Episode: episode.Episode{Alert: a}, Version: r.version, Err: r.err, Quarantined: r.quarantined}
	}
	return store.Stored{Episode: r.episode.Clone(), Version: r.version, Quarantined: r.quarantined}
}

// wakeKey is when which episode wakes, or ended.
type wakeKey struct {
	at int64 // Unix microseconds
	id watchbill.AlertID
}

type episodes struct {
	rows   map[watchbill.AlertID]*row
	newest map[alert.Ref]watchbill.AlertID
	ids    index[watchbill.AlertID] // the greatest first
	wakes  index[wakeKey]
	ended  index[wakeKey] // the resolved ones by their latest entry
}

func newEpisodes() episodes {
	return episodes{
		rows:   map[watchbill.AlertID]*row{},
		newest: map[alert.Ref]watchbill.AlertID{},
		ids: index[watchbill.AlertID]{compare: func(a, b watchbill.AlertID) int {
			return strings.Compare(string(b), string(a))
		}},
		wakes: index[wakeKey]{compare: compareWakes},
		ended: index[wakeKey]{compare: compareWakes},
	}
}

func compareWakes(a, b wakeKey) int {
	return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(string(a.id), string(b.id)))
}

// set replaces a row; nil means that there is none.
func (e *episodes) set(id watchbill.AlertID, next *row) {
	old := e.rows[id]
	if old != nil && !old.wake.IsZero() {
		e.wakes.remove(wakeKey{old.wake.UnixMicro(), id})
	}
	if k, ok := old.ended(id); ok {
		e.ended.remove(k)
	}
	if next == nil {
		delete(e.rows, id)
		e.ids.remove(id)
		return
	}
	e.rows[id] = next
	if old == nil {
		e.ids.insert(id)
	}
	if !next.wake.IsZero() {
		e.wakes.insert(wakeKey{next.wake.UnixMicro(), id})
	}
	if k, ok := next.ended(id); ok {
		e.ended.insert(k)
	}
}

type episodesTx struct{ *tx }

func (t episodesTx) set(id watchbill.AlertID, next *row) {
	e := &t.s.episodes
	old := e.rows[id]
	t.onRollback(func() { e.set(id, old) })
	e.set(id, next)
}

// Get returns the episodes that exist among the IDs.
func (t episodesTx) Get(ids []watchbill.AlertID) ([]store.Stored, error) {
	if err := t.reads(); err != nil {
		return nil, err
	}
	found := make([]store.Stored, 0, len(ids))
	for _, id := range unique(ids) {
		if r := t.s.episodes.rows[id]; r != nil {
			found = append(found, r.stored())
		}
	}
	return found, nil
}

// Newest returns the latest episode of each key.
func (t episodesTx) Newest(keys []alert.Ref) ([]store.Stored, error) {
	var ids []watchbill.AlertID
	for _, key := range keys {
		if id := t.s.episodes.newest[key]; id != "" {
			ids = append(ids, id)
		}
	}
	return t.Get(ids)
}

// Put creates or replaces episodes.
func (t episodesTx) Put(writes []store.Write) error {
	if err := t.writes(); err != nil {
		return err
	}
	for _, w := range writes {
		id := w.Episode.Alert.ID
		old := t.s.episodes.rows[id]
		if (old == nil) != (w.Want == 0) || old != nil && old.version != w.Want {
			return t.fail(&store.ConflictError{Of: timeline.Alert(id)})
		}
		next := &row{episode: w.Episode.Clone(), version: w.Want + 1}
		if next.open() {
			next.wake = w.Episode.WakeAt()
		}
		t.set(id, next)
		if old == nil {
			t.noteNewest(next)
		}
	}
	return nil
}

// noteNewest keeps the latest episode of a key. Key and creation of an episode never change.
func (t episodesTx) noteNewest(r *row) {
	e, a := &t.s.episodes, r.episode.Alert
	if old := e.newest[a.Ref()]; old == "" || newer(a, e.rows[old].episode.Alert) {
		t.setNewest(a.Ref(), a.ID)
	}
}

// newer reports whether an alert is newer than another of its key.
func newer(a, b alert.Alert) bool {
	c := a.CreatedAt.Compare(b.CreatedAt)
	return c > 0 || c == 0 && a.ID > b.ID
}

// setNewest says which episode is the latest of a key; empty: there is none.
func (t episodesTx) setNewest(of alert.Ref, id watchbill.AlertID) {
	e := &t.s.episodes
	old := e.newest[of]
	t.onRollback(func() { e.setNewest(of, old) })
	e.setNewest(of, id)
}

func (e *episodes) setNewest(of alert.Ref, id watchbill.AlertID) {
	if id == "" {
		delete(e.newest, of)
		return
	}
	e.newest[of] = id
}

// Due returns what wakes at now or before, and when the next one wakes.
func (t episodesTx) Due(now time.Time, limit int) (due []watchbill.AlertID, next time.Time, err error) {
	if err := t.reads(); err != nil {
		return nil, next, err
	}
	at := now.UnixMicro()
	for k := range t.s.episodes.wakes.all() {
		if k.at > at || len(due) >= limit {
			break
		}
		due = append(due, k.id)
	}
	for k := range t.s.episodes.wakes.from(wakeKey{at: at + 1}) {
		return due, time.UnixMicro(k.at).UTC(), nil
	}
	return due, next, nil
}

// List returns a page of what the query asks for.
func (t episodesTx) List(q store.Query, limit int) (page []store.Stored, cursor string, err error) {
	if err := t.reads(); err != nil || limit <= 0 {
		return nil, "", err
	}
	e := &t.s.episodes
	ids := e.ids.all()
	if q.Cursor != "" {
		ids = e.ids.from(watchbill.AlertID(q.Cursor))
	}
	for id := range ids {
		r := e.rows[id]
		if string(id) == q.Cursor || !matches(q, r) {
			continue
		}
		if len(page) == limit {
			return page, string(page[limit-1].Episode.Alert.ID), nil
		}
		page = append(page, r.stored())
	}
	return page, "", nil
}

func matches(q store.Query, r *row) bool {
	a := &r.episode.Alert
	return (q.State == alert.None || q.State == a.State && !r.quarantined) &&
		(q.Service == "" || q.Parent != "" || q.Service == a.Service) && (q.Parent == "" || q.Parent == r.episode.Parent)
}

// Admin returns what is needed in rare cases.
func (t episodesTx) Admin() store.EpisodesAdmin { return adminTx(t) }

type adminTx episodesTx

// Rewind makes due what was stepped later than now, and the messages that would wait for a time that was wrong.
func (t adminTx) Rewind(now time.Time) (int, error) {
	if err := t.writes(); err != nil {
		return 0, err
	}
	n := 0
	for id := range t.s.episodes.ids.all() {
		r := *t.s.episodes.rows[id]
		if r.open() && r.episode.Last.After(now) {
			r.wake = now
			episodesTx(t).set(id, &r)
			n++
		}
	}
	outboxTx(t).rewind(now)
	return n, nil
}

// Quarantine takes a row out of service.
func (t adminTx) Quarantine(id watchbill.AlertID) error {
	if err := t.writes(); err != nil {
		return err
	}
	old := t.s.episodes.rows[id]
	if old == nil {
		return store.ErrNotFound
	}
	next := *old
	next.quarantined, next.wake = true, time.Time{}
	next.version++
	if old.imported != nil {
		a := *old.imported
		a.State, a.Unreached = alert.None, false
		next.imported = &a
	}
	episodesTx(t).set(id, &next)
	return outboxTx(t).Cancel(id, nil)
}

// Count counts the rows.
func (t adminTx) Count() (store.Counts, error) {
	var c store.Counts
	if err := t.reads(); err != nil {
		return c, err
	}
	for _, r := range t.s.episodes.rows {
		switch state := r.episode.Alert.State; {
		case r.quarantined:
			c.Quarantined++
		case state == alert.Triggered:
			c.Triggered++
		case state == alert.Acknowledged:
			c.Acknowledged++
		case state == alert.Resolved:
			c.Resolved++
		}
		if r.unreached() {
			c.Unreached++
		}
	}
	return c, nil
}
