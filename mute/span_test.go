package mute_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/mute"
)

// span reads a span from JSON.
func span(t testing.TB, text string) (s mute.Span) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &s))
	return s
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(t, err)
	return at
}

func TestSpanAt(t *testing.T) {
	const (
		once      = `{"timezone":"Europe/Berlin","from":"2026-01-05T09:00","to":"2026-01-05T17:00"}`
		open      = `{"to":"2026-01-05T17:00:00.0000009Z"}`
		nights    = `{"timezone":"Europe/Berlin","windows":[{"days":["sat"],"from":"02:00","to":"04:00"},{"days":["sat"],"from":"04:00","to":"05:00"}]}`
		january   = `{"timezone":"Europe/Berlin","from":"2026-01-10T03:00","to":"2026-01-31T03:00","windows":[{"days":["sat"],"from":"02:00","to":"04:00"}]}`
		patch     = `{"from":"2026-01-01T12:00","windows":[{"rrule":"FREQ=MONTHLY;BYDAY=2TU;COUNT=2","from":"22:00","for":"6h"}]}`
		always    = `{"windows":[{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"00:00","to":"24:00"}]}`
		alwaysTo  = `{"to":"2026-02-01","windows":[{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"00:00","to":"24:00"}]}`
		daily     = `{"from":"2026-01-01","windows":[{"rrule":"FREQ=DAILY","from":"00:00","for":"24h"}]}`
		gap       = `{"timezone":"Europe/Berlin","windows":[{"days":["sun"],"from":"02:10","to":"02:50"}]}`
		autumn    = `{"timezone":"Europe/Berlin","windows":[{"days":["sun"],"from":"02:30","to":"02:45"}]}`
		noWindows = `{"from":"2026-02-01","to":"2026-02-02","windows":[{"days":["sat"],"from":"09:00","to":"10:00"}]}`
	)
	for _, test := range []struct {
		name, span, at string
		active         bool
		until          string // empty: never
	}{
		{"before", once, "2026-01-05T07:59:59Z", false, "2026-01-05T08:00:00Z"},
		{"from the first instant", once, "2026-01-05T08:00:00Z", true, "2026-01-05T16:00:00Z"},
		{"to the last", once, "2026-01-05T15:59:59.999999Z", true, "2026-01-05T16:00:00Z"},
		{"after", once, "2026-01-05T16:00:00Z", false, ""},
		{"since ever, and to the microsecond", open, "1950-01-01T00:00:00Z", true, "2026-01-05T17:00:00Z"},
		{"windows that meet are one", nights, "2026-01-10T01:30:00Z", true, "2026-01-10T04:00:00Z"},
		{"again and again", nights, "2026-01-10T04:00:00Z", false, "2026-01-17T01:00:00Z"},
		{"from the middle of a window", january, "2026-01-01T00:00:00Z", false, "2026-01-10T02:00:00Z"},
		{"then whole ones", january, "2026-01-10T03:00:00Z", false, "2026-01-17T01:00:00Z"},
		{"up to the middle of one", january, "2026-01-31T01:00:00Z", true, "2026-01-31T02:00:00Z"},
		{"never again", january, "2026-01-31T02:00:00Z", false, ""},
		{"by a rule", patch, "2026-01-05T00:00:00Z", false, "2026-01-13T22:00:00Z"},
		{"over midnight", patch, "2026-01-14T03:00:00Z", true, "2026-01-14T04:00:00Z"},
		{"a rule ends", patch, "2026-02-11T04:00:00Z", false, ""},
		{"always", always, "2026-01-01T00:00:00Z", true, ""},
		{"always, but not for ever", alwaysTo, "2026-01-01T00:00:00Z", true, "2026-02-01T00:00:00Z"},
		{"a window that the clock skips", gap, "2026-03-22T01:50:00Z", false, "2026-04-05T00:10:00Z"},
		{"a window that comes twice holds once", autumn, "2026-10-25T00:30:00Z", true, "2026-10-25T00:45:00Z"},
		{"and is over", autumn, "2026-10-25T00:45:00Z", false, "2026-11-01T01:30:00Z"},
		{"also when the clock reads it again", autumn, "2026-10-25T01:35:00Z", false, "2026-11-01T01:30:00Z"},
		{"no window within the span", noWindows, "2026-01-01T00:00:00Z", false, ""},
	} {
		active, until := span(t, test.span).At(instant(t, test.at))
		assert.Equal(t, test.active, active, test.name)
		if test.until == "" {
			assert.True(t, until.IsZero(), "%s: %v", test.name, until)
		} else {
			assert.Equal(t, test.until, until.Format(time.RFC3339Nano), test.name)
		}
	}

	active, until := span(t, daily).At(instant(t, "2026-01-01T00:00:00Z"))
	assert.True(t, active)
	assert.True(t, until.After(instant(t, "2027-01-01T00:00:00Z")), "windows that meet for ever: at least for a long time")
	active, until = span(t, `{"timezone":"Nowhere"}`).At(time.Now())
	assert.False(t, active)
	assert.True(t, until.IsZero())
}

