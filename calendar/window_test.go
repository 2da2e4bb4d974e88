package calendar_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/calendar"
)

func TestWindowJSON(t *testing.T) {
	const text = `{"days":["mon","sun"],"from":"09:00","to":"24:00"}`
	var w calendar.Window
	require.NoError(t, json.Unmarshal([]byte(text), &w))
	assert.Equal(t, calendar.Window{
		Days: []calendar.Weekday{calendar.Monday, calendar.Sunday},
		From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(24, 0),
	}, w)
	back, err := json.Marshal(w)
	require.NoError(t, err)
	assert.Equal(t, text, string(back))
}

func TestTimeOfDayText(t *testing.T) {
	for _, text := range []string{"00:00", "09:05", "23:59", "24:00", "17:30:15"} {
		var d calendar.TimeOfDay
		require.NoError(t, d.UnmarshalText([]byte(text)), text)
		back, err := d.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, text, string(back))
	}
	for _, text := range []string{"", "9:00", "09", "24:01", "24:00:00", "25:00", "09:60", "09:00:60", "09:00 ", "-1:00"} {
		assert.ErrorContains(t, new(calendar.TimeOfDay).UnmarshalText([]byte(text)), "calendar: ", text)
	}
	_, err := calendar.TimeOfDay(-1).MarshalText()
	assert.Error(t, err)
	_, err = calendar.TimeOfDay(86401).MarshalText()
	assert.Error(t, err)
}

func TestWeekdayText(t *testing.T) {
	for _, text := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		var d calendar.Weekday
		require.NoError(t, d.UnmarshalText([]byte(text)))
		assert.Equal(t, text, d.String())
	}
	for _, text := range []string{"", "Mon", "monday", "mo", "1"} {
		assert.Error(t, new(calendar.Weekday).UnmarshalText([]byte(text)), text)
	}
	_, err := calendar.Weekday(7).MarshalText()
	assert.Error(t, err)
	assert.Equal(t, "unknown", calendar.Weekday(7).String())
}

func TestWindowValidate(t *testing.T) {
	days := []calendar.Weekday{calendar.Friday}
	at := calendar.NewTimeOfDay
	for _, good := range []calendar.Window{
		{Days: days, From: at(9, 0), To: at(17, 0)}, {Days: days, From: at(22, 0), To: at(6, 0)}, {Days: days, From: at(0, 0), To: at(24, 0)}, {Days: days, From: at(9, 0), To: at(0, 0)},
	} {
		assert.NoError(t, good.Validate(), "%v", good)
	}
	for want, bad := range map[string]calendar.Window{
		"no days":             {Days: nil, From: at(9, 0), To: at(17, 0)},
		"weekday 7":           {Days: []calendar.Weekday{7}, From: at(9, 0), To: at(17, 0)},
		"begins and ends at":  {Days: days, From: at(9, 0), To: at(9, 0)},
		"00:00 to 24:00":      {Days: days, From: at(0, 0), To: at(0, 0)},
		"must begin at 00:00": {Days: days, From: at(24, 0), To: at(6, 0)},
		"end at 00:00":        {Days: days, From: at(1, 0), To: at(24, 1)},
		"window -1":           {Days: days, From: -3600, To: at(6, 0)},
	} {
		assert.ErrorContains(t, bad.Validate(), want)
	}
}

func TestPattern(t *testing.T) {
	at := calendar.NewTimeOfDay
	weekdays := []calendar.Weekday{0, 1, 2, 3, 4}
	office := calendar.NewPattern([]calendar.Window{{Days: weekdays, From: at(9, 0), To: at(17, 0)}})
	night := calendar.NewPattern([]calendar.Window{{Days: []calendar.Weekday{calendar.Sunday}, From: at(22, 0), To: at(6, 0)}})
	for _, test := range []struct {
		pattern   calendar.Pattern
		at, until string
		open      bool
	}{
		{office, "2026-01-05T08:59:59", "2026-01-05T09:00", false},
		{office, "2026-01-05T09:00", "2026-01-05T17:00", true},
		{office, "2026-01-05T16:59:59", "2026-01-05T17:00", true},
		{office, "2026-01-05T17:00", "2026-01-06T09:00", false},
		{office, "2026-01-09T17:00", "2026-01-12T09:00", false}, // over the weekend
		{night, "2026-01-11T23:00", "2026-01-12T06:00", true},
		{night, "2026-01-12T05:00", "2026-01-12T06:00", true}, // out of last week
		{night, "2026-01-12T06:00", "2026-01-18T22:00", false},
	} {
		open, until := test.pattern.At(civil(t, test.at))
		assert.Equal(t, test.open, open, "%v", test)
		assert.Equal(t, test.until, until.String(), "%v", test)
	}
}

