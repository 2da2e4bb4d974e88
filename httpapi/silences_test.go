package httpapi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/mute"
)

// shownSilence is a silence as a client reads it.
type shownSilence struct {
	ID, State, By, Comment, Timezone, Source, Author string
	Matchers                                         []string
	StartsAt                                         time.Time `json:"starts_at"`
	EndsAt                                           time.Time `json:"ends_at"`
	File                                             bool
}

func (w *world) silences(query string) (all []shownSilence) {
	w.Helper()
	var page struct{ Silences []shownSilence }
	w.get("/api/v1/silences" + query).is(200).into(&page)
	return page.Silences
}

type fieldMap = map[string]any

func TestSilencesByAPI(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var s shownSilence
		body := fieldMap{"matchers": []string{`team=db`, `zone=~"a|b"`}, "for": "2h", "comment": "disk swap", "by": "ada"}
		w.post("/api/v1/silences", body).is(201).into(&s)
		midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		require.Equal(t, "active", s.State)
		require.Equal(t, []string{`team="db"`, `zone=~"a|b"`}, s.Matchers)
		require.Equal(t, midnight.Add(2*time.Hour), s.EndsAt.UTC())
		require.Equal(t, midnight, s.StartsAt.UTC())
		require.Equal(t, "ada", s.By)

		var longer shownSilence
		w.send("PUT", "/api/v1/silences/"+s.ID, fieldMap{"ends_at": "06:00", "by": "ben"}, "bot-token").is(200).into(&longer)
		require.Equal(t, s.ID, longer.ID)
		require.Equal(t, midnight.Add(5*time.Hour), longer.EndsAt.UTC(), "06:00 in Berlin, where ben is")
		require.Equal(t, "ada", longer.By, "who made it hears of its end")
		var other shownSilence
		w.post("/api/v1/silences/"+s.ID+"/change", fieldMap{"matchers": []string{"team=db"}, "by": "ben"}).is(200).into(&other)
		require.NotEqual(t, s.ID, other.ID)

		var later shownSilence
		w.post("/api/v1/silences", fieldMap{"matchers": []string{"a=b"}, "starts_at": "4h", "for": "1h", "by": "ada"}).is(201).into(&later)
		require.Equal(t, midnight.Add(5*time.Hour), later.EndsAt.UTC())
		var ids []string
		for _, s := range w.silences("") {
			ids = append(ids, s.State)
		}
		require.Equal(t, []string{"active", "pending", "expired"}, ids)
		require.Len(t, w.silences("?state=pending"), 1)

		w.send("DELETE", "/api/v1/silences/"+later.ID, nil, "bot-token").problem(422)
		w.send("DELETE", "/api/v1/silences/"+later.ID+"?by=ben", nil, "bot-token").is(204)
		w.send("DELETE", "/api/v1/silences/"+other.ID, nil, "ada-token").is(204)
		require.Len(t, w.silences("?state=expired"), 3)
		var told struct{ Entries []struct{ Text, Via string } }
		w.get("/api/v1/silences/" + s.ID + "/timeline").is(200).into(&told)
		require.Len(t, told.Entries, 3)
		require.Contains(t, told.Entries[1].Text, "ben (via bot) changed")
		require.Equal(t, "bot", told.Entries[1].Via)
	})
}

