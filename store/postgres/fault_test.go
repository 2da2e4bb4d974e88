package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// everything empties the store.
const everything = `truncate watchbill_alerts, watchbill_wakes, watchbill_timeline, watchbill_outbox, watchbill_records, watchbill_revisions, watchbill_values`

var lane = notify.Lane{Channel: "webhook", Destination: "a.example:80"}

func message(of watchbill.AlertID, n int) store.Delivery {
	return store.Delivery{ID: notify.MessageID(fmt.Sprint(of, "-m", n)), Key: notify.Key{Alert: of}, Lane: lane, DueAt: t0}
}

func note(seq int64) []timeline.Entry {
	return []timeline.Entry{{Seq: seq, At: t0, Actor: timeline.Engine, Kind: "ticked"}}
}

// seed puts in what work works on.
func seed(tx store.Tx) error {
	_, err := tx.Revisions().Add(t0, []byte("config"))
	return errors.Join(err,
		tx.Episodes().Put([]store.Write{{Episode: waking("a1")}, {Episode: waking("a2")}}),
		tx.Timeline().Append("a1", note(1)), tx.Timeline().Append("a2", note(1)),
		tx.Values().Set("pulse", []byte("0")),
		tx.Outbox().Enqueue([]store.Delivery{message("a1", 1), message("a2", 1)}))
}

// work does what a pass of the engine does, and some more.
func work(tx store.Tx) error {
	n, err1 := tx.Revisions().Number()
	pulse, err2 := tx.Values().Get("pulse")
	newest, err3 := tx.Episodes().Newest([]alert.Ref{{Source: "prom", Key: "new"}})
	due, _, err4 := tx.Episodes().Due(t0.Add(2*time.Hour), 9)
	found, err5 := tx.Episodes().Get(due)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return err
	}
	if n != 1 || len(newest) != 0 || len(found) != 2 {
		return fmt.Errorf("revision %d, %d of a new key, %d due", n, len(newest), len(found))
	}
	writes := []store.Write{{Episode: waking("a3")}}
	for _, st := range found {
		writes = append(writes, store.Write{Episode: st.Episode, Want: st.Version})
	}
	err := errors.Join(tx.Episodes().Put(writes),
		tx.Timeline().Append("a1", note(2)), tx.Timeline().Append("a2", note(2)), tx.Timeline().Append("a3", note(1)),
		tx.Outbox().Cancel("a2", nil), tx.Outbox().Enqueue([]store.Delivery{message("a1", 2), message("a3", 1)}))
	_, err6 := tx.Outbox().Lanes(t0)
	claimed, err7 := tx.Outbox().Claim(lane, t0, store.Claim{Token: "token", Until: t0.Add(time.Minute)}, 2)
	_, err8 := tx.Outbox().Next(t0)
	if err := errors.Join(err, err6, err7, err8); err != nil {
		return err
	}
	return errors.Join(tx.Outbox().Settle([]store.Settlement{{ID: claimed[0].ID, Token: "token"}}),
		tx.Records().Put([]store.RecordWrite{{Record: store.Record{Kind: "incident", ID: "i1", Body: []byte("{}")}}}),
		tx.Values().Set("pulse", append(pulse, '1')))
}

// held returns all that a store holds, as text.
func contents(t *testing.T, s *Store) string {
	t.Helper()
	var all bytes.Buffer
	require.NoError(t, s.Export(context.Background(), func(item store.Item) error { return json.NewEncoder(&all).Encode(item) }))
	return all.String()
}

// statement reports whether a message makes the server do something, other than to begin or to roll back.
func statement(kind byte, body []byte) bool {
	return kind == 'E' || kind == 'Q' && !bytes.HasPrefix(body, []byte("rollback"))
}

// TestCutAtEveryStatement cuts the connection at each statement of an Update, in each way: it is done once, and whole.
func TestCutAtEveryStatement(t *testing.T) {
	dsn := schema(t)
	p, through := throughProxy(t, dsn)
	s := openAt(t, through)
	reset := func() {
		p.watch(nil)
		sql(t, dsn, everything)
		require.NoError(t, s.Update(t.Context(), seed))
	}
	reset()
	require.NoError(t, s.Update(t.Context(), work)) // prepares the statements
	want := contents(t, s)
	reset()
	var statements atomic.Int64
	p.watch(func(kind byte, body []byte) verdict {
		if statement(kind, body) {
			statements.Add(1)
		}
		return pass
	})
	require.NoError(t, s.Update(t.Context(), work))
	n := statements.Load()
	t.Logf("%d statements", n)
	for how, cut := range map[string]verdict{"before": cutBefore, "after": cutAfter, "answer": cutAnswer} {
		for at := range n {
			reset()
			var seen atomic.Int64
			p.watch(func(kind byte, body []byte) verdict {
				if statement(kind, body) && seen.Add(1) == at+1 {
					return cut
				}
				return pass
			})
			err := s.Update(t.Context(), work)
			p.watch(nil)
			require.NoError(t, err, "%s %d", how, at)
			require.Greater(t, seen.Load(), at, "%s %d: nothing was cut", how, at)
			require.Equal(t, want, contents(t, s), "%s %d", how, at)
		}
	}
}

// isCommit reports whether a message is the one that commits.
func isCommit(kind byte, body []byte) bool {
	return kind == 'Q' && strings.HasPrefix(string(body), "commit")
}

// TestCommittedButTheCallerSawAnError loses the answer to a commit: Update finds out, and does not run again.
func TestCommittedButTheCallerSawAnError(t *testing.T) {
	p, through := throughProxy(t, schema(t))
	s := openAt(t, through)
	var lost atomic.Bool
	p.watch(func(kind byte, body []byte) verdict {
		if isCommit(kind, body) && !lost.Swap(true) {
			return cutAnswer
		}
		return pass
	})
	runs := 0
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		runs++
		return tx.Episodes().Put([]store.Write{{Episode: waking("a1")}})
	}))
	require.True(t, lost.Load())
	require.Equal(t, 1, runs)
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		got, err := tx.Episodes().Get([]watchbill.AlertID{"a1"})
		require.Len(t, got, 1)
		return err
	}))
}

// TestCommitThatNobodyKnowsOf loses the answer to a commit, and the server with it.
func TestCommitThatNobodyKnowsOf(t *testing.T) {
	dsn := schema(t)
	p, through := throughProxy(t, dsn)
	s := openAt(t, through)
	ctx, cancel := context.WithCancel(t.Context())
	p.watch(func(kind byte, body []byte) verdict {
		if isCommit(kind, body) {
			p.mu.Lock()
			p.shut = cancel // the caller gives up
			p.mu.Unlock()
			return cutAnswer
		}
		return pass
	})
	err := setValue(ctx, s, "a", "b")
	require.ErrorIs(t, err, store.ErrUnknown)
	require.ErrorIs(t, err, context.Canceled)
}

// TestBackendIsTerminated lets an administrator end the session of an Update.
func TestBackendIsTerminated(t *testing.T) {
	dsn := schema(t)
	s := openAt(t, dsn)
	runs := 0
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.Values().Set("a", []byte("b")); err != nil {
			return err
		}
		_, err := tx.Values().Get("other")
		if runs++; runs == 1 {
			sql(t, dsn, fmt.Sprint("select pg_terminate_backend(", inside(tx).pooled.Conn().PgConn().PID(), ")"))
		}
		_, err2 := tx.Values().Get("another")
		return errors.Join(err, err2)
	}))
	require.Equal(t, 2, runs)
}

// inside returns what a transaction is made of.
func inside(t store.Tx) *tx { return t.(*tx) }
