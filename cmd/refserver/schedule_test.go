package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// says runs a command line in this process, without a server.
func says(args ...string) (code int, stdout, stderr string) {
	var out, problems bytes.Buffer
	code = run(context.Background(), args, &out, &problems)
	return code, out.String(), problems.String()
}

const drawnYAML = `
users:
  - {id: ada, name: Ada Okafor, contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9"}]}
catch_all: user:ada
schedules:
  - id: primary
    timezone: Europe/Berlin
    layers: [{id: week, users: [ada], start: 2026-01-05T09:00, rotation: {unit: week}}]
`

func TestShiftsSVG(t *testing.T) {
	conf := write(t, "watchbill.yaml", drawnYAML)
	shifts := func(more string) (int, string, string) {
		return says(append([]string{"shifts", "-config", conf, "-schedule", "primary"}, strings.Fields(more)...)...)
	}
	code, picture, _ := shifts("-svg -from 2026-03-23T00:00 -to 2026-03-30T00:00 -theme light")
	require.Equal(t, 0, code)
	require.True(t, strings.HasPrefix(picture, "<svg "))
	require.Contains(t, picture, "Who is on call from Mon 23 Mar 2026 00:00 CET to Mon 30 Mar 2026 00:00 CEST, Europe/Berlin. Ada Okafor, 1 shift, 167 h.")
	code, picture, _ = shifts("-svg")
	require.Equal(t, 0, code)
	require.Contains(t, picture, ">now<", "this week is in the window")

	for more, want := range map[string]string{
		"-svg -json":           "ask for one",
		"-theme dark":          "-theme goes with -svg",
		"-svg -theme pink":     `unknown theme "pink"; write auto, light or dark`,
		"-svg -from yesterday": "-from",
		"-svg -from 2026-03-23T00:00 -to 2026-03-22T00:00": "To: is not after From",
		"-svg -from 2026-03-23T00:00 -to 2046-03-22T00:00": "draw less at once",
	} {
		code, out, problems := shifts(more)
		require.Equal(t, 2, code, more)
		require.Empty(t, out, more)
		require.Contains(t, problems, want, more)
	}
}

// What is misspelt is suggested, and who leaves the schedule out is told which there are.
func TestNamesThatDoNotExist(t *testing.T) {
	conf := write(t, "watchbill.yaml", drawnYAML)
	for line, want := range map[string]string{
		"shifts -from 2026-01-05 -to 2026-01-06":                  "-schedule is missing; there are primary",
		"shifts -schedule pimary -from 2026-01-05 -to 2026-01-06": `there is no schedule "pimary"; did you mean primary?`,
		"oncall -schedule other":                                  `there is no schedule "other"; there are primary`,
		"oncall -user adda":                                       `there is no user "adda"; did you mean ada?`,
		"oncall -user somebody":                                   `there is no user "somebody"; there are ada`,
	} {
		code, _, problems := says(append(strings.Fields(line), "-config", conf)...)
		require.Equal(t, 2, code, line)
		require.Contains(t, problems, want, line)
	}
}

func TestOnCallShowsLearners(t *testing.T) {
	conf := write(t, "watchbill.yaml", strings.Replace(drawnYAML, "rotation: {unit: week}}]",
		"rotation: {unit: week}}, {id: learner, users: [ada], start: 2026-01-05T09:00, rotation: {unit: week}, shadow: true}]", 1))
	code, out, problems := says("oncall", "-config", conf, "-at", "2026-01-06T09:00")
	require.Zero(t, code, problems)
	require.Contains(t, out, "\n    Ada Okafor learns, and is not paged: layer learner\n")
}
