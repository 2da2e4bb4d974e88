package calendar

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Weekday is a day of the week. The week begins on Monday, which is the zero value.
type Weekday uint8

// The days of the week.
const (
	Monday Weekday = iota
	Tuesday
	Wednesday
	Thursday
	Friday
	Saturday
	Sunday
)

var weekdayNames = [...]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// String returns "mon" to "sun", or "unknown".
func (d Weekday) String() string {
	if d > Sunday {
		return "unknown"
	}
	return weekdayNames[d]
}

// MarshalText returns the day's name. A value that is no day is an error.
func (d Weekday) MarshalText() ([]byte, error) {
	if d > Sunday {
		return nil, fmt.Errorf("calendar: weekday %d does not exist", d)
	}
	return []byte(weekdayNames[d]), nil
}

// UnmarshalText accepts exactly mon, tue, wed, thu, fri, sat and sun.
func (d *Weekday) UnmarshalText(text []byte) error {
	for i, name := range weekdayNames {
		if string(text) == name {
			*d = Weekday(i)
			return nil
		}
	}
	return fmt.Errorf("calendar: unknown weekday %q; write mon, tue, wed, thu, fri, sat or sun", text)
}

// TimeOfDay is what a clock reads within a day, in seconds after midnight: 00:00, the zero value, to 24:00, the
// midnight at the day's end.
type TimeOfDay int32

// endOfDay is 24:00.
const endOfDay TimeOfDay = day

// NewTimeOfDay returns the time of day hour:minute, which it does not check; see [Window.Validate].
func NewTimeOfDay(hour, minute int) TimeOfDay { return TimeOfDay(hour*60*60 + minute*60) }

// String returns 09:00, with seconds only where there are any.
func (d TimeOfDay) String() string {
	if d%60 == 0 {
		return fmt.Sprintf("%02d:%02d", d/hour, d/60%60)
	}
	return fmt.Sprintf("%02d:%02d:%02d", d/hour, d/60%60, d%60)
}

// MarshalText writes the time of day as String does. A value outside 00:00 to 24:00 is an error.
func (d TimeOfDay) MarshalText() ([]byte, error) {
	if d < 0 || d > endOfDay {
		return nil, fmt.Errorf("calendar: time of day %d is outside 00:00 to 24:00", int32(d))
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads 09:00, 09:00:30 or 24:00, and nothing else.
func (d *TimeOfDay) UnmarshalText(text []byte) error {
	if string(text) == "24:00" {
		*d = endOfDay
		return nil
	}
	for _, layout := range [...]string{"15:04", "15:04:05"} {
		t, err := time.Parse(layout, string(text))
		if err == nil && t.Format(layout) == string(text) {
			*d = TimeOfDay(t.Hour()*hour + t.Minute()*60 + t.Second())
			return nil
		}
	}
	return fmt.Errorf("calendar: %q is not a time of day; write 09:00, or 24:00 for the end of the day", text)
}

// Window is a stretch of the day on some days, in civil time. It is one of two kinds:
//
//   - by weekdays: it begins at From on each of the Days and lasts to To: on the same day if To is after From, else on
//     the next. To may be 24:00, the midnight at the day's end.
//   - by a rule: it begins at From on each day that RRule names, counted from the day on which its owner begins, and
//     lasts For, which may be longer than a day and reach into the next occurrence.
//
// Both boundaries follow the boundary rule, so in the night of a clock change a window may be longer or shorter than
// usual; it never opens twice.
type Window struct {
	Days  []Weekday `json:"days,omitempty"`
	From  TimeOfDay `json:"from"`
	To    TimeOfDay `json:"to,omitempty"`
	RRule Rule      `json:"rrule,omitzero"` // instead of Days and To
	For   Length    `json:"for,omitzero"`   // goes with RRule
}

// maxFor is how long a window by a rule may last, in seconds: as long as a leap year.
const maxFor = 366 * day

// MarshalJSON writes days, from and to, or from, rrule and for.
func (w Window) MarshalJSON() ([]byte, error) {
	if w.RRule.IsZero() {
		return json.Marshal(struct {
			Days []Weekday `json:"days"`
			From TimeOfDay `json:"from"`
			To   TimeOfDay `json:"to"`
		}{w.Days, w.From, w.To})
	}
	type ruled Window
	return json.Marshal(ruled(w))
}

// Validate says what is wrong with the window and how to mend it, or returns nil. Whether its rule ever occurs depends
// on where it begins: see [Rule.From].
func (w Window) Validate() error {
	if w.RRule.IsZero() {
		return w.validateWeekly()
	}
	switch {
	case len(w.Days) > 0:
		return errors.New("calendar: the window has both days and rrule; keep one of them")
	case w.To != 0:
		return errors.New("calendar: the window has both rrule and to; write how long it lasts as for, such as for: 8h")
	case w.For.IsZero():
		return errors.New("calendar: the window has rrule without for; write how long it lasts, such as for: 8h")
	case w.For.N < 1 || w.For.Unit < Hour || w.For.Unit > Week || w.For.N > maxFor/hour || int64(w.For.N)*w.For.Unit.seconds() > maxFor:
		return fmt.Errorf("calendar: the window lasts %v; write 1h to 366d", w.For)
	case w.From < 0 || w.From >= endOfDay:
		return fmt.Errorf("calendar: the window begins at %v; it must begin at 00:00 to 23:59", w.From)
	}
	return nil
}

func (w Window) validateWeekly() error {
	if !w.For.IsZero() {
		return errors.New("calendar: the window has for without rrule; write to instead, or the rule it goes with")
	}
	if len(w.Days) == 0 {
		return errors.New("calendar: the window has no days; list some of mon to sun")
	}
	for _, d := range w.Days {
		if d > Sunday {
			return fmt.Errorf("calendar: weekday %d does not exist", d)
		}
	}
	if w.From < 0 || w.From >= endOfDay || w.To < 0 || w.To > endOfDay {
		return fmt.Errorf("calendar: the window %v-%v must begin at 00:00 to 23:59 and end at 00:00 to 24:00", w.From, w.To)
	}
	if w.From == w.To {
		return fmt.Errorf("calendar: the window begins and ends at %v; for a whole day write 00:00 to 24:00, "+
			"for 24 hours from another time a rule: rrule, such as FREQ=WEEKLY;BYDAY=SA, from, and for: 24h", w.From)
	}
	return nil
}

// length is how long the window is on the wall clock, in seconds.
func (w Window) length() int64 {
	if w.To > w.From {
		return int64(w.To - w.From)
	}
	return int64(w.To - w.From + endOfDay)
}
