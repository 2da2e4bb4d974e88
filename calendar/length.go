package calendar

import (
	"fmt"
	"strconv"
	"strings"
)

// Length is a civil length of time: a number of hours, days or weeks on the wall clock. The zero value is "not given".
type Length struct {
	N    int
	Unit Unit
}

// IsZero reports whether l is the zero value.
func (l Length) IsZero() bool { return l == Length{} }

// After returns the civil time l after c.
func (l Length) After(c Civil) Civil { return c.Add(l.N, l.Unit) }

// String returns 36h, 2d or 1w.
func (l Length) String() string { return fmt.Sprintf("%d%.1s", l.N, l.Unit) }

// MarshalText writes the length as String does.
func (l Length) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a number and h, d or w, such as 2d, and nothing else.
func (l *Length) UnmarshalText(text []byte) error {
	units := map[string]Unit{"h": Hour, "d": Day, "w": Week}
	number := strings.TrimRight(string(text), "hdw")
	unit := units[strings.TrimPrefix(string(text), number)]
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || unit == 0 || strconv.Itoa(n) != number {
		return fmt.Errorf("calendar: %q is not a length; write a number and h, d or w, such as 2d", text)
	}
	*l = Length{n, unit}
	return nil
}
