package engine_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/archive"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/sqlite"
)

// TestMovedStoreGoesOn moves a store in the middle of everything: alerts that wait, messages that are claimed, and some
// that are not. An engine on the copy does what one on the original does, to the last token.
func TestMovedStoreGoesOn(t *testing.T) {
	from := memory.New()
	before := start(t, engine.Config{Store: from, Rand: rand.NewChaCha8([32]byte{1})})
	var signals []alert.Signal
	for i := range 7 {
		signals = append(signals, trigger(fmt.Sprint("k", i)))
	}
	for _, v := range before.Accept(t.Context(), t0, signals) {
		require.NoError(t, v.Err)
	}
	pass, err := before.RunOnce(t.Context(), t0.Add(time.Second), func(notify.Lane) int { return 3 })
	require.NoError(t, err)
	require.Len(t, pass.Deliveries, 3)

	into, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "watchbill.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, into.Close()) })
	var file bytes.Buffer
	_, err = archive.Write(t.Context(), &file, from, t0)
	require.NoError(t, err)
	_, err = archive.Read(t.Context(), &file, into)
	require.NoError(t, err)

	original, copied := goesOn(t, from), goesOn(t, into)
	require.Equal(t, original, copied)
	require.Contains(t, fmt.Sprint(copied), "Level:1", "the second level is reached")
	diff, err := archive.Compare(t.Context(), from, into)
	require.NoError(t, err)
	require.Empty(t, diff, "whatever came of it")
}

// goesOn starts an engine and returns what its passes do in the next half an hour.
func goesOn(t *testing.T, s store.Store) (done []string) {
	e, err := engine.New(engine.Config{Store: s, Rand: rand.NewChaCha8([32]byte{2})})
	require.NoError(t, err)
	revision, err := e.Configure(t.Context(), t0.Add(2*time.Second), org())
	require.NoError(t, err)
	require.EqualValues(t, 1, revision, "the same configuration makes no revision")
	for now := t0.Add(2 * time.Second); now.Before(t0.Add(30 * time.Minute)); now = now.Add(10 * time.Second) {
		pass, err := e.RunOnce(t.Context(), now, anyRoom)
		require.NoError(t, err)
		for _, d := range pass.Deliveries {
			done = append(done, fmt.Sprintf("%s %+v", now, d))
		}
	}
	return done
}
