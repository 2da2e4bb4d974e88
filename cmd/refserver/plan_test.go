package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlanBeforeGoLive(t *testing.T) {
	const conf = "../../config/testdata/example.yaml"
	code, out, problems := says("plan", "-config", conf, "-service", "checkout", "-at", "2026-01-12T03:00", "-limit", "12")
	require.Equal(t, 0, code, problems)
	for _, want := range []string{
		"at Mon 2026-01-12 03:00 UTC, critical, if every message is accepted and nobody answers\n",
		"  +0s        level 1 pages ada (on call in primary: layer week, turn 0): ada/hook\n",
		"attempt 2",
		"ben (named)",
		"all attempts were made",
	} {
		assert.Contains(t, out, want)
	}
	code, out, _ = says("plan", "-config", conf, "-user", "ben", "-severity", "info", "-at", "2026-01-12T03:00", "-json")
	require.Equal(t, 0, code)
	assert.Contains(t, out, `"user": "ben"`)
	for _, wrong := range [][]string{{}, {"-policy", "none"}, {"-service", "none"}, {"-user", "none"}, {"-user", "ben", "-policy", "web"},
		{"-user", "ben", "-severity", "bad"}, {"-user", "ben", "-limit", "0"}, {"-user", "ben", "-at", "later"}} {
		code, _, problems = says(append([]string{"plan", "-config", conf}, wrong...)...)
		assert.Equal(t, 2, code, "%v: %s", wrong, problems)
	}
}
