package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/sqlite"
)

const holderEnv = "WATCHBILL_TEST_HOLDER"

// TestSecondOpenIsRefused names who has the file, and lets the next one in once that is closed.
func TestSecondOpenIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchbill.db")
	s := open(t, path)
	require.NoError(t, set(t, s, "a", "1"))
	link := filepath.Join(t.TempDir(), "link.db")
	require.NoError(t, os.Symlink(path, link))
	for _, name := range []string{path, link} {
		_, err := sqlite.Open(t.Context(), name)
		require.ErrorIs(t, err, sqlite.ErrInUse)
		assert.ErrorContains(t, err, fmt.Sprintf("process %d has it open since 20", os.Getpid()))
	}
	require.NoError(t, s.Close())
	s = open(t, link)
	assert.Equal(t, "1", get(t, s, "a"))
}

// TestKilledProcessHoldsNothing kills a process that has the file open.
func TestKilledProcessHoldsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchbill.db")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHolder$")
	child.Env = append(os.Environ(), holderEnv+"="+path)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "open"; {
	}
	_, err = sqlite.Open(t.Context(), path)
	require.ErrorIs(t, err, sqlite.ErrInUse)
	assert.ErrorContains(t, err, "process "+strconv.Itoa(child.Process.Pid)+" has it open")

	r, err := sqlite.OpenReader(t.Context(), path)
	require.NoError(t, err)
	assert.Equal(t, "1", get(t, r, "a"), "a reader works beside it")

	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	s := open(t, path)
	require.NoError(t, set(t, s, "a", "2"))
	assert.Equal(t, "2", get(t, r, "a"))
	require.NoError(t, r.Close())
}

// TestHolder is the process that is killed.
func TestHolder(t *testing.T) {
	path := os.Getenv(holderEnv)
	if path == "" {
		t.Skip("only as a child of TestKilledProcessHoldsNothing")
	}
	s, err := sqlite.Open(context.Background(), path)
	require.NoError(t, err)
	require.NoError(t, set(t, s, "a", "1"))
	fmt.Println("open")
	select {} // until it is killed
}

// TestReader looks at a file in every state that one can be in, and changes nothing.
func TestReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchbill.db")
	_, err := sqlite.OpenReader(t.Context(), path)
	require.ErrorIs(t, err, os.ErrNotExist)

	s := open(t, path)
	require.NoError(t, set(t, s, "a", "1"))
	r, err := sqlite.OpenReader(t.Context(), path)
	require.NoError(t, err)
	assert.Equal(t, "1", get(t, r, "a"))
	require.NoError(t, set(t, s, "a", "2"))
	assert.Equal(t, "2", get(t, r, "a"))
	require.ErrorIs(t, set(t, r, "a", "3"), store.ErrReadOnly)
	require.NoError(t, r.Check(t.Context()))
	require.NoError(t, r.Close())
	require.ErrorIs(t, r.Check(t.Context()), store.ErrClosed)
	require.NoError(t, s.Close())

	r, err = sqlite.OpenReader(t.Context(), path)
	require.NoError(t, err, "nobody else has it open")
	assert.Equal(t, "2", get(t, r, "a"))
	require.NoError(t, r.Close())
}

func TestReaderRefusesOtherFiles(t *testing.T) {
	db := hostDB(t, goodPragmas)
	mustExec(t, db, "x", "create table mine (a)")
	var path string
	require.NoError(t, db.QueryRow("select file from pragma_database_list where name = 'main'").Scan(&path))
	_, err := sqlite.OpenReader(t.Context(), path)
	assert.ErrorContains(t, err, "is not a store")

	apply(t, db, "0001_start.sql", "watchbill_")
	mustExec(t, db, "watchbill_", "create table watchbill_migrations (number integer primary key, name text not null)")
	mustExec(t, db, "watchbill_", "insert into watchbill_migrations values (1, 'x')")
	_, err = sqlite.OpenReader(t.Context(), path)
	assert.ErrorContains(t, err, "earlier release")
	mustExec(t, db, "watchbill_", "insert into watchbill_migrations values (999, 'x')")
	_, err = sqlite.OpenReader(t.Context(), path)
	assert.ErrorContains(t, err, "newer release")

	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte(strings.Repeat("no database. ", 1000)), 0o600))
	_, err = sqlite.OpenReader(t.Context(), text)
	assert.ErrorIs(t, err, sqlite.ErrDamaged)
	_, err = sqlite.Open(t.Context(), text)
	assert.ErrorIs(t, err, sqlite.ErrDamaged)
}

// TestCheckFindsDamage overwrites a page of a file, as a failing disk would.
func TestCheckFindsDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchbill.db")
	s := open(t, path)
	for n := range 300 {
		require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
			return tx.Episodes().Put([]store.Write{{Episode: plain(n)}})
		}))
	}
	require.NoError(t, s.Check(t.Context()))
	done, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Check(done), context.Canceled)
	require.NoError(t, s.Close())

	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	info, err := f.Stat()
	require.NoError(t, err)
	for at := int64(20 * 4096); at < info.Size(); at += 4096 {
		_, err = f.WriteAt([]byte(strings.Repeat("\xff", 512)), at)
		require.NoError(t, err)
	}
	require.NoError(t, f.Close())
	s = open(t, path)
	err = s.Check(t.Context())
	require.ErrorIs(t, err, sqlite.ErrDamaged)
	assert.ErrorContains(t, err, "put a backup in its place")
}
