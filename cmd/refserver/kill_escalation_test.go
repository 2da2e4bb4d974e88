package main

import (
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const twoLevelsYAML = `
users:
  - id: ada
    contacts: [{id: hook, channel: webhook, address: "PHONES/ada"}]
  - id: ben
    contacts: [{id: hook, channel: webhook, address: "PHONES/ben"}]
policies:
  - id: two
    levels:
      - {targets: ["user:ada"], timeout: 2s, repeat: {every: 1m, attempts: 1}}
      - {targets: ["user:ben"], timeout: 5m, repeat: {every: 2s}}
services: [{id: shop, policy: two}]
sources: [{id: gen, type: generic, service: shop, key: key-of-gen}]
api_keys: [{id: ops, role: admin, token: ops-token}]
channels: {webhook: {secret: ` + testSecret + `}}
catch_all: "user:ada"
`

// TestKill9BetweenLevels: an escalation goes on where it was, and an acknowledgement lasts.
func TestKill9BetweenLevels(t *testing.T) {
	t.Parallel()
	phones := newPhoneBook(t)
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(twoLevelsYAML, "PHONES", phones.URL))
	db := "sqlite:" + filepath.Join(t.TempDir(), "w.db")
	server, base := serveOn(t, conf, db, "127.0.0.1:0")
	listen := strings.TrimPrefix(base, "http://")
	restart := func() {
		server.kill()
		server, base = serveOn(t, conf, db, listen)
	}

	require.True(t, send(t.Context(), base, "trouble"))
	first := phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) > 0 })
	require.Equal(t, []string{"ada 1"}, pagedOf(first, "trouble"))
	restart()
	second := phones.wait(t, 20*time.Second, func(a []arrival) bool { return a[len(a)-1].User == "ben" })
	require.Equal(t, []string{"ada 1", "ben 1"}, pagedOf(second, "trouble"))
	require.Equal(t, 2, second[len(second)-1].Level)

	status, body := client{t, base, "ops-token"}.do(http.MethodPost, "/api/v1/alerts/"+first[0].Alert.ID+"/ack", `{"by":"ben"}`)
	require.Equal(t, http.StatusOK, status, string(body))
	restart()
	// Ben would be paged again every two seconds: when that has happened for another alert, it has not for this one.
	require.True(t, send(t.Context(), base, "other"))
	all := phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(pagedOf(a, "other")) >= 3 })
	require.Equal(t, []string{"ada 1", "ben 1", "ben 2"}, pagedOf(all, "other")[:3])
	require.Equal(t, []string{"ada 1", "ben 1"}, pagedOf(all, "trouble"), "nobody is paged after the acknowledgement")
}

// pagedOf returns who was paged for an alert, as "ada 1" for the first attempt. What arrived twice, because its receipt
// was lost, counts once.
func pagedOf(all []arrival, key string) (paged []string) {
	seen := map[string]bool{}
	for _, a := range all {
		if a.Alert.DedupKey == key && !seen[a.ID] {
			seen[a.ID] = true
			paged = append(paged, a.User+" "+strconv.Itoa(a.Attempt))
		}
	}
	return paged
}
