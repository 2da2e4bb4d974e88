package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWipePerson(t *testing.T) {
	phones := newPhoneBook(t)
	both := strings.ReplaceAll(killYAML, "PHONES", phones.URL) +
		"teams: [{id: crew, members: [ada, zoe]}]\n"
	both = strings.Replace(both, "users:\n", "users:\n  - {id: zoe, name: Zoe Quist, contacts: [{id: hook, channel: webhook, address: \""+phones.URL+"/zoe\"}]}\n", 1)
	conf := write(t, "watchbill.yaml", both)
	server, base := serveOn(t, conf, "sqlite:"+filepath.Join(t.TempDir(), "w.db"), "127.0.0.1:0")
	c := client{t, base, "ops-token"}
	say := func(words ...string) (int, string) {
		var out, problems bytes.Buffer
		code := run(t.Context(), append(words, "-server", base, "-token", "ops-token"), &out, &problems)
		return code, out.String() + problems.String()
	}
	code, text := say("page", "-user", "zoe", "-summary", "please look, Zoe Quist")
	require.Equal(t, 0, code, text)
	phones.wait(t, 30*time.Second, func(all []arrival) bool { return len(all) > 0 })
	id := c.alerts()[0].ID
	status, body := c.do(http.MethodPost, "/api/v1/alerts/"+id+"/resolve", `{"by":"zoe"}`)
	require.Equal(t, http.StatusOK, status, string(body))
	code, text = say("wipe-person", "-user", "zoe")
	require.Equal(t, 1, code)
	require.Contains(t, text, "is in the configuration in force")

	reload := func(text string) {
		t.Helper()
		require.NoError(t, os.WriteFile(conf, []byte(text), 0o600))
		server.signal(t, syscall.SIGHUP)
		server.waitFor(t, "configuration in force")
	}
	without := strings.ReplaceAll(killYAML, "PHONES", phones.URL)
	reload(without + "legal_holds: [{id: case-7, user: zoe, reason: a claim}]\n")
	code, text = say("wipe-person", "-user", "zoe")
	require.Equal(t, 1, code)
	require.Contains(t, text, `legal hold "case-7" (a claim)`)
	reload(without)
	code, text = say("wipe-person", "-user", "zoe")
	require.Equal(t, 0, code, text)
	require.Regexp(t, "the person is removed-[0-9a-f]{8} now, in 1 alerts", text)
	for _, path := range []string{"/api/v1/alerts/" + id, "/api/v1/alerts/" + id + "/timeline"} {
		_, body := c.do(http.MethodGet, path, "")
		require.Contains(t, string(body), "removed-")
		require.NotRegexp(t, "(?i)zoe", string(body))
	}
	code, text = say("wipe-person", "-user", "zoe")
	require.Equal(t, 1, code)
	require.Contains(t, text, `there is no user "zoe"`)
	code, text = say("wipe-person")
	require.Equal(t, 2, code)
	require.Contains(t, text, "-user is missing")
}
