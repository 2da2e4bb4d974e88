package ical

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
)

// Event is an event of a calendar, or one occurrence of an event that recurs.
type Event struct {
	UID       string    `json:"uid"` // all occurrences of an event share it; empty if the file gives none
	Summary   string    `json:"summary"`
	Attendees []string  `json:"attendees"` // by mail address, or by name where there is none; not who declined, nor rooms
	Start     time.Time `json:"start"`     // in the zone that Read was given, as is End
	End       time.Time `json:"end"`       // the first instant at which it is over; always after Start
	AllDay    bool      `json:"all_day"`   // from a midnight to a midnight in that zone
}

// Problem is something in a file that cannot be read. [Read] joins all it finds.
type Problem struct {
	Line   int    // of the file, from 1: where the property or component begins
	UID    string // of the event; empty if it is not about one, or has none
	Reason string
}

// Error returns "ical: line 12: event UID: reason".
func (p *Problem) Error() string {
	where := fmt.Sprintf("ical: line %d: ", p.Line)
	if p.UID != "" {
		where += fmt.Sprintf("event %.60q: ", p.UID)
	}
	return where + p.Reason
}

// Bounds of what Read takes, and of what it returns.
const (
	MaxSize   = 8 << 20 // bytes
	MaxEvents = 20_000  // in the file, and occurrences in the window

	maxLength   = 64 << 10 // of a line that is read, unfolded
	maxDepth    = 8        // of components within components
	maxParams   = 100      // of a property: the time to read them grows with the square of their number
	maxProblems = 100
)

// Read lists the events in a calendar that have a part in the window between from and to, occurrence by occurrence, in
// order of time. Times without a zone, and days, are read in zone; nil is UTC. What is cancelled is left out, and so is
// what has no length.
//
// The error is an [errors.Join] of *[Problem], each about one event or line. The events are then those that could be read:
// whoever needs all of them has to refuse the file.
//
// A time that the clock skips is read as the instant of the jump, one that it shows twice as the first; occurrences end
// at the same time of day as the first one does, whatever the clock does in between, unless DTEND is in another zone than
// DTSTART or DURATION counts hours. Rules of less than a day, EXRULE and RANGE=THISANDFUTURE are problems.
func Read(data []byte, zone *time.Location, from, to time.Time) ([]Event, error) {
	if zone == nil {
		zone = time.UTC
	}
	r := &reader{zone: zone, from: from, to: to, zones: map[string]string{}}
	if len(data) > MaxSize {
		r.fail(1, "", "the file has %d bytes; at most %d are read", len(data), MaxSize)
	} else {
		r.scan(bytes.TrimPrefix(data, []byte("\uFEFF")))
	}
	events := r.expand()
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End), cmp.Compare(a.UID, b.UID))
	})
	return events, errors.Join(r.problems...)
}

// reader reads one file.
type reader struct {
	zone     *time.Location
	from, to time.Time
	open     []*component
	events   []*component      // VEVENT, in order
	zones    map[string]string // the location that the file says a TZID means
	problems []error
	spent    int  // of the budget for rules
	stopped  bool // nothing that follows can be trusted
}

// component is what lies between BEGIN and END.
type component struct {
	name  string
	line  int
	props []property
	bad   bool // one of its properties cannot be read
}

type property struct {
	ics.BaseProperty
	line int
}

func (r *reader) fail(line int, uid, format string, args ...any) {
	switch {
	case len(r.problems) < maxProblems:
		r.problems = append(r.problems, &Problem{line, uid, fmt.Sprintf(format, args...)})
	case len(r.problems) == maxProblems:
		r.problems = append(r.problems, &Problem{line, "", "there are more problems from here on"})
	}
}

func (r *reader) stop(line int, format string, args ...any) {
	r.fail(line, "", format, args...)
	r.stopped = true
}

// scan takes the file apart into components.
func (r *reader) scan(data []byte) {
	number := 0
	var line []byte // unfolded so far
	begun := 0
	for raw := range bytes.Lines(data) {
		number++
		raw = bytes.TrimRight(raw, "\r\n")
		if len(raw) > 0 && (raw[0] == ' ' || raw[0] == '\t') && begun > 0 {
			line = append(line, raw[1:]...)
			continue
		}
		r.line(string(line), begun)
		if r.stopped {
			return
		}
		line, begun = append(line[:0], raw...), number
	}
	r.line(string(line), begun)
	switch {
	case r.stopped:
	case len(r.open) > 0:
		r.stop(number, "the file ends within %s of line %d", r.open[len(r.open)-1].name, r.open[len(r.open)-1].line)
	case begun == 0:
		r.stop(1, "the file is empty; a calendar begins with BEGIN:VCALENDAR")
	}
}

