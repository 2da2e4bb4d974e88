package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/archive"
)

// newPostgres returns the name of an empty PostgreSQL schema for -db, or skips the test.
func newPostgres(t *testing.T) string {
	t.Helper()
	dsn := cmp.Or(os.Getenv("WATCHBILL_POSTGRES"), "postgres://postgres@127.0.0.1:5432/test")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		lacking(t, "no PostgreSQL at 127.0.0.1:5432, user postgres, database test; "+
			"get one with: apt-get install postgresql; or name it in WATCHBILL_POSTGRES")
	}
	schema := fmt.Sprintf("watchbill_move_%016x", rand.Uint64())
	_, err = conn.Exec(ctx, "create schema "+schema)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := conn.Exec(context.Background(), "set client_min_messages = error; drop schema "+schema+" cascade")
		require.NoError(t, err)
		require.NoError(t, conn.Close(context.Background()))
	})
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

func TestMoveWithinSQLite(t *testing.T) {
	movesBothWays(t, "sqlite:"+filepath.Join(t.TempDir(), "new.db"))
}

func TestMoveToPostgresAndBack(t *testing.T) { movesBothWays(t, newPostgres(t)) }

// movesBothWays does what docs/moving.md says, literally: from SQLite to another database, beside the running server, and
// from there into a new file. Nothing differs, and a server on it knows what is open already.
func movesBothWays(t *testing.T, db string) {
	phones := newPhoneBook(t)
	dir := t.TempDir()
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(killYAML, "PHONES", phones.URL))
	old := "sqlite:" + filepath.Join(dir, "watchbill.db")
	server, base := serveOn(t, conf, old, "127.0.0.1:0")
	require.True(t, send(t.Context(), base, "moved"))
	phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) == 1 })
	code, _, _ := says("export", "-db", old, filepath.Join(dir, "beside.jsonl.gz"))
	require.Zero(t, code, "a server runs on it")
	server.kill()

	steps := triedCommands(t, "../../docs/moving.md")
	require.Len(t, steps, 1)
	t.Setenv("OLD", old)
	t.Setenv("NEW", db)
	shell(t, dir, steps[0], "watchbill.jsonl: imported, read back and found the same: 1 alerts, ")
	same(t, old, db)

	back := "sqlite:" + filepath.Join(dir, "back.db")
	code, out, problems := says("export", "-db", db, "-json", filepath.Join(dir, "back.jsonl.gz"))
	require.Zero(t, code, problems)
	require.Empty(t, out)
	var sum exported
	require.NoError(t, json.Unmarshal([]byte(problems), &sum))
	require.EqualValues(t, 1, sum.Counts.Alerts)
	code, _, problems = says("import-data", filepath.Join(dir, "back.jsonl.gz"), "-db", back)
	require.Zero(t, code, problems)
	same(t, old, back)

	_, base = serveOn(t, conf, db, "127.0.0.1:0")
	require.True(t, send(t.Context(), base, "moved"), "it is open already")
	require.True(t, send(t.Context(), base, "after"))
	phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) > 1 && a[len(a)-1].Alert.DedupKey == "after" })
	api := client{t, base, "ops-token"}
	_, body := api.do("GET", "/api/v1/alerts", "")
	require.Equal(t, 1, strings.Count(string(body), `"dedup_key":"moved"`), "%s", body)
}

// same compares two databases that nobody writes to.
func same(t *testing.T, a, b string) {
	t.Helper()
	first, err := openToExport(t.Context(), a)
	require.NoError(t, err)
	defer first.Close()
	second, err := openToExport(t.Context(), b)
	require.NoError(t, err)
	defer second.Close()
	diff, err := archive.Compare(t.Context(), first, second)
	require.NoError(t, err)
	require.Empty(t, diff)
}

func TestMovesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	s, err := openToMove(t.Context(), "sqlite:"+file("full.db"))
	require.NoError(t, err)
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error { return tx.Values().Set("a", []byte("b")) }))
	require.NoError(t, s.Close())
	var out, problems bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"export", "-db", "sqlite:" + file("full.db")}, &out, &problems))
	require.Equal(t, 3, strings.Count(out.String(), "\n"), "the archive goes to the standard output")
	require.Contains(t, problems.String(), "written: 0 alerts")
	exists, cut := write(t, "exists", ""), write(t, "cut.jsonl", out.String()[:100])
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"export", "-db", "memory:"}, 2, "nothing is left of memory:"},
		{[]string{"export", "-db", "sqlite:" + file("missing.db")}, 2, "no such file"},
		{[]string{"export", "-db", "sqlite:" + file("full.db"), exists}, 1, "an export overwrites nothing"},
		{[]string{"export", "-db", "sqlite:" + file("full.db"), "a", "b"}, 2, "name one file"},
		{[]string{"export", "-db", "sqlite:" + file("full.db"), file("no/where")}, 1, "no such file"},
		{[]string{"import-data", "-db", "sqlite:" + file("full.db"), write(t, "whole.jsonl", out.String())}, 2, "holds something already"},
		{[]string{"import-data", "-db", "sqlite:" + file("b.db"), cut}, 1, "nothing was imported: archive: broken: line 2: "},
		{[]string{"import-data", "-db", "sqlite:" + file("b.db"), file("missing")}, 2, "no such file"},
		{[]string{"import-data", "-db", "sqlite:" + file("b.db"), write(t, "x.gz", "\x1f\x8b")}, 1, "x.gz: "},
		{[]string{"import-data", "-db", "memory:", cut}, 2, "nothing is left of memory:"},
		{[]string{"import-data", "-db", "postgres://u:hush@127.0.0.1:1/x", cut}, 2, "-db: "},
	} {
		code, out, problems := says(c.args...)
		require.Equal(t, c.code, code, "%s: %s", c.args, problems)
		require.Empty(t, out)
		require.Contains(t, problems, c.want)
		require.NotContains(t, problems, "hush")
	}
	code, _, text := says("import-data", "-db", "sqlite:"+file("b.db"), write(t, "again.jsonl", out.String()))
	require.Zero(t, code, "what was refused left it empty: %s", text)
}
