package postgres

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

// TestE7Undecodable checks what a row that cannot be decoded does: it says so wherever it turns up, stops no other, and
// can be put aside.
func TestE7Undecodable(t *testing.T) {
	dsn := schema(t)
	s := openAt(t, dsn)
	for _, body := range []string{"", "{", "null", `{"v":99}`, `[]`, `\\000\\377`} {
		sql(t, dsn, everything)
		require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
			return tx.Episodes().Put([]store.Write{{Episode: waking("a1")}, {Episode: waking("a2")}, {Episode: waking("a3")}})
		}))
		sql(t, dsn, `update watchbill_alerts set body = '`+body+`' where id = 'a2'`)
		require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
			e := tx.Episodes()
			got, err := e.Get(ids("a1", "a2", "a3"))
			checkSpoilt(t, got, err)
			got, err = e.Newest([]alert.Ref{{Source: "prom", Key: "a1"}, {Source: "prom", Key: "a2"}, {Source: "prom", Key: "a3"}})
			checkSpoilt(t, got, err)
			got, _, err = e.List(store.Query{State: alert.Acknowledged}, 9)
			checkSpoilt(t, got, err)
			due, _, err := e.Due(t0.Add(time.Hour), 9)
			require.NoError(t, err)
			assert.Equal(t, ids("a1", "a2", "a3"), due)
			return e.Admin().Quarantine("a2")
		}))
		require.NoError(t, s.View(t.Context(), func(tx store.Tx) error {
			due, _, err := tx.Episodes().Due(t0.Add(time.Hour), 9)
			assert.Equal(t, ids("a1", "a3"), due)
			return err
		}))
	}
}

func checkSpoilt(t *testing.T, got []store.Stored, err error) {
	t.Helper()
	require.NoError(t, err)
	require.Len(t, got, 3)
	for _, st := range got {
		if id := st.Episode.Alert.ID; id == "a2" {
			assert.Error(t, st.Err)
			assert.Equal(t, episode.Episode{Alert: alert.Alert{ID: id, Source: "prom", Key: "a2"}}, st.Episode)
		} else {
			assert.NoError(t, st.Err)
			assert.Equal(t, waking(id), st.Episode)
		}
	}
}

// TestO7UndecodableMessage spoils a message: it is handed out once, with its alert, and its neighbour is as well as ever.
func TestO7UndecodableMessage(t *testing.T) {
	dsn := schema(t)
	s := openAt(t, dsn)
	for i, how := range []string{
		`message_key = '{'`, `message_key = ''`, `message_key = 'null'`, `message_key = '\xff'`, `message_key = '{"alert":"a2"}'`,
		`lane = '{'`, `lane = ''`, `lane = '[]'`, `lane = '{"channel":7}'`, `lane = '{"channel": "email"}'`, `lane = '\xff00', message_key = '{'`,
	} {
		sql(t, dsn, everything)
		require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
			return tx.Outbox().Enqueue([]store.Delivery{message("a1", 1), message("a2", 1)})
		}))
		sql(t, dsn, `update watchbill_outbox set `+how+` where alert = 'a1'`)
		all := claimEverything(t, s, t0, fmt.Sprint("t", i))
		require.Len(t, all, 2, how)
		for _, d := range all {
			if d.Key.Alert == "a2" {
				assert.NoError(t, d.Err)
				continue
			}
			assert.Error(t, d.Err)
			assert.Equal(t, notify.Key{Alert: "a1"}, d.Key)
		}
		again := claimEverything(t, s, t0.Add(time.Hour), fmt.Sprint("u", i))
		require.Len(t, again, 1, "the spoilt one is gone")
		assert.Equal(t, watchbill.AlertID("a2"), again[0].Key.Alert)
	}
}

// claimEverything claims what every lane has.
func claimEverything(t *testing.T, s *Store, now time.Time, token string) (all []store.Delivery) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		all = nil
		lanes, err := tx.Outbox().Lanes(now)
		require.NoError(t, err)
		for _, lane := range lanes {
			got, err := tx.Outbox().Claim(lane, now, store.Claim{Token: token, Until: now.Add(time.Minute)}, 9)
			require.NoError(t, err)
			require.NotEmpty(t, got, "a lane that is listed has something to claim")
			all = append(all, got...)
		}
		return nil
	}))
	return all
}

// TestAnyBytes stores text that no encoding of a database would take.
func TestAnyBytes(t *testing.T) {
	s := openTemp(t)
	odd := waking("a\x00\xff")
	odd.Alert.Key, odd.Alert.Service = "k\x00", "s\x00"
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error { return tx.Episodes().Put([]store.Write{{Episode: odd}}) }))
	require.NoError(t, s.View(t.Context(), func(tx store.Tx) error {
		got, err := tx.Episodes().Newest([]alert.Ref{odd.Alert.Ref()})
		require.Len(t, got, 1)
		page, _, err2 := tx.Episodes().List(store.Query{Service: "s\x00"}, 9)
		require.Len(t, page, 1)
		require.Equal(t, odd.Alert.ID, page[0].Episode.Alert.ID)
		require.NoError(t, err2)
		return err
	}))
}