// line takes in one unfolded line.
func (r *reader) line(line string, number int) {
	if strings.TrimSpace(line) == "" {
		return
	}
	end := strings.IndexAny(line, ":;")
	if end < 0 {
		r.stop(number, "%.60q is not a line of a calendar; expected NAME:VALUE", line)
		return
	}
	switch name := strings.ToUpper(line[:end]); {
	case name == "BEGIN":
		r.begin(strings.ToUpper(strings.TrimSpace(line[end+1:])), number)
	case name == "END":
		r.end(strings.ToUpper(strings.TrimSpace(line[end+1:])), number)
	case len(r.open) == 0:
		r.stop(number, "%.60q is outside of any calendar; expected BEGIN:VCALENDAR", line)
	case slices.Contains(properties[r.open[len(r.open)-1].name], name):
		r.property(name+line[end:], number)
	}
}

// properties are those that are read, by component. It is never written to.
var properties = map[string][]string{
	"VEVENT": {"UID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID",
		"SEQUENCE", "STATUS", "ATTENDEE"},
	"VTIMEZONE": {"TZID", "X-LIC-LOCATION"},
}

func (r *reader) begin(name string, number int) {
	switch {
	case len(r.open) == 0 && name != "VCALENDAR":
		r.stop(number, "the file begins with BEGIN:%.20s; a calendar begins with BEGIN:VCALENDAR", name)
		return
	case len(r.open) == maxDepth:
		r.stop(number, "components lie more than %d deep", maxDepth)
		return
	case name == "VEVENT" && len(r.events) == MaxEvents:
		r.stop(number, "there are more than %d events", MaxEvents)
		return
	}
	c := &component{name: name, line: number}
	r.open = append(r.open, c)
	if name == "VEVENT" {
		r.events = append(r.events, c)
	}
}

func (r *reader) end(name string, number int) {
	if len(r.open) == 0 || r.open[len(r.open)-1].name != name {
		r.stop(number, "END:%.20s without its BEGIN", name)
		return
	}
	c := r.open[len(r.open)-1]
	r.open = r.open[:len(r.open)-1]
	if c.name == "VTIMEZONE" {
		id, location := c.first("TZID"), c.first("X-LIC-LOCATION")
		if id != nil && location != nil {
			r.zones[id.Value] = location.Value
		}
	}
}

// property keeps a property of the innermost component. Its name is in capitals.
func (r *reader) property(line string, number int) {
	c := r.open[len(r.open)-1]
	name, _, _ := strings.Cut(line, ":")
	name, _, _ = strings.Cut(name, ";")
	bad := func(format string, args ...any) {
		c.bad = true
		r.fail(number, c.uid(), name+" "+format, args...)
	}
	switch {
	case len(line) > maxLength:
		bad("has more than %d bytes", maxLength)
		return
	case params(line) > maxParams:
		bad("has more than %d parameters", maxParams)
		return
	case !utf8.ValidString(line):
		bad("is not UTF-8; save the file as UTF-8")
		return
	}
	p, err := ics.ParseProperty(ics.ContentLine(line))
	if err != nil || p == nil || p.IANAToken != name {
		bad("cannot be read: %.60q", line)
		return
	}
	params := map[string][]string{}
	for key, values := range p.ICalParameters {
		params[strings.ToUpper(key)] = values
	}
	p.ICalParameters = params
	c.props = append(c.props, property{*p, number})
}

// params counts the parameters of a line.
func params(line string) (n int) {
	quoted := false
	for _, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ';' && !quoted:
			n++
		case c == ':' && !quoted:
			return n
		}
	}
	return n
}

// first returns the first property of a name; nil if there is none.
func (c *component) first(name string) *property {
	for i := range c.props {
		if c.props[i].IANAToken == name {
			return &c.props[i]
		}
	}
	return nil
}

func (c *component) uid() string {
	if p := c.first("UID"); p != nil {
		return p.Value
	}
	return ""
}

// param returns a parameter of a property; empty if it has none.
func (p *property) param(name string) string {
	if values := p.ICalParameters[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}
