package postgres

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/store"
)

var t0 = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// server returns the data source name of a PostgreSQL for tests, or skips the test.
func server(t testing.TB) string {
	t.Helper()
	dsn := cmp.Or(os.Getenv("WATCHBILL_POSTGRES"), "postgres://postgres@127.0.0.1:5432/test")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		lacking(t, "no PostgreSQL at 127.0.0.1:5432, user postgres, database test; "+
			"get one with: apt-get install postgresql; or name it in WATCHBILL_POSTGRES")
	}
	require.NoError(t, conn.Close(ctx))
	return dsn
}

func lacking(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("WATCHBILL_REQUIRE") == "all" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// schema makes an empty schema for the test and returns the data source name that leads there.
func schema(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("watchbill_test_%016x", rand.Uint64())
	dsn := server(t)
	sql(t, dsn, "create schema "+name)
	t.Cleanup(func() { sql(t, dsn, "set client_min_messages = error; drop schema "+name+" cascade") })
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// sql runs statements on a connection of its own.
func sql(t testing.TB, dsn, query string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	require.NoError(t, err)
	defer conn.Close(ctx)
	_, err = conn.PgConn().Exec(ctx, query).ReadAll()
	require.NoError(t, err, query)
}

// openAt opens a store, and closes it when the test is over.
func openAt(t testing.TB, dsn string) *Store {
	t.Helper()
	s, err := Open(context.Background(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func openTemp(t testing.TB) *Store {
	t.Helper()
	return openAt(t, schema(t))
}

// waking returns an episode that wakes an hour after t0.
func waking(id watchbill.AlertID) episode.Episode {
	return episode.Episode{Seq: 1, Last: t0, Escalation: escalation.State{Phase: escalation.Acknowledged},
		Alert: alert.Alert{ID: id, Source: "prom", Key: alert.DedupKey(id), State: alert.Acknowledged, CreatedAt: t0,
			LastSeenAt: t0, AutoResolve: time.Hour}}
}

func setValue(ctx context.Context, s store.Store, name, value string) error {
	return s.Update(ctx, func(tx store.Tx) error { return tx.Values().Set(name, []byte(value)) })
}
