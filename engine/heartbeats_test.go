package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/storetest"
)

// beatOrg is org with a heartbeat of a minute.
func beatOrg(change ...func(*heartbeat.Monitor)) oncall.Config {
	c := org()
	m := heartbeat.Monitor{ID: "alive", Name: "Prometheus", Key: "k", Interval: time.Minute, Grace: 10 * time.Second, Service: "shop"}
	for _, f := range change {
		f(&m)
	}
	c.Heartbeats = []heartbeat.Monitor{m}
	return c
}

// beats is an engine whose heartbeats are looked at by hand.
type beats struct {
	t   *testing.T
	e   *engine.Engine
	now time.Time
}

func newBeats(t *testing.T, s store.Store, c oncall.Config) *beats {
	e, err := engine.New(engine.Config{Store: s})
	require.NoError(t, err)
	_, err = e.Configure(t.Context(), t0, c)
	require.NoError(t, err)
	b := &beats{t, e, t0}
	b.pass()
	return b
}

// pass makes a pass, which says that somebody is there, and looks at the heartbeats.
func (b *beats) pass() {
	b.t.Helper()
	_, err := b.e.RunOnce(b.t.Context(), b.now, anyRoom)
	require.NoError(b.t, err)
	_, err = b.e.WatchHeartbeats(b.t.Context(), b.now)
	require.NoError(b.t, err)
}

// advance lets time pass, in steps of ten seconds.
func (b *beats) advance(d time.Duration) {
	b.t.Helper()
	for end := b.now.Add(d); b.now.Before(end); {
		b.now = b.now.Add(min(10*time.Second, end.Sub(b.now)))
		b.pass()
	}
}

func (b *beats) ping(p heartbeat.Ping) {
	b.t.Helper()
	require.NoError(b.t, b.e.Ping(b.t.Context(), b.now, "alive", p))
}

func (b *beats) look() engine.Heartbeat {
	b.t.Helper()
	h, err := b.e.Heartbeat(b.t.Context(), b.now, "alive")
	require.NoError(b.t, err)
	return h
}

func (b *beats) episode(id watchbill.AlertID) episode.Episode {
	b.t.Helper()
	ep, err := b.e.Lookup(b.t.Context(), id)
	require.NoError(b.t, err)
	return ep
}

func TestAHeartbeatThatStopsRaisesOneAlertAndTheNextPingResolvesIt(t *testing.T) {
	b := newBeats(t, memory.New(), beatOrg())
	b.ping(heartbeat.Ping{})
	b.advance(70 * time.Second)
	h := b.look()
	require.NotEmpty(t, h.Alert)
	assert.Equal(t, heartbeat.Overdue, h.State.Phase)
	a := b.episode(h.Alert).Alert
	assert.Equal(t, "Heartbeat Prometheus is overdue: last ping 03:00:00 UTC, expected every 1m", a.Summary)
	assert.Equal(t, watchbill.SeverityCritical, a.Severity)
	assert.Equal(t, watchbill.ServiceID("shop"), a.Service)
	assert.Equal(t, alert.Ref{Source: "heartbeat", Key: "heartbeat:alive"}, a.Ref())

	b.advance(5 * time.Minute)
	again := b.look()
	assert.Equal(t, h.Alert, again.Alert, "it stays one alert, however long it takes")
	b.ping(heartbeat.Ping{})
	assert.Equal(t, alert.Resolved, b.episode(h.Alert).Alert.State)
	assert.Empty(t, b.look().Alert)
	b.advance(70 * time.Second)
	assert.NotEqual(t, h.Alert, b.look().Alert, "stopping again is a new alert")
}

func TestAHeartbeatNeverPingedRaisesAfterTwiceTheInterval(t *testing.T) {
	b := newBeats(t, memory.New(), beatOrg())
	b.advance(110 * time.Second)
	require.Empty(t, b.look().Alert)
	b.advance(10 * time.Second)
	require.NotEmpty(t, b.look().Alert)
}

func TestAFailureRaisesInTheTransactionOfThePingWithItsLog(t *testing.T) {
	b := newBeats(t, memory.New(), beatOrg(func(m *heartbeat.Monitor) { m.Severity, m.Summary = watchbill.SeverityWarning, "No backup" }))
	b.ping(heartbeat.Ping{Kind: heartbeat.Start, Run: "r1"})
	b.ping(heartbeat.Ping{Kind: heartbeat.Fail, Exit: 3, Run: "r1", Body: "disk full\xff"})
	h := b.look()
	require.NotEmpty(t, h.Alert)
	require.Len(t, h.Pings, 2)
	assert.Equal(t, "disk full?", h.Pings[1].Body)
	a := b.episode(h.Alert).Alert
	assert.Equal(t, "No backup", a.Summary)
	assert.Equal(t, watchbill.SeverityWarning, a.Severity)
	var details map[string]any
	require.NoError(t, json.Unmarshal(a.Details, &details))
	assert.Equal(t, "disk full?", details["log"])
	assert.Equal(t, "Heartbeat Prometheus says that it failed, with exit code 3", details["problem"])
	b.ping(heartbeat.Exited(0))
	assert.Equal(t, alert.Resolved, b.episode(h.Alert).Alert.State)
}

