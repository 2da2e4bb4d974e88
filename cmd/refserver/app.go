package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/rules/expr"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/postgres"
	"github.com/watchbill/watchbill/store/sqlite"
)

// app is the server, wired: a store, an engine on it, and the HTTP API in front.
type app struct {
	log      *slog.Logger
	store    store.Store
	closer   io.Closer
	engine   *engine.Engine
	channels channels
	senders  addresses
	listener net.Listener
	server   *http.Server
	deadMan  *deadMan

	// What a reload cannot change, as it is in force.
	public     string
	signingKey string // as the file had it
}

// setup is how a server is started.
type setup struct {
	db, listen string
	log        *slog.Logger
	maxLate    time.Duration     // what health takes; zero: the default
	trace      func(engine.Span) // nil: nowhere

	// Of a drill, which has a clock of its own and people who know that it is one.
	clock       watchbill.Clock                       // nil: the real one
	sendTimeout time.Duration                         // by that clock; zero: the default
	instead     func(notify.Notifier) notify.Notifier // of every channel; nil: as it is
}

// openStore opens what -db names.
func openStore(ctx context.Context, db string) (store.Store, io.Closer, error) {
	kind, rest, _ := strings.Cut(db, ":")
	switch {
	case kind == "memory":
		s := memory.New()
		return s, s, nil
	case kind == "sqlite" && rest != "":
		s, err := sqlite.Open(ctx, rest)
		if err != nil { // then s is nil, which is not to become an io.Closer
			return nil, nil, usagef("-db: %s: %w", rest, err)
		}
		return s, s, nil
	case kind == "postgres" || kind == "postgresql":
		s, err := postgres.Open(ctx, db)
		if err != nil {
			return nil, nil, usagef("-db: %w", err)
		}
		return s, s, nil
	}
	return nil, nil, usagef("-db: %q is not a database; use sqlite:PATH, postgres://USER:PASSWORD@HOST/DATABASE or memory:", db)
}

// newApp wires the server for a configuration, and puts that in force.
func newApp(ctx context.Context, file *config.File, s setup) (_ *app, err error) {
	a := &app{log: s.log, deadMan: newDeadMan(engine.RealClock(), s.log)}
	if a.listener, err = net.Listen("tcp", s.listen); err != nil {
		return nil, usagef("-listen: %w", err)
	}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	if a.store, a.closer, err = openStore(ctx, s.db); err != nil {
		return nil, err
	}
	if err = checkStore(ctx, a.store, s.log); err != nil {
		return nil, err
	}
	key, err := signingKey(ctx, a.store, file.SigningKey)
	if err != nil {
		return nil, err
	}
	a.public, a.signingKey = a.publicURL(file), file.SigningKey
	return a, a.wire(ctx, file, key, s)
}

// publicURL is where a configuration says that the server is reached: where it listens, unless it says more.
func (a *app) publicURL(file *config.File) string {
	return cmp.Or(file.PublicURL, "http://"+a.listener.Addr().String())
}

func (a *app) wire(ctx context.Context, file *config.File, key []byte, s setup) error {
	links := httpapi.Links{PublicURL: a.public, Key: key}
	metrics := httpapi.NewMetrics()
	notifiers := a.channels.notifiers(file)
	for channel, n := range notifiers {
		if s.instead != nil {
			notifiers[channel] = s.instead(n)
		}
	}
	var err error
	a.engine, err = engine.New(engine.Config{
		Store: a.store, Clock: s.clock, SendTimeout: s.sendTimeout, Logger: a.log, Observer: metrics, Trace: s.trace, AckURL: links.AckURL, HandoverURL: links.HandoverURL,
		ListURL: links.ListURL, ProofURL: links.ProofURL, Compile: expr.Compile,
		Notifiers:  notifiers,
		LaneLimits: map[notify.Channel]int{"email": 8}, // mail servers refuse more connections from one client
	})
	if err != nil {
		return err
	}
	if err := a.load(ctx, file); err != nil {
		return err
	}
	handler, err := httpapi.New(httpapi.Config{
		Engine: a.engine, Store: a.store, Logger: a.log, PublicURL: a.public, SigningKey: key, Metrics: metrics,
		MaxLate: s.maxLate, Info: map[string]string{"version": release(), "store": storeKind(s.db)},
		Senders: a.senders.list, Channels: map[string]http.Handler{"twilio": &a.channels.twilio},
	})
	if err != nil {
		return err
	}
	a.deadMan.health = handler.Health
	a.server = &http.Server{
		Handler: handler, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	return nil
}

// load puts a configuration in force: who is paged, and how mail and webhooks are sent. After an error, everything is as
// it was.
func (a *app) load(ctx context.Context, file *config.File) error {
	next, err := newProviders(file, a.public, a.engine, a.log)
	if err != nil {
		return usageError{err}
	}
	revision, err := a.engine.Configure(ctx, a.engine.Clock().Now(), file.Org)
	if err != nil {
		return err
	}
	for _, name := range a.channels.use(next) {
		a.log.Warn("channels.nikoksr has a new name: that needs a restart", "name", name)
	}
	a.senders.use(file)
	a.log.Info("configuration in force", "revision", revision)
	a.deadMan.use(file.DeadMan)
	if a.publicURL(file) != a.public {
		a.log.Warn("public_url has changed: that needs a restart", "in_force", a.public)
	}
	if file.SigningKey != a.signingKey {
		a.log.Warn("signing_key has changed: that needs a restart; until then links are made and opened with the one before")
	}
	return nil
}

// run serves until ctx is done; then it takes no more requests, finishes those there are, and drains the engine.
func (a *app) run(ctx context.Context) error {
	engineCtx, stopEngine := context.WithCancel(context.WithoutCancel(ctx))
	defer stopEngine()
	defer a.deadMan.begin(ctx)()
	stopped := make(chan error, 2)
	go func() { stopped <- a.engine.Run(engineCtx) }() // ends with engineCtx, waited for below
	go func() {                                        // ends with Shutdown, waited for below
		err := a.server.Serve(a.listener)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		stopped <- err
	}()
	var err error
	select {
	case <-ctx.Done():
		a.log.Info("stopping: requests and sends under way are finished")
	case err = <-stopped:
		stopped <- nil
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	err = errors.Join(err, a.server.Shutdown(grace))
	stopEngine()
	return errors.Join(err, <-stopped, <-stopped)
}

func (a *app) close() {
	if a.listener != nil {
		_ = a.listener.Close()
	}
	if a.closer != nil {
		_ = a.closer.Close()
	}
}

// signingKey returns the configured key of one-tap links, or the one that the store keeps, made at the first start.
func signingKey(ctx context.Context, s store.Store, configured string) (key []byte, err error) {
	const name = "refserver.signing_key"
	if configured != "" {
		return []byte(configured), nil
	}
	err = s.Update(ctx, func(tx store.Tx) error {
		if key, err = tx.Values().Get(name); err != nil || key != nil {
			return err
		}
		key = make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return err
		}
		return tx.Values().Set(name, key)
	})
	return key, err
}
