package calendar_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
)

func coverage(t testing.TB, anchor string, days calendar.DayFilter, windows ...calendar.Window) calendar.Coverage {
	t.Helper()
	c, err := calendar.NewCoverage(windows, civil(t, anchor), days)
	require.NoError(t, err)
	return c
}

func ruled(t testing.TB, text string, hour, lasts int, unit calendar.Unit) calendar.Window {
	return calendar.Window{
		RRule: rule(t, text), From: calendar.NewTimeOfDay(hour, 0), For: calendar.Length{N: lasts, Unit: unit},
	}
}

func TestCoverage(t *testing.T) {
	at := calendar.NewTimeOfDay
	office := calendar.Window{Days: []calendar.Weekday{0, 1, 2, 3, 4}, From: at(9, 0), To: at(17, 0)}
	everyDay, christmas := calendar.DayFilter{}, calendar.DayFilter{Days: []calendar.Civil{civil(t, "2026-12-26T18:00"), civil(t, "2026-12-25")}}
	anchor := "2026-01-05T09:00"
	lastFriday := coverage(t, anchor, everyDay, ruled(t, "FREQ=MONTHLY;BYDAY=-1FR", 18, 3, calendar.Day))
	both := coverage(t, anchor, christmas, office, ruled(t, "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", 10, 2, calendar.Hour))
	only := coverage(t, anchor, calendar.DayFilter{Days: christmas.Days, Only: true})
	for _, test := range []struct {
		name, at, until string
		coverage        calendar.Coverage
		open            bool
	}{
		{"before the first", "2026-01-05T09:00", "2026-01-30T18:00", lastFriday, false},
		{"over the weekend", "2026-02-01T00:00", "2026-02-02T18:00", lastFriday, true},
		{"ends", "2026-02-02T18:00", "2026-02-27T18:00", lastFriday, false},
		{"by weekdays", "2026-01-05T09:00", "2026-01-05T17:00", both, true},
		{"until the rule", "2026-01-09T17:00", "2026-01-10T10:00", both, false},
		{"by the rule", "2026-01-10T11:59", "2026-01-10T12:00", both, true},
		{"not every week", "2026-01-16T17:00", "2026-01-19T09:00", both, false},
		{"a day left out", "2026-12-25T10:00", "2026-12-27T00:00", both, false},
		{"from midnight", "2026-12-24T23:00", "2026-12-25T00:00", both, false},
		{"on no other day", "2026-12-24T23:00", "2026-12-25T00:00", only, false},
		{"on those days", "2026-12-25T23:00", "2026-12-27T00:00", only, true},
	} {
		open, until := test.coverage.At(civil(t, test.at))
		assert.Equal(t, test.open, open, test.name)
		assert.Equal(t, test.until, until.String(), test.name)
	}
	open, until := only.At(civil(t, "2026-12-27"))
	assert.False(t, open)
	assert.True(t, civil(t, "9999-01-01").Before(until), "never again")
}

func TestCoverageAlways(t *testing.T) {
	for _, c := range []calendar.Coverage{{}, coverage(t, "2026-01-05", calendar.DayFilter{})} {
		open, until := c.At(civil(t, "2026-01-05T09:00"))
		assert.True(t, open)
		assert.True(t, civil(t, "9999-01-01").Before(until))
	}
	never := coverage(t, "2026-01-05", calendar.DayFilter{Only: true})
	open, _ := never.At(civil(t, "2026-01-05T09:00"))
	assert.False(t, open, "only on no day")
}

func TestCoverageErrors(t *testing.T) {
	windows := []calendar.Window{
		{}, {RRule: rule(t, "FREQ=DAILY"), For: calendar.Length{N: 1, Unit: calendar.Hour}},
		{RRule: rule(t, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), For: calendar.Length{N: 1, Unit: calendar.Hour}},
	}
	_, err := calendar.NewCoverage(windows, civil(t, "2026-01-05"), calendar.DayFilter{})
	assert.ErrorContains(t, err, "has no days")
	assert.ErrorContains(t, err, "never occurs")
	var first *calendar.WindowError
	require.True(t, errors.As(err, &first))
	assert.Equal(t, 0, first.Index)
}

func TestWindowByRule(t *testing.T) {
	const text = `{"from":"18:00","rrule":"FREQ=MONTHLY;BYDAY=-1FR","for":"3d"}`
	var w calendar.Window
	require.NoError(t, json.Unmarshal([]byte(text), &w))
	require.NoError(t, w.Validate())
	back, err := json.Marshal(w)
	require.NoError(t, err)
	assert.JSONEq(t, text, string(back))
	for want, spoil := range map[string]func(*calendar.Window){
		"both days and rrule": func(w *calendar.Window) { w.Days = []calendar.Weekday{0} },
		"both rrule and to":   func(w *calendar.Window) { w.To = calendar.NewTimeOfDay(9, 0) },
		"without for":         func(w *calendar.Window) { w.For = calendar.Length{} },
		"for without rrule":   func(w *calendar.Window) { w.RRule = calendar.Rule{} },
		"lasts 367d":          func(w *calendar.Window) { w.For.N = 367 },
		"lasts -3d":           func(w *calendar.Window) { w.For.N = -3 },
		"1h to 366d":          func(w *calendar.Window) { w.For = calendar.Length{N: 1 << 62, Unit: calendar.Week} },
		"lasts 1m":            func(w *calendar.Window) { w.For = calendar.Length{N: 1, Unit: calendar.Month} },
		"must begin at 00:00": func(w *calendar.Window) { w.From = calendar.NewTimeOfDay(24, 0) },
	} {
		bad := w
		spoil(&bad)
		assert.ErrorContains(t, bad.Validate(), want)
	}
}

