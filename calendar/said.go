package calendar

import (
	"fmt"
	"time"
)

// Said returns the instant that somebody means who says a time at now, in a zone: a [Moment], a time of the day such as
// 18:00, which is the next one to come, or a duration such as 4h or -90m, counted from now. A nil zone is one that is not
// known: only an offset or a duration is an instant then. Errors say what can be written.
func Said(text string, now time.Time, zone *time.Location) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(d), nil
	}
	var m Moment
	clock, err := time.Parse("15:04", text)
	ofDay := err == nil
	if !ofDay && m.UnmarshalText([]byte(text)) != nil {
		return time.Time{}, fmt.Errorf("calendar: %.60q is not a time; write 2026-01-05T09:00, 18:00, 4h (from now), "+
			"or 2026-01-05T09:00:00+01:00 with an offset", text)
	}
	switch {
	case !m.IsCivil():
		return m.instant, nil
	case zone == nil:
		return time.Time{}, fmt.Errorf("calendar: %q has no offset, and it is not known in which zone it is meant; "+
			"write it as 2026-01-05T09:00:00+01:00", text)
	case ofDay:
		return nextTimeOfDay(clock, now, zone), nil
	}
	return m.In(zone), nil
}

// nextTimeOfDay returns when the clock in zone reads a time of day next, after now.
func nextTimeOfDay(clock, now time.Time, zone *time.Location) time.Time {
	year, month, day := CivilOf(now.In(zone)).Date()
	next := NewCivil(year, month, day, clock.Hour(), clock.Minute(), 0)
	if t := FirstAt(zone, next); t.After(now) {
		return t
	}
	return FirstAt(zone, next.Add(1, Day))
}
