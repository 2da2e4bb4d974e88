package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
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

	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// site is public pages over a store that counts, fails and panics when told to.
type site struct {
	*testing.T
	broken
	clock  movedClock
	views  atomic.Int64
	panics atomic.Bool
	slow   atomic.Int64 // nanoseconds that every view takes
	engine *engine.Engine
	pages  *httpapi.Pages
	log    bytes.Buffer
}

// movedClock is the real clock, set forward or back.
type movedClock struct{ by atomic.Int64 }

func (c *movedClock) Now() time.Time { return time.Now().Add(time.Duration(c.by.Load())) }

func (c *movedClock) WithDeadline(ctx context.Context, at time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, at)
}

func (s *site) View(ctx context.Context, fn func(store.Tx) error) error {
	s.views.Add(1)
	if d := time.Duration(s.slow.Load()); d > 0 {
		<-time.After(d)
	}
	if s.panics.Load() {
		panic("bug")
	}
	return s.broken.View(ctx, fn)
}

func onSite(t *testing.T, fn func(t *testing.T, s *site)) {
	synctest.Test(t, func(t *testing.T) {
		s := &site{T: t, broken: broken{Store: memory.New()}}
		var err error
		s.engine, err = engine.New(engine.Config{Store: s})
		require.NoError(t, err)
		_, err = s.engine.Configure(t.Context(), time.Now(), response())
		require.NoError(t, err)
		s.pages, err = httpapi.NewPages(httpapi.PagesConfig{Engine: s.engine, Clock: &s.clock, Logger: slog.New(slog.NewTextHandler(&s.log, nil)), PublicURL: "https://example.com/status/"})
		require.NoError(t, err)
		fn(t, s)
	})
}

// visit makes a request; headers are "Name: value".
func (s *site) visit(method, path string, headers ...string) *httptest.ResponseRecorder {
	r, w := httptest.NewRequest(method, path, nil), httptest.NewRecorder()
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	s.pages.ServeHTTP(w, r)
	return w
}

func (s *site) get(path string, headers ...string) *httptest.ResponseRecorder {
	return s.visit("GET", path, headers...)
}

func TestEveryPublicDocument(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		html := []string{"/public", "/public/"}
		other := []string{"/public/feed.atom"}
		for _, d := range strings.Fields("status summary components incidents incidents/unresolved scheduled-maintenances scheduled-maintenances/upcoming scheduled-maintenances/active") {
			other = append(other, "/public/api/v2/"+d+".json")
		}
		for _, path := range append(html, other...) {
			for _, method := range []string{"GET", "HEAD"} {
				a := s.visit(method, path)
				require.Equal(t, 200, a.Code, path)
				h := a.Header()
				require.Equal(t, "public, max-age=10, stale-if-error=86400", h.Get("Cache-Control"))
				require.Equal(t, "Accept-Encoding", h.Get("Vary"))
				require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
				require.Regexp(t, `^"[\w-]+"$`, h.Get("ETag"))
				require.Equal(t, method == "HEAD", a.Body.Len() == 0)
				if strings.HasPrefix(h.Get("Content-Type"), "text/html") {
					require.Contains(t, html, path)
					require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'")
					require.Empty(t, h.Get("Access-Control-Allow-Origin"))
				} else {
					require.Contains(t, other, path)
					require.Empty(t, h.Get("Content-Security-Policy"))
					require.Equal(t, "*", h.Get("Access-Control-Allow-Origin"))
				}
			}
		}
		require.Contains(t, s.get("/public").Body.String(), "https://example.com/status/public/feed.atom")
	})
}

func TestWhatIsNotPublic(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for _, path := range []string{"/", "/nope", "/nope/feed.atom", "/public/nope", "/public/api/v2/nope.json", "/public/api/v2/status", "/public/api/v2/",
			"/public/api/v2/incidents/nope.json", "/public/incidents/nope", "/public/incidents", "//public", "/public//feed.atom", "/public/../public", "/%2e%2e"} {
			a := s.get(path)
			require.Equal(t, 404, a.Code, path)
			require.Empty(t, a.Header().Get("ETag"))
			require.NotContains(t, a.Header().Get("Cache-Control"), "public", path)
		}
		for _, method := range []string{"POST", "PUT", "DELETE"} {
			a := s.visit(method, "/public")
			require.Equal(t, 405, a.Code)
			require.Equal(t, "GET, HEAD", a.Header().Get("Allow"))
		}
	})
}

