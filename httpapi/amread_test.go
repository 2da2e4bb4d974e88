package httpapi_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// amShown is an alert as a client of Alertmanager reads it.
type amShown struct {
	Annotations, Labels         map[string]string
	Fingerprint, GeneratorURL   string
	StartsAt, EndsAt, UpdatedAt time.Time
	Receivers                   []struct{ Name string }
	Status                      struct {
		State                            string
		SilencedBy, InhibitedBy, MutedBy []string
	}
}

type amSilenceShown struct {
	ID, Comment, CreatedBy string
	Status                 struct{ State string }
	StartsAt, EndsAt       time.Time
	Matchers               []struct {
		Name, Value      string
		IsRegex, IsEqual bool
	}
}

func (w *world) amPost(alerts string) { w.send("POST", amBase+"/alerts", alerts, amJSON).is(200) }

func (w *world) amAlerts(query string) (all []amShown) {
	w.Helper()
	w.send("GET", amBase+"/alerts"+query, nil).is(200).into(&all)
	return all
}

func TestAlertmanagerAPIShowsAlerts(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		require.Equal(t, "[]\n", w.send("GET", amBase+"/alerts", nil).is(200).Body.String())
		w.amPost(`[{"labels":{"alertname":"A","severity":"critical"},"annotations":{"summary":"s","description":"d","runbook_url":"https://rb/x"},
			"generatorURL":"http://x/y","startsAt":"1999-12-31T23:00:00Z","endsAt":"2000-01-01T00:04:00Z"},{"labels":{"alertname":"B"}}]`)
		w.raise("by hand")
		all := w.amAlerts("")
		require.Len(t, all, 2, "those of this source")
		a := w.amAlerts("?filter=" + url.QueryEscape(`alertname="A"`))[0]
		require.Equal(t, "b807e636403824b5", a.Fingerprint, "as Alertmanager names it")
		require.Equal(t, map[string]string{"summary": "s", "description": "d", "runbook_url": "https://rb/x"}, a.Annotations)
		require.Equal(t, map[string]string{"alertname": "A", "severity": "critical"}, a.Labels)
		require.Equal(t, "http://x/y", a.GeneratorURL)
		require.Equal(t, "shop", a.Receivers[0].Name)
		require.Equal(t, "active", a.Status.State)
		require.Equal(t, time.Date(1999, 12, 31, 23, 0, 0, 0, time.UTC), a.StartsAt)
		require.Equal(t, time.Date(2000, 1, 1, 0, 4, 0, 0, time.UTC), a.EndsAt)
		for query, n := range map[string]int{"?active=false": 0, "?receiver=sh.*": 2, "?receiver=x": 0, "?silenced=false": 2,
			"?filter=" + url.QueryEscape(`alertname=~"A|B"`) + "&filter=" + url.QueryEscape(`severity!=""`): 1} {
			require.Len(t, w.amAlerts(query), n, query)
		}
		require.Equal(t, "\"bad matcher format: bad x\"\n", w.send("GET", amBase+"/alerts?filter=bad%20x", nil).is(400).Body.String())
		require.Contains(t, w.send("GET", amBase+"/alerts?receiver=%5B", nil).is(400).Body.String(), "failed to parse receiver param")
		var groups []struct {
			Alerts   []amShown
			Receiver struct{ Name string }
		}
		w.send("GET", amBase+"/alerts/groups", nil).is(200).into(&groups)
		require.Len(t, groups, 1)
		require.Len(t, groups[0].Alerts, 2)
		var receivers []struct{ Name string }
		w.send("GET", amBase+"/receivers", nil).is(200).into(&receivers)
		require.Equal(t, "shop", receivers[0].Name)
		var status struct {
			Cluster     struct{ Status string }
			Config      struct{ Original string }
			Uptime      time.Time
			VersionInfo map[string]string
		}
		w.send("GET", amBase+"/status", nil).is(200).into(&status)
		require.Equal(t, "disabled", status.Cluster.Status)
		require.NotEmpty(t, status.VersionInfo["version"])
		w.send("GET", "/intake/prometheus/nope/api/v2/status", nil).is(401)
	})
}

func amSilenceBody(t *testing.T, change func(map[string]any)) string {
	body := map[string]any{"matchers": []map[string]any{{"name": "alertname", "value": "A", "isRegex": false, "isEqual": true}},
		"startsAt": "1999-12-31T23:59:00Z", "endsAt": "2000-01-01T01:00:00Z", "createdBy": "ada", "comment": "c"}
	change(body)
	data, err := json.Marshal(body)
	require.NoError(t, err)
	return string(data)
}

func (w *world) amSilence(change func(map[string]any)) string {
	w.Helper()
	var made struct{ SilenceID string }
	w.send("POST", amBase+"/silences", amSilenceBody(w.T, change), amJSON).is(200).into(&made)
	return made.SilenceID
}

func same(map[string]any) {}

