package notifytest_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
)

func TestRecorderRemembers(t *testing.T) {
	down := errors.New("down")
	r := &notifytest.Recorder{Respond: notifytest.Replies(down, nil)}
	m := notify.Message{ID: "1", Body: json.RawMessage(`{}`), Links: []notify.Link{{Href: "a"}}}

	_, err := r.Notify(t.Context(), m)
	require.ErrorIs(t, err, down)
	_, err = r.Notify(t.Context(), m)
	require.NoError(t, err)
	m.Body[0], m.Links[0].Href = 'x', "x"

	calls := r.Calls()
	require.Len(t, calls, 2)
	require.Equal(t, down, calls[0].Err)
	require.Len(t, r.Messages(), 1)
	require.Equal(t, `{}`, string(r.Messages()[0].Body), "shares nothing with the sender")
	require.Equal(t, "a", r.Messages()[0].Links[0].Href)
}

func TestRecorderWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r notifytest.Recorder
		send := func(ids ...notify.MessageID) {
			for _, id := range ids {
				_, _ = r.Notify(t.Context(), notify.Message{ID: id})
			}
		}
		go func() { // ends with its three messages
			send("a")
			synctest.Wait() // until the test waits for the second
			send("b", "c")
		}()
		messages, err := r.Wait(t.Context(), 2)
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(messages), 2)

		m, err := r.WaitFor(t.Context(), func(m notify.Message) bool { return m.ID == "c" })
		require.NoError(t, err)
		require.Equal(t, notify.MessageID("c"), m.ID)
	})
}

func TestRecorderStopsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r notifytest.Recorder
		_, _ = r.Notify(t.Context(), notify.Message{ID: "a"})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()

		messages, err := r.Wait(ctx, 2)
		require.EqualError(t, err, "notifytest: 1 messages of 2: context deadline exceeded")
		require.Len(t, messages, 1)
		_, err = r.WaitFor(ctx, func(m notify.Message) bool { return m.ID == "b" })
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
