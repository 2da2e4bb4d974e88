package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The time-outs of the policy below.
const (
	levelTimeout = 4 * time.Second
	slack        = time.Second // two cores, shared with everything else that is tested
)

const storyYAML = `
timezone: Europe/Berlin
users:
  - id: ada
    name: Ada Okafor
    timezone: America/New_York
    contacts:
      - {id: hook, channel: webhook, address: "PHONES/ada"}
      - {id: mail, channel: email, address: ada@example.com}
  - id: ben
    contacts: [{id: hook, channel: webhook, address: "PHONES/ben"}]
schedules:
  - id: newyork
    timezone: America/New_York
    layers:
      - {id: always, users: [ada], start: 2026-01-05T09:00, rotation: {every: 1, unit: week}}
policies:
  - id: web
    levels:
      - {targets: ["schedule:newyork"], timeout: 4s, repeat: {every: 1m, attempts: 1}}
      - {targets: ["user:ben"], timeout: 5m, repeat: {every: 5m}}
services:
  - {id: checkout, name: Checkout, policy: web}
sources:
  - {id: am, type: alertmanager, service: checkout, key: key-of-am}
api_keys:
  - {id: ops, role: admin, token: ops-token}
channels:
  smtp: {addr: "MAIL", from: "oncall@example.com"}
  webhook: {secret: ` + testSecret + `}
catch_all: "user:ben"
`

func TestAlertmanagerOpensPagesEscalatesAndResolves(t *testing.T) {
	t.Run("0.25 from Debian", func(t *testing.T) {
		alertmanagerStory(t, need(t, "apt-get install -y --no-install-recommends prometheus-alertmanager", "prometheus-alertmanager"))
	})
	t.Run("0.31.1", func(t *testing.T) {
		gobin := filepath.Join(goEnv(t, "GOPATH"), "bin", "alertmanager")
		alertmanagerStory(t, need(t, "go install github.com/prometheus/alertmanager/cmd/alertmanager@v0.31.1", gobin, "alertmanager"))
	})
}

func goEnv(t *testing.T, name string) string {
	out, err := exec.Command("go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// alertmanagerStory is the whole way, over software that nobody here wrote: Alertmanager, a mail server.
func alertmanagerStory(t *testing.T, alertmanager string) {
	t.Parallel()
	mails, mailAddr := startMailServer(t)
	phones := newPhoneBook(t)
	conf := write(t, "watchbill.yaml", strings.NewReplacer("PHONES", phones.URL, "MAIL", mailAddr).Replace(storyYAML))
	_, base := serveOn(t, conf, "sqlite:"+filepath.Join(t.TempDir(), "w.db"), "127.0.0.1:0")
	am := startAlertmanager(t, alertmanager, base+"/intake/alertmanager/key-of-am")
	api := client{t, base, "ops-token"}

	postToAlertmanager(t, am, time.Now().Add(time.Hour))
	pages := phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) >= 1 })
	first := pages[0]
	require.Equal(t, "ada", first.User)
	require.Equal(t, "p99 is high", first.Alert.Summary)
	require.Len(t, api.alerts(), 1)
	mails.waitFor(t, `Subject: .*p99 is high`)

	pages = phones.wait(t, 20*time.Second, func(a []arrival) bool { return a[len(a)-1].User == "ben" })
	last := pages[len(pages)-1]
	require.Equal(t, 2, last.Level)
	require.InDelta(t, levelTimeout, last.At.Sub(first.At), float64(slack), "the second level is paged at the configured second")

	status, body := api.do(http.MethodGet, last.AckURL, "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, string(body), "p99 is high")
	require.Equal(t, "triggered", api.alerts()[0].State, "looking changes nothing")
	status, body = api.do(http.MethodPost, last.AckURL, "action=ack")
	require.Equal(t, http.StatusOK, status, string(body))
	require.Equal(t, "ben", api.alerts()[0].AcknowledgedBy)

	postToAlertmanager(t, am, time.Now())
	require.Eventually(t, func() bool { return api.alerts()[0].State == "resolved" }, 30*time.Second, 100*time.Millisecond)
	require.Equal(t, "source:am", api.alerts()[0].ResolvedBy)
	require.Len(t, api.alerts(), 1, "one trouble, one alert")
	for _, a := range phones.all()[len(pages):] {
		require.Equal(t, "resolved", a.Type, "nobody was paged after the acknowledgement")
	}
	status, _ = api.do(http.MethodPost, last.AckURL, "action=ack")
	require.Contains(t, []int{http.StatusConflict, http.StatusGone}, status, "the link ends with the episode")
}

func startMailServer(t *testing.T) (*process, string) {
	get := "apt-get install -y --no-install-recommends python3-aiosmtpd"
	python := need(t, get, "/usr/bin/python3")
	if exec.Command(python, "-c", "import aiosmtpd").Run() != nil {
		lacking(t, "aiosmtpd is not here; get it with: %s", get)
	}
	addr := freePort(t)
	p := launch(t, python, "-u", "-m", "aiosmtpd", "-n", "-d", "-l", addr)
	p.waitFor(t, `(?i)server is listening|Starting asyncio loop|listening on`)
	return p, addr
}

func startAlertmanager(t *testing.T, path, url string) string {
	conf := write(t, "alertmanager.yml", fmt.Sprintf(`
route: {receiver: watchbill, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: watchbill
    webhook_configs: [{url: %q, send_resolved: true}]
`, url))
	addr := freePort(t)
	p := launch(t, path, "--config.file="+conf, "--storage.path="+t.TempDir(),
		"--web.listen-address="+addr, "--cluster.listen-address=")
	p.waitFor(t, `(?i)listening on|Listening`)
	return "http://" + addr
}

// postToAlertmanager does what Prometheus does: endsAt in the future fires, in the past resolves.
func postToAlertmanager(t *testing.T, am string, endsAt time.Time) {
	body, err := json.Marshal([]map[string]any{{
		"labels":       map[string]string{"alertname": "HighLatency", "severity": "critical", "instance": "a:9090"},
		"annotations":  map[string]string{"summary": "p99 is high"},
		"startsAt":     time.Now().Add(-time.Minute).UTC(),
		"endsAt":       endsAt.UTC(),
		"generatorURL": "http://prometheus.example/graph",
	}})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		resp, err := http.Post(am+"/api/v2/alerts", "application/json", strings.NewReader(string(body)))
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}, 20*time.Second, 100*time.Millisecond)
}
