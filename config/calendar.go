package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/schedule"
)

// Event is one event of a calendar file, or one occurrence of an event that repeats.
type Event struct {
	UID       string
	Summary   string
	Attendees []string // who takes part, by e-mail address or name
	Start     time.Time
	End       time.Time // the first instant at which it is over
	AllDay    bool      // from a midnight to a midnight
}

// The years whose events count: of a file that repeats something every day for ever, only so much can be read, and it
// must not depend on the day on which it is.
const firstYear, lastYear = 2020, 2044

// maxCalendar bounds a calendar file.
const maxCalendar = 8 << 20

// events reads the calendar file that a field names, relative to the file that says so; nothing if there is a problem.
func (o *object) events(name, zone string) (n yamlfile.Node, all []Event) {
	n, ok := o.Scalar(name)
	if !ok {
		return n, nil
	}
	if o.calendar == nil {
		o.Fail(n, "calendar files cannot be read here; write the times into this file")
		return n, nil
	}
	path := n.Value
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(n.File), path)
	}
	data, err := readFile(path, maxCalendar)
	if err != nil {
		o.Fail(n, "the file %s %v", path, err)
		return n, nil
	}
	loc, err := time.LoadLocation(zone)
	if err != nil { // has been reported
		return n, nil
	}
	from, to := time.Date(firstYear, 1, 1, 0, 0, 0, 0, loc), time.Date(lastYear+1, 1, 1, 0, 0, 0, 0, loc)
	all, err = o.calendar(data, loc, from, to)
	for _, problem := range parts(err) {
		o.Fail(n, "the file %s, %s", path, strings.TrimPrefix(problem.Error(), "ical: "))
	}
	switch {
	case err != nil, !o.Spend(len(all)):
		return n, nil
	case len(all) == 0:
		o.Fail(n, "the file %s has no events from %d to %d", path, firstYear, lastYear)
	}
	return n, all
}

// parts returns the errors that errors.Join put together.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err != nil {
		return []error{err}
	}
	return nil
}

// describe names an event in a message.
func (e Event) describe() string {
	if e.AllDay {
		return fmt.Sprintf("event %s of %s", yamlfile.Quote(e.Summary), e.Start.Format(time.DateOnly))
	}
	return fmt.Sprintf("event %s of %s", yamlfile.Quote(e.Summary), e.Start.Format("2006-01-02T15:04Z07:00"))
}

// times returns when an event begins and ends. Its days are those of whoever reads them, its times are instants.
func (e Event) times() (from, to calendar.Moment) {
	if e.AllDay {
		return calendar.CivilMoment(dayOf(e.Start)), calendar.CivilMoment(dayOf(e.End))
	}
	return calendar.InstantMoment(e.Start), calendar.InstantMoment(e.End)
}

// dayOf returns the midnight with which a day begins, also where the clock skips it.
func dayOf(t time.Time) calendar.Civil {
	year, month, day := t.Date()
	return calendar.NewCivil(year, month, day, 0, 0, 0)
}

// holidays reads a calendar of days, written out or in a file.
func holidays(o *object) schedule.Holidays {
	h := schedule.Holidays{ID: o.Text("id")}
	for _, n := range o.Items("days") {
		h.Days = append(h.Days, holiday(o.decoder, n))
	}
	n, events := o.events("file", "UTC")
	for _, e := range events {
		h.Days = append(h.Days, o.holidaysOf(n, e)...)
	}
	if o.Has("days") == o.Has("file") {
		o.Fail(o.At, "must have one of days, such as [2026-12-25], and file, such as holidays.ics")
	}
	return h
}

// holiday reads a day alone, or with its name.
func holiday(d *decoder, n yamlfile.Node) schedule.Holiday {
	if n.Kind != yaml.MappingNode {
		return schedule.Holiday{Date: date(d, n)}
	}
	return read(d, n, func(o *object) (h schedule.Holiday) {
		h.Name = o.Text("name")
		if n, ok := o.One("date"); ok {
			h.Date = date(d, n)
		} else {
			o.Wrong("date", "is missing; write a day such as 2026-12-25")
		}
		return h
	})
}

