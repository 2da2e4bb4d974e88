package chart

import (
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill/internal/svg"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// Options say what is drawn, and how. The zero value is complete but for the time: give From, or Now.
type Options struct {
	From time.Time // included; zero: the midnight that begins Now's week, in the schedule's zone
	To   time.Time // excluded; zero: four weeks after From. At most two years and a day after From

	// Now is marked with a line, if it lies in the window. Zero: there is no line.
	Now time.Time

	// Names gives a user's name. Nil, and an empty name, mean the ID. Of a long name the first 40 letters are shown;
	// what is no text, or would change the direction of the text around it, is left out.
	Names func(watchbill.UserID) string

	Title string // empty: "On call: " and the schedule's ID
	Theme Theme  // zero: Auto
	Width int    // of the picture, in pixels: 320 to 4000; zero: 1000

	// Final is the final line where the caller knows it better than the schedule does: for a past in which other
	// configurations were in force, say. It has the form of what Schedule.Shifts returns. Nil: the schedule's own.
	Final []schedule.Shift
}

// Theme says for which background a picture is.
type Theme uint8

// The themes.
const (
	Auto  Theme = iota // "auto": as the reader's system or browser prefers
	Light              // "light"
	Dark               // "dark"
)

// UnmarshalText accepts exactly "auto", "light" and "dark".
func (t *Theme) UnmarshalText(text []byte) error {
	for i, name := range themeNames {
		if string(text) == name {
			*t = Theme(i)
			return nil
		}
	}
	return fmt.Errorf("chart: unknown theme %q; write auto, light or dark", text)
}

// String returns the theme's name, or "unknown".
func (t Theme) String() string {
	if int(t) >= len(themeNames) {
		return "unknown"
	}
	return themeNames[t]
}

var themeNames = [...]string{"auto", "light", "dark"}

// FieldError is one problem of [Options]. What is wrong is an [errors.Join] of them.
type FieldError struct {
	Field  string // of Options
	Reason string // what is wrong and how to mend it
}

// Error returns "chart: field: reason".
func (e *FieldError) Error() string { return "chart: " + e.Field + ": " + e.Reason }

// Bounds of Options.
const (
	minWidth, defaultWidth, maxWidth = 320, 1000, 4000

	maxWindow = (2*366 + 1) * 24 * time.Hour
)

// Window returns the window that is drawn, in the schedule's zone, or what is wrong with it.
func (o Options) Window(s *schedule.Schedule) (from, to time.Time, err error) {
	from, to = o.From.In(s.Zone()), o.To.In(s.Zone())
	if o.From.IsZero() && o.Now.IsZero() {
		return from, to, &FieldError{"From", "is missing; give the time to begin at, or Now"}
	}
	if o.From.IsZero() {
		from = monday(s.Zone(), o.Now)
	}
	if o.To.IsZero() {
		to = calendar.FirstAt(s.Zone(), calendar.CivilOf(from).Add(4, calendar.Week))
	}
	switch {
	case from.Year() < 1 || to.Year() > 9998:
		return from, to, &FieldError{"From", "and To must lie in the years 1 to 9998"}
	case !to.After(from):
		return from, to, &FieldError{"To", "is not after From; give a later time"}
	case to.Sub(from) > maxWindow:
		return from, to, &FieldError{"To", "is more than two years after From; draw less at once"}
	}
	return from, to, nil
}

// monday is the midnight that begins the week of t.
func monday(zone *time.Location, t time.Time) time.Time {
	c := calendar.Reading(zone, t)
	y, m, d := c.Date()
	return calendar.FirstAt(zone, calendar.NewCivil(y, m, d-int(c.Weekday()), 0, 0, 0))
}

// filled returns the options with every default in its place, or everything that is wrong with them.
func (o Options) filled(s *schedule.Schedule) (Options, error) {
	var problems []error
	from, to, err := o.Window(s)
	if err != nil {
		problems = append(problems, err)
	}
	o.From, o.To = from, to
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	if o.Width < minWidth || o.Width > maxWidth {
		reason := fmt.Sprintf("is %d; give %d to %d pixels", o.Width, minWidth, maxWidth)
		problems = append(problems, &FieldError{"Width", reason})
	}
	if o.Theme > Dark {
		problems = append(problems, &FieldError{"Theme", "is none of Auto, Light and Dark"})
	}
	if o.Title == "" {
		o.Title = "On call: " + string(s.ID())
	}
	o.Title = svg.Clean(o.Title, 80)
	if o.Final == nil {
		o.Final = s.Shifts(from, to)
	}
	return o, errors.Join(problems...)
}
