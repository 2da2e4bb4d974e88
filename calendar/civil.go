package calendar

import (
	"cmp"
	"fmt"
	"time"
)

const (
	hour = 60 * 60
	day  = 24 * hour
	week = 7 * day
)

// unixEpoch is the civil time 1970-01-01T00:00 in seconds since 0001-01-01T00:00.
const unixEpoch = 719162 * day

// Civil is a date and a time of day, to the second, without a zone: what a wall clock with a calendar reads. It follows
// the Gregorian calendar throughout and knows no leap seconds. Civil times are comparable with ==. The zero value is
// 0001-01-01T00:00 (a Monday) and stands for "not given" wherever a civil time is optional.
type Civil struct {
	seconds int64 // since 0001-01-01T00:00
}

// NewCivil returns the civil time with these parts. Values outside their usual range are carried over as in
// [time.Date]: the 32nd of January is the 1st of February.
func NewCivil(year int, month time.Month, day, hour, minute, second int) Civil {
	return civilUnix(time.Date(year, month, day, hour, minute, second, 0, time.UTC).Unix())
}

// CivilOf returns what the wall clock of t's own location reads at t, to the second.
func CivilOf(t time.Time) Civil {
	_, offset := t.Zone()
	return civilUnix(t.Unix() + int64(offset))
}

// civilUnix counts from 1970-01-01T00:00 on the same wall clock; unix is its inverse.
func civilUnix(seconds int64) Civil { return Civil{seconds + unixEpoch} }

func (c Civil) unix() int64    { return c.seconds - unixEpoch }
func (c Civil) utc() time.Time { return time.Unix(c.unix(), 0).UTC() }

// IsZero reports whether c is the zero value.
func (c Civil) IsZero() bool { return c == Civil{} }

// Date returns the calendar day of c.
func (c Civil) Date() (year int, month time.Month, day int) { return c.utc().Date() }

// Weekday returns the day of the week of c.
func (c Civil) Weekday() Weekday { return Weekday(floorMod(c.seconds, week) / day) }

// Compare returns -1 if c is before d, 0 if they are equal, and +1 if c is after d.
func (c Civil) Compare(d Civil) int { return cmp.Compare(c.seconds, d.seconds) }

// Before reports whether c is before d.
func (c Civil) Before(d Civil) bool { return c.seconds < d.seconds }

// Add returns the civil time n units after c; n may be negative. A month keeps the day of the month, or takes the
// month's last day where it is too short: two months after 31 January is 31 March, one month after it 28 February. To
// step without drift, add n+1 to where you began, not 1 to where you are.
func (c Civil) Add(n int, unit Unit) Civil {
	if unit == Month {
		return c.addMonths(n)
	}
	return Civil{c.seconds + int64(n)*unit.seconds()}
}

func (c Civil) addMonths(n int) Civil {
	year, month, dayOfMonth := c.Date()
	first := NewCivil(year, month+time.Month(n), 1, 0, 0, 0)
	year, month, _ = first.Date()
	length := int((NewCivil(year, month+1, 1, 0, 0, 0).seconds - first.seconds) / day)
	days := min(dayOfMonth, length) - 1
	return Civil{first.seconds + int64(days)*day + floorMod(c.seconds, day)}
}

// Since counts the whole units from the anchor to c: the largest n for which anchor.Add(n, unit) is not after c. It is
// negative where c is before the anchor.
func (c Civil) Since(anchor Civil, unit Unit) int {
	if unit != Month {
		return int(floorDiv(c.seconds-anchor.seconds, unit.seconds()))
	}
	year, month, _ := c.Date()
	anchorYear, anchorMonth, _ := anchor.Date()
	n := (year-anchorYear)*12 + int(month-anchorMonth)
	if c.Before(anchor.addMonths(n)) {
		n--
	}
	return n
}

const (
	dayLayout    = "2006-01-02"
	minuteLayout = "2006-01-02T15:04"
	secondLayout = "2006-01-02T15:04:05"
)

// String returns c as MarshalText writes it, for any year.
func (c Civil) String() string {
	if floorMod(c.seconds, 60) == 0 {
		return c.utc().Format(minuteLayout)
	}
	return c.utc().Format(secondLayout)
}

// MarshalText writes 2026-01-05T09:00, with seconds only where there are any. A year beyond 0000 to 9999 is an error.
func (c Civil) MarshalText() ([]byte, error) {
	if year, _, _ := c.Date(); year < 0 || year > 9999 {
		return nil, fmt.Errorf("calendar: year %d cannot be written with four digits", year)
	}
	return []byte(c.String()), nil
}

// UnmarshalText reads 2026-01-05T09:00, 2026-01-05T09:00:30, or 2026-01-05 for its midnight, and nothing else.
func (c *Civil) UnmarshalText(text []byte) error {
	for _, layout := range [...]string{minuteLayout, secondLayout, dayLayout} {
		// Parse is lenient in places; what it read must also print as it was written.
		t, err := time.Parse(layout, string(text))
		if err == nil && t.Format(layout) == string(text) {
			*c = civilUnix(t.Unix())
			return nil
		}
	}
	return fmt.Errorf("calendar: %q is not a civil time; write 2026-01-05T09:00 or 2026-01-05", text)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - b*floorDiv(a, b) }
