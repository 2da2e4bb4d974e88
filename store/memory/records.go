package memory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill/store"
)

// records keeps those of each kind apart.
type records map[string]*shelf

// shelf keeps the records of one kind.
type shelf struct {
	rows   map[string]*store.StoredRecord // replaced, never changed
	ids    index[string]                  // the greatest first
	open   index[string]                  // those of the open ones, likewise
	closed index[closedKey]
}

// closedKey is when which record was closed.
type closedKey struct {
	at int64 // Unix microseconds
	id string
}

func newShelf() *shelf {
	return &shelf{
		rows: map[string]*store.StoredRecord{},
		ids:  greatestFirst(),
		open: greatestFirst(),
		closed: index[closedKey]{compare: func(a, b closedKey) int {
			return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.id, b.id))
		}},
	}
}

func greatestFirst() index[string] {
	return index[string]{compare: func(a, b string) int { return strings.Compare(b, a) }}
}

// set replaces a row; nil means that there is none.
func (s *shelf) set(id string, next *store.StoredRecord) {
	if old := s.rows[id]; old != nil {
		s.open.remove(id)
		if !old.ClosedAt.IsZero() {
			s.closed.remove(closedKey{old.ClosedAt.UnixMicro(), id})
		}
	}
	if next == nil {
		s.ids.remove(id)
		delete(s.rows, id)
		return
	}
	s.rows[id] = next
	s.ids.insert(id)
	if next.ClosedAt.IsZero() {
		s.open.insert(id)
	} else {
		s.closed.insert(closedKey{next.ClosedAt.UnixMicro(), id})
	}
}

// since returns the IDs of what was open at an instant or later.
func (s *shelf) since(at time.Time) *index[string] {
	ids := greatestFirst()
	for id := range s.open.all() {
		ids.insert(id)
	}
	for k := range s.closed.from(closedKey{at: at.UnixMicro()}) {
		ids.insert(k.id)
	}
	return &ids
}

// closedBefore returns what was closed before an instant, the one closed first first.
func (s *shelf) closedBefore(at time.Time, limit int) (page []store.StoredRecord) {
	for k := range s.closed.all() {
		if k.at >= at.UnixMicro() || len(page) == limit {
			break
		}
		page = append(page, cloneRecord(*s.rows[k.id]))
	}
	return page
}

type recordsTx struct{ *tx }

// Get returns the records that exist among the IDs.
func (t recordsTx) Get(kind string, ids []string) ([]store.StoredRecord, error) {
	if err := t.reads(); err != nil {
		return nil, err
	}
	s := t.s.records[kind]
	if s == nil {
		return nil, nil
	}
	var found []store.StoredRecord
	for _, id := range unique(ids) {
		if r := s.rows[id]; r != nil {
			found = append(found, cloneRecord(*r))
		}
	}
	return found, nil
}

// Put creates or replaces records.
func (t recordsTx) Put(writes []store.RecordWrite) error {
	if err := t.writes(); err != nil {
		return err
	}
	for _, w := range writes {
		s := t.s.records[w.Kind]
		if s == nil {
			s = newShelf() // an empty one stays if the Update fails
			t.s.records[w.Kind] = s
		}
		old := s.rows[w.ID]
		if (old == nil) != (w.Want == 0) || old != nil && old.Version != w.Want {
			return t.fail(&store.ConflictError{Of: w.Owner()})
		}
		next := cloneRecord(store.StoredRecord{Record: w.Record, Version: w.Want + 1})
		t.set(s, w.ID, &next)
	}
	return nil
}

func (t recordsTx) set(s *shelf, id string, next *store.StoredRecord) {
	old := s.rows[id]
	t.onRollback(func() { s.set(id, old) })
	s.set(id, next)
}

// List returns a page of what the query asks for.
func (t recordsTx) List(q store.RecordQuery, limit int) (page []store.StoredRecord, cursor string, err error) {
	if err := t.reads(); err != nil || limit <= 0 {
		return nil, "", err
	}
	s := t.s.records[q.Kind]
	if s == nil {
		return nil, "", nil
	}
	if !q.Before.IsZero() {
		return s.closedBefore(q.Before, limit), "", nil
	}
	ids := &s.ids
	switch {
	case q.Open:
		ids = &s.open
	case !q.Since.IsZero():
		ids = s.since(q.Since)
	}
	from := ids.all()
	if q.Cursor != "" {
		from = ids.from(q.Cursor)
	}
	for id := range from {
		if id == q.Cursor {
			continue
		}
		if len(page) == limit {
			return page, page[limit-1].ID, nil
		}
		page = append(page, cloneRecord(*s.rows[id]))
	}
	return page, "", nil
}

func cloneRecord(r store.StoredRecord) store.StoredRecord {
	r.Body = slices.Clone(r.Body)
	return r
}
