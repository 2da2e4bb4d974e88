package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
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
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// org pages who is on call, then ben, then cem as the catch-all.
func org() oncall.Config {
	user := func(id watchbill.UserID, name string) catalog.User {
		return catalog.User{ID: id, Name: name, Zone: "Europe/Berlin",
			Contacts: []notify.Contact{{ID: "hook", Channel: "test", Address: "http://" + string(id) + "/"}}}
	}
	source := func(id watchbill.SourceID, kind string) catalog.Source {
		return catalog.Source{ID: id, Type: kind, Service: "shop", Key: catalog.DigestOf(string(id) + "-key")}
	}
	key := func(id string, role catalog.Role, user watchbill.UserID) catalog.Key {
		return catalog.Key{ID: id, Role: role, User: user, Token: catalog.DigestOf(id + "-token")}
	}
	paused := source("paused", "generic")
	paused.Paused = true
	pausedAM := source("paused-am", "alertmanager")
	pausedAM.Paused = true
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users:    []catalog.User{user("ada", "Ada Okafor"), user("ben", "Ben Li"), user("cem", "")},
			Services: []catalog.Service{{ID: "shop", Name: "Web shop", Policy: "web"}},
			Sources: []catalog.Source{source("am", "alertmanager"), source("gen", "generic"), paused, pausedAM,
				source("pd", "pagerduty"), source("prom", "prometheus")},
			Keys: []catalog.Key{key("admin", "admin", ""), key("bot", "responder", ""), key("viewer", "viewer", ""),
				key("intake", "intake", ""), key("ada", "responder", "ada")},
		},
		Schedules: []schedule.Spec{{ID: "primary", Timezone: "Europe/Berlin", Layers: []schedule.Layer{{
			ID: "week", Users: []watchbill.UserID{"ada", "ben"}, Rotation: schedule.Rotation{Unit: calendar.Week},
			Start: calendar.CivilMoment(calendar.NewCivil(1999, 12, 27, 9, 0, 0)),
		}}}, {ID: "empty"}},
		Policies: []escalation.Policy{{ID: "web", Levels: []escalation.Level{
			{Targets: []escalation.Target{escalation.Schedule("primary")}}, {Targets: []escalation.Target{escalation.User("ben")}},
		}}},
		CatchAll: []escalation.Target{escalation.User("cem")},
	}
}

// world is a handler over a running engine. Change what is exported before the first request.
type world struct {
	*testing.T
	Store  store.Store
	Config httpapi.Config // Engine and Store are filled in
	Limit  int            // of signals that wait; zero: the engine's own
	Sent   notifytest.Recorder
	Log    bytes.Buffer

	Engine  *engine.Engine
	handler http.Handler
	stop    func()
}

var signingKey = []byte("0123456789abcdef0123456789abcdef")

// inWorld runs fn in a bubble, in which it is midnight UTC of 1 January 2000, a Saturday; ada is on call.
func inWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, Store: memory.New(), Config: httpapi.Config{
			PublicURL: "https://ops.example.com/oncall/", SigningKey: signingKey, Metrics: httpapi.NewMetrics(),
		}}
		defer func() {
			if w.stop != nil {
				w.stop()
			}
		}()
		fn(t, w)
	})
}

// start makes and runs everything.
func (w *world) start() {
	if w.handler != nil {
		return
	}
	var err error
	w.Config.Logger = slog.New(slog.NewTextHandler(&w.Log, nil))
	links := httpapi.Links{PublicURL: w.Config.PublicURL, Key: w.Config.SigningKey}
	w.Engine, err = engine.New(engine.Config{Store: w.Store, IntakeLimit: w.Limit, Observer: w.Config.Metrics, AckURL: links.AckURL,
		Notifiers: map[notify.Channel]notify.Notifier{"test": &w.Sent}})
	require.NoError(w, err)
	w.configure(org())
	w.Config.Engine, w.Config.Store = w.Engine, w.Store
	w.handler, err = httpapi.New(w.Config)
	require.NoError(w, err)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = w.Engine.Run(ctx) })
	w.stop = func() { cancel(); wg.Wait() }
}

