package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// org pages ada, five minutes later ben, and cem as the catch-all.
func org() oncall.Config {
	user := func(id watchbill.UserID) catalog.User {
		return catalog.User{ID: id, Contacts: []notify.Contact{{ID: "hook", Channel: "test", Address: "http://" + string(id) + "/"}}}
	}
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users:    []catalog.User{user("ada"), user("ben"), user("cem")},
			Services: []catalog.Service{{ID: "shop", Policy: "web"}},
		},
		Policies: []escalation.Policy{{ID: "web", Levels: []escalation.Level{
			{Targets: []escalation.Target{escalation.User("ada")}, Repeat: escalation.Repeat{Attempts: 1}},
			{Targets: []escalation.Target{escalation.User("ben")}, Repeat: escalation.Repeat{Attempts: 1}},
		}}},
		CatchAll: []escalation.Target{escalation.User("cem")},
	}
}

func trigger(key string) alert.Signal {
	return alert.Signal{Source: "prom", Key: alert.DedupKey(key), Summary: key + " is down",
		Severity: watchbill.SeverityCritical, Service: "shop"}
}

func start(t *testing.T, cfg engine.Config) *engine.Engine {
	t.Helper()
	if cfg.Store == nil {
		cfg.Store = memory.New()
	}
	e, err := engine.New(cfg)
	require.NoError(t, err)
	_, err = e.Configure(t.Context(), t0, org())
	require.NoError(t, err)
	return e
}

var t0 = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

func anyRoom(notify.Lane) int { return 100 }

// run runs the engine until the test ends, and waits for it.
func run(t *testing.T, e *engine.Engine) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = e.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
}

func TestRunEscalatesAtTheConfiguredSecondAndStopsOnAcknowledgement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent notifytest.Recorder
		e := start(t, engine.Config{Notifiers: map[notify.Channel]notify.Notifier{"test": &sent}})
		run(t, e)
		began := time.Now()
		v := e.Submit(t.Context(), []alert.Signal{trigger("db")})
		require.NoError(t, v[0].Err)

		pages, err := sent.Wait(t.Context(), 2)
		require.NoError(t, err)
		require.Equal(t, watchbill.UserID("ada"), pages[0].User)
		require.Equal(t, watchbill.UserID("ben"), pages[1].User)
		require.InDelta(t, 5*time.Minute, time.Since(began), float64(10*time.Millisecond))

		view, err := e.Act(t.Context(), time.Now(), v[0].Alert, episode.Acknowledge{By: "ben"})
		require.NoError(t, err)
		require.Equal(t, alert.Acknowledged, view.State)
		<-time.After(48 * time.Hour) // of the bubble
		require.Len(t, sent.Messages(), 2)
	})
}

func TestRunPagesTheCatchAllEveryQuarterOfAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent notifytest.Recorder
		e := start(t, engine.Config{Notifiers: map[notify.Channel]notify.Notifier{"test": &sent}})
		run(t, e)
		began := time.Now()
		e.Submit(t.Context(), []alert.Signal{trigger("db")})
		pages, err := sent.Wait(t.Context(), 5) // ada, ben, cem, cem, cem
		require.NoError(t, err)
		require.Equal(t, watchbill.UserID("cem"), pages[4].User)
		require.InDelta(t, 40*time.Minute, time.Since(began), float64(50*time.Millisecond))
	})
}

func TestSubmitGathersCallersIntoOneTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		counting := &countingStore{Store: memory.New()}
		e := start(t, engine.Config{Store: counting})
		run(t, e)
		synctest.Wait()
		before := counting.updates()
		var callers sync.WaitGroup
		release := counting.hold() // else it depends on the machine how many are there at once
		for i := range 200 {
			callers.Go(func() {
				v := e.Submit(t.Context(), []alert.Signal{trigger(fmt.Sprint("k", i))})
				require.NoError(t, v[0].Err)
				require.NotEmpty(t, v[0].Alert)
			})
		}
		synctest.Wait()
		release()
		callers.Wait()
		require.Less(t, counting.updates()-before, 60, "200 callers, and the passes that their pages led to")
	})
}