func TestSpanIsChecked(t *testing.T) {
	for _, test := range []struct{ span, want string }{
		{`{}`, "mute: to: is missing; say when it ends, or give windows for what comes again and again"},
		{`{"from":"2026-01-01","to":"2026-01-01"}`, "mute: to: 2026-01-01T00:00 is not after from, 2026-01-01T00:00"},
		{`{"timezone":"Local","to":"2026-01-01"}`, `mute: timezone: "Local" is not an IANA time zone such as Europe/Berlin`},
		{`{"from":"0001-01-02","to":"9999-01-01"}`, "mute: from: 0001-01-02T00:00 is not in the years 1900 to 2200\n" +
			"mute: to: 9999-01-01T00:00 is not in the years 1900 to 2200"},
		{`{"windows":[{"days":["mon"],"from":"09:00","to":"09:00"}]}`, "mute: windows[0]: the window begins and ends at 09:00"},
		{`{"windows":[{"rrule":"FREQ=DAILY","from":"09:00","for":"1h"}]}`, "mute: from: is missing; windows with an rrule are counted from it"},
		{`{"from":"2026-01-01","windows":[{"rrule":"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30","from":"09:00","for":"1h"}]}`, "mute: windows[0]: "},
		{`{"windows":[` + strings.Repeat(`{},`, 100) + `{}]}`, "mute: windows: are 101; give at most 100"},
		{`{"timezone":"Europe/Berlin","from":"2026-03-29T02:10","to":"2026-03-29T02:50"}`, "mute: to: 2026-03-29T02:50 is not after from"}, // both at the jump
	} {
		assert.ErrorContains(t, span(t, test.span).Validate(), test.want, test.span)
	}
	assert.NoError(t, span(t, `{"to":"2026-01-01"}`).Validate())
}

// stretch is a time during which something holds.
type stretch struct{ from, to time.Time }

// byHand lists when windows are open about a time, day after day, without the arithmetic of package calendar.
func byHand(s mute.Span, zone *time.Location, around time.Time) (list []stretch) {
	anchor := s.From.Civil(zone)
	for n := -12; n <= 12; n++ {
		year, month, day := around.AddDate(0, 0, n).Date()
		midnight := calendar.NewCivil(year, month, day, 0, 0, 0)
		for _, w := range s.Windows {
			at := func(tod calendar.TimeOfDay, days int) time.Time {
				return calendar.FirstAt(zone, calendar.NewCivil(year, month, day+days, 0, 0, int(tod)))
			}
			switch {
			case !w.RRule.IsZero():
				first := calendar.NewCivil(2026, 1, 1, 0, 0, 0) // FREQ=DAILY;INTERVAL=3 from the first of January
				if midnight.Since(first, calendar.Day)%3 == 0 && !midnight.Before(anchor) {
					begins := calendar.NewCivil(year, month, day, 0, 0, int(w.From))
					list = append(list, stretch{calendar.FirstAt(zone, begins), calendar.FirstAt(zone, w.For.After(begins))})
				}
			default:
				for _, d := range w.Days {
					if d == midnight.Weekday() && w.To > w.From {
						list = append(list, stretch{at(w.From, 0), at(w.To, 0)})
					} else if d == midnight.Weekday() {
						list = append(list, stretch{at(w.From, 0), at(w.To, 1)})
					}
				}
			}
		}
	}
	return list
}

