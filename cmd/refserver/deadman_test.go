package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/httpapi"
)

// elsewhere is the other side, our own health, and the log, as a test sets and sees them.
type elsewhere struct {
	mu     sync.Mutex
	health *httpapi.Health // nil: asking panics
	status int
	began  time.Time
	at     []time.Duration // when it was asked
	last   string
	log    bytes.Buffer
}

// RoundTrip notes that it was asked.
func (e *elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.at, e.last = append(e.at, time.Since(e.began)), r.Method+" "+r.URL.String()
	return &http.Response{StatusCode: e.status, Body: http.NoBody, Request: r}, nil
}

// Write writes to the log.
func (e *elsewhere) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.log.Write(p)
}

func (e *elsewhere) look(context.Context) httpapi.Health {
	e.mu.Lock()
	defer e.mu.Unlock()
	return *e.health
}

// after lets time pass, with such a health and status, and returns when the other side was asked in it.
func (e *elsewhere) after(long time.Duration, health *httpapi.Health, status int) []time.Duration {
	e.mu.Lock()
	e.health, e.status, e.began, e.at = health, status, time.Now(), nil
	e.mu.Unlock()
	<-time.After(long)
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.at
}

func TestTheDeadMansSwitchIsToldWhileAllIsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var other elsewhere
		d := newDeadMan(engine.RealClock(), slog.New(slog.NewTextHandler(&other, nil)))
		d.client.Transport, d.health = &other, other.look
		d.use(&config.DeadMan{URL: "https://hc.example.com/ping/secret", Every: time.Minute})
		defer d.begin(t.Context())()
		well, ill := &httpapi.Health{OK: true}, &httpapi.Health{Reasons: []string{"alerts for which nobody could be paged: 1"}}

		require.Equal(t, []time.Duration{2 * time.Second, 62 * time.Second, 122 * time.Second}, other.after(3*time.Minute, well, 200))
		require.Equal(t, "POST https://hc.example.com/ping/secret", other.last)

		require.Empty(t, other.after(time.Hour+time.Second, ill, 200))
		require.Contains(t, other.log.String(), "nobody could be paged")
		require.Len(t, other.after(10*time.Second, well, 200), 1, "soon after it is well again")

		require.Greater(t, len(other.after(90*time.Second, well, 503)), 1, "what does not get through is tried again")
		require.Contains(t, other.log.String(), "it answers 503")
		require.Empty(t, other.after(time.Minute, nil, 200))
		require.Contains(t, other.log.String(), "nil pointer", "the server outlives it")

		d.use(nil)
		synctest.Wait()
		require.Empty(t, other.after(24*time.Hour, well, 200))
		d.use(&config.DeadMan{URL: "https://hc.example.com/ping/another", Every: time.Hour})
		synctest.Wait()
		require.Equal(t, "POST https://hc.example.com/ping/another", other.last, "a new address is told at once")
		require.NotContains(t, other.log.String(), "secret")
	})
}

func TestDeadManPing(t *testing.T) {
	var got []string
	var body string
	mux := http.NewServeMux()
	note := func(r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		got, body = append(got, r.Method+" "+r.URL.Path), string(data)
	}
	mux.HandleFunc("/ping/secret", func(_ http.ResponseWriter, r *http.Request) { note(r) })
	mux.HandleFunc("GET /push/secret", func(_ http.ResponseWriter, r *http.Request) { note(r) })
	mux.HandleFunc("/moved/secret", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ping/secret", http.StatusFound) })
	server := httptest.NewServer(mux)
	defer server.Close()
	d := newDeadMan(engine.RealClock(), slog.New(slog.DiscardHandler))

	require.NoError(t, d.ping(t.Context(), server.URL+"/ping/secret", httpapi.Health{OK: true, Late: "12ms"}))
	require.Equal(t, []string{"POST /ping/secret"}, got)
	var h httpapi.Health
	require.NoError(t, json.Unmarshal([]byte(body), &h))
	assert.Equal(t, httpapi.Health{OK: true, Late: "12ms"}, h)

	got = nil
	require.NoError(t, d.ping(t.Context(), server.URL+"/push/secret", h))
	assert.Equal(t, []string{"GET /push/secret"}, got, "it takes no POST")

	got = nil
	require.EqualError(t, d.ping(t.Context(), server.URL+"/moved/secret", h), "it answers 302 Found")
	require.EqualError(t, d.ping(t.Context(), server.URL+"/unknown/secret", h), "it answers 404 Not Found")
	assert.Empty(t, got, "a redirect is not followed")

	server.Close()
	for _, address := range []string{server.URL + "/ping/secret", "http://127.0.0.1:0/secret", "http://\x00/secret"} {
		err := d.ping(t.Context(), address, h)
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "secret")
	}
}

const heartbeatConfig = `
users:
  - {id: ada, contacts: [{id: hook, channel: webhook, address: "%PHONES%/ada"}]}
policies: [{id: web, levels: [{targets: user:ada}]}]
services: [{id: shop, policy: web}]
heartbeats:
  - {id: probe, name: Probe from outside, interval: 5m, service: shop, key: change-me-probe}
  - {id: nightly, interval: 2s, grace: 1s, waiting: never, service: shop, key: change-me-nightly}
dead_man: {url: "%PHONES%/ping/secret", every: 1s}
api_keys: [{id: look, role: viewer, token: change-me-token}]
channels: {webhook: {secret: ` + testSecret + `}}
catch_all: user:ada
`