type countingStore struct {
	store.Store
	mu   sync.Mutex
	n    int
	held chan struct{} // nil: nothing waits
}

func (c *countingStore) Update(ctx context.Context, fn func(store.Tx) error) error {
	c.mu.Lock()
	c.n++
	held := c.held
	c.mu.Unlock()
	if held != nil {
		<-held
	}
	return c.Store.Update(ctx, fn)
}

// hold makes every transaction wait until it is released.
func (c *countingStore) hold() (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := make(chan struct{})
	c.held = held
	return func() { close(held) }
}

func (c *countingStore) updates() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

func TestSubmitAfterStop(t *testing.T) {
	e := start(t, engine.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, e.Run(ctx))
	v := e.Submit(t.Context(), []alert.Signal{trigger("late")})
	require.ErrorIs(t, v[0].Err, engine.ErrStopped)
	require.ErrorContains(t, e.Run(t.Context()), "before")
}

func TestABadSignalDoesNotTouchItsNeighbours(t *testing.T) {
	e := start(t, engine.Config{})
	bad := trigger("bad")
	bad.Service = "no-such-service"
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("a"), bad, trigger("b")})
	require.NoError(t, v[0].Err)
	require.ErrorIs(t, v[1].Err, engine.ErrUnknownTarget)
	require.NoError(t, v[2].Err)
	require.Less(t, string(v[0].Alert), string(v[2].Alert), "names sort by creation")
}

func TestASourceWhoseClockIsAheadDoesNotSilenceItsKey(t *testing.T) {
	e := start(t, engine.Config{})
	ahead := trigger("x")
	ahead.StartsAt = t0.Add(70 * 365 * 24 * time.Hour)
	over := trigger("x")
	over.Action = alert.Resolve
	e.Accept(t.Context(), t0, []alert.Signal{ahead, over})
	later := trigger("x")
	later.StartsAt = t0.Add(time.Hour)
	v := e.Accept(t.Context(), t0.Add(time.Hour), []alert.Signal{later})
	require.Equal(t, alert.Opens, v[0].Decision)
}

func TestTriggerResolveTriggerInOneBatch(t *testing.T) {
	e := start(t, engine.Config{})
	over := trigger("x")
	over.Action = alert.Resolve
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("x"), over, trigger("x")})
	require.Equal(t, v[0].Alert, v[1].Alert)
	require.NotEqual(t, v[0].Alert, v[2].Alert)
	pass, err := e.RunOnce(t.Context(), t0, anyRoom)
	require.NoError(t, err)
	require.Len(t, pass.Deliveries, 1, "only the alert that is open pages")
	require.Equal(t, v[2].Alert, pass.Deliveries[0].Message.Alert)
	again := e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})
	require.Equal(t, v[2].Alert, again[0].Alert)
}

func TestNothingIsClaimedAfterAnAcknowledgement(t *testing.T) {
	e := start(t, engine.Config{})
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})
	_, err := e.Act(t.Context(), t0, v[0].Alert, episode.Acknowledge{By: "ada"})
	require.NoError(t, err)
	pass, err := e.RunOnce(t.Context(), t0.Add(time.Hour), anyRoom)
	require.NoError(t, err)
	require.Empty(t, pass.Deliveries)
}

func TestARefusalAfterAcknowledgementChangesNothing(t *testing.T) {
	e := start(t, engine.Config{})
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})
	pass, err := e.RunOnce(t.Context(), t0, anyRoom)
	require.NoError(t, err)
	_, err = e.Act(t.Context(), t0, v[0].Alert, episode.Acknowledge{By: "ada"})
	require.NoError(t, err)
	require.NoError(t, e.Report(t.Context(), t0, []engine.Outcome{{Delivery: pass.Deliveries[0],
		Result: episode.Result{Verdict: episode.Retry, Error: "busy"}}}))
	pass, err = e.RunOnce(t.Context(), t0.Add(time.Hour), anyRoom)
	require.NoError(t, err)
	require.Empty(t, pass.Deliveries)
}

