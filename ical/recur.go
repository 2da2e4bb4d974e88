package ical

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill/calendar"
)

// entry is a VEVENT, read.
type entry struct {
	line      int
	event     Event // UID, Summary, Attendees
	start     moment
	length    length
	rule      string
	more      []occurrence // RDATE
	without   []moment     // EXDATE
	instead   *moment      // RECURRENCE-ID: the occurrence whose place it takes
	sequence  int
	cancelled bool
}

// occurrence is one of an event, with a length of its own if it has one.
type occurrence struct {
	start  moment
	length length
}

// identity is what editions of an event have in common.
type identity struct {
	uid      string
	instead  int64 // in Unix time
	replaces bool
}

func (e *entry) identity() identity {
	id := identity{uid: e.event.UID}
	if e.instead != nil {
		id.instead, id.replaces = e.instead.instant().Unix(), true
	}
	return id
}

// expand lists the events of all components.
func (r *reader) expand() (events []Event) {
	if r.stopped {
		return nil
	}
	entries := r.entries()
	replaced := map[string][]moment{}
	for _, e := range entries {
		if e.instead != nil {
			replaced[e.event.UID] = append(replaced[e.event.UID], *e.instead)
		}
	}
	for _, e := range entries {
		if e.cancelled {
			continue
		}
		if e.instead == nil {
			e.without = append(e.without, replaced[e.event.UID]...)
		}
		all, err := r.occurrences(e)
		if err != nil {
			r.fail(e.line, e.event.UID, "%s", err)
			continue
		}
		if len(events)+len(all) > MaxEvents {
			r.fail(e.line, e.event.UID, "there are more than %d occurrences between %s and %s", MaxEvents, r.from, r.to)
			return events
		}
		events = append(events, all...)
	}
	return events
}

// entries reads the components, the latest edition of each.
func (r *reader) entries() (entries []*entry) {
	latest := map[identity]int{}
	for _, c := range r.events {
		e, err := r.entry(c)
		if err != nil {
			continue
		}
		if i, ok := latest[e.identity()]; ok && e.event.UID != "" {
			if e.sequence >= entries[i].sequence {
				entries[i] = e
			}
			continue
		}
		latest[e.identity()] = len(entries)
		entries = append(entries, e)
	}
	return entries
}

// occurrences lists those of one event in the window.
func (r *reader) occurrences(e *entry) (events []Event, err error) {
	not := exceptionsOf(e.without)
	seen := map[int64]bool{}
	add := func(o occurrence) {
		start, end := o.start.instant(), o.length.end(o.start)
		if seen[start.Unix()] || not.has(o.start) || !start.Before(r.to) || !end.After(r.from) || !end.After(start) {
			return
		}
		seen[start.Unix()] = true
		one := e.event
		one.Start, one.End, one.AllDay = start.In(r.zone), end.In(r.zone), o.start.day
		events = append(events, one)
	}
	add(occurrence{e.start, e.length}) // also where the rule does not say so: section 3.8.5.3
	for _, o := range e.more {
		add(o)
	}
	if e.rule == "" || !e.start.instant().Before(r.to) || e.length == (length{}) || r.overBefore(e) {
		return events, nil
	}
	if r.spent > maxSpent {
		return nil, errors.New("RRULE: there are too many rules of months and years in the file; split it")
	}
	r.spent += cost(strings.ToUpper(e.rule))
	all, err := recurrence(e)
	if err != nil {
		return nil, err
	}
	const slack = 48 * time.Hour // more than clocks of two zones differ
	k := max(0, all.Index(calendar.CivilOf(r.from.UTC().Add(-slack-e.length.clock-e.length.exact))))
	for c, ok := all.At(k); ok; c, ok = all.At(k) {
		clock := calendar.FirstAt(time.UTC, c)
		if clock.After(r.to.Add(slack)) {
			break
		}
		add(occurrence{e.start.at(clock), e.length})
		if len(events) > MaxEvents {
			break
		}
		k++
	}
	return events, nil
}

// overBefore reports whether a rule ends for sure before the window, so that it need not be made ready. It need not even
// be right then: nothing comes of it.
func (r *reader) overBefore(e *entry) bool {
	_, until, ok := strings.Cut(strings.ToUpper(e.rule), "UNTIL=")
	if !ok || len(until) < len(dateForm) {
		return false
	}
	day, err := time.Parse(dateForm, until[:len(dateForm)])
	const slack = 72 * time.Hour // the rest of the day, and zones
	return err == nil && day.Add(slack+e.length.clock+e.length.exact).Before(r.from)
}

// recurrence makes a rule ready. Its end may be given in UTC, which only the event's zone can make a reading of a clock.
func recurrence(e *entry) (all calendar.Recurrence, err error) {
	parts := strings.Split(strings.ToUpper(e.rule), ";")
	for i, part := range parts {
		until, ok := strings.CutPrefix(part, "UNTIL=")
		if t, err := time.Parse(utcForm, until); ok && err == nil {
			parts[i] = "UNTIL=" + t.In(e.start.loc).Format(localForm)
		}
	}
	var rule calendar.Rule
	if err := rule.UnmarshalText([]byte(strings.Join(parts, ";"))); err != nil {
		return all, ruleError(err)
	}
	all, err = rule.From(calendar.CivilOf(e.start.clock))
	if err != nil {
		return all, ruleError(err)
	}
	return all, nil
}

// maxSpent bounds the time that the rules of one file take: some seconds.
const maxSpent = 250 * 366

// cost is about how many days a year had to be looked at to make a rule ready; see [calendar.Recurrence].
func cost(rule string) (days int) {
	longer := strings.Contains(rule, "FREQ=YEARLY") || strings.Contains(rule, "FREQ=MONTHLY")
	switch {
	case strings.Contains(rule, "BYSETPOS"), strings.Contains(rule, "BYMONTH"), longer && strings.Contains(rule, "BY"):
		return 366
	case longer:
		return 12
	}
	return 0
}

func ruleError(err error) error {
	return errors.New("RRULE: " + strings.TrimPrefix(err.Error(), "calendar: "))
}

// exceptions are occurrences that do not take place.
type exceptions struct {
	instants map[int64]bool
	days     map[time.Time]bool // some programs name the day only
}

func exceptionsOf(list []moment) exceptions {
	x := exceptions{map[int64]bool{}, map[time.Time]bool{}}
	for _, m := range list {
		if m.day {
			x.days[m.clock] = true
		} else {
			x.instants[m.instant().Unix()] = true
		}
	}
	return x
}

func (x exceptions) has(m moment) bool {
	return x.instants[m.instant().Unix()] || x.days[m.clock.Truncate(24*time.Hour)]
}

// period reads one value of RDATE.
func (r *reader) period(p *property, value string, of length) (occurrence, error) {
	from, to, isPeriod := strings.Cut(value, "/")
	start, err := r.moment(p, from)
	o := occurrence{start, of}
	if err != nil || !isPeriod {
		return o, err
	}
	if strings.HasPrefix(to, "P") {
		o.length, err = readDuration(to)
		return o, err
	}
	end, err := r.moment(p, to)
	if err == nil && !end.instant().After(start.instant()) {
		err = fmt.Errorf("RDATE is %.60q, which ends before it begins", value)
	}
	o.length = between(start, end)
	return o, err
}
