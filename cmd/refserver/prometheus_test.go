package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// promYAML has a source that takes what Prometheus servers and amtool post.
const promYAML = `
users: [{id: ada, name: Ada Okafor, contacts: [{id: hook, channel: webhook, address: "PHONES/ada"}]}]
policies: [{id: web, levels: [{targets: ["user:ada"]}]}]
services: [{id: checkout, name: Checkout, policy: web}]
sources: [{id: prom, type: prometheus, service: checkout, key: key-of-prom}]
api_keys: [{id: ops, role: admin, token: ops-token}]
channels: {webhook: {secret: ` + testSecret + `}}
catch_all: "user:ada"
`

func servePrometheus(t *testing.T) (*phoneBook, string, client) {
	t.Helper()
	phones := newPhoneBook(t)
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(promYAML, "PHONES", phones.URL))
	_, base := serveOn(t, conf, "sqlite:"+filepath.Join(t.TempDir(), "w.db"), "127.0.0.1:0")
	return phones, base, client{t, base, "ops-token"}
}

// prometheusServer is a Prometheus with one rule. After a reload it knows no Alertmanager for some five seconds, so what it
// says must hold for longer: four times the delay with which it repeats itself.
type prometheusServer struct {
	*testing.T
	base, rules string
}

func startPrometheus(t *testing.T, target string) prometheusServer {
	path := need(t, "apt-get install -y --no-install-recommends prometheus", "prometheus")
	p := prometheusServer{t, "http://" + freePort(t), filepath.Join(t.TempDir(), "rules.yml")}
	p.rule("vector(1)")
	conf := write(t, "prometheus.yml", fmt.Sprintf(`
global: {evaluation_interval: 1s}
rule_files: [%q]
alerting: {alertmanagers: [{api_version: v2, path_prefix: /intake/prometheus/key-of-prom, static_configs: [{targets: [%q]}]}]}
`, p.rules, strings.TrimPrefix(target, "http://")))
	launch(t, path, "--config.file="+conf, "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+strings.TrimPrefix(p.base, "http://"),
		"--web.enable-lifecycle", "--rules.alert.resend-delay=4s").waitFor(t, `ready to receive web requests`)
	return p
}

func (p prometheusServer) rule(expr string) {
	require.NoError(p, os.WriteFile(p.rules, []byte(fmt.Sprintf(`
groups: [{name: g, rules: [{alert: CheckoutDown, expr: %q, labels: {severity: critical}, annotations: {summary: checkout is down}}]}]
`, expr)), 0o600))
}

// becomes changes the rule of a server that runs.
func (p prometheusServer) becomes(expr string) {
	p.Helper()
	p.rule(expr)
	resp, err := http.Post(p.base+"/-/reload", "", nil)
	require.NoError(p, err)
	require.NoError(p, resp.Body.Close())
	require.Equal(p, http.StatusOK, resp.StatusCode)
}

// Two real servers with the same rules post straight to us: one alert, one page, and it is over when both say so.
func TestPrometheusReplicasPostStraightToUs(t *testing.T) {
	t.Parallel()
	phones, base, api := servePrometheus(t)
	one, other := startPrometheus(t, base), startPrometheus(t, base)
	pages := phones.wait(t, 30*time.Second, func(a []arrival) bool { return len(a) >= 1 })
	require.Equal(t, "checkout is down", pages[0].Alert.Summary)
	count := func() int {
		_, data := api.do(http.MethodGet, "/intake/prometheus/key-of-prom/api/v2/alerts", "")
		return strings.Count(string(data), `"fingerprint"`)
	}
	require.Equal(t, 1, count())
	require.Eventually(t, func() bool { return api.alerts()[0].Count >= 4 }, 30*time.Second, 200*time.Millisecond, "both repeat themselves")

	one.becomes("vector(0) > 1")
	require.Eventually(t, func() bool {
		_, data := api.do(http.MethodGet, "/api/v1/alerts/"+api.alerts()[0].ID+"/timeline", "")
		return strings.Contains(string(data), "source:prom says that it is over; it stays open for now, says ")
	}, 30*time.Second, 200*time.Millisecond)
	require.Equal(t, "triggered", api.alerts()[0].State, "the other still reports it")
	other.becomes("vector(0) > 1")
	require.Eventually(t, func() bool { return api.alerts()[0].State == "resolved" }, 30*time.Second, 200*time.Millisecond)
	require.Equal(t, "source:prom", api.alerts()[0].ResolvedBy)
	require.Equal(t, 0, count())
	require.Len(t, api.alerts(), 1)
	one.becomes("vector(1)")
	require.Eventually(t, func() bool { return len(api.alerts()) == 2 }, 30*time.Second, 200*time.Millisecond, "it is back: a new alert")
}

