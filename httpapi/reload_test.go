package httpapi_test

import (
	"context"
	"encoding/json"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/intake"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// renamed is org with another ID for its service.
func renamed(service watchbill.ServiceID) oncall.Config {
	c := org()
	c.Catalog.Services[0].ID = service
	for i := range c.Catalog.Sources {
		c.Catalog.Sources[i].Service = service
	}
	return c
}

// A service is renamed, and within the second for which a source is remembered, its sender posts.
func TestIntakeAcrossAReload(t *testing.T) {
	for path, c := range map[string]struct {
		status int
		body   func(key string) string
	}{
		"/intake/alertmanager/am-key": {200, func(key string) string { return firing(key) }},
		"/intake/generic/gen-key":     {202, item},
	} {
		inWorld(t, func(t *testing.T, w *world) {
			w.send("POST", path, c.body("before")).is(c.status)
			w.configure(renamed("web-shop"))
			w.send("POST", path, c.body("after")).is(c.status)
			all := w.alerts()
			require.Len(t, all, 2)
			require.Equal(t, watchbill.ServiceID("web-shop"), all[0].Service)
			require.Equal(t, "after", string(all[0].DedupKey))
		})
	}
}

// What is paused, of another type, or gone since counts from then on.
func TestIntakeAcrossAReloadThatTakesTheSourceOut(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*catalog.Source)
		status int
		body   string
	}{
		"another type": {func(s *catalog.Source) { s.Type = "generic" }, 404, ""},
		"another key":  {func(s *catalog.Source) { s.Key = catalog.DigestOf("another") }, 401, ""},
		"paused":       {func(s *catalog.Source) { s.Paused = true }, 200, "{\"paused\":true}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.send("POST", "/intake/alertmanager/am-key", firing()).is(200)
				next := renamed("web-shop")
				c.change(&next.Catalog.Sources[0])
				w.configure(next)
				a := w.send("POST", "/intake/alertmanager/am-key", firing("f1")).is(c.status)
				if c.body != "" {
					require.Equal(t, c.body, a.Body.String())
				}
				require.Empty(t, w.alerts())
			})
		})
	}
}

// A configuration that changes again before every commit: the sender is told to come again.
func TestIntakeIsNeverAnswered2xxForWhatIsNotCommitted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		restless := &restless{Store: memory.New()}
		w.Store = restless
		for path, body := range map[string]string{"/intake/alertmanager/am-key": firing("f1"), "/intake/generic/gen-key": item("a")} {
			w.send("POST", path, strings.NewReplacer("f1", "warm", `"a"`, `"warm"`).Replace(body))
			w.configure(renamed("first"))
			looks := 0
			restless.after(func() { looks++; w.configure(renamed("second")) })
			p := w.send("POST", path, body).problem(503)
			restless.after(nil)
			require.Contains(t, p.Detail, "try again")
			require.Equal(t, 1, looks)
			w.send("POST", path, body)
			w.pass(time.Second)
		}
		require.Len(t, w.alerts(), 4)
	})
}

// restless is a store in which something happens after every look at it from outside of its transactions.
type restless struct {
	store.Store
	mu    sync.Mutex
	event func()
}

func (r *restless) after(event func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.event = event
}

// View has the event happen after it, if a request looks.
func (r *restless) View(ctx context.Context, fn func(store.Tx) error) error {
	err := r.Store.View(ctx, fn)
	r.mu.Lock()
	event := r.event
	r.mu.Unlock()
	if event != nil && strings.Contains(string(debug.Stack()), "httpapi.(*Handler)") { // not after those of the engine
		event()
	}
	return err
}

func TestIntakeOfTooManyItemsIsLoud(t *testing.T) {
	var group struct {
		Alerts []json.RawMessage `json:"alerts"`
	}
	require.NoError(t, json.Unmarshal([]byte(firing("f1")), &group))
	for range intake.MaxSignals {
		group.Alerts = append(group.Alerts, group.Alerts[0])
	}
	inWorld(t, func(t *testing.T, w *world) {
		p := w.send("POST", "/intake/alertmanager/am-key", group).problem(413)
		require.Equal(t, []string{"alerts"}, fields(p))
		require.Contains(t, p.Detail, "10001 items")
		require.Len(t, w.alerts(), 1, "what was taken is kept")
	})
}