func TestActRefuses(t *testing.T) {
	e := start(t, engine.Config{})
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})
	_, err := e.Act(t.Context(), t0, v[0].Alert, episode.Acknowledge{By: "eve"})
	require.ErrorIs(t, err, engine.ErrUnknownUser)
	_, err = e.Act(t.Context(), t0, "nope", episode.Acknowledge{By: "ada"})
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = e.Act(t.Context(), t0, v[0].Alert, episode.Resolve{By: "ada"})
	require.NoError(t, err)
	_, err = e.Act(t.Context(), t0, v[0].Alert, episode.Acknowledge{By: "ada"})
	require.ErrorIs(t, err, alert.ErrResolved)
}

func TestRetriesWaitLongerEachTimeAndAMinuteAtMost(t *testing.T) {
	e := start(t, engine.Config{})
	e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})
	now, waits := t0, []time.Duration{}
	for range 4 {
		pass, err := e.RunOnce(t.Context(), now, anyRoom)
		require.NoError(t, err)
		require.Len(t, pass.Deliveries, 1)
		require.NoError(t, e.Report(t.Context(), now, []engine.Outcome{{Delivery: pass.Deliveries[0],
			Result: episode.Result{Verdict: episode.Retry, Error: "busy"}}}))
		pass, err = e.RunOnce(t.Context(), now, anyRoom)
		require.NoError(t, err)
		require.Empty(t, pass.Deliveries)
		waits = append(waits, pass.Next.Sub(now))
		now = pass.Next
	}
	for i, w := range waits {
		full := time.Second << i
		require.LessOrEqual(t, w, full)
		require.Greater(t, w, full*3/4-time.Millisecond)
	}
	pass, err := e.RunOnce(t.Context(), now, anyRoom)
	require.NoError(t, err)
	require.NoError(t, e.Report(t.Context(), now, []engine.Outcome{{Delivery: pass.Deliveries[0],
		Result: episode.Result{Verdict: episode.Retry, RetryAfter: time.Hour}}}))
	pass, err = e.RunOnce(t.Context(), now, anyRoom)
	require.NoError(t, err)
	require.Equal(t, time.Minute, pass.Next.Sub(now), "a provider cannot put a page off for an hour")
}

func TestAClaimThatEndsIsClaimedAgainAndTheLateReceiptIsRecorded(t *testing.T) {
	e := start(t, engine.Config{})
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})
	first, err := e.RunOnce(t.Context(), t0, anyRoom)
	require.NoError(t, err)
	late := first.Deliveries[0].Until
	second, err := e.RunOnce(t.Context(), late, anyRoom)
	require.NoError(t, err)
	require.Len(t, second.Deliveries, 1)
	require.Equal(t, first.Deliveries[0].Message.ID, second.Deliveries[0].Message.ID, "a repeat has the same name")
	require.NoError(t, e.Report(t.Context(), late, []engine.Outcome{{Delivery: first.Deliveries[0]}}))
	ep, err := e.Lookup(t.Context(), v[0].Alert)
	require.NoError(t, err)
	require.True(t, ep.Escalation.Delivered)
}

func TestConfigureMakesARevisionOnlyOfAChange(t *testing.T) {
	e := start(t, engine.Config{})
	n, err := e.Configure(t.Context(), t0, org())
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	changed := org()
	changed.CatchAll = nil
	n, err = e.Configure(t.Context(), t0, changed)
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	changed.Policies[0].Levels[0].Targets = []escalation.Target{escalation.User("eve")}
	_, err = e.Configure(t.Context(), t0, changed)
	require.ErrorContains(t, err, `policies[0].levels[0].targets[0]: user "eve" does not exist`)
}

