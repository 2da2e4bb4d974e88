package report

import (
	"encoding"
	"fmt"
	"strings"

	"github.com/watchbill/watchbill/calendar"
)

// Hours are working hours in each person's own time zone, written as "mon-fri 09:00-17:00" so that they can be a flag or
// a parameter of a query. The zero value is the default: Monday to Friday from 09:00 to 17:00. Others come from
// [ParseHours].
type Hours struct{ set calendar.Window }

// weekdays is how many days a week has.
const weekdays = int(calendar.Sunday) + 1

func (h Hours) window() calendar.Window {
	if len(h.set.Days) > 0 {
		return h.set
	}
	return calendar.Window{
		Days: []calendar.Weekday{calendar.Monday, calendar.Tuesday, calendar.Wednesday, calendar.Thursday, calendar.Friday},
		From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(17, 0),
	}
}

// ParseHours reads days, a space, and two times of day: "mon-fri 09:00-17:00", "mon,wed-thu 08:30-12:00". The hours begin
// at the first time on each of the days and end at the second, which is not among them: on the next day, if it is not
// after the first ("22:00-06:00"). A whole day is "00:00-24:00". Days may run over the end of the week ("sun-thu"). The
// empty text is the default.
func ParseHours(text string) (Hours, error) {
	if text == "" {
		return Hours{}, nil
	}
	fail := func(err error) (Hours, error) {
		return Hours{}, fmt.Errorf("report: hours %q: %w; write them as mon-fri 09:00-17:00", text, err)
	}
	list, clock, _ := strings.Cut(text, " ")
	days, err := parseDays(list)
	if err != nil {
		return fail(err)
	}
	w := calendar.Window{Days: days}
	from, to, _ := strings.Cut(clock, "-")
	if err := unmarshal(&w.From, from, &w.To, to); err != nil {
		return fail(err)
	}
	if err := w.Validate(); err != nil {
		return fail(err)
	}
	return Hours{w}, nil
}

// parseDays reads "mon,wed-fri"; no day may be named twice.
func parseDays(list string) ([]calendar.Weekday, error) {
	var on [weekdays]bool
	for part := range strings.SplitSeq(list, ",") {
		var first, last calendar.Weekday
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			to = from
		}
		if err := unmarshal(&first, from, &last, to); err != nil {
			return nil, err
		}
		if ranged && first == last {
			return nil, fmt.Errorf("%q is a single day", part)
		}
		for d := int(first); ; d = (d + 1) % weekdays {
			if on[d] {
				return nil, fmt.Errorf("%v is named twice", calendar.Weekday(d))
			}
			if on[d] = true; d == int(last) {
				break
			}
		}
	}
	var days []calendar.Weekday
	for d, is := range on {
		if is {
			days = append(days, calendar.Weekday(d))
		}
	}
	return days, nil
}

// unmarshal reads the two ends of a range.
func unmarshal(from encoding.TextUnmarshaler, a string, to encoding.TextUnmarshaler, b string) error {
	if err := from.UnmarshalText([]byte(a)); err != nil {
		return err
	}
	return to.UnmarshalText([]byte(b))
}

// String returns the hours as ParseHours reads them, with neighbouring days as one range.
func (h Hours) String() string {
	w := h.window()
	return daysText(w.Days) + " " + w.From.String() + "-" + w.To.String()
}

func daysText(days []calendar.Weekday) string {
	var on [weekdays]bool
	for _, d := range days {
		on[int(d)%weekdays] = true
	}
	var parts []string
	for first := range weekdays {
		if !on[first] || on[(first+weekdays-1)%weekdays] {
			continue // not the first of a range
		}
		last := first
		for on[(last+1)%weekdays] {
			last = (last + 1) % weekdays
		}
		parts = append(parts, rangeText(first, last))
	}
	if len(parts) == 0 { // no day is the first: all are on
		return rangeText(0, weekdays-1)
	}
	return strings.Join(parts, ",")
}

func rangeText(first, last int) string {
	if first == last {
		return calendar.Weekday(first).String()
	}
	return calendar.Weekday(first).String() + "-" + calendar.Weekday(last).String()
}

// MarshalText returns the hours as String does.
func (h Hours) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what ParseHours does.
func (h *Hours) UnmarshalText(text []byte) error {
	parsed, err := ParseHours(string(text))
	if err == nil {
		*h = parsed
	}
	return err
}
