package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/oncall"
)

func TestRetentionAndLegalHolds(t *testing.T) {
	f, warnings, err := config.Parse("w.yaml", []byte(`
timezone: Europe/Berlin
users: [{id: ada, contacts: [{id: mail, channel: email, address: ada@example.com}]}]
catch_all: user:ada
channels: {smtp: {addr: "localhost:25", from: "a@example.com"}}
retention: {alerts: 2160h, incidents: 52w, records: 90d}
legal_holds:
  - {id: case, service: gone, user: ada, from: 2026-01-05, to: 2026-02-01T00:00:00Z, reason: a claim}
`))
	require.NoError(t, err)
	require.Empty(t, warnings)
	day := 24 * time.Hour
	require.Equal(t, oncall.Keep{Alerts: 90 * day, Incidents: 52 * 7 * day, Records: 90 * day}, f.Org.Keep)
	require.Equal(t, []oncall.LegalHold{{ID: "case", Service: "gone", User: "ada", Reason: "a claim",
		From: time.Date(2026, 1, 4, 23, 0, 0, 0, time.UTC), To: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}}, f.Org.Holds)
}

func TestRetentionThatIsTooShort(t *testing.T) {
	_, _, err := config.Parse("w.yaml", []byte("retention: {alerts: 1d}\nlegal_holds: [{id: x}]\n"))
	require.ErrorContains(t, err, "w.yaml:1: retention.alerts: is \"1d\", must be a duration of at least 168h0m0s")
	_, _, err = config.Parse("w.yaml", []byte("legal_holds: [{id: x}]\n"))
	require.ErrorContains(t, err, "legal_holds[0]: says nothing")
}
