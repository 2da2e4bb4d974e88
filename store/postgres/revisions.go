package postgres

import (
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
)

const (
	addRevision = `insert into watchbill_revisions (number, effective_at, config)
		select coalesce(max(number), 0) + 1, $1, $2 from watchbill_revisions returning number`

	replaceRevision = `update watchbill_revisions set config = $2 where number = $1 returning number`

	revisionColumns = `select number, effective_at, config from watchbill_revisions `

	latestRevision = revisionColumns + `order by number desc limit 1`

	revisionNumber = `select coalesce(max(number), 0) from watchbill_revisions`

	getRevision = revisionColumns + `where number = $1`

	revisionAt = revisionColumns + `where effective_at <= $1 order by number desc limit 1`
)

type revisions struct{ *tx }

// Add stores a configuration under the next number. No other Update that goes by an earlier one commits after it.
func (t revisions) Add(effectiveAt time.Time, config []byte) (store.Revision, error) {
	if err := t.writes(); err != nil {
		return store.Revision{}, err
	}
	err := t.ask(do(closeGate), step{query: addRevision, args: []any{sqlkit.Micro(effectiveAt), notNil(config)},
		rows: func(rows pgx.Rows) error { return rows.Scan(&t.number) }})
	return store.Revision{Number: t.number, EffectiveAt: effectiveAt, Config: slices.Clone(config)}, err
}

// notNil makes an empty column of nothing.
func notNil(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

// Replace changes the content of a revision.
func (t revisions) Replace(number int64, config []byte) error {
	if err := t.writes(); err != nil {
		return err
	}
	found := false
	err := t.ask(do(closeGate), step{query: replaceRevision, args: []any{number, notNil(config)},
		rows: func(pgx.Rows) error {
			found = true
			return nil
		}})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return err
}

// Latest returns the one with the greatest number.
func (t revisions) Latest() (store.Revision, error) { return t.one(latestRevision) }

// Number returns the greatest number. An Update has been told when it began, and keeps others from adding one.
func (t revisions) Number() (n int64, err error) {
	if t.kind != update {
		err = t.ask(step{query: revisionNumber, rows: func(rows pgx.Rows) error { return rows.Scan(&n) }})
		return n, err
	}
	if err := t.reads(); err != nil {
		return 0, err
	}
	if !t.begun {
		err = t.ask()
	}
	return t.number, err
}

// Get returns the one with that number.
func (t revisions) Get(number int64) (store.Revision, error) { return t.one(getRevision, number) }

// At returns the one that was effective at an instant.
func (t revisions) At(at time.Time) (store.Revision, error) {
	return t.one(revisionAt, sqlkit.Micro(at))
}

func (t revisions) one(query string, args ...any) (r store.Revision, err error) {
	err = t.ask(step{query: query, args: args, rows: func(rows pgx.Rows) error {
		var effective int64
		err := rows.Scan(&r.Number, &effective, &r.Config)
		r.EffectiveAt = sqlkit.Instant(effective)
		return err
	}})
	if err == nil && r.Number == 0 {
		err = store.ErrNotFound
	}
	return r, err
}
