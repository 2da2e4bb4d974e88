package watchbill_test

import (
	"encoding"
	"encoding/json"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
)

// The clocks of that module are watchbill's as they are.
var _ = []watchbill.Clock{clock.New(), clock.NewMock()}

func TestSeverity(t *testing.T) {
	for text, c := range map[string]struct {
		severity watchbill.Severity
		urgency  watchbill.Urgency
		name     string
	}{
		"":         {watchbill.SeverityUnset, watchbill.UrgencyHigh, "unset"},
		"info":     {watchbill.SeverityInfo, watchbill.UrgencyLow, "info"},
		"warning":  {watchbill.SeverityWarning, watchbill.UrgencyLow, "warning"},
		"error":    {watchbill.SeverityError, watchbill.UrgencyHigh, "error"},
		"critical": {watchbill.SeverityCritical, watchbill.UrgencyHigh, "critical"},
	} {
		assert.Equal(t, c.urgency, c.severity.Urgency(), text)
		assert.Equal(t, c.name, c.severity.String())
		checkText(t, c.severity, text)
		var back watchbill.Severity
		require.NoError(t, back.UnmarshalText([]byte(text)))
		assert.Equal(t, c.severity, back)
	}
	assert.Less(t, watchbill.SeverityInfo, watchbill.SeverityCritical, "they rise")
	_, err := watchbill.Severity(9).MarshalText()
	assert.EqualError(t, err, "watchbill: severity 9 does not exist")
	assert.Equal(t, "unset", watchbill.Severity(9).String())
	for _, text := range []string{"Critical", "fatal", "unset", " info"} {
		back := watchbill.SeverityInfo
		assert.Error(t, back.UnmarshalText([]byte(text)), text)
		assert.Equal(t, watchbill.SeverityInfo, back, "a refused text changes nothing")
	}
}

func TestUrgency(t *testing.T) {
	for text, u := range map[string]watchbill.Urgency{"high": watchbill.UrgencyHigh, "low": watchbill.UrgencyLow} {
		assert.Equal(t, text, u.String())
		checkText(t, u, text)
		var back watchbill.Urgency
		require.NoError(t, back.UnmarshalText([]byte(text)))
		assert.Equal(t, u, back)
	}
	_, err := watchbill.Urgency(2).MarshalText()
	assert.EqualError(t, err, "watchbill: urgency 2 does not exist")
	assert.Equal(t, "unknown", watchbill.Urgency(2).String())
	assert.EqualError(t, new(watchbill.Urgency).UnmarshalText([]byte("")), `watchbill: unknown urgency ""`)
}

func checkText(t *testing.T, m encoding.TextMarshaler, want string) {
	t.Helper()
	text, err := m.MarshalText()
	require.NoError(t, err)
	assert.Equal(t, want, string(text))
}

func TestStamp(t *testing.T) {
	at := time.Date(2026, 1, 5, 10, 0, 0, 1999, time.FixedZone("", 3600))
	s := watchbill.Stamp(at)
	assert.True(t, s == time.Date(2026, 1, 5, 9, 0, 0, 1000, time.UTC), "comparable with ==")
	assert.True(t, s == watchbill.Stamp(s))
	assert.True(t, watchbill.Stamp(time.Time{}) == time.Time{})

	data, err := json.Marshal(s)
	require.NoError(t, err)
	var back time.Time
	require.NoError(t, json.Unmarshal(data, &back))
	assert.True(t, s == back, "a stamp survives being stored")
}

func TestAttemptIsShortWhereItIsZero(t *testing.T) {
	data, err := json.Marshal(struct {
		A watchbill.Attempt `json:"a,omitzero"`
	}{})
	require.NoError(t, err)
	assert.Equal(t, "{}", string(data))
}