func TestSilencesThatTheAPIRefuses(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		good := fieldMap{"matchers": []string{"a=b"}, "for": "1h", "by": "ada"}
		with := func(name string, v any) fieldMap {
			all := fieldMap{name: v}
			for k, v := range good {
				if _, ok := all[k]; !ok {
					all[k] = v
				}
			}
			return all
		}
		for name, c := range map[string]struct {
			body   fieldMap
			status int
			field  string
		}{
			"no matchers":     {with("matchers", []string{}), 422, "matchers"},
			"a bad matcher":   {with("matchers", []string{"a~b"}), 400, "matchers"},
			"matches all":     {with("matchers", []string{`a=~".*"`}), 422, "matchers"},
			"no end":          {with("for", nil), 422, "ends_at"},
			"two ends":        {with("ends_at", "2000-01-02T00:00"), 422, "for"},
			"an end long ago": {with("for", "-2h"), 422, "ends_at"},
			"a bad time":      {with("starts_at", "soon"), 400, "starts_at"},
			"a bad zone":      {with("timezone", "Mars/North"), 422, "timezone"},
			"nobody":          {with("by", "nobody"), 422, "by"},
			"unknown field":   {with("until", "x"), 400, "until"},
			"unknown source":  {with("source", "x"), 422, "source"},
		} {
			require.Contains(t, fields(w.post("/api/v1/silences", c.body).problem(c.status)), c.field, name)
		}
		w.send("POST", "/api/v1/silences", good, "viewer-token").problem(403)
		w.get("/api/v1/silences/nope").problem(404)
		w.post("/api/v1/silences/nope/end", fieldMap{"by": "ada"}).problem(404)
		require.Empty(t, w.silences(""))

		c := org()
		m, err := mute.ParseMatcher("a=b")
		require.NoError(t, err)
		c.Silences = []mute.Silence{{ID: "filed", Matchers: mute.Matchers{m}, Span: mute.Span{To: calendar.InstantMoment(time.Now().Add(time.Hour))}}}
		w.configure(c)
		require.True(t, w.silences("")[0].File)
		require.Contains(t, w.post("/api/v1/silences/filed/end", fieldMap{"by": "ada"}).problem(409).Detail, "in the configuration file")
	})
}

func TestMaintenanceByAPI(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var m struct {
			ID, Name, State, Mode, Timezone string
			Services                        []string
			Windows                         []calendar.Window
		}
		w.post("/api/v1/maintenance", fieldMap{"name": "patches", "services": []string{"shop"}, "mode": "collect", "by": "ada",
			"windows": []fieldMap{{"days": []string{"sat"}, "from": "00:00", "to": "04:00"}}}).is(201).into(&m)
		require.Equal(t, []string{"active", "collect", "Europe/Berlin"}, []string{m.State, m.Mode, m.Timezone})
		w.send("PUT", "/api/v1/maintenance/"+m.ID, fieldMap{"mode": "hold"}, "ada-token").is(200).into(&m)
		require.Equal(t, "hold", m.Mode)
		require.Equal(t, []string{"shop"}, m.Services)
		w.pass(5 * time.Hour)
		w.get("/api/v1/maintenance/" + m.ID).is(200).into(&m)
		require.Equal(t, "pending", m.State)
		w.post("/api/v1/maintenance/"+m.ID+"/end", fieldMap{"by": "ada"}).is(204)
		var page struct{ Maintenance []struct{ State string } }
		w.get("/api/v1/maintenance").is(200).into(&page)
		require.Equal(t, "expired", page.Maintenance[0].State)
		require.Contains(t, fields(w.post("/api/v1/maintenance", fieldMap{"services": []string{"x"}, "for": "1h", "by": "ada"}).problem(422)), "services")
	})
}

func TestPreviewByAPI(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.raise("db is down")
		w.raise("web is down")
		w.pass(time.Minute)
		var p engine.Preview
		w.send("POST", "/api/v1/silences/preview", fieldMap{"matchers": []string{`summary=~"db.*"`}}, "viewer-token").is(200).into(&p)
		require.Equal(t, []int{2, 1, 1}, []int{p.Looked, p.Muted, p.Paged})
		require.Equal(t, []watchbill.UserID{"ada"}, p.Alerts[0].People)
		require.Equal(t, 1, p.Alerts[0].Pages)
		w.post("/api/v1/silences/preview", fieldMap{"matchers": []string{"a=b"}, "days": 0}).problem(422)
		w.post("/api/v1/silences/preview", fieldMap{}).problem(422)
	})
}
