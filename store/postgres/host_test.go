package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/storetest"
)

// hostPool is a pool as a host has it, without a setting of ours.
func hostPool(t *testing.T, dsn string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), dsn)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func newIn(t *testing.T, pool *pgxpool.Pool, o Options) *Store {
	t.Helper()
	s, err := New(context.Background(), pool, o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestContractInHostDatabase is the contract with the pool of a host, a prefix, and a pool for views.
func TestContractInHostDatabase(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		dsn := schema(t)
		return newIn(t, hostPool(t, dsn), Options{TablePrefix: "alarm_", Read: hostPool(t, dsn)})
	})
}

// TestSchemasAndPrefixesKeepApart puts four stores into one database.
func TestSchemasAndPrefixesKeepApart(t *testing.T) {
	dsn := schema(t)
	pool := hostPool(t, dsn)
	var name string
	require.NoError(t, pool.QueryRow(t.Context(), `select current_schema()`).Scan(&name))
	other := name + `"; Quoted`
	t.Cleanup(func() {
		sql(t, dsn, `set client_min_messages = error; drop schema `+pgx.Identifier{other}.Sanitize()+` cascade`)
	})
	all := []*Store{
		newIn(t, pool, Options{}), newIn(t, pool, Options{TablePrefix: "two_"}),
		newIn(t, pool, Options{Schema: other}), newIn(t, pool, Options{Schema: other, TablePrefix: "two_"}),
	}
	for i, s := range all {
		require.NoError(t, setValue(t.Context(), s, "a", strings.Repeat("x", i+1)))
	}
	for i, s := range all {
		require.NoError(t, s.View(t.Context(), func(tx store.Tx) error {
			v, err := tx.Values().Get("a")
			assert.Len(t, v, i+1)
			return err
		}))
	}
}

func TestNewRefusesPrefix(t *testing.T) {
	pool := hostPool(t, schema(t))
	for _, prefix := range []string{"1x_", "Upper_", `a"`, "a b", "ä"} {
		_, err := New(t.Context(), pool, Options{TablePrefix: prefix})
		require.ErrorContains(t, err, "table prefix")
	}
}

// TestNewRefusesServer asks for what a commit needs.
func TestNewRefusesServer(t *testing.T) {
	for setting, want := range map[string]string{
		"default_transaction_read_only=on": "read-only", "synchronous_commit=off": "synchronous_commit is off",
		"search_path=nowhere": "no schema of the search_path exists",
	} {
		name, value, _ := strings.Cut(setting, "=")
		c, err := pgxpool.ParseConfig(server(t))
		require.NoError(t, err)
		c.ConnConfig.RuntimeParams[name] = value
		pool, err := pgxpool.NewWithConfig(t.Context(), c)
		require.NoError(t, err)
		_, err = New(t.Context(), pool, Options{})
		require.ErrorContains(t, err, want)
		pool.Close()
	}
}

// TestInTx commits and rolls back with the host's own rows.
func TestInTx(t *testing.T) {
	dsn := schema(t)
	pool := hostPool(t, dsn)
	s := newIn(t, pool, Options{})
	sql(t, dsn, `create table orders (id integer)`)
	both := func(end func(pgx.Tx) error) {
		tx, err := pool.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), `insert into orders values (1)`)
		require.NoError(t, err)
		require.NoError(t, errors.Join(seed(s.InTx(t.Context(), tx)), work(s.InTx(t.Context(), tx))))
		require.NoError(t, end(tx))
	}
	both(func(tx pgx.Tx) error { return tx.Rollback(t.Context()) })
	require.Empty(t, contents(t, s))
	both(func(tx pgx.Tx) error { return tx.Commit(t.Context()) })
	got := contents(t, s)
	other := openTemp(t)
	require.NoError(t, other.Update(t.Context(), seed))
	require.NoError(t, other.Update(t.Context(), work))
	require.Equal(t, contents(t, other), got)
}

// TestSecretsStaySecret names data sources that cannot be read, or lead nowhere.
func TestSecretsStaySecret(t *testing.T) {
	for _, dsn := range []string{
		"postgres://u:hush@127.0.0.1:1/x", "postgres://u:hu/sh@127.0.0.1/x", "postgres://u:hush@127.0.0.1:port/x",
		"postgres://u:hush@127.0.0.1/x?sslmode=hush", "host=127.0.0.1 port=1 password=hush", "postgres://u:%hush@127.0.0.1/x", "hush",
	} {
		_, err := Open(t.Context(), dsn)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "hu", dsn)
		require.True(t, strings.HasPrefix(err.Error(), "postgres: "), err.Error())
	}
}

// TestSettings checks that what the data source name says is kept, and what it does not say is added.
func TestSettings(t *testing.T) {
	dsn := schema(t)
	for add, want := range map[string]string{"": "50ms 30s off 16", "&lock_timeout=77ms&jit=on&pool_max_conns=3": "77ms 30s on 3"} {
		s := openAt(t, dsn+add)
		var got string
		require.NoError(t, s.pool.QueryRow(t.Context(), `select current_setting('lock_timeout') || ' ' || current_setting('statement_timeout')
			|| ' ' || current_setting('jit') || ' ' || $1::text`, fmt.Sprint(s.pool.Config().MaxConns)).Scan(&got))
		require.Equal(t, want, got)
	}
}

// TestSettingsOfAHost: a replica that stops in the middle of an Update must not keep its rows from the others, whoever made
// the connection.
func TestSettingsOfAHost(t *testing.T) {
	pool := hostPool(t, schema(t))
	s := newIn(t, pool, Options{})
	ask := `select current_setting('lock_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout')`
	var got string
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		return inside(tx).ask(step{query: ask, rows: func(rows pgx.Rows) error { return rows.Scan(&got) }})
	}))
	require.Equal(t, "50ms 5s", got)
	require.NoError(t, pool.QueryRow(t.Context(), ask).Scan(&got))
	require.Equal(t, "0 0", got, "the host's own transactions are as it wants them")
}

// TestOpenWaitsForNobody opens a store after many others, of which an old one is at work.
func TestOpenWaitsForNobody(t *testing.T) {
	dsn := schema(t)
	old := openAt(t, dsn)
	require.NoError(t, setValue(t.Context(), old, "name", "value"))
	sql(t, dsn, "select setval('watchbill_stores', 5000000)")
	at, err := old.pool.Begin(t.Context())
	require.NoError(t, err)
	defer at.Rollback(t.Context())
	_, err = at.Exec(t.Context(), "update watchbill_commits set number = number + 1")
	require.NoError(t, err)
	openAt(t, dsn)
}

func TestNowIsTheServersTime(t *testing.T) {
	s := openTemp(t)
	one, err1 := s.Now(t.Context())
	two, err2 := s.Now(t.Context())
	require.NoError(t, errors.Join(err1, err2))
	require.True(t, !two.Before(one) && one.Year() > 2025, "%s %s", one, two)
}
