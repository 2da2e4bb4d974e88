package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// tx is a transaction. Its statements run without the context, because watching it costs more than a statement takes;
// it is looked at before each of them instead.
type tx struct {
	ctx      context.Context
	pool     pool
	sql      *sql.Tx
	stmts    map[statement]*sql.Stmt // of the pool, for this transaction
	readOnly bool
	over     bool
	put      []sqlkit.Row     // remembered if it is committed
	hosts    bool             // the host commits it
	owners   []timeline.Owner // whose entries wait to be written, and what is written of them
	entries  []any
	failed   error // the first conflict or failure: it fails the Update even if fn forgets it
}

func (t *tx) Episodes() store.Episodes   { return episodes{t} }
func (t *tx) Timeline() store.Timeline   { return timelines{t} }
func (t *tx) Outbox() store.Outbox       { return outbox{t} }
func (t *tx) Revisions() store.Revisions { return revisions{t} }
func (t *tx) Values() store.Values       { return values{t} }
func (t *tx) Records() store.Records     { return records{t} }

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
		t.failed = cmp.Or(t.write(), t.ctx.Err())
	}
	if t.failed != nil {
		return t.failed
	}
	if err := t.sql.Commit(); err != nil {
		return t.wrap("commit", err)
	}
	t.pool.recent.Add(t.put)
	return nil
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

// does says in a few words what a statement does.
func does(query string) string { return strings.Join(strings.Fields(query)[:3], " ") }

// stmt returns a prepared statement for this transaction.
func (t *tx) stmt(name statement) *sql.Stmt {
	if s := t.stmts[name]; s != nil {
		return s
	}
	if t.stmts == nil {
		t.stmts = map[statement]*sql.Stmt{}
	}
	s := t.sql.StmtContext(context.Background(), t.pool.stmts[name])
	t.stmts[name] = s
	return s
}

// exec runs a statement that writes and returns how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	return t.execute(statement{query: query}, args)
}

func (t *tx) execute(name statement, args []any) (int64, error) {
	if err := cmp.Or(t.writes(), t.write()); err != nil {
		return 0, err
	}
	res, err := t.stmt(name).ExecContext(context.Background(), args...)
	if err != nil {
		return 0, t.fail(t.wrap(does(name.query), err))
	}
	return res.RowsAffected()
}

// execEach runs a statement that can be repeated for all arguments and returns how many rows it changed.
func (t *tx) execEach(query string, args []any) (rows int64, err error) {
	err = batches(query, args, func(name statement, args []any) error {
		n, err := t.execute(name, args)
		rows += n
		return err
	})
	return rows, err
}

// read runs a statement that reads, and hands each row to fn.
func (t *tx) read(fn func(*sql.Rows) error, query string, args ...any) error {
	return t.rows(fn, statement{query: query}, args)
}

// readEach runs a statement that can be repeated for all arguments, and hands each row to fn.
func (t *tx) readEach(fn func(*sql.Rows) error, query string, args []any) error {
	return batches(query, args, func(name statement, args []any) error { return t.rows(fn, name, args) })
}

func (t *tx) rows(fn func(*sql.Rows) error, name statement, args []any) error {
	if err := cmp.Or(t.reads(), t.write()); err != nil {
		return err
	}
	rows, err := t.stmt(name).QueryContext(context.Background(), args...)
	if err != nil {
		return t.fail(t.wrap(does(name.query), err))
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return t.fail(t.wrap(does(name.query), err))
		}
	}
	if err := rows.Err(); err != nil {
		return t.fail(t.wrap(does(name.query), err))
	}
	return nil
}

// readTime runs a statement that reads one time; zero if that is null.
func (t *tx) readTime(query string, args ...any) (at time.Time, err error) {
	err = t.read(func(rows *sql.Rows) error {
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

// orNull is how a time is stored that there need not be.
func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return micro(t)
}
