package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // the driver

	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
)

// Store is a [store.Store] in SQLite.
type Store struct {
	write  pool
	read   pool
	own    bool          // the pools were opened here
	reader bool          // nothing can be written
	path   string        // of the file, if it was opened here
	lock   *os.File      // held until the store is closed, if it was opened here
	turn   chan struct{} // holds one element while an Update runs
	life   sync.RWMutex  // held for reading by every transaction
	closed bool

	reserve reserve
}

var (
	_ store.Archiver = (*Store)(nil)
	_ store.Roomy    = (*Store)(nil)
)

// Options adapts a store to the host's database.
type Options struct {
	TablePrefix string // letters, digits and underscores; empty: "watchbill_"
}

const defaultPrefix = "watchbill_"

// New creates a store in a database that the host has opened, and brings its tables up to date. It refuses a database
// whose connections do not have the pragmas that package sqlite asks for. The host closes the database, after the store.
func New(ctx context.Context, db *sql.DB, o Options) (*Store, error) {
	if err := checkPragmas(ctx, db); err != nil {
		return nil, err
	}
	return newStore(ctx, db, db, o)
}

func newStore(ctx context.Context, write, read *sql.DB, o Options) (*Store, error) {
	prefix := cmp.Or(o.TablePrefix, defaultPrefix)
	if err := checkPrefix(prefix); err != nil {
		return nil, err
	}
	if err := migrate(ctx, write, prefix); err != nil {
		return nil, err
	}
	s := &Store{own: write != read, turn: make(chan struct{}, 1)}
	var err error
	decoded := &sqlkit.Recent{}
	if s.write, err = newPool(ctx, write, prefix, decoded); err != nil {
		return nil, err
	}
	if s.read = s.write; s.own {
		s.read, err = newPool(ctx, read, prefix, decoded)
	}
	return s, err
}

func checkPrefix(prefix string) error {
	for i, c := range prefix {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return fmt.Errorf("sqlite: table prefix %q; use letters, digits and underscores, and begin with a letter", prefix)
		}
	}
	return nil
}

// Close makes every later transaction fail with [store.ErrClosed]. It waits for those that are running.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var err error
	if !s.reader {
		err = s.write.close(s.own)
	}
	if s.own {
		err = errors.Join(s.read.close(true), err)
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// View runs fn on a snapshot, beside other views and an Update.
func (s *Store) View(ctx context.Context, fn func(store.Tx) error) error {
	if err := s.refuses(ctx); err != nil {
		return err
	}
	return s.run(&tx{ctx: ctx, pool: s.read, readOnly: true}, fn)
}

// Update runs fn once, or again if there was no space and some was set aside: see [Store.Reserve]. Updates take turns.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := s.refuses(ctx); err != nil {
		return err
	}
	if s.reader {
		return store.ErrReadOnly
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.turn }()
	err := s.run(&tx{ctx: ctx, pool: s.write}, fn)
	for s.again(ctx, err) {
		err = s.run(&tx{ctx: ctx, pool: s.write}, fn)
	}
	return err
}

// refuses says why no transaction can begin.
func (s *Store) refuses(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if store.Within(callName) {
		return store.ErrNested
	}
	return nil
}

func (s *Store) run(t *tx, fn func(store.Tx) error) error {
	s.life.RLock()
	defer s.life.RUnlock()
	if s.closed {
		return store.ErrClosed
	}
	return explain(t.run(fn))
}

// InTx returns what a transaction of the host can do here. The host began it on the database it gave to [New], with
// the write lock (_txlock=immediate), and commits it; after that it wakes the engine. An error of a method means that
// it must be rolled back.
func (s *Store) InTx(ctx context.Context, host *sql.Tx) store.Tx {
	return &tx{ctx: ctx, pool: s.write, sql: host, hosts: true}
}

// rename puts the table prefix into a statement.
func rename(query, prefix string) string { return strings.ReplaceAll(query, defaultPrefix, prefix) }
