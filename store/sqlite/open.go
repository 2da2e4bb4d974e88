package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Open opens a file as a store of its own, and creates it, readable by its owner only, if it does not exist. It refuses a
// file that another store has open, with [ErrInUse], until that is closed or its process has ended, however it ends; to
// look at such a file, see [OpenReader].
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := create(path)
	if err != nil {
		return nil, err
	}
	lock, err := lockFile(path)
	if err != nil {
		return nil, err
	}
	s, err := openLocked(ctx, path)
	if err != nil {
		return nil, errors.Join(unwritable(path, explain(err)), lock.Close())
	}
	s.path, s.lock = path, lock
	return s, nil
}

func openLocked(ctx context.Context, path string) (*Store, error) {
	write, err := connect(dsn(path, "rw", []string{"journal_mode(WAL)", "synchronous(FULL)", writerCache, writerCheckpoint, writerLog}), 1)
	if err != nil {
		return nil, err
	}
	read, err := connect(dsn(path, "rw", []string{"journal_mode(WAL)", "query_only(1)"}), readers)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	s, err := newStore(ctx, write, read, Options{})
	if err != nil {
		return nil, errors.Join(err, read.Close(), write.Close())
	}
	return s, nil
}

// readers is how many views can run at the same time.
const readers = 8

// The writer keeps the pages of all indexes at hand (64 MB at most), and moves the log into the file every 16 MB: what is
// written again and again is moved once, and a commit that has to do it takes tens of milliseconds, not more. While a view
// lasts the log cannot begin anew, and grows; after that its file is cut back.
const (
	writerCache      = "cache_size(-65536)"
	writerCheckpoint = "wal_autocheckpoint(4000)"
	writerLog        = "journal_size_limit(20971520)"
)

// create makes sure that the file exists and returns its absolute path, without links: the lock belongs to the file.
func create(path string) (string, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return "", fmt.Errorf("sqlite: %q is not the path of a file; for a store in memory use package store/memory", path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	// Only a new file is opened here: closing a file drops the locks that SQLite holds on it in this process.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case err == nil:
		err = f.Close()
	case errors.Is(err, fs.ErrExist):
		err = nil
	}
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	return path, nil
}

func connect(dsn string, conns int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// dsn returns the data source name: the path escaped, since it may contain anything, how it is opened (ro, rw), and the
// pragmas of each connection.
func dsn(path, mode string, pragmas []string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/...
	}
	q := url.Values{"mode": {mode}, "_pragma": append([]string{"busy_timeout(5000)"}, pragmas...)}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}
