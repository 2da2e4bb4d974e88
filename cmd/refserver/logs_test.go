package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever goes wrong, the log says of which alert, and shows no address, token or key.
func TestTheLogIsJSONAndShowsNoSecrets(t *testing.T) {
	t.Parallel()
	phones := newPhoneBook(t)
	p, api := serveTraced(t, phones, "", "-log", "debug", "-log-format", "json")
	api.raise("k1")
	phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) >= 1 })
	id := api.alerts()[0].ID
	link := phones.all()[0].AckURL
	status, _ := api.do(http.MethodPost, "/api/v1/alerts/"+id+"/ack", `{"by":"ada"}`)
	require.Equal(t, http.StatusOK, status)
	phones.Close() // from now on, sends fail
	api.raise("k2")
	api.do(http.MethodPost, "/intake/generic/key-of-gen", `{"summary":7}`)
	api.do(http.MethodPost, "/intake/generic/a-wrong-key-of-gen", `{}`)
	api.do(http.MethodGet, "/heartbeat/a-wrong-ping-key", "")
	api.do(http.MethodGet, link[:len(link)-2], "")
	require.Eventually(t, func() bool { return strings.Contains(p.output(), `"verdict":"retry"`) }, 20*time.Second, 50*time.Millisecond)
	p.signal(t, syscall.SIGHUP)
	p.waitFor(t, "configuration in force")
	p.signal(t, syscall.SIGTERM)
	require.Equal(t, 0, p.exit(t))

	out := p.output()
	for _, secret := range []string{"secret-of-ada", "key-of-gen", "ops-token", "whsec_", "a-wrong-ping-key", link[strings.LastIndex(link, "/")+1:], strings.TrimPrefix(phones.URL, "http://")} {
		assert.NotContains(t, out, secret)
	}
	about := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &fields), line)
		require.NotEmpty(t, fields["msg"])
		if fields["alert"] == id {
			about[fmt.Sprint(fields["msg"])]++
		}
	}
	require.Equal(t, map[string]int{"intake": 1, "send": 1, "receipt": 1, "act": 1}, about)
}

func TestLogFormats(t *testing.T) {
	var buf bytes.Buffer
	for format, want := range map[string]string{"text": "level=INFO msg=x", "json": `"level":"INFO","msg":"x"`} {
		log, err := newLogger(&buf, "info", format)
		require.NoError(t, err)
		log.Info("x")
		log.Debug("hidden")
		require.Contains(t, buf.String(), want)
	}
	require.NotContains(t, buf.String(), "hidden")
	for level, format := range map[string]string{"info": "xml", "loud": "text"} {
		_, err := newLogger(&buf, level, format)
		require.ErrorAs(t, err, new(usageError))
	}
	require.Equal(t, "postgres", storeName("postgres://user:secret@db/x"))
	require.Equal(t, "sqlite:a.db", storeName("sqlite:a.db"))
}

func TestProfilesAreServedApart(t *testing.T) {
	t.Parallel()
	at := freePort(t)
	_, api := serveTraced(t, newPhoneBook(t), "", "-debug", at)
	status, _ := api.do(http.MethodGet, "/debug/pprof/", "")
	require.Equal(t, http.StatusNotFound, status, "not where everybody comes")
	for path, want := range map[string]string{"/debug/pprof/": "goroutine", "/debug/pprof/goroutine?debug=1": "engine.(*Engine).loop", "/debug/pprof/cmdline": "serve"} {
		resp, err := http.Get("http://" + at + path)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, resp.Body.Close())
		require.NoError(t, err)
		require.Contains(t, string(body), want)
	}
	status, _ = api.do(http.MethodGet, "http://"+at+"/metrics", "")
	require.Equal(t, http.StatusNotFound, status)
}
