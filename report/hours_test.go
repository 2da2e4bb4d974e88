package report_test

import (
	"encoding/json"
	"flag"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/report"
)

func hours(t testing.TB, text string) report.Hours {
	t.Helper()
	h, err := report.ParseHours(text)
	require.NoError(t, err)
	return h
}

func TestHoursText(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "mon-fri 09:00-17:00",
		"mon-fri 09:00-17:00":       "mon-fri 09:00-17:00",
		"fri,mon,wed 08:30-12:00":   "mon,wed,fri 08:30-12:00",
		"mon,tue 08:30-12:00":       "mon-tue 08:30-12:00",
		"sun-thu 09:00-18:00":       "sun-thu 09:00-18:00",
		"mon,sat-sun 22:00-06:00":   "sat-mon 22:00-06:00",
		"mon-sun 00:00-24:00":       "mon-sun 00:00-24:00",
		"wed-tue 00:00-24:00":       "mon-sun 00:00-24:00",
		"sun 09:00:30-17:00":        "sun 09:00:30-17:00",
		"sun,mon-wed,fri 17:00-9:0": "", // a clock has four digits
		"mon-fri":                   "",
		"09:00-17:00":               "",
		" mon-fri 09:00-17:00":      "",
		"mon-fri  09:00-17:00":      "",
		"mon-fri 09:00-17:00 ":      "",
		"mon - fri 09:00-17:00":     "",
		"Mon-Fri 09:00-17:00":       "",
		"mon-fri 9-17":              "",
		"mon-fri 09:00-09:00":       "",
		"mon-fri 24:00-09:00":       "",
		"mon-fri 09:00-25:00":       "",
		"mon-fri 09:00-17:00-18:00": "",
		"mon-fri,wed 09:00-17:00":   "",
		"mon,mon 09:00-17:00":       "",
		"mon-mon 09:00-17:00":       "",
		"mon-wed-fri 09:00-17:00":   "",
		"mon, 09:00-17:00":          "",
		" ":                         "",
	} {
		h, err := report.ParseHours(text)
		if want == "" {
			require.ErrorContains(t, err, "report: hours ", text)
			assert.NotContains(t, err.Error(), "\n")
			continue
		}
		require.NoError(t, err, text)
		assert.Equal(t, want, h.String(), text)
	}
}

// Hours are a flag and a field of JSON.
func TestHoursAsText(t *testing.T) {
	var h report.Hours
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.TextVar(&h, "hours", report.Hours{}, "")
	require.NoError(t, set.Parse([]string{"-hours", "sat 10:00-14:00"}))
	assert.Equal(t, hours(t, "sat 10:00-14:00"), h)
	require.Error(t, h.UnmarshalText([]byte("sat")))
	data, err := json.Marshal(map[string]report.Hours{"set": h, "default": {}})
	require.NoError(t, err)
	assert.JSONEq(t, `{"set": "sat 10:00-14:00", "default": "mon-fri 09:00-17:00"}`, string(data))
}

func FuzzParseHours(f *testing.F) {
	for _, text := range []string{"", "mon-fri 09:00-17:00", "sun-thu,sat 22:00-06:00", "mon 00:00-24:00", "-,- :"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := report.ParseHours(text)
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "report: hours "))
			return
		}
		again := hours(t, h.String())
		require.Equal(t, h.String(), again.String())
		at := time.Unix(0, 0).Add(time.Duration(len(text)) * 77 * time.Minute)
		require.Equal(t, outOfHours(h, "Europe/Berlin", at), outOfHours(again, "Europe/Berlin", at))
	})
}

// outOfHours asks a report of one page.
func outOfHours(h report.Hours, zone string, at time.Time) bool {
	r := report.Load(report.Input{
		Window: report.Window{From: at, To: at.Add(1)}, Hours: h,
		Catalog: catalog.Catalog{Users: []catalog.User{{ID: "ada", Zone: zone}}},
		Alerts:  []report.Alert{{Pages: []report.Page{{User: "ada", At: at}}}},
	})
	return r.Rows[0].OutOfHours == 1
}

