package engine_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
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
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// spans collects what an engine tells.
type spans struct {
	mu  sync.Mutex
	all []engine.Span
}

func (s *spans) add(span engine.Span) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, span)
}

// lines returns what was told, each as one line, and forgets it.
func (s *spans) lines() (lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.all {
		line := fmt.Sprint(p.Name, " ", p.Entries, " queues ", p.Queued, " first ", p.First, " took ", p.Ended.Sub(p.Began))
		if p.Name == engine.SpanSend {
			line = fmt.Sprint(p.Name, " ", p.Channel, " ", p.Kind, " level ", p.Attempt.Level, " try ", p.Tries, " ", p.Verdict, " late ", p.Late.Round(time.Second))
		}
		lines = append(lines, line)
	}
	s.all = nil
	return lines
}

func TestTheWayOfAnAlertIsTraced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent notifytest.Recorder
		failed := false
		sent.Respond = func(context.Context, notify.Message) error {
			if !failed {
				failed = true
				return errors.New("busy")
			}
			return nil
		}
		var told spans
		e := start(t, engine.Config{Trace: told.add, Notifiers: map[notify.Channel]notify.Notifier{"test": &sent}})
		run(t, e)
		v := e.Submit(t.Context(), []alert.Signal{trigger("x"), trigger("x")})
		<-time.After(time.Minute)
		synctest.Wait()
		id := v[0].Alert
		for _, span := range told.all {
			assert.Equal(t, id, span.Alert)
			assert.False(t, span.Began.IsZero() || span.Ended.Before(span.Began), span)
		}
		require.Equal(t, []string{
			"intake [opened found queued] queues 1 first true took 0s",
			"send test page level 1 try 1 retry late 0s", "receipt [repeated receipt] queues 0 first false took 0s",
			"send test page level 1 try 2 accepted late 0s", "receipt [receipt] queues 0 first false took 0s",
		}, told.lines(), "a repeated signal is written down later")

		<-time.After(10 * time.Minute)
		synctest.Wait()
		require.Contains(t, told.lines(), "send test page level 2 try 1 accepted late 0s")
		_, err := e.Act(t.Context(), time.Now(), id, episode.Acknowledge{By: "ben"})
		require.NoError(t, err)
		require.Equal(t, "act [acknowledged] queues 0 first false took 0s", told.lines()[0])
		_, err = e.Act(t.Context(), time.Now(), id, episode.Escalate{By: "nobody"})
		require.Error(t, err)
		require.Empty(t, told.lines(), "nothing was committed")
	})
}

func TestTraceID(t *testing.T) {
	e := start(t, engine.Config{})
	id := e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})[0].Alert
	trace, ok := engine.TraceID(id)
	require.True(t, ok)
	require.Equal(t, hex.EncodeToString(trace[:]), engine.TraceText(id))
	require.NotZero(t, trace)
	for _, id := range []watchbill.AlertID{"", "a", "0", id + "0", "zzzzzzzzzzzzzzzzzzzzzzzzzz"} {
		require.Empty(t, engine.TraceText(id), id)
	}
}

// hanging is a store that does not answer while it is told so.
type hanging struct {
	store.Store
	now atomic.Bool
}

func (h *hanging) Update(ctx context.Context, fn func(store.Tx) error) error {
	if h.now.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	return h.Store.Update(ctx, fn)
}

func TestStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var sent notifytest.Recorder
		sent.Respond = func(context.Context, notify.Message) error { <-release; return nil }
		db := &hanging{Store: memory.New()}
		e := start(t, engine.Config{Store: db, Notifiers: map[notify.Channel]notify.Notifier{"test": &sent}})
		before := e.Stats()
		require.Zero(t, before.PassAt)
		require.EqualValues(t, 1, before.Commits, "the configuration")
		run(t, e)
		e.Submit(t.Context(), []alert.Signal{trigger("x")})
		<-time.After(time.Second)
		synctest.Wait()
		s := e.Stats()
		require.LessOrEqual(t, time.Since(s.PassAt), time.Second)
		require.Greater(t, s.Commits, before.Commits+1)
		require.EqualValues(t, 1, s.Claimed)
		require.Equal(t, map[notify.Channel]int{"test": 1}, s.Sending)
		close(release)

		db.now.Store(true)
		var left sync.WaitGroup
		ctx, leave := context.WithCancel(t.Context())
		for range 3 {
			left.Go(func() { e.Submit(ctx, []alert.Signal{trigger("y")}) })
		}
		<-time.After(time.Minute)
		synctest.Wait()
		hung := e.Stats()
		require.Greater(t, time.Since(hung.PassAt), 59*time.Second)
		require.Positive(t, hung.Failed)
		leave()
		left.Wait()
		require.Zero(t, e.Stats().Waiting)

		db.now.Store(false)
		<-time.After(time.Minute)
		synctest.Wait()
		require.LessOrEqual(t, time.Since(e.Stats().PassAt), time.Second)
		require.Empty(t, e.Stats().Sending)
	})
}

func TestStatsCountConflicts(t *testing.T) {
	db := &overtaken{Store: memory.New()}
	e := start(t, engine.Config{Store: db})
	db.left = 3
	require.NoError(t, e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})[0].Err)
	require.EqualValues(t, 3, e.Stats().Conflicts)
	require.EqualValues(t, 2, e.Stats().Commits)
}
