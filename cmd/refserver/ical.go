package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/ical"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// icalFlags are the flags of ical.
type icalFlags struct{ file, schedule, user, read, as, zone, from, to string }

func icalCommand(_ context.Context, p *program) error {
	var f icalFlags
	p.flags.StringVar(&f.file, "config", "", "the configuration: a `file` or a folder. With -read, people are found in it by ID, mail address or name")
	p.flags.StringVar(&f.schedule, "schedule", "", "write the calendar of the schedule with this `ID`")
	p.flags.StringVar(&f.user, "user", "", "write the calendar of the user with this `ID`; with -read: whose absences or shifts the events are")
	p.flags.StringVar(&f.read, "read", "", "read this calendar `file`, and print what to paste into a configuration")
	p.flags.StringVar(&f.as, "as", "holidays", "what -read makes of the events: holidays, absences or shifts")
	p.flags.StringVar(&f.zone, "zone", "", "the time `zone` in which -read prints times, and reads days and times without a zone; default: that of all schedules of -config, or UTC")
	p.flags.StringVar(&f.from, "from", "", "the `time` to begin at, as 2026-01-01T00:00 or with an offset; default: 30 days ago, with -read today")
	p.flags.StringVar(&f.to, "to", "", "the `time` to end at; default: in 180 days, with -read in a year")
	if err := p.parse(); err != nil {
		return err
	}
	switch {
	case f.read != "":
		return f.readCalendar(p)
	case (f.schedule == "") == (f.user == ""):
		return usagef("say which calendar to write with -schedule or -user, or which to read with -read")
	}
	org, err := loadOrg(p, f.file)
	if err != nil {
		return err
	}
	data, err := f.calendar(org)
	if err == nil {
		_, err = p.stdout.Write(data)
	}
	return err
}