// TestSpanMinuteByMinute compares At with the clock on the wall around its changes: it holds exactly when a window is
// open, and stays so exactly until the time that it names.
func TestSpanMinuteByMinute(t *testing.T) {
	var rule calendar.Rule
	require.NoError(t, rule.UnmarshalText([]byte("FREQ=DAILY;INTERVAL=3")))
	const days = 5
	for seed, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Atlantic/Azores",
		"Africa/Casablanca", "America/Havana", "Asia/Kathmandu", "UTC"} {
		zone, err := time.LoadLocation(name)
		require.NoError(t, err)
		r := rand.New(rand.NewPCG(uint64(seed), 17))
		for _, start := range []time.Time{
			time.Date(2026, 2, 13, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC), time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 4, 3, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 10, 23, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC)} {
			s := someSpan(r, name, start, rule)
			require.NoError(t, s.Validate())
			open := byHand(s, zone, start)
			holds := func(at time.Time) bool {
				if at.Before(s.From.In(zone)) || !s.To.IsZero() && !at.Before(s.To.In(zone)) {
					return false
				}
				for _, o := range open {
					if !at.Before(o.from) && at.Before(o.to) {
						return true
					}
				}
				return len(s.Windows) == 0
			}
			set, err := mute.New([]mute.Silence{{ID: "s", Matchers: matchers(t, "a=b"), Span: s}}, nil, nil)
			require.NoError(t, err)
			var last bool
			var until time.Time
			for m := range days * 24 * 60 {
				at := start.Add(time.Duration(m) * time.Minute)
				held, next := set.At(labels("a", "b"), at)
				active := len(held) > 0
				require.Equal(t, holds(at), active, "%s %v %+v", name, at, s)
				if active {
					require.Equal(t, next, held[0].Until)
				}
				if m > 0 {
					require.Equal(t, !until.IsZero() && !at.Before(until), active != last, "%s %v: %v was named %+v", name, at, until, s)
				}
				last, until = active, next
			}
		}
	}
}

func someSpan(r *rand.Rand, zone string, start time.Time, rule calendar.Rule) mute.Span {
	s := mute.Span{Zone: zone, From: calendar.CivilMoment(calendar.NewCivil(2026, 1, 1, 0, 0, 0))}
	for range r.IntN(4) {
		from := calendar.NewTimeOfDay(r.IntN(4), 15*r.IntN(4))
		w := calendar.Window{Days: []calendar.Weekday{6, calendar.Weekday(r.IntN(7))}, From: from, To: calendar.NewTimeOfDay(r.IntN(5)*(1+r.IntN(5)), 7)}
		if r.IntN(3) == 0 {
			w = calendar.Window{RRule: rule, From: from, For: calendar.Length{N: 1 + r.IntN(30), Unit: calendar.Hour}}
		}
		s.Windows = append(s.Windows, w)
	}
	if len(s.Windows) == 0 || r.IntN(2) == 0 {
		s.To = calendar.CivilMoment(calendar.CivilOf(start.Add(time.Duration(1+r.IntN(5*24*60)) * time.Minute)))
	}
	if r.IntN(2) == 0 && len(s.Windows) == 0 {
		s.From = calendar.InstantMoment(start.Add(-time.Duration(r.IntN(90)) * time.Minute))
	}
	return s
}

// FuzzSpan: whatever is valid answers in time, and what it says of now holds until the time that it names.
func FuzzSpan(f *testing.F) {
	for _, seed := range []string{
		`{"timezone":"Europe/Berlin","from":"2026-01-05T09:00","to":"2026-01-05T17:00"}`,
		`{"timezone":"Pacific/Apia","from":"2011-12-01","windows":[{"rrule":"FREQ=DAILY","from":"00:00","for":"24h"}]}`,
		`{"windows":[{"days":["sat","sun"],"from":"02:00","to":"24:00"}],"to":"2199-12-31T23:59:59Z"}`,
		`{"timezone":"Australia/Lord_Howe","from":"1900-01-01","windows":[{"rrule":"FREQ=YEARLY;BYDAY=-1FR","from":"23:59:59","for":"366d"}]}`,
		`{"from":"2026-01-01","windows":[{"rrule":"FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU,WE;COUNT=3","from":"18:00","for":"3d"}]}`,
	} {
		f.Add(seed, int64(1_770_000_000))
		f.Add(seed, int64(-62_135_596_801))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		var s mute.Span
		if json.Unmarshal([]byte(text), &s) != nil {
			return
		}
		if s.Validate() != nil {
			active, until := s.At(time.Unix(unix, 0))
			require.False(t, active)
			require.True(t, until.IsZero())
			return
		}
		data, err := json.Marshal(s)
		require.NoError(t, err)
		var back mute.Span
		require.NoError(t, json.Unmarshal(data, &back))
		require.NoError(t, back.Validate())
		at := time.Unix(unix%10_000_000_000, 0)
		active, until := s.At(at)
		if until.IsZero() {
			again, _ := back.At(at.AddDate(3, 1, 4))
			require.Equal(t, active, again)
			return
		}
		require.True(t, until.After(at))
		for _, later := range []time.Time{at.Add(until.Sub(at) / 3), until.Add(-time.Microsecond)} {
			again, next := back.At(later)
			require.Equal(t, active, again)
			require.False(t, next.Before(until))
		}
	})
}
