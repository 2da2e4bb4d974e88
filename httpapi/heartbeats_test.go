package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/httpapi"
)

// beating configures a heartbeat of a minute, whose key is beat-key.
func (w *world) beating() {
	w.start()
	c := org()
	c.Heartbeats = []heartbeat.Monitor{
		{ID: "alive", Name: "Prometheus", Key: string(catalog.DigestOf("beat-key")), Interval: time.Minute, Grace: 10 * time.Second, Service: "shop"},
		{ID: "backup", Key: string(catalog.DigestOf("5f8f1c2e-1111-4222-8333-444455556666")), Cron: "30 2 * * *", Zone: "Europe/Berlin"},
	}
	w.configure(c)
	w.pass(time.Second)
}

func (w *world) beat(id string) httpapi.Heartbeat {
	w.Helper()
	var v httpapi.Heartbeat
	w.get("/api/v1/heartbeats/" + id).is(200).into(&v)
	return v
}

func TestPing(t *testing.T) {
	long := strings.Repeat("x", 12_000)
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		state              heartbeat.Phase
	}{
		"get":                     {"GET", "/heartbeat/beat-key", "", 200, heartbeat.Healthy},
		"head":                    {"HEAD", "/heartbeat/beat-key", "", 200, heartbeat.Healthy},
		"post":                    {"POST", "/heartbeat/beat-key", "", 200, heartbeat.Healthy},
		"a slash at the end":      {"GET", "/heartbeat/beat-key/", "", 200, heartbeat.Healthy},
		"a watchdog's webhook":    {"POST", "/heartbeat/beat-key", firing("watchdog"), 200, heartbeat.Healthy},
		"no UTF-8":                {"POST", "/heartbeat/beat-key", "\xff\x00", 200, heartbeat.Healthy},
		"a long log":              {"POST", "/heartbeat/beat-key", long, 200, heartbeat.Healthy},
		"start":                   {"POST", "/heartbeat/beat-key/start", "", 200, heartbeat.Started},
		"fail":                    {"GET", "/heartbeat/beat-key/fail", "", 200, heartbeat.Failing},
		"log":                     {"POST", "/heartbeat/beat-key/log", "half way", 200, heartbeat.Waiting},
		"exit 0":                  {"GET", "/heartbeat/beat-key/0", "", 200, heartbeat.Healthy},
		"exit 255, a slash":       {"POST", "/heartbeat/beat-key/255/", "", 200, heartbeat.Failing},
		"a run":                   {"GET", "/heartbeat/beat-key/start?rid=22E8560C-debc-4c04-836a-c93766ae3068", "", 200, heartbeat.Started},
		"exit 256":                {"GET", "/heartbeat/beat-key/256", "", 400, heartbeat.Waiting},
		"exit +1":                 {"GET", "/heartbeat/beat-key/+1", "", 400, heartbeat.Waiting},
		"exit -1":                 {"GET", "/heartbeat/beat-key/-1", "", 400, heartbeat.Waiting},
		"ok is no word":           {"GET", "/heartbeat/beat-key/ok", "", 400, heartbeat.Waiting},
		"a run without a UUID":    {"GET", "/heartbeat/beat-key?rid=nightly", "", 400, heartbeat.Waiting},
		"an unknown key":          {"GET", "/heartbeat/beat-kez", "", 404, heartbeat.Waiting},
		"the key of a source":     {"GET", "/heartbeat/gen-key", "", 404, heartbeat.Waiting},
		"no key":                  {"GET", "/heartbeat", "", 404, heartbeat.Waiting},
		"put":                     {"PUT", "/heartbeat/beat-key", "", 405, heartbeat.Waiting},
		"a deeper path":           {"GET", "/heartbeat/beat-key/start/now", "", 404, heartbeat.Waiting},
		"a heartbeat's key is no": {"POST", "/intake/generic/beat-key", item("a"), 401, heartbeat.Waiting},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.beating()
				a := w.send(c.method, c.path, c.body).is(c.status)
				v := w.beat("alive")
				assert.Equal(t, c.state, v.State)
				if c.status >= 400 {
					if c.method != "HEAD" {
						a.problem(c.status)
					}
					assert.Empty(t, v.Pings)
					return
				}
				assert.Equal(t, "OK", a.Body.String())
				assert.Equal(t, "10000", a.Header().Get("Ping-Body-Limit"))
				assert.Equal(t, "text/plain; charset=utf-8", a.Header().Get("Content-Type"))
				require.Len(t, v.Pings, 1)
				assert.Len(t, v.Pings[0].Body, min(len(c.body), heartbeat.MaxBody))
				if len(c.body) > heartbeat.MaxBody {
					assert.Equal(t, len(c.body), v.Pings[0].Size)
				}
			})
		})
	}
}