func TestOutOfHours(t *testing.T) {
	for _, c := range []struct {
		hours, zone, at string
		out             bool
	}{
		// 12 January 2026 is a Monday.
		{"", "", "2026-01-12T08:59:59.999999Z", true},
		{"", "", "2026-01-12T09:00:00Z", false},
		{"", "", "2026-01-12T16:59:59.999999Z", false},
		{"", "", "2026-01-12T17:00:00Z", true},
		{"", "", "2026-01-17T12:00:00Z", true}, // Saturday
		{"", "UTC", "2026-01-16T12:00:00Z", false},
		{"", "No/Where", "2026-01-12T09:00:00Z", false}, // as in UTC
		{"", "Local", "2026-01-12T09:00:00Z", false},    // likewise
		{"mon-sun 00:00-24:00", "Asia/Kolkata", "2026-01-17T21:00:00Z", false},

		// Kolkata is five and a half hours ahead: 09:00 there is 03:30, 17:00 is 11:30, its Monday begins on Sunday at 18:30.
		{"", "Asia/Kolkata", "2026-01-12T03:29:59Z", true},
		{"", "Asia/Kolkata", "2026-01-12T03:30:00Z", false},
		{"", "Asia/Kolkata", "2026-01-12T11:29:59Z", false},
		{"", "Asia/Kolkata", "2026-01-12T11:30:00Z", true},
		{"mon 00:00-24:00", "Asia/Kolkata", "2026-01-11T18:29:59Z", true},
		{"mon 00:00-24:00", "Asia/Kolkata", "2026-01-11T18:30:00Z", false},
		{"mon 00:00-24:00", "Asia/Kolkata", "2026-01-12T18:30:00Z", true},

		// New York goes from five hours behind to four on Sunday, 8 March 2026: 09:00 is 14:00 before, 13:00 after.
		{"", "America/New_York", "2026-03-06T13:59:59Z", true},
		{"", "America/New_York", "2026-03-06T14:00:00Z", false},
		{"", "America/New_York", "2026-03-06T21:59:59Z", false},
		{"", "America/New_York", "2026-03-09T12:59:59Z", true},
		{"", "America/New_York", "2026-03-09T13:00:00Z", false},
		{"", "America/New_York", "2026-03-09T21:00:00Z", true},
		// The jump itself is from 02:00 to 03:00 at 07:00 UTC: hours that begin at 02:30 begin then.
		{"sun 02:30-04:00", "America/New_York", "2026-03-08T06:59:59Z", true},
		{"sun 02:30-04:00", "America/New_York", "2026-03-08T07:00:00Z", false},
		{"sun 02:30-04:00", "America/New_York", "2026-03-08T08:00:00Z", true},
		// Back on Sunday, 1 November: 01:00 to 02:00 is shown at 05:00 and again at 06:00 UTC, when the reading stands at 01:59:59.
		{"sun 01:00-02:00", "America/New_York", "2026-11-01T04:59:59Z", true},
		{"sun 01:00-02:00", "America/New_York", "2026-11-01T05:00:00Z", false},
		{"sun 01:00-02:00", "America/New_York", "2026-11-01T06:30:00Z", false},
		{"sun 01:00-02:00", "America/New_York", "2026-11-01T06:59:59Z", false},
		{"sun 01:00-02:00", "America/New_York", "2026-11-01T07:00:00Z", true},
		{"sun 01:00-01:30", "America/New_York", "2026-11-01T05:29:59Z", false},
		{"sun 01:00-01:30", "America/New_York", "2026-11-01T05:30:00Z", true},
		{"sun 01:00-01:30", "America/New_York", "2026-11-01T06:15:00Z", true}, // it never opens twice

		// Lord Howe moves by half an hour: on 5 April from 02:00 (eleven ahead) back to 01:30, at 15:00 UTC of the day before.
		{"sun 01:30-02:00", "Australia/Lord_Howe", "2026-04-04T14:29:59Z", true},
		{"sun 01:30-02:00", "Australia/Lord_Howe", "2026-04-04T14:30:00Z", false},
		{"sun 01:30-02:00", "Australia/Lord_Howe", "2026-04-04T15:29:59Z", false},
		{"sun 01:30-02:00", "Australia/Lord_Howe", "2026-04-04T15:30:00Z", true},
		// On 4 October from 02:00 to 02:30, at 15:30 UTC of the day before.
		{"sun 02:10-03:00", "Australia/Lord_Howe", "2026-10-03T15:29:59Z", true},
		{"sun 02:10-03:00", "Australia/Lord_Howe", "2026-10-03T15:30:00Z", false},
		{"sun 02:10-03:00", "Australia/Lord_Howe", "2026-10-03T16:00:00Z", true},

		// Past midnight: Friday's hours last into Saturday, also over the end of the week.
		{"fri 22:00-06:00", "", "2026-01-16T05:59:59Z", true},
		{"fri 22:00-06:00", "", "2026-01-16T22:00:00Z", false},
		{"fri 22:00-06:00", "", "2026-01-17T05:59:59Z", false},
		{"fri 22:00-06:00", "", "2026-01-17T06:00:00Z", true},
		{"sun 22:00-06:00", "", "2026-01-12T05:59:59Z", false},
		{"sun 22:00-06:00", "", "2026-01-12T06:00:00Z", true},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		require.NoError(t, err)
		assert.Equal(t, c.out, outOfHours(hours(t, c.hours), c.zone, at), "%v", c)
	}
}
