package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

// TestO7UndecodableMessage spoils the row of one message in each way that a failing disk or a careless hand would, and
// checks that it is handed out once, with its alert, and that its neighbour is as well as ever.
func TestO7UndecodableMessage(t *testing.T) {
	for _, how := range []string{
		`message_key = '{'`, `message_key = ''`, `message_key = 'null'`, `message_key = '{}'`, `message_key = x'ff'`,
		`message_key = '{"alert":"a2"}'`, `message_key = '{"alert":"a1","rung":"x"}'`,
		`lane = '{'`, `lane = ''`, `lane = 'null'`, `lane = '[]'`, `lane = '{"channel":7}'`, `lane = '{"channel": "email"}'`,
		`lane = '{"channel":""}'`, `lane = '{', message_key = '{'`,
	} {
		t.Run(how, func(t *testing.T) {
			s := openTemp(t)
			enqueueTwo(t, s)
			spoil(t, s, `update watchbill_outbox set `+how+` where alert = 'a1'`)
			all := claimEverything(t, s, t0, "t")
			require.Len(t, all, 2)
			for _, d := range all {
				if d.Key.Alert == "a2" {
					assert.Equal(t, delivery("a2"), d)
					continue
				}
				assert.Error(t, d.Err)
				assert.Equal(t, notify.Key{Alert: "a1"}, d.Key)
				assert.Equal(t, notify.MessageID("m-a1"), d.ID)
			}
			again := claimEverything(t, s, t0.Add(time.Hour), "u")
			require.Len(t, again, 1, "the spoilt one is gone")
			assert.Equal(t, watchbill.AlertID("a2"), again[0].Key.Alert)
		})
	}
}

// TestSpoiltTimes checks that text in the place of a time stops no other message.
func TestSpoiltTimes(t *testing.T) {
	for _, column := range []string{"due_at", "ready_at", "tries"} {
		s := openTemp(t)
		enqueueTwo(t, s)
		spoil(t, s, `update watchbill_outbox set `+column+` = 'x' where alert = 'a1'`)
		var ids []watchbill.AlertID
		require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
			_, err := tx.Outbox().Next(t0)
			require.NoError(t, err)
			got, err := tx.Outbox().Claim(delivery("a2").Lane, t0, store.Claim{Token: "t", Until: t0.Add(time.Minute)}, 9)
			for _, d := range got {
				ids = append(ids, d.Key.Alert)
			}
			return err
		}))
		assert.Contains(t, ids, watchbill.AlertID("a2"), column)
	}
}

// delivery returns a message as its first claim returns it.
func delivery(id watchbill.AlertID) store.Delivery {
	return store.Delivery{ID: "m-" + notify.MessageID(id), Key: notify.Key{Alert: id, User: "ada", Rung: 1},
		Lane: notify.Lane{Channel: "webhook", Destination: "a<b>.example:80"}, DueAt: t0, Tries: 1}
}

func enqueueTwo(t *testing.T, s *Store) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		return tx.Outbox().Enqueue([]store.Delivery{delivery("a1"), delivery("a2")})
	}))
}

// claimEverything claims what every lane has.
func claimEverything(t *testing.T, s *Store, now time.Time, token string) (all []store.Delivery) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		lanes, err := tx.Outbox().Lanes(now)
		require.NoError(t, err)
		for _, lane := range lanes {
			got, err := tx.Outbox().Claim(lane, now, store.Claim{Token: token, Until: now.Add(time.Minute)}, 9)
			require.NoError(t, err)
			require.NotEmpty(t, got, "a lane that is listed has something to claim")
			all = append(all, got...)
		}
		_, err = tx.Outbox().Next(now)
		return err
	}))
	return all
}
