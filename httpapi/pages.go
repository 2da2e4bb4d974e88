package httpapi

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/statuspage"
)

// PagesConfig says what [Pages] work with. Engine is required.
type PagesConfig struct {
	Engine    *engine.Engine
	Clock     watchbill.Clock // nil: Engine.Clock(), which is what everything else goes by
	Logger    *slog.Logger    // nil: discards
	PublicURL string          // where the handler is reached from outside, with the prefix it is mounted under
}

// Pages serves the public status pages, without any login:
//
//	/{page}                   the page
//	/{page}/incidents/{id}    one incident
//	/{page}/api/v2/....json   as statuspage.io has them
//	/{page}/feed.atom         the feed
//
// Mount it under a prefix with [http.StripPrefix]. A change shows after at most two seconds; while the store cannot be
// read, the last edition is served. It is safe for concurrent use.
type Pages struct {
	cfg    PagesConfig
	render *statuspage.Renderer
	mux    *http.ServeMux
	mu     sync.Mutex
	prints map[watchbill.PageID]*press
}

// NewPages returns a handler. The error names the field of PagesConfig that is wrong.
func NewPages(cfg PagesConfig) (*Pages, error) {
	u, err := url.Parse(cfg.PublicURL)
	switch {
	case cfg.Engine == nil:
		return nil, errors.New("httpapi: PagesConfig.Engine is missing")
	case err != nil || cfg.PublicURL != "" && cfg.PublicURL[0] != '/' && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https"):
		return nil, fmt.Errorf("httpapi: PagesConfig.PublicURL %q is not an http address such as https://example.com/status", cfg.PublicURL)
	}
	cfg.PublicURL = strings.TrimRight(cfg.PublicURL, "/")
	if cfg.Clock == nil {
		cfg.Clock = cfg.Engine.Clock()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Pages{cfg: cfg, render: statuspage.NewRenderer(), mux: http.NewServeMux(), prints: map[watchbill.PageID]*press{}}
	p.mux.HandleFunc("GET /{page}", p.serve(func(*http.Request) string { return "" }))
	p.mux.HandleFunc("GET /{page}/feed.atom", p.serve(func(*http.Request) string { return "feed.atom" }))
	p.mux.HandleFunc("GET /{page}/incidents/{id}", p.serve(func(r *http.Request) string { return "incidents/" + r.PathValue("id") }))
	document := p.serve(func(r *http.Request) string { return "api/v2/" + r.PathValue("document") })
	p.mux.HandleFunc("GET /{page}/api/v2/{document...}", document)
	p.mux.HandleFunc("GET /{page}/api/v2", document) // else the mux redirects
	return p, nil
}

// ServeHTTP answers a request.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = withoutSlash(r)
	if u := r.URL.EscapedPath(); u != path.Clean(u) {
		// The mux would redirect, which loses the prefix that the handler may be mounted under.
		nothingPublic(w)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// nothingPublic answers in words for visitors. Caches must not keep it: the page may be configured in a moment.
func nothingPublic(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, "There is nothing here.", http.StatusNotFound)
}

// Caching of what is public: a moment for those who reload during an incident, a day where the server is away.
const publicCache = "public, max-age=10, stale-if-error=86400"

func (p *Pages) serve(name func(*http.Request) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := watchbill.PageID(r.PathValue("page"))
		f, err := p.file(r.Context(), id, name(r))
		var missing *engine.MissingError
		switch {
		case errors.As(err, &missing) || err == nil && f == nil:
			nothingPublic(w)
		case err != nil:
			if r.Context().Err() == nil {
				p.cfg.Logger.Error("status page cannot be shown", "page", id, "error", err)
			}
			w.Header().Set("Retry-After", retryAfter)
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "The status cannot be shown now. Please try again.", http.StatusServiceUnavailable)
		default:
			f.serve(w, r, p.render.CSP())
		}
	}
}

// file returns one file of the page's newest edition; nil if it has none of that name.
func (p *Pages) file(ctx context.Context, id watchbill.PageID, name string) (*file, error) {
	pr := p.press(id)
	e, err := pr.edition(ctx, p, id)
	if err != nil {
		p.mu.Lock()
		if p.prints[id] == pr && pr.last.Load() == nil {
			delete(p.prints, id) // guessing names must not fill memory
		}
		p.mu.Unlock()
		return nil, err
	}
	return e.file(p.render, name)
}

func (p *Pages) press(id watchbill.PageID) *press {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.prints[id] == nil {
		p.prints[id] = &press{turn: make(chan struct{}, 1)}
	}
	return p.prints[id]
}

// file is what is sent, as it is and packed.
type file struct {
	kind, tag    string
	body, packed []byte
}

func newFile(kind string, body []byte) *file {
	sum := sha256.Sum256(body)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return &file{kind: kind, tag: base64.RawURLEncoding.EncodeToString(sum[:12]), body: body, packed: packed.Bytes()}
}

func (f *file) serve(w http.ResponseWriter, r *http.Request, csp string) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", publicCache)
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if strings.HasPrefix(f.kind, "text/html") {
		h.Set("Content-Security-Policy", csp)
	} else {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	body, tag := f.body, f.tag
	if acceptsGzip(strings.Join(r.Header.Values("Accept-Encoding"), ",")) {
		body, tag = f.packed, f.tag+"-gz"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reads a header Accept-Encoding.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if q := strings.ToLower(strings.ReplaceAll(params, " ", "")); strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			return q == "" || strings.Trim(strings.TrimPrefix(q, "q="), "0.") != ""
		}
	}
	return false
}

// kinds is the content type of each kind of file. It is never written to.
var kinds = map[string]string{
	"html": "text/html; charset=utf-8", "json": "application/json; charset=utf-8", "atom": "application/atom+xml; charset=utf-8",
}

// print makes a file of a view; nil if there is none of that name.
func print(render *statuspage.Renderer, v statuspage.View, name string) (*file, error) {
	kind, body, ok, err := "html", []byte(nil), true, error(nil)
	if id, isIncident := strings.CutPrefix(name, "incidents/"); isIncident {
		body, ok, err = render.Incident(v, id)
	} else if document, isJSON := strings.CutPrefix(name, "api/v2/"); isJSON {
		kind = "json"
		document, ok = strings.CutSuffix(document, ".json")
		if ok {
			body, ok = v.JSON(document)
		}
	} else if name == "feed.atom" {
		kind = "atom"
		body, err = v.Atom()
	} else {
		body, err = render.HTML(v)
	}
	if err != nil || !ok {
		return nil, err
	}
	return newFile(cmp.Or(kinds[kind], kind), body), nil
}