func TestNamesThatAreGuessedDoNotFillMemory(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.get("/public")
		var callers sync.WaitGroup
		for k := range 500 {
			callers.Go(func() {
				s.get(fmt.Sprint("/p", k%50))
				s.get(fmt.Sprint("/public/incidents/", k))
				s.get(fmt.Sprintf("/public/api/v2/%d.json", k))
			})
		}
		callers.Wait()
		require.Equal(t, [2]int{1, 1}, s.pages.Kept("public"), "one page, of which one file was made")
	})
}

func TestRequestsOnCondition(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		plain := s.get("/public")
		packed := s.get("/public", "Accept-Encoding: br, gzip")
		require.Equal(t, "gzip", packed.Header().Get("Content-Encoding"))
		z, err := gzip.NewReader(packed.Body)
		require.NoError(t, err)
		body, err := io.ReadAll(z)
		require.NoError(t, err)
		require.Equal(t, plain.Body.String(), string(body))
		tag, packedTag := plain.Header().Get("ETag"), packed.Header().Get("ETag")
		require.NotEqual(t, tag, packedTag)
		for condition, code := range map[string]int{
			tag: 304, "W/" + tag: 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200, packedTag: 200, "": 200,
		} {
			a := s.get("/public", "If-None-Match: "+condition)
			require.Equal(t, code, a.Code, condition)
			require.Equal(t, tag, a.Header().Get("ETag"))
			require.NotEmpty(t, a.Header().Get("Cache-Control"))
			require.Equal(t, "Accept-Encoding", a.Header().Get("Vary"))
			require.Equal(t, code == 304, a.Body.Len() == 0)
		}
		require.Equal(t, 304, s.get("/public", "Accept-Encoding: gzip", "If-None-Match: "+packedTag).Code)
		require.Equal(t, 304, s.visit("HEAD", "/public", "If-None-Match: "+tag).Code)
		<-time.After(5 * time.Second)
		require.Equal(t, 304, s.get("/public", "If-None-Match: "+tag).Code, "an edition in which nothing has changed has the same tag")
	})
}

func TestEncodings(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for header, want := range map[string]string{
			"": "", "identity": "", "br": "", "gzip": "gzip", "GZIP": "gzip", "deflate, gzip;q=1.0, *;q=0.5": "gzip", "gzip ; q=0.1": "gzip",
			"gzip;q=0": "", "gzip; q=0.000": "", "gzip;Q=0": "", "br;q=1, gzip;q=0, *": "", "x-gzip": "", "gzipped": "",
		} {
			require.Equal(t, want, s.get("/public", "Accept-Encoding: "+header).Header().Get("Content-Encoding"), header)
		}
		require.Equal(t, "gzip", s.get("/public", "Accept-Encoding: br", "Accept-Encoding: gzip").Header().Get("Content-Encoding"))
	})
}

func TestPagesUnderAPrefixOfAHost(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		host := http.NewServeMux()
		host.Handle("/our/status/", http.StripPrefix("/our/status", s.pages))
		for path, code := range map[string]int{"/our/status/public": 200, "/our/status/public/": 200, "/our/status/public/feed.atom": 200,
			"/our/status/": 404, "/our/status/nope": 404} {
			w := httptest.NewRecorder()
			host.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			require.Equal(t, code, w.Code, path)
			require.Empty(t, w.Header().Get("Location"))
		}
	})
}

func TestWhileTheStoreFailsTheLastEditionIsServed(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.fail("disk full")
		a := s.get("/public")
		require.Equal(t, 503, a.Code, "there is none yet")
		require.NotEmpty(t, a.Header().Get("Retry-After"))
		require.NotContains(t, a.Header().Get("Cache-Control"), "public")
		require.NotContains(t, a.Body.String(), "disk full")
		s.fail("")
		before := s.get("/public")
		s.fail("disk full")
		s.views.Store(0)
		for range 100 {
			<-time.After(50 * time.Millisecond)
			a := s.get("/public")
			require.Equal(t, 200, a.Code)
			require.Equal(t, before.Header().Get("ETag"), a.Header().Get("ETag"))
			require.Equal(t, 200, s.get("/public/feed.atom").Code, "also a file that nobody has read before")
		}
		require.LessOrEqual(t, s.views.Load(), int64(6), "it is not asked more often than once a second")
		require.Contains(t, s.log.String(), "disk full")
		require.LessOrEqual(t, strings.Count(s.log.String(), "status page is not fresh"), 6)
		s.fail("")
		c := response()
		c.Catalog.Pages[0].Name = "New name"
		_, err := s.engine.Configure(t.Context(), time.Now(), c)
		require.NoError(t, err)
		<-time.After(time.Second)
		require.Contains(t, s.get("/public").Body.String(), "New name")
	})
}

