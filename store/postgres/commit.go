package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/watchbill/watchbill/store"
)

// format is that of what this release stores. A migration that an older release would spoil raises it.
const format = 1

const (
	beginView   = `begin isolation level repeatable read, read only`
	beginUpdate = `begin isolation level read committed, read write`

	// lockGate waits for changes of the configuration, and they for it. Backups wait for neither.
	lockGate = `lock table watchbill_gate in row share mode`

	// closeGate waits until no other Update runs.
	closeGate = `lock table watchbill_gate in exclusive mode`

	readGate = `select format, (select coalesce(max(number), 0) from watchbill_revisions) from watchbill_gate`
)

// begin returns what every transaction begins with.
func (t *tx) begin() []step {
	start := func() error {
		t.begun = true
		return nil
	}
	var steps []step
	switch t.kind {
	case view:
		steps = []step{{query: beginView, after: start}}
	case update:
		steps = []step{{query: beginUpdate, after: start}}
	case hosted:
		t.begun = true
	}
	if !t.store.own && t.kind != hosted {
		steps = append(steps, do(localSettings))
	}
	if t.kind == view {
		return steps
	}
	if t.kind == update {
		steps = append(steps, t.store.crowd.steps(t.store.locks)...)
	}
	steps = append(steps, do(lockGate), step{query: readGate, rows: func(rows pgx.Rows) error {
		var f int64
		if err := rows.Scan(&f, &t.number); err != nil {
			return err
		}
		if f > format {
			return store.ErrOutdated
		}
		return nil
	}})
	if t.kind == hosted {
		return steps
	}
	return append(steps, t.store.habits.steps(&t.values)...)
}

// patience is how long the server may take to give up a transaction.
const patience = 5 * time.Second

// commit sends what waits, and commits if nothing of it failed.
func (t *tx) commit() error {
	if err := t.ctx.Err(); err != nil {
		return err
	}
	if !t.wrote {
		return nil // the rollback that follows is as good
	}
	place, number := t.store.places.take()
	steps := append(t.queue.take(), t.values.steps(t.store)...)
	if err := t.send(append(steps, do(noteCommit, t.store.places.store, place, number))); err != nil {
		t.store.places.free(place)
		return err
	}
	err := t.sendCommit()
	if reason(err) == errLost || err != nil && err == t.ctx.Err() {
		t.release()
		if err = t.store.findOut(t.ctx, place, number, err); err != nil {
			return err // the place is not used again: who knows who holds it
		}
	}
	t.store.places.free(place)
	if err == nil {
		t.store.recent.Add(t.put)
	}
	return err
}

// sendCommit commits. A transaction that cannot be is rolled back by the server without an error.
func (t *tx) sendCommit() error {
	results, err := t.pooled.Conn().PgConn().Exec(t.ctx, "commit").ReadAll()
	if err != nil {
		return t.wrap("commit", err)
	}
	if len(results) != 1 || results[0].CommandTag.String() != "COMMIT" {
		return fmt.Errorf("%w: it was rolled back", errRaced)
	}
	return nil
}

const (
	noteCommit = `insert into watchbill_commits (store, place, number) values ($1, $2, $3)
		on conflict (store, place) do update set number = excluded.number`

	// lastCommit waits for the one that is under way, whose row it would write.
	lastCommit = `insert into watchbill_commits (store, place, number) values ($1, $2, 0)
		on conflict (store, place) do update set number = watchbill_commits.number returning number`
)

// findOut returns nil if the commit that was lost sight of is done, an error that makes Update run again if it is not and
// never will be, and store.ErrUnknown if that cannot be found out.
//
// pg_xact_status would answer too, but not truly: after a crash, numbers of transactions that were not on the disk yet
// are given to others.
func (s *Store) findOut(ctx context.Context, place, number int64, lost error) error {
	for losses := 0; ; {
		var last int64
		err := s.wrap(ctx, "ask what became of a commit", s.pool.QueryRow(ctx, s.texts.of(lastCommit), s.places.store, place).Scan(&last))
		switch {
		case err == nil && last == number:
			return nil
		case err == nil:
			return fmt.Errorf("%w: during the commit, which was not done: %w", errLost, lost)
		case ctx.Err() != nil:
			return fmt.Errorf("%w: %w", store.ErrUnknown, ctx.Err())
		case reason(err) == errLost && losses < maxFindOut:
			losses++
			pause(ctx, min(10<<min(losses, 6), 500))
		case reason(err) == errRaced: // it is under way: the server has not noticed yet that nobody listens
			pause(ctx, 50)
		default:
			return fmt.Errorf("%w: %w", store.ErrUnknown, err)
		}
	}
}

// maxFindOut is how often the server is asked that does not answer.
const maxFindOut = 40
