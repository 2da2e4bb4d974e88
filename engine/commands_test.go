package engine_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// gated is a store whose updates wait for the gate, where there is one, and may fail.
type gated struct {
	store.Store
	gate    atomic.Pointer[chan struct{}]
	updates atomic.Int32
	fail    func(n int32) error
}

func (s *gated) Update(ctx context.Context, fn func(store.Tx) error) error {
	n := s.updates.Add(1)
	if gate := s.gate.Load(); gate != nil {
		<-*gate
	}
	if s.fail != nil {
		if err := s.fail(n); err != nil {
			return err
		}
	}
	return s.Store.Update(ctx, fn)
}

// said is what became of a command.
type said struct {
	view episode.View
	err  error
}

// crowd gives commands while a first one, on an alert of its own, is being committed. It returns the answers, and how many
// updates it took.
func crowd(t *testing.T, fail func(n int32) error, give func(act func(context.Context, watchbill.AlertID, episode.Input) *said, ids []watchbill.AlertID)) int32 {
	t.Helper()
	s := &gated{Store: memory.New()}
	e := start(t, engine.Config{Store: s})
	var ids []watchbill.AlertID
	for i := range 6 {
		ids = append(ids, e.Accept(t.Context(), t0, []alert.Signal{trigger(fmt.Sprint("db", i))})[0].Alert)
	}
	gate := make(chan struct{})
	s.gate.Store(&gate)
	s.updates.Store(0)
	s.fail = fail
	act := func(ctx context.Context, id watchbill.AlertID, in episode.Input) *said {
		var a said
		go func() { a.view, a.err = e.Act(ctx, t0.Add(time.Second), id, in) }() // ends before the test does: it waits below
		synctest.Wait()
		return &a
	}
	first := act(t.Context(), ids[5], episode.Acknowledge{By: "ada"})
	give(act, ids)
	close(gate)
	synctest.Wait()
	require.NoError(t, first.err)
	return s.updates.Load()
}

func TestCommandsThatWaitShareACommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ada, ben, nobody, gone, late *said
		cancelled, cancel := context.WithCancel(t.Context())
		n := crowd(t, nil, func(act func(context.Context, watchbill.AlertID, episode.Input) *said, ids []watchbill.AlertID) {
			ada = act(t.Context(), ids[0], episode.Acknowledge{By: "ada"})
			nobody = act(t.Context(), ids[1], episode.Acknowledge{By: "nobody"})
			gone = act(t.Context(), "none", episode.Acknowledge{By: "ada"})
			ben = act(t.Context(), ids[0], episode.Resolve{By: "ben"})
			late = act(t.Context(), ids[0], episode.Acknowledge{By: "cem"})
			given := act(cancelled, ids[2], episode.Acknowledge{By: "ada"})
			cancel()
			synctest.Wait()
			assert.ErrorIs(t, given.err, context.Canceled)
		})
		require.NoError(t, ada.err)
		assert.Equal(t, alert.Acknowledged, ada.view.State)
		require.NoError(t, ben.err)
		assert.Equal(t, alert.Resolved, ben.view.State)
		assert.ErrorIs(t, nobody.err, engine.ErrUnknownUser)
		assert.ErrorIs(t, gone.err, store.ErrNotFound)
		assert.ErrorIs(t, late.err, alert.ErrResolved)
		assert.EqualValues(t, 2, n, "the first alone, and the others together")
	})
}

func TestCommandsAfterAConflictAreCarriedOutOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all [3]*said
		conflict := func(n int32) error {
			if n > 1 && n <= 6 || n == 7 { // every try of all together, and then the first of them
				return &store.ConflictError{Of: "x"}
			}
			return nil
		}
		crowd(t, conflict, func(act func(context.Context, watchbill.AlertID, episode.Input) *said, ids []watchbill.AlertID) {
			for i := range all {
				all[i] = act(t.Context(), ids[i], episode.Acknowledge{By: "ada"})
			}
		})
		for i, a := range all {
			require.NoError(t, a.err, "%d", i)
			assert.Equal(t, alert.Acknowledged, a.view.State)
		}
	})
}

func TestCommandsThatCannotBeCommittedSaySo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a, b *said
		broken := func(n int32) error {
			if n > 1 {
				return store.ErrUnknown
			}
			return nil
		}
		n := crowd(t, broken, func(act func(context.Context, watchbill.AlertID, episode.Input) *said, ids []watchbill.AlertID) {
			a, b = act(t.Context(), ids[0], episode.Acknowledge{By: "ada"}), act(t.Context(), ids[1], episode.Acknowledge{By: "ada"})
		})
		assert.ErrorIs(t, a.err, store.ErrUnknown)
		assert.ErrorIs(t, b.err, store.ErrUnknown)
		assert.EqualValues(t, 2, n, "what may be committed is not tried again")
	})
}
