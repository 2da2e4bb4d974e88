package sqlite_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/sqlite"
)

// TestBackupWhileCommitting copies a file again and again while commits go on: each copy is one that was once, and as
// whole as the file.
func TestBackupWhileCommitting(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "watchbill.db")
	s := open(t, path)
	ctx, stop := context.WithCancel(t.Context())
	committed, done := make(chan int), make(chan error)
	go func() {
		var err error
		for n := 1; ctx.Err() == nil && err == nil; n++ {
			err = s.Update(context.Background(), func(tx store.Tx) error {
				if err := tx.Episodes().Put([]store.Write{{Episode: plain(n)}}); err != nil {
					return err
				}
				return tx.Values().Set("n", []byte{byte(n >> 8), byte(n)})
			})
			select {
			case committed <- n:
			default:
			}
		}
		done <- err
	}()
	for _, name := range []string{"one", "two 2?mode=ro", "three#%.db"} {
		before, to := <-committed, filepath.Join(dir, name)
		b, err := sqlite.BackUp(t.Context(), path, to)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, b.Counts.Triggered, before)
		info, err := os.Stat(to)
		require.NoError(t, err)
		assert.Equal(t, info.Size(), b.Bytes)
		if filepath.Separator == '/' {
			assert.Equal(t, fs.FileMode(0o600), info.Mode())
		}
		restored := open(t, to)
		n := get(t, restored, "n")
		assert.Equal(t, b.Counts.Triggered, int(n[0])<<8+int(n[1]), "of one instant")
		require.NoError(t, restored.Close())
	}
	stop()
	require.NoError(t, <-done)
	left, err := filepath.Glob(filepath.Join(dir, "*.partial*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestBackupOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	path, to := filepath.Join(dir, "watchbill.db"), filepath.Join(dir, "copy.db")
	require.NoError(t, set(t, open(t, path), "a", "1"))
	require.NoError(t, os.WriteFile(to, []byte("mine"), 0o600))
	_, err := sqlite.BackUp(t.Context(), path, to)
	require.ErrorIs(t, err, fs.ErrExist)
	text, err := os.ReadFile(to)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(text))

	require.NoError(t, os.Remove(to))
	require.NoError(t, os.WriteFile(to+".partial", nil, 0o600))
	_, err = sqlite.BackUp(t.Context(), path, to)
	require.ErrorIs(t, err, fs.ErrExist)
	require.NoError(t, os.Remove(to+".partial"))

	done, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = sqlite.BackUp(done, path, to)
	require.ErrorIs(t, err, context.Canceled)
	_, err = sqlite.BackUp(t.Context(), filepath.Join(dir, "none.db"), to)
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.NoFileExists(t, to)
	assert.NoFileExists(t, to+".partial")
}
