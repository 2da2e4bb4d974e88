package httpapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/oncall"
)

// clock reads times as people write them, see [calendar.Said].
type clock struct {
	now  time.Time
	zone *time.Location // of times without an offset; nil: it is not known in which they are meant
}

// zoneOf returns the zone in which somebody writes and reads times: the person's own, or else that of the schedule that
// they are about. It is nil if neither is known.
func zoneOf(org *oncall.Org, user watchbill.UserID, about watchbill.ScheduleID) *time.Location {
	u, person := org.User(user)
	if zone, err := calendar.LoadZone(u.Zone); person && u.Zone != "" && err == nil {
		return zone
	}
	if s, ok := org.Schedule(about); ok {
		return s.Zone()
	}
	if person {
		return time.UTC
	}
	return nil
}

// zoneOfAll is the zone that all schedules have; nil if they have several.
func zoneOfAll(org *oncall.Org) (zone *time.Location) {
	for _, spec := range org.Config().Schedules {
		s, _ := org.Schedule(spec.ID) // the configuration's own
		if zone != nil && zone.String() != s.Zone().String() {
			return nil
		}
		zone = s.Zone()
	}
	return zone
}

// zoneOr is zone, or UTC where it is not known.
func zoneOr(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

// read returns the instant that a text means.
func (c clock) read(text string) (time.Time, error) {
	t, err := calendar.Said(text, c.now, c.zone)
	if err == nil && (t.Year() < 1970 || t.Year() > lastYear) {
		err = fmt.Errorf("is not between 1970 and %d", lastYear)
	}
	return t, err
}

// said returns an instant as people write it, or fallback where it is not given.
func (q *query) said(name string, fallback time.Time, c clock) time.Time {
	text := q.text(name)
	if text == "" {
		return fallback
	}
	t, err := c.read(strings.ReplaceAll(text, " ", "+")) // a + that was not escaped
	if err != nil {
		q.refuse(name, "%s", reasonOf(err.Error()))
		return fallback
	}
	return t.UTC()
}

// instants replaces times as people write them by those that they mean. What makes no sense is taken out, and reported
// by [spoken.into] with everything else that is wrong.
func (s *spoken) instants(c clock, names ...string) {
	for _, name := range names {
		var text string
		if json.Unmarshal(s.fields[name], &text) != nil {
			continue // what is no text is not given, or reported later
		}
		t, err := c.read(text)
		if err != nil {
			s.unread = append(s.unread, FieldError{name, reasonOf(err.Error())})
			delete(s.fields, name)
			continue
		}
		s.fields[name], _ = json.Marshal(t) // of a year that was checked
	}
}
