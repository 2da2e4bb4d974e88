package httpapi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/schedule"
)

const covers = "/api/v1/covers"

// cover makes a request by an administrator's key and returns it with its path.
func (w *world) cover(body object, headers ...string) (r cover.Request, path string) {
	w.Helper()
	w.post(covers, body, headers...).is(201).into(&r)
	return r, covers + "/" + string(r.ID)
}

func TestTakeOver(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.post(covers, object{"by": "ben", "kind": "take_over", "replaces": "ada", "to": "2000-01-01T12:00:00Z", "text": "lunch"}).is(201)
		var r cover.Request
		a.into(&r)
		require.Equal(t, "https://ops.example.com/oncall"+covers+"/"+string(r.ID), a.Header().Get("Location"))
		require.Equal(t, cover.Taken, r.Kind)
		require.Contains(t, a.Body.String(), `"kind":"take_over","state":"covered","for":"ada"`)
		_, users := w.onCall("?schedule=primary")
		require.Equal(t, []watchbill.UserID{"ben"}, users[0])
		require.Contains(t, w.get("/api/v1/oncall").is(200).Body.String(), "replaces ada")
		path := covers + "/" + string(r.ID)
		w.pass(time.Hour)
		w.does(path+"/withdraw", object{"by": "ben"})
		_, users = w.onCall("?schedule=primary")
		require.Equal(t, []watchbill.UserID{"ada"}, users[0])
		var lines struct{ Entries []incident.Moment }
		w.get(path + "/timeline").is(200).into(&lines)
		require.Len(t, lines.Entries, 2)
		require.Equal(t, "ben (via admin) took over ada's duty in primary, Sat 2000-01-01 00:00 to 12:00 UTC: lunch", lines.Entries[0].Text)
		require.Equal(t, "ben (via admin) withdrew what was agreed", lines.Entries[1].Text)
	})
}

func TestRequestAcceptDeclineCancel(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		r, path := w.cover(object{"by": "ada", "kind": "request", "from": "2000-01-01T06:00:00Z", "to": "2000-01-02T06:00:00Z", "of": []string{"ben", "cem"}})
		require.Equal(t, cover.Open, r.State)
		var list struct {
			Covers []cover.Request
			Next   string
		}
		w.get(covers + "?state=open").is(200).into(&list)
		require.Equal(t, []cover.Request{r}, list.Covers)
		require.Equal(t, []any{"cem"}, w.does(path+"/decline", object{"by": "cem", "text": "at sea"})["declined"])
		got := w.does(path+"/accept", object{"by": "ben", "to": "2000-01-01T18:00:00Z"})
		require.Equal(t, "open", got["state"])
		require.Equal(t, "cancelled", w.does(path+"/cancel", object{"by": "ada"})["state"])
		p := w.post(path+"/accept", object{"by": "ben"}).problem(409)
		require.Equal(t, "the request is over: it is cancelled", p.Detail)
		w.get(covers + "?state=open").is(200).into(&list)
		require.Empty(t, list.Covers)
		w.get(covers).is(200).into(&list)
		require.Len(t, list.Covers, 1)
	})
}

func TestSwap(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		_, path := w.cover(object{"by": "ada", "kind": "swap", "schedule": "primary", "from": "2000-01-01T06:00:00Z", "to": "2000-01-02T06:00:00Z",
			"with": "ben", "with_from": "2000-01-05T06:00:00Z", "with_to": "2000-01-06T06:00:00Z"})
		require.Equal(t, "covered", w.does(path+"/accept", object{"by": "ben"})["state"])
		_, users := w.onCall("?schedule=primary&at=2000-01-01T07:00:00Z")
		require.Equal(t, []watchbill.UserID{"ben"}, users[0])
		_, users = w.onCall("?schedule=primary&at=2000-01-05T07:00:00Z")
		require.Equal(t, []watchbill.UserID{"ada"}, users[0])
	})
}

