package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // names itself "pgx"
)

// database is where one run keeps its data. It is made for the run and dropped after it.
type database struct {
	kind  string // "memory", "sqlite" or "postgres"
	url   string // as refserver's -db has it
	dir   string // of the SQLite file, and of whatever else a run writes
	admin *sql.DB
	name  string // in PostgreSQL
	boss  int    // the process that started the backends of PostgreSQL, if it is on this machine
}

// newDatabase makes a database of the kind that -db names.
func newDatabase(db string) (*database, error) {
	dir, err := os.MkdirTemp("", "watchbill-load-")
	if err != nil {
		return nil, err
	}
	d := &database{dir: dir}
	switch kind, _, _ := strings.Cut(db, ":"); kind {
	case "memory":
		d.kind, d.url = "memory", "memory:"
	case "sqlite":
		d.kind, d.url = "sqlite", "sqlite:"+filepath.Join(dir, "w.db")
	case "postgres", "postgresql":
		err = d.createIn(db)
	default:
		err = fmt.Errorf("-db: %q is none of sqlite:, memory: and postgres://ADDRESS", kind)
	}
	if err != nil {
		d.drop()
		return nil, err
	}
	return d, nil
}

// createIn makes a database beside the one that the address names.
func (d *database) createIn(address string) error {
	at, err := url.Parse(address)
	if err != nil {
		return errors.New("-db: the address of PostgreSQL cannot be read") // it may hold a password
	}
	if d.admin, err = sql.Open("pgx", address); err != nil {
		return errors.New("-db: the address of PostgreSQL cannot be used")
	}
	d.admin.SetMaxOpenConns(1)
	d.kind, d.name = "postgres", fmt.Sprintf("watchbill_load_%d", time.Now().UnixNano())
	if _, err := d.admin.Exec("create database " + d.name); err != nil {
		return fmt.Errorf("-db: %w", err)
	}
	at.Path = "/" + d.name
	d.url = at.String()
	var backend int
	if err := d.admin.QueryRow("select pg_backend_pid()").Scan(&backend); err != nil {
		return err
	}
	d.boss = parentOf(backend)
	return nil
}

func (d *database) drop() {
	if d.admin != nil {
		if d.name != "" {
			_, _ = d.admin.Exec("drop database if exists " + d.name + " with (force)")
		}
		_ = d.admin.Close()
	}
	_ = os.RemoveAll(d.dir)
}

// size returns how many bytes the database takes; zero where it is in memory.
func (d *database) size() (n int64) {
	if d.kind == "postgres" {
		_ = d.admin.QueryRow("select pg_database_size($1)", d.name).Scan(&n)
		return n
	}
	files, _ := filepath.Glob(filepath.Join(d.dir, "w.db*"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			n += info.Size()
		}
	}
	return n
}

// cpu returns the processor time of the whole PostgreSQL server, whatever database it worked for; zero for other kinds,
// whose work is that of the server that is measured, and where PostgreSQL is on another machine.
func (d *database) cpu() time.Duration {
	if d.boss == 0 {
		return 0
	}
	return cpuOfAll(d.boss)
}

// commits returns how many transactions PostgreSQL has committed for this database, reading ones too.
func (d *database) commits() (n int64, err error) {
	if d.kind != "postgres" {
		return 0, nil
	}
	// Backends tell of their commits once a second, and when they end.
	later := time.NewTimer(1200 * time.Millisecond)
	<-later.C
	err = d.admin.QueryRow("select xact_commit from pg_stat_database where datname = $1", d.name).Scan(&n)
	return n, err
}

// version returns which PostgreSQL it is; empty for other kinds.
func (d *database) version() (v string) {
	if d.kind == "postgres" {
		_ = d.admin.QueryRow("show server_version").Scan(&v)
	}
	return v
}

// label names the kind, as people call it.
func (d *database) label() string { return labelOf(d.kind) }

func labelOf(db string) string {
	kind, _, _ := strings.Cut(db, ":")
	switch kind {
	case "sqlite":
		return "SQLite"
	case "postgres", "postgresql":
		return "PostgreSQL"
	}
	return kind
}

// bareCommits commits one small row at a time on each of so many connections, and returns the commits a second.
func (d *database) bareCommits(connections int, length time.Duration) (float64, error) {
	driver, address := "pgx", d.url
	insert, make := "insert into bare (v) values ($1)", "create table bare (id bigint generated always as identity primary key, v bytea)"
	if d.kind == "sqlite" {
		driver, insert, make = "sqlite", "INSERT INTO bare (v) VALUES (?)", "CREATE TABLE bare (id INTEGER PRIMARY KEY, v BLOB)"
		address = "file:" + filepath.Join(d.dir, "bare.db") + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if _, err := db.Exec(make); err != nil {
		return 0, err
	}
	return commitOn(db, insert, connections, length)
}

func commitOn(db *sql.DB, insert string, connections int, length time.Duration) (float64, error) {
	type result struct {
		n   int
		err error
	}
	results, value := make(chan result, connections), make([]byte, 400)
	conns := make([]*sql.Conn, connections)
	for i := range conns { // opened before the clock runs
		var err error
		if conns[i], err = db.Conn(context.Background()); err != nil {
			return 0, err
		}
		defer conns[i].Close()
	}
	began := time.Now()
	for _, c := range conns {
		go func() { // ends with the length
			var r result
			for r.err == nil && time.Since(began) < length {
				if _, r.err = c.ExecContext(context.Background(), insert, value); r.err == nil {
					r.n++
				}
			}
			results <- r
		}()
	}
	all := 0
	for range conns {
		r := <-results
		if r.err != nil {
			return 0, r.err
		}
		all += r.n
	}
	return float64(all) / time.Since(began).Seconds(), nil
}
