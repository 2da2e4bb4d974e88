package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/heartbeat"
)

const heartbeatFile = `
timezone: Europe/Berlin
users: [{id: ada, contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9/ada"}]}]
policies: [{id: web, levels: [{targets: user:ada}]}]
services: [{id: checkout, policy: web}]
catch_all: user:ada
`

func TestHeartbeats(t *testing.T) {
	t.Setenv("DEAD_MAN_URL", "https://hc.example.com/ping/secret")
	f, warnings, err := config.Parse("f.yaml", []byte(heartbeatFile+`
heartbeats:
  - {id: prom-alive, name: Prometheus, interval: 5m, grace: 1m, waiting: 10m, service: checkout, key: change-me-heartbeat,
     severity: error, summary: Prometheus is silent}
  - {id: backup, cron: "30 2 * * *", timezone: UTC, waiting: never, key: change-me-backup}
  - {id: plain, interval: 1h, service: checkout, key: change-me-plain}
dead_man: {url: env:DEAD_MAN_URL}
`))
	require.NoError(t, err)
	require.Len(t, warnings, 1)
	assert.Contains(t, warnings[0].String(), "heartbeats[1]: has no service: its alerts page catch_all at once")
	assert.Equal(t, []heartbeat.Monitor{
		{ID: "prom-alive", Name: "Prometheus", Key: string(catalog.DigestOf("change-me-heartbeat")), Interval: 5 * time.Minute,
			Zone: "Europe/Berlin", Grace: time.Minute, Waiting: 10 * time.Minute, Service: "checkout",
			Severity: watchbill.SeverityError, Summary: "Prometheus is silent"},
		{ID: "backup", Key: string(catalog.DigestOf("change-me-backup")), Cron: "30 2 * * *", Zone: "UTC", Waiting: -1},
		{ID: "plain", Key: string(catalog.DigestOf("change-me-plain")), Interval: time.Hour, Zone: "Europe/Berlin", Service: "checkout"},
	}, f.Org.Heartbeats)
	assert.Equal(t, &config.DeadMan{URL: "https://hc.example.com/ping/secret", Every: time.Minute}, f.DeadMan)
}

func TestHeartbeatsThatAreWrong(t *testing.T) {
	_, _, err := config.Parse("f.yaml", []byte(heartbeatFile+`
sources: [{id: heartbeat, type: generic, service: checkout, key: change-me-generic}]
heartbeats:
  - {id: a, service: checkout, key: change-me-generic, interval: 5m}
  - {id: b, service: chekout, key: change-me-beat, cron: "61 * * * *"}
  - {id: b, service: checkout, key: change-me-beat, interval: 5m, cron: "1 * * * *"}
  - {id: c, service: checkout, key: change-me-c, interval: 0s, waiting: soon, severity: bad, timezone: Nowhere}
  - {id: d, service: checkout, grace: 0s, intervall: 5m}
dead_man: {url: hc.example.com, every: often}
`))
	require.Error(t, err)
	for _, want := range []string{
		`sources[0].id: "heartbeat" is reserved`,
		`heartbeats[0].key: is the key of source "heartbeat" too`,
		`heartbeats[1].service: service "chekout" does not exist; did you mean "checkout"?`,
		`heartbeats[1].cron: minute: "61" is not a number from 0 to 59`,
		`heartbeats[2].id: "b" is used twice`,
		`heartbeats[2].key: is the key of heartbeat "b" too`,
		`heartbeats[2].cron: excludes interval`,
		`heartbeats[3].interval: is "0s", must be a duration of at least 1s`,
		`heartbeats[3].waiting: is "soon", must be a duration`,
		`heartbeats[3].severity: is "bad"`,
		`heartbeats[3].timezone: unknown time zone "Nowhere"`,
		`heartbeats[4].key: is missing`,
		`heartbeats[4].grace: is "0s", must be a duration of at least 1s`,
		`heartbeats[4].intervall: is unknown; did you mean "interval"?`,
		`dead_man.url: must be the address to ping`,
		`dead_man.every: is "often"`,
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.Equal(t, 16, strings.Count(err.Error(), "config: f.yaml:"), err)
	assert.NotContains(t, err.Error(), "change-me")
}
