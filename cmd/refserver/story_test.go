package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const incidentYAML = storyYAML + `
customers:
  - {id: acme, name: ACME}
pages:
  - {id: public, name: Shop status, components: [{id: orders, name: Orders, services: [checkout]}, {id: find, name: Search}]}
incidents:
  postmortem: {severities: [critical], due: 48h}
`

// apiFigures are the figures of an incident or a postmortem.
type apiFigures struct {
	StartedAt      time.Time `json:"started_at"`
	DetectedAt     time.Time `json:"detected_at"`
	AcknowledgedAt time.Time `json:"acknowledged_at"`
	ResolvedAt     time.Time `json:"resolved_at"`
	EndedAt        time.Time `json:"ended_at"`
	ToDetect       string    `json:"time_to_detect"`
	ToAcknowledge  string    `json:"time_to_acknowledge"`
	ToResolve      string    `json:"time_to_resolve"`
	Visible        string    `json:"visible_impact"`
}

// apiEntry is a line of a timeline.
type apiEntry struct {
	At         time.Time
	Of         string
	Kind, Text string
}

// post sends JSON, and reads the answer.
func (c client) post(path string, body map[string]any, v any) {
	c.t.Helper()
	data, err := json.Marshal(body)
	require.NoError(c.t, err)
	req, err := http.NewRequest(http.MethodPost, c.base+path, strings.NewReader(string(data)))
	require.NoError(c.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	var answer json.RawMessage
	require.NoError(c.t, json.NewDecoder(resp.Body).Decode(&answer))
	require.Equal(c.t, 2, resp.StatusCode/100, "POST %s: %s", path, answer)
	if v != nil {
		require.NoError(c.t, json.Unmarshal(answer, v))
	}
}

// get reads JSON.
func (c client) get(path string, v any) {
	c.t.Helper()
	status, data := c.do(http.MethodGet, path, "")
	require.Equal(c.t, http.StatusOK, status, "GET %s: %s", path, data)
	require.NoError(c.t, json.Unmarshal(data, v))
}

// TestFromSignalToPublishedPostmortem is the whole story over HTTP, begun by a real Alertmanager. Every figure is
// compared with arithmetic on the times of the timeline.
func TestFromSignalToPublishedPostmortem(t *testing.T) {
	t.Parallel()
	alertmanager := need(t, "go install github.com/prometheus/alertmanager/cmd/alertmanager@v0.31.1",
		filepath.Join(goEnv(t, "GOPATH"), "bin", "alertmanager"), "alertmanager", "prometheus-alertmanager")
	phones := newPhoneBook(t)
	conf := write(t, "watchbill.yaml", strings.NewReplacer("PHONES", phones.URL, "MAIL", "127.0.0.1:9").Replace(incidentYAML))
	_, base := serveOn(t, conf, "sqlite:"+filepath.Join(t.TempDir(), "w.db"), "127.0.0.1:0")
	api := client{t, base, "ops-token"}
	am := startAlertmanager(t, alertmanager, base+"/intake/alertmanager/key-of-am")

	postToAlertmanager(t, am, time.Now().Add(time.Hour))
	page := phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) >= 1 })[0]
	status, body := api.do(http.MethodPost, page.AckURL, "action=ack")
	require.Equal(t, http.StatusOK, status, string(body))

	id := coordinate(t, api, page.Alert.ID)
	reads(t, api, "major", "Some orders fail")

	postToAlertmanager(t, am, time.Now())
	require.Eventually(t, func() bool { return api.alerts()[0].State == "resolved" }, 30*time.Second, 100*time.Millisecond)
	api.post("/api/v1/incidents/"+id+"/status", map[string]any{"by": "ben", "status": "resolved"}, nil)
	api.post("/api/v1/incidents/"+id+"/updates", map[string]any{"by": "ada", "text": "All is well again."}, nil)
	reads(t, api, "none", "")

	want := arithmetic(t, api, page.Alert.ID, id)
	review(t, api, id, want)
	compareReport(t, api, want)
}

// coordinate is what people do while it lasts.
func coordinate(t *testing.T, api client, alert string) string {
	var made struct{ ID, Title, Severity string }
	api.post("/api/v1/incidents", map[string]any{"by": "ada", "alerts": []string{alert}}, &made)
	require.Equal(t, "p99 is high", made.Title, "carried over from the alert")
	require.Equal(t, "critical", made.Severity)
	at := "/api/v1/incidents/" + made.ID
	api.post(at+"/roles", map[string]any{"by": "ada", "role": "commander", "user": "ada"}, nil)
	api.post(at+"/impact", map[string]any{"by": "ada", "reported": 3, "customers": []string{"acme"},
		"services": []map[string]string{{"service": "checkout", "effect": "partial_outage"}}}, nil)
	api.post(at+"/updates", map[string]any{"by": "ada", "title": "Some orders fail", "text": "We are looking into it."}, nil)
	api.post(at+"/roles", map[string]any{"by": "ada", "role": "commander", "user": "ben", "note": "my shift ends"}, nil)
	api.post(at+"/decisions", map[string]any{"by": "ben", "text": "restart the gateway"}, nil)
	api.post(at+"/status", map[string]any{"by": "ben", "status": "identified"}, nil)
	return made.ID
}

// reads asks the public page until it says so: an edition lasts a second.
func reads(t *testing.T, api client, indicator, unresolved string) {
	require.Eventually(t, func() bool {
		var summary struct {
			Status    struct{ Indicator string }
			Incidents []struct{ Name string }
		}
		api.get("/status/public/api/v2/summary.json", &summary)
		if summary.Status.Indicator != indicator {
			return false
		}
		if unresolved == "" {
			return len(summary.Incidents) == 0
		}
		return len(summary.Incidents) == 1 && summary.Incidents[0].Name == unresolved
	}, 20*time.Second, 100*time.Millisecond)
	status, html := api.do(http.MethodGet, "/status/public", "")
	require.Equal(t, http.StatusOK, status)
	for _, secret := range []string{"p99 is high", "restart the gateway", "Okafor", "ACME", "HighLatency", "checkout"} {
		require.NotContains(t, string(html), secret, "internal")
	}
}

