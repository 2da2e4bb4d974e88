package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/sqlite"
	"github.com/watchbill/watchbill/store/storetest"
)

const goodPragmas = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"

func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// hostDB returns a database as a host would open it.
func hostDB(t testing.TB, query string) *sql.DB {
	t.Helper()
	path := url.URL{Scheme: "file", Path: filepath.Join(t.TempDir(), "host.db")}
	db, err := sql.Open("sqlite", path.String()+query)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func set(t testing.TB, s store.Store, name, value string) error {
	return s.Update(t.Context(), func(tx store.Tx) error { return tx.Values().Set(name, []byte(value)) })
}

func get(t testing.TB, s store.Store, name string) (v string) {
	t.Helper()
	require.NoError(t, s.View(t.Context(), func(tx store.Tx) error {
		b, err := tx.Values().Get(name)
		v = string(b)
		return err
	}))
	return v
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, filepath.Join(t.TempDir(), "watchbill.db")) })
}

func TestContractInHostDatabase(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := sqlite.New(t.Context(), hostDB(t, goodPragmas), sqlite.Options{TablePrefix: "oncall_"})
		require.NoError(t, err)
		return s
	})
}

// TestHostDatabaseOfOneConnection lets views and updates share the only connection there is.
func TestHostDatabaseOfOneConnection(t *testing.T) {
	db := hostDB(t, goodPragmas)
	db.SetMaxOpenConns(1)
	s, err := sqlite.New(t.Context(), db, sqlite.Options{})
	require.NoError(t, err)
	done := make(chan error)
	for range 3 {
		go func() {
			var err error
			for range 20 {
				err = errors.Join(err, set(t, s, "a", "1"), s.View(t.Context(), func(tx store.Tx) error {
					_, err := tx.Values().Get("a")
					return err
				}))
			}
			done <- err
		}()
	}
	require.NoError(t, errors.Join(<-done, <-done, <-done))
}

func TestOpenAnyPath(t *testing.T) {
	for _, name := range []string{"with space.db", "what?mode=ro.db", "a#b.db", "100%.db", "ünïcödé.db", "a&b=c.db", "plain"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			s := open(t, path)
			require.NoError(t, set(t, s, "a", "1"))
			require.NoError(t, s.Close())
			info, err := os.Stat(path)
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
			assert.Equal(t, "1", get(t, open(t, path), "a"), "after opening again")
		})
	}
}

func TestOpenRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	s := open(t, "relative.db")
	t.Chdir(t.TempDir())
	assert.NoError(t, set(t, s, "a", "1"))
}

func TestOpenRefuses(t *testing.T) {
	for path, want := range map[string]string{
		"":                                     "store/memory",
		":memory:":                             "store/memory",
		filepath.Join(t.TempDir(), "no", "db"): "no such file or directory",
		t.TempDir():                            "sqlite:",
	} {
		_, err := sqlite.Open(t.Context(), path)
		assert.ErrorContains(t, err, want, path)
	}
	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600))
	_, err := sqlite.Open(t.Context(), text)
	assert.ErrorContains(t, err, "not a database")
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	for query, want := range map[string]string{
		"?_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)":                                                 "journal_mode(WAL)",
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)":                     "synchronous(FULL)",
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)":                                                  "busy_timeout(5000)",
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=query_only(1)": "query_only(0)",
	} {
		_, err := sqlite.New(t.Context(), hostDB(t, query), sqlite.Options{})
		assert.ErrorContains(t, err, "_pragma="+want, query)
	}
}

