package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
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

const createMigrations = `create table if not exists watchbill_migrations (number integer primary key, name text not null)`

// migrate runs the migrations that have not run yet, in one transaction that holds the write lock.
func migrate(ctx context.Context, db *sql.DB, prefix string) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "begin immediate"); err != nil {
		return fmt.Errorf("sqlite: begin migrations: %w", err)
	}
	if err := migrateOn(ctx, conn, prefix); err != nil {
		_, undo := conn.ExecContext(context.WithoutCancel(ctx), "rollback")
		return errors.Join(err, undo)
	}
	if _, err := conn.ExecContext(ctx, "commit"); err != nil {
		return fmt.Errorf("sqlite: commit migrations: %w", err)
	}
	return nil
}

func migrateOn(ctx context.Context, conn *sql.Conn, prefix string) error {
	names, err := fs.Glob(Migrations(), "*.sql") // sorted
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, rename(createMigrations, prefix)); err != nil {
		return fmt.Errorf("sqlite: create the table of migrations: %w", err)
	}
	// SQLite lets a read-only database get here, and refuses only what would write.
	if _, err := conn.ExecContext(ctx, rename(`delete from watchbill_migrations where false`, prefix)); err != nil {
		return fmt.Errorf("sqlite: write to the database: %w", err)
	}
	var done int
	query := rename(`select coalesce(max(number), 0) from watchbill_migrations`, prefix)
	if err := conn.QueryRowContext(ctx, query).Scan(&done); err != nil {
		return fmt.Errorf("sqlite: read the table of migrations: %w", err)
	}
	if done > len(names) {
		return newer(done, len(names))
	}
	for i, name := range names[done:] {
		if err := runMigration(ctx, conn, prefix, done+i+1, name); err != nil {
			return fmt.Errorf("sqlite: migration %s: %w", name, err)
		}
	}
	return nil
}

func runMigration(ctx context.Context, conn *sql.Conn, prefix string, number int, name string) error {
	text, err := fs.ReadFile(Migrations(), name)
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, rename(string(text), prefix)); err != nil {
		return err
	}
	query := rename(`insert into watchbill_migrations (number, name) values (?, ?)`, prefix)
	_, err = conn.ExecContext(ctx, query, number, name)
	return err
}
