package schedule

import "fmt"

var (
	combineNames = [...]string{"override", "union"}
	countNames   = [...]string{"calendar", "covered"}
	holidayNames = [...]string{"", "off", "on", "only"}
)

// word is an enumeration whose values are numbered from 0.
type word interface{ ~uint8 }

func nameOf[W word](w W, names []string) ([]byte, error) {
	if int(w) >= len(names) {
		return nil, fmt.Errorf("schedule: value %d has no name", w)
	}
	return []byte(names[w]), nil
}

func named[W word](text []byte, names []string, what string) (W, error) {
	for i, n := range names {
		if n != "" && string(text) == n {
			return W(i), nil
		}
	}
	return 0, fmt.Errorf("schedule: unknown %s %q", what, text)
}

// MarshalText writes "override" or "union".
func (c Combine) MarshalText() ([]byte, error) { return nameOf(c, combineNames[:]) }

// UnmarshalText accepts exactly "override" and "union".
func (c *Combine) UnmarshalText(text []byte) (err error) {
	*c, err = named[Combine](text, combineNames[:], "way to combine layers")
	return err
}

// MarshalText writes "calendar" or "covered".
func (c Count) MarshalText() ([]byte, error) { return nameOf(c, countNames[:]) }

// UnmarshalText accepts exactly "calendar" and "covered".
func (c *Count) UnmarshalText(text []byte) (err error) {
	*c, err = named[Count](text, countNames[:], "way to count turns")
	return err
}

// MarshalText writes "off", "on" or "only"; the zero value is empty.
func (m HolidayMode) MarshalText() ([]byte, error) { return nameOf(m, holidayNames[:]) }

// UnmarshalText accepts exactly "off", "on" and "only".
func (m *HolidayMode) UnmarshalText(text []byte) (err error) {
	*m, err = named[HolidayMode](text, holidayNames[:], "meaning of holidays")
	return err
}