// arithmetic takes the times from the joint timeline and subtracts them by hand.
func arithmetic(t *testing.T, api client, alert, id string) apiFigures {
	var joint struct{ Entries []apiEntry }
	api.get("/api/v1/incidents/"+id+"/timeline", &joint)
	at := func(of, kind, text string) time.Time {
		for _, e := range joint.Entries {
			if e.Of == of && e.Kind == kind && strings.Contains(e.Text, text) {
				return e.At
			}
		}
		t.Fatalf("the timeline has no %s of %s with %q: %v", kind, of, text, joint.Entries)
		return time.Time{}
	}
	var raised struct {
		StartsAt time.Time `json:"starts_at"`
	}
	api.get("/api/v1/alerts/"+alert, &raised)
	f := apiFigures{
		StartedAt:      raised.StartsAt,
		DetectedAt:     at(alert, "opened", ""),
		AcknowledgedAt: at(alert, "acknowledged", "ada"),
		ResolvedAt:     at("incident:"+id, "status_changed", "resolved"),
	}
	f.EndedAt = f.ResolvedAt
	f.ToDetect = f.DetectedAt.Sub(f.StartedAt).String()
	f.ToAcknowledge = f.AcknowledgedAt.Sub(f.DetectedAt).String()
	f.ToResolve = f.ResolvedAt.Sub(f.StartedAt).String()
	f.Visible = f.EndedAt.Sub(f.StartedAt).String()
	require.Greater(t, f.DetectedAt.Sub(f.StartedAt), 50*time.Second, "Alertmanager said that it began a minute before")
	require.Positive(t, f.AcknowledgedAt.Sub(f.DetectedAt))
	return f
}

// review completes and publishes the postmortem that the resolution made.
func review(t *testing.T, api client, id string, want apiFigures) {
	at := "/api/v1/postmortems/" + id
	var p struct {
		State, Owner, Summary string
		Required              bool
		DueAt                 time.Time `json:"due_at"`
		Figures               apiFigures
		Timeline              []apiEntry
		Impact                struct {
			Visible            string
			Affected, Reported int
			Services           []struct{ Service, Worst, Time string }
		}
	}
	api.get(at, &p)
	require.Equal(t, "draft", p.State)
	require.True(t, p.Required)
	require.Equal(t, "ben", p.Owner, "the commander at the end")
	require.Equal(t, want, p.Figures)
	require.Equal(t, want.ResolvedAt.Add(48*time.Hour), p.DueAt)
	require.Equal(t, want.Visible, p.Impact.Visible)
	require.Equal(t, 1, p.Impact.Affected)
	require.Equal(t, 3, p.Impact.Reported)
	require.Equal(t, "partial_outage", p.Impact.Services[0].Worst)
	require.True(t, p.Timeline[0].At.Before(want.StartedAt), "the timeline begins before the impact")

	status, refusal := api.do(http.MethodPost, at+"/publish", `{"by":"ben"}`)
	require.Equal(t, http.StatusConflict, status, "a draft is not published: %s", refusal)
	due := want.ResolvedAt.Add(240 * time.Hour).Format(time.RFC3339)
	api.post(at+"/edit", map[string]any{"by": "ben", "factors": []string{"The pool was too small.", "No alert on its use."}}, nil)
	api.post(at+"/items", map[string]any{"by": "ben", "title": "Alert on pool use", "kind": "detect", "owner": "ada", "due_at": due}, nil)
	api.post(at+"/submit", map[string]any{"by": "ben"}, nil)
	api.post(at+"/publish", map[string]any{"by": "ben"}, &p)
	require.Equal(t, "published", p.State)
	status, markdown := api.do(http.MethodGet, at+"?format=markdown&timezone=Europe/Berlin", "")
	require.Equal(t, http.StatusOK, status)
	for _, words := range []string{"The pool was too small.", "Alert on pool use", "restart the gateway", "Ada Okafor"} {
		require.Contains(t, string(markdown), words)
	}
}

// compareReport finds the same figures in the report: there is one alert and one incident.
func compareReport(t *testing.T, api client, want apiFigures) {
	type stat struct {
		Count     int
		Mean, P90 string
	}
	var report struct {
		Rows []struct {
			Of, Scope, ID    string
			Count, Open      int
			MTTD, MTTA, MTTR stat
		}
	}
	api.get("/api/v1/reports/response", &report)
	rounded := func(from, to time.Time) string { return to.Sub(from).Round(time.Millisecond).String() }
	seen := 0
	for _, r := range report.Rows {
		if r.Of != "incidents" {
			continue
		}
		seen++
		require.Equal(t, 1, r.Count, r)
		require.Equal(t, rounded(want.StartedAt, want.DetectedAt), r.MTTD.Mean)
		require.Equal(t, rounded(want.DetectedAt, want.AcknowledgedAt), r.MTTA.P90)
		require.Equal(t, rounded(want.StartedAt, want.ResolvedAt), r.MTTR.Mean)
	}
	require.Equal(t, 2, seen, "all, and the service checkout")
	var load struct {
		Rows []struct {
			ID                  string
			Pages, Acknowledged int
		}
	}
	api.get("/api/v1/reports/load", &load)
	require.Equal(t, "ada", load.Rows[0].ID)
	require.Equal(t, 1, load.Rows[0].Pages)
	require.Equal(t, 1, load.Rows[0].Acknowledged)
}