func TestWhatSomebodyResolvedStaysResolvedUntilItFailsAgain(t *testing.T) {
	b := newBeats(t, memory.New(), beatOrg())
	b.ping(heartbeat.Ping{Kind: heartbeat.Fail})
	id := b.look().Alert
	b.advance(10 * time.Second)
	_, err := b.e.Act(t.Context(), b.now, id, episode.Resolve{By: "ada"})
	require.NoError(t, err)
	b.advance(10 * time.Minute)
	assert.Empty(t, b.look().Alert)
	b.ping(heartbeat.Ping{Kind: heartbeat.Fail})
	assert.NotEmpty(t, b.look().Alert)
}

func TestAHeartbeatOfAServiceThatResolvesByItselfStaysOpen(t *testing.T) {
	c := beatOrg()
	c.Catalog.Services[0].AutoResolve = 3 * time.Minute
	b := newBeats(t, memory.New(), c)
	b.ping(heartbeat.Ping{Kind: heartbeat.Fail})
	id := b.look().Alert
	b.advance(20 * time.Minute)
	assert.Equal(t, id, b.look().Alert)
}

func TestAHeartbeatAfterAClockSetBackIsNotStale(t *testing.T) {
	s := memory.New()
	b := newBeats(t, s, beatOrg())
	b.now = b.now.Add(3 * time.Hour)
	b.ping(heartbeat.Ping{Kind: heartbeat.Fail})
	b.ping(heartbeat.Ping{})
	b.now = b.now.Add(-3 * time.Hour)
	b.advance(10 * time.Minute)
	assert.Len(t, openAlerts(t, s), 1, "though the alert before it began later than now")
}

func TestARemovedHeartbeatResolvesItsAlertAndBeginsAnewWhenItIsBack(t *testing.T) {
	b := newBeats(t, memory.New(), beatOrg())
	b.ping(heartbeat.Ping{Kind: heartbeat.Fail})
	id := b.look().Alert
	_, err := b.e.Configure(t.Context(), b.now, org())
	require.NoError(t, err)
	b.advance(10 * time.Second)
	ep := b.episode(id)
	assert.Equal(t, alert.Resolved, ep.Alert.State)
	require.ErrorIs(t, b.e.Ping(t.Context(), b.now, "alive", heartbeat.Ping{}), store.ErrNotFound)
	_, err = b.e.Heartbeat(t.Context(), b.now, "alive")
	require.ErrorIs(t, err, store.ErrNotFound)

	_, err = b.e.Configure(t.Context(), b.now, beatOrg())
	require.NoError(t, err)
	b.advance(10 * time.Second)
	assert.Equal(t, heartbeat.Waiting, b.look().State.Phase)
	b.advance(2 * time.Minute)
	assert.NotEmpty(t, b.look().Alert)
}

func TestPingsMissedWhileNobodyWasThere(t *testing.T) {
	s := memory.New()
	b := newBeats(t, s, beatOrg())
	b.ping(heartbeat.Ping{})
	for _, first := range []string{"the pass", "the heartbeats"} {
		b.now = b.now.Add(time.Hour)
		e, err := engine.New(engine.Config{Store: s}) // a new process
		require.NoError(t, err)
		b.e = e
		if first == "the heartbeats" {
			_, err = e.WatchHeartbeats(t.Context(), b.now)
			require.NoError(t, err)
		}
		b.pass()
		require.Empty(t, b.look().Alert, "%s came first", first)
		b.advance(110 * time.Second)
		require.Empty(t, b.look().Alert, "two minutes at least, %s came first", first)
		if first == "the pass" {
			b.ping(heartbeat.Ping{})
		}
	}
	b.advance(10 * time.Second)
	assert.NotEmpty(t, b.look().Alert)
}

func TestACrashLoopDoesNotKeepAHeartbeatQuiet(t *testing.T) {
	s := memory.New()
	b := newBeats(t, s, beatOrg())
	b.ping(heartbeat.Ping{})
	for range 5 {
		b.now = b.now.Add(3 * time.Minute)
		e, err := engine.New(engine.Config{Store: s})
		require.NoError(t, err)
		b.e = e
		b.pass()
	}
	assert.NotEmpty(t, b.look().Alert)
}

func TestManyEnginesRaiseOneAlert(t *testing.T) {
	s := memory.New()
	b := newBeats(t, s, beatOrg())
	b.ping(heartbeat.Ping{})
	b.advance(60 * time.Second)
	b.now = b.now.Add(10 * time.Second)
	var all sync.WaitGroup
	for range 8 {
		e, err := engine.New(engine.Config{Store: s})
		require.NoError(t, err)
		all.Go(func() {
			_, err := e.WatchHeartbeats(context.Background(), b.now)
			assert.NoError(t, err)
		})
	}
	all.Wait()
	assert.Equal(t, 1, b.episode(b.look().Alert).Alert.Count)
}

