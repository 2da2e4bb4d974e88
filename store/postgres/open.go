package postgres

import (
	"context"
	"errors"
	"maps"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Open opens a database as a store of its own. The data source name is like postgres://user:password@host:5432/database,
// with parameters behind a question mark: search_path for the schema, pool_max_conns for how many connections there may be
// (default 16), sslmode, target_session_attrs, and every setting of PostgreSQL.
func Open(ctx context.Context, dsn string) (*Store, error) {
	c, err := configure(dsn)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, wrapped("open", err)
	}
	s, err := open(ctx, pool)
	if err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

func open(ctx context.Context, pool *pgxpool.Pool) (*Store, error) {
	if err := checkServer(ctx, pool); err != nil {
		return nil, err
	}
	s := &Store{pool: pool, read: pool, own: true}
	return s, s.start(ctx, Options{})
}

// configure reads a data source name, and adds what it does not say. What is wrong with one is not said, since any part of
// one that cannot be read may be the password.
func configure(dsn string) (*pgxpool.Config, error) {
	c, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("postgres: the data source name cannot be read; it is like " +
			"postgres://user:password@host:5432/database?sslmode=require, where special characters in the password are written as %XX")
	}
	if !strings.Contains(dsn, "pool_max_conns") {
		c.MaxConns = 16
	}
	if !strings.Contains(dsn, "connect_timeout") {
		c.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	c.ConnConfig.DialFunc = (&net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 3},
		Control:         dialControl,
	}).DialContext
	settings := settings()
	maps.Copy(settings, c.ConnConfig.RuntimeParams)
	c.ConnConfig.RuntimeParams = settings
	return c, nil
}

// settings are those of every connection.
func settings() map[string]string {
	return map[string]string{
		"application_name":                    "watchbill",
		"statement_timeout":                   "30s",
		"lock_timeout":                        lockTimeout, // an Update that waits in a circle, or behind one that hangs, runs again
		"idle_in_transaction_session_timeout": "5s",        // frees what a replica holds that stopped
		"tcp_keepalives_idle":                 "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3", "tcp_user_timeout": "10s",
		// Every statement finds its rows in an index. Statistics that are out of date are no reason to do otherwise.
		"jit": "off", "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "enable_bitmapscan": "off",
	}
}

// localSettings are those that a transaction needs on a connection of the host.
const localSettings = `select set_config('lock_timeout', '` + lockTimeout + `', true), set_config('jit', 'off', true),
	set_config('idle_in_transaction_session_timeout', '5s', true),
	set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_bitmapscan', 'off', true)`
