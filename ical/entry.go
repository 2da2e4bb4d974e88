package ical

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// errUnread says that an event has problems, which have been noted.
var errUnread = errors.New("ical: unread")

// entry reads a component. Its problems are noted with the lines they are in.
func (r *reader) entry(c *component) (*entry, error) {
	e := &entry{line: c.line, event: Event{UID: c.uid(), Attendees: []string{}}}
	before := len(r.problems)
	if c.bad {
		return nil, errUnread
	}
	note := func(line int, err error) {
		if err != nil {
			r.fail(line, e.event.UID, "%s", err)
		}
	}
	if p := c.first("DTSTART"); p == nil {
		note(c.line, errors.New("DTSTART is missing"))
	} else {
		var err error
		e.start, err = r.moment(p, p.Value)
		note(p.line, err)
	}
	if len(r.problems) > before {
		return nil, errUnread
	}
	line, err := r.readLength(c, e)
	note(line, err)
	for i := range c.props {
		note(c.props[i].line, r.read(&c.props[i], e))
	}
	if len(r.problems) > before || len(r.problems) > maxProblems {
		return nil, errUnread
	}
	return e, nil
}

// readLength reads DTEND or DURATION, and returns the line it is in.
func (r *reader) readLength(c *component, e *entry) (line int, err error) {
	end, lasts := c.first("DTEND"), c.first("DURATION")
	switch {
	case end != nil:
		m, err := r.moment(end, end.Value)
		if err != nil {
			return end.line, err
		}
		if m.day != e.start.day {
			return end.line, errors.New("DTEND is a day and DTSTART a time, or the other way round")
		}
		if m.instant().Before(e.start.instant()) {
			return end.line, errors.New("DTEND is before DTSTART")
		}
		e.length = between(e.start, m)
		return end.line, nil
	case lasts != nil:
		e.length, err = readDuration(lasts.Value)
		if err != nil {
			err = fmt.Errorf("DURATION: %w", err)
		}
		return lasts.line, err
	case e.start.day:
		e.length.clock = 24 * time.Hour
	}
	return c.line, nil
}

// read takes one property into an event.
func (r *reader) read(p *property, e *entry) (err error) {
	switch p.IANAToken {
	case "SUMMARY":
		e.event.Summary = p.Value
	case "STATUS":
		e.cancelled = strings.EqualFold(p.Value, "CANCELLED")
	case "SEQUENCE":
		if e.sequence, err = strconv.Atoi(p.Value); err != nil {
			return fmt.Errorf("SEQUENCE is %.20q; expected a number", p.Value)
		}
	case "ATTENDEE":
		if name := attendee(p); name != "" {
			e.event.Attendees = append(e.event.Attendees, name)
		}
	case "RRULE":
		if e.rule != "" {
			return errors.New("RRULE is given twice; keep one")
		}
		e.rule = p.Value
	case "EXRULE":
		return errors.New("EXRULE is not read; name the days with EXDATE")
	case "RECURRENCE-ID":
		return r.readInstead(p, e)
	case "EXDATE", "RDATE":
		return r.readDates(p, e)
	}
	return nil
}

func (r *reader) readInstead(p *property, e *entry) error {
	if p.param("RANGE") != "" {
		return errors.New("RECURRENCE-ID has a RANGE, which is not read; change each occurrence by itself")
	}
	m, err := r.moment(p, p.Value)
	e.instead = &m
	return err
}

// maxDates is how many values of RDATE and EXDATE an event may have.
const maxDates = MaxEvents

func (r *reader) readDates(p *property, e *entry) error {
	for value := range strings.SplitSeq(p.Value, ",") {
		if len(e.more)+len(e.without) == maxDates {
			return fmt.Errorf("there are more than %d RDATE and EXDATE", maxDates)
		}
		o, err := r.period(p, value, e.length)
		switch {
		case err != nil:
			return err
		case p.IANAToken == "EXDATE":
			e.without = append(e.without, o.start)
		case o.start.day != e.start.day:
			return errors.New("RDATE is a day and DTSTART a time, or the other way round")
		default:
			e.more = append(e.more, o)
		}
	}
	return nil
}

// attendee names one; empty if it is not somebody who may come.
func attendee(p *property) string {
	switch strings.ToUpper(p.param("CUTYPE")) {
	case "ROOM", "RESOURCE":
		return ""
	}
	if strings.EqualFold(p.param("PARTSTAT"), "DECLINED") {
		return ""
	}
	const scheme = "mailto:"
	address := strings.TrimSpace(p.Value)
	if len(address) > len(scheme) && strings.EqualFold(address[:len(scheme)], scheme) {
		return address[len(scheme):]
	}
	if name := p.param("CN"); name != "" {
		return name
	}
	return address
}
