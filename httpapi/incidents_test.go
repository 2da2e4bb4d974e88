package httpapi_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
)

// response is org with customers and a status page; critical incidents require a postmortem.
func response() oncall.Config {
	c := org()
	c.Catalog.Services[0].Customers = []watchbill.CustomerID{"acme"}
	c.Catalog.Customers = []catalog.Customer{{ID: "acme", Name: "ACME"}}
	c.Catalog.Pages = []catalog.Page{{ID: "public", Name: "Shop status", Components: []catalog.Component{
		{ID: "orders", Name: "Orders", Services: []watchbill.ServiceID{"shop"}}, {ID: "search"}}}}
	c.Catalog.Incidents.Postmortem.Severities = []watchbill.Severity{watchbill.SeverityCritical}
	return c
}

// inResponse is inWorld with response configured.
func inResponse(t *testing.T, fn func(t *testing.T, w *world)) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		w.configure(response())
		fn(t, w)
	})
}

// object is a JSON object.
type object = map[string]any

// does gives a command and returns the answer.
func (w *world) does(path string, body object) (got object) {
	w.Helper()
	if _, ok := body["by"]; !ok {
		body["by"] = "ada"
	}
	w.post(path, body).is(200).into(&got)
	return got
}

// declare declares a critical incident about the shop and returns its path.
func (w *world) declare() (id, path string) {
	w.Helper()
	var made struct{ ID string }
	w.post("/api/v1/incidents", `{"by":"ada","title":"Down","severity":"critical","services":[{"service":"shop","effect":"major_outage"}]}`).is(201).into(&made)
	return made.ID, "/api/v1/incidents/" + made.ID
}

func TestEveryIncidentCommand(t *testing.T) {
	inResponse(t, func(t *testing.T, w *world) {
		alert := string(w.raise("p99 is high").ID)
		a := w.post("/api/v1/incidents", object{"by": "ben", "alerts": []string{alert}}).is(201)
		var made object
		a.into(&made)
		id := made["id"].(string)
		at := "/api/v1/incidents/" + id
		require.Equal(t, "https://ops.example.com/oncall"+at, a.Header().Get("Location"))
		require.Equal(t, "p99 is high", made["title"])
		require.Equal(t, "user:ben", made["declared_by"])
		second := string(w.raise("more").ID)
		w.pass(time.Minute)
		for _, c := range []struct {
			action string
			body   object
			want   string // in the answer
		}{
			{"edit", object{"title": "Checkout is slow", "severity": "critical"}, `"title":"Checkout is slow","severity":"critical"`},
			{"roles", object{"role": "commander", "user": "ben"}, `"roles":[{"role":"commander","user":"ben"`},
			{"impact", object{"services": []object{{"service": "shop", "effect": "degraded"}}, "reported": 2, "metric": "4 %", "customers": []string{"acme"}}, `"reported":2,"metric":"4 %"`},
			{"alerts", object{"alert": second}, second},
			{"detach", object{"alert": second}, `"alerts":["` + alert + `"]`},
			{"tasks", object{"title": "Call ACME", "owner": "cem"}, `"tasks":[{"id":"t1","title":"Call ACME","owner":"cem"`},
			{"done", object{"task": "t1"}, `"done_at"`},
			{"comments", object{"text": "hm"}, `"seq":9`},
			{"decisions", object{"text": "roll back"}, `"seq":10`},
			{"updates", object{"title": "Orders are slow", "text": "We look."}, `"updates":[{"id":"u1"`},
			{"status", object{"status": "resolved"}, `"status":"resolved"`},
			{"reopen", object{"reason": "again"}, `"status":"investigating"`},
		} {
			c.body["by"] = "ada"
			require.Contains(t, w.post(at+"/"+c.action, c.body).is(200).Body.String(), c.want, c.action)
		}
		var one, list object
		w.get(at).is(200).into(&one)
		w.get("/api/v1/incidents?state=open").is(200).into(&list)
		require.Equal(t, object{"incidents": []any{one}, "next": ""}, list)
		var lines struct{ Entries []incident.Moment }
		w.get(at + "/timeline").is(200).into(&lines)
		var texts []string
		for _, e := range lines.Entries {
			texts = append(texts, e.Text)
			require.False(t, strings.Contains(e.Text, "unreadable"), e.Text)
		}
		require.Contains(t, texts, "ada (via admin) decided: roll back")
		w.get("/api/v1/postmortems/" + id).is(200)
	})
}