func date(d *decoder, n yamlfile.Node) (c calendar.Civil) {
	if !d.Plain(n) {
		return c
	}
	err := c.UnmarshalText([]byte(n.Value))
	year, month, day := c.Date()
	if err != nil || c != calendar.NewCivil(year, month, day, 0, 0, 0) {
		d.Fail(n, "%s is not a day; write one such as 2026-12-25", yamlfile.Quote(n.Value))
	}
	return c
}

// holidaysOf returns the days of an event that lasts whole days.
func (d *decoder) holidaysOf(n yamlfile.Node, e Event) (days []schedule.Holiday) {
	first, end := dayOf(e.Start), dayOf(e.End)
	switch {
	case !e.AllDay:
		d.Fail(n, "%s does not last whole days; a holiday does", e.describe())
		return nil
	case first.Add(366, calendar.Day).Before(end):
		d.Fail(n, "%s lasts %d days; at most 366 are read", e.describe(), end.Since(first, calendar.Day))
		return nil
	}
	for day := first; day.Before(end); day = day.Add(1, calendar.Day) {
		days = append(days, schedule.Holiday{Date: day, Name: e.Summary})
	}
	return days
}

// absences reads when a person is away, as written out and from a file.
func absences(o *object, zone string) []catalog.Absence {
	all := list(o, "absences", func(o *object) catalog.Absence {
		return catalog.Absence{
			From:   yamlfile.Value[calendar.Moment](o.Object, "from"),
			To:     yamlfile.Value[calendar.Moment](o.Object, "to"),
			Reason: o.Text("reason"),
		}
	})
	_, events := o.events("absences_file", zone)
	for _, e := range events {
		from, to := e.times()
		all = append(all, catalog.Absence{From: from, To: to, Reason: e.Summary})
	}
	return all
}

// shiftsOfFile makes every event a shift of those who take part in it or, if there are none, whom its summary names.
func shiftsOfFile(o *object, zone string) (shifts []schedule.Placed) {
	n, events := o.events("file", zone)
	unknown := map[string]bool{}
	for _, e := range events {
		names := e.Attendees
		if len(names) == 0 {
			names = strings.Split(e.Summary, ",")
		}
		p := schedule.Placed{}
		p.From, p.To = e.times()
		for _, name := range names {
			id, ok := o.person(name)
			switch {
			case !ok && !unknown[name]:
				unknown[name] = true
				o.Fail(n, "%s names %s, which is not the id, name or e-mail address of one user", e.describe(), yamlfile.Quote(strings.TrimSpace(name)))
			case ok && !slices.Contains(p.Users, id):
				p.Users = append(p.Users, id)
			}
		}
		shifts = append(shifts, p)
	}
	if len(unknown) > 0 { // all has been said
		return nil
	}
	return shifts
}

// person finds the one user whom a name in a calendar means.
func (d *decoder) person(name string) (found watchbill.UserID, ok bool) {
	if d.people == nil {
		d.people = map[string][]watchbill.UserID{}
		for _, u := range d.users {
			for _, known := range namesOf(u) {
				d.people[known] = append(d.people[known], u.ID)
			}
		}
	}
	for _, id := range d.people[strings.ToLower(strings.TrimSpace(name))] {
		if ok && id != found {
			return "", false
		}
		found, ok = id, true
	}
	return found, ok
}

// namesOf returns what somebody may be called in a calendar, in small letters.
func namesOf(u catalog.User) (names []string) {
	all := []string{string(u.ID), u.Name, u.Email}
	for _, c := range u.Contacts {
		if c.Channel == channelEmail {
			all = append(all, c.Address)
		}
	}
	for _, name := range all {
		if name != "" {
			names = append(names, strings.ToLower(name))
		}
	}
	return names
}

func notices(o *object) catalog.Notices {
	v := catalog.Notices{
		Start:   o.Boolean("start"),
		End:     o.Boolean("end"),
		Contact: notify.ContactID(o.Text("contact")),
	}
	for _, n := range o.Items("before") {
		v.Before = append(v.Before, o.DurationOf(n, 0))
	}
	return v
}
