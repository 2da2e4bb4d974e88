package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const rosterYAML = `
timezone: Europe/Berlin
catch_all: user:ada
users:
  - {id: ada, qualifications: [db], absences: [{from: 2026-06-08, to: 2026-06-22}], contacts: &c [{id: hook, channel: webhook, address: "http://127.0.0.1:9"}]}
  - {id: ben, qualifications: [db], contacts: *c}
  - {id: cem, contacts: *c}
policies: [{id: web, levels: [{targets: ["schedule:primary"]}]}]
services: [{id: shop, policy: web, qualifications: [db]}]
pay: {currency: EUR, rules: [{id: all, hourly: 100}]}
schedules:
  - id: primary
    layers: [{id: week, users: [ada, ben, cem], start: 2026-01-05T09:00, rotation: {unit: week}}]
`

// onFile runs a command on a configuration.
func onFile(t *testing.T, yaml string) func(args string) (int, string, string) {
	conf := write(t, "watchbill.yaml", yaml)
	return func(args string) (int, string, string) {
		list := strings.Fields(args)
		return says(append([]string{list[0], "-config", conf}, list[1:]...)...)
	}
}

func TestFairnessCommand(t *testing.T) {
	do := onFile(t, rosterYAML)
	code, out, problems := do("fairness -from 2026-06-01T09:00 -to 2026-06-22T09:00")
	require.Equal(t, 0, code, problems)
	assert.Contains(t, out, "score ")
	assert.Contains(t, out, "a configuration knows no pages")
	code, out, problems = do("fairness -from 2026-05-01 -to 2026-06-01 -schedule primary -json")
	require.Equal(t, 0, code, problems)
	ledger := write(t, "may.json", out)
	code, out, problems = do("fairness -from 2026-06-01 -to 2026-07-01 -json -carry " + ledger)
	require.Equal(t, 0, code, problems)
	assert.NotContains(t, out, `"carried": "0s"`)
	code, _, problems = do("fairness")
	require.Equal(t, 0, code, problems)
	for args, want := range map[string]string{
		"fairness -schedule none":                       `-schedule: there is no schedule "none"`,
		"fairness -from 2026-06-01 -to 2026-05-01":      "is not after -from",
		"fairness -from 2020-06-01 -to 2026-05-01":      "at most 400 days later",
		"fairness -carry nowhere.json":                  "-carry: ",
		"fairness -to 2026-05-10 -carry " + ledger:      "may count twice",
		"fairness -carry " + write(t, "bad.json", `{}`): `has no "to"`,
	} {
		code, out, problems := do(args)
		require.Equal(t, 2, code, args)
		require.Empty(t, out, args)
		require.Contains(t, problems, want, args)
	}
}

func TestFairnessFormats(t *testing.T) {
	do := onFile(t, rosterYAML)
	code, out, problems := do("fairness -from 2026-06-01 -to 2026-06-22 -format csv")
	require.Equal(t, 0, code, problems)
	assert.True(t, strings.HasPrefix(out, "id,name,timezone,"), out)
	_, asJSON, _ := do("fairness -from 2026-06-01 -to 2026-06-22 -json")
	code, out, _ = do("fairness -from 2026-06-01 -to 2026-06-22 -format json")
	require.Equal(t, 0, code)
	assert.Equal(t, asJSON, out)
	for args, want := range map[string]string{"fairness -format xml": "use csv or json", "fairness -json -format csv": "ask for one"} {
		code, _, problems := do(args)
		require.Equal(t, 2, code, args)
		require.Contains(t, problems, want, args)
	}
}

// One layer of several is planned, and pasted beside the others.
func TestRosterOfALayer(t *testing.T) {
	conf := rosterYAML + `      - {id: weekend, users: [ada, ben], start: 2026-01-03T00:00, rotation: {unit: week}, coverage: [{days: [sat, sun], from: 00:00, to: 24:00}]}
`
	conf = strings.Replace(conf, "layers: [{id: week, users: [ada, ben, cem], start: 2026-01-05T09:00, rotation: {unit: week}}]",
		"layers:\n      - {id: week, users: [ada, ben, cem], start: 2026-01-05T09:00, rotation: {unit: week}}", 1)
	do := onFile(t, conf)
	code, _, problems := do("roster -schedule primary -from 2026-07-01 -to 2026-08-01")
	require.Equal(t, 2, code)
	require.Contains(t, problems, "choose the layer: week, weekend")
	code, out, problems := do("roster -schedule primary -layer weekend -from 2026-07-01 -to 2026-08-01")
	require.Equal(t, 0, code, problems)
	assert.Contains(t, out, "# begins at the hand-off 2026-07-04T00:00; until then the plan stays\n")
	indented := "    " + strings.ReplaceAll(strings.TrimSuffix(out, "\n"), "\n", "\n    ") + "\n"
	code, shifts, problems := onFile(t, conf+indented)("shifts -schedule primary -from 2026-07-04 -to 2026-08-01 -json")
	require.Equal(t, 0, code, problems)
	assert.Contains(t, shifts, `"layer": "weekend-roster-2026-07-04"`)
	assert.Contains(t, shifts, `"layer": "week"`, "weekdays are as they were")
	assert.NotContains(t, shifts, `"layer": "weekend"`)

	narrow := conf + "rosters: [{schedule: primary, layer: week, coverage: [{days: [mon], from: 09:00, to: 17:00}]}]\n"
	code, out, problems = onFile(t, narrow)("roster -schedule primary -from 2026-07-01 -to 2026-08-01")
	require.Equal(t, 0, code, "%s: outside of the roster's hours the layer stays: %s", problems, out)
	code, out, problems = onFile(t, rosterYAML+"rosters: [{schedule: primary, coverage: [{days: [mon], from: 09:00, to: 17:00}]}]\n")(
		"roster -schedule primary -from 2026-07-01 -to 2026-08-01")
	require.Equal(t, 1, code)
	assert.Contains(t, out, "# NOT COVERED: 2026-07-06T17:00 to 2026-07-13T09:00 CEST; without the proposal somebody is on call then\n")
	assert.Contains(t, problems, "NOT COVERED with the proposal")
}