func TestAPageThatIsTakenOutIsGoneSoon(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		require.Equal(t, 200, s.get("/public").Code)
		c := response()
		c.Catalog.Pages = nil
		_, err := s.engine.Configure(t.Context(), time.Now(), c)
		require.NoError(t, err)
		<-time.After(time.Second)
		require.Equal(t, 404, s.get("/public").Code)
		require.Equal(t, [2]int{}, s.pages.Kept("public"))
		_, err = s.engine.Configure(t.Context(), time.Now(), response())
		require.NoError(t, err)
		require.Equal(t, 200, s.get("/public").Code, "one that is put in is there at once")
	})
}

func TestManyReadersShareAnEditionAndNobodyWaitsForTheNext(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.slow.Store(int64(300 * time.Millisecond))
		s.get("/public")
		s.views.Store(0)
		began := time.Now()
		var slow atomic.Int64
		var readers sync.WaitGroup
		for range 64 {
			readers.Go(func() {
				for time.Since(began) < 10*time.Second {
					asked := time.Now()
					if s.get("/public").Code != 200 {
						t.Error("no page")
					}
					if time.Since(asked) > 0 {
						slow.Add(1)
					}
					<-time.After(70 * time.Millisecond)
				}
			})
		}
		readers.Wait()
		require.LessOrEqual(t, s.views.Load(), int64(10))
		require.Greater(t, s.views.Load(), int64(6))
		require.LessOrEqual(t, slow.Load(), s.views.Load(), "only who makes an edition waits for it")
	})
}

func TestTheFirstReadersShareOneEdition(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.slow.Store(int64(300 * time.Millisecond))
		s.views.Store(0)
		var readers sync.WaitGroup
		for range 64 {
			readers.Go(func() { require.Equal(t, 200, s.get("/public").Code) })
		}
		readers.Wait()
		require.EqualValues(t, 1, s.views.Load())
	})
}

func TestAReaderWhoLeavesDoesNotWait(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.slow.Store(int64(time.Second))
		go s.get("/public")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		began := time.Now()
		s.pages.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/public", nil))
		require.Equal(t, 10*time.Millisecond, time.Since(began))
		require.Empty(t, s.log.String(), "nobody is to be told")
		<-time.After(2 * time.Second)
	})
}

func TestAClockSetBackDoesNotFreezeAnEdition(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.clock.by.Store(int64(time.Hour))
		s.get("/public")
		s.clock.by.Store(0)
		s.views.Store(0)
		s.get("/public")
		require.EqualValues(t, 1, s.views.Load())
		<-time.After(time.Second)
		s.get("/public")
		require.EqualValues(t, 2, s.views.Load())
	})
}

func TestAPanicDoesNotWedgeThePress(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.panics.Store(true)
		require.Panics(t, func() { s.get("/public") })
		require.Panics(t, func() { s.get("/public") }, "there is nothing to serve yet")
		s.panics.Store(false)
		require.Equal(t, 200, s.get("/public").Code)
		<-time.After(time.Second)
		s.panics.Store(true)
		require.Panics(t, func() { s.get("/public") })
		require.Equal(t, 200, s.get("/public").Code, "the last edition, for a second")
	})
}

func TestPagesConfig(t *testing.T) {
	_, err := httpapi.NewPages(httpapi.PagesConfig{})
	require.ErrorContains(t, err, "PagesConfig.Engine is missing")
	e, err := engine.New(engine.Config{Store: memory.New()})
	require.NoError(t, err)
	for address, ok := range map[string]bool{"": true, "/status": true, "https://example.com/": true, "example.com": false, "ftp://x": false, ":": false} {
		_, err := httpapi.NewPages(httpapi.PagesConfig{Engine: e, PublicURL: address})
		require.Equal(t, ok, err == nil, address)
	}
}
