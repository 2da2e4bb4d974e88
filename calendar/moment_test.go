package calendar_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
)

func TestMomentText(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-05T09:00":            "2026-01-05T09:00",
		"2026-01-05":                  "2026-01-05T00:00",
		"2026-01-05T09:00:30":         "2026-01-05T09:00:30",
		"2026-01-05T09:00:00Z":        "2026-01-05T09:00:00Z",
		"2026-01-05T09:00Z":           "2026-01-05T09:00:00Z",
		"2026-01-05T09:00+01:00":      "2026-01-05T09:00:00+01:00",
		"2026-01-05T09:00:00-03:30":   "2026-01-05T09:00:00-03:30",
		"2026-01-05T09:00:00.5+01:00": "2026-01-05T09:00:00.5+01:00",
	} {
		var m, again calendar.Moment
		require.NoError(t, m.UnmarshalText([]byte(text)), text)
		got, err := m.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
		assert.Equal(t, want, m.String())
		require.NoError(t, again.UnmarshalText(got))
		assert.Equal(t, m, again, text)
	}
	for _, text := range []string{
		"", "Z", "2026-01-05Z", "2026-01-05T09Z", "2026-01-05T9:00Z", "2026-01-05T9:00:00Z", "2026-01-05T09:00+25:00",
		"2026-01-05T09:00+1:00", "2026-01-05 09:00:00Z", "2026-02-30T09:00Z", "now",
	} {
		assert.ErrorContains(t, new(calendar.Moment).UnmarshalText([]byte(text)), "calendar: ", text)
	}
}

func TestMomentIn(t *testing.T) {
	berlin, york := zone(t, "Europe/Berlin"), zone(t, "America/New_York")
	c := calendar.CivilMoment(civil(t, "2026-01-05T09:00"))
	assert.Equal(t, "2026-01-05T09:00:00+01:00", c.In(berlin).Format(time.RFC3339))
	assert.Equal(t, "2026-01-05T09:00:00-05:00", c.In(york).Format(time.RFC3339))
	assert.Equal(t, "2026-01-05T09:00", c.Civil(york).String())

	i := calendar.InstantMoment(instant(t, "2026-01-05T09:00:00Z"))
	assert.Equal(t, "2026-01-05T10:00:00+01:00", i.In(berlin).Format(time.RFC3339))
	assert.Equal(t, "2026-01-05T04:00:00-05:00", i.In(york).Format(time.RFC3339))
	assert.Equal(t, "2026-01-05T04:00", i.Civil(york).String())
}

func TestMomentZero(t *testing.T) {
	assert.True(t, calendar.Moment{}.IsZero())
	assert.False(t, calendar.InstantMoment(time.Unix(0, 0)).IsZero())
	assert.False(t, calendar.CivilMoment(civil(t, "2026-01-05")).IsZero())
	text, err := json.Marshal(struct {
		M calendar.Moment `json:"m,omitzero"`
	}{})
	require.NoError(t, err)
	assert.Equal(t, "{}", string(text))
}

func FuzzMomentText(f *testing.F) {
	f.Add("2026-01-05T09:00:30")
	f.Add("2026-01-05T09:00:00.5+01:00")
	f.Fuzz(func(t *testing.T, text string) {
		var m, again calendar.Moment
		if m.UnmarshalText([]byte(text)) != nil {
			return
		}
		written, err := m.MarshalText()
		require.NoError(t, err)
		require.NoError(t, again.UnmarshalText(written))
		require.Equal(t, m, again)
		m.In(zone(t, "Europe/Berlin"))
	})
}
