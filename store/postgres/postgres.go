package postgres

import (
	"context"
	_ "embed" // clock.sql
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
)

// Store is a [store.Store] in PostgreSQL, for any number of processes at once.
type Store struct {
	pool     *pgxpool.Pool
	read     *pgxpool.Pool // for views
	views    chan struct{} // holds one element for each that has a connection
	own      bool          // the pool was opened here
	texts    texts
	locks    int64 // by which the store's advisory locks differ from those of others
	recent   sqlkit.Recent
	places   places
	habits   habits
	crowd    crowd
	life     sync.RWMutex // held for reading by every transaction
	isClosed atomic.Bool  // refuses new ones while Close waits
}

var (
	_ store.Shared   = (*Store)(nil)
	_ store.Archiver = (*Store)(nil)
)

// Options adapts a store to the host's database.
type Options struct {
	Schema      string        // created if it does not exist; empty: the first of the connection's search_path
	TablePrefix string        // lower-case letters, digits and underscores; empty: "watchbill_"
	Read        *pgxpool.Pool // for views, as of a standby; nil: the same pool as for updates
}

// New creates a store in a database that the host has a pool for, and brings its tables up to date. The host closes the
// pools, after the store. A database where a commit can be lost, or that is of a newer release, is refused.
func New(ctx context.Context, pool *pgxpool.Pool, o Options) (*Store, error) {
	s := &Store{pool: pool, read: pool}
	if o.Read != nil {
		s.read = o.Read
	}
	if err := checkServer(ctx, pool); err != nil {
		return nil, err
	}
	return s, s.start(ctx, o)
}

// start finds the names of the tables, and brings them up to date.
func (s *Store) start(ctx context.Context, o Options) error {
	names, err := newNames(ctx, s.pool, o)
	if err != nil {
		return err
	}
	s.texts.names = names
	s.views = make(chan struct{}, viewsOf(s.read, s.pool))
	s.locks = hash64(names.schema, names.prefix)
	if err := s.migrate(ctx); err != nil {
		return err
	}
	return s.places.open(ctx, s)
}

// viewsOf returns how many views there may be at once: where they share a pool with updates, some connections are left for
// these, since pages do not wait for people who look.
func viewsOf(read, pool *pgxpool.Pool) int {
	n := int(read.Config().MaxConns)
	if read != pool {
		return n
	}
	return max(1, n-max(1, n/4))
}

// View runs fn on a snapshot.
func (s *Store) View(ctx context.Context, fn func(store.Tx) error) error {
	return s.within(ctx, func() error { return s.once(ctx, fn, view) })
}

// Update runs fn, and runs it again if it could not be committed because of others, or since the connection was lost. If
// that is lost while it commits, Update asks the database what became of it.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.within(ctx, func() error {
		return s.again(ctx, func() error { return s.crowd.note(s.once(ctx, fn, update)) })
	})
}

// within refuses a transaction that cannot begin, and keeps the store open during one that can.
func (s *Store) within(ctx context.Context, run func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if store.Within(callName) {
		return store.ErrNested
	}
	if s.isClosed.Load() {
		return store.ErrClosed
	}
	s.life.RLock()
	defer s.life.RUnlock()
	if s.isClosed.Load() {
		return store.ErrClosed
	}
	return run()
}

// InTx returns what a transaction of the host can do here. The host began it in the database whose pool it gave to [New],
// READ COMMITTED, and commits it; after that it wakes the engine. An error of a method means that it must be rolled back.
func (s *Store) InTx(ctx context.Context, host pgx.Tx) store.Tx {
	return &tx{ctx: ctx, store: s, conn: host, kind: hosted}
}

// Close makes every later transaction fail with [store.ErrClosed]. It waits for those that are running.
func (s *Store) Close() error {
	if s.isClosed.Swap(true) {
		return nil
	}
	s.life.Lock()
	defer s.life.Unlock()
	s.places.close(s)
	if s.own {
		s.pool.Close()
	}
	return nil
}

//go:embed clock.sql
var clock string

// Now returns the time of the database server, which every engine on it goes by.
func (s *Store) Now(ctx context.Context) (now time.Time, err error) {
	var us int64
	err = s.again(ctx, func() error {
		return s.wrap(ctx, "clock", s.pool.QueryRow(ctx, clock).Scan(&us))
	})
	return sqlkit.Instant(us), err
}

// wrap names what failed. Where the context is done, that is the reason.
func (s *Store) wrap(ctx context.Context, op string, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return wrapped(op, err)
}