// pass lets time pass in the bubble.
func (w *world) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (w *world) configure(c oncall.Config) {
	_, err := w.Engine.Configure(w.Context(), time.Now(), c)
	require.NoError(w, err)
}

// answer is what came of a request.
type answer struct {
	t *testing.T
	*httptest.ResponseRecorder
}

// send makes a request. Headers are "Name: value"; a token alone is short for Authorization.
func (w *world) send(method, path string, body any, headers ...string) answer {
	w.Helper()
	w.start()
	r := httptest.NewRequestWithContext(w.Context(), method, path, reader(w, body))
	for _, header := range headers {
		name, value, ok := strings.Cut(header, ": ")
		if !ok {
			name, value = "Authorization", "Bearer "+header
		}
		r.Header.Set(name, value)
	}
	a := answer{w.T, httptest.NewRecorder()}
	w.handler.ServeHTTP(a, r)
	return a
}

func reader(t require.TestingT, body any) io.Reader {
	switch body := body.(type) {
	case nil:
		return http.NoBody
	case string:
		return strings.NewReader(body)
	case []byte:
		return bytes.NewReader(body)
	case io.Reader:
		return body
	}
	data, err := json.Marshal(body)
	require.NoError(t, err)
	return bytes.NewReader(data)
}

func (w *world) get(path string, headers ...string) answer {
	w.Helper()
	return w.send("GET", path, nil, append([]string{"admin-token"}, headers...)...)
}

func (w *world) post(path string, body any, headers ...string) answer {
	w.Helper()
	return w.send("POST", path, body, append([]string{"admin-token"}, headers...)...)
}

// is checks the status.
func (a answer) is(status int) answer {
	a.t.Helper()
	require.Equal(a.t, status, a.Code, a.Body.String())
	return a
}

// into reads the body as JSON.
func (a answer) into(v any) {
	a.t.Helper()
	require.Equal(a.t, "application/json", a.Header().Get("Content-Type"))
	require.NoError(a.t, json.Unmarshal(a.Body.Bytes(), v), a.Body.String())
}

// problem checks the status and returns the problem.
func (a answer) problem(status int) httpapi.Problem {
	a.t.Helper()
	a.is(status)
	require.Equal(a.t, "application/problem+json", a.Header().Get("Content-Type"))
	var p httpapi.Problem
	require.NoError(a.t, json.Unmarshal(a.Body.Bytes(), &p), a.Body.String())
	require.Equal(a.t, status, p.Status)
	require.Equal(a.t, "about:blank", p.Type)
	require.Equal(a.t, http.StatusText(status), p.Title)
	require.NotEmpty(a.t, p.Detail)
	return p
}

// fields returns the names of the fields that a problem is about.
func fields(p httpapi.Problem) (names []string) {
	for _, e := range p.Errors {
		names = append(names, e.Field)
	}
	return names
}

// raise raises an alert by hand and returns it.
func (w *world) raise(summary string) httpapi.Alert {
	w.Helper()
	var a httpapi.Alert
	w.post("/api/v1/alerts", map[string]any{"service": "shop", "summary": summary}).is(201).into(&a)
	return a
}

// alerts returns all alerts, newest first.
func (w *world) alerts() []httpapi.Alert {
	w.Helper()
	var page struct{ Alerts []httpapi.Alert }
	w.get("/api/v1/alerts?limit=200").is(200).into(&page)
	return page.Alerts
}

// broken is a store that fails when told to.
type broken struct {
	store.Store
	err atomic.Value
}

func (b *broken) fail(why string) { b.err.Store(why) }

// failure returns an error if it is to fail; never for no reason.
func (b *broken) failure() error {
	if why, _ := b.err.Load().(string); why != "" {
		return errors.New(why)
	}
	return nil
}

func (b *broken) View(ctx context.Context, fn func(store.Tx) error) error {
	if err := b.failure(); err != nil {
		return err
	}
	return b.Store.View(ctx, fn)
}

func (b *broken) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := b.failure(); err != nil {
		return err
	}
	return b.Store.Update(ctx, fn)
}
