package calendar

import "fmt"

// Unit is a step of civil time. The zero value is no unit and has no text; arithmetic takes it for an hour.
type Unit uint8

// The units. Each steps on the wall clock: a day later is the same time tomorrow, also across a change of the clocks.
const (
	Hour Unit = iota + 1
	Day
	Week
	Month
)

var unitNames = [...]string{"", "hour", "day", "week", "month"}

// seconds is the length of a unit other than the month, which has no fixed one.
func (u Unit) seconds() int64 {
	switch u {
	case Week:
		return week
	case Day:
		return day
	}
	return hour
}

// String returns "hour", "day", "week", "month", or "unset".
func (u Unit) String() string {
	if u < Hour || u > Month {
		return "unset"
	}
	return unitNames[u]
}

// MarshalText returns the unit's name. A value that is no unit is an error.
func (u Unit) MarshalText() ([]byte, error) {
	if u < Hour || u > Month {
		return nil, fmt.Errorf("calendar: unit %d does not exist", u)
	}
	return []byte(unitNames[u]), nil
}

// UnmarshalText accepts exactly hour, day, week and month.
func (u *Unit) UnmarshalText(text []byte) error {
	for unit := Hour; unit <= Month; unit++ {
		if string(text) == unitNames[unit] {
			*u = unit
			return nil
		}
	}
	return fmt.Errorf("calendar: unknown unit %q; write hour, day, week or month", text)
}
