package main

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const pipelineYAML = `
users: [{id: ada, contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9/ada"}]}]
policies: [{id: web, levels: [{targets: user:ada}]}]
services: [{id: checkout, policy: web}, {id: db, policy: web}]
sources:
  - id: scripts
    type: generic
    service: checkout
    key: key-of-scripts
    downgrade: true
    group: {by: [rack]}
    rules:
      - id: disks
        when: float(details.used ?? 0) > 90
        set: {service: db, severity: critical, priority: P1}
        response: Make room.
      - {id: tests, when: labels.env == "test", suppress: true}
  - {id: network, type: generic, ready: prtg, service: checkout, key: key-of-prtg}
api_keys: [{id: ops, role: admin, token: ops-token}]
catch_all: user:ada
`

// TestSourcesAsTheFileSays: the running server does with signals what the file says of their source: thresholds, responses,
// downgrading, groups, and bodies of a foreign form.
func TestSourcesAsTheFileSays(t *testing.T) {
	t.Parallel()
	_, base := serveOn(t, write(t, "watchbill.yaml", pipelineYAML), "memory:", "127.0.0.1:0")
	api := client{t, base, "ops-token"}
	for _, body := range []string{
		`{"summary": "nearly full", "severity": "warning", "details": {"used": 95}}`,
		`{"summary": "a test", "severity": "error", "labels": {"env": "test"}}`,
		`{"summary": "nobody knows what to do", "severity": "error"}`,
		`{"summary": "switch", "severity": "error", "labels": {"rack": "r1"}}`,
		`{"summary": "server", "severity": "error", "labels": {"rack": "r1"}}`,
	} {
		status, answer := api.do(http.MethodPost, "/intake/generic/key-of-scripts", body)
		require.Equal(t, http.StatusAccepted, status, "%s", answer)
	}
	posted, err := http.PostForm(base+"/intake/generic/key-of-prtg",
		url.Values{"sensorid": {"12"}, "status": {"Down"}, "device": {"sw1"}, "sensor": {"Ping"}, "message": {"x"}})
	require.NoError(t, err)
	require.NoError(t, posted.Body.Close())
	require.Equal(t, http.StatusAccepted, posted.StatusCode)

	type shown struct {
		ID, Summary, Service, Severity, Urgency, Priority, Response, Parent string
		Held                                                                []struct{ Reason, ID string }
	}
	var list struct{ Alerts []shown }
	api.get("/api/v1/alerts", &list)
	require.Len(t, list.Alerts, 6)
	is := map[string]shown{}
	for _, a := range list.Alerts {
		is[a.Summary] = a
	}
	full := is["nearly full"]
	assert.Equal(t, []string{"db", "critical", "high", "P1", "Make room."}, []string{full.Service, full.Severity, full.Urgency, full.Priority, full.Response})
	require.Len(t, is["a test"].Held, 1)
	assert.Equal(t, "tests", is["a test"].Held[0].ID)
	assert.Equal(t, "low", is["nobody knows what to do"].Urgency)
	assert.Equal(t, is["switch"].ID, is["server"].Parent)
	assert.Equal(t, "critical", is["sw1: Ping Down, x"].Severity)
}

// TestGuideToEscalation: the command that docs/escalation.md shows gives the output that it shows.
func TestGuideToEscalation(t *testing.T) {
	guide, err := os.ReadFile("../../docs/escalation.md")
	require.NoError(t, err)
	conf, commands := "", 0
	for _, block := range fence.FindAllStringSubmatch(string(guide), -1) {
		line, shown, _ := strings.Cut(block[2], "\n")
		switch {
		case block[1] == "yaml" && commands == 0 && strings.Count(conf, "policies:") == 0:
			conf += block[2]
		case strings.HasPrefix(line, "$ refserver "):
			commands++
			args := strings.Fields(strings.Replace(line, "watchbill.yaml", write(t, "watchbill.yaml", conf), 1))[2:]
			code, out, problems := says(args...)
			require.Equal(t, 0, code, "%s: %s", line, problems)
			require.Equal(t, shown, out)
		}
	}
	require.Equal(t, 1, commands)
}
