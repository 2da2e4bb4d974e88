package catalog_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
)

var workdays = []calendar.Weekday{0, 1, 2, 3, 4}

func day(t testing.TB, text string) (c calendar.Civil) {
	t.Helper()
	require.NoError(t, c.UnmarshalText([]byte(text)))
	return c
}

func office(t *testing.T) catalog.Hours {
	return catalog.Hours{
		ID: "office", Zone: "Europe/Berlin",
		Coverage: []calendar.Window{{Days: workdays, From: calendar.NewTimeOfDay(8, 0), To: calendar.NewTimeOfDay(18, 0)}},
		Holidays: []calendar.Civil{day(t, "2026-12-25")},
		Exceptions: []catalog.Exception{
			{From: at(t, "2026-12-24T12:00"), To: at(t, "2026-12-25"), Reason: "Christmas Eve"},
			{From: at(t, "2026-12-25T10:00"), To: at(t, "2026-12-25T12:00"), During: true},
			{From: at(t, "2026-12-24T14:00Z"), To: at(t, "2026-12-24T16:00Z"), During: true, Reason: "a release"},
		},
	}
}

func TestSupportHours(t *testing.T) {
	hours, err := catalog.NewSupportHours(office(t))
	require.NoError(t, err)
	for _, test := range []struct {
		name, at, until string
		during          bool
	}{
		{"before work", "2026-01-05T06:59:59Z", "2026-01-05T07:00:00Z", false},
		{"work begins", "2026-01-05T07:00:00Z", "2026-01-05T17:00:00Z", true},
		{"work is over", "2026-01-05T17:00:00Z", "2026-01-06T07:00:00Z", false},
		{"the clocks change on the weekend", "2026-03-27T17:00:00Z", "2026-03-30T06:00:00Z", false},
		{"an exception ends the day", "2026-12-24T07:00:00Z", "2026-12-24T11:00:00Z", true},
		{"a later exception wins", "2026-12-24T12:00:00Z", "2026-12-24T14:00:00Z", false},
		{"within it", "2026-12-24T15:00:00Z", "2026-12-24T16:00:00Z", true},
		{"from an exception into a holiday", "2026-12-24T16:00:00Z", "2026-12-25T09:00:00Z", false},
		{"an exception on a holiday", "2026-12-25T09:00:00Z", "2026-12-25T11:00:00Z", true},
		{"the holiday, then the weekend", "2026-12-25T11:00:00Z", "2026-12-28T07:00:00Z", false},
	} {
		when, err := time.Parse(time.RFC3339, test.at)
		require.NoError(t, err)
		during, until := hours.At(when)
		assert.Equal(t, test.during, during, test.name)
		assert.Equal(t, test.until, until.Format(time.RFC3339), test.name)
	}
}

func TestSupportHoursWithoutAnything(t *testing.T) {
	hours, err := catalog.NewSupportHours(catalog.Hours{ID: "always"})
	require.NoError(t, err)
	during, until := hours.At(time.Unix(0, 0))
	assert.True(t, during)
	assert.True(t, until.IsZero(), "for ever")
}

// byMinute says what hours mean, minute by minute, without a thought of what comes next.
func byMinute(h catalog.Hours, zone *time.Location, at time.Time) bool {
	for i := len(h.Exceptions) - 1; i >= 0; i-- {
		if e := h.Exceptions[i]; !at.Before(e.From.In(zone)) && at.Before(e.To.In(zone)) {
			return e.During
		}
	}
	c := calendar.Reading(zone, at)
	year, month, d := c.Date()
	for _, holiday := range h.Holidays {
		if holiday == calendar.NewCivil(year, month, d, 0, 0, 0) {
			return false
		}
	}
	open, _ := calendar.NewPattern(h.Coverage).At(c)
	return open
}

// TestSupportHoursMinuteByMinute compares At with a sweep about the changes of the clocks: what it says now is so, and
// stays so exactly until the time that it names.
func TestSupportHoursMinuteByMinute(t *testing.T) {
	for seed, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Atlantic/Azores", "Africa/Casablanca", "UTC"} {
		zone, err := time.LoadLocation(name)
		require.NoError(t, err)
		r := rand.New(rand.NewPCG(uint64(seed), 5))
		for _, start := range []time.Time{
			time.Date(2026, 2, 13, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 23, 0, 0, 0, 0, time.UTC)} {
			h := someHours(r, name, start)
			hours, err := catalog.NewSupportHours(h)
			require.NoError(t, err)
			var until time.Time
			var last bool
			for m := range 5 * 24 * 60 {
				at := start.Add(time.Duration(m) * time.Minute)
				during, next := hours.At(at)
				require.Equal(t, byMinute(h, zone, at), during, "%s %v %+v", name, at, h)
				if m > 0 && (until.IsZero() || at.Before(until)) {
					require.Equal(t, last, during, "%s %v: early", name, at)
				} else if m > 0 {
					require.NotEqual(t, last, during, "%s %v: nothing has changed", name, at)
				}
				until, last = next, during
			}
		}
	}
}

