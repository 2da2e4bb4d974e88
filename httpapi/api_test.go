package httpapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

func TestRaiseStatuses(t *testing.T) {
	for name, c := range map[string]struct {
		body   any
		status int
		fields []string
	}{
		"service":             {`{"service":"shop","summary":"x","severity":"info","details":{"a":1}}`, 201, nil},
		"policy":              {`{"policy":"web","summary":"x","details":"in words"}`, 201, nil},
		"user":                {`{"user":"ben","summary":"x","by":"ada"}`, 201, nil},
		"nothing":             {``, 422, []string{"service", "summary"}},
		"empty object":        {`{}`, 422, []string{"service", "summary"}},
		"two targets":         {`{"service":"shop","user":"ben","summary":"x"}`, 422, []string{"service"}},
		"unknown service":     {`{"service":"nope","summary":"x"}`, 422, []string{"service"}},
		"unknown policy":      {`{"policy":"nope","summary":"x"}`, 422, []string{"policy"}},
		"unknown user":        {`{"user":"nope","summary":"x"}`, 422, []string{"user"}},
		"unknown by":          {`{"user":"ben","summary":"x","by":"nope"}`, 422, []string{"by"}},
		"unknown severity":    {`{"user":"ben","summary":"x","severity":"page"}`, 422, []string{"severity"}},
		"blank summary":       {`{"user":"ben","summary":" \n "}`, 422, []string{"summary"}},
		"everything wrong":    {`{"service":"nope","by":"nope","severity":"x"}`, 422, []string{"service", "by", "severity", "summary"}},
		"unknown field":       {`{"user":"ben","summary":"x","sumary":"y"}`, 400, []string{"sumary"}},
		"mistyped field":      {`{"user":["ben"],"summary":"x"}`, 400, []string{"user"}},
		"not JSON":            {`{"user":`, 400, nil},
		"a list":              {`[]`, 400, nil},
		"two values":          {`{"user":"ben","summary":"x"}{}`, 400, nil},
		"bad UTF-8":           {"{\"user\":\"ben\",\"summary\":\"\xff\"}", 400, nil},
		"deep":                {`{"details":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, 400, nil},
		"large":               {`{"user":"ben","summary":"` + strings.Repeat("x", 5<<20) + `"}`, 413, nil},
		"a long summary":      {`{"user":"ben","summary":"` + strings.Repeat("x", 5000) + `"}`, 201, nil},
		"HTML and line break": {`{"user":"ben","summary":"<script>\r\nX-Evil: 1"}`, 201, nil},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				a := w.post("/api/v1/alerts", c.body).is(c.status)
				if c.status == 201 {
					require.Len(t, w.alerts(), 1)
					return
				}
				require.Equal(t, c.fields, fields(a.problem(c.status)))
				require.Empty(t, w.alerts())
			})
		})
	}
}

func TestRaise(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.post("/api/v1/alerts", `{"service":"shop","summary":"a\nb","severity":"warning","details":{"x":"<y>"},"by":"ben"}`, "bot-token").is(201)
		var got httpapi.Alert
		a.into(&got)
		require.Equal(t, "https://ops.example.com/oncall/api/v1/alerts/"+string(got.ID), a.Header().Get("Location"))
		require.Equal(t, "a b", got.Summary)
		require.Equal(t, watchbill.SeverityWarning, got.Severity)
		require.Equal(t, httpapi.Manual, got.Source)
		require.JSONEq(t, `{"x":"<y>"}`, string(got.Details))
		first := w.timeline(got)[0]
		require.Equal(t, "user:ben", string(first.Actor))
		require.Equal(t, "bot", first.Via)
		require.NotEqual(t, got.ID, w.raise("a b").ID, "raised by hand, nothing is deduplicated")
	})
}

func (w *world) timeline(a httpapi.Alert) []httpapi.Entry {
	var page struct{ Entries []httpapi.Entry }
	w.get("/api/v1/alerts/" + string(a.ID) + "/timeline?limit=200").is(200).into(&page)
	return page.Entries
}

// Addresses may hold tokens; the words of the timeline name contacts instead.
func TestTimelineShowsAddressesToAdminsOnly(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		path := "/api/v1/alerts/" + string(w.raise("x").ID) + "/timeline"
		require.Contains(t, w.get(path).is(200).Body.String(), "http://")
		for _, token := range []string{"viewer-token", "bot-token"} {
			body := w.get(path, token).is(200).Body.String()
			require.Contains(t, body, "paging level 1")
			require.NotContains(t, body, "http://")
		}
	})
}

func TestBodiesByContentType(t *testing.T) {
	for kind, status := range map[string]int{
		"": 201, "application/json": 201, "application/json; charset=utf-8": 201, "text/plain": 201, "x/y; =": 201,
		"application/x-www-form-urlencoded": 415, "multipart/form-data; boundary=x": 415,
	} {
		inWorld(t, func(t *testing.T, w *world) {
			a := w.post("/api/v1/alerts", `{"user":"ben","summary":"x"}`, "Content-Type: "+kind).is(status)
			if status == 415 {
				require.Contains(t, a.problem(415).Detail, "-H 'Content-Type: application/json'", "how to mend it")
			}
		})
	}
}

// The names of DESIGN section 6.
func TestAlertNames(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := string(w.raise("x").ID)
		var one map[string]any
		w.get("/api/v1/alerts/" + id).is(200).into(&one)
		for _, name := range strings.Split("id state summary severity urgency service source dedup_key count created_at "+
			"acknowledged_at acknowledged_by resolved_at level next_escalation_at", " ") {
			require.Contains(t, one, name)
		}
		require.Equal(t, []any{"triggered", "error", "high", nil}, []any{one["state"], one["severity"], one["urgency"], one["resolved_at"]})
		var list map[string]any
		w.get("/api/v1/alerts").is(200).into(&list)
		require.Equal(t, map[string]any{"alerts": []any{one}, "next": ""}, list)
		var lines struct {
			Entries []map[string]any
			Next    *string
		}
		w.get("/api/v1/alerts/" + id + "/timeline").is(200).into(&lines)
		require.NotNil(t, lines.Next)
		require.Equal(t, []string{"actor", "at", "data", "kind", "seq", "text", "via"}, slices.Sorted(maps.Keys(lines.Entries[0])))
		require.Equal(t, "manual triggered the alert: x", strings.NewReplacer("source:", "", " (via admin)", "", "; no known severity, so error", "",
			" (the severity is missing; it counts as error)", "").Replace(lines.Entries[0]["text"].(string)))
	})
}

func TestListAlerts(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var made []watchbill.AlertID
		for i := range 5 {
			made = append(made, w.raise(fmt.Sprint(i)).ID)
			w.pass(time.Millisecond)
		}
		slices.Reverse(made)
		w.post("/api/v1/alerts/"+string(made[0])+"/resolve", `{"by":"ada"}`).is(200)
		w.post("/api/v1/alerts/"+string(made[1])+"/ack", `{"by":"ada"}`).is(200)

		list := func(query string) (ids []watchbill.AlertID, next string) {
			var page struct {
				Alerts []httpapi.Alert
				Next   string
			}
			w.get("/api/v1/alerts" + query).is(200).into(&page)
			for _, a := range page.Alerts {
				ids = append(ids, a.ID)
			}
			return ids, page.Next
		}
		ids, next := list("?state=resolved")
		require.Equal(t, made[:1], ids)
		require.Empty(t, next)
		ids, _ = list("?state=acknowledged&service=shop")
		require.Equal(t, made[1:2], ids)
		ids, _ = list("?service=none")
		require.Empty(t, ids)

		var all []watchbill.AlertID
		for cursor := ""; ; {
			ids, next := list("?limit=2&cursor=" + cursor)
			if all = append(all, ids...); next == "" {
				break
			}
			cursor = next
			w.raise("meanwhile") // does not shift the listing
		}
		require.Equal(t, made, all)
	})
}

func TestTimelinePages(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.raise("x")
		w.pass(12 * time.Minute)
		whole := w.timeline(a)
		require.Greater(t, len(whole), 5)
		var parts []httpapi.Entry
		for cursor := ""; ; {
			var page struct {
				Entries []httpapi.Entry
				Next    string
			}
			w.get("/api/v1/alerts/" + string(a.ID) + "/timeline?limit=2&cursor=" + cursor).is(200).into(&page)
			if parts = append(parts, page.Entries...); page.Next == "" {
				break
			}
			cursor = page.Next
		}
		require.Equal(t, whole, parts)
	})
}

func TestBadQueries(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := string(w.raise("x").ID)
		for path, field := range map[string]string{
			"/api/v1/alerts?state=none":                                      "state",
			"/api/v1/alerts?state=open":                                      "state",
			"/api/v1/alerts?stat=resolved":                                   "stat",
			"/api/v1/alerts?limit=0":                                         "limit",
			"/api/v1/alerts?limit=201":                                       "limit",
			"/api/v1/alerts?limit=x":                                         "limit",
			"/api/v1/alerts/" + id + "/timeline?cursor=-1":                   "cursor",
			"/api/v1/alerts/" + id + "/timeline?cursor=x":                    "cursor",
			"/api/v1/alerts/" + id + "/timeline?cursor=99999999999999999999": "cursor",
			"/api/v1/oncall?at=yesterday":                                    "at",
			"/api/v1/oncall?at=9999-01-01T00:00:00Z":                         "at",
			"/api/v1/oncall?at=0001-01-01T00:00:00Z":                         "at",
			"/api/v1/oncall?when=x":                                          "when",
			"/api/v1/schedules/primary/shifts?from=x":                        "from",
			"/api/v1/schedules/primary/shifts?from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z": "to",
			"/api/v1/schedules/primary/shifts?from=2026-01-01T00:00:00Z&to=2096-01-01T00:00:00Z": "to",
		} {
			require.Equal(t, []string{field}, fields(w.get(path).problem(400)), path)
		}
		require.Equal(t, []string{"schedule"}, fields(w.get("/api/v1/oncall?schedule=nope").problem(400)))
		require.Equal(t, []string{"user"}, fields(w.get("/api/v1/oncall?user=nope").problem(400)))
	})
}

func TestActs(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		path := "/api/v1/alerts/" + string(w.raise("x").ID)
		var got httpapi.Alert
		w.post(path+"/escalate", `{"by":"ada"}`).is(200).into(&got)
		require.Equal(t, 2, got.Level)
		w.post(path+"/ack", `{"by":"ben"}`).is(200).into(&got)
		require.Equal(t, alert.Acknowledged, got.State)
		require.Equal(t, watchbill.UserID("ben"), got.AcknowledgedBy)
		w.post(path+"/ack", `{"by":"ada"}`).is(200)
		w.post(path+"/resolve", `{"by":"ada"}`).is(200).into(&got)
		require.Equal(t, alert.Resolved, got.State)
		w.post(path+"/resolve", `{"by":"ada"}`).is(200)
		w.post(path+"/ack", `{"by":"ada"}`).problem(409)
		w.post(path+"/escalate", `{"by":"ada"}`).problem(409)
	})
}

func TestActErrors(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		path := "/api/v1/alerts/" + string(w.raise("x").ID)
		require.Equal(t, []string{"by"}, fields(w.post(path+"/ack", nil).problem(422)))
		require.Equal(t, []string{"by"}, fields(w.post(path+"/ack", `{"by":""}`).problem(422)))
		require.Equal(t, []string{"by"}, fields(w.post(path+"/ack", `{"by":"nobody"}`).problem(422)))
		require.Equal(t, []string{"until"}, fields(w.post(path+"/ack", `{"by":"ada","until":1}`).problem(400)))
		w.post("/api/v1/alerts/nope/ack", `{"by":"ada"}`).problem(404)
		w.post("/api/v1/alerts/a%0d%0aX-Evil:%201/ack", `{"by":"ada"}`).problem(404)
		w.post("/api/v1/alerts/%2e%2e%2f/ack", `{"by":"ada"}`).problem(404)
		w.post(path+"/snooze", `{"by":"ada"}`).problem(422)
		w.post(path+"/dance", `{"by":"ada"}`).problem(404)
		w.get("/api/v1/alerts/nope").problem(404)
		w.get("/api/v1/alerts/nope/timeline").problem(404)
		w.get(path + "//timeline").problem(404)
		w.get(path + "/ack").problem(405)
		w.get("/nope").problem(404)
		w.get("/").problem(404)
		require.Equal(t, alert.Triggered, w.alerts()[0].State)
	})
}

func TestWhoSpeaks(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.raise("x")
		path := "/api/v1/alerts/" + string(a.ID)
		w.send("POST", path+"/escalate", `{"by":"ben"}`, "ada-token").problem(403)
		w.send("POST", path+"/escalate", nil, "ada-token").is(200)
		w.send("POST", path+"/ack", `{"by":"ada"}`, "ada-token").is(200)
		w.send("POST", path+"/resolve", `{"by":"cem"}`, "bot-token").is(200)
		w.send("POST", "/api/v1/alerts", `{"user":"ben","summary":"y","by":"ben"}`, "ada-token").problem(403)
		w.send("POST", "/api/v1/alerts", `{"user":"ben","summary":"y"}`, "ada-token").is(201)

		said := map[string]string{}
		for _, e := range slices.Concat(w.timeline(a), w.timeline(w.alerts()[0])) {
			said[string(e.Kind)+" "+string(e.Actor)] = e.Via
		}
		require.Equal(t, "", said["escalated user:ada"])
		require.Equal(t, "", said["acknowledged user:ada"])
		require.Equal(t, "bot", said["resolved user:cem"])
		require.Contains(t, said, "opened user:ada")
	})
}

func TestRoles(t *testing.T) {
	const raised = `{"user":"ben","summary":"x"}`
	for _, c := range []struct {
		method, path, body                       string
		admin, responder, viewer, intake, nobody int
	}{
		{"GET", "/api/v1/alerts", "", 200, 200, 200, 403, 401},
		{"POST", "/api/v1/alerts", raised, 201, 201, 403, 201, 401},
		{"GET", "/api/v1/alerts/x", "", 404, 404, 404, 403, 401},
		{"GET", "/api/v1/alerts/x/timeline", "", 404, 404, 404, 403, 401},
		{"POST", "/api/v1/alerts/x/ack", `{"by":"ada"}`, 404, 404, 403, 403, 401},
		{"POST", "/api/v1/alerts/x/resolve", `{"by":"ada"}`, 404, 404, 403, 403, 401},
		{"POST", "/api/v1/alerts/x/escalate", `{"by":"ada"}`, 404, 404, 403, 403, 401},
		{"POST", "/api/v1/alerts/x/snooze", `{"by":"ada","for":"1h"}`, 404, 404, 403, 403, 401},
		{"GET", "/api/v1/oncall", "", 200, 200, 200, 403, 401},
		{"GET", "/api/v1/schedules/primary/shifts", "", 200, 200, 200, 403, 401},
		{"GET", "/metrics", "", 200, 200, 200, 403, 401},
		{"GET", "/healthz", "", 200, 200, 200, 200, 200},
		{"GET", "/readyz", "", 200, 200, 200, 200, 200},
	} {
		for token, status := range map[string]int{"admin-token": c.admin, "bot-token": c.responder, "viewer-token": c.viewer,
			"intake-token": c.intake, "Authorization: Bearer nope": c.nobody, "Authorization: Bearer": c.nobody,
			"Authorization: Basic YWRtaW46YWRtaW4=": c.nobody, "X-Nothing: 1": c.nobody} {
			t.Run(c.method+c.path+" "+token, func(t *testing.T) {
				inWorld(t, func(t *testing.T, w *world) {
					w.start()
					w.pass(0)
					a := w.send(c.method, c.path, c.body, token).is(status)
					require.Equal(t, status == 401, a.Header().Get("WWW-Authenticate") != "")
				})
			})
		}
	}
}

func TestKeysChangeWithTheConfiguration(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.get("/api/v1/alerts").is(200)
		next := org()
		next.Catalog.Keys = []catalog.Key{{ID: "new", Role: catalog.RoleAdmin, Token: catalog.DigestOf("new-token")}}
		w.configure(next)
		w.send("GET", "/api/v1/alerts", nil, "new-token").is(200)
		w.pass(time.Second)
		w.send("GET", "/api/v1/alerts", nil, "admin-token").is(401)
	})
}

func TestAuthenticateHook(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.Config.Authenticate = func(r *http.Request) (httpapi.Principal, error) {
			switch r.Header.Get("Cookie") {
			case "ada":
				return httpapi.Principal{Name: "sso", Role: catalog.RoleResponder, User: "ada"}, nil
			case "guest":
				return httpapi.Principal{Name: "guest"}, nil
			case "down":
				return httpapi.Principal{}, errors.New("ldap is down")
			case "panic":
				panic("oops: secret")
			case "abort":
				panic(http.ErrAbortHandler)
			}
			return httpapi.Principal{}, httpapi.ErrUnauthenticated
		}
		path := "/api/v1/alerts"
		w.send("GET", path, nil, "Cookie: ada").is(200)
		w.send("GET", path, nil, "Cookie: guest").is(403)
		w.send("GET", path, nil, "Cookie: down").problem(503)
		w.send("GET", path, nil, "Cookie: other").problem(401)
		w.send("GET", path, nil, "viewer-token").is(200)

		raised := `{"user":"ben","summary":"x"}`
		w.send("POST", path, raised, "Cookie: ada", "Sec-Fetch-Site: same-origin").is(201)
		w.send("POST", path, raised, "Cookie: ada", "Sec-Fetch-Site: cross-site").problem(403)
		w.send("POST", path, raised, "Cookie: ada", "Origin: https://evil.example").problem(403)
		w.send("POST", path, raised, "Cookie: ada", "Origin: https://ops.example.com").is(201)
		w.send("POST", path, raised, "bot-token", "Sec-Fetch-Site: cross-site").is(201)

		p := w.send("GET", path, nil, "Cookie: panic").problem(500)
		require.NotContains(t, p.Detail, "secret")
		require.Contains(t, w.Log.String(), "oops")
		require.PanicsWithValue(t, http.ErrAbortHandler, func() { w.send("GET", path, nil, "Cookie: abort") })
	})
}

func TestTheStoreFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		b := &broken{Store: memory.New()}
		w.Store = b
		id := string(w.raise("x").ID)
		b.fail("disk I/O error on /secret/path")
		for _, path := range []string{"/api/v1/alerts", "/api/v1/alerts/" + id, "/api/v1/alerts/" + id + "/timeline",
			"/api/v1/oncall", "/api/v1/oncall?at=1999-01-01T00:00:00Z", "/api/v1/schedules/primary/shifts"} {
			require.NotContains(t, w.get(path).problem(503).Detail, "secret")
		}
		w.post("/api/v1/alerts", `{"user":"ben","summary":"x"}`).problem(503)
		w.post("/api/v1/alerts/"+id+"/ack", `{"by":"ada"}`).problem(503)
		w.pass(time.Second)
		w.get("/api/v1/alerts").problem(503) // now the key is not known either
	})
}

func TestQuarantinedAlertsShow(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.raise("x")
		require.NoError(t, w.Store.Update(t.Context(), func(tx store.Tx) error { return tx.Episodes().Admin().Quarantine(a.ID) }))
		var got map[string]any
		w.get("/api/v1/alerts/" + string(a.ID)).is(200).into(&got)
		require.Equal(t, true, got["quarantined"])
		w.post("/api/v1/alerts/"+string(a.ID)+"/ack", `{"by":"ada"}`).problem(404)
	})
}

func TestNewNamesTheField(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		good := w.Config
		for field, c := range map[string]func(*httpapi.Config){
			"Engine":     func(c *httpapi.Config) { c.Engine = nil },
			"Store":      func(c *httpapi.Config) { c.Store = nil },
			"PublicURL":  func(c *httpapi.Config) { c.PublicURL = "ops.example.com" },
			"SigningKey": func(c *httpapi.Config) { c.SigningKey = []byte("short") },
			"MaxBody":    func(c *httpapi.Config) { c.MaxBody = -1 },
		} {
			bad := good
			c(&bad)
			_, err := httpapi.New(bad)
			require.ErrorContains(t, err, "httpapi: Config."+field)
		}
		good.PublicURL, good.SigningKey, good.Metrics, good.Logger = "", nil, nil, nil
		_, err := httpapi.New(good)
		require.NoError(t, err)
	})
}

func TestAnswersAreNotCached(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for _, a := range []answer{w.get("/api/v1/alerts"), w.get("/nope"), w.get("/healthz")} {
			require.Equal(t, "no-store", a.Header().Get("Cache-Control"))
			require.Equal(t, "nosniff", a.Header().Get("X-Content-Type-Options"))
			require.True(t, json.Valid(a.Body.Bytes()))
		}
	})
}
