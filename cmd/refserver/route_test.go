package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// routes asks on a Monday in Ada's week.
func routes(t *testing.T, source, body string, more ...string) (int, string, string) {
	t.Helper()
	args := []string{"route", "-config", "testdata/route.yaml", "-source", source, "-at", "2026-01-05T12:00", write(t, "body", body)}
	return says(append(args, more...)...)
}

func TestRouteTellsWhatRulesDo(t *testing.T) {
	code, out, problems := routes(t, "shell", `[
		{"dedup_key": "1", "summary": "db1 is full", "severity": "warning", "labels": {"kind": "disk", "host": "db1"}, "details": {"value": 97}},
		{"dedup_key": "1", "action": "resolve", "labels": {"kind": "disk", "host": "db1"}},
		{"summary": "probe failed", "severity": "error"},
		{"summary": "anything", "severity": "critical"},
		{"summary": "not live", "severity": "critical", "labels": {"env": "staging"}},
		{"summary": "chatter", "severity": "info", "labels": {"kind": "noise"}},
		{"dedup_key": "disk/db1", "action": "ack", "labels": {"kind": "noise"}}
	]`)
	require.Zero(t, code, problems)
	for _, want := range []string{
		`signal 1 of 7: trigger "db1 is full"`, "key       disk/db1 (was 1)", "severity  critical (was warning)", "priority  P1 (was none)",
		"service   db (was checkout)", "policy    db", "response  Free some space, now.", "group     by host, for 10m0s",
		`- rule volumes: service db, key disk/db1, label team "storage", response https://wiki.example.com/disk, grouped by host`,
		"- rule full: severity critical, priority P1, response Free some space, now.", "opened; pages now: ben (named)",
		"opened; pages nobody for now: pause", "of low urgency: no rule names a response to it", "urgency   low",
		"opened; pages now: ada (on call in primary: layer week, turn 0)",
		"pages nobody for now: rule staging", "dropped by rule noise: no alert, nobody is paged",
	} {
		assert.Contains(t, out, want)
	}
	assert.Contains(t, out, "signal 2 of 7: resolve \"\"\n  key       disk/db1 (was 1)", "a resolve finds the alert")
	assert.NotContains(t, out, "signal 7 of 7: ack \"\"\n  dropped", "an acknowledgement is never dropped")
}

func TestRouteJSON(t *testing.T) {
	code, out, problems := routes(t, "shell", `{"summary": "db1 is full", "severity": "warning", "labels": {"kind": "disk", "host": "db1"}}`, "-json")
	require.Zero(t, code, problems)
	var got routed
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	require.Len(t, got.Signals, 1)
	s := got.Signals[0]
	assert.Equal(t, []string{"opened", "db", "low", "https://wiki.example.com/disk"}, []string{s.Verdict, string(s.Policy), s.Urgency, s.Response})
	assert.Regexp(t, "^group:[0-9a-f]{64}$", s.GroupKey)
	require.Len(t, s.Pages, 1)
	assert.Equal(t, "ben", string(s.Pages[0].User))
}

func TestRouteReadsForeignBodies(t *testing.T) {
	code, out, problems := routes(t, "network", "sensorid=7&status=Down&device=sw&sensor=Ping&message=lost",
		"-content", "application/x-www-form-urlencoded")
	require.Zero(t, code, problems)
	assert.Contains(t, out, `trigger "sw: Ping Down, lost"`)
	assert.Contains(t, out, "pages now: ada")

	code, out, _ = routes(t, "backups", `{"jobs": [{"id": 1, "name": "nightly", "ok": false}, {"name": "x", "ok": true}]}`)
	assert.Equal(t, 1, code)
	assert.Contains(t, out, `signal 1 of 1: trigger "nightly"`)
	assert.Contains(t, out, "problem: item 1: key: is missing; to resolve, the mapping has to say which alert is meant")
}

func TestRouteRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"name one body":           {"-source", "shell"},
		`no source "shel"`:        {"-source", "shel", "testdata/route.yaml"},
		"no such file":            {"-source", "shell", "testdata/nowhere.json"},
		`bodies of type "pigeon"`: {"-source", "shell", "-type", "pigeon", "testdata/route.yaml"},
		"-at":                     {"-source", "shell", "-at", "noon", "testdata/route.yaml"},
		"-config is missing":      {"-config", "", "-source", "shell", "testdata/route.yaml"},
	} {
		code, _, problems := says(append([]string{"route", "-config", "testdata/route.yaml"}, args...)...)
		assert.Equal(t, 2, code)
		assert.Contains(t, problems, want)
	}
	code, out, _ := routes(t, "shell", `{"summary": `)
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "problem: body: is not JSON")
}