func TestEveryPostmortemCommand(t *testing.T) {
	inResponse(t, func(t *testing.T, w *world) {
		id, at := w.declare()
		w.pass(time.Hour)
		w.does(at+"/status", object{"status": "resolved"})
		pm := "/api/v1/postmortems/" + id
		w.does(pm+"/edit", object{"factors": []string{"one"}, "lessons": []string{"two"}})
		w.does(pm+"/assign", object{"owner": "ben", "participants": []string{"ada", "ben"}})
		got := w.does(pm+"/items", object{"title": "Test it", "kind": "prevent", "owner": "ada", "due_at": "2000-02-01T00:00:00Z"})
		for _, item := range got["items"].([]any) {
			if item := item.(object); item["state"] == "discuss" {
				w.does(pm+"/item", object{"item": item["id"], "state": "dropped"})
			}
		}
		require.Equal(t, "review", w.does(pm+"/submit", object{"note": "see the ticket"})["state"])
		require.Equal(t, "draft", w.does(pm+"/return", object{"reason": "typos"})["state"])
		require.Equal(t, "draft", w.does(pm+"/refresh", object{})["state"])
		w.does(pm+"/submit", object{})
		require.Equal(t, "published", w.does(pm+"/publish", object{})["state"])
		require.Contains(t, w.post(pm+"/edit", `{"by":"ada","summary":"x"}`).problem(409).Detail, "it is published; revise it first")
		require.Equal(t, "draft", w.does(pm+"/revise", object{"reason": "news"})["state"])
		var list struct{ Postmortems []object }
		w.get("/api/v1/postmortems?state=open").is(200).into(&list)
		require.Len(t, list.Postmortems, 1)

		markdown := w.get(pm + "?format=markdown&timezone=Asia/Tokyo").is(200)
		require.Equal(t, "text/markdown; charset=utf-8", markdown.Header().Get("Content-Type"))
		require.Contains(t, markdown.Body.String(), "# Postmortem: Down")
		require.Contains(t, markdown.Body.String(), "Ben Li")
		require.Contains(t, markdown.Body.String(), "JST")
		require.False(t, strings.HasSuffix(markdown.Body.String(), "\n\n"))

		small := w.post("/api/v1/incidents", `{"by":"ada","title":"small"}`).is(201)
		var made struct{ ID string }
		small.into(&made)
		by := object{"by": "ada", "incident": made.ID}
		require.Contains(t, w.post("/api/v1/postmortems", by).is(201).Header().Get("Location"), "/oncall/api/v1/postmortems/"+made.ID)
		require.Equal(t, "it is drafted already; refresh it to take the record in again", w.post("/api/v1/postmortems", by).problem(409).Detail)
		require.Equal(t, "it has not been reviewed; submit it first", w.post("/api/v1/postmortems/"+made.ID+"/publish", byAda).problem(409).Detail)
	})
}

const byAda = `{"by":"ada"}`

func TestEveryBoardCommand(t *testing.T) {
	inResponse(t, func(t *testing.T, w *world) {
		page := "/api/v1/pages/public"
		w.does(page+"/component", object{"component": "orders", "status": "partial_outage"})
		w.does(page+"/schedule", object{"title": "Move", "text": "x", "components": []string{"orders"}, "from": "2000-01-01T02:00:00Z", "until": "2000-01-01T03:00:00Z"})
		w.does(page+"/tell", object{"maintenance": "m1", "text": "soon"})
		w.does(page+"/move", object{"maintenance": "m1", "until": "2000-01-01T04:00:00Z"})
		w.pass(3 * time.Hour)
		w.does(page+"/complete", object{"maintenance": "m1"})
		require.Equal(t, "the maintenance is over", w.post(page+"/cancel", `{"by":"ada","maintenance":"m1"}`).problem(409).Detail)
		w.does(page+"/schedule", object{"title": "Again", "until": "2000-01-01T09:00:00Z"})
		w.does(page+"/cancel", object{"maintenance": "m2"})

		var got struct {
			URL     string
			Summary struct{ Status struct{ Indicator string } }
			Board   object
		}
		w.get(page).is(200).into(&got)
		require.Equal(t, "https://ops.example.com/oncall/status/public", got.URL)
		require.Equal(t, "major", got.Summary.Status.Indicator)
		require.Len(t, got.Board["maintenances"], 2)
		w.does(page+"/component", object{"component": "orders", "status": "auto"})
		w.get(page).is(200).into(&got)
		require.Equal(t, "none", got.Summary.Status.Indicator)
		require.JSONEq(t, `{"pages":[{"id":"public","name":"Shop status","url":"https://ops.example.com/oncall/status/public"}]}`, w.get("/api/v1/pages").is(200).Body.String())
	})
}

