package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
)

// kind says what a transaction is.
type kind uint8

const (
	view   kind = iota
	update      // what it writes waits, and goes to the server with what it reads next, or before the commit
	hosted      // an Update in a transaction that the host began and commits, so nothing waits
)

// sender is a connection, or a transaction of the host.
type sender interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// tx is a transaction. All that it says to the server goes in batches: a batch is one round trip.
type tx struct {
	ctx    context.Context
	store  *Store
	conn   sender
	pooled *pgxpool.Conn // nil where the host has it
	kind   kind
	begun  bool // the server has said so
	over   bool
	wrote  bool
	queue  queue
	held   held
	values remembered
	number int64 // of the latest revision
	put    []sqlkit.Row
	failed error // the first conflict or failure: it fails the Update even if fn forgets it
}

func (t *tx) Episodes() store.Episodes   { return episodes{t} }
func (t *tx) Timeline() store.Timeline   { return timelines{t} }
func (t *tx) Outbox() store.Outbox       { return outbox{t} }
func (t *tx) Revisions() store.Revisions { return revisions{t} }
func (t *tx) Values() store.Values       { return values{t} }
func (t *tx) Records() store.Records     { return records{t} }

// step is a statement of a batch.
type step struct {
	query string
	args  []any
	rows  func(pgx.Rows) error // is called for each row; may be nil
	after func() error         // is called after the rows; may be nil
}

// do is a statement whose rows nobody needs.
func do(query string, args ...any) step { return step{query: query, args: args} }

// once runs fn in a transaction of its own, and commits it.
func (s *Store) once(ctx context.Context, fn func(store.Tx) error, k kind) (err error) {
	t := &tx{ctx: ctx, store: s, kind: k}
	if err := t.connect(); err != nil {
		return err
	}
	defer func() {
		t.over = true
		t.release()
	}()
	err = t.call(fn)
	t.over = true
	switch {
	case t.failed != nil && (err == nil || reason(t.failed) != nil):
		return t.failed // whatever fn has made of it
	case err != nil:
		return err
	case k == view:
		return nil
	}
	s.habits.note(t.values.asked())
	return t.commit()
}

// call is what within looks for on the stack.
func (t *tx) call(fn func(store.Tx) error) error { return fn(t) }

const callName = "github.com/watchbill/watchbill/store/postgres.(*tx).call"

// connect gets a connection.
func (t *tx) connect() error {
	pool := t.store.pool
	if t.kind == view {
		pool = t.store.read
		select {
		case t.store.views <- struct{}{}:
		case <-t.ctx.Done():
			return t.ctx.Err()
		}
	}
	conn, err := pool.Acquire(t.ctx)
	if err != nil {
		t.leave()
		return t.wrap("connect", err)
	}
	t.pooled, t.conn = conn, conn
	return nil
}

// leave lets another view have a connection.
func (t *tx) leave() {
	if t.kind == view {
		<-t.store.views
	}
}

// release rolls back what was not committed, and gives the connection back.
func (t *tx) release() {
	if t.pooled == nil {
		return
	}
	if conn := t.pooled.Conn().PgConn(); !conn.IsClosed() && conn.TxStatus() != 'I' {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), patience)
		defer cancel()
		_ = conn.Exec(ctx, "rollback").Close() // a connection that is not idle after it is not used again
	}
	t.pooled.Release()
	t.pooled = nil
	t.leave()
}

// reads says why the transaction cannot read.
func (t *tx) reads() error {
	if t.over {
		return store.ErrClosed
	}
	return t.ctx.Err()
}

// writes says why the transaction cannot write.
func (t *tx) writes() error {
	if err := t.reads(); err != nil {
		return err
	}
	if t.kind == view {
		return store.ErrReadOnly
	}
	t.wrote = true
	return t.failed
}

// fail notes an error that fails the Update.
func (t *tx) fail(err error) error {
	if t.failed == nil {
		t.failed = err
	}
	return err
}

func (t *tx) wrap(op string, err error) error { return t.store.wrap(t.ctx, op, err) }

// does says in a few words what a statement does.
func does(query string) string {
	words := strings.Fields(query)
	return strings.Join(words[:min(3, len(words))], " ")
}

// ask sends statements that read, after what waits to be written, and hands out their rows.
func (t *tx) ask(steps ...step) error {
	if err := t.reads(); err != nil {
		return err
	}
	if t.failed != nil {
		return t.failed
	}
	return t.send(append(t.queue.take(), steps...))
}

// write lets statements that write wait.
func (t *tx) write(steps ...step) error {
	t.queue.add(steps...)
	return t.written()
}

// written is called when something waits.
func (t *tx) written() error {
	if t.kind != hosted {
		return nil
	}
	return t.ask()
}

// send sends a batch, and begins the transaction with the first. If the connection turns out to be dead before it has
// begun, another one is tried: nothing has happened yet.
func (t *tx) send(steps []step) error {
	err := t.sendOnce(steps)
	for tries := 0; err != nil && !t.begun && t.pooled != nil && t.ctx.Err() == nil && reason(err) == errLost && tries < maxLosses; tries++ {
		t.release()
		if tries > 0 {
			pause(t.ctx, 10<<min(tries, 6))
		}
		if err = t.connect(); err == nil {
			err = t.sendOnce(steps)
		}
	}
	if err != nil {
		return t.fail(err)
	}
	return nil
}

func (t *tx) sendOnce(steps []step) error {
	if t.pooled == nil && t.kind != hosted {
		return errLost
	}
	b := &pgx.Batch{}
	if !t.begun {
		steps = append(t.begin(), steps...)
	}
	for _, st := range steps {
		qq := b.Queue(t.store.texts.of(st.query), st.args...)
		qq.Query(func(rows pgx.Rows) error { return t.rows(st, rows) })
	}
	return t.named(steps, t.conn.SendBatch(t.ctx, b).Close())
}

// named wraps an error of a batch, unless it is one of ours.
func (t *tx) named(steps []step, err error) error {
	var ours *stepError
	switch {
	case err == nil:
		return nil
	case t.ctx.Err() != nil:
		return t.ctx.Err()
	case asStep(err, &ours):
		return ours.err
	case len(steps) == 0:
		return t.wrap("send", err)
	}
	return t.wrap(does(steps[len(steps)-1].query), err)
}

// stepError is an error that a step has said itself, not the driver.
type stepError struct{ err error }

func (e *stepError) Error() string { return e.err.Error() }

func asStep(err error, target **stepError) (is bool) {
	*target, is = err.(*stepError)
	return is
}

// rows hands the rows of a step out.
func (t *tx) rows(st step, rows pgx.Rows) error {
	for rows.Next() {
		if st.rows == nil {
			continue
		}
		if err := st.rows(rows); err != nil {
			return &stepError{fmt.Errorf("postgres: %s: %w", does(st.query), err)}
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return wrapped(does(st.query), err)
	}
	if st.after == nil {
		return nil
	}
	if err := st.after(); err != nil {
		return &stepError{err}
	}
	return nil
}
