package engine_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/store/memory"
)

// TestTooManyCallersAtOnceAreRefusedAtOnce lets 10,000 callers come while the store is stuck: as many as the limit says
// wait, and are taken in; the others are told at once, and leave nothing behind.
func TestTooManyCallersAtOnceAreRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers, limit = 10_000, 100
		counting := &countingStore{Store: memory.New()}
		e := start(t, engine.Config{Store: counting, IntakeLimit: limit})
		run(t, e)
		synctest.Wait()
		release := counting.hold()
		var all sync.WaitGroup
		var refused, taken atomic.Int64
		for i := range callers {
			all.Go(func() {
				v := e.Submit(t.Context(), []alert.Signal{trigger(fmt.Sprint("k", i))})
				switch {
				case errors.Is(v[0].Err, engine.ErrBusy):
					refused.Add(1)
				case v[0].Err == nil:
					taken.Add(1)
				}
			})
		}
		synctest.Wait()
		require.EqualValues(t, callers-limit, refused.Load(), "while the others wait")
		release()
		all.Wait()
		require.EqualValues(t, limit, taken.Load())
		v := e.Submit(t.Context(), make([]alert.Signal, 3*limit))
		require.NotErrorIs(t, v[0].Err, engine.ErrBusy, "alone, a large one is taken")
		require.NoError(t, e.Submit(t.Context(), []alert.Signal{trigger("after")})[0].Err)
	})
}