func TestAmtool(t *testing.T) {
	t.Run("0.25 from Debian", func(t *testing.T) {
		amtoolStory(t, need(t, "apt-get install -y --no-install-recommends prometheus-alertmanager", "/usr/bin/amtool"))
	})
	t.Run("0.31.1", func(t *testing.T) {
		gobin := filepath.Join(goEnv(t, "GOPATH"), "bin", "amtool")
		amtoolStory(t, need(t, "go install github.com/prometheus/alertmanager/cmd/amtool@v0.31.1", gobin))
	})
}

// amtoolStory uses every command of amtool that speaks to a server.
func amtoolStory(t *testing.T, path string) {
	t.Parallel()
	phones, base, api := servePrometheus(t)
	amtool := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(path, append([]string{"--alertmanager.url=" + base + "/intake/prometheus/key-of-prom"}, args...)...)
		var problems strings.Builder
		cmd.Stderr = &problems // where another version warns
		out, err := cmd.Output()
		require.NoError(t, err, problems.String())
		return string(out)
	}
	id := strings.TrimSpace(amtool("silence", "add", "alertname=Quiet", "--author=ada", "--comment=disk swap", "--duration=1h"))
	require.Regexp(t, `^[0-9a-f-]{36}$`, id)
	require.Contains(t, amtool("silence", "query"), "disk swap")
	require.Contains(t, amtool("silence", "query", "-o", "json", "alertname=Quiet"), id)
	require.NotContains(t, amtool("silence", "query", "-o", "json", "alertname=Other"), id)

	amtool("alert", "add", "alertname=Quiet", "severity=critical", "--annotation=summary=it is quiet")
	amtool("alert", "add", "alertname=Loud", "severity=critical", "--annotation=summary=it is loud", "--generator-url=http://gen/x")
	pages := phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) >= 1 })
	require.Equal(t, "it is loud", pages[0].Alert.Summary)
	require.Len(t, api.alerts(), 2)
	require.Contains(t, amtool("alert", "query", "-o", "extended"), "http://gen/x")
	require.NotContains(t, amtool("alert", "query", "-o", "json"), "Quiet", "what is silenced is not shown")
	require.Contains(t, amtool("alert", "query", "--silenced", "-o", "json"), id)
	require.Contains(t, amtool("alert", "query", "alertname=~L.*"), "it is loud")
	require.Contains(t, amtool("config", "show"), "checkout")

	require.Contains(t, amtool("silence", "update", "--comment=takes longer", "--duration=2h", id), "takes longer")
	require.Contains(t, amtool("silence", "query"), "takes longer")
	require.Equal(t, id, strings.TrimSpace(amtool("silence", "query", "-q")), "changed in place")
	amtool("silence", "expire", id)
	require.Empty(t, strings.TrimSpace(amtool("silence", "query", "-q")))
	phones.wait(t, 20*time.Second, func(a []arrival) bool { return a[len(a)-1].Alert.Summary == "it is quiet" })

	amtool("alert", "add", "alertname=Loud", "severity=critical", "--start="+time.Now().Add(-time.Hour).Format(time.RFC3339), "--end="+time.Now().Add(-time.Second).Format(time.RFC3339), "--generator-url=http://gen/x")
	require.Eventually(t, func() bool {
		for _, a := range api.alerts() {
			if a.Summary == "it is loud" {
				return a.State == "resolved"
			}
		}
		return false
	}, 10*time.Second, 100*time.Millisecond)
}
