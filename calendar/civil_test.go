package calendar_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
)

func civil(t testing.TB, text string) calendar.Civil {
	t.Helper()
	var c calendar.Civil
	require.NoError(t, c.UnmarshalText([]byte(text)))
	return c
}

func TestCivilText(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-05T09:00":    "2026-01-05T09:00",
		"2026-01-05T09:00:00": "2026-01-05T09:00",
		"2026-01-05T09:00:30": "2026-01-05T09:00:30",
		"2026-01-05":          "2026-01-05T00:00",
		"2024-02-29":          "2024-02-29T00:00",
		"0001-01-01":          "0001-01-01T00:00",
		"0000-01-01T00:00:01": "0000-01-01T00:00:01",
		"9999-12-31T23:59:59": "9999-12-31T23:59:59",
	} {
		got, err := civil(t, text).MarshalText()
		require.NoError(t, err)
		assert.Equal(t, want, string(got), text)
	}
}

func TestCivilTextIsStrict(t *testing.T) {
	for _, text := range []string{
		"", "2026", "2026-01", "2026-1-5", "2026-01-05 09:00", "2026-01-05T9:00", "2026-01-05T09", "2026-01-05T24:00",
		"2026-02-29", "2026-01-32", "2026-01-05T09:60", "2026-01-05T09:00:60", "2026-01-05T09:00:00.5",
		"2026-01-05T09:00Z", "2026-01-05T09:00:00+01:00", " 2026-01-05", "2026-01-05 ", "26-01-05", "02026-01-05",
	} {
		c := calendar.NewCivil(1999, 1, 1, 0, 0, 0)
		err := c.UnmarshalText([]byte(text))
		require.Error(t, err, text)
		assert.True(t, strings.HasPrefix(err.Error(), "calendar: "), err)
		assert.Equal(t, calendar.NewCivil(1999, 1, 1, 0, 0, 0), c, "unchanged after an error")
	}
	_, err := calendar.NewCivil(10000, 1, 1, 0, 0, 0).MarshalText()
	assert.Error(t, err)
	_, err = calendar.NewCivil(-1, 1, 1, 0, 0, 0).MarshalText()
	assert.Error(t, err)
}

func TestCivilZero(t *testing.T) {
	var zero calendar.Civil
	assert.True(t, zero.IsZero())
	assert.Equal(t, calendar.NewCivil(1, 1, 1, 0, 0, 0), zero)
	assert.Equal(t, calendar.Monday, zero.Weekday())
	assert.False(t, civil(t, "2026-01-05").IsZero())
}

func TestAdd(t *testing.T) {
	for _, test := range []struct {
		from string
		n    int
		unit calendar.Unit
		want string
	}{
		{"2026-01-31T09:30", 1, calendar.Month, "2026-02-28T09:30"},
		{"2026-01-31T09:30", 2, calendar.Month, "2026-03-31T09:30"},
		{"2026-01-31T09:30", 25, calendar.Month, "2028-02-29T09:30"},
		{"2024-02-29", 12, calendar.Month, "2025-02-28T00:00"},
		{"2024-02-29", 48, calendar.Month, "2028-02-29T00:00"},
		{"2026-03-31", -1, calendar.Month, "2026-02-28T00:00"},
		{"2026-01-15", -1, calendar.Month, "2025-12-15T00:00"},
		{"2026-01-15", -13, calendar.Month, "2024-12-15T00:00"},
		{"2026-03-29T01:30", 1, calendar.Hour, "2026-03-29T02:30"},
		{"2026-12-31T23:00", 1, calendar.Hour, "2027-01-01T00:00"},
		{"2026-12-31T23:00", 1, calendar.Day, "2027-01-01T23:00"},
		{"2026-12-31T23:00", -1, calendar.Week, "2026-12-24T23:00"},
		{"1899-12-31T23:59:59", 1, calendar.Day, "1900-01-01T23:59:59"},
	} {
		assert.Equal(t, test.want, civil(t, test.from).Add(test.n, test.unit).String(), "%v", test)
	}
}

// Since is the inverse of Add: the last step that has been reached.
func TestSince(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		anchor := calendar.NewCivil(1950+random.IntN(100), 1, 1+random.IntN(366), 0, 0, random.IntN(86400))
		c := calendar.NewCivil(1950+random.IntN(100), 1, 1+random.IntN(366), 0, 0, random.IntN(86400))
		unit := calendar.Hour + calendar.Unit(random.IntN(4))
		n := c.Since(anchor, unit)
		require.LessOrEqual(t, anchor.Add(n, unit).Compare(c), 0, "%v since %v in %v is %d", c, anchor, unit, n)
		require.Greater(t, anchor.Add(n+1, unit).Compare(c), 0, "%v since %v in %v is %d", c, anchor, unit, n)
		step := random.IntN(2000) - 1000
		if reached := anchor.Add(step, unit); reached != anchor.Add(step+1, unit) {
			require.Equal(t, step, reached.Since(anchor, unit), "%v + %d %v", anchor, step, unit)
		}
	}
}

func TestCivilPartsAndOrder(t *testing.T) {
	c := civil(t, "2026-11-22T13:01:02")
	year, month, day := c.Date()
	assert.Equal(t, []int{2026, 11, 22}, []int{year, int(month), day})
	assert.Equal(t, calendar.Sunday, c.Weekday())
	assert.Equal(t, calendar.Friday, civil(t, "1969-07-18T23:59:59").Weekday())
	assert.True(t, civil(t, "2026-11-22").Before(c))
	assert.False(t, c.Before(c))
	assert.Equal(t, 1, c.Compare(civil(t, "2026-11-22")))
	assert.Equal(t, c, calendar.CivilOf(time.Date(2026, 11, 22, 13, 1, 2, 999, time.FixedZone("", 5*3600))))
}

func TestNames(t *testing.T) {
	for unit, name := range map[calendar.Unit]string{
		calendar.Hour: "hour", calendar.Day: "day", calendar.Week: "week", calendar.Month: "month",
	} {
		text, err := unit.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, name, string(text))
		assert.Equal(t, name, unit.String())
		var back calendar.Unit
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, unit, back)
	}
	for _, name := range []string{"", "Hour", "hours", "year", "unset"} {
		assert.Error(t, new(calendar.Unit).UnmarshalText([]byte(name)), name)
	}
	_, err := calendar.Unit(0).MarshalText()
	assert.Error(t, err)
	_, err = calendar.Unit(9).MarshalText()
	assert.Error(t, err)
	assert.Equal(t, "unset", calendar.Unit(9).String())
}

func TestLoadZone(t *testing.T) {
	loc, err := calendar.LoadZone("Europe/Berlin")
	require.NoError(t, err)
	assert.Equal(t, "Europe/Berlin", loc.String())
	for _, name := range []string{"", "Local", "Europe/Berln", "../etc/passwd"} {
		_, err := calendar.LoadZone(name)
		assert.ErrorContains(t, err, "calendar: ", name)
	}
}