// A key that belongs to a person may only be that person; only an administrator may act for others, or force.
func TestWhoMayCover(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		take := object{"kind": "take_over", "schedule": "primary", "to": "2000-01-01T06:00:00Z"}
		with := func(more object) object {
			body := object{}
			for k, v := range take {
				body[k] = v
			}
			for k, v := range more {
				body[k] = v
			}
			return body
		}
		w.post(covers, with(object{"by": "ben"}), "ada-token").problem(403)
		require.Equal(t, []string{"user"}, fields(w.post(covers, with(object{"user": "ben"}), "ada-token").problem(422)))
		require.Equal(t, []string{"user"}, fields(w.post(covers, with(object{"by": "ada", "user": "ben"}), "bot-token").problem(422)))
		require.Equal(t, []string{"force"}, fields(w.post(covers, with(object{"by": "cem", "force": true}), "bot-token").problem(422)))
		w.post(covers, with(object{"by": "ben"}), "viewer-token").problem(403)
		require.Equal(t, []string{"by"}, fields(w.post(covers, take, "bot-token").problem(422)))
		require.Equal(t, []string{"by"}, fields(w.post(covers, with(object{"by": "eve"}), "bot-token").problem(422)))
		r, _ := w.cover(with(object{"by": "ada", "user": "ben"})) // by the administrator's key
		require.Equal(t, watchbill.UserID("ben"), r.Grants[0].User)
	})
}

func TestCoversThatAreRefused(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for body, want := range map[string][]string{
			`{"by":"ada"}`:                                   {"kind"},
			`{"by":"ada","kind":1}`:                          {"kind"},
			`{"by":"ada","kind":"swap","found":{}}`:          {"found"},
			`{"by":"ada","kind":"swap","id":"x"}`:            {"id"},
			`{"by":"ada","kind":"take_over","who":"x"}`:      {"who"},
			`{"by":"ada","kind":"take_over","from":"today"}`: {"from"},
		} {
			require.Equal(t, want, fields(w.post(covers, body).problem(400)), body)
		}
		for body, want := range map[string][]string{
			`{"by":"ada","kind":"take_over"}`: {"schedule"},
			`{"by":"ada","kind":"request"}`:   {"from", "to"},
			`{"by":"ada","kind":"request","from":"1999-12-01T00:00:00Z","to":"1999-12-02T00:00:00Z"}`:                         {"to"},
			`{"by":"ada","kind":"request","from":"2000-01-04T00:00:00Z","to":"2000-01-05T00:00:00Z"}`:                         {"from"},
			`{"by":"ada","kind":"swap","with":"who","from":"2000-01-01T00:00:00Z","to":"2000-01-02T00:00:00Z"}`:               {"with", "with_from", "with_to"},
			`{"by":"ada","kind":"request","from":"2000-01-01T00:00:00Z","to":"2000-01-02T00:00:00Z","of":["who"],"team":"x"}`: {"of", "team"},
		} {
			require.Equal(t, want, fields(w.post(covers, body).problem(422)), body)
		}
		w.get(covers + "/nope").problem(404)
		w.get(covers + "/nope/timeline").problem(404)
		w.post(covers+"/nope/accept", object{"by": "ada"}).problem(404)
		w.get(covers + "?state=gone").problem(400)
		w.get("/api/v1/users/eve/duties").problem(404)
		require.Equal(t, `the key "admin" is bound to no person; name one instead of me`, w.get("/api/v1/users/me/duties").problem(404).Detail)
		w.get("/api/v1/users/ada/duties?from=2000-01-02T00:00:00Z&to=2000-01-01T00:00:00Z").problem(400)
	})
}

func TestDuties(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var got struct {
			User     watchbill.UserID
			Timezone string
			Duties   []engine.Duty
		}
		w.get("/api/v1/users/me/duties", "ada-token").is(200).into(&got)
		require.Equal(t, watchbill.UserID("ada"), got.User)
		require.Len(t, got.Duties, 3)
		require.True(t, got.Duties[0].Now)
		require.Equal(t, "1999-12-27T08:00:00Z", got.Duties[0].Start.UTC().Format(time.RFC3339), "the real beginning")
		require.Equal(t, []string{"ada: layer week, turn 0 (1999-12-27 09:00 to 2000-01-03 09:00 Europe/Berlin)"}, got.Duties[0].Why)
		w.get("/api/v1/users/cem/duties").is(200).into(&got)
		require.Empty(t, got.Duties)
	})
}

