package httpapi_test

import (
	"encoding/base64"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/store/memory"
)

// tap posts the form of the page.
func (w *world) tap(path, action string) answer {
	w.Helper()
	return w.send("POST", path, url.Values{"action": {action}}.Encode(), "Content-Type: application/x-www-form-urlencoded")
}

// link raises an alert and returns the path of the page in the message that went out.
func (w *world) link() (httpapi.Alert, string) {
	w.Helper()
	a := w.raise("disk <full> & burning")
	sent, err := w.Sent.Wait(w.Context(), 1)
	require.NoError(w, err)
	path, ok := strings.CutPrefix(sent[0].AckURL, "https://ops.example.com/oncall")
	require.True(w, ok, sent[0].AckURL)
	return a, path
}

// words returns the text of a page.
func (a answer) words() string {
	a.t.Helper()
	require.Equal(a.t, "text/html; charset=utf-8", a.Header().Get("Content-Type"))
	text := regexp.MustCompile(`(?s)<style>.*</style>|<[^>]*>`).ReplaceAllString(a.Body.String(), " ")
	return html.UnescapeString(strings.Join(strings.Fields(text), " "))
}

func TestOneTap(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, path := w.link()
		for range 3 { // previews and scanners
			w.send("GET", path, nil).is(200)
			w.send("HEAD", path, nil).is(200)
			w.send("GET", path+"?action=resolve&done=resolve", nil).is(200)
		}
		require.Equal(t, alert.Triggered, w.alerts()[0].State)
		page := w.send("GET", path, nil).words()
		require.Equal(t, "disk <full> & burning triggered disk <full> & burning Service Web shop Severity error "+
			"Since Sat 1 Jan 2000, 01:00 CET Paged Ada Okafor (you) Acknowledge Resolve Escalate I cannot take it "+
			"You act as Ada Okafor. Keep this link to yourself.", page)

		w.tap(path, "escalate").is(303)
		require.Contains(t, w.send("GET", path, nil).words(), "Paged Ada Okafor (you), Ben Li")
		done := w.tap(path, "ack").is(303)
		require.Equal(t, "?done=ack", done.Header().Get("Location"))
		page = w.send("GET", path+"?done=ack", nil).is(200).words()
		require.Contains(t, page, "You have it. Nobody else is paged.")
		require.NotContains(t, page, "Paged Acknowledged", "no row without names")
		require.Contains(t, page, "Acknowledged Ada Okafor (you), Sat 1 Jan 2000, 01:00 CET Resolve Escalate I cannot take it You")
		w.tap(path, "ack").is(303) // twice is fine

		w.tap(path+"?done=ack", "resolve").is(303)
		page = w.send("GET", path+"?done=resolve", nil).is(200).words()
		require.Contains(t, page, "Resolved. Thank you.")
		require.Contains(t, page, "This alert is over.")
		for _, action := range []string{"ack", "resolve", "escalate"} {
			require.Contains(t, w.tap(path, action).is(410).words(), "This alert is over.")
		}
		for _, e := range w.timeline(a) {
			if e.Actor == "user:ada" {
				require.Equal(t, "link", e.Via)
			}
		}
	})
}

// TestOneTapByAProgram: the buttons of a push app want to hear 2xx, and no page.
func TestOneTapByAProgram(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		_, path := w.link()
		press := func(action string) answer {
			return w.send("POST", path, "action="+action, "Content-Type: application/x-www-form-urlencoded", "Accept: application/json")
		}
		done := press("ack").is(200)
		require.Equal(t, "application/json", done.Header().Get("Content-Type"))
		require.Equal(t, "*", done.Header().Get("Access-Control-Allow-Origin"))
		require.Equal(t, "no-store", done.Header().Get("Cache-Control"))
		require.JSONEq(t, `{"done":"ack"}`, done.Body.String())
		require.Equal(t, alert.Acknowledged, w.alerts()[0].State)
		press("dance").is(400)
		press("resolve").is(200)
		press("ack").is(410)
		w.send("GET", path, nil, "Accept: application/json").is(200) // reading never acts
	})
}