// Whoever may not is told so on every path, and nothing happens.
func TestRolesOfIncidentPostmortemPageAndReportPaths(t *testing.T) {
	inResponse(t, func(t *testing.T, w *world) {
		id, _ := w.declare()
		for _, p := range []string{"incidents", "incidents/" + id, "incidents/" + id + "/timeline", "postmortems", "pages", "pages/public", "reports/response", "reports/load"} {
			w.get("/api/v1/"+p, "viewer-token").is(200)
			w.send("GET", "/api/v1/"+p, nil).problem(401)
			require.Contains(t, w.get("/api/v1/"+p, "intake-token").problem(403).Detail, "needs the role viewer")
		}
		commands := []string{"incidents", "postmortems"}
		for _, c := range strings.Fields("status reopen edit roles impact alerts detach tasks done comments decisions updates") {
			commands = append(commands, "incidents/"+id+"/"+c)
		}
		for _, c := range strings.Fields("refresh edit assign items item submit return publish revise") {
			commands = append(commands, "postmortems/"+id+"/"+c)
		}
		for _, c := range strings.Fields("component schedule tell move complete cancel") {
			commands = append(commands, "pages/public/"+c)
		}
		for _, p := range commands {
			path := "/api/v1/" + p
			require.Contains(t, w.post(path, byAda, "viewer-token").problem(403).Detail, "needs the role responder")
			w.send("POST", path, byAda).problem(401)
			nobody := w.post(path, `{}`, "bot-token")
			require.Contains(t, nobody.Body.String(), `by: is missing; say who acts, as in {\"by\": \"ada\"}`, p)
			require.Contains(t, []int{400, 422}, nobody.Code)
			require.Contains(t, w.post(path, `{"by":"ben"}`, "ada-token").problem(403).Detail, `"ada" is the key of ada, who cannot speak for others`)
			require.Contains(t, fields(w.post(path, `{"by":"ada","zzz":1}`).problem(400)), "zzz", p)
			w.post(path, `{"by":7}`).problem(400)
			w.post(path, `[]`).problem(400)
			w.send("PUT", path, `{}`, "admin-token").problem(405)
		}
		var one object
		w.get("/api/v1/incidents/" + id).is(200).into(&one)
		require.EqualValues(t, 1, one["seq"])
		w.post("/api/v1/incidents/"+id+"/comments", `{"text":"x"}`, "ada-token").is(200)
		require.Contains(t, w.get("/api/v1/incidents/"+id+"/timeline").Body.String(), `"text":"ada commented: x"`, "who is herself came by nothing")
	})
}

