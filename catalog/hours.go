package catalog

import (
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// Hours are support hours: when somebody works anyway, and pages need not be quiet. [NewSupportHours] answers when that
// is. Civil times happen by the boundary rule of package calendar.
type Hours struct {
	ID         string            `json:"id"`
	Name       string            `json:"name,omitempty"`
	Zone       string            `json:"timezone,omitempty"` // IANA name; empty means UTC
	Coverage   []calendar.Window `json:"coverage,omitempty"` // empty: always
	Holidays   []calendar.Civil  `json:"holidays,omitempty"` // midnights of days that are outside
	Exceptions []Exception       `json:"exceptions,omitempty"`
}

// Exception is a time that is within or outside support hours whatever the week says; later ones in the list win.
type Exception struct {
	From   calendar.Moment `json:"from"`
	To     calendar.Moment `json:"to"`
	During bool            `json:"during,omitempty"` // within support hours; false: outside
	Reason string          `json:"reason,omitempty"`
}

// Support says how loudly the alerts of a service page within and outside some hours. The zero value says nothing.
type Support struct {
	Hours   string             `json:"hours,omitempty"`   // the ID of support hours
	During  *watchbill.Urgency `json:"during,omitempty"`  // nil: by severity
	Outside *watchbill.Urgency `json:"outside,omitempty"` // nil: low
	Raise   bool               `json:"raise,omitempty"`   // what is still triggered when the hours begin is raised to high
}

// SupportHours are [Hours], worked out. They are immutable and safe for concurrent use.
type SupportHours struct {
	zone       *time.Location
	week       calendar.Coverage
	exceptions []exception
}

type exception struct {
	from, to time.Time
	during   bool
}

// NewSupportHours works hours out. The error joins every problem, each a [*FieldError].
func NewSupportHours(h Hours) (*SupportHours, error) {
	v := validator{}
	v.hoursOf(h, "")
	if err := errors.Join(v.problems...); err != nil {
		return nil, err
	}
	week, err := calendar.NewCoverage(h.Coverage, calendar.Civil{}, calendar.DayFilter{Days: h.Holidays})
	if err != nil {
		return nil, fmt.Errorf("catalog: support hours %q: %w", h.ID, err)
	}
	s := &SupportHours{zone: zoneOf(h.Zone), week: week}
	for _, e := range h.Exceptions {
		from, to := watchbill.Stamp(e.From.In(s.zone)), watchbill.Stamp(e.To.In(s.zone))
		s.exceptions = append(s.exceptions, exception{from, to, e.During})
	}
	return s, nil
}

// zoneOf returns a zone; UTC for one that is not given, or is reported elsewhere.
func zoneOf(name string) *time.Location {
	if zone, err := calendar.LoadZone(name); err == nil {
		return zone
	}
	return time.UTC
}

// maxMet is how many changes that change nothing are passed over.
const maxMet = 500

// At reports whether an instant is within support hours, and until when that stays so: zero means for ever. It may
// stay so longer where hundreds of exceptions meet.
func (s *SupportHours) At(at time.Time) (during bool, until time.Time) {
	during, until = s.at(at)
	for range maxMet {
		if until.IsZero() {
			break
		}
		still, after := s.at(until)
		if still != during {
			break
		}
		until = after
	}
	return during, until
}

// at is At up to where something changes, or might have changed but for an exception.
func (s *SupportHours) at(at time.Time) (during bool, until time.Time) {
	wall := calendar.NewWall(s.zone)
	during, change := s.week.At(wall.Reading(at))
	if !calendar.NewCivil(9999, 1, 1, 0, 0, 0).Before(change) { // else it never changes
		until = wall.FirstAt(change).UTC()
	}
	for _, e := range s.exceptions {
		switch {
		case at.Before(e.from):
			if until.IsZero() || e.from.Before(until) {
				until = e.from
			}
		case at.Before(e.to):
			during, until = e.during, e.to
		}
	}
	return during, until
}

// The bounds of support hours.
const (
	maxHours      = 1000
	maxWindows    = 1000
	maxHolidays   = 10_000
	maxExceptions = 1000
	maxPause      = 24 * time.Hour
)

// hours checks all support hours, and notes which there are.
func (v *validator) hours(list []Hours) {
	v.supportHours = map[string]bool{}
	v.atMost(len(list), maxHours, "support_hours")
	for i, h := range list {
		path := fmt.Sprintf("support_hours[%d]", i)
		declareID(v, v.supportHours, h.ID, path)
		v.hoursOf(h, path+".")
	}
}

func (v *validator) atMost(n, most int, path string) bool {
	if n > most {
		v.fail(path, "has %d entries; at most %d are allowed", n, most)
	}
	return n <= most
}

func (v *validator) hoursOf(h Hours, path string) {
	v.zone(h.Zone, path+"timezone")
	if v.atMost(len(h.Coverage), maxWindows, path+"coverage") {
		v.windows(h.Coverage, path+"coverage")
	}
	if v.atMost(len(h.Holidays), maxHolidays, path+"holidays") {
		for i, day := range h.Holidays {
			if year, month, d := day.Date(); day.IsZero() || day != calendar.NewCivil(year, month, d, 0, 0, 0) {
				v.fail(fmt.Sprintf("%sholidays[%d]", path, i), "%v is not a day; write one such as 2026-12-25", day)
			}
		}
	}
	if v.atMost(len(h.Exceptions), maxExceptions, path+"exceptions") {
		for i, e := range h.Exceptions {
			v.exception(e, zoneOf(h.Zone), fmt.Sprintf("%sexceptions[%d]", path, i))
		}
	}
}

func (v *validator) exception(e Exception, zone *time.Location, path string) {
	from, to := v.moment(e.From, zone, path+".from"), v.moment(e.To, zone, path+".to")
	if from && to && !e.To.In(zone).After(e.From.In(zone)) {
		v.fail(path+".to", "%v is not after from, %v", e.To, e.From)
	}
}

// moment refuses a time that is not given, or so far away that it can only be a slip.
func (v *validator) moment(m calendar.Moment, zone *time.Location, path string) (ok bool) {
	year, _, _ := m.Civil(zone).Date()
	switch {
	case m.IsZero():
		v.fail(path, "is missing; write a time such as 2026-12-24T12:00")
	case year < 1900 || year > 2200:
		v.fail(path, "%v is not in the years 1900 to 2200", m)
	default:
		return true
	}
	return false
}

// support checks what of a service goes by the hour, and how long its alerts are too young to page.
func (v *validator) support(s Service, path string) {
	given := s.Support != Support{}
	switch {
	case given && s.Support.Hours == "":
		v.fail(path+".support.hours", "is missing; name the support hours")
	default:
		refer(v, v.supportHours, s.Support.Hours, "support hours", path+".support.hours")
	}
	v.urgency(s.Support.During, path+".support.during")
	v.urgency(s.Support.Outside, path+".support.outside")
	if s.Pause < 0 || s.Pause > maxPause {
		v.fail(path+".pause", "%v is not a pause; use up to 24h, or leave it out to page at once", s.Pause)
	}
}

func (v *validator) urgency(u *watchbill.Urgency, path string) {
	if u != nil && *u > watchbill.UrgencyLow {
		v.fail(path, "is not an urgency; use high or low")
	}
}
