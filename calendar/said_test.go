package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
)

func TestSaid(t *testing.T) {
	berlin, err := calendar.LoadZone("Europe/Berlin")
	require.NoError(t, err)
	now := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC) // 13:00 in Berlin; the clock there skips from 02:00 to 03:00 next
	for text, want := range map[string]string{
		"4h30m":                "2026-03-28T16:30:00Z",
		"-1h":                  "2026-03-28T11:00:00Z",
		"18:00":                "2026-03-28T17:00:00Z",
		"13:00":                "2026-03-29T11:00:00Z",
		"08:00":                "2026-03-29T06:00:00Z",
		"02:30":                "2026-03-29T01:00:00Z",
		"2026-03-29":           "2026-03-28T23:00:00Z",
		"2026-03-30T09:00":     "2026-03-30T07:00:00Z",
		"2026-03-30T09:00Z":    "2026-03-30T09:00:00Z",
		"2026-03-30T09:00:00Z": "2026-03-30T09:00:00Z",
	} {
		got, err := calendar.Said(text, now, berlin)
		require.NoError(t, err, text)
		require.Equal(t, want, got.UTC().Format(time.RFC3339), text)
	}
	for _, text := range []string{"", "noon", "25:00", "2026-02-30T09:00", "4"} {
		_, err := calendar.Said(text, now, berlin)
		require.ErrorContains(t, err, "is not a time; write 2026-01-05T09:00, 18:00, 4h (from now)", text)
	}
	for _, text := range []string{"18:00", "2026-03-29", "2026-03-30T09:00"} {
		_, err := calendar.Said(text, now, nil)
		require.ErrorContains(t, err, "it is not known in which zone it is meant", text)
	}
	got, err := calendar.Said("4h", now, nil)
	require.NoError(t, err)
	require.Equal(t, now.Add(4*time.Hour), got)
}

// Between the two times that the clock shows 02:30 in autumn, the next one is tomorrow's: the first of two is meant.
func TestSaidWhenTheClockIsSetBack(t *testing.T) {
	berlin, err := calendar.LoadZone("Europe/Berlin")
	require.NoError(t, err)
	got, err := calendar.Said("02:30", time.Date(2026, 10, 25, 0, 45, 0, 0, time.UTC), berlin)
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 10, 26, 1, 30, 0, 0, time.UTC), got.UTC())
}

// Whatever is said, it is an error or the same instant when it is said again as RFC 3339.
func FuzzSaid(f *testing.F) {
	for _, text := range []string{"4h", "-90m", "18:00", "2026-03-29", "2026-03-29T02:30", "2026-03-29T09:00+01:00", "9999-12-31T23:59", ""} {
		f.Add(text, "Europe/Berlin")
	}
	now := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text, name string) {
		zone, err := calendar.LoadZone(name)
		if err != nil {
			zone = nil
		}
		got, err := calendar.Said(text, now, zone)
		if err != nil || got.UTC().Year() < 1 || got.UTC().Year() > 9998 {
			return
		}
		again, err := calendar.Said(got.UTC().Format(time.RFC3339Nano), now, nil)
		require.NoError(t, err)
		require.True(t, got.Equal(again), "%v, %v", got, again)
	})
}