func TestARunKeepsItsPolicyWhenTheConfigurationChanges(t *testing.T) {
	e := start(t, engine.Config{})
	e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})
	changed := org()
	changed.Policies[0].Levels[1].Targets = []escalation.Target{escalation.User("cem")}
	_, err := e.Configure(t.Context(), t0, changed)
	require.NoError(t, err)
	pass, err := e.RunOnce(t.Context(), t0.Add(10*time.Minute), anyRoom)
	require.NoError(t, err)
	users := []watchbill.UserID{}
	for _, d := range pass.Deliveries {
		users = append(users, d.Message.User)
	}
	require.ElementsMatch(t, []watchbill.UserID{"ada", "ben"}, users)
}

// brokenStore has one row that cannot be read.
type brokenStore struct {
	store.Store
	bad watchbill.AlertID
}

func (b *brokenStore) Update(ctx context.Context, fn func(store.Tx) error) error {
	return b.Store.Update(ctx, func(tx store.Tx) error { return fn(brokenTx{tx, b}) })
}

type brokenTx struct {
	store.Tx
	b *brokenStore
}

func (t brokenTx) Episodes() store.Episodes { return brokenEpisodes{t.Tx.Episodes(), t.b} }

type brokenEpisodes struct {
	store.Episodes
	b *brokenStore
}

func (e brokenEpisodes) Get(ids []watchbill.AlertID) ([]store.Stored, error) {
	list, err := e.Episodes.Get(ids)
	for i := range list {
		if id := list[i].Episode.Alert.ID; id == e.b.bad && !list[i].Quarantined {
			list[i] = store.Stored{Episode: episode.Episode{Alert: alert.Alert{ID: id}}, Version: list[i].Version, Err: errors.New("garbage")}
		}
	}
	return list, err
}

func TestARowThatCannotBeReadGoesIntoQuarantineAndPagesTheCatchAll(t *testing.T) {
	broken := &brokenStore{Store: memory.New()}
	e := start(t, engine.Config{Store: broken})
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("bad"), trigger("good")})
	broken.bad = v[0].Alert
	at := t0.Add(20 * time.Minute)
	pass, err := e.RunOnce(t.Context(), at, anyRoom)
	require.NoError(t, err)
	users := map[watchbill.UserID]int{}
	for _, d := range pass.Deliveries {
		require.NotEqual(t, v[0].Alert, d.Message.Alert)
		users[d.Message.User]++
	}
	require.Equal(t, map[watchbill.UserID]int{"ada": 1, "ben": 1, "cem": 1}, users, "the neighbour escalates, cem hears of the bad row")
	pass, err = e.RunOnce(t.Context(), at.Add(time.Second), anyRoom)
	require.NoError(t, err)
	require.Zero(t, pass.Stepped, "it is left alone from now on")

	fresh := e.Accept(t.Context(), at, []alert.Signal{trigger("bad")})
	require.NoError(t, fresh[0].Err)
	require.NotEqual(t, v[0].Alert, fresh[0].Alert, "the next signal opens a new alert")
}

func TestADeadProviderDelaysNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent notifytest.Recorder
		sent.Respond = func(ctx context.Context, m notify.Message) error {
			if m.User != "ada" {
				return nil
			}
			<-ctx.Done() // never answers
			return ctx.Err()
		}
		e := start(t, engine.Config{Notifiers: map[notify.Channel]notify.Notifier{"test": &sent}})
		run(t, e)
		var toBen []alert.Signal
		for i := range 200 {
			e.Submit(t.Context(), []alert.Signal{trigger(fmt.Sprint("k", i))})
			s := trigger(fmt.Sprint("b", i))
			s.Service, s.User = "", "ben"
			toBen = append(toBen, s)
		}
		began := time.Now()
		e.Submit(t.Context(), toBen)
		_, err := sent.Wait(t.Context(), 200)
		require.NoError(t, err)
		require.Less(t, time.Since(began), time.Second)
	})
}

func TestAProviderThatPanicsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		n := 0
		var sent notifytest.Recorder
		sent.Respond = func(context.Context, notify.Message) error {
			mu.Lock()
			defer mu.Unlock()
			if n++; n == 1 {
				panic("bug")
			}
			return nil
		}
		e := start(t, engine.Config{Notifiers: map[notify.Channel]notify.Notifier{"test": &sent}})
		run(t, e)
		e.Submit(t.Context(), []alert.Signal{trigger("x")})
		_, err := sent.Wait(t.Context(), 1)
		require.NoError(t, err)
	})
}

func TestStoppingWaitsForSendsAndRecordsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := make(chan struct{})
		var sent notifytest.Recorder
		sent.Respond = func(context.Context, notify.Message) error {
			close(began)
			<-time.After(5 * time.Second) // of the bubble
			return nil
		}
		e := start(t, engine.Config{Notifiers: map[notify.Channel]notify.Notifier{"test": &sent}})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { require.NoError(t, e.Run(ctx)) })
		v := e.Submit(t.Context(), []alert.Signal{trigger("x")})
		<-began
		cancel()
		running.Wait()
		ep, err := e.Lookup(t.Context(), v[0].Alert)
		require.NoError(t, err)
		require.True(t, ep.Escalation.Delivered)
	})
}

func TestFloodedLanesStarveNobody(t *testing.T) {
	e := start(t, engine.Config{})
	c := org()
	var signals []alert.Signal
	for i := range 2000 { // two hosts that are flooded, and one that sorts after them
		host := []string{"a", "b"}[i%2]
		if i == 1999 {
			host = "z"
		}
		id := watchbill.UserID(fmt.Sprint("u", i))
		c.Catalog.Users = append(c.Catalog.Users, catalog.User{ID: id,
			Contacts: []notify.Contact{{ID: "hook", Channel: "test", Address: "http://" + host + "/"}}})
		signals = append(signals, alert.Signal{Source: "prom", Key: alert.DedupKey(id), User: id, Summary: "x"})
	}
	_, err := e.Configure(t.Context(), t0, c)
	require.NoError(t, err)
	e.Accept(t.Context(), t0, signals)
	served := map[string]bool{}
	for range 3 {
		pass, err := e.RunOnce(t.Context(), t0, func(notify.Lane) int { return 128 })
		require.NoError(t, err)
		for _, d := range pass.Deliveries {
			served[d.Lane.Destination] = true
		}
	}
	require.True(t, served["z"])
}

func TestAClockSetBackLeavesNothingSilent(t *testing.T) {
	e := start(t, engine.Config{})
	wrong := t0.Add(30 * 24 * time.Hour)
	e.Accept(t.Context(), wrong, []alert.Signal{trigger("x")})
	_, err := e.RunOnce(t.Context(), wrong, func(notify.Lane) int { return 0 })
	require.NoError(t, err)
	pass, err := e.RunOnce(t.Context(), t0, anyRoom)
	require.NoError(t, err)
	require.Equal(t, 1, pass.Stepped)
	require.LessOrEqual(t, pass.Next.Sub(t0), 10*time.Minute)
}

// TestTwoEnginesShareAStore: every message is claimed once.
func TestTwoEnginesShareAStore(t *testing.T) {
	shared := memory.New()
	a, b := start(t, engine.Config{Store: shared}), start(t, engine.Config{Store: shared})
	var signals []alert.Signal
	for i := range 200 {
		signals = append(signals, trigger(fmt.Sprint("k", i)))
	}
	a.Accept(t.Context(), t0, signals)
	var mu sync.Mutex
	claimed := map[notify.MessageID]int{}
	var both sync.WaitGroup
	for _, e := range []*engine.Engine{a, b} {
		both.Go(func() {
			for range 60 {
				pass, err := e.RunOnce(context.Background(), t0, func(notify.Lane) int { return 5 })
				require.NoError(t, err)
				mu.Lock()
				for _, d := range pass.Deliveries {
					claimed[d.Message.ID]++
				}
				mu.Unlock()
			}
		})
	}
	both.Wait()
	require.Len(t, claimed, 200)
	for id, n := range claimed {
		require.Equal(t, 1, n, id)
	}
}