func TestADamagedHeartbeatIsWatchedAllTheSame(t *testing.T) {
	s := memory.New()
	b := newBeats(t, s, beatOrg())
	b.ping(heartbeat.Ping{Body: "hello"})
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		for _, kind := range []string{heartbeat.RecordKind, heartbeat.HistoryKind} {
			found, err := tx.Records().Get(kind, []string{"alive"})
			if err != nil {
				return err
			}
			found[0].Body = []byte("{")
			if err := tx.Records().Put([]store.RecordWrite{{Record: found[0].Record, Want: found[0].Version}}); err != nil {
				return err
			}
		}
		return nil
	}))
	b.advance(2*time.Minute + 10*time.Second)
	assert.Equal(t, heartbeat.Overdue, b.episodePhase())
	b.ping(heartbeat.Ping{})
	h := b.look()
	assert.Equal(t, heartbeat.Healthy, h.State.Phase)
	assert.Len(t, h.Pings, 1)
}

func (b *beats) episodePhase() heartbeat.Phase {
	b.t.Helper()
	all, err := b.e.Heartbeats(b.t.Context(), b.now)
	require.NoError(b.t, err)
	require.Len(b.t, all, 1)
	return all[0].State.Phase
}

func TestWatchHeartbeatsSaysWhenItIsToBeCalledNext(t *testing.T) {
	b := newBeats(t, memory.New(), beatOrg())
	next, err := b.e.WatchHeartbeats(t.Context(), b.now)
	require.NoError(t, err)
	assert.Equal(t, t0.Add(2*time.Minute), next)
	b.ping(heartbeat.Ping{})
	next, err = b.e.WatchHeartbeats(t.Context(), b.now)
	require.NoError(t, err)
	assert.Equal(t, t0.Add(70*time.Second), next)

	none := newBeats(t, memory.New(), org())
	next, err = none.e.WatchHeartbeats(t.Context(), t0)
	require.NoError(t, err)
	assert.Zero(t, next)
}

func TestRunPagesForAHeartbeatThatStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent notifytest.Recorder
		e := start(t, engine.Config{Notifiers: map[notify.Channel]notify.Notifier{"test": &sent}})
		_, err := e.Configure(t.Context(), time.Now(), beatOrg())
		require.NoError(t, err)
		run(t, e)
		<-time.After(5 * time.Second) // of the bubble
		require.NoError(t, e.Ping(t.Context(), time.Now(), "alive", heartbeat.Ping{}))
		<-time.After(70*time.Second - time.Millisecond)
		synctest.Wait()
		require.Empty(t, sent.Messages())
		<-time.After(2 * time.Millisecond)
		synctest.Wait()
		require.Len(t, sent.Messages(), 1, "to the millisecond")
		require.Equal(t, watchbill.UserID("ada"), sent.Messages()[0].User)
	})
}

// TestHeartbeatsWithAStoreThatFailsAnywhere lets the store fail at each of its calls in turn, also after a commit that nobody
// hears of. What is repeated then ends where it would have without: one alert, and none after the next ping.
func TestHeartbeatsWithAStoreThatFailsAnywhere(t *testing.T) {
	down := errors.New("the store is gone")
	for failAt, hit := 1, true; hit; failAt++ {
		s, calls := memory.New(), 0
		hit = false
		faulty := &storetest.Faulty{Store: s, Before: func(string) error {
			if calls++; calls == failAt {
				hit = true
				return down
			}
			return nil
		}}
		newBeats(t, s, beatOrg()) // which notes that somebody is there
		e, err := engine.New(engine.Config{Store: faulty})
		require.NoError(t, err)
		b := &beats{t, e, t0}
		ping := func(p heartbeat.Ping) {
			if err := e.Ping(t.Context(), b.now, "alive", p); err != nil {
				require.ErrorIs(t, err, down)
				require.NoError(t, e.Ping(t.Context(), b.now, "alive", p), "the client tries again")
			}
		}
		watch := func(d time.Duration) {
			for end := b.now.Add(d); b.now.Before(end); b.now = b.now.Add(5 * time.Second) {
				_, _ = e.WatchHeartbeats(t.Context(), b.now)
			}
		}
		ping(heartbeat.Ping{})
		watch(50 * time.Second)
		passOn(t, s, b.now)
		watch(40 * time.Second)
		first := openAlerts(t, s)
		require.Len(t, first, 1, "failing at call %d", failAt)
		ping(heartbeat.Ping{})
		require.Empty(t, openAlerts(t, s), "failing at call %d", failAt)
		ping(heartbeat.Ping{Kind: heartbeat.Fail})
		require.Len(t, openAlerts(t, s), 1, "failing at call %d", failAt)
	}
}

// passOn makes a pass with another engine, so that somebody is known to be there.
func passOn(t *testing.T, s store.Store, now time.Time) {
	e, err := engine.New(engine.Config{Store: s})
	require.NoError(t, err)
	_, err = e.RunOnce(t.Context(), now, func(notify.Lane) int { return 0 })
	require.NoError(t, err)
}

func openAlerts(t *testing.T, s store.Store) (open []store.Stored) {
	require.NoError(t, s.View(t.Context(), func(tx store.Tx) (err error) {
		open, _, err = tx.Episodes().List(store.Query{State: alert.Triggered}, 10)
		return err
	}))
	return open
}
