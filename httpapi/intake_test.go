package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// firing is a group of Alertmanager, with a field that we do not know.
func firing(fingerprints ...string) string {
	var alerts []string
	for _, f := range fingerprints {
		alerts = append(alerts, fmt.Sprintf(`{"status":"firing","labels":{"alertname":"Down","severity":"critical"},
			"annotations":{"summary":"it is down"},"startsAt":"2000-01-01T00:00:00Z","fingerprint":%q}`, f))
	}
	return `{"version":"4","routeLabels":{},"alerts":[` + strings.Join(alerts, ",") + `]}`
}

func item(key string) string { return fmt.Sprintf(`{"dedup_key":%q,"summary":"%s is down"}`, key, key) }

func TestIntakeStatuses(t *testing.T) {
	bad := firing("f1", "f2")
	bad = strings.Replace(bad, `"alerts":[`, `"alerts":[7,`, 1)
	for name, c := range map[string]struct {
		path, body string
		status     int
		alerts     int
	}{
		"alertmanager":                     {"/intake/alertmanager/am-key", firing("f1", "f2"), 200, 2},
		"alertmanager, trailing slash":     {"/intake/alertmanager/am-key/", firing("f1"), 200, 1},
		"alertmanager, a bad item":         {"/intake/alertmanager/am-key", bad, 200, 2},
		"alertmanager, no alerts":          {"/intake/alertmanager/am-key", firing(), 200, 0},
		"alertmanager, not JSON":           {"/intake/alertmanager/am-key", "{", 400, 0},
		"alertmanager, no group":           {"/intake/alertmanager/am-key", "{}", 400, 0},
		"alertmanager, empty":              {"/intake/alertmanager/am-key", "", 400, 0},
		"alertmanager, bad UTF-8":          {"/intake/alertmanager/am-key", strings.Replace(firing("f1"), "it is", "\xff is", 1), 200, 1},
		"alertmanager, paused":             {"/intake/alertmanager/paused-am-key", firing("f1"), 200, 0},
		"generic":                          {"/intake/generic/gen-key", item("a"), 202, 1},
		"generic, list":                    {"/intake/generic/gen-key", "[" + item("a") + "," + item("b") + "]", 202, 2},
		"generic, empty list":              {"/intake/generic/gen-key", "[]", 202, 0},
		"generic, a bad item":              {"/intake/generic/gen-key", "[" + item("a") + `,{"severity":3},` + item("b") + "]", 422, 2},
		"generic, a scalar":                {"/intake/generic/gen-key", "7", 422, 0},
		"generic, not JSON":                {"/intake/generic/gen-key", "[{", 400, 0},
		"generic, deep":                    {"/intake/generic/gen-key", strings.Repeat("[", 200_000), 400, 0},
		"generic, deep details":            {"/intake/generic/gen-key", `{"summary":"x","details":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}", 202, 1},
		"generic, paused":                  {"/intake/generic/paused-key", item("a"), 202, 0},
		"unknown key":                      {"/intake/generic/nope", item("a"), 401, 0},
		"unknown key of another type":      {"/intake/alertmanager/nope", item("a"), 401, 0},
		"key of another type":              {"/intake/generic/am-key", item("a"), 404, 0},
		"key with a slash":                 {"/intake/generic/gen%2Dkey%2F", item("a"), 401, 0},
		"escaped key":                      {"/intake/generic/gen%2Dkey", item("a"), 202, 1},
		"no key":                           {"/intake/generic/", item("a"), 404, 0},
		"not built":                        {"/intake/pagerduty/v2/enqueue", "{}", 501, 0},
		"not built, with a key":            {"/intake/pagerduty/pd-key", "{}", 501, 0},
		"not built, a long path":           {"/intake/opsgenie/x/v2/alerts", "[]", 501, 0},
		"prometheus, without its API":      {"/intake/prometheus/prom-key", "[]", 404, 0},
		"heartbeat of nobody":              {"/heartbeat/x", "", 404, 0},
		"no such type":                     {"/intake/nagios/x", "{}", 404, 0},
		"double slash":                     {"/intake//generic/gen-key", item("a"), 404, 0},
		"dots":                             {"/intake/x/../generic/gen-key", item("a"), 404, 0},
		"escaped dots are a type":          {"/intake/%2e%2e/gen-key", item("a"), 404, 0},
		"escaped slash is not a separator": {"/intake/generic%2Fgen-key", item("a"), 404, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				a := w.send("POST", c.path, c.body).is(c.status)
				require.Len(t, w.alerts(), c.alerts)
				if c.status >= 400 {
					a.problem(c.status)
				}
			})
		})
	}
}

func TestIntakeAnswers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		require.Equal(t, "{}\n", w.send("POST", "/intake/alertmanager/am-key", firing("f1")).is(200).Body.String())
		require.Equal(t, "{\"paused\":true}\n", w.send("POST", "/intake/alertmanager/paused-am-key", firing("f1")).is(200).Body.String())

		w.send("POST", "/intake/generic/gen-key", item("a")).is(202)
		a := w.send("POST", "/intake/generic/gen-key", "["+item("a")+`,{"dedup_key":"x","action":"resolve"},`+item("b")+"]").is(202)
		all := w.alerts()
		require.JSONEq(t, fmt.Sprintf(`{"results":[{"index":0,"decision":"applied","alert":%q},
			{"index":1,"decision":"nothing open"},{"index":2,"decision":"opened","alert":%q}]}`, all[1].ID, all[0].ID), a.Body.String())
		require.Equal(t, watchbill.ServiceID("shop"), all[0].Service)
		require.Equal(t, 2, all[1].Count)

		p := w.send("POST", "/intake/generic/gen-key", "["+item("c")+`,{"dedup_key":"d","severity":[]},{},`+item("e")+"]").problem(422)
		require.Equal(t, []string{"[1].severity", "[2].summary"}, fields(p))
		require.Len(t, p.Results, 4)
		require.Equal(t, "opened", p.Results[3].Decision)
		require.Equal(t, 3, p.Results[3].Index)
		require.Equal(t, "severity", p.Results[1].Errors[0].Field)

		p = w.send("POST", "/intake/generic/am-key", "").problem(404)
		require.Contains(t, p.Detail, "/intake/alertmanager/")
		require.Contains(t, w.send("POST", "/intake/sns/x", "").problem(501).Detail, "sns")
		require.Equal(t, `Bearer realm="watchbill"`, w.send("POST", "/intake/generic/x", "").is(401).Header().Get("WWW-Authenticate"))
	})
}

func TestIntakeOfAPausedSource(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		open := org()
		open.Catalog.Sources[2].Paused = false
		w.configure(open)
		w.send("POST", "/intake/generic/paused-key", item("a")).is(202)
		w.configure(org())
		w.send("POST", "/intake/generic/paused-key", item("a")).is(202) // within the second of the key
		require.Len(t, w.alerts(), 1)
		count := w.alerts()[0].Count
		w.pass(time.Second)
		a := w.send("POST", "/intake/generic/paused-key", item("a")).is(202)
		require.JSONEq(t, `{"results":[{"index":0,"decision":"paused"}]}`, a.Body.String())
		require.Equal(t, count, w.alerts()[0].Count)
		w.send("POST", "/intake/generic/paused-key", `{"dedup_key":"a","action":"resolve"}`).is(202)
		require.Equal(t, alert.Resolved, w.alerts()[0].State)
	})
}

func TestIntakeMethods(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for _, method := range []string{"GET", "PUT", "DELETE", "OPTIONS", "HEAD"} {
			a := w.send(method, "/intake/generic/gen-key", nil)
			a.problem(405)
			require.Equal(t, "POST", a.Header().Get("Allow"))
		}
		require.Equal(t, "GET, POST, HEAD", w.send("PUT", "/api/v1/alerts", nil).is(405).Header().Get("Allow"))
	})
}

func zip(t *testing.T, data string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, data)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestIntakeBodies(t *testing.T) {
	const path = "/intake/generic/gen-key"
	large := `{"summary":"` + strings.Repeat("x", 10<<20) + `"}`
	for name, c := range map[string]struct {
		body     any
		encoding string
		status   int
	}{
		"gzip":                 {zip(t, item("a")), "gzip", 202},
		"gzip, other name":     {zip(t, item("a")), "X-GZIP", 202},
		"identity":             {item("a"), "identity", 202},
		"not gzip":             {item("a"), "gzip", 400},
		"gzip cut short":       {zip(t, item("a"))[:20], "gzip", 400},
		"gzip bomb":            {zip(t, strings.Repeat(" ", 6<<20)), "gzip", 413},
		"unknown encoding":     {item("a"), "br", 415},
		"two encodings":        {zip(t, item("a")), "gzip, gzip", 415},
		"large":                {large, "", 413},
		"large without length": {struct{ io.Reader }{strings.NewReader(large)}, "", 413},
		"broken off":           {io.MultiReader(strings.NewReader("{"), failing{}), "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				a := w.send("POST", path, c.body, "Content-Encoding: "+c.encoding).is(c.status)
				if c.status != 202 {
					a.problem(c.status)
					require.Empty(t, w.alerts())
				}
			})
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestIntakeAtTheExactLimit(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.Config.MaxBody = int64(len(item("a")))
		w.send("POST", "/intake/generic/gen-key", item("a")).is(202)
		w.send("POST", "/intake/generic/gen-key", item("a")+" ").is(413)
		w.send("POST", "/intake/generic/gen-key", zip(t, item("a")), "Content-Encoding: gzip").is(413) // packed, it is longer
	})
}

func TestIntakeOverload(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.Config.MaxIntake = 1
		w.start()
		body, feed := io.Pipe()
		var slow answer
		var wg sync.WaitGroup
		wg.Go(func() { slow = w.send("POST", "/intake/generic/gen-key", body) })
		synctest.Wait() // it reads

		a := w.send("POST", "/intake/generic/gen-key", item("a"))
		a.problem(429)
		require.NotEmpty(t, a.Header().Get("Retry-After"))
		w.send("POST", "/intake/alertmanager/am-key", firing("f1")).problem(503)
		w.send("POST", "/intake/generic/nope", item("a")).problem(401)

		_, err := io.WriteString(feed, item("a"))
		require.NoError(t, err)
		require.NoError(t, feed.Close())
		wg.Wait()
		slow.is(202)
		w.send("POST", "/intake/alertmanager/am-key", firing("f1")).is(200)
	})
}

// slow is a store whose commits wait until it is let go.
type slow struct {
	store.Store
	hold atomic.Pointer[chan struct{}]
}

func (s *slow) Update(ctx context.Context, fn func(store.Tx) error) error {
	if c := s.hold.Load(); c != nil {
		<-*c
	}
	return s.Store.Update(ctx, fn)
}

func TestIntakeWhenTheEngineHasEnough(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		s, free := &slow{Store: memory.New()}, make(chan struct{})
		w.Store, w.Limit = s, 1
		w.start()
		synctest.Wait()
		s.hold.Store(&free)
		var first answer
		var wg sync.WaitGroup
		wg.Go(func() { first = w.send("POST", "/intake/generic/gen-key", item("a")) })
		synctest.Wait()
		a := w.send("POST", "/intake/generic/gen-key", item("b"))
		a.problem(429)
		require.NotEmpty(t, a.Header().Get("Retry-After"))
		w.send("POST", "/intake/alertmanager/am-key", firing("f1")).problem(503)
		close(free)
		wg.Wait()
		first.is(202)
		w.send("POST", "/intake/alertmanager/am-key", firing("f1")).is(200)
		require.Len(t, w.alerts(), 2)
	})
}

// crowded is a store that has no room.
type crowded struct{ store.Store }

func (crowded) Room() error { return store.ErrFull }

func TestIntakeWhenTheStoreHasNoRoom(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.Store = crowded{memory.New()}
		for path, body := range map[string]string{"/intake/generic/gen-key": item("a"), "/intake/alertmanager/am-key": firing("f1")} {
			a := w.send("POST", path, body)
			require.Equal(t, "there is no space to store this; try again", a.problem(503).Detail)
			require.NotEmpty(t, a.Header().Get("Retry-After"))
		}
		require.Contains(t, w.send("GET", "/readyz", nil).is(503).Body.String(), "the store is full")
		require.Empty(t, w.alerts())
		require.NotContains(t, w.Log.String(), "request failed", "the engine says it, once a minute")
	})
}

func TestIntakeWhenTheStoreFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		b := &broken{Store: memory.New()}
		w.Store = b
		w.send("POST", "/intake/generic/gen-key", item("a")).is(202)
		b.fail("dial tcp db.internal:5432: password=hunter2")
		for path, body := range map[string]string{"/intake/generic/gen-key": item("a"), "/intake/alertmanager/am-key": firing("f1")} {
			p := w.send("POST", path, body).problem(503)
			require.NotContains(t, p.Detail, "db.internal")
		}
		require.Contains(t, w.Log.String(), "db.internal")
		require.NotContains(t, w.Log.String(), "gen-key")
	})
}

func TestIntakeWithoutARunningEngineEndsInTime(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		w.stop()
		w.send("POST", "/intake/generic/gen-key", item("a")).problem(503)
	})
}

func TestIntakeOfManyAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() { w.send("POST", "/intake/generic/gen-key", item(fmt.Sprint(i%50))).is(202) })
		}
		wg.Wait()
		require.Len(t, w.alerts(), 50)
	})
}

// A real server, since a recorder has no connection to limit.
func TestIntakeOverARealServer(t *testing.T) {
	w := &world{T: t, Store: memory.New(), Config: httpapi.Config{Metrics: httpapi.NewMetrics()}}
	w.start()
	defer w.stop()
	mux := http.NewServeMux()
	mux.Handle("/deep/er/", http.StripPrefix("/deep/er", w.handler))
	server := httptest.NewServer(mux)
	defer server.Close()
	res, err := http.Post(server.URL+"/deep/er/intake/alertmanager/am-key/", "application/json", strings.NewReader(firing("f1")))
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, 200, res.StatusCode)
}
