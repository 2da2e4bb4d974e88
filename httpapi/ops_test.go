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

	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

func TestMetrics(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
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
		require.Contains(t, w.Log.String(), "metrics failed")
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
		fine := `{"ok":true,"reasons":[],"unreached":0,"quarantined":0,"late":"0s"}`
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
		w.send("GET", "/healthz?strict", nil).is(200)
		w.pass(time.Second + time.Millisecond)
		var h httpapi.Health
		w.send("GET", "/healthz?strict", nil).is(503).into(&h)
		require.Equal(t, "11.001s", h.Late)
		require.Equal(t, []string{"the engine is late by more than 10s"}, h.Reasons)
		w.send("GET", "/readyz", nil).is(503).into(&h)
		require.Equal(t, []string{"the engine is not running"}, h.Reasons)
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
