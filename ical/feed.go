package ical

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/schedule"
)

// Feed says what a calendar is called and which edition of it this is.
type Feed struct {
	Name     string    // what programs call the calendar
	Host     string    // who made it, as in oncall.example.com: UIDs of another host differ; empty: watchbill
	Stamp    time.Time // when what the calendar says was last changed: DTSTAMP of every event
	Sequence int64     // SEQUENCE of every event: must rise with every change, as the number of a configuration does
}

// Duties are the shifts of one schedule, in one window of time.
type Duties struct {
	Schedule watchbill.ScheduleID
	Zone     *time.Location // in which its times are written; nil: UTC
	Shifts   []schedule.Shift
	Before   [][]schedule.Shift // what earlier feeds listed for the same window: what is not there any more is cancelled
	Shadows  []schedule.Shift   // of learners, who are shown beside who is on call; [Feed.OfUser] lists them
}

// Refresh is how often programs are asked to look for a new edition.
const Refresh = time.Hour

const product = "-//Watchbill//On-call calendar//EN"

// OfUser writes the calendar of one person: an event for each longest stretch in which the person is on call in one of
// the schedules, with an alarm for each of the notices before a shift. Where the person shadows, the event does not make
// the person busy, and has no alarm.
func (f Feed) OfUser(u catalog.User, all ...Duties) []byte {
	var found []event
	for _, d := range all {
		now := d.events(ofPerson, f.host(), stretches(d.Shifts, u.ID))
		for i := range now {
			now[i].alarms, now[i].busy = u.Notices.Before, true
		}
		var earlier []event
		for _, before := range d.Before {
			earlier = append(earlier, d.events(ofPerson, f.host(), stretches(before, u.ID))...)
		}
		now = withCancelled(now, earlier)
		for i := range now {
			now[i].summary = "On call: " + string(d.Schedule)
		}
		learner := d.events(ofLearner, f.host(), stretches(d.Shadows, u.ID))
		for i := range learner {
			learner[i].summary = "Shadowing: " + string(d.Schedule)
		}
		found = append(append(found, now...), learner...)
	}
	return f.write(found)
}

// OfSchedule writes the calendar of one schedule: an event for each of its shifts, called by the names of the people.
func (f Feed) OfSchedule(d Duties, name func(watchbill.UserID) string) []byte {
	var earlier []event
	for _, before := range d.Before {
		earlier = append(earlier, d.events(ofAll, f.host(), before)...)
	}
	all := withCancelled(d.events(ofAll, f.host(), d.Shifts), earlier)
	for i := range all {
		var names []string
		for _, u := range all[i].Users {
			names = append(names, name(u))
		}
		all[i].summary = string(d.Schedule) + ": " + strings.Join(names, ", ")
	}
	return f.write(all)
}

func (f Feed) host() string { return cmp.Or(f.Host, "watchbill") }

// stretches joins the shifts of one person that follow upon each other.
func stretches(shifts []schedule.Shift, u watchbill.UserID) (all []schedule.Shift) {
	for _, s := range shifts {
		if !slices.Contains(s.Users, u) {
			continue
		}
		own := slices.DeleteFunc(slices.Clone(s.Parts), func(p schedule.Part) bool { return p.User != u })
		if n := len(all); n > 0 && all[n-1].End.Equal(s.Start) {
			all[n-1].End, all[n-1].Parts = s.End, append(all[n-1].Parts, own...)
			continue
		}
		all = append(all, schedule.Shift{Start: s.Start, End: s.End, Users: []watchbill.UserID{u}, Parts: own})
	}
	return all
}

// write writes the whole calendar.
func (f Feed) write(all []event) []byte {
	slices.SortStableFunc(all, func(a, b event) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.schedule, b.schedule), cmp.Compare(a.uid, b.uid))
	})
	var l lines
	l.put("BEGIN", "VCALENDAR")
	l.put("VERSION", "2.0")
	l.put("PRODID", product)
	l.put("CALSCALE", "GREGORIAN")
	l.text("NAME", f.Name)
	l.text("X-WR-CALNAME", f.Name)
	l.put("REFRESH-INTERVAL;VALUE=DURATION", duration(Refresh))
	l.put("X-PUBLISHED-TTL", duration(Refresh))
	zones := zonesOf(all)
	for _, z := range zones {
		z.write(&l)
	}
	for i := range all {
		f.event(&l, &all[i], zones)
	}
	l.put("END", "VCALENDAR")
	return l.Bytes()
}

// zonesOf returns the zones in which events are written, in the order in which they are met.
func zonesOf(all []event) (zones []*zone) {
	for _, e := range all {
		if isUTC(e.zone) || findZone(zones, e.zone) != nil {
			continue
		}
		from, to := e.Start, e.End
		for _, other := range all {
			if sameZone(other.zone, e.zone) && other.Start.Before(from) {
				from = other.Start
			}
			if sameZone(other.zone, e.zone) && other.End.After(to) {
				to = other.End
			}
		}
		zones = append(zones, newZone(e.zone, from, to))
	}
	return zones
}

func findZone(zones []*zone, loc *time.Location) *zone {
	for _, z := range zones {
		if sameZone(z.loc, loc) {
			return z
		}
	}
	return nil
}

func sameZone(a, b *time.Location) bool {
	return a == b || a != nil && b != nil && a.String() == b.String()
}

func (f Feed) event(l *lines, e *event, zones []*zone) {
	l.put("BEGIN", "VEVENT")
	l.put("UID", e.uid)
	l.put("DTSTAMP", utc(f.Stamp))
	l.put("SEQUENCE", itoa(f.Sequence))
	e.times(l, findZone(zones, e.zone))
	l.text("SUMMARY", e.summary)
	l.text("DESCRIPTION", e.description())
	status, transparency := "CONFIRMED", "TRANSPARENT"
	if e.cancelled {
		status = "CANCELLED"
	}
	if e.busy && !e.cancelled {
		transparency = "OPAQUE"
	}
	l.put("STATUS", status)
	l.put("TRANSP", transparency)
	l.text("X-WATCHBILL-SCHEDULE", string(e.schedule))
	var users []string
	for _, u := range e.Users {
		users = append(users, escape(string(u)))
	}
	l.put("X-WATCHBILL-USERS", strings.Join(users, ","))
	for _, before := range e.alarms {
		l.put("BEGIN", "VALARM")
		l.put("ACTION", "DISPLAY")
		l.text("DESCRIPTION", e.summary)
		l.put("TRIGGER", "-"+duration(before))
		l.put("END", "VALARM")
	}
	l.put("END", "VEVENT")
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