// What was known before somebody took over can be asked for ever.
func TestKnownAt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		w.pass(time.Hour)
		w.cover(object{"by": "ben", "kind": "take_over", "replaces": "ada", "from": "2000-01-01T06:00:00Z", "to": "2000-01-01T12:00:00Z"})
		for query, want := range map[string]watchbill.UserID{
			"?schedule=primary&at=2000-01-01T08:00:00Z":                               "ben",
			"?schedule=primary&at=2000-01-01T08:00:00Z&known_at=2000-01-01T00:30:00Z": "ada",
			"?schedule=primary&at=2000-01-01T08:00:00Z&known_at=2000-01-01T01:30:00Z": "ben",
			"?schedule=primary&at=2000-01-01T08:00:00Z&known_at=2000-06-01T00:00:00Z": "ben",
		} {
			_, users := w.onCall(query)
			require.Equal(t, []watchbill.UserID{want}, users[0], query)
		}
		var then, now []schedule.Shift
		const window = "/api/v1/schedules/primary/shifts?from=2000-01-01T00:00:00Z&to=2000-01-02T00:00:00Z"
		w.get(window).is(200).into(&now)
		w.get(window + "&known_at=2000-01-01T00:30:00Z").is(200).into(&then)
		require.Len(t, now, 3)
		require.Len(t, then, 1)
		w.get("/api/v1/oncall?known_at=yesterday").problem(400)
	})
}

// Times without an offset are those of whose key or by it is; without a zone of their own, those of the schedule.
func TestCoverTimesAsPeopleWriteThem(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		c := org()
		c.Catalog.Users[1].Zone, c.Catalog.Users[0].Zone = "America/New_York", ""
		w.configure(c)
		window := func(body object, tokens ...string) string {
			t.Helper()
			body["kind"], body["replaces"], body["schedule"] = "take_over", "ada", "primary"
			var got struct {
				cover.Request
				Timezone string
			}
			w.post(covers, body, tokens...).is(201).into(&got)
			g := got.Grants[0]
			w.does(covers+"/"+string(got.ID)+"/withdraw", object{"by": body["by"]})
			return g.From.Format(time.RFC3339) + " " + g.To.Format(time.RFC3339) + " " + got.Timezone
		}
		require.Equal(t, "2000-01-02T09:00:00-05:00 2000-01-02T18:00:00-05:00 America/New_York",
			window(object{"by": "ben", "from": "2000-01-02T09:00", "to": "2000-01-02T18:00"}))
		require.Equal(t, "2000-01-01T18:00:00-05:00 2000-01-01T20:00:00-05:00 America/New_York",
			window(object{"by": "ben", "from": "18:00", "to": "2000-01-02T02:00:00+01:00"}))
		require.Equal(t, "1999-12-31T19:00:00-05:00 1999-12-31T23:00:00-05:00 America/New_York", window(object{"by": "ben", "to": "4h"}))
		c.Catalog.Users[1].Zone = ""
		w.configure(c)
		require.Equal(t, "2000-01-02T09:00:00+01:00 2000-01-02T18:00:00+01:00 Europe/Berlin",
			window(object{"by": "ben", "from": "2000-01-02T09:00", "to": "2000-01-02T18:00"}), "the schedule's")

		p := w.post(covers, object{"by": "ben", "kind": "take_over", "replaces": "ada", "schedule": "primary", "from": "soon", "to": 7}).problem(400)
		require.Equal(t, []string{"from", "to"}, fields(p))
		require.Equal(t, `"soon" is not a time; write 2026-01-05T09:00, 18:00, 4h (from now), or 2026-01-05T09:00:00+01:00 with an offset`, p.Errors[0].Reason)
		require.Equal(t, []string{"by", "to"}, fields(w.post(covers, object{"kind": "take_over", "to": "18:00"}).problem(400)))
		require.Equal(t, []string{"by"}, fields(w.post(covers, object{"by": "eve", "kind": "take_over", "schedule": "primary", "to": "18:00"}).problem(422)))
		require.Equal(t, []string{"to"}, fields(w.post(covers, object{"by": "ben", "kind": "take_over", "to": "9999-01-01T00:00"}).problem(400)))
		require.Equal(t, []string{"to"}, fields(w.get("/api/v1/users/ben/duties?to=never").problem(400)))
	})
}
