package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Two people who swap hourly until 2030, so that the same two are on call for longer than is looked ahead.
const swappingYAML = `
users: [{id: ada}, {id: ben}]
schedules:
  - id: primary
    combine: union
    layers:
      - {id: a, users: [ada, ben], start: 2026-01-05, end: 2030-01-05, rotation: {unit: hour}}
      - {id: b, users: [ben, ada], start: 2026-01-05, end: 2030-01-05, rotation: {unit: hour}}
`

func TestOnCallAtLeast(t *testing.T) {
	conf := write(t, "watchbill.yaml", swappingYAML)
	code, out, problems := says("oncall", "-config", conf, "-at", "2026-01-06T00:00")
	require.Equal(t, 0, code, problems)
	require.Contains(t, out, "primary: ada and ben, at least until ")
	require.Contains(t, out, " 2027-", "as far as it looked")

	code, out, _ = says("oncall", "-config", conf, "-at", "2026-01-06T00:00", "-json")
	require.Equal(t, 0, code)
	var remote onCallAnswer
	require.NoError(t, json.Unmarshal([]byte(out), &remote))
	var told bytes.Buffer
	remote.tell(&told)
	require.Contains(t, told.String(), "at least until ", "a server's answer reads the same")
}