func TestPingsOpenAndResolveAnAlert(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.beating()
		w.send("HEAD", "/heartbeat/beat-key", "").is(200)
		w.pass(71 * time.Second)
		v := w.beat("alive")
		assert.Equal(t, heartbeat.Overdue, v.State)
		assert.Equal(t, "Heartbeat Prometheus is overdue: last ping 00:00:01 UTC, expected every 1m", v.Problem)
		require.NotEmpty(t, v.Alert)
		require.Len(t, w.Sent.Messages(), 1)
		assert.Equal(t, v.Problem, w.Sent.Messages()[0].Summary)

		w.send("POST", "/heartbeat/beat-key", firing("watchdog")).is(200)
		v = w.beat("alive")
		assert.Equal(t, heartbeat.Healthy, v.State)
		assert.Empty(t, v.Problem)
		assert.Equal(t, time.Minute, v.ExpectedAt.Sub(v.LastSuccessAt))
		assert.Equal(t, 70*time.Second, v.OverdueAt.Sub(v.LastSuccessAt))
		assert.Equal(t, "resolved", w.alerts()[0].State.String())

		var list struct{ Heartbeats []httpapi.Heartbeat }
		w.get("/api/v1/heartbeats").is(200).into(&list)
		require.Len(t, list.Heartbeats, 2)
		assert.Equal(t, "Europe/Berlin", list.Heartbeats[1].Timezone)
		assert.Equal(t, heartbeat.Waiting, list.Heartbeats[1].State)
		assert.Empty(t, list.Heartbeats[0].Pings, "only one by one")
		assert.NotContains(t, w.get("/api/v1/heartbeats").Body.String(), string(catalog.DigestOf("beat-key")))

		w.get("/api/v1/heartbeats/nobody").problem(404)
		w.get("/api/v1/heartbeats?state=healthy").problem(400)
		w.send("GET", "/api/v1/heartbeats", nil).problem(401)
		w.send("GET", "/api/v1/heartbeats/alive", nil, "intake-token").problem(403)
	})
}

// A body that breaks off, or is packed, or is not what it says, is no reason to miss a ping.
func TestPingsWithOddBodies(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte("disk full"))
	require.NoError(t, z.Close())
	for name, c := range map[string]struct {
		body     io.Reader
		encoding string
		log      string
	}{
		"packed":               {&packed, "gzip", "disk full"},
		"not packed":           {strings.NewReader("plain"), "gzip", ""},
		"of an unknown coding": {strings.NewReader("plain"), "br", ""},
		"broken off":           {io.MultiReader(strings.NewReader("half"), breaksOff{}), "", "half"},
		"endless":              {io.LimitReader(zeros{}, 64<<20), "", strings.Repeat("0", heartbeat.MaxBody)},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.beating()
				w.send("POST", "/heartbeat/beat-key/fail", c.body, "Content-Encoding: "+c.encoding).is(200)
				v := w.beat("alive")
				assert.Equal(t, heartbeat.Failing, v.State)
				require.Len(t, v.Pings, 1)
				assert.Equal(t, c.log, v.Pings[0].Body)
			})
		})
	}
}

type breaksOff struct{}

func (breaksOff) Read([]byte) (int, error) { return 0, errors.New("broken off") }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestAPingThatCannotBeCommittedIsNotAnswered2xx(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		b := &broken{Store: w.Store}
		w.Store = b
		w.beating()
		b.fail("the disk is gone")
		a := w.send("POST", "/heartbeat/beat-key", "").problem(503)
		assert.NotContains(t, a.Detail, "disk")
		b.fail("")
		w.pass(2 * time.Second)
		w.send("POST", "/heartbeat/beat-key", "").is(200)
	})
}

// TestRecordedRunitor replays what runitor sent, a client of healthchecks.io: a job that succeeds, and one that exits with 3.
func TestRecordedRunitor(t *testing.T) {
	data, err := os.ReadFile("testdata/runitor.json")
	require.NoError(t, err)
	var requests []struct {
		Method, Path, Body string
		Headers            map[string]string
	}
	require.NoError(t, json.Unmarshal(data, &requests))
	inWorld(t, func(t *testing.T, w *world) {
		w.beating()
		var states []string
		for _, r := range requests {
			var headers []string
			for name, value := range r.Headers {
				headers = append(headers, name+": "+value)
			}
			w.send(r.Method, strings.Replace(r.Path, "/ping/", "/heartbeat/", 1), r.Body, headers...).is(200)
			states = append(states, w.beat("backup").State.String())
			w.pass(time.Second)
		}
		assert.Equal(t, []string{"started", "healthy", "started", "failing"}, states)
		v := w.beat("backup")
		assert.Equal(t, "Heartbeat backup says that it failed, with exit code 3", v.Problem)
		assert.Equal(t, "bad\n\n[runitor] exit status 3", v.Pings[0].Body)
		assert.Equal(t, "hello\n", v.Pings[2].Body)
		assert.Equal(t, v.Pings[0].Run, v.Pings[1].Run)
		assert.Empty(t, v.Running)
	})
}

func TestHealthForADeadMansSwitch(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		b := &broken{Store: w.Store}
		w.Store = b
		w.beating()
		api := w.handler.(*httpapi.Handler)
		assert.True(t, api.Health(t.Context()).OK)

		b.fail("the disk is gone")
		w.pass(5 * time.Second)
		v := api.Health(t.Context())
		assert.Equal(t, []string{"the store does not answer"}, v.Reasons)
		b.fail("")
		w.pass(5 * time.Second)
		assert.True(t, api.Health(t.Context()).OK)

		w.stop()
		w.stop = nil
		<-time.After(5 * time.Second)
		assert.Equal(t, []string{"the engine is not running"}, api.Health(t.Context()).Reasons)
		<-time.After(time.Minute)
		reasons := api.Health(t.Context()).Reasons
		require.Len(t, reasons, 2)
		assert.Regexp(t, `^no engine has made a pass since 2000-01-01T\d\d:\d\d:\d\dZ, for more than 40s$`, reasons[0])
		assert.Equal(t, "the engine is not running", reasons[1])
	})
}