func TestLength(t *testing.T) {
	for text, want := range map[string]string{"36h": "2026-01-06T21:00", "2d": "2026-01-07T09:00", "1w": "2026-01-12T09:00"} {
		var l calendar.Length
		require.NoError(t, l.UnmarshalText([]byte(text)))
		back, err := l.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, text, string(back))
		assert.False(t, l.IsZero())
		assert.Equal(t, want, l.After(civil(t, "2026-01-05T09:00")).String())
	}
	for _, text := range []string{"", "2", "d", "0d", "-1d", "+1d", "01d", "1m", "1.5d", "1dd", "1D", "d1", " 1d", "1hd", "99999999999999999999d"} {
		assert.ErrorContains(t, new(calendar.Length).UnmarshalText([]byte(text)), "is not a length", text)
	}
	assert.True(t, calendar.Length{}.IsZero())
}

// Minute by minute through two months: weekday windows and rules, some days left out or only those.
func TestCoverageByBruteForce(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	rules := []string{
		"FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;BYDAY=SA,SU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "FREQ=WEEKLY",
		"FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=DAILY;COUNT=5", "FREQ=WEEKLY;UNTIL=20260201",
	}
	for range 30 {
		anchor := calendar.NewCivil(2026, 1, 1+random.IntN(20), random.IntN(24), 0, 0)
		var windows []calendar.Window
		for range random.IntN(3) {
			windows = append(windows, ruled(t, rules[random.IntN(len(rules))], random.IntN(24), 1+random.IntN(60), calendar.Hour))
		}
		for range random.IntN(3) {
			w := calendar.Window{Days: []calendar.Weekday{calendar.Weekday(random.IntN(7)), calendar.Weekday(random.IntN(7))},
				From: calendar.NewTimeOfDay(random.IntN(24), 0), To: calendar.NewTimeOfDay(random.IntN(24), 30)}
			windows = append(windows, w)
		}
		filter := calendar.DayFilter{Only: random.IntN(3) == 0}
		for range random.IntN(8) {
			filter.Days = append(filter.Days, calendar.NewCivil(2026, 1, 1+random.IntN(60), 0, 0, 0))
		}
		c, err := calendar.NewCoverage(windows, anchor, filter)
		require.NoError(t, err)
		checkCoverage(t, c, windows, anchor, filter)
	}
}

func checkCoverage(t *testing.T, c calendar.Coverage, windows []calendar.Window, anchor calendar.Civil, filter calendar.DayFilter) {
	t.Helper()
	begins := map[calendar.Civil]int{} // the longest window by a rule that begins here, in hours
	for _, w := range windows {
		if w.RRule.IsZero() {
			continue
		}
		year, month, day := anchor.Date()
		r, err := w.RRule.From(calendar.NewCivil(year, month, day, 0, 0, int(w.From)))
		require.NoError(t, err)
		for k := range 100 {
			if at, ok := r.At(k); ok {
				begins[at] = max(begins[at], w.For.N)
			}
		}
	}
	weekly := slices.DeleteFunc(slices.Clone(windows), func(w calendar.Window) bool { return !w.RRule.IsZero() })
	var holds bool
	var until, byRule calendar.Civil
	for minute := range 60 * 24 * 60 {
		at := calendar.NewCivil(2026, 1, 1, 0, minute, 0)
		if ends := at.Add(begins[at], calendar.Hour); byRule.Before(ends) {
			byRule = ends
		}
		year, month, day := at.Date()
		picked := slices.Contains(filter.Days, calendar.NewCivil(year, month, day, 0, 0, 0)) == filter.Only
		want := picked && (len(windows) == 0 || at.Before(byRule) || inWindow(weekly, at))
		open, change := c.At(at)
		if open != want {
			t.Fatalf("%v in %v from %v, %v: open is %v", at, windows, anchor, filter, open)
		}
		if !at.Before(change) || at.Before(until) && open != holds {
			t.Fatalf("%v in %v from %v, %v: was %v until %v, is %v until %v", at, windows, anchor, filter, holds, until, open, change)
		}
		holds, until = open, change
	}
}

func BenchmarkCoverage(b *testing.B) {
	office := calendar.Window{Days: []calendar.Weekday{0, 1, 2, 3, 4}, From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(17, 0)}
	pattern, at := calendar.NewPattern([]calendar.Window{office}), civil(b, "2076-07-06T12:00")
	b.Run("pattern", func(b *testing.B) {
		for b.Loop() {
			pattern.At(at)
		}
	})
	plain := coverage(b, "2026-01-05", calendar.DayFilter{}, office)
	b.Run("weekly", func(b *testing.B) {
		for b.Loop() {
			plain.At(at)
		}
	})
	ruled := coverage(b, "2026-01-05", calendar.DayFilter{Days: []calendar.Civil{civil(b, "2026-12-25")}}, office, ruled(b, "FREQ=MONTHLY;BYDAY=-1FR", 18, 3, calendar.Day))
	b.Run("rule and holidays", func(b *testing.B) {
		for b.Loop() {
			ruled.At(at)
		}
	})
}
