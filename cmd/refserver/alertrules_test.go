package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const alertRules = "../../docs/alerts.rules.yml"

func TestAlertRules(t *testing.T) {
	t.Parallel()
	promtool := need(t, "apt-get install -y --no-install-recommends prometheus", "promtool")
	for _, args := range [][]string{{"check", "rules", alertRules}, {"test", "rules", "testdata/alerts.test.yml"}} {
		out, err := exec.Command(promtool, args...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
}

// A real Prometheus scrapes a real server, and every rule finds what it asks for.
func TestPrometheusScrapesUs(t *testing.T) {
	t.Parallel()
	phones := newPhoneBook(t)
	_, api := serveTraced(t, phones, "")
	api.raise("k1")
	phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) >= 1 })
	rules, err := filepath.Abs(alertRules)
	require.NoError(t, err)
	path := need(t, "apt-get install -y --no-install-recommends prometheus", "prometheus")
	listen := freePort(t)
	conf := write(t, "prometheus.yml", fmt.Sprintf(`
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs:
  - {job_name: watchbill, authorization: {credentials: ops-token}, static_configs: [{targets: [%q]}]}
`, rules, strings.TrimPrefix(api.base, "http://")))
	launch(t, path, "--config.file="+conf, "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+listen).waitFor(t, `ready to receive web requests`)
	prometheus := client{t: t, base: "http://" + listen}
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
			Groups []struct {
				Rules []struct{ Name, Health, State string }
			}
		}
	}
	read := func(path string) {
		status, data := prometheus.do(http.MethodGet, path, "")
		require.Equal(t, http.StatusOK, status, string(data))
		answer.Data.Result, answer.Data.Groups = nil, nil
		require.NoError(t, json.Unmarshal(data, &answer))
	}
	found := func(query string) bool {
		read("/api/v1/query?query=" + query)
		return len(answer.Data.Result) > 0
	}
	require.Eventually(t, func() bool { return found("watchbill_send_seconds_count") }, 30*time.Second, 200*time.Millisecond)
	text, err := os.ReadFile(alertRules)
	require.NoError(t, err)
	for _, name := range regexp.MustCompile(`watchbill_[a-z_]+`).FindAllString(string(text), -1) {
		switch name {
		case "watchbill_outbox_destinations", "watchbill_sends_in_flight": // only while there are any
		case "watchbill_pass_seconds":
			require.True(t, found(name+"_count"), name)
		default:
			require.True(t, found(name), name)
		}
	}
	quiet := func() bool { // before the first scrape, one was missing
		read("/api/v1/rules")
		for _, g := range answer.Data.Groups {
			for _, r := range g.Rules {
				if r.Health != "ok" || r.State != "inactive" {
					return false
				}
			}
		}
		return len(answer.Data.Groups) == 1
	}
	require.Eventually(t, quiet, 30*time.Second, 200*time.Millisecond)
}
