package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/sqlite"
	"github.com/watchbill/watchbill/timeline"
)

const childEnv = "WATCHBILL_TEST_KILLED_CHILD"

// TestT8Killed kills a process in the middle of its commits, again and again on one file: whatever it said was
// committed is there, and nothing is there by half.
func TestT8Killed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchbill.db")
	from := 0
	for round := range 3 {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledChild$")
		child.Env = append(os.Environ(), childEnv+"="+path, "FROM="+strconv.Itoa(from))
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		committed := from
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if n, err := strconv.Atoi(lines.Text()); err == nil {
				committed = n
			}
			if committed == from+40+round {
				_ = child.Process.Kill()
			}
		}
		_ = child.Wait()
		require.Greater(t, committed, from+39, "the child ended too early")
		from = checkCommitted(t, path, committed)
	}
}

// checkCommitted checks that all is there up to a number, and returns the last that is.
func checkCommitted(t *testing.T, path string, upTo int) (last int) {
	s := open(t, path)
	defer s.Close()
	require.NoError(t, s.View(t.Context(), func(tx store.Tx) error {
		v, err := tx.Values().Get("n")
		require.NoError(t, err)
		last, _ = strconv.Atoi(string(v))
		assert.GreaterOrEqual(t, last, upTo, "a commit that was reported is lost")
		for n := 1; n <= last+1; n++ {
			found, err := tx.Episodes().Get([]watchbill.AlertID{alertID(n)})
			require.NoError(t, err)
			lines, err := tx.Timeline().Read(timeline.Alert(alertID(n)), 0, 9)
			require.NoError(t, err)
			assert.Equal(t, n <= last, len(found) == 1, "episode %d of %d", n, last)
			assert.Equal(t, n <= last, len(lines) == 1, "timeline %d of %d", n, last)
		}
		return nil
	}))
	return last
}

// TestKilledChild is the process that is killed.
func TestKilledChild(t *testing.T) {
	path := os.Getenv(childEnv)
	if path == "" {
		t.Skip("only as a child of TestT8Killed")
	}
	s, err := sqlite.Open(context.Background(), path)
	require.NoError(t, err)
	from, _ := strconv.Atoi(os.Getenv("FROM"))
	for n := from + 1; n < from+100_000; n++ {
		require.NoError(t, s.Update(context.Background(), func(tx store.Tx) error {
			require.NoError(t, tx.Episodes().Put([]store.Write{{Episode: plain(n)}}))
			require.NoError(t, tx.Timeline().Append(timeline.Alert(alertID(n)), []timeline.Entry{{Seq: 1, Kind: "opened"}}))
			return tx.Values().Set("n", strconv.AppendInt(nil, int64(n), 10))
		}))
		fmt.Println(n)
	}
}

func alertID(n int) watchbill.AlertID { return watchbill.AlertID(fmt.Sprintf("a%06d", n)) }

// plain returns an episode without a policy.
func plain(n int) episode.Episode {
	at := time.Date(2026, 1, 5, 12, 0, n, 0, time.UTC)
	return episode.Episode{Seq: 1, Last: at, Alert: alert.Alert{
		ID: alertID(n), Source: "prom", Key: alert.DedupKey(strconv.Itoa(n)), State: alert.Triggered, CreatedAt: at, LastSeenAt: at}}
}
