package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/escalation"
)

func TestPolicies(t *testing.T) {
	f, warnings, err := config.Load("testdata/policies.yaml")
	require.NoError(t, err)
	assert.Empty(t, warnings)
	p := f.Org.Policies[0]
	assert.Equal(t, time.Hour, p.AckTimeout)
	assert.True(t, p.Quiet)
	assert.Equal(t, escalation.Rest{After: 3, Within: 12 * time.Hour, From: calendar.NewTimeOfDay(23, 0), To: calendar.NewTimeOfDay(6, 0),
		Relief: []escalation.Target{escalation.Team("ops")}}, p.Rest)
	assert.Equal(t, escalation.When{Severity: []watchbill.Severity{watchbill.SeverityCritical, watchbill.SeverityError}, Hours: "office", Wait: true}, p.Levels[0].When)
	assert.Equal(t, 2, p.Levels[1].Acks)
	assert.Equal(t, escalation.Jump{Level: 1, Times: 2}, p.Levels[1].Then)
	assert.Equal(t, escalation.RoundRobin, f.Org.Policies[1].Levels[0].Mode)
}

func TestPoliciesThatAreWrong(t *testing.T) {
	_, _, err := config.Parse("f.yaml", []byte(`
users: [{id: ada, contacts: [{id: h, channel: webhook, address: "https://example.com"}]}]
policies:
  - id: a
    ack_timeout: 1s
    rest: {after: 2}
    levels:
      - {targets: ["next:none", "chat:none", "pager:x"], mode: robin, then: {level: 3}}
      - {targets: user:ada, acks: 2, mode: round_robin, when: {wait: true, hours: offce}}
      - {targets: "policy:b"}
  - {id: b, levels: [{targets: "policy:a"}]}
`))
	for _, want := range []string{
		"ack_timeout: is \"1s\"", "rest.relief: is missing", `schedule "none" does not exist`, `destination "none" does not exist`, "unknown kind; use user, schedule, next",
		`mode: is "robin"`, "then.level: 3 is not a level from 1 to 1", "round_robin pages one person", `support hours "offce" do not exist`, "lead back to this policy",
	} {
		assert.ErrorContains(t, err, want)
	}
}
