package heartbeat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/heartbeat"
)

func TestCronNext(t *testing.T) {
	for name, c := range map[string]struct{ cron, zone, after, want string }{
		"every minute":                     {"* * * * *", "UTC", "2026-01-05T12:00:00Z", "2026-01-05T12:01:00Z"},
		"within the minute":                {"* * * * *", "UTC", "2026-01-05T12:00:59.9Z", "2026-01-05T12:01:00Z"},
		"strictly after":                   {"0 12 * * *", "UTC", "2026-01-05T12:00:00Z", "2026-01-06T12:00:00Z"},
		"just before":                      {"0 12 * * *", "UTC", "2026-01-05T11:59:59.999Z", "2026-01-05T12:00:00Z"},
		"steps":                            {"*/20 * * * *", "UTC", "2026-01-05T12:41:00Z", "2026-01-05T13:00:00Z"},
		"steps of a range":                 {"10-30/10 * * * *", "UTC", "2026-01-05T12:21:00Z", "2026-01-05T12:30:00Z"},
		"steps from a number on":           {"50/5 * * * *", "UTC", "2026-01-05T12:51:00Z", "2026-01-05T12:55:00Z"},
		"a list":                           {"0 6,18 * * *", "UTC", "2026-01-05T06:00:00Z", "2026-01-05T18:00:00Z"},
		"working days":                     {"0 9 * * 1-5", "UTC", "2026-01-09T10:00:00Z", "2026-01-12T09:00:00Z"},
		"names, in any case":               {"0 9 * JAN-feb Mon", "UTC", "2026-02-23T10:00:00Z", "2027-01-04T09:00:00Z"},
		"Sunday is 0":                      {"0 9 * * 0", "UTC", "2026-01-05T10:00:00Z", "2026-01-11T09:00:00Z"},
		"and 7":                            {"0 9 * * 7", "UTC", "2026-01-05T10:00:00Z", "2026-01-11T09:00:00Z"},
		"Friday to Sunday":                 {"0 9 * * 5-7", "UTC", "2026-01-10T10:00:00Z", "2026-01-11T09:00:00Z"},
		"the last day of a year":           {"0 0 1 1 *", "UTC", "2026-01-05T10:00:00Z", "2027-01-01T00:00:00Z"},
		"the 31st":                         {"0 0 31 * *", "UTC", "2026-01-31T10:00:00Z", "2026-03-31T00:00:00Z"},
		"a leap day":                       {"0 0 29 2 *", "UTC", "2026-01-05T10:00:00Z", "2028-02-29T00:00:00Z"},
		"a leap day after 2096":            {"0 0 29 2 *", "UTC", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"},
		"either kind of day":               {"0 0 13 * 5", "UTC", "2026-01-05T10:00:00Z", "2026-01-09T00:00:00Z"},
		"either kind of day, the other":    {"0 0 13 * 5", "UTC", "2026-01-09T10:00:00Z", "2026-01-13T00:00:00Z"},
		"both kinds, where one begins *":   {"0 0 */2 * 5", "UTC", "2026-01-05T10:00:00Z", "2026-01-09T00:00:00Z"},
		"skipped by the clock":             {"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
		"after the jump":                   {"30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
		"many skipped times are one":       {"*/5 * * * *", "Europe/Berlin", "2026-03-29T00:55:00Z", "2026-03-29T01:00:00Z"},
		"twice by the clock, the first":    {"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
		"not the second":                   {"30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		"a midnight that does not exist":   {"0 0 * * *", "Atlantic/Azores", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
		"a day that does not exist":        {"0 12 30 12 *", "Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-30T10:00:00Z"},
		"half an hour, on Lord Howe":       {"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z"},
		"leap day on a Monday, AND by */1": {"0 0 29 2 */8", "UTC", "2026-01-05T10:00:00Z", ""},
	} {
		t.Run(name, func(t *testing.T) {
			zone, err := calendar.LoadZone(c.zone)
			require.NoError(t, err)
			after, err := time.Parse(time.RFC3339Nano, c.after)
			require.NoError(t, err)
			cron, err := heartbeat.ParseCron(c.cron)
			if c.want == "" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, cron.Next(zone, after).UTC().Format(time.RFC3339Nano))
		})
	}
}

func TestParseCronRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "has 0 fields; five are needed",
		"@daily":                  "has 1 fields; five are needed",
		"0 2 * * * root":          "has 6 fields; five are needed",
		"60 * * * *":              `minute: "60" is not a number from 0 to 59`,
		"* 24 * * *":              `hour: "24" is not a number from 0 to 23`,
		"* * 0 * *":               `day of the month: "0" is not a number from 1 to 31`,
		"* * * 13 *":              `month: "13" is not a number from 1 to 12`,
		"* * * * 8":               `day of the week: "8" is not a number from 0 to 7`,
		"* * * * someday":         `day of the week: "someday" is not a number from 0 to 7`,
		"* * * * onm":             `day of the week: "onm" is not a number from 0 to 7`,
		"5-3 * * * *":             `minute: "5-3" ends before it begins`,
		"*/0 * * * *":             `minute: "0" is not a step from 1 to 59`,
		"*/ * * * *":              `minute: "" is not a step from 1 to 59`,
		"+5 * * * *":              `minute: "+5" is not a number from 0 to 59`,
		"1,,2 * * * *":            `minute: "" is not a number from 0 to 59`,
		"0 0 30 2 *":              "never comes",
		"0 0 31 2,4,6,9,11 *":     "never comes",
		"61 25 * * *":             "hour: ",
		strings.Repeat("1,", 150): "more than 200 characters",
	} {
		_, err := heartbeat.ParseCron(text)
		assert.ErrorContains(t, err, want, text)
	}
	_, err := heartbeat.ParseCron("0 0 30 2 1")
	assert.NoError(t, err, "every Monday in February")
}

// TestCronByBruteForce compares Next with a walk, minute by minute, over what the wall clock shows.
func TestCronByBruteForce(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Atlantic/Azores"} {
		zone, err := calendar.LoadZone(name)
		require.NoError(t, err)
		for _, expression := range []string{"17 * * * *", "30 2 * * *", "0 0,1,3 * * 0", "*/7 1-3 * * *", "59 23 * 3,4,10 *"} {
			cron, err := heartbeat.ParseCron(expression)
			require.NoError(t, err)
			for _, start := range []time.Time{time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC)} {
				want := start
				for range 6 {
					next := cron.Next(zone, want)
					require.True(t, next.After(want))
					require.Equal(t, walked(cron, zone, want), next.UTC(), "%s in %s after %s", expression, name, want)
					want = next.UTC()
				}
			}
		}
	}
}