func someHours(r *rand.Rand, zone string, start time.Time) catalog.Hours {
	civil := func() calendar.Moment {
		c := calendar.CivilOf(start.Add(time.Duration(r.IntN(5*24*60)) * time.Minute))
		if r.IntN(2) == 0 {
			return calendar.InstantMoment(start.Add(time.Duration(r.IntN(5*24*60)) * time.Minute))
		}
		return calendar.CivilMoment(c)
	}
	h := catalog.Hours{ID: "h", Zone: zone}
	for range 1 + r.IntN(3) {
		from := calendar.NewTimeOfDay(r.IntN(5), 15*r.IntN(4))
		h.Coverage = append(h.Coverage, calendar.Window{
			Days: []calendar.Weekday{5, 6, calendar.Weekday(r.IntN(7))}, From: from, To: from + calendar.NewTimeOfDay(r.IntN(3)*r.IntN(9), 20)})
	}
	if r.IntN(2) == 0 {
		year, month, d := start.AddDate(0, 0, r.IntN(4)).Date()
		h.Holidays = append(h.Holidays, calendar.NewCivil(year, month, d, 0, 0, 0))
	}
	loc, _ := time.LoadLocation(zone)
	for range r.IntN(5) {
		e := catalog.Exception{From: civil(), To: civil(), During: r.IntN(2) == 0}
		if e.To.In(loc).After(e.From.In(loc)) {
			h.Exceptions = append(h.Exceptions, e)
		}
	}
	return h
}

func TestSupportHoursAreChecked(t *testing.T) {
	loud, odd := watchbill.UrgencyHigh, watchbill.Urgency(7)
	c := catalog.Catalog{
		Hours: []catalog.Hours{
			{ID: "office", Zone: "Berlin", Coverage: []calendar.Window{{}}, Holidays: []calendar.Civil{day(t, "2026-12-25T08:00")}},
			{ID: "office", Exceptions: []catalog.Exception{
				{To: at(t, "2026-01-02")}, {From: at(t, "2026-01-02"), To: at(t, "2026-01-02")}, {From: at(t, "0026-01-02"), To: at(t, "2026-01-02")}}},
			{Coverage: make([]calendar.Window, 1001), Holidays: make([]calendar.Civil, 10_001), Exceptions: make([]catalog.Exception, 1001)},
		},
		Services: []catalog.Service{
			{ID: "a", Support: catalog.Support{Hours: "off"}, Pause: -time.Second},
			{ID: "b", Support: catalog.Support{During: &loud}, Pause: 25 * time.Hour},
			{ID: "c", Support: catalog.Support{Hours: "office", During: &loud, Outside: &odd, Raise: true}, Pause: time.Minute},
		},
	}
	assert.EqualError(t, c.Validate(), `catalog: support_hours[0].timezone: "Berlin" is not an IANA time zone such as Europe/Berlin
catalog: support_hours[0].coverage[0]: the window has no days; list some of mon to sun
catalog: support_hours[0].holidays[0]: 2026-12-25T08:00 is not a day; write one such as 2026-12-25
catalog: support_hours[1].id: "office" is used twice; ids are unique within their list
catalog: support_hours[1].exceptions[0].from: is missing; write a time such as 2026-12-24T12:00
catalog: support_hours[1].exceptions[1].to: 2026-01-02T00:00 is not after from, 2026-01-02T00:00
catalog: support_hours[1].exceptions[2].from: 0026-01-02T00:00 is not in the years 1900 to 2200
catalog: support_hours[2].id: is missing; every item of a list has an id
catalog: support_hours[2].coverage: has 1001 entries; at most 1000 are allowed
catalog: support_hours[2].holidays: has 10001 entries; at most 10000 are allowed
catalog: support_hours[2].exceptions: has 1001 entries; at most 1000 are allowed
catalog: services[0].support.hours: support hours "off" does not exist
catalog: services[0].pause: -1s is not a pause; use up to 24h, or leave it out to page at once
catalog: services[1].support.hours: is missing; name the support hours
catalog: services[1].pause: 25h0m0s is not a pause; use up to 24h, or leave it out to page at once
catalog: services[2].support.outside: is not an urgency; use high or low`)

	_, err := catalog.NewSupportHours(c.Hours[0])
	var field *catalog.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "timezone", field.Path)
}
