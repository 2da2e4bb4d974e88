package sqlite

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/internal/sqlkit"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

var t0 = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

func openTemp(t testing.TB) *Store {
	t.Helper()
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "watchbill.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// waking returns an episode that wakes an hour after t0.
func waking(id watchbill.AlertID) episode.Episode {
	return episode.Episode{Seq: 1, Last: t0, Escalation: escalation.State{Phase: escalation.Acknowledged},
		Alert: alert.Alert{ID: id, Source: "prom", Key: alert.DedupKey(id), State: alert.Acknowledged, CreatedAt: t0,
			LastSeenAt: t0, AutoResolve: time.Hour}}
}

// spoil puts something else into a column, as a failing disk or a careless hand would.
func spoil(t testing.TB, s *Store, statement string, args ...any) {
	t.Helper()
	_, err := s.write.db.Exec(statement, args...)
	require.NoError(t, err)
}

// TestE7Undecodable checks what a row that cannot be decoded does: it says so wherever it turns up, stops no other, and
// can be put aside.
func TestE7Undecodable(t *testing.T) {
	for _, body := range []string{"", "{", "null", `{"v":99}`, `{"v":1}`, `[]`, strings.Repeat("[", 20_000),
		`{"v":1,"alert":{"id":"a2","state":"acknowledged"},"escalation":{"at":{"level":7}}}`} {
		s := openTemp(t)
		require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
			return tx.Episodes().Put([]store.Write{{Episode: waking("a1")}, {Episode: waking("a2")}, {Episode: waking("a3")}})
		}))
		spoil(t, s, `update watchbill_alerts set body = ?, version = version + 1 where id = 'a2'`, body) // not what s remembers
		require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
			e := tx.Episodes()
			got, err := e.Get([]watchbill.AlertID{"a1", "a2", "a3"})
			checkSpoiled(t, got, err)
			got, err = e.Newest([]alert.Ref{{Source: "prom", Key: "a1"}, {Source: "prom", Key: "a2"}, {Source: "prom", Key: "a3"}})
			checkSpoiled(t, got, err)
			got, _, err = e.List(store.Query{}, 9)
			checkSpoiled(t, got, err)
			due, _, err := e.Due(t0.Add(time.Hour), 9)
			require.NoError(t, err)
			assert.Equal(t, []watchbill.AlertID{"a1", "a2", "a3"}, due)
			return e.Admin().Quarantine("a2")
		}))
		require.NoError(t, s.View(t.Context(), func(tx store.Tx) error {
			due, _, err := tx.Episodes().Due(t0.Add(time.Hour), 9)
			require.NoError(t, err)
			assert.Equal(t, []watchbill.AlertID{"a1", "a3"}, due)
			got, err := tx.Episodes().Get([]watchbill.AlertID{"a2"})
			require.NoError(t, err)
			assert.True(t, got[0].Quarantined && got[0].Err != nil)
			return nil
		}))
	}
}

// checkSpoiled checks that a2 says that it cannot be decoded, and that its neighbours are well.
func checkSpoiled(t *testing.T, got []store.Stored, err error) {
	t.Helper()
	require.NoError(t, err)
	require.Len(t, got, 3)
	for _, st := range got {
		id := st.Episode.Alert.ID
		if id == "a2" {
			assert.Error(t, st.Err)
			assert.Equal(t, episode.Episode{Alert: alert.Alert{ID: id, Source: "prom", Key: "a2"}}, st.Episode)
		} else {
			assert.NoError(t, st.Err)
			assert.Equal(t, waking(id), st.Episode)
		}
		assert.NotZero(t, st.Version)
	}
}

func TestUndecodableTimeline(t *testing.T) {
	s := openTemp(t)
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		return tx.Timeline().Append("a1", []timeline.Entry{{Seq: 1, At: t0, Kind: "opened"}})
	}))
	spoil(t, s, `update watchbill_timeline set entries = '{'`)
	err := s.View(t.Context(), func(tx store.Tx) error {
		_, err := tx.Timeline().Read("a1", 0, 9)
		return err
	})
	assert.ErrorContains(t, err, "timeline of a1")
}

// FuzzStoredEpisode checks that nothing that may lie in the table makes reading panic, and that what can be read can be
// stored again.
func FuzzStoredEpisode(f *testing.F) {
	good, err := episode.Encode(waking("a1"))
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte(`{"v":1,"alert":{"id":"a1","state":"triggered"},"ladders":[{"rungs":[{}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := episode.Decode(body)
		if err != nil {
			return
		}
		wakeAt(e)
		unreached(e)
		again, err := episode.Encode(e)
		require.NoError(t, err)
		_, err = episode.Decode(again)
		require.NoError(t, err)
	})
}

// FuzzStoredEntries checks that nothing that may lie in the table makes reading panic, and that entries are written so
// that they read the same.
func FuzzStoredEntries(f *testing.F) {
	f.Add([]byte(`[{"seq":1,"at":"2026-01-05T12:00:00Z","actor":"engine","kind":"ticked","data":{"a":[1]}},{"seq":2}]`), int64(1))
	f.Fuzz(func(t *testing.T, data []byte, after int64) {
		entries, err := sqlkit.DecodeEntries(data, after)
		if err != nil {
			return
		}
		again, err := sqlkit.EncodeEntries(entries)
		if err != nil {
			return // a year past 9999
		}
		got, err := sqlkit.DecodeEntries(again, after)
		require.NoError(t, err)
		assert.Equal(t, len(entries), len(got))
	})
}