func TestPayCommand(t *testing.T) {
	do := onFile(t, rosterYAML)
	code, out, problems := do("pay -from 2026-10-19T09:00 -to 2026-10-26T09:00")
	require.Equal(t, 0, code, problems)
	assert.Contains(t, out, "\ntotal,,,,,2026-10-19T09:00:00+02:00,2026-10-26T09:00:00+01:00,608400,,,,,,16900,EUR\n", "169 h: clocks go back")
	code, out, _ = do("pay -from 2026-10-19T09:00 -to 2026-10-26T09:00 -format json")
	require.Equal(t, 0, code)
	assert.Contains(t, out, `"amount": 16900`)
	for args, want := range map[string]string{
		"pay": "-from and -to are needed",
		"pay -from 2026-01-01 -to 2026-02-01 -format xml": "use csv or json",
		"pay -from 2026-01-01 -to 2026-01-01":             "is not after -from",
	} {
		code, _, problems := do(args)
		require.Equal(t, 2, code, args)
		require.Contains(t, problems, want, args)
	}
	code, _, problems = onFile(t, drawnYAML)("pay -from 2026-01-01 -to 2026-02-01")
	require.Equal(t, 2, code)
	require.Contains(t, problems, "give it a section pay with currency and rules")
}

// What the planner prints goes into the configuration as it is, and then says who is on call.
func TestRosterCommand(t *testing.T) {
	do := onFile(t, rosterYAML)
	code, out, problems := do("roster -schedule primary -from 2026-06-01T09:00 -to 2026-06-29T09:00")
	require.Equal(t, 0, code, problems)
	assert.Contains(t, out, "# cost ")
	assert.NotContains(t, out, "[cem]", "is not qualified")
	indented := "    " + strings.ReplaceAll(strings.TrimSuffix(out, "\n"), "\n", "\n    ") + "\n"
	code, shifts, problems := onFile(t, rosterYAML+indented)("shifts -schedule primary -from 2026-06-01T09:00 -to 2026-06-29T09:00")
	require.Equal(t, 0, code, problems)
	assert.NotContains(t, shifts, "cem")
	for _, line := range strings.Split(out, "\n") {
		if strings.Contains(line, "users: [ada]") {
			assert.NotContains(t, line, `"2026-06-08`)
		}
	}

	code, out, problems = do("roster -schedule primary -from 2026-06-01T09:00 -to 2026-06-29T09:00 -swaps 3 -seed 7")
	require.Equal(t, 0, code, problems)
	indented = "    " + strings.ReplaceAll(strings.TrimSuffix(out, "\n"), "\n", "\n    ") + "\n"
	code, shifts, problems = onFile(t, rosterYAML+indented)("shifts -schedule primary -from 2026-06-01T09:00 -to 2026-06-29T09:00")
	require.Equal(t, 0, code, problems)
	assert.NotContains(t, shifts, "cem")

	// ben away too: nobody is left, which is said aloud
	do = onFile(t, strings.Replace(rosterYAML, "{id: ben,", "{id: ben, absences: [{from: 2026-06-09, to: 2026-06-10}],", 1))
	code, out, problems = do("roster -schedule primary -from 2026-06-01T09:00 -to 2026-06-29T09:00 -json")
	require.Equal(t, 1, code)
	assert.Contains(t, out, `"slot": "2026-06-08T09:00"`)
	assert.Contains(t, problems, "1 of 4 slots of primary have NOBODY")
	for args, want := range map[string]string{
		"roster -schedule primary":                                 "-from and -to are needed",
		"roster -schedule none -from 2026-06-01 -to 2026-06-02":    `there is no schedule "none"`,
		"roster -schedule primary -from 2026-06-02 -to 2026-06-01": "is not after -from",
		"roster -schedule primary -from 2026-06-01 -to 2036-06-02": "at most four years later",
	} {
		code, _, problems := do(args)
		require.Equal(t, 2, code, args)
		require.Contains(t, problems, want, args)
	}
}
