package engine_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// sharedStore is a store with a clock of its own.
type sharedStore struct {
	store.Store
	ahead atomic.Int64 // of the bubble's, in nanoseconds
	asked atomic.Int64
	fails atomic.Bool
}

func (s *sharedStore) Now(context.Context) (time.Time, error) {
	s.asked.Add(1)
	if s.fails.Load() {
		return time.Time{}, store.ErrClosed
	}
	return time.Now().Add(time.Duration(s.ahead.Load())).UTC(), nil
}

// skewed is the clock of a host that is wrong.
type skewed time.Duration

func (c skewed) Now() time.Time { return time.Now().Add(time.Duration(c)) }

func (c skewed) WithDeadline(ctx context.Context, at time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, at.Add(-time.Duration(c)))
}

// fleet starts engines on one store, each on a host whose clock is wrong by as much.
func fleet(t *testing.T, s store.Store, sent *notifytest.Recorder, off ...time.Duration) (all []*engine.Engine) {
	for _, by := range off {
		cfg := engine.Config{Store: s, Clock: skewed(by), Notifiers: map[notify.Channel]notify.Notifier{"test": sent}}
		all = append(all, start(t, cfg))
	}
	return all
}

func TestEnginesOfASharedStoreGoByItsClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent notifytest.Recorder
		s := &sharedStore{Store: memory.New()}
		engines := fleet(t, s, &sent, -time.Hour, 0, 3*time.Hour)
		for _, e := range engines {
			run(t, e)
		}
		synctest.Wait()
		for _, e := range engines {
			require.WithinDuration(t, time.Now(), e.Clock().Now(), time.Millisecond)
		}
		began := time.Now()
		v := engines[0].Submit(t.Context(), []alert.Signal{trigger("db")})
		require.NoError(t, v[0].Err)
		pages, err := sent.Wait(t.Context(), 2)
		require.NoError(t, err)
		require.Equal(t, watchbill.UserID("ben"), pages[1].User)
		require.InDelta(t, 5*time.Minute, time.Since(began), float64(100*time.Millisecond))
		<-time.After(30 * time.Second) // of the bubble
		require.Len(t, sent.Messages(), 2, "each page is sent by one engine")
		require.Greater(t, s.asked.Load(), int64(3*30), "every ten seconds")
	})
}

func TestAnotherEngineTakesOverAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent notifytest.Recorder
		s := &sharedStore{Store: memory.New()}
		engines := fleet(t, s, &sent, 0, time.Second)
		run(t, engines[1])
		ctx, stop := context.WithCancel(t.Context())
		var first sync.WaitGroup
		first.Go(func() { _ = engines[0].Run(ctx) })
		engines[0].Submit(t.Context(), []alert.Signal{trigger("db")})
		_, err := sent.Wait(t.Context(), 1)
		require.NoError(t, err)
		began := time.Now()
		stop()
		first.Wait()
		require.Less(t, time.Since(began), 50*time.Millisecond, "nothing was under way")
		_, err = sent.Wait(t.Context(), 2)
		require.NoError(t, err)
		require.InDelta(t, 5*time.Minute, time.Since(began), float64(100*time.Millisecond))
	})
}

func TestAStoreWhoseClockIsSetIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := &sharedStore{Store: memory.New()}
		e := start(t, engine.Config{Store: s, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		run(t, e)
		synctest.Wait()

		s.ahead.Store(int64(-400 * time.Millisecond))
		<-time.After(11 * time.Second)
		before := e.Clock().Now()
		require.WithinDuration(t, time.Now().Add(-400*time.Millisecond), before, time.Millisecond)
		require.NotContains(t, log.String(), "set back", "it stood still meanwhile")

		s.ahead.Store(int64(time.Hour))
		<-time.After(11 * time.Second)
		require.WithinDuration(t, time.Now().Add(time.Hour), e.Clock().Now(), time.Millisecond)
		require.Contains(t, log.String(), "the clock was not the store's any more")

		s.ahead.Store(0)
		<-time.After(11 * time.Second)
		require.WithinDuration(t, time.Now(), e.Clock().Now(), time.Millisecond)
		require.Contains(t, log.String(), "the clock was set back; alerts are looked at again")
	})
}

func TestNothingIsDoneBeforeTheStoreHasToldTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent notifytest.Recorder
		s := &sharedStore{Store: memory.New()}
		s.fails.Store(true)
		e := fleet(t, s, &sent, -time.Hour)[0]
		run(t, e)
		v := e.Submit(t.Context(), []alert.Signal{trigger("db")})
		require.ErrorIs(t, v[0].Err, store.ErrClosed)
		require.False(t, e.Running())
		s.fails.Store(false)
		<-time.After(2 * time.Second)
		require.True(t, e.Running())
		require.NoError(t, e.Submit(t.Context(), []alert.Signal{trigger("db")})[0].Err)
		_, err := sent.Wait(t.Context(), 1)
		require.NoError(t, err)
	})
}

