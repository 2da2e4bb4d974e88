package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill/store"
)

// pool is a database with every statement prepared: preparing costs more than running.
type pool struct {
	db    *sql.DB
	stmts map[string]*sql.Stmt // by the statement with the default prefix
}

func newPool(ctx context.Context, db *sql.DB, prefix string) (pool, error) {
	p := pool{db, map[string]*sql.Stmt{}}
	for _, query := range queries() {
		stmt, err := db.PrepareContext(ctx, rename(query, prefix))
		if err != nil {
			return pool{}, fmt.Errorf("sqlite: prepare %q: %w", query, err)
		}
		p.stmts[query] = stmt
	}
	return p, nil
}

func (p pool) close(db bool) error {
	var errs []error
	for _, stmt := range p.stmts {
		errs = append(errs, stmt.Close())
	}
	if db {
		errs = append(errs, p.db.Close())
	}
	return errors.Join(errs...)
}

// tx is a transaction. Its statements run without the context, because watching it costs more than a statement takes;
// it is looked at before each of them instead.
type tx struct {
	ctx      context.Context
	pool     pool
	sql      *sql.Tx
	stmts    map[string]*sql.Stmt // of the pool, for this transaction
	readOnly bool
	over     bool
	failed   error // the first conflict or failure: it fails the Update even if fn forgets it
}

func (t *tx) Episodes() store.Episodes   { return episodes{t} }
func (t *tx) Timeline() store.Timeline   { return timelines{t} }
func (t *tx) Outbox() store.Outbox       { return outbox{t} }
func (t *tx) Revisions() store.Revisions { return revisions{t} }
func (t *tx) Values() store.Values       { return values{t} }

// lockForWriting takes the write lock before anything is read, as BEGIN IMMEDIATE does, whatever the host's data source
// name says: a lock that is asked for after a read cannot be waited for.
const lockForWriting = `delete from watchbill_values where false`

// run begins, calls fn, and commits or rolls back.
func (t *tx) run(fn func(store.Tx) error) error {
	conn, err := t.pool.db.Conn(t.ctx)
	if err != nil {
		return t.wrap("connect", err)
	}
	defer conn.Close()
	t.sql, err = conn.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: t.readOnly})
	if err != nil {
		return t.wrap("begin", err)
	}
	defer t.sql.Rollback() // nothing after a commit
	if !t.readOnly {
		if _, err := t.exec(lockForWriting); err != nil {
			return err
		}
	}
	defer func() { t.over = true }()
	if err := t.call(fn); err != nil {
		return err
	}
	return t.commit()
}

// call is what refuses looks for on the stack.
func (t *tx) call(fn func(store.Tx) error) error { return fn(t) }

const callName = "github.com/watchbill/watchbill/store/sqlite.(*tx).call"

func (t *tx) commit() error {
	if t.readOnly {
		return nil
	}
	if t.failed == nil {
		t.failed = t.ctx.Err()
	}
	if t.failed != nil {
		return t.failed
	}
	return t.wrap("commit", t.sql.Commit())
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
	if t.readOnly {
		return store.ErrReadOnly
	}
	return t.failed
}

// fail notes an error that fails the Update.
func (t *tx) fail(err error) error {
	t.failed = err
	return err
}

// wrap names what failed. Where the context is done, that is the reason.
func (t *tx) wrap(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case t.ctx.Err() != nil:
		return t.ctx.Err()
	default:
		return fmt.Errorf("sqlite: %s: %w", op, err)
	}
}

// stmt returns a prepared statement for this transaction.
func (t *tx) stmt(query string) *sql.Stmt {
	if s := t.stmts[query]; s != nil {
		return s
	}
	if t.stmts == nil {
		t.stmts = map[string]*sql.Stmt{}
	}
	s := t.sql.StmtContext(context.Background(), t.pool.stmts[query])
	t.stmts[query] = s
	return s
}

// exec runs a statement that writes and returns how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	if err := t.writes(); err != nil {
		return 0, err
	}
	res, err := t.stmt(query).ExecContext(context.Background(), args...)
	if err != nil {
		return 0, t.fail(t.wrap(query, err))
	}
	return res.RowsAffected()
}

// each runs a statement that reads, and hands each row to fn.
func (t *tx) each(fn func(*sql.Rows) error, query string, args ...any) error {
	if err := t.reads(); err != nil {
		return err
	}
	rows, err := t.stmt(query).QueryContext(context.Background(), args...)
	if err != nil {
		return t.fail(t.wrap(query, err))
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return t.fail(t.wrap(query, err))
		}
	}
	if err := rows.Err(); err != nil {
		return t.fail(t.wrap(query, err))
	}
	return nil
}

// instant runs a statement that reads one time; zero if that is null.
func (t *tx) instant(query string, args ...any) (at time.Time, err error) {
	err = t.each(func(rows *sql.Rows) error {
		var us sql.NullInt64
		err := rows.Scan(&us)
		if us.Valid {
			at = instant(us.Int64)
		}
		return err
	}, query, args...)
	return at, err
}

// micro is how a time is stored. The zero time is stored as any other.
func micro(t time.Time) int64 { return t.UnixMicro() }

// instant reads what micro wrote.
func instant(us int64) time.Time { return time.UnixMicro(us).UTC() }