// TestHeartbeatsEndToEnd serves heartbeats: the probe checks the server, a job pings as curl would, stops, is missed, and
// pings again; the dead-man's switch elsewhere is told all the while, and not any more once the server is gone.
func TestHeartbeatsEndToEnd(t *testing.T) {
	phones := newPhoneBook(t)
	alive := make(chan string, 1000)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/ping/") {
			alive <- r.Method
			return
		}
		phones.ServeHTTP(w, r)
	}))
	defer front.Close()
	file := write(t, "watchbill.yaml", strings.ReplaceAll(heartbeatConfig, "%PHONES%", front.URL))
	server, url := serveOn(t, file, "memory:", "127.0.0.1:0")
	path, err := binary()
	require.NoError(t, err)
	probe := func(want int, says string, args ...string) {
		t.Helper()
		p := launch(t, path, append([]string{"probe", "-server", url}, args...)...)
		require.Equal(t, want, p.exit(t), p.output())
		require.Contains(t, p.output(), says)
		require.NotContains(t, p.output(), "change-me")
	}
	probe(0, "well: ready, and the ping of heartbeat probe is committed", "-heartbeat", "change-me-probe", "-token", "change-me-token")
	probe(0, `"ok": true`, "-heartbeat", "change-me-probe", "-token", "change-me-token", "-json")
	probe(1, "knows no heartbeat with that key", "-heartbeat", "change-me-prob", "-token", "change-me-token")
	probe(1, "give a token", "-heartbeat", "change-me-probe")
	probe(2, "-heartbeat is missing")

	ping := func(path string) {
		t.Helper()
		resp, err := http.Get(url + path)
		require.NoError(t, err)
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, "OK", string(data))
	}
	ping("/heartbeat/change-me-nightly")
	pages := phones.wait(t, 20*time.Second, func(all []arrival) bool { return len(all) > 0 })
	require.Contains(t, pages[0].Alert.Summary, "Heartbeat nightly is overdue: last ping ")
	ping("/heartbeat/change-me-nightly")
	resp, err := http.NewRequest(http.MethodGet, url+"/api/v1/alerts/"+pages[0].Alert.ID, nil)
	require.NoError(t, err)
	resp.Header.Set("Authorization", "Bearer change-me-token")
	answer, err := http.DefaultClient.Do(resp)
	require.NoError(t, err)
	defer answer.Body.Close()
	var shown struct{ State string }
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&shown))
	require.Equal(t, "resolved", shown.State)

	select {
	case method := <-alive:
		require.Equal(t, http.MethodPost, method)
	case <-time.After(20 * time.Second):
		t.Fatal("the dead-man's switch was never told")
	}
	require.NotContains(t, server.output(), "secret")
	server.kill()
	probe(1, "the server cannot be reached", "-heartbeat", "change-me-probe", "-token", "change-me-token")
}

// TestAWatchdogThatFallsSilentPages: an alert that always fires goes from a real Alertmanager to a heartbeat, so that the whole
// way from monitoring is proved again and again. When Alertmanager dies, somebody is paged.
func TestAWatchdogThatFallsSilentPages(t *testing.T) {
	t.Parallel()
	path := need(t, "go install github.com/prometheus/alertmanager/cmd/alertmanager@v0.31.1",
		filepath.Join(goEnv(t, "GOPATH"), "bin", "alertmanager"), "alertmanager", "prometheus-alertmanager")
	phones := newPhoneBook(t)
	conf := write(t, "watchbill.yaml", strings.NewReplacer("PHONES", phones.URL, "MAIL", "127.0.0.1:9").Replace(storyYAML)+`
heartbeats:
  - {id: prom-alive, name: Prometheus, interval: 4s, grace: 3s, waiting: 1h, service: checkout, key: key-of-watchdog}
`)
	_, base := serveOn(t, conf, "sqlite:"+filepath.Join(t.TempDir(), "w.db"), "127.0.0.1:0")
	am, addr := write(t, "alertmanager.yml", `
route: {receiver: watchbill, group_wait: 0s, group_interval: 1s, repeat_interval: 1s}
receivers:
  - name: watchbill
    webhook_configs: [{url: "`+base+`/heartbeat/key-of-watchdog", send_resolved: false}]
`), freePort(t)
	p := launch(t, path, "--config.file="+am, "--storage.path="+t.TempDir(), "--web.listen-address="+addr, "--cluster.listen-address=")
	postToAlertmanager(t, "http://"+addr, time.Now().Add(time.Hour))
	api := client{t, base, "ops-token"}
	var h httpapi.Heartbeat
	require.Eventually(t, func() bool {
		api.get("/api/v1/heartbeats/prom-alive", &h)
		return len(h.Pings) >= 3
	}, 30*time.Second, 100*time.Millisecond)
	require.Equal(t, "healthy", h.State.String())
	require.Contains(t, h.Pings[0].Body, "p99 is high", "the webhook is kept as the ping's log")
	require.Empty(t, api.alerts())

	p.kill()
	pages := phones.wait(t, 30*time.Second, func(a []arrival) bool { return len(a) > 0 })
	require.Contains(t, pages[0].Alert.Summary, "Heartbeat Prometheus is overdue: last ping ")
	require.Equal(t, "heartbeat:prom-alive", pages[0].Alert.DedupKey)
}
