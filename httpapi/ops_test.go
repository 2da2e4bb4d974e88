package httpapi_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

func TestMetrics(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.Config.Info = map[string]string{"version": "v1", "store": "memory"}
		w.Sent.Respond = func(_ context.Context, m notify.Message) error {
			if m.User == "ben" {
				return notify.Permanent(errors.New("no such inbox"))
			}
			return nil
		}
		w.send("POST", "/intake/generic/gen-key", "["+item("a")+",7,"+item("a")+"]").is(422)
		w.send("POST", "/intake/generic/paused-key", item("a")).is(202)
		w.send("POST", "/intake/generic/gen-secret", item("a")).is(401)
		w.send("GET", "/a//b", nil).is(404)
		ack := "/api/v1/alerts/" + string(w.alerts()[0].ID) + "/ack"
		w.raise("x")
		w.pass(6 * time.Minute) // ben
		w.post(ack, `{"by":"ada"}`).is(200)
		w.pass(time.Second)

		a := w.get("/metrics").is(200)
		require.Contains(t, a.Header().Get("Content-Type"), "text/plain")
		body := a.Body.String()
		for _, line := range []string{
			`watchbill_signals_total{decision="opened"} 2`,
			`watchbill_signals_total{decision="applied"} 1`,
			`watchbill_signals_total{decision="refused"} 1`,
			`watchbill_signals_total{decision="paused"} 1`,
			`watchbill_send_seconds_count{channel="test",verdict="accepted"}`,
			`watchbill_send_seconds_count{channel="test",verdict="refused"} 2`,
			`watchbill_pass_seconds_count`,
			`watchbill_timer_lateness_seconds_count 1`,
			`watchbill_send_lateness_seconds_bucket{channel="test",le="0.05"}`,
			`watchbill_quarantined_total 0`,
			`watchbill_http_requests_total{route="/intake/{type}/{key}",status="401"} 1`,
			`watchbill_http_requests_total{route="",status="404"} 1`,
			`watchbill_alerts{state="triggered"} 1`,
			`watchbill_alerts{state="acknowledged"} 1`,
			`watchbill_alerts_unreached 0`,
			`watchbill_alerts_quarantined 0`,
			`watchbill_lateness_seconds 0`,
			`watchbill_outbox_age_seconds 0`,
			`watchbill_store_up 1`,
			`watchbill_store_commits_total`,
			`watchbill_store_conflicts_total 0`,
			`watchbill_pass_failures_total 0`,
			`watchbill_claimed_messages_total`,
			`watchbill_intake_waiting 0`,
			`watchbill_engine_running 1`,
			`watchbill_last_pass_timestamp_seconds 9.466`,
			`watchbill_info{store="memory",version="v1"} 1`,
		} {
			require.Contains(t, body, line)
		}
		require.NotContains(t, body, "secret")
		require.NotContains(t, body, "ada", "no destinations, no people")
	})
}

func TestMetricsMayBePublic(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.Config.PublicMetrics = true
		w.send("GET", "/metrics", nil).is(200)
	})
}

func TestMetricsWhenTheStoreFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.Config.PublicMetrics = true
		b := &broken{Store: memory.New()}
		w.Store = b
		w.start()
		b.fail("down")
		body := w.send("GET", "/metrics", nil).is(200).Body.String()
		require.Contains(t, body, "watchbill_quarantined_total")
		require.NotContains(t, body, "watchbill_alerts")
		require.Contains(t, body, "watchbill_store_up 0")
		require.Contains(t, body, "watchbill_last_pass_timestamp_seconds")
		require.Contains(t, w.Log.String(), "metrics of the store failed")
	})
}

func TestMetricsInARegistryOfTheHost(t *testing.T) {
	m := httpapi.NewMetrics()
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(m))
	m.Signal("opened")
	m.Pass([]time.Duration{time.Second}, time.Millisecond)
	m.Quarantined("x")
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Len(t, families, 4)
}