// Every message is what somebody with a terminal reads.
func TestWhatIsWrongWithACommand(t *testing.T) {
	inResponse(t, func(t *testing.T, w *world) {
		id, _ := w.declare()
		w.post("/api/v1/postmortems", object{"by": "ada", "incident": id}).is(201)
		noTime := "must be a time such as 2026-01-05T09:00:00Z"
		for _, c := range []struct {
			path, body string
			status     int
			want       []string
		}{
			{"incidents", `{"by":"ada"}`, 422, []string{"title: is missing; say in one line what is wrong"}},
			{"incidents", `{"by":"eve","services":[{"service":"nope"}]}`, 422, []string{`services: there is no service "nope"`, `by: there is no user "eve"`, "title: is missing; say in one line what is wrong"}},
			{"incidents", `{"by":"ada","title":["x"],"severity":"page","services":"shop","started_at":"yesterday","x":1}`, 400, []string{
				"services: must be a list, not a JSON string", "severity: must be critical, error, warning or info", "started_at: " + noTime,
				"title: must be text, not a JSON array", "x: is not a field of this request"}},
			{"incidents", `{"by":"ada","title":"x","services":[{"servce":"shop"}],"started_at":5}`, 400, []string{`services: "servce" is not a field of it`, "started_at: " + noTime}},
			{"incidents", `{"by":"ada","title":"x","services":["shop"]}`, 400, []string{"services: must be an object, not a JSON string"}},
			{"incidents", `{"by":["ada"],"severity":"page"}`, 400, []string{"by: must be the ID of a user, as text", "severity: must be critical, error, warning or info"}},
			{"incidents/{id}/status", `{"status":3,"x":1}`, 400, []string{`by: is missing; say who acts, as in {"by": "ada"}`, "status: must be text, not a JSON number", "x: is not a field of this request"}},
			{"incidents", `{"by":"ada","title":"x","id":"me"}`, 400, []string{"id: is made by the server; leave it out"}},
			{"incidents/{id}/status", `{"by":"ada","status":3}`, 400, []string{"status: must be text, not a JSON number"}},
			{"incidents/{id}/impact", `{"by":"ada","reported":1.5,"customers":"acme"}`, 400, []string{"customers: must be a list, not a JSON string", "reported: must be a whole number, not a JSON number 1.5"}},
			{"incidents/{id}/updates", `{"by":"ada","text":"x","expected_at":"soon"}`, 400, []string{"expected_at: " + noTime}},
			{"postmortems", `{"by":"ada"}`, 422, []string{"incident: is missing; name the incident"}},
			{"postmortems/{id}/item", `{"by":"ada","item":"a1","owner":"eve"}`, 422, []string{`owner: there is no user "eve"`}},
			{"pages/public/component", `{"by":"ada","component":5,"status":"auto"}`, 400, []string{"component: must be text, not a JSON number"}},
			{"pages/public/component", `{"by":"ada","component":"orders","status":"auto","x":1}`, 400, []string{"x: is not a field of this request"}},
			{"pages/public/schedule", `{"by":"eve","title":"x","components":["nope"]}`, 422, []string{`components: there is no component "nope"`, `by: there is no user "eve"`, "until: is missing; say when it ends"}},
		} {
			p := w.post("/api/v1/"+strings.ReplaceAll(c.path, "{id}", id), c.body).problem(c.status)
			var got []string
			for _, f := range p.Errors {
				got = append(got, f.Field+": "+f.Reason)
			}
			require.Equal(t, c.want, got, c.body)
		}
		require.Equal(t, []string{"by", "status"}, fields(w.post("/api/v1/pages/public/component", `{"component":"orders"}`).problem(400)))
		p := w.post("/api/v1/pages/public/component", `{"by":"ada","component":"orders","status":"down"}`).problem(400)
		require.Equal(t, []string{"status"}, fields(p))
		require.Contains(t, p.Detail, "partial_outage")
		p = w.post("/api/v1/incidents/"+id+"/status", `{"by":"ada","status":"fixed"}`).problem(400)
		require.Contains(t, p.Detail, `unknown status "fixed"`)
		require.Contains(t, p.Detail, "resolved")
	})
}

func TestWhatIsNotThere(t *testing.T) {
	inResponse(t, func(t *testing.T, w *world) {
		for path, want := range map[string]string{
			"incidents/i1": `there is no incident "i1"`, "incidents/i1/timeline": `there is no incident "i1"`,
			"postmortems/i1": `there is no postmortem "i1"`, "postmortems/i1?format=markdown": `there is no postmortem "i1"`,
			"pages/p1": `there is no status page "p1"`, "reports/nothing": "there is nothing at this path", "incidents/i1/explode": "there is nothing at this path",
		} {
			require.Equal(t, want, w.get("/api/v1/"+path).problem(404).Detail)
		}
		for path, want := range map[string]string{
			"incidents/i1/comments": `there is no incident "i1"`, "postmortems/i1/submit": `there is no postmortem "i1"`,
			"pages/p1/tell": `there is no status page "p1"`,
		} {
			require.Equal(t, want, w.post("/api/v1/"+path, byAda).problem(404).Detail)
		}
		w.get("/status").problem(404)
		w.get("/status/").problem(404)
	})
}