// The store was gone for long, and both engines waited: what nobody could send meanwhile counts for neither as not sent.
func TestEnginesThatComeBackLaterKnowOfTheAbsence(t *testing.T) {
	s := memory.New()
	first, second := start(t, engine.Config{Store: s}), start(t, engine.Config{Store: s})
	c := org()
	c.Catalog.Services[0].AutoResolve = 30 * time.Minute
	_, err := first.Configure(t.Context(), t0, c)
	require.NoError(t, err)
	v := first.Accept(t.Context(), t0, []alert.Signal{trigger("db")})
	third := start(t, engine.Config{Store: s}) // is told by the mark that the second left
	for _, pass := range []struct {
		e  *engine.Engine
		at time.Duration
	}{{first, 0}, {second, 0}, {first, 29 * time.Minute}, {second, 29*time.Minute + 15*time.Second}, {third, 30*time.Minute + 5*time.Second}} {
		_, err = pass.e.RunOnce(t.Context(), t0.Add(pass.at), anyRoom)
		require.NoError(t, err)
	}
	ep, err := first.Lookup(t.Context(), v[0].Alert)
	require.NoError(t, err)
	require.Equal(t, alert.Triggered, ep.Alert.State)
}

// While one engine made no passes another one did: that was no absence, though it ended after the mark that the first had left.
func TestAnEngineSeesWhatAnotherHasMarked(t *testing.T) {
	s := memory.New()
	first, second := start(t, engine.Config{Store: s}), start(t, engine.Config{Store: s})
	c := org()
	c.Catalog.Services[0].AutoResolve = 10 * time.Minute
	_, err := first.Configure(t.Context(), t0, c)
	require.NoError(t, err)
	v := first.Accept(t.Context(), t0, []alert.Signal{trigger("db")})
	_, err = first.RunOnce(t.Context(), t0, anyRoom)
	require.NoError(t, err)
	for at := time.Duration(0); at < 10*time.Minute; at += 30 * time.Second {
		_, err = second.RunOnce(t.Context(), t0.Add(at), anyRoom)
		require.NoError(t, err)
	}
	_, err = first.RunOnce(t.Context(), t0.Add(10*time.Minute), anyRoom)
	require.NoError(t, err)
	ep, err := first.Lookup(t.Context(), v[0].Alert)
	require.NoError(t, err)
	require.Equal(t, alert.Resolved, ep.Alert.State)
}

// A mark says the same however it is spelled; one that cannot be read is none.
func TestMarksThatOthersWrote(t *testing.T) {
	at := time.Date(2026, 3, 1, 2, 3, 4, 5000, time.UTC)
	for text, want := range map[string]time.Time{
		`{"alive_at":"2026-03-01T02:03:04.000005Z"}`:                                         at,
		`{"alive_at":"2026-03-01T02:03:04.000005Z","up_since":"2026-02-01T00:00:00Z"}`:       at,
		`{"up_since": "2026-02-01T00:00:00Z", "alive_at": "2026-03-01T02:03:04.000005Z"}`:    at,
		`{"alive_at":"2026-03-01T02:03:04.000005Z","up_since":"0001-01-01T00:00:00Z","x":1}`: at,
		`{"alive_at":"2026-03-01T02:03:04.000005Z","up_since":"yesterday"}`:                  {},
		`{"alive_at":"yesterday"}`: {},
		`alive`:                    {},
	} {
		s := memory.New()
		e := start(t, engine.Config{Store: s})
		require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error { return tx.Values().Set("engine.pulse", []byte(text)) }))
		alive, err := e.AliveAt(t.Context())
		require.NoError(t, err, text)
		require.True(t, want.Equal(alive), "%s is %s", text, alive)
		_, err = e.RunOnce(t.Context(), t0, anyRoom)
		require.NoError(t, err)
		alive, err = e.AliveAt(t.Context())
		require.NoError(t, err)
		require.Equal(t, t0, alive, "a pass after %s", text)
	}
}

// A clock was set back, or an engine's lies behind another's: what opens then is the newest of its key all the same.
func TestAClockThatIsSetBackOpensOneAlertOfAKey(t *testing.T) {
	e := start(t, engine.Config{})
	over := trigger("db")
	over.Action = alert.Resolve
	e.Accept(t.Context(), t0.Add(time.Hour), []alert.Signal{trigger("db"), over})
	opened := e.Accept(t.Context(), t0, []alert.Signal{trigger("db")})[0]
	require.Equal(t, alert.Opens, opened.Decision)
	for minute := range 3 {
		v := e.Accept(t.Context(), t0.Add(time.Duration(minute)*time.Minute), []alert.Signal{trigger("db")})
		require.Equal(t, engine.Verdict{Decision: alert.Applies, Alert: opened.Alert}, v[0])
	}
	require.Equal(t, opened.Alert, e.Accept(t.Context(), t0.Add(time.Minute), []alert.Signal{over})[0].Alert)
}

// slowStore takes its time to say what time it is, for so many questions.
type slowStore struct {
	sharedStore
	slow atomic.Int64
}

func (s *slowStore) Now(ctx context.Context) (time.Time, error) {
	if s.slow.Add(-1) >= 0 {
		<-time.After(20 * time.Second) // of the bubble: it waited for a connection
	}
	return s.sharedStore.Now(ctx)
}

func TestAnAnswerThatTookLongIsNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := &slowStore{sharedStore: sharedStore{Store: memory.New()}}
		s.slow.Store(1)
		e := start(t, engine.Config{Store: s, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		run(t, e)
		<-time.After(21 * time.Second)
		synctest.Wait()
		require.True(t, e.Running())
		require.WithinDuration(t, time.Now(), e.Clock().Now(), time.Millisecond)

		s.slow.Store(1)
		<-time.After(40 * time.Second)
		require.WithinDuration(t, time.Now(), e.Clock().Now(), time.Millisecond)
		require.Contains(t, log.String(), "the answer took 20s")
	})
}