func TestHealth(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		w.pass(0)
		require.JSONEq(t, `{"ok":true}`, w.send("GET", "/healthz", nil).is(200).Body.String())
		fine := `{"ok":true,"reasons":[],"unreached":0,"quarantined":0,"late":"0s","outbox":"0s"}`
		require.JSONEq(t, fine, w.send("GET", "/healthz?strict", nil).is(200).Body.String())
		require.JSONEq(t, fine, w.send("GET", "/readyz", nil).is(200).Body.String())

		nobody := org()
		nobody.CatchAll = nil
		nobody.Catalog.Services[0].Policy = ""
		w.configure(nobody)
		w.raise("nobody hears it")
		w.pass(time.Second)
		var h httpapi.Health
		w.send("GET", "/healthz?strict", nil).is(503).into(&h)
		require.Equal(t, 1, h.Unreached)
		require.False(t, h.OK)
		require.Len(t, h.Reasons, 1)
		w.send("GET", "/readyz", nil).is(200).into(&h)
		require.Equal(t, 1, h.Unreached)
		w.send("GET", "/healthz", nil).is(200)
	})
}

func TestHealthOfALateEngine(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.raise("x")
		w.pass(time.Second)
		w.stop()
		w.pass(time.Minute + httpapi.DefaultMaxLate - time.Second)
		var h httpapi.Health
		w.send("GET", "/healthz?strict", nil).is(503).into(&h)
		require.Equal(t, []string{"no engine has made a pass since 2000-01-01T00:00:00Z, for more than 40s"}, h.Reasons)
		w.pass(time.Second + time.Millisecond)
		w.send("GET", "/healthz?strict", nil).is(503).into(&h)
		require.Equal(t, "31.001s", h.Late)
		require.Equal(t, []string{"timers are due and not acted on since 2000-01-01T00:01:00Z, for more than 30s"}, h.Reasons[:1])
		w.send("GET", "/readyz", nil).is(503).into(&h)
		require.Equal(t, []string{"the engine is not running"}, h.Reasons)
	})
}

// hanging is a store that does not answer while it is told so.
type hanging struct {
	store.Store
	now atomic.Bool
}

func (s *hanging) View(ctx context.Context, fn func(store.Tx) error) error {
	if s.now.Load() {
		return stuck{}.View(ctx, fn)
	}
	return s.Store.View(ctx, fn)
}

func (s *hanging) Update(ctx context.Context, fn func(store.Tx) error) error {
	if s.now.Load() {
		return stuck{}.Update(ctx, fn)
	}
	return s.Store.Update(ctx, fn)
}

// The loop waits for the store, and so does whoever asks that. The watchdog asks when the last pass was.
func TestHealthWhenTheStoreHangs(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		db := &hanging{Store: w.Store}
		w.Store = db
		w.start()
		w.pass(10 * time.Second)
		require.True(t, w.handler.(*httpapi.Handler).Health(t.Context()).OK)
		db.now.Store(true)
		w.pass(5 * time.Second)
		require.Equal(t, []string{"the store does not answer"}, w.handler.(*httpapi.Handler).Health(t.Context()).Reasons)
		w.pass(30 * time.Second)
		var h httpapi.Health
		w.send("GET", "/healthz?strict", nil).is(503).into(&h)
		require.Equal(t, []string{"the store does not answer", "no pass of the engine has succeeded since 2000-01-01T00:00:09Z, for more than 30s"}, h.Reasons)
		require.Equal(t, h.Reasons, w.handler.(*httpapi.Handler).Health(t.Context()).Reasons, "nor is the dead-man's switch told")
		db.now.Store(false)
		w.pass(30 * time.Second)
		w.send("GET", "/healthz?strict", nil).is(200)
	})
}

func TestHealthOfAnOutboxThatNobodyServes(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		w.pass(time.Second)
		w.stop()
		require.NoError(t, w.Engine.Accept(t.Context(), time.Now(), []alert.Signal{{Source: "gen", Service: "shop", Summary: "x"}})[0].Err)
		w.pass(30 * time.Second)
		w.send("GET", "/healthz?strict", nil).is(200)
		w.pass(time.Second)
		var h httpapi.Health
		w.send("GET", "/healthz?strict", nil).is(503).into(&h)
		require.Equal(t, []string{"messages can be sent and are not since 2000-01-01T00:00:01Z, for more than 30s"}, h.Reasons)
		require.Equal(t, "31s", h.Outbox)
		w.pass(10 * time.Second)
		w.send("GET", "/healthz?strict", nil).is(503).into(&h)
		require.Contains(t, h.Reasons, "no engine has made a pass since 2000-01-01T00:00:00Z, for more than 40s")
		body := w.get("/metrics").is(200).Body.String()
		require.Contains(t, body, "watchbill_outbox_age_seconds 41")
		require.Contains(t, body, `watchbill_outbox_destinations{channel="test"} 1`)
		require.Contains(t, body, "watchbill_engine_running 0")
	})
}