func TestQueriesOfLists(t *testing.T) {
	inResponse(t, func(t *testing.T, w *world) {
		for path, want := range map[string][]string{
			"incidents?state=closed&foo=1&limit=0":                                   {"foo", "state", "limit"},
			"incidents/i1?x=1":                                                       {"x"},
			"incidents/i1/timeline?x=1":                                              {"x"},
			"postmortems?state=draft&limit=many":                                     {"state", "limit"},
			"postmortems/i1?format=pdf&timezone=Mars":                                {"format", "timezone"},
			"reports/load?from=x&to=y&hours=always&format=xml":                       {"to", "from", "hours", "format"},
			"reports/response?from=2000-01-01T00:00:00Z&to=1999-01-01T00:00:00Z":     {"from"},
			"reports/response?from=1998-01-01T00:00:00Z&to=2000-01-01T00:00:00Z&q=1": {"q", "from"},
		} {
			require.Equal(t, want, fields(w.get("/api/v1/"+path).problem(400)), path)
		}
		require.Contains(t, w.get("/api/v1/reports/load?hours=always").problem(400).Detail, `hours: unknown weekday "always"`)

		var made []string
		for k := range 5 {
			id, _ := w.declare()
			w.post("/api/v1/postmortems", object{"by": "ada", "incident": id}).is(201)
			made = append([]string{id}, made...)
			w.pass(time.Duration(k+1) * time.Millisecond)
		}
		for _, list := range []string{"incidents", "postmortems"} {
			var all []string
			for cursor := ""; ; {
				var page map[string]any
				w.get(fmt.Sprintf("/api/v1/%s?limit=2&cursor=%s", list, cursor)).is(200).into(&page)
				for _, one := range page[list].([]any) {
					id, ok := one.(object)["id"].(string)
					if !ok {
						id = one.(object)["incident"].(string)
					}
					all = append(all, id)
				}
				if cursor = page["next"].(string); cursor == "" {
					break
				}
			}
			require.Equal(t, made, all, list)
		}
	})
}

func TestReports(t *testing.T) {
	inResponse(t, func(t *testing.T, w *world) {
		w.raise("x")
		w.pass(time.Minute)
		_, at := w.declare()
		w.pass(time.Minute)
		w.does(at+"/status", object{"status": "resolved"})
		w.pass(time.Second) // a window ends before its end
		for _, name := range []string{"response", "load"} {
			var made object
			w.get("/api/v1/reports/" + name + "?from=1999-12-31T00:00:00%2B00:00").is(200).into(&made)
			require.Equal(t, "1999-12-31T00:00:00Z", made["from"])
			require.NotEmpty(t, made["rows"])
			a := w.get("/api/v1/reports/" + name + "?format=csv").is(200)
			require.Equal(t, "text/csv; charset=utf-8", a.Header().Get("Content-Type"))
			require.False(t, strings.HasSuffix(a.Body.String(), "\n\n"), "no empty line at the end")
			rows, err := csv.NewReader(a.Body).ReadAll()
			require.NoError(t, err)
			require.Greater(t, len(rows), 2)
		}
		var load struct{ Rows []struct{ Pages int } }
		w.get("/api/v1/reports/load").is(200).into(&load)
		require.Positive(t, load.Rows[0].Pages)
	})
}

func TestARecordThatIsDamaged(t *testing.T) {
	inResponse(t, func(t *testing.T, w *world) {
		id, at := w.declare()
		require.NoError(t, w.Store.Update(t.Context(), func(tx store.Tx) error {
			found, err := tx.Records().Get(incident.RecordKind, []string{id})
			require.NoError(t, err)
			found[0].Body = []byte("{")
			return tx.Records().Put([]store.RecordWrite{{Record: found[0].Record, Want: found[0].Version}})
		}))
		require.Equal(t, `the incident "`+id+`" is damaged; this has been logged`, w.get(at).problem(500).Detail)
		require.Contains(t, w.Log.String(), id)
		w.post(at+"/comments", `{"by":"ada","text":"x"}`).problem(500)
		require.JSONEq(t, `{"incidents":[],"next":""}`, w.get("/api/v1/incidents").is(200).Body.String(), "the others are listed")
		require.Equal(t, 200, w.send("GET", "/status/public", nil).Code)
	})
}

func TestCommandsWhileTheStoreFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		failing := &broken{Store: w.Store}
		w.Store = failing
		w.start()
		w.configure(response())
		id, at := w.declare()
		failing.fail("disk full at /secret")
		for _, path := range []string{at, "/api/v1/postmortems/" + id, "/api/v1/reports/load", "/api/v1/pages/public"} {
			a := w.get(path)
			require.NotContains(t, a.problem(http.StatusServiceUnavailable).Detail, "secret")
			require.NotEmpty(t, a.Header().Get("Retry-After"))
		}
		w.post(at+"/comments", `{"by":"ada","text":"x"}`).problem(503)
		failing.fail("")
		w.post(at+"/comments", `{"by":"ada","text":"x"}`).is(200)
	})
}
