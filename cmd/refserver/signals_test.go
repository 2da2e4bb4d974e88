package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/config"
)

// TestHangupLoadsTheFileAgain: a good file counts from then on, one with errors changes nothing.
func TestHangupLoadsTheFileAgain(t *testing.T) {
	t.Parallel()
	phones := newPhoneBook(t)
	before := strings.ReplaceAll(twoLevelsYAML, "PHONES", phones.URL)
	conf := write(t, "watchbill.yaml", before)
	server, base := serveOn(t, conf, "sqlite:"+filepath.Join(t.TempDir(), "w.db"), "127.0.0.1:0")
	reload := func(text, said string) {
		t.Helper()
		require.NoError(t, os.WriteFile(conf, []byte(text), 0o600))
		server.signal(t, syscall.SIGHUP)
		server.waitFor(t, said)
	}
	page := func(key, user string) {
		t.Helper()
		require.True(t, send(t.Context(), base, key))
		all := phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(pagedOf(a, key)) > 0 })
		require.Equal(t, user+" 1", pagedOf(all, key)[0])
	}
	page("a", "ada")
	swapped := strings.NewReplacer("user:ada", "user:ben", "user:ben", "user:ada").Replace(before)
	reload(swapped, `configuration in force.* revision=2`)
	page("b", "ben")
	reload(strings.ReplaceAll(before, "policy: two", "policy: too"), `reload refused.*too`)
	page("c", "ben")

	renamed := strings.NewReplacer("shop", "web-shop").Replace(before)
	reload(renamed, `configuration in force.* revision=3`)
	page("d", "ada")
	reload("public_url: https://oncall.example.com\n"+renamed, `level=WARN.*public_url has changed: that needs a restart`)
	reload("signing_key: 0123456789abcdef0123456789abcdef\n"+renamed, `level=WARN.*signing_key has changed: that needs a restart`)
	status, _ := client{t: t, base: base}.do(http.MethodGet, "/healthz", "")
	require.Equal(t, http.StatusOK, status)
}

// TestHangupDuringTheStart: the process lives, and looks at the file once more when it serves.
func TestHangupDuringTheStart(t *testing.T) {
	t.Parallel()
	path, err := binary()
	require.NoError(t, err)
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(strings.ReplaceAll(killYAML, "PHONES", "http://127.0.0.1:1"), "users:", "users:\n  - {id: zed}"))
	server := launch(t, path, "serve", "-config", conf, "-db", "sqlite:"+filepath.Join(t.TempDir(), "w.db"), "-listen", "127.0.0.1:0")
	server.waitFor(t, `zed cannot be paged`) // the file is read, the store not open yet
	server.signal(t, syscall.SIGHUP)
	for range 2 {
		server.waitFor(t, `configuration in force`)
	}
}

// TestTermFinishesASend: the page under way is answered and recorded, so that nobody is paged twice for it.
func TestTermFinishesASend(t *testing.T) {
	t.Parallel()
	phones := newSlowPhoneBook(t)
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(killYAML, "PHONES", phones.URL))
	db := "sqlite:" + filepath.Join(t.TempDir(), "w.db")
	server, base := serveOn(t, conf, db, "127.0.0.1:0")
	require.True(t, send(t.Context(), base, "a"))
	under := phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) == 1 })[0]
	server.signal(t, syscall.SIGTERM)
	server.waitFor(t, `stopping`)
	close(phones.hold)
	require.Equal(t, 0, server.exit(t))

	_, base = serveOn(t, conf, db, "127.0.0.1:0")
	status, timeline := client{t, base, "ops-token"}.do(http.MethodGet, "/api/v1/alerts/"+under.Alert.ID+"/timeline", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, string(timeline), "accepted the page")
	require.True(t, send(t.Context(), base, "b"))
	all := phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(pagedOf(a, "b")) == 1 })
	require.Len(t, all, 2, "one page each")
}

// TestLoadChangesAllOrNothing: providers of a file whose organisation is refused are not used.
func TestLoadChangesAllOrNothing(t *testing.T) {
	parsable := strings.ReplaceAll(killYAML, "PHONES", "http://127.0.0.1:1")
	file := func(text string) *config.File {
		f, _, err := config.Parse("watchbill.yaml", []byte(text))
		require.NoError(t, err)
		return f
	}
	a, err := newApp(context.Background(), file(parsable), setup{db: "memory:", listen: "127.0.0.1:0", log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer a.close()
	webhook, email := a.channels.webhook.now.Load(), a.channels.email.now.Load()
	bad := file(parsable + "\npublic_url: http://127.0.0.1:1")
	bad.SMTP = &config.SMTP{Addr: "127.0.0.1:25", From: "oncall@example.com", TLS: "none"}
	bad.Org.Catalog.Services[0].Policy = "nowhere"
	require.ErrorContains(t, a.load(t.Context(), bad), "nowhere")
	require.Same(t, webhook, a.channels.webhook.now.Load())
	require.Equal(t, email, a.channels.email.now.Load())
}