func TestAlertmanagerAPISilences(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := w.amSilence(same)
		var s amSilenceShown
		w.send("GET", amBase+"/silence/"+id, nil).is(200).into(&s)
		require.Equal(t, []string{"active", "ada", "c"}, []string{s.Status.State, s.CreatedBy, s.Comment})
		require.Equal(t, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), s.StartsAt, "a start that has been is now")
		ours := w.silences("")[0]
		require.Equal(t, []string{"ada", "prom"}, []string{ours.By, ours.Source}, "she hears of its end; it is of this source alone")

		require.Equal(t, id, w.amSilence(func(b map[string]any) {
			b["id"], b["startsAt"], b["endsAt"] = id, s.StartsAt, "2000-01-01T02:00:00Z"
		}), "the end changes in place")
		require.NotEqual(t, id, w.amSilence(func(b map[string]any) { b["id"] = id }), "another start is another silence")
		var all []amSilenceShown
		w.send("GET", amBase+"/silences", nil).is(200).into(&all)
		require.Equal(t, []string{"active", "expired"}, []string{all[0].Status.State, all[1].Status.State})
		w.send("GET", amBase+"/silences?filter="+url.QueryEscape(`alertname="B"`), nil).is(200).into(&all)
		require.Empty(t, all)
		w.send("GET", amBase+"/silences?filter="+url.QueryEscape(`alertname=A`), nil).is(200).into(&all)
		require.Len(t, all, 2)
		require.Equal(t, "\"bad matcher format: (\"\n", w.send("GET", amBase+"/silences?filter=(", nil).is(400).Body.String())

		require.Empty(t, w.send("DELETE", amBase+"/silence/"+all[0].ID, nil).is(200).Body.String())
		w.send("DELETE", amBase+"/silence/"+all[0].ID, nil).is(200)
		require.Len(t, w.silences("?state=expired"), 2)
		unknown := "11111111-2222-3333-4444-555555555555"
		require.Empty(t, w.send("DELETE", amBase+"/silence/"+unknown, nil).is(404).Body.String())
		w.send("GET", amBase+"/silence/"+unknown, nil).is(404)
		require.Contains(t, w.send("GET", amBase+"/silence/zzz", nil).is(422).Body.String(), `"code":601`)

		var made shownSilence
		w.post("/api/v1/silences", fieldMap{"matchers": []string{"a=b"}, "for": "1h", "by": "ada"}).is(201).into(&made)
		w.send("GET", amBase+"/silence/"+made.ID, nil).is(200)
		w.send("DELETE", amBase+"/silence/"+made.ID, nil).is(403)
		w.send("POST", amBase+"/silences", amSilenceBody(t, func(b map[string]any) { b["id"] = made.ID }), amJSON).is(403)
		w.post("/api/v1/silences", fieldMap{"matchers": []string{"a=b"}, "source": "gen", "for": "1h", "by": "ada"}).is(201).into(&made)
		w.send("GET", amBase+"/silence/"+made.ID, nil).is(404)
	})
}

// What Alertmanager 0.31.1 answers.
func TestAlertmanagerAPIRefusesSilences(t *testing.T) {
	matcher := func(m map[string]any) func(map[string]any) {
		return func(b map[string]any) { b["matchers"] = []map[string]any{m} }
	}
	inWorld(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			change func(map[string]any)
			status int
			want   string
		}{
			"no comment":      {func(b map[string]any) { delete(b, "comment") }, 422, `{"code":602,"message":"comment in body is required"}`},
			"no matchers":     {func(b map[string]any) { b["matchers"] = []any{} }, 422, `{"code":612,"message":"matchers in body should have at least 1 items"}`},
			"no isRegex":      {matcher(fieldMap{"name": "a", "value": "x"}), 422, `{"code":602,"message":"matchers.0.isRegex in body is required"}`},
			"ended":           {func(b map[string]any) { b["endsAt"] = "1999-12-31T23:59:30Z" }, 400, `"Failed to create silence: end time can't be in the past"`},
			"ends too early":  {func(b map[string]any) { b["startsAt"] = "2000-01-01T01:00:00Z" }, 400, `"Failed to create silence: start time must be before end time"`},
			"bad regex":       {matcher(fieldMap{"name": "a", "value": "(", "isRegex": true}), 400, `"invalid silence: invalid label matcher 0: `},
			"matches nothing": {matcher(fieldMap{"name": "a", "value": "", "isRegex": false}), 400, `"invalid silence: matchers: `},
			"unknown":         {func(b map[string]any) { b["id"] = "zzz" }, 404, `"silence not found"`},
		} {
			got := w.send("POST", amBase+"/silences", amSilenceBody(t, c.change), amJSON).is(c.status).Body.String()
			require.Truef(t, strings.HasPrefix(got, c.want), "%s: %s", name, got)
		}
		require.Contains(t, w.send("POST", amBase+"/silences", "{", amJSON).is(400).Body.String(), `{"code":400,"message":"parsing silence body`)
		require.Contains(t, w.send("POST", amBase+"/silences", "", amJSON).is(422).Body.String(), `silence in body is required`)
		require.Contains(t, w.send("POST", amBase+"/silences", "{}", amJSON).is(422).Body.String(), `comment in body is required`)
	})
}

// A silence that amtool makes holds what it matches, of its own source alone, and shows on the alert.
func TestAlertmanagerAPISilencesHold(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		id := w.amSilence(same)
		w.amPost(`[{"labels":{"alertname":"A","severity":"critical"}},{"labels":{"alertname":"B","severity":"critical"}}]`)
		w.send("POST", "/intake/generic/gen-key", `{"dedup_key":"x","summary":"other","labels":{"alertname":"A","source":"prom"}}`).is(202)
		w.pass(time.Second)
		var sent []string
		for _, m := range w.Sent.Messages() {
			sent = append(sent, m.Summary)
		}
		require.ElementsMatch(t, []string{"B", "other"}, sent)
		require.Equal(t, []string{id}, w.amAlerts("?active=false")[0].Status.SilencedBy)
		require.Equal(t, "suppressed", w.amAlerts("?active=false")[0].Status.State)
		require.Len(t, w.amAlerts("?silenced=false"), 1)
		w.send("DELETE", amBase+"/silence/"+id, nil).is(200)
		w.pass(2 * time.Second)
		all := w.Sent.Messages()
		require.Equal(t, "A", all[len(all)-1].Summary, "what is still open pages then")
	})
}