// walked returns the first instant after t at which a matching time that the clock had not shown before is or has been passed.
func walked(cron heartbeat.Cron, zone *time.Location, t time.Time) time.Time {
	for at := t.Truncate(time.Minute).Add(time.Minute); ; at = at.Add(time.Minute) {
		from, to := calendar.Reading(zone, at.Add(-time.Minute)), calendar.Reading(zone, at)
		for c := from; c.Before(to); {
			y, m, d := c.Date()
			midnight := calendar.NewCivil(y, m, d, 0, 0, 0)
			next := nextMinute(midnight, c)
			if !next.Before(to) && next != to {
				break
			}
			// In UTC nothing is skipped, so that there the expression is asked about this one minute.
			utc := calendar.FirstAt(time.UTC, next)
			if cron.Next(time.UTC, utc.Add(-time.Second)).Equal(utc) {
				return at.UTC()
			}
			c = next
		}
	}
}

// nextMinute returns the first whole minute after c, a time of the day that begins at midnight.
func nextMinute(midnight, c calendar.Civil) calendar.Civil {
	at := calendar.FirstAt(time.UTC, c).Truncate(time.Minute).Add(time.Minute)
	return calendar.CivilOf(at)
}

func FuzzParseCron(f *testing.F) {
	for _, s := range []string{"* * * * *", "30 2 * * 1-5", "*/5,7-9/2 0 1,15 jan-mar sun", "0 0 29 2 *", "0 0 31 2 *", "a b c d e"} {
		f.Add(s, int64(1774746000))
	}
	zone, err := calendar.LoadZone("Europe/Berlin")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		cron, err := heartbeat.ParseCron(text)
		if err != nil {
			return
		}
		after := time.Unix(unix%(1<<33), 0)
		next := cron.Next(zone, after)
		require.False(t, next.IsZero(), "%q is accepted and never comes after %s", text, after)
		require.True(t, next.After(after))
	})
}
