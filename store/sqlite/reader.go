package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/watchbill/watchbill/internal/sqlkit"
)

// OpenReader opens a file to look at it, also while a server has it open: View works, Update returns
// [store.ErrReadOnly]. Nothing is created or brought up to date: a file of an earlier release is refused.
func OpenReader(ctx context.Context, path string) (*Store, error) {
	db, err := openToRead(path, "query_only(1)")
	if err != nil {
		return nil, err
	}
	s := &Store{own: true, reader: true}
	err = checkRelease(ctx, db, path)
	if err == nil {
		s.read, err = newPool(ctx, db, defaultPrefix, &sqlkit.Recent{})
	}
	if err != nil {
		return nil, errors.Join(explain(err), db.Close())
	}
	s.write = s.read
	return s, nil
}

// openToRead returns a database that nothing can be written to.
func openToRead(path string, pragmas ...string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	return connect(dsn(path, "ro", pragmas), readers)
}

// checkRelease refuses a file whose tables are not those of this release.
func checkRelease(ctx context.Context, db *sql.DB, path string) error {
	var tables, done int
	err := db.QueryRowContext(ctx, `select count(*) from sqlite_master where name = 'watchbill_migrations'`).Scan(&tables)
	if err == nil && tables == 0 {
		return fmt.Errorf("sqlite: %s is not a store: it has no table watchbill_migrations", path)
	}
	if err == nil {
		err = db.QueryRowContext(ctx, `select coalesce(max(number), 0) from watchbill_migrations`).Scan(&done)
	}
	if err != nil {
		return fmt.Errorf("sqlite: read %s: %w", path, err)
	}
	names, err := fs.Glob(Migrations(), "*.sql")
	switch {
	case err != nil:
		return err
	case done > len(names):
		return newer(done, len(names))
	case done < len(names):
		return fmt.Errorf("sqlite: %s is of an earlier release: it has migration %d of %d; start the server on it once, or use the earlier release", path, done, len(names))
	}
	return nil
}

// newer says that this release is too old for a database.
func newer(has, knows int) error {
	return fmt.Errorf("sqlite: the database is of a newer release: it has migration %d, this release knows %d", has, knows)
}
