package config_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/rules/expr"
)

// handled reads a file with a source that has these lines more, and returns the handling of that source.
func handled(t *testing.T, lines string) (route.Handling, error) {
	t.Helper()
	file := "users: [{id: ada, contacts: [{id: h, channel: webhook, address: \"http://h\"}]}]\n" +
		"policies: [{id: web, levels: [{targets: user:ada}]}]\ncustomers: [{id: acme}]\n" +
		"services: [{id: checkout, policy: web}, {id: db-main, policy: web}]\ncatch_all: user:ada\n" +
		"sources:\n  - id: s\n    service: checkout\n    key: k\n" + indent(lines)
	f, _, err := config.Reader{Compile: expr.Compile}.Parse("f.yaml", []byte(file))
	if err != nil {
		return route.Handling{}, err
	}
	return f.Org.Catalog.Sources[0].Handling, nil
}

func indent(lines string) string {
	var all strings.Builder
	for line := range strings.Lines(strings.TrimPrefix(lines, "\n")) {
		all.WriteString("    " + strings.TrimPrefix(line, "\t\t"))
	}
	return all.String() + "\n"
}

func TestHandling(t *testing.T) {
	h, err := handled(t, `
		type: generic
		customer: acme
		rules:
		  - id: db-disk
		    when: >
		      labels.team == "db"  and
		      float(details.value ?? 0) > 90
		    response: https://wiki.example.com/disk
		    set:
		      key: '"disk  /" + labels.host'
		      severity: critical
		      urgency: high
		      priority: P1
		      service: db-main
		      policy: web
		      summary: 'upper(summary)'
		      labels: {region: 'labels.zone[:2]'}
		    group: {by: [host], similar: 0.8, window: 10m, idle: 5m}
		    pause: 2m
		  - {id: noise, when: labels.kind == "noise", drop: true, stop: true}
		  - {id: alone, group: {}, suppress: true}
		limit: {alerts: 600, per: 1m}
		flood: {alerts: 20, per: 1m}
		pause: 1m
		group: {by: [cluster]}
		flapping: {changes: 5, within: 10m}
		downgrade: true
		mapping: {items: body.jobs, key: item.id, labels: {"*": item.tags}, links: {Log: item.log}}`)
	require.NoError(t, err)
	assert.Equal(t, route.Handling{
		Rules: []route.Rule{
			{ID: "db-disk", When: `labels.team == "db"  and float(details.value ?? 0) > 90`, Response: "https://wiki.example.com/disk",
				Set: route.Set{Key: `"disk  /" + labels.host`, Severity: "critical", Urgency: "high", Priority: "P1", Service: "db-main", Policy: "web",
					Summary: "upper(summary)", Labels: map[string]string{"region": "labels.zone[:2]"}},
				Group: &route.Group{By: []string{"host"}, Similar: 0.8, Window: 10 * time.Minute, Idle: 5 * time.Minute}, Pause: 2 * time.Minute},
			{ID: "noise", When: `labels.kind == "noise"`, Drop: true, Stop: true},
			{ID: "alone", Group: &route.Group{}, Suppress: true},
		},
		Limit: route.Limit{Alerts: 600, Per: time.Minute}, Flood: route.Limit{Alerts: 20, Per: time.Minute}, Pause: time.Minute,
		Group: &route.Group{By: []string{"cluster"}}, Flapping: route.Flapping{Changes: 5, Within: 10 * time.Minute}, Downgrade: true,
		Mapping: &route.Mapping{Items: "body.jobs", Key: "item.id", Labels: map[string]string{"*": "item.tags"}, Links: map[string]string{"Log": "item.log"}},
	}, h)
	h, err = handled(t, "\ntype: generic\nready: prtg")
	require.NoError(t, err)
	assert.Equal(t, route.Handling{Ready: "prtg"}, h)
}

