package sqlite

import (
	"database/sql"
	"time"

	"github.com/watchbill/watchbill/store"
)

const (
	addRevision = `insert into watchbill_revisions (number, effective_at, config)
		select coalesce(max(number), 0) + 1, ?, ? from watchbill_revisions`

	latestRevision = `select number, effective_at, config from watchbill_revisions order by number desc limit 1`

	revisionNumber = `select coalesce(max(number), 0) from watchbill_revisions`

	getRevision = `select number, effective_at, config from watchbill_revisions where number = ?`

	revisionAt = `select number, effective_at, config from watchbill_revisions where effective_at <= ?
		order by number desc limit 1`
)

type revisions struct{ *tx }

// Add stores a configuration under the next number.
func (t revisions) Add(effectiveAt time.Time, config []byte) (store.Revision, error) {
	if _, err := t.exec(addRevision, micro(effectiveAt), append([]byte{}, config...)); err != nil {
		return store.Revision{}, err
	}
	return t.Latest()
}

// Latest returns the one with the greatest number.
func (t revisions) Latest() (store.Revision, error) { return t.one(latestRevision) }

// Number returns the greatest number.
func (t revisions) Number() (n int64, err error) {
	err = t.read(func(rows *sql.Rows) error { return rows.Scan(&n) }, revisionNumber)
	return n, err
}

// Get returns the one with that number.
func (t revisions) Get(number int64) (store.Revision, error) { return t.one(getRevision, number) }

// At returns the one that was effective at an instant.
func (t revisions) At(at time.Time) (store.Revision, error) { return t.one(revisionAt, micro(at)) }

func (t revisions) one(query string, args ...any) (r store.Revision, err error) {
	err = t.read(func(rows *sql.Rows) error {
		var effective int64
		err := rows.Scan(&r.Number, &effective, &r.Config)
		r.EffectiveAt = instant(effective)
		return err
	}, query, args...)
	if err == nil && r.Number == 0 {
		err = store.ErrNotFound
	}
	return r, err
}
