package storetest

import (
	"errors"
	"strconv"
	"time"

	"github.com/watchbill/watchbill/store"
)

func brokenRecords() []broken {
	of := func(with func(store.Records) store.Records) func() store.Store {
		return func() store.Store { return recordsStore(with) }
	}
	return []broken{
		{"K1", "returns a record as often as it is asked for", of(func(r store.Records) store.Records { return repeatsRecords{r} })},
		{"K1", "finds a record of another kind", of(func(r store.Records) store.Records { return anyKind{r} })},
		{"K2", "ignores the version", of(func(r store.Records) store.Records { return ignoresRecordVersion{r} })},
		{"K2", "does not say of what kind the one is that conflicts", of(func(r store.Records) store.Records { return namesID{r} })},
		{"K3 K2", "versions end at 4", of(func(r store.Records) store.Records { return fewRecordVersions{r} })},
		{"K3 K4", "what was closed stays closed", of(func(r store.Records) store.Records { return staysClosed{r} })},
		{"K3", "takes a body for text", of(func(r store.Records) store.Records { return textBody{r} })},
		{"K4", "the cursor is an offset", of(func(r store.Records) store.Records { return offsetRecords{r} })},
		{"K4", "leaves out what was closed just then", of(func(r store.Records) store.Records { return closedLater{r} })},
		{"K4", "lists closed ones as open", of(func(r store.Records) store.Records { return ignoresOpen{r} })},
	}
}

type repeatsRecords struct{ store.Records }

func (r repeatsRecords) Get(kind string, ids []string) (all []store.StoredRecord, err error) {
	for _, id := range ids {
		found, err := r.Records.Get(kind, []string{id})
		if all = append(all, found...); err != nil {
			return nil, err
		}
	}
	return all, nil
}

type anyKind struct{ store.Records }

func (a anyKind) Get(kind string, ids []string) ([]store.StoredRecord, error) {
	found, err := a.Records.Get(kind, ids)
	if len(found) == 0 && err == nil {
		return a.Records.Get("incident", ids)
	}
	return found, err
}

type ignoresRecordVersion struct{ store.Records }

func (i ignoresRecordVersion) Put(writes []store.RecordWrite) error {
	for _, w := range writes {
		found, err := i.Records.Get(w.Kind, []string{w.ID})
		if err != nil {
			return err
		}
		if w.Want > 0 && len(found) > 0 {
			w.Want = found[0].Version
		}
		if err := i.Records.Put([]store.RecordWrite{w}); err != nil {
			return err
		}
	}
	return nil
}

type namesID struct{ store.Records }

func (n namesID) Put(writes []store.RecordWrite) error {
	err := n.Records.Put(writes)
	var conflict *store.ConflictError
	if errors.As(err, &conflict) {
		return &store.ConflictError{Of: withoutKind(conflict.Of)}
	}
	return err
}

// fewRecordVersions says 4 of every higher version.
type fewRecordVersions struct{ store.Records }

func (f fewRecordVersions) Get(kind string, ids []string) ([]store.StoredRecord, error) {
	found, err := f.Records.Get(kind, ids)
	for i := range found {
		found[i].Version = min(found[i].Version, 4)
	}
	return found, err
}

type staysClosed struct{ store.Records }

func (s staysClosed) Put(writes []store.RecordWrite) error {
	for _, w := range writes {
		found, err := s.Records.Get(w.Kind, []string{w.ID})
		if err != nil {
			return err
		}
		if len(found) > 0 && w.ClosedAt.IsZero() {
			w.ClosedAt = found[0].ClosedAt
		}
		if err := s.Records.Put([]store.RecordWrite{w}); err != nil {
			return err
		}
	}
	return nil
}

type textBody struct{ store.Records }

func (b textBody) Get(kind string, ids []string) ([]store.StoredRecord, error) {
	found, err := b.Records.Get(kind, ids)
	for i := range found {
		found[i].Body = []byte(string([]rune(string(found[i].Body))))
	}
	return found, err
}

type offsetRecords struct{ store.Records }

func (o offsetRecords) List(q store.RecordQuery, limit int) ([]store.StoredRecord, string, error) {
	if !q.Before.IsZero() {
		return o.Records.List(q, limit)
	}
	offset, _ := strconv.Atoi(q.Cursor)
	q.Cursor = ""
	all, _, err := o.Records.List(q, 1e6)
	all = all[min(offset, len(all)):]
	if limit > 0 && len(all) > limit {
		return all[:limit], strconv.Itoa(offset + limit), err
	}
	return all[:min(limit, len(all))], "", err
}

type closedLater struct{ store.Records }

func (c closedLater) List(q store.RecordQuery, limit int) ([]store.StoredRecord, string, error) {
	if !q.Since.IsZero() {
		q.Since = q.Since.Add(time.Microsecond)
	}
	return c.Records.List(q, limit)
}

type ignoresOpen struct{ store.Records }

func (o ignoresOpen) List(q store.RecordQuery, limit int) ([]store.StoredRecord, string, error) {
	q.Open = false
	return o.Records.List(q, limit)
}