func TestSilenceOfASourceDuringDowntimeResolvesNothing(t *testing.T) {
	shared := memory.New()
	e := start(t, engine.Config{Store: shared})
	c := org()
	c.Catalog.Services[0].AutoResolve = 10 * time.Minute
	_, err := e.Configure(t.Context(), t0, c)
	require.NoError(t, err)
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})
	_, err = e.RunOnce(t.Context(), t0, anyRoom)
	require.NoError(t, err)

	back := t0.Add(3 * time.Hour) // nobody was there to listen
	e2, err := engine.New(engine.Config{Store: shared})
	require.NoError(t, err)
	now := back
	state := func(at time.Time) alert.State {
		for ; !now.After(at); now = now.Add(30 * time.Second) { // a running engine passes all the time
			_, err := e2.RunOnce(t.Context(), now, anyRoom)
			require.NoError(t, err)
		}
		ep, err := e2.Lookup(t.Context(), v[0].Alert)
		require.NoError(t, err)
		return ep.Alert.State
	}
	require.Equal(t, alert.Triggered, state(back))
	require.Equal(t, alert.Triggered, state(back.Add(9*time.Minute)))
	require.Equal(t, alert.Resolved, state(back.Add(10*time.Minute)))
}

func TestAnOutageOfARunningEngineResolvesNothing(t *testing.T) {
	e := start(t, engine.Config{})
	c := org()
	c.Catalog.Services[0].AutoResolve = time.Hour
	_, err := e.Configure(t.Context(), t0, c)
	require.NoError(t, err)
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})
	for _, after := range []time.Duration{0, 30 * time.Second, 3 * time.Hour} { // the host slept, or the disk was full
		_, err := e.RunOnce(t.Context(), t0.Add(after), anyRoom)
		require.NoError(t, err)
	}
	ep, err := e.Lookup(t.Context(), v[0].Alert)
	require.NoError(t, err)
	require.Equal(t, alert.Triggered, ep.Alert.State)
}

// mailbox delivers mail to everybody but ben, whose mailbox is full.
func mailbox(t *testing.T, answer time.Duration, alerts int) (first time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		var got notifytest.Recorder
		got.Respond = func(ctx context.Context, m notify.Message) error {
			if m.User != "ben" {
				return nil
			}
			<-time.After(answer)
			return errors.New("452 mailbox full")
		}
		c := org()
		for i := range c.Catalog.Users { // one mail server for all
			c.Catalog.Users[i].Contacts = []notify.Contact{{ID: "mail", Channel: "email", Address: string(c.Catalog.Users[i].ID) + "@example.com"}}
		}
		c.Policies[0].Levels = []escalation.Level{{Targets: []escalation.Target{escalation.User("ben")}, Timeout: 10 * time.Hour}}
		e, err := engine.New(engine.Config{Store: memory.New(), Notifiers: map[notify.Channel]notify.Notifier{"email": &got},
			LaneLimits: map[notify.Channel]int{"email": 8}})
		require.NoError(t, err)
		_, err = e.Configure(t.Context(), time.Now(), c)
		require.NoError(t, err)
		run(t, e)
		var toBen []alert.Signal
		for i := range alerts {
			toBen = append(toBen, trigger(fmt.Sprint("b", i)))
		}
		e.Submit(t.Context(), toBen)
		<-time.After(45 * time.Second)
		began := time.Now()
		e.Submit(t.Context(), []alert.Signal{{Source: "prom", Key: "ada", User: "ada", Summary: "help"}})
		_, err = got.Wait(t.Context(), 1)
		require.NoError(t, err)
		first = time.Since(began)
	})
	return first
}

