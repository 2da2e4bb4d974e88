package main

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestServeRestored: a copy of the database pages nobody for what was open in it until somebody confirms, across a restart.
func TestServeRestored(t *testing.T) {
	phones := newPhoneBook(t)
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(killYAML, "PHONES", phones.URL))
	db := "sqlite:" + filepath.Join(t.TempDir(), "copy.db")
	about := func(text string) func([]arrival) bool {
		return func(all []arrival) bool { return countAbout(all, text) > 0 }
	}
	post := func(base, key string) {
		t.Helper()
		status, body := client{t, base, ""}.do(http.MethodPost, "/intake/generic/key-of-gen", `{"dedup_key":"`+key+`","summary":"`+key+`"}`)
		require.Equal(t, http.StatusAccepted, status, string(body))
	}
	server, base := serveOn(t, conf, db, "127.0.0.1:0")
	post(base, "old")
	phones.wait(t, 30*time.Second, about("old"))
	server.kill()

	path, err := binary()
	require.NoError(t, err)
	server = launch(t, path, "serve", "-restored", "-config", conf, "-db", db, "-listen", "127.0.0.1:0")
	server.waitFor(t, `restored copy: what was open in it waits for a confirmation" alerts=1`)
	base = server.waitFor(t, `serving.* on=(http://\S+)`)[1]
	phones.wait(t, 30*time.Second, about("restored copy"))
	post(base, "new")
	phones.wait(t, 30*time.Second, about("new"))
	status, body := client{t, base, ""}.do(http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, string(body), `"restored":{"since":`)
	server.kill()

	_, base = serveOn(t, conf, db, "127.0.0.1:0")
	post(base, "newer")
	require.Equal(t, 1, countAbout(phones.wait(t, 30*time.Second, about("newer")), "old"), "only before the backup")
	say := func(words ...string) (int, string) {
		var out, problems bytes.Buffer
		code := run(t.Context(), append(words, "-server", base, "-token", "ops-token"), &out, &problems)
		return code, out.String() + problems.String()
	}
	code, text := say("restored", "show")
	require.Equal(t, 0, code, text)
	require.Contains(t, text, "1 alerts that were open in it")
	code, text = say("restored", "confirm", "-by", "ada")
	require.Equal(t, 0, code, text)
	require.Contains(t, text, "confirmed")
	phones.wait(t, 30*time.Second, func(all []arrival) bool { return countAbout(all, "old") == 2 })
	code, text = say("restored", "confirm")
	require.Equal(t, 1, code)
	require.Contains(t, text, "no restored copy waits")
	_, text = say("restored", "show")
	require.Contains(t, text, "nothing waits")
	_, body = client{t, base, ""}.do(http.MethodGet, "/readyz", "")
	require.NotContains(t, string(body), `"restored"`)
}

// countAbout counts the pages whose summary begins with a text, or has it after "this is a ".
func countAbout(all []arrival, text string) (n int) {
	for _, a := range all {
		if a.Type == "page" && (a.Alert.Summary == text || strings.Contains(a.Alert.Summary, "this is a "+text)) {
			n++
		}
	}
	return n
}
