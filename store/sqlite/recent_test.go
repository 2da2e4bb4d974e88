package sqlite

import (
	"errors"
	"fmt"
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

func TestRecentIsBounded(t *testing.T) {
	var r recent
	for i := range 3 * recentEpisodes {
		id := watchbill.AlertID(fmt.Sprint("a", i))
		r.add([]store.Write{{Episode: waking(id)}, {Episode: waking(id), Want: 1}})
	}
	require.LessOrEqual(t, len(r.known), recentEpisodes)
	_, ok := r.get("a0", 2)
	require.False(t, ok)
	last := watchbill.AlertID(fmt.Sprint("a", 3*recentEpisodes-1))
	_, ok = r.get(last, 1)
	require.False(t, ok)
	got, ok := r.get(last, 2)
	require.True(t, ok)
	require.Equal(t, waking(last), got)
}
