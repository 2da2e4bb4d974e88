package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/watchbill/watchbill/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations returns the files that create the tables, to be run in the order of their names, each once. Their tables
// have the default prefix.
func Migrations() fs.FS {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

const (
	createMigrations = `create table if not exists watchbill_migrations (number integer primary key, name text not null)`

	countMigrations = `select (select count(*) from watchbill_migrations), (select format from watchbill_gate)`

	noteMigration = `insert into watchbill_migrations (number, name) values ($1, $2)`

	// raiseFormat is the last thing a migration does, when no Update of another release runs.
	raiseFormat = `insert into watchbill_gate (format) values ($1)
		on conflict (one) do update set format = greatest(watchbill_gate.format, excluded.format)`
)

// migrate brings the tables up to date, unless they are: then it writes nothing.
func (s *Store) migrate(ctx context.Context) error {
	all, err := fs.Glob(Migrations(), "*.sql") // sorted
	if err != nil {
		return err
	}
	done, err := s.migrated(ctx)
	if err != nil || done >= len(all) {
		return err
	}
	return s.again(ctx, func() error {
		return pgx.BeginFunc(ctx, s.pool, func(t pgx.Tx) error { return s.migrateIn(ctx, t, all) })
	})
}

// migrated returns how many migrations there are in the database. One that has more than this release knows is welcome as
// long as this release would not spoil it.
func (s *Store) migrated(ctx context.Context) (done int, err error) {
	var kept *int64
	err = s.pool.QueryRow(ctx, s.texts.of(countMigrations)).Scan(&done, &kept)
	var said *pgconn.PgError
	if errors.As(err, &said) && (said.Code == "42P01" || said.Code == "3F000") {
		return 0, nil // no such table, no such schema
	}
	if err != nil {
		return 0, wrapped("read the table of migrations", err)
	}
	if kept != nil && *kept > format {
		return 0, fmt.Errorf("postgres: the database has format %d, and this release writes format %d: %w", *kept, format, store.ErrOutdated)
	}
	return done, nil
}

// migrateIn runs the migrations that have not run yet. Stores that are opened at the same time take turns.
func (s *Store) migrateIn(ctx context.Context, t pgx.Tx, all []string) error {
	n := s.texts.names
	for _, query := range []string{
		`set local lock_timeout = 0`, `set local statement_timeout = 0`,
		fmt.Sprintf(`select pg_advisory_xact_lock(%d)`, s.locks^hash64("migrations")),
		`create schema if not exists ` + n.quoted(),
		`set local search_path to ` + n.quoted(), // indexes have no schema in their names
	} {
		if _, err := t.Exec(ctx, query); err != nil {
			return wrapped(does(query), err)
		}
	}
	if _, err := t.Exec(ctx, s.texts.of(createMigrations)); err != nil {
		return wrapped("create the table of migrations", err)
	}
	var done int
	if err := t.QueryRow(ctx, s.texts.of(`select count(*) from watchbill_migrations`)).Scan(&done); err != nil {
		return wrapped("read the table of migrations", err)
	}
	if done >= len(all) {
		return nil // another one was faster
	}
	for i, name := range all[done:] {
		if err := s.migration(ctx, t, done+i+1, name); err != nil {
			return err
		}
	}
	return wrapped("close the gate", s.raise(ctx, t))
}

// raise sets the format, when no Update runs.
func (s *Store) raise(ctx context.Context, t pgx.Tx) error {
	if _, err := t.Exec(ctx, s.texts.of(closeGate)); err != nil {
		return err
	}
	_, err := t.Exec(ctx, s.texts.of(raiseFormat), format)
	return err
}

func (s *Store) migration(ctx context.Context, t pgx.Tx, number int, name string) error {
	text, err := fs.ReadFile(Migrations(), name)
	if err != nil {
		return err
	}
	if _, err := t.Conn().PgConn().Exec(ctx, rename(string(text), s.texts.prefix)).ReadAll(); err != nil {
		return wrapped("migration "+name, err)
	}
	_, err = t.Exec(ctx, s.texts.of(noteMigration), number, name)
	return wrapped("note migration "+name, err)
}