func TestNewSeesPragmasOfOneConnectionOnly(t *testing.T) {
	db := hostDB(t, "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
	_, err := db.Exec("pragma synchronous = full")
	require.NoError(t, err)
	_, err = sqlite.New(t.Context(), db, sqlite.Options{})
	assert.ErrorContains(t, err, "synchronous")
}

func TestNewRefusesPrefix(t *testing.T) {
	db := hostDB(t, goodPragmas)
	for _, prefix := range []string{"1st_", "a b", "x;drop table y", "ä_", "a-"} {
		_, err := sqlite.New(t.Context(), db, sqlite.Options{TablePrefix: prefix})
		assert.ErrorContains(t, err, "table prefix", prefix)
	}
}

func TestPrefixesKeepApart(t *testing.T) {
	db := hostDB(t, goodPragmas)
	a, err := sqlite.New(t.Context(), db, sqlite.Options{TablePrefix: "a_"})
	require.NoError(t, err)
	b, err := sqlite.New(t.Context(), db, sqlite.Options{TablePrefix: "b_"})
	require.NoError(t, err)
	require.NoError(t, set(t, a, "x", "1"))
	assert.Empty(t, get(t, b, "x"))
	var others int
	query := `select count(*) from sqlite_master where name not like 'a\_%' escape '\' and name not like 'b\_%' escape '\'
		and name not like 'sqlite\_%' escape '\'`
	require.NoError(t, db.QueryRow(query).Scan(&others))
	assert.Zero(t, others, "names without the prefix")
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchbill.db")
	require.NoError(t, open(t, path).Close())
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.Exec(`insert into watchbill_migrations (number, name) values (99, 'from the future')`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	_, err = sqlite.Open(t.Context(), path)
	assert.ErrorContains(t, err, "newer release")
}

func TestInTx(t *testing.T) {
	db := hostDB(t, goodPragmas+"&_txlock=immediate")
	_, err := db.Exec(`create table orders (id integer)`)
	require.NoError(t, err)
	s, err := sqlite.New(t.Context(), db, sqlite.Options{})
	require.NoError(t, err)
	both := func(end func(*sql.Tx) error) {
		tx, err := db.Begin()
		require.NoError(t, err)
		_, err = tx.Exec(`insert into orders values (1)`)
		require.NoError(t, err)
		require.NoError(t, s.InTx(t.Context(), tx).Values().Set("order", []byte("1")))
		require.NoError(t, end(tx))
	}
	both((*sql.Tx).Rollback)
	assert.Empty(t, get(t, s, "order"))
	both((*sql.Tx).Commit)
	assert.Equal(t, "1", get(t, s, "order"))
}

func TestFullDiskLosesNothing(t *testing.T) {
	db := hostDB(t, goodPragmas)
	db.SetMaxOpenConns(1)
	s, err := sqlite.New(t.Context(), db, sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, set(t, s, "a", "kept"))
	_, err = db.Exec("pragma max_page_count = 60")
	require.NoError(t, err)
	err = s.Update(t.Context(), func(tx store.Tx) error {
		_ = tx.Values().Set("a", []byte("lost"))
		_ = tx.Values().Set("big", make([]byte, 1<<20)) // fn forgets the error
		return tx.Values().Set("b", []byte("lost"))
	})
	assert.ErrorContains(t, err, "full")
	assert.Equal(t, "kept", get(t, s, "a"))
	assert.NoError(t, set(t, s, "a", "works again"))
}

func TestReadOnlyDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchbill.db")
	require.NoError(t, set(t, open(t, path), "a", "1"))
	db, err := sql.Open("sqlite", "file:"+path+goodPragmas+"&mode=ro")
	require.NoError(t, err)
	defer db.Close()
	_, err = sqlite.New(t.Context(), db, sqlite.Options{})
	assert.ErrorContains(t, err, "readonly")
}

func TestCloseWaitsForViews(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "watchbill.db"))
	closed := make(chan error)
	require.NoError(t, s.View(t.Context(), func(tx store.Tx) error {
		go func() { closed <- s.Close() }()
		for range 100 {
			if _, err := tx.Values().Get("a"); err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(t, <-closed)
	assert.ErrorIs(t, set(t, s, "a", "1"), store.ErrClosed)
}

func TestTwoProcessesTakeTurns(t *testing.T) {
	path := url.URL{Scheme: "file", Path: filepath.Join(t.TempDir(), "host.db")}
	var stores []*sqlite.Store
	for range 2 { // as two processes of a host would
		db, err := sql.Open("sqlite", path.String()+goodPragmas)
		require.NoError(t, err)
		t.Cleanup(func() { _ = db.Close() })
		s, err := sqlite.New(t.Context(), db, sqlite.Options{})
		require.NoError(t, err)
		stores = append(stores, s)
	}
	done := make(chan error)
	for _, s := range stores {
		go func() {
			var err error
			for range 50 {
				err = errors.Join(err, s.Update(context.Background(), func(tx store.Tx) error {
					v, err := tx.Values().Get("n")
					return errors.Join(err, tx.Values().Set("n", append(v, 'x')))
				}))
			}
			done <- err
		}()
	}
	require.NoError(t, errors.Join(<-done, <-done))
	assert.Len(t, get(t, stores[0], "n"), 100)
}