func TestBadHandling(t *testing.T) {
	for lines, want := range map[string]string{
		"rules: [{id: r, when: 'sumary == \"x\"', drop: true}]": `f.yaml:11: sources[0].rules[0].when: column 1: unknown name sumary; the values are`,
		"rules: [{id: r, set: {service: db-mian}}]":             `sources[0].rules[0].set.service: service "db-mian" does not exist; did you mean "db-main"?`,
		"rules: [{id: r, set: {policy: '\"wbe\"'}}]":            `sources[0].rules[0].set.policy: policy "wbe" does not exist`,
		"rules: [{id: r, set: {severity: crit}}]":               `sources[0].rules[0].set.severity: "crit" is not one of critical`,
		"rules: [{id: r, set: {summary: disk}}]":                `a text is written in quotes, '"disk"'`,
		"rules: [{id: r, set: {labels: {team: db team}}}]":      `sources[0].rules[0].set.labels.team: column`,
		"rules: [{id: r}]":                                  "sources[0].rules[0]: does nothing",
		"rules: [{id: r, dorp: true}]":                      `sources[0].rules[0].dorp: is unknown; did you mean "drop"?`,
		"rules: [{id: r, drop: true}, {id: r, drop: true}]": `sources[0].rules[1].id: "r" is used twice`,
		"rules: [{id: r, group: {similar: 8}}]":             "sources[0].rules[0].group.similar: is \"8\", must be a number above 0 and at most 1",
		"rules: [{id: r, when: [a], drop: true}]":           "sources[0].rules[0].when: must be a single value, got a list",
		"limit: {alerts: 10}":                               "sources[0].limit.per: must be from 1s to 24h",
		"flood: {per: 1m}":                                  "sources[0].flood.alerts: must be at least 1",
		"flapping: {changes: 1, within: 1m}":                "sources[0].flapping.changes: is \"1\", must be a whole number of at least 2",
		"pause: 48h":                                        "sources[0].pause: must be at most 24h0m0s",
		"ready: prgt":                                       `sources[0].ready: "prgt" is no ready mapping; there are connectwise`,
		"ready: prtg\nmapping: {key: item.id}":              "sources[0].mapping: does not go with ready",
		"mapping: {key: itme.id}":                           "sources[0].mapping.key: column 1: unknown name itme; the values are body, item",
		"mapping: {labels: {a: b.c}}":                       "sources[0].mapping: says neither key nor summary",
		"customer: akme":                                    `sources[0].customer: customer "akme" does not exist; did you mean "acme"?`,
	} {
		_, err := handled(t, "\ntype: generic\n"+lines)
		assert.ErrorContains(t, err, want, lines)
		assert.Equal(t, 1, strings.Count(err.Error(), want), "said once: %s", lines)
	}
	_, err := handled(t, "\ntype: alertmanager\nready: prtg")
	assert.ErrorContains(t, err, "sources[0].type: must be generic")
	var many strings.Builder
	for i := range 101 {
		many.WriteString("  - {drop: true, id: r" + string(rune('a'+i%26)) + strings.Repeat("x", i/26) + "}\n")
	}
	_, err = handled(t, "\ntype: generic\nrules:\n"+many.String())
	assert.ErrorContains(t, err, "sources[0].rules: has 101 rules; a source may have 100")
}

// TestExpressionsNeedACompiler: a host that gives none cannot have rules taken for something else.
func TestExpressionsNeedACompiler(t *testing.T) {
	_, _, err := config.Parse("f.yaml", []byte(`sources: [{id: s, type: generic, key: k, rules: [{id: r, when: "true", drop: true}]}]`))
	assert.ErrorContains(t, err, "f.yaml:1: sources[0].rules[0].when: expressions cannot be compiled here")
}

// TestGuideToSources: every piece of the guide that is a source loads.
func TestGuideToSources(t *testing.T) {
	pieces := yamlOf(t, "../docs/sources.md")
	require.Len(t, pieces, 3)
	frame := "users: [{id: ada}]\ncatch_all: user:ada\ncustomers: [{id: acme}]\nservices: [{id: storage}, {id: network}, {id: checkout}, {id: db}]\n"
	for _, piece := range pieces {
		t.Setenv("BACKUPS_KEY", "a")
		t.Setenv("PRTG_KEY", "b")
		t.Setenv("PROM_KEY", "c")
		_, _, err := config.Reader{Compile: expr.Compile}.Parse("f.yaml", []byte(frame+piece))
		assert.NoError(t, err, piece)
	}
}

// yamlOf returns the examples in YAML of a page.
func yamlOf(t *testing.T, page string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	parts := strings.Split(string(text), "```yaml\n")
	for _, p := range parts[1:] {
		piece, _, _ := strings.Cut(p, "```")
		all = append(all, piece)
	}
	return all
}
