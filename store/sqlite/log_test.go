package sqlite_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/store"
)

// TestLogIsCutBackAfterALongView lets the log grow beside a view, as a backup is, and checks that the space comes back.
func TestLogIsCutBackAfterALongView(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchbill.db")
	s := open(t, path)
	commit := func(fill byte) {
		require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
			return tx.Values().Set("big", bytes.Repeat([]byte{fill}, 1<<20))
		}))
	}
	size := func() int64 {
		info, err := os.Stat(path + "-wal")
		require.NoError(t, err)
		return info.Size()
	}
	commit('a')
	looks, end, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		ended <- s.View(context.Background(), func(tx store.Tx) error {
			_, err := tx.Values().Get("big")
			close(looks)
			<-end
			return err
		})
	}()
	<-looks
	for n := range 40 {
		commit('b' + byte(n))
	}
	assert.Greater(t, size(), int64(40<<20), "what the view does not see is only in the log")
	close(end)
	require.NoError(t, <-ended)
	for n := range 3 { // moves the log into the file, and begins it anew
		commit('A' + byte(n))
	}
	assert.LessOrEqual(t, size(), int64(20<<20))
}