func TestPatternAlways(t *testing.T) {
	all := []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}
	at := calendar.NewTimeOfDay
	for _, p := range []calendar.Pattern{
		{}, calendar.NewPattern(nil),
		calendar.NewPattern([]calendar.Window{{Days: all, From: at(0, 0), To: at(24, 0)}}),
		calendar.NewPattern([]calendar.Window{{Days: all, From: at(8, 0), To: at(20, 0)}, {Days: all, From: at(20, 0), To: at(8, 0)}}),
	} {
		open, until := p.At(civil(t, "2026-01-05T09:00"))
		year, _, _ := until.Date()
		assert.True(t, open)
		assert.Greater(t, year, 9999)
	}
}

// Minute by minute through two weeks: in a window that began today or yesterday, or not.
func TestPatternByBruteForce(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	for range 20 {
		var windows []calendar.Window
		for range 1 + random.IntN(4) {
			w := calendar.Window{From: calendar.NewTimeOfDay(random.IntN(24), 0), To: calendar.NewTimeOfDay(random.IntN(25), 0)}
			for d := range calendar.Weekday(7) {
				if random.IntN(2) == 0 {
					w.Days = append(w.Days, d)
				}
			}
			if w.Validate() == nil {
				windows = append(windows, w)
			}
		}
		if len(windows) == 0 {
			continue
		}
		pattern := calendar.NewPattern(windows)
		first := 1 + random.IntN(300)
		var wasOpen bool
		var change calendar.Civil
		for minute := range 14 * 24 * 60 {
			c := calendar.NewCivil(2026, 1, first, 0, minute, 0)
			want := inWindow(windows, c)
			open, until := pattern.At(c)
			if open != want {
				t.Fatalf("%v in %v: open is %v", c, windows, open)
			}
			if minute > 0 && (open != wasOpen) != (change == c) {
				t.Fatalf("%v in %v: was open %v until %v, is %v", c, windows, wasOpen, change, open)
			}
			wasOpen, change = open, until
		}
	}
}

func inWindow(windows []calendar.Window, c calendar.Civil) bool {
	year, month, day := c.Date()
	for _, w := range windows {
		for _, d := range w.Days {
			for _, back := range []int{0, 1} {
				from := calendar.NewCivil(year, month, day-back, 0, 0, int(w.From))
				to := calendar.NewCivil(year, month, day-back, 0, 0, int(w.To))
				if w.To <= w.From {
					to = calendar.NewCivil(year, month, day-back+1, 0, 0, int(w.To))
				}
				if from.Weekday() == d && !c.Before(from) && c.Before(to) {
					return true
				}
			}
		}
	}
	return false
}

// TestWindowIsWrittenAsEver: a window of the week is written as every release has written it, also where it ends at midnight.
func TestWindowIsWrittenAsEver(t *testing.T) {
	at := calendar.NewTimeOfDay
	for want, w := range map[string]calendar.Window{
		`{"days":["fri"],"from":"20:00","to":"00:00"}`: {Days: []calendar.Weekday{calendar.Friday}, From: at(20, 0)},
		`{"days":["mon"],"from":"00:00","to":"24:00"}`: {Days: []calendar.Weekday{calendar.Monday}, To: at(24, 0)},
		`{"from":"09:00","rrule":"FREQ=WEEKLY;BYDAY=SA","for":"2d"}`: {From: at(9, 0),
			RRule: rule(t, "FREQ=WEEKLY;BYDAY=SA"), For: calendar.Length{N: 2, Unit: calendar.Day}},
	} {
		data, err := json.Marshal(w)
		require.NoError(t, err)
		assert.Equal(t, want, string(data))
		var back calendar.Window
		require.NoError(t, json.Unmarshal(data, &back))
		assert.Equal(t, w, back)
	}
}