func TestOneTapNoticesOnlyWhatIsSo(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, path := w.link()
		require.NotContains(t, w.send("GET", path+"?done=ack", nil).words(), "You have it")
		w.post("/api/v1/alerts/"+string(a.ID)+"/ack", `{"by":"ben"}`).is(200)
		page := w.send("GET", path+"?done=ack", nil).words()
		require.NotContains(t, page, "You have it")
		require.Contains(t, page, "Acknowledged Ben Li,")
		require.NotContains(t, w.send("GET", path+"?done=<script>", nil).Body.String(), "script")
	})
}

func TestOneTapHeaders(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		_, path := w.link()
		for _, a := range []answer{w.send("GET", path, nil), w.send("GET", "/a/nope", nil), w.tap(path, "ack")} {
			require.Equal(t, "no-referrer", a.Header().Get("Referrer-Policy"))
			require.Equal(t, "no-store", a.Header().Get("Cache-Control"))
			require.Contains(t, a.Header().Get("X-Robots-Tag"), "noindex")
			require.Regexp(t, `^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$`,
				a.Header().Get("Content-Security-Policy"))
		}
		body := w.send("GET", path, nil).Body.String()
		require.NotContains(t, body, "ZgotmplZ")
		require.NotContains(t, body, "<script")
		require.NotContains(t, body, "style=")
	})
}

func TestOneTapRefuses(t *testing.T) {
	links := httpapi.Links{Key: signingKey}
	other := httpapi.Links{Key: []byte("ffffffffffffffffffffffffffffffff")}
	inWorld(t, func(t *testing.T, w *world) {
		a, path := w.link()
		second := w.raise("secret")
		for name, bad := range map[string]string{
			"nothing":            "/a/x",
			"another key":        other.AckURL(a.ID, "ada"),
			"cut short":          path[:len(path)-1],
			"longer":             path + "A",
			"other alphabet":     strings.NewReplacer("-", "+", "_", "%2F").Replace(path) + "=",
			"no such alert":      links.AckURL("nope", "ada"),
			"no such person":     links.AckURL(a.ID, "eve"),
			"nobody":             links.AckURL(a.ID, ""),
			"line breaks":        path + "%0A",
			"very long":          "/a/" + strings.Repeat("A", 5000),
			"other split of ids": links.AckURL(a.ID[:len(a.ID)-1], watchbill.UserID(a.ID[len(a.ID)-1:])+"ada"),
		} {
			for _, got := range []answer{w.send("GET", bad, nil), w.tap(bad, "ack")} {
				require.Equal(t, "Not Found Not Found This link is not valid, or not any more.", got.is(404).words(), name)
			}
		}
		require.Equal(t, alert.Triggered, w.alerts()[1].State)
		require.NotContains(t, w.send("GET", path, nil).Body.String(), string(second.ID))

		w.tap(path, "reassign").is(400)
		w.tap(path, "").is(400)
		w.send("POST", path, "action=ack&x="+strings.Repeat("x", 10_000), "Content-Type: application/x-www-form-urlencoded").is(400)
		w.send("PUT", path, nil).problem(405)
		only := "/a/" + links.Seal(a.ID, "ada", "ack")
		require.NotContains(t, w.send("GET", only, nil).words(), "Resolve")
		w.tap(only, "resolve").is(400)
		w.tap(only, "ack").is(303)
	})
}

func TestOneTapEndsWithThePerson(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		_, path := w.link()
		next := org()
		next.Catalog.Users = next.Catalog.Users[1:]
		next.Catalog.Keys = []catalog.Key{}
		next.Schedules[0].Layers[0].Users = []watchbill.UserID{"ben"}
		w.configure(next)
		w.send("GET", path, nil).is(404)
	})
}

func TestOneTapWithoutAKey(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.Config.SigningKey = nil
		w.raise("x")
		sent, err := w.Sent.Wait(t.Context(), 1)
		require.NoError(t, err)
		require.Empty(t, sent[0].AckURL)
		w.send("GET", httpapi.Links{Key: make([]byte, 32)}.AckURL("x", "ada"), nil).is(404)
	})
}

func TestOneTapWhenTheStoreFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		b := &broken{Store: memory.New()}
		w.Store = b
		_, path := w.link()
		b.fail("down")
		require.Contains(t, w.send("GET", path, nil).is(503).words(), "try again")
		require.Contains(t, w.tap(path, "ack").is(503).words(), "try again")
	})
}

// A browser's way: under a prefix, with a trailing slash, following the redirect.
func TestOneTapUnderAPrefix(t *testing.T) {
	w := &world{T: t, Store: memory.New(), Config: httpapi.Config{SigningKey: signingKey, Metrics: httpapi.NewMetrics()}}
	w.start()
	defer w.stop()
	mux := http.NewServeMux()
	mux.Handle("/deep/er/", http.StripPrefix("/deep/er", w.handler))
	server := httptest.NewServer(mux)
	defer server.Close()
	for _, slash := range []string{"", "/"} {
		a := w.raise("x")
		links := httpapi.Links{PublicURL: server.URL + "/deep/er/", Key: signingKey}
		res, err := http.PostForm(links.AckURL(a.ID, "ada")+slash, url.Values{"action": {"ack"}})
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, 200, res.StatusCode)
		require.Equal(t, "done=ack", res.Request.URL.RawQuery)
	}
}

func TestLinksAreShortAndSafeInURLs(t *testing.T) {
	link := httpapi.Links{PublicURL: "https://x/", Key: signingKey}.AckURL("0006k1s8g5t00abcdefghijklm", "ada")
	require.Regexp(t, `^https://x/a/[A-Za-z0-9_-]+$`, link)
	require.Less(t, len(link), 80)
	require.Empty(t, httpapi.Links{Key: []byte("short")}.AckURL("a", "b"))
	require.Empty(t, httpapi.Links{Key: signingKey}.AckURL(watchbill.AlertID(strings.Repeat("x", 256)), "b"))
}

// FuzzToken: only what was sealed opens, and it opens as what was sealed.
func FuzzToken(f *testing.F) {
	links := httpapi.Links{Key: signingKey}
	f.Add(links.Seal("alert", "ada", "ack", "escalate"))
	f.Add("AQcFYWxlcnRhZGE")
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		a, u, actions, ok := links.Open(token)
		if ok {
			require.Equal(t, token, links.Seal(a, u, actions...))
			// The fuzzer cannot know the key: what opens is the seed, or was made of it by nothing.
			require.Equal(t, links.Seal("alert", "ada", "ack", "escalate"), token)
		}
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err == nil && len(raw) > 0 && ok {
			raw[len(raw)/2] ^= 1
			_, _, _, ok = links.Open(base64.RawURLEncoding.EncodeToString(raw))
			require.False(t, ok)
		}
	})
}

// FuzzRoundTrip: whatever the IDs, a link opens as what it was made for.
func FuzzRoundTrip(f *testing.F) {
	f.Add("alert", "ada")
	f.Add("", "\x00\xff")
	links := httpapi.Links{Key: signingKey}
	f.Fuzz(func(t *testing.T, alertID, user string) {
		token := links.Seal(watchbill.AlertID(alertID), watchbill.UserID(user), "resolve")
		if len(alertID) > 255 || len(user) > 255 {
			require.Empty(t, token)
			return
		}
		a, u, actions, ok := links.Open(token)
		require.True(t, ok)
		require.Equal(t, []string{alertID, user, "resolve"}, append([]string{string(a), string(u)}, actions...))
	})
}

// FuzzDecodeObject: a request never panics, and is refused with a problem that says something.
func FuzzDecodeObject(f *testing.F) {
	for _, seed := range []string{`{"user":"ben"}`, `{"x":1}`, `{"user":1}`, `{`, `[]`, "", "{}{}", "\xff", `{"details":[[[]]]}`, `{"\u0000":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := httpapi.DecodeObject(data); err != nil {
			var p *httpapi.Problem
			require.ErrorAs(t, err, &p)
			require.Equal(t, 400, p.Status)
			require.NotEmpty(t, p.Detail)
		}
	})
}