func TestAFullMailboxDelaysNobodyElsesMail(t *testing.T) {
	require.Less(t, mailbox(t, 0, 300), 5*time.Second)
	require.Less(t, mailbox(t, 0, 10), 5*time.Second)
}

func TestAMailboxThatTakesForEverDelaysNobodyElsesMail(t *testing.T) {
	require.Less(t, mailbox(t, 20*time.Second, 300), 5*time.Second)
}

func TestWhoHasLeftIsNotPagedAnyMore(t *testing.T) {
	e := start(t, engine.Config{})
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})
	c := org()
	c.Catalog.Users = c.Catalog.Users[1:] // ada
	c.Policies[0].Levels = c.Policies[0].Levels[1:]
	_, err := e.Configure(t.Context(), t0, c)
	require.NoError(t, err)
	var users []watchbill.UserID
	for range 3 {
		pass, err := e.RunOnce(t.Context(), t0, anyRoom)
		require.NoError(t, err)
		for _, d := range pass.Deliveries {
			users = append(users, d.Message.User)
		}
	}
	require.Equal(t, []watchbill.UserID{"ben"}, users, "ada counts as nobody, so the next level is paged at once")
	ep, err := e.Lookup(t.Context(), v[0].Alert)
	require.NoError(t, err)
	require.Equal(t, 2, ep.Escalation.At.Level)
}

func TestAMendedAddressCountsAtOnce(t *testing.T) {
	e := start(t, engine.Config{})
	e.Accept(t.Context(), t0, []alert.Signal{trigger("x")})
	c := org()
	c.Catalog.Users[0].Contacts[0].Address = "http://mended/"
	_, err := e.Configure(t.Context(), t0, c)
	require.NoError(t, err)
	pass, err := e.RunOnce(t.Context(), t0, anyRoom)
	require.NoError(t, err)
	require.Equal(t, "http://mended/", pass.Deliveries[0].Message.Contact.Address)
}

func TestAPanicOfTheHostPutsOneAlertAside(t *testing.T) {
	e := start(t, engine.Config{AckURL: func(id watchbill.AlertID, u watchbill.UserID) string {
		if u == "ada" {
			panic("bug of the host")
		}
		return ""
	}})
	ben := alert.Signal{Source: "prom", Key: "b", User: "ben", Summary: "help"}
	e.Accept(t.Context(), t0, []alert.Signal{trigger("x"), ben})
	users := map[watchbill.UserID]int{}
	for range 3 {
		pass, err := e.RunOnce(t.Context(), t0, anyRoom)
		require.NoError(t, err)
		for _, d := range pass.Deliveries {
			users[d.Message.User]++
		}
	}
	require.Equal(t, map[watchbill.UserID]int{"ben": 1, "cem": 1}, users, "cem, the catch-all, hears of it")
}

func TestALaneThatCouldNeverSendIsRefused(t *testing.T) {
	_, err := engine.New(engine.Config{Store: memory.New(), LaneLimits: map[notify.Channel]int{"email": 0}})
	require.ErrorContains(t, err, `LaneLimits["email"] is 0`)
}

func TestTheSameChanceGivesTheSameBytes(t *testing.T) {
	history := func() string {
		e := start(t, engine.Config{Rand: rand.NewChaCha8([32]byte{1})})
		v := e.Accept(t.Context(), t0, []alert.Signal{trigger("a"), trigger("b")})
		pass, err := e.RunOnce(t.Context(), t0.Add(time.Hour), anyRoom)
		require.NoError(t, err)
		data, err := json.Marshal([]any{v, pass})
		require.NoError(t, err)
		return string(data)
	}
	require.Equal(t, history(), history())
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	_, err := engine.New(engine.Config{})
	require.ErrorContains(t, err, "engine: Config.Store is missing")
	_, err = engine.New(engine.Config{Store: memory.New(), LaneLimit: -1})
	require.ErrorContains(t, err, "negative")
}