// slowCount is a store in which counting takes long.
type slowCount struct {
	store.Store
	asked atomic.Int32
}

func (s *slowCount) View(ctx context.Context, fn func(store.Tx) error) error {
	return s.Store.View(ctx, func(tx store.Tx) error { return fn(slowTx{tx, s}) })
}

type slowTx struct {
	store.Tx
	s *slowCount
}

func (tx slowTx) Episodes() store.Episodes { return slowEpisodes{tx.Tx.Episodes(), tx.s} }

type slowEpisodes struct {
	store.Episodes
	s *slowCount
}

func (e slowEpisodes) Admin() store.EpisodesAdmin { return slowAdmin{e.Episodes.Admin(), e.s} }

type slowAdmin struct {
	store.EpisodesAdmin
	s *slowCount
}

func (a slowAdmin) Count() (store.Counts, error) {
	a.s.asked.Add(1)
	<-time.After(time.Second / 2) // of the bubble
	return a.EpisodesAdmin.Count()
}

func TestWhatIsCostlyToCountIsCountedSeldom(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		db := &slowCount{Store: w.Store}
		w.Store = db
		for range 30 {
			w.get("/metrics").is(200)
			w.pass(time.Second)
		}
		require.LessOrEqual(t, db.asked.Load(), int32(4))
	})
}

// counting counts updates.
type counting struct {
	store.Store
	n atomic.Int32
}

func (c *counting) Update(ctx context.Context, fn func(store.Tx) error) error {
	c.n.Add(1)
	return c.Store.Update(ctx, fn)
}

func TestReadinessProbesOnceASecond(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		c := &counting{Store: memory.New()}
		idle, err := engine.New(engine.Config{Store: memory.New()})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _ = idle.Run(ctx) })
		defer wg.Wait()
		defer cancel()
		_, err = idle.Configure(ctx, time.Now(), oncall.Config{})
		require.NoError(t, err)
		w.handler, err = httpapi.New(httpapi.Config{Engine: idle, Store: c})
		require.NoError(t, err)
		w.pass(0)
		var probes sync.WaitGroup
		for range 50 {
			probes.Go(func() { w.send("GET", "/readyz", nil).is(200) })
		}
		probes.Wait()
		require.EqualValues(t, 1, c.n.Load())
		w.pass(time.Second)
		w.send("GET", "/readyz", nil).is(200)
		require.EqualValues(t, 2, c.n.Load())
	})
}

func TestNotReady(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		b := &broken{Store: memory.New()}
		w.Store = b
		w.start()
		w.pass(0)
		b.fail("disk full on /secret")
		body := w.send("GET", "/readyz", nil).is(503).Body.String()
		require.Contains(t, body, "the store does not answer")
		require.NotContains(t, body, "secret")
		require.Contains(t, w.Log.String(), "/secret")
		w.send("GET", "/healthz?strict", nil).is(503)
		w.send("GET", "/healthz", nil).is(200)
		b.fail("")
		w.pass(time.Second)
		w.send("GET", "/readyz", nil).is(200)
	})
}

// stuck is a store that does not answer until the caller gives up.
type stuck struct{ store.Store }

func (stuck) View(ctx context.Context, _ func(store.Tx) error) error { <-ctx.Done(); return ctx.Err() }
func (stuck) Update(ctx context.Context, _ func(store.Tx) error) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestAStuckStoreKeepsNobodyForLong(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		e, err := engine.New(engine.Config{Store: stuck{}})
		require.NoError(t, err)
		w.handler, err = httpapi.New(httpapi.Config{Engine: e, Store: stuck{}})
		require.NoError(t, err)
		began := time.Now()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { w.send("GET", "/readyz", nil).is(503) })
			wg.Go(func() { w.send("POST", "/intake/generic/gen-key", io.MultiReader()).is(503) })
		}
		wg.Wait()
		require.Less(t, time.Since(began), 5*time.Second)
	})
}
