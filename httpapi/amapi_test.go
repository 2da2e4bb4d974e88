package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	amBase = "/intake/prometheus/prom-key/api/v2"
	amJSON = "Content-Type: application/json"
)

// What Alertmanager 0.31.1 answers, byte by byte where clients may look.
func TestAlertmanagerAPIAnswersPostsAsAlertmanager(t *testing.T) {
	good := `{"labels":{"alertname":"A"}}`
	for name, c := range map[string]struct {
		body   string
		status int
		want   string
		alerts int
	}{
		"good":            {"[" + good + "]", 200, "", 1},
		"unknown field":   {`[{"labels":{"alertname":"A"},"new":{"a":1}}]`, 200, "", 1},
		"empty list":      {"[]", 200, "", 0},
		"null":            {"null", 200, "", 0},
		"not JSON":        {`[{"labels":`, 400, `{"code":400,"message":"parsing alerts body from`, 0},
		"an object":       {good, 400, `{"code":400,"message":"parsing alerts body from`, 0},
		"nothing":         {"", 422, `{"code":602,"message":"alerts in body is required"}` + "\n", 0},
		"no labels":       {`[{"annotations":{}}]`, 422, `{"code":602,"message":"0.labels in body is required"}` + "\n", 0},
		"empty labels":    {`[{"labels":{}}]`, 400, `"at least one label pair required"` + "\n", 0},
		"start after end": {`[{"labels":{"a":"1"},"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}]`, 400, `"start time must be before end time"` + "\n", 0},
		"one bad alert":   {"[" + good + `,{"labels":{}},{"labels":{"alertname":"B"}}]`, 400, `"at least one label pair required"` + "\n", 2},
		"one without":     {"[" + good + `,{"annotations":{}}]`, 422, `{"code":602,"message":"1.labels in body is required"}` + "\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				a := w.send("POST", amBase+"/alerts", c.body, amJSON).is(c.status)
				require.Truef(t, strings.HasPrefix(a.Body.String(), c.want), "%s", a.Body)
				require.Len(t, w.alerts(), c.alerts)
				if c.status == 200 {
					require.Empty(t, a.Body.String())
					require.Empty(t, a.Header().Get("Content-Type"))
				}
			})
		})
	}
}

func TestAlertmanagerAPIRefusals(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		good := `[{"labels":{"alertname":"A"}}]`
		require.Contains(t, w.send("POST", amBase+"/alerts", good, "Content-Type: text/plain").is(415).Body.String(), `{"code":415,`)
		require.Contains(t, w.send("POST", amBase+"/alerts", good).is(415).Body.String(), "application/octet-stream")
		w.send("POST", amBase+"/alerts/", good, "Content-Type: application/json; charset=utf-8").is(200)
		require.Contains(t, w.send("POST", "/intake/prometheus/nope/api/v2/alerts", good, amJSON).is(401).Body.String(), `{"code":401,`)
		require.Contains(t, w.send("POST", "/intake/prometheus/am-key/api/v2/alerts", good, amJSON).is(404).Body.String(), "type alertmanager")
		a := w.send("PUT", amBase+"/alerts", good, amJSON).is(405)
		require.Contains(t, a.Body.String(), `{"code":405,"message":"method PUT is not allowed, but [`)
		require.Contains(t, w.send("POST", "/intake/prometheus/prom-key/api/v1/alerts", good, amJSON).is(410).Body.String(), `"deprecated"`)
		require.Contains(t, w.send("POST", "/intake/prometheus/prom-key", good, amJSON).problem(404).Detail, "path_prefix")
	})
}

// While the end that a server names lies in the future, the alert fires; the same with an end that has passed resolves it.
func TestAlertmanagerAPIResolvesWhatHasEnded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		post := func(starts, ends time.Time) {
			t.Helper()
			w.send("POST", amBase+"/alerts", []map[string]any{{"labels": map[string]string{"alertname": "A", "severity": "critical"},
				"annotations": map[string]string{"summary": "it is down"}, "startsAt": starts, "endsAt": ends,
				"generatorURL": "http://prom-a:9090/graph"}}, amJSON).is(200)
		}
		began := time.Now()
		post(began, began.Add(4*time.Minute))
		require.Equal(t, "it is down", w.alerts()[0].Summary)
		require.Equal(t, "triggered", w.alerts()[0].State.String())
		w.pass(time.Minute)
		post(began, time.Now().Add(4*time.Minute))
		require.Len(t, w.alerts(), 1)
		require.Equal(t, 2, w.alerts()[0].Count)
		w.pass(time.Minute)
		post(began, time.Now())
		require.Equal(t, "resolved", w.alerts()[0].State.String())
		w.pass(time.Minute)
		post(began, time.Now().Add(-time.Minute))
		require.Len(t, w.alerts(), 1, "a server says for a quarter of an hour that it is over")
		post(time.Now(), time.Now().Add(time.Minute))
		require.Len(t, w.alerts(), 2)
	})
}
