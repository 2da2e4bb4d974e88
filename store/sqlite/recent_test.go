package sqlite

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/store"
)

// What was rolled back must not be remembered: the same version may be written again with other content.
func TestRecentForgetsWhatWasRolledBack(t *testing.T) {
	s := openTemp(t)
	put := func(id watchbill.AlertID, summary string, want store.Version, fail error) error {
		return s.Update(t.Context(), func(tx store.Tx) error {
			e := waking(id)
			e.Alert.Summary = summary
			if err := tx.Episodes().Put([]store.Write{{Episode: e, Want: want}}); err != nil {
				return err
			}
			return fail
		})
	}
	require.NoError(t, put("a1", "first", 0, nil))
	require.Error(t, put("a1", "rolled back", 1, errors.New("no")))
	require.NoError(t, put("a1", "second", 1, nil))
	require.NoError(t, s.View(t.Context(), func(tx store.Tx) error {
		got, err := tx.Episodes().Get([]watchbill.AlertID{"a1"})
		require.Equal(t, "second", got[0].Episode.Alert.Summary)
		return err
	}))
}
