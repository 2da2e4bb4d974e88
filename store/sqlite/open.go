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

// Open opens a file as a store of its own, and creates it, readable by its owner only, if it does not exist.
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := create(path)
	if err != nil {
		return nil, err
	}
	write, err := connect(path, 1, "synchronous(FULL)", writerCache, writerCheckpoint)
	if err != nil {
		return nil, err
	}
	read, err := connect(path, readers, "query_only(1)")
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
// written again and again is moved once, and a commit that has to do it takes tens of milliseconds, not more.
const (
	writerCache      = "cache_size(-65536)"
	writerCheckpoint = "wal_autocheckpoint(4000)"
)

// create makes sure that the file exists and returns its absolute path.
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
	if errors.Is(err, fs.ErrExist) {
		return path, nil
	}
	if err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	return path, f.Close()
}

func connect(path string, conns int, pragmas ...string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, pragmas))
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// dsn returns the data source name: the path escaped, since it may contain anything, and the pragmas of each connection.
func dsn(path string, pragmas []string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/...
	}
	q := url.Values{"_pragma": append([]string{"busy_timeout(5000)", "journal_mode(WAL)"}, pragmas...)}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}
