package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// push is what an ntfy server gets.
type push struct {
	Topic, Title string
	Priority     int
	Actions      []struct {
		Label, URL, Method, Body string
		Headers                  map[string]string
	}
}

// TestNtfyActionAcknowledges: a push arrives, in the words of the operator, and its button acknowledges as ntfy's apps press
// it: with the headers and the body that the push names, and 2xx for success.
func TestNtfyActionAcknowledges(t *testing.T) {
	pushes := make(chan push, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var p push
		if json.NewDecoder(r.Body).Decode(&p) == nil && r.Header.Get("Authorization") == "Bearer tk_server" {
			pushes <- p
		}
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "watchbill.yaml")
	listen := freePort(t)
	require.NoError(t, os.WriteFile(file, []byte(`
public_url: http://`+listen+`
users: [{id: ada, locale: de-AT, contacts: [{id: phone, channel: ntfy, address: oncall-ada}]}]
policies: [{id: web, levels: [{targets: ["user:ada"]}]}]
services: [{id: checkout, name: Checkout, policy: web}]
api_keys: [{id: ops, role: admin, token: test-token}]
catch_all: user:ada
channels: {ntfy: {server: "`+server.URL+`", token: tk_server}}
templates: {push_title: {de: "ALARM {{.Title}}"}}
`), 0o600))
	_, base := serveOn(t, file, "memory:", listen)
	api := client{t, base, "test-token"}
	status, data := api.do(http.MethodPost, "/api/v1/alerts", `{"service":"checkout","summary":"disk full","severity":"critical"}`)
	require.Equal(t, http.StatusCreated, status, string(data))

	var p push
	select {
	case p = <-pushes:
	case <-time.After(30 * time.Second):
		t.Fatal("no push came")
	}
	require.Equal(t, "oncall-ada", p.Topic)
	require.Equal(t, "ALARM Checkout: disk full", p.Title)
	require.Equal(t, 5, p.Priority, "a critical page may break through")
	require.Equal(t, "Übernehmen", p.Actions[0].Label)

	req, err := http.NewRequestWithContext(t.Context(), p.Actions[0].Method, p.Actions[0].URL, strings.NewReader(p.Actions[0].Body))
	require.NoError(t, err)
	for name, value := range p.Actions[0].Headers {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(req) // follows no redirect
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	alerts := api.alerts()
	require.Len(t, alerts, 1)
	require.Equal(t, "acknowledged", alerts[0].State)
	require.Equal(t, "ada", alerts[0].AcknowledgedBy)
}

// TestTemplatesAreChecked: a template that cannot be is an error of the file, with its line.
func TestTemplatesAreChecked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "watchbill.yaml")
	require.NoError(t, os.WriteFile(file, []byte("users: [{id: ada}]\ntemplates:\n  sms:\n    de: '{{.Titel}}'\n"), 0o600))
	path, err := binary()
	require.NoError(t, err)
	p := launch(t, path, "check", "-config", file)
	require.Equal(t, 2, p.exit(t))
	require.Contains(t, p.output(), "watchbill.yaml:4: templates.sms.de: ")
	require.Contains(t, p.output(), "can't evaluate field Titel")
}
