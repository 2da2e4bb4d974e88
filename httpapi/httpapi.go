package httpapi

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
)

// Defaults of what Config leaves out.
const (
	DefaultMaxBody   = 4 << 20
	DefaultMaxIntake = 1024
	DefaultMaxLate   = 30 * time.Second
)

// Config says what a Handler works with. Engine and Store are required.
type Config struct {
	Engine *engine.Engine
	Store  store.Store     // the engine's
	Clock  watchbill.Clock // nil: Engine.Clock(), which is what everything else goes by
	Logger *slog.Logger    // nil: discards

	PublicURL    string                                 // where the handler is reached from outside, with the prefix it is mounted under
	SigningKey   []byte                                 // as in [Links.Key]; empty: there are no one-tap pages
	Authenticate func(*http.Request) (Principal, error) // the host's own login; see [ErrUnauthenticated]. nil: API keys only

	// Channels take in what providers of two-way channels post, by name: POST /channels/{name}/sms arrives at the handler of
	// that name as /sms. They see requests without a login, and must check themselves who speaks.
	Channels map[string]http.Handler

	// Senders says from which addresses messages come, for the card that people save on their phones; nil: from none.
	Senders func() []Sender

	Metrics       *Metrics // what the engine tells; nil: only what the handler itself counts is shown
	PublicMetrics bool     // /metrics needs no token

	MaxBody   int64         // bytes of a request, unpacked; zero: 4 MiB
	MaxIntake int           // intake requests at the same time; zero: 1024
	MaxLate   time.Duration // /healthz?strict fails when timers, messages or passes are later than this; zero: 30 s

	Info map[string]string // what watchbill_info says of the host, such as its version; nil: the metric is not there
}

// Handler serves the HTTP API. It is safe for concurrent use.
type Handler struct {
	cfg      Config
	log      *slog.Logger
	links    Links
	mux      *http.ServeMux
	page     *template.Template
	cross    *http.CrossOriginProtection
	slots    chan struct{} // one for each intake request under way
	planning chan struct{} // one for each roster being planned
	heavy    chan struct{} // one for the proof or report that is being made
	orgs     *fresh[*oncall.Org]
	ready    *fresh[string]
	vitals   *fresh[vitals]
	totals   *fresh[totals]
	pages    *Pages
	pasts    pastCache
	began    time.Time
}

// New returns a handler. The error names the field of Config that is wrong.
func New(cfg Config) (*Handler, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	h := &Handler{
		cfg: cfg, log: cfg.Logger, links: Links{PublicURL: cfg.PublicURL, Key: cfg.SigningKey},
		mux: http.NewServeMux(), page: template.Must(template.New("page").Parse(pageHTML)),
		cross: http.NewCrossOriginProtection(), slots: make(chan struct{}, cfg.MaxIntake), heavy: make(chan struct{}, 1),
		planning: make(chan struct{}, maxPlanning),
		began:    cfg.Clock.Now(),
		orgs:     newFresh[*oncall.Org](), ready: newFresh[string](), vitals: newFresh[vitals](), totals: newFresh[totals](),
	}
	if origin := originOf(cfg.PublicURL); origin != "" {
		if err := h.cross.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("httpapi: Config.PublicURL: %w", err)
		}
	}
	var err error
	h.pages, err = NewPages(PagesConfig{Engine: cfg.Engine, Clock: cfg.Clock, Logger: cfg.Logger, PublicURL: h.links.address("/status")})
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	if err := errors.Join(registry.Register(cfg.Metrics), registry.Register(gauges{h})); err != nil {
		return nil, fmt.Errorf("httpapi: Config.Metrics: %w", err)
	}
	h.routes(registry)
	return h, nil
}

// complete checks the configuration and fills in its defaults.
func (cfg *Config) complete() error {
	switch u, err := url.Parse(cfg.PublicURL); {
	case cfg.Engine == nil:
		return errors.New("httpapi: Config.Engine is missing")
	case cfg.Store == nil:
		return errors.New("httpapi: Config.Store is missing; it is the engine's")
	case err != nil || cfg.PublicURL != "" && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https"):
		return fmt.Errorf("httpapi: Config.PublicURL %q is not an http address such as https://oncall.example.com", cfg.PublicURL)
	case len(cfg.SigningKey) > 0 && len(cfg.SigningKey) < MinKey:
		return fmt.Errorf("httpapi: Config.SigningKey has %d bytes; at least %d are needed", len(cfg.SigningKey), MinKey)
	case cfg.MaxBody < 0 || cfg.MaxIntake < 0 || cfg.MaxLate < 0:
		return errors.New("httpapi: Config.MaxBody, MaxIntake and MaxLate must not be negative")
	}
	cfg.MaxBody = cmp.Or(cfg.MaxBody, DefaultMaxBody)
	cfg.MaxIntake = cmp.Or(cfg.MaxIntake, DefaultMaxIntake)
	cfg.MaxLate = cmp.Or(cfg.MaxLate, DefaultMaxLate)
	if cfg.Clock == nil {
		cfg.Clock = cfg.Engine.Clock()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics()
	}
	return nil
}

// originOf returns the origin of an address; empty if it has none.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (h *Handler) now() time.Time { return watchbill.Stamp(h.cfg.Clock.Now()) }

// ServeHTTP answers a request. A panic is answered 500 and logged.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := &responseWriter{ResponseWriter: w}
	out.Header().Set("X-Content-Type-Options", "nosniff")
	r = withoutSlash(r)
	defer func() { h.finish(out, r, recover()) }()
	if p := r.URL.EscapedPath(); p != path.Clean(p) {
		// The mux would redirect, which loses the prefix that the handler may be mounted under.
		h.fail(out, r, problem(http.StatusNotFound, "there is nothing at this path"))
		return
	}
	h.mux.ServeHTTP(out, r)
}

// withoutSlash strips one trailing slash, which some clients add.
func withoutSlash(r *http.Request) *http.Request {
	u := *r.URL
	if p := u.EscapedPath(); len(p) > 1 && strings.HasSuffix(p, "/") {
		u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), strings.TrimSuffix(u.RawPath, "/")
	}
	c := *r // the mux notes in it which route it took
	c.URL = &u
	return &c
}

// finish counts the request, and answers one whose handler panicked.
func (h *Handler) finish(w *responseWriter, r *http.Request, panicked any) {
	switch {
	case panicked == http.ErrAbortHandler:
		panic(panicked)
	case panicked != nil:
		h.panicked(w, r, panicked)
	}
	h.cfg.Metrics.request(r.Pattern, w.status)
}

// responseWriter remembers the status.
type responseWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (w *responseWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write notes that the status is 200 where none was set.
func (w *responseWriter) Write(p []byte) (int, error) {
	w.status = cmp.Or(w.status, http.StatusOK)
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