// calendar writes a calendar of what is configured. It has no earlier edition, so nothing in it is cancelled.
func (f icalFlags) calendar(org *oncall.Org) ([]byte, error) {
	feed := ical.Feed{Name: "On call: " + cmp.Or(f.schedule, f.user), Stamp: time.Now().Truncate(time.Second)}
	if f.schedule != "" {
		s, ok := org.Schedule(watchbill.ScheduleID(f.schedule))
		if !ok {
			return nil, noSchedule(org, watchbill.ScheduleID(f.schedule))
		}
		d, err := f.duties(s)
		return feed.OfSchedule(d, func(id watchbill.UserID) string { return nameOf(org, id) }), err
	}
	u, ok := org.User(watchbill.UserID(f.user))
	if !ok {
		return nil, noUser(org, watchbill.UserID(f.user))
	}
	var all []ical.Duties
	for _, spec := range org.Config().Schedules {
		s, _ := org.Schedule(spec.ID)
		d, err := f.duties(s)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return feed.OfUser(u, all...), nil
}

func nameOf(org *oncall.Org, id watchbill.UserID) string {
	if u, ok := org.User(id); ok {
		return u.DisplayName()
	}
	return string(id)
}

func (f icalFlags) duties(s *schedule.Schedule) (d ical.Duties, err error) {
	from, to, err := f.window(s.Zone(), time.Now().AddDate(0, 0, -30), time.Now().AddDate(0, 0, 180))
	return ical.Duties{Schedule: s.ID(), Zone: s.Zone(), Shifts: s.Shifts(from, to)}, err
}

// window reads -from and -to, each with a default.
func (f icalFlags) window(zone *time.Location, from, to time.Time) (time.Time, time.Time, error) {
	var err, err2 error
	if f.from != "" {
		from, err = at("from", f.from, zone)
	}
	if f.to != "" {
		to, err2 = at("to", f.to, zone)
	}
	switch {
	case err != nil || err2 != nil:
		return from, to, errors.Join(err, err2)
	case !to.After(from):
		return from, to, usagef("-to %s is not after -from %s", to.Format(time.RFC3339), from.Format(time.RFC3339))
	case to.Sub(from) > maxWindow:
		return from, to, usagef("-from to -to is more than twenty years; ask for less")
	}
	return from, to, nil
}

// readCalendar prints a calendar as configuration. It exits 1 if something of it could not be carried over.
func (f icalFlags) readCalendar(p *program) error {
	write, ok := map[string]func([]ical.Event, people) ([]string, []string){
		"holidays": holidayLines, "absences": absenceLines, "shifts": shiftLines}[f.as]
	if !ok {
		return usagef("-as is %q; expected holidays, absences or shifts", f.as)
	}
	who, zone, err := f.people(p)
	if err != nil {
		return err
	}
	now := time.Now().In(zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	from, to, err := f.window(zone, today, today.AddDate(1, 0, 0))
	if err != nil {
		return err
	}
	info, err := os.Stat(f.read)
	if err == nil && info.Size() > ical.MaxSize {
		err = fmt.Errorf("%s has more than %d bytes", f.read, ical.MaxSize)
	}
	if err != nil {
		return usagef("-read: %w", err)
	}
	data, err := os.ReadFile(f.read)
	if err != nil {
		return usagef("-read: %w", err)
	}
	events, problems := ical.Read(data, zone, from, to)
	lines, left := write(events, who)
	for _, line := range lines {
		fmt.Fprintln(p.stdout, line)
	}
	for _, line := range left {
		fmt.Fprintf(p.stderr, "%s: not carried over: %s\n", f.read, line)
	}
	if problems != nil {
		for line := range strings.SplitSeq(problems.Error(), "\n") {
			fmt.Fprintf(p.stderr, "%s: %s\n", f.read, strings.TrimPrefix(line, "ical: "))
		}
	}
	if problems != nil || len(left) > 0 {
		return errors.New("not everything could be carried over; see above")
	}
	return nil
}

// people finds the persons that a calendar names.
type people struct {
	always watchbill.UserID // whoever the events name
	users  []catalog.User
}

// people reads who there is, and the zone of -read. Without a configuration nobody can be known who is not -user.
func (f icalFlags) people(p *program) (who people, zone *time.Location, err error) {
	who.always, zone = watchbill.UserID(f.user), time.UTC
	if f.zone != "" {
		if zone, err = calendar.LoadZone(f.zone); err != nil {
			return who, nil, usagef("-zone: %w", err)
		}
	}
	switch {
	case f.file == "" && f.as != "holidays" && f.user == "":
		return who, nil, usagef("-config is missing; it says who the people are whose %s these events are, if it is not one -user", f.as)
	case f.file == "":
		return who, zone, nil
	}
	org, err := loadOrg(p, f.file)
	if err != nil {
		return who, nil, err
	}
	if _, ok := org.User(who.always); who.always != "" && !ok {
		return who, nil, noUser(org, who.always)
	}
	if f.zone == "" {
		zone = zoneOfOne(org, "")
	}
	who.users = org.Config().Catalog.Users
	return who, zone, nil
}

// of returns who an event is about: who attends it or, if it names nobody, whom its summary names, with commas between.
func (who people) of(e ical.Event) (found []watchbill.UserID, unknown []string) {
	if who.always != "" {
		return []watchbill.UserID{who.always}, nil
	}
	names := e.Attendees
	if len(names) == 0 {
		names = []string{e.Summary}
		if _, ok := who.find(e.Summary); !ok { // a name may have a comma
			names = strings.Split(e.Summary, ",")
		}
	}
	for _, name := range names {
		name = strings.TrimSpace(name)
		id, ok := who.find(name)
		switch {
		case !ok:
			unknown = append(unknown, fmt.Sprintf("%q", name))
		case !slices.Contains(found, id):
			found = append(found, id)
		}
	}
	return found, unknown
}

func (who people) find(name string) (watchbill.UserID, bool) {
	for _, u := range who.users {
		known := []string{string(u.ID), u.Name, u.Email}
		for _, c := range u.Contacts {
			known = append(known, c.Address)
		}
		if name != "" && slices.ContainsFunc(known, func(s string) bool { return strings.EqualFold(s, name) }) {
			return u.ID, true
		}
	}
	return "", false
}

// holidayLines are the days of a schedule's holidays.
func holidayLines(events []ical.Event, _ people) (lines, left []string) {
	lines = []string{"holidays:", "  - id: imported", "    days:"}
	seen := map[string]bool{}
	for _, e := range events {
		if !e.AllDay {
			left = append(left, describe(e)+": a holiday is a whole day")
			continue
		}
		for day := e.Start; day.Before(e.End); day = nextDay(day) {
			if date := day.Format(time.DateOnly); !seen[date] {
				seen[date] = true
				lines = append(lines, fmt.Sprintf("      - {date: %s, name: %s}", date, quoted(e.Summary)))
			}
		}
	}
	return orNone(lines, 3, "holidays: []"), left
}

// nextDay is the beginning of the day after, also where midnight is skipped.
func nextDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return calendar.FirstAt(t.Location(), calendar.NewCivil(y, m, d+1, 0, 0, 0))
}

// absenceLines are the absences of each person.
func absenceLines(events []ical.Event, who people) (lines, left []string) {
	of := map[watchbill.UserID][]string{}
	var order []watchbill.UserID
	for _, e := range events {
		found, unknown := who.of(e)
		if len(unknown) > 0 {
			left = append(left, describe(e)+": there is no user "+strings.Join(unknown, ", "))
		}
		for _, u := range found {
			if of[u] == nil {
				order = append(order, u)
			}
			of[u] = append(of[u], fmt.Sprintf("      - {from: %s, to: %s, reason: %s}", moment(e, e.Start), moment(e, e.End), quoted(e.Summary)))
		}
	}
	lines = []string{"users:"}
	for _, u := range order {
		lines = append(append(lines, "  - id: "+quoted(string(u)), "    absences:"), of[u]...)
	}
	return orNone(lines, 1, "users: []"), left
}

// shiftLines are a layer of shifts placed by hand.
func shiftLines(events []ical.Event, who people) (lines, left []string) {
	lines = []string{"layers:", "  - id: imported", "    shifts:"}
	for _, e := range events {
		found, unknown := who.of(e)
		if len(unknown) > 0 {
			left = append(left, describe(e)+": there is no user "+strings.Join(unknown, ", "))
			continue // a shift without one of its people is another shift
		}
		var users []string
		for _, u := range found {
			users = append(users, quoted(string(u)))
		}
		lines = append(lines, fmt.Sprintf("      - {from: %s, to: %s, users: [%s]}", moment(e, e.Start), moment(e, e.End), strings.Join(users, ", ")))
	}
	return orNone(lines, 3, "layers: []"), left
}

// orNone replaces lines that are a heading only.
func orNone(lines []string, heading int, none string) []string {
	if len(lines) == heading {
		return []string{none}
	}
	return lines
}

// moment is a day, or an instant with its offset, which needs no zone.
func moment(e ical.Event, t time.Time) string {
	if e.AllDay {
		return quoted(t.Format(time.DateOnly))
	}
	return quoted(t.Format(time.RFC3339))
}

func describe(e ical.Event) string { return fmt.Sprintf("%s %q", moment(e, e.Start), e.Summary) }

// quoted is text as YAML, and JSON, have it.
func quoted(s string) string {
	data, _ := json.Marshal(s) // text always can
	return string(data)
}
