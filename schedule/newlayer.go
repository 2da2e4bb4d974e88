package schedule

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

func (c *compiler) layer(path string, spec *Layer, zone *time.Location) layer {
	l := layer{id: spec.ID, zone: c.zone(path+".timezone", spec.Timezone, zone), start: -never, end: never}
	kinds := c.kind(path, spec)
	switch {
	case len(spec.Shifts) > 0:
		shifts := c.placed(path+".shifts", spec.Shifts, l.zone)
		l.placed = &shifts
	case spec.Schedule != "":
		l.included = c.include(path+".schedule", spec.Schedule)
		l.inner = l.included.duties
	}
	anchor := spec.Start.Civil(l.zone)
	if kinds == 0 {
		l.circle = c.circle(path, spec, anchor)
	}
	if kinds == 0 || !spec.Start.IsZero() || needsAnchor(spec.Coverage) {
		l.start = c.moment(path+".start", spec.Start, l.zone)
	}
	if !spec.End.IsZero() {
		l.end = c.momentAfter(path+".end", spec.End, l.zone, l.start)
	}
	c.calendars(path, spec)
	days := c.dayFilter(path, spec)
	l.coverage = c.coverage(path+".coverage", spec.Coverage, anchor, days)
	l.isOpen = len(spec.Coverage) == 0 && days.isAll
	c.count(path, spec, &l)
	c.hours(path+".hours", spec, &l, anchor)
	return l
}

// kind reports what a layer has beside the one thing it has, and returns 0 for users, 1 for anything else.
func (c *compiler) kind(path string, spec *Layer) int {
	name := "schedule"
	switch {
	case len(spec.Shifts) == 0 && spec.Schedule == "":
		return 0
	case len(spec.Shifts) > 0:
		name = "shifts"
		if spec.Schedule != "" {
			c.fail(path+".schedule", "does not go with shifts; a layer has users, or shifts, or a schedule")
		}
	}
	for _, other := range [...]struct {
		name  string
		given bool
	}{
		{"users", len(spec.Users) > 0}, {"rotation", !spec.Rotation.isZero()}, {"seats", spec.Seats != 0},
		{"count", spec.Count != 0}, {"hours", len(spec.Hours) > 0},
	} {
		if other.given {
			c.fail(path+"."+other.name, "does not go with %s; it is for layers with users", name)
		}
	}
	return 1
}

func (c *compiler) include(path string, id watchbill.ScheduleID) *Schedule {
	s, known := c.included[id]
	switch {
	case !known:
		c.fail(path, "schedule %q does not exist", id)
	case s == nil: // has problems of its own
	default:
		if c.inAll += s.cost; c.inAll > maxInAll {
			c.fail(path, "%q makes more than %d layers in all, those of included schedules counted", id, maxInAll)
		}
	}
	return s
}

func (c *compiler) placed(path string, shifts []Placed, zone *time.Location) placed {
	var p placed
	if c.tooMany(path, len(shifts), maxShifts) {
		return p
	}
	list := make([]span, 0, len(shifts))
	listed := map[watchbill.UserID]bool{}
	for i, s := range shifts {
		at := fmt.Sprintf("%s[%d]", path, i)
		list = append(list, c.span(at, s.From, s.To, zone))
		c.users(at+".users", s.Users)
		var on []watchbill.UserID
		clear(listed)
		for j, u := range s.Users {
			if listed[u] {
				c.fail(fmt.Sprintf("%s.users[%d]", at, j), "%q is listed twice", u)
			} else if u != Unassigned {
				listed[u], on = true, append(on, u)
			}
		}
		p.users = append(p.users, on)
	}
	size := func(i int) int { return len(p.users[i]) }
	over, most := overfull(list, size)
	if len(over) > 0 {
		c.fail(fmt.Sprintf("%s[%d]", path, over[0]), "makes more than %d people have shifts at once", MaxAtOnce)
	}
	p.spans, p.most = newSpans(list), most
	return p
}

func (c *compiler) circle(path string, spec *Layer, anchor calendar.Civil) circle {
	c.users(path+".users", spec.Users)
	turns := c.rotation(path+".rotation", spec.Rotation, anchor)
	seats := max(spec.Seats, 1)
	if spec.Seats < 0 || spec.Seats > maxSeats {
		c.fail(path+".seats", "is %d; write a number from 1 to %d", spec.Seats, maxSeats)
		return circle{}
	}
	if len(spec.Users) == 0 || len(spec.Users) > maxUsers {
		return circle{}
	}
	circle := newCircle(spec.Users, seats)
	circle.turns = turns
	return circle
}

func (c *compiler) users(path string, users []watchbill.UserID) {
	if n := len(users); n == 0 || n > maxUsers {
		c.fail(path, "has %d users; list 1 to %d", n, maxUsers)
	}
	for i, u := range users {
		if u == "" {
			c.fail(fmt.Sprintf("%s[%d]", path, i), `is empty; name a user, or write "~" for a turn that nobody has`)
		}
	}
}

func (r Rotation) isZero() bool {
	return r.Every == 0 && r.Unit == 0 && len(r.Lengths) == 0 && r.RRule.IsZero()
}

// rotation returns nil if there is a problem.
func (c *compiler) rotation(path string, r Rotation, anchor calendar.Civil) turns {
	before := len(c.problems)
	var t turns
	regular := r.Every != 0 || r.Unit != 0
	switch {
	case len(r.Lengths) > 0:
		if regular || !r.RRule.IsZero() {
			c.fail(path, "has lengths and more; give one of unit, lengths and rrule")
		}
		t = c.lengths(path+".lengths", r.Lengths, anchor)
	case !r.RRule.IsZero():
		if regular {
			c.fail(path, "has an rrule and more; give one of unit, lengths and rrule")
		}
		ruled, err := newRuled(c.lister, anchor, r.RRule)
		if err != nil && !anchor.IsZero() {
			c.fail(path+".rrule", "%v", err)
		}
		t = ruled
	default:
		if r.Every < 0 || r.Every > maxEvery {
			c.fail(path+".every", "is %d; write a number from 1 to %d", r.Every, maxEvery)
		}
		if r.Unit < calendar.Hour || r.Unit > calendar.Month {
			c.fail(path+".unit", "is missing; write hour, day, week or month")
		}
		t = &steady{anchor, max(r.Every, 1), r.Unit}
	}
	if len(c.problems) > before {
		return nil
	}
	return t
}

func (c *compiler) lengths(path string, lengths []calendar.Length, anchor calendar.Civil) turns {
	if c.tooMany(path, len(lengths), maxLengths) {
		return nil
	}
	for i, l := range lengths {
		if l.N < 1 || l.N > maxEvery || l.Unit < calendar.Hour || l.Unit > calendar.Week {
			c.fail(fmt.Sprintf("%s[%d]", path, i), "is not 1 to %d hours, days or weeks; write 2d, say", maxEvery)
			return nil
		}
	}
	return newUneven(anchor, lengths)
}

func (c *compiler) coverage(
	path string, windows []calendar.Window, anchor calendar.Civil, days filter,
) calendar.Coverage {
	if c.tooMany(path, len(windows), maxWindows) {
		return calendar.Coverage{}
	}
	coverage, err := c.lister.Coverage(windows, anchor, days.DayFilter)
	c.windowErrors(path, err)
	return coverage
}

func (c *compiler) windowErrors(path string, err error) {
	if err == nil {
		return
	}
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var window *calendar.WindowError
		if errors.As(e, &window) {
			c.fail(fmt.Sprintf("%s[%d]", path, window.Index), "%v", window.Err)
		}
	}
}

func needsAnchor(windows []calendar.Window) bool {
	return slices.ContainsFunc(windows, func(w calendar.Window) bool { return !w.RRule.IsZero() })
}

// filter is what holidays leave of the days.
type filter struct {
	calendar.DayFilter
	isAll bool
}

// dayFilter puts the days of each set of calendars in order once, and bounds how many those of all sets are.
func (c *compiler) dayFilter(path string, spec *Layer) filter {
	mode := spec.holidayMode()
	if mode == HolidaysOn {
		return filter{isAll: true}
	}
	ids := slices.Sorted(maps.Keys(c.holidays))
	if len(spec.Calendars) > 0 {
		ids = slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(spec.Calendars, id) })
	}
	key := fmt.Sprintf("%q", ids)
	days, known := c.filters[key]
	if !known {
		var lists [][]calendar.Civil
		n := 0
		for _, id := range ids {
			lists, n = append(lists, c.holidays[id]), n+len(c.holidays[id])
		}
		if c.lister.Spend(n) {
			days.Days = slices.Concat(lists...)
		} else {
			c.fail(path+".calendars", "are one set too many with others before; have fewer different ones, or fewer holidays")
		}
		days = days.Sorted()
		c.filters[key] = days
	}
	days.Only = mode == HolidaysOnly
	return filter{days, mode == HolidaysOff && len(days.Days) == 0}
}

// holidayMode is what holidays mean to the layer, also where it does not say.
func (l *Layer) holidayMode() HolidayMode {
	switch {
	case l.Holidays != HolidaysByCoverage:
		return l.Holidays
	case len(l.Coverage) > 0:
		return HolidaysOff
	}
	return HolidaysOn
}

// calendars checks what a layer says about holidays.
func (c *compiler) calendars(path string, spec *Layer) {
	for i, id := range spec.Calendars {
		if _, known := c.holidays[id]; !known {
			c.fail(fmt.Sprintf("%s.calendars[%d]", path, i), "calendar %q is not among the schedule's holidays", id)
		}
	}
	if spec.Holidays > HolidaysOnly {
		c.fail(path+".holidays", "is unknown; write off, on or only")
	}
	if len(spec.Calendars) > 0 && spec.holidayMode() == HolidaysOn {
		c.fail(path+".calendars", "has no effect, since holidays are days as any other here; set holidays to off or only")
	}
}

// count makes turns without coverage take no place in the circle.
func (c *compiler) count(path string, spec *Layer, l *layer) {
	switch {
	case spec.Count > CountCovered:
		c.fail(path+".count", "is unknown; write calendar or covered")
	case spec.Count == CountCalendar:
	case needsAnchor(spec.Coverage):
		c.fail(path+".count", "covered goes with weekly coverage; leave it out, or give the coverage by days")
	case !spec.Rotation.RRule.IsZero():
		c.fail(path+".count", "covered does not go with a rotation by rrule, which can leave days out itself")
	case len(spec.Coverage) == 0 || len(spec.Coverage) > maxWindows || l.circle.turns == nil:
	default:
		period := 1 // a turn of a week or more has coverage
		switch t := l.circle.turns.(type) {
		case *uneven:
			period = everyWeeks(t.cycle) / t.cycle * len(t.starts)
		case *steady:
			if hours := t.hours(); t.unit != calendar.Month {
				period = everyWeeks(hours) / hours
			}
		}
		if !c.lister.Spend(period) {
			c.fail(path+".count", "covered goes through %d turns here, which are too many with other layers; leave it out, or"+
				" give the rotation fewer lengths", period)
			return
		}
		l.circle.count = newTally(l.circle.turns, period, calendar.NewPattern(spec.Coverage))
		l.circle.isPlain = false
	}
}

// hours reads people's own hours.
func (c *compiler) hours(path string, spec *Layer, l *layer, anchor calendar.Civil) {
	if len(spec.Hours) == 0 || len(spec.Shifts) > 0 || spec.Schedule != "" {
		return
	}
	byUser, listed := map[watchbill.UserID]*hours{}, map[watchbill.UserID]bool{}
	for _, u := range spec.Users {
		listed[u] = u != Unassigned
	}
	for _, u := range slices.Sorted(maps.Keys(spec.Hours)) {
		at, own := fmt.Sprintf("%s[%s]", path, u), spec.Hours[u]
		if !listed[u] {
			c.fail(at, "is not about one of the layer's users")
		}
		if len(own.Coverage) == 0 {
			c.fail(at+".coverage", "is missing; list when this person is there")
		}
		zone := c.zone(at+".timezone", own.Timezone, l.zone)
		byUser[u] = &hours{len(l.zones), c.coverage(at+".coverage", own.Coverage, anchor, filter{})}
		l.zones = append(l.zones, zone)
	}
	for _, people := range l.circle.people {
		var of []*hours
		for _, u := range people {
			of = append(of, byUser[u])
		}
		l.hours = append(l.hours, of)
	}
}

// site reads a site: a layer of its own that knows when it takes over.
func (c *compiler) site(path string, spec *Site) layer {
	l := c.layer(path, &Layer{ID: spec.ID, Users: spec.Users, Start: spec.Start, End: spec.End, Rotation: spec.Rotation,
		Seats: spec.Seats, Timezone: spec.Timezone}, time.UTC)
	if spec.Timezone == "" {
		c.fail(path+".timezone", "is missing; name the site's own zone, such as Europe/Berlin")
	}
	if spec.From < 0 || spec.From >= calendar.NewTimeOfDay(24, 0) {
		c.fail(path+".from", "is outside 00:00 to 23:59")
	}
	l.sun = sun{from: spec.From}
	for i, d := range spec.Days {
		if d > calendar.Sunday {
			c.fail(fmt.Sprintf("%s.days[%d]", path, i), "is no day; write mon to sun")
			continue
		}
		l.sun.days[d] = true
	}
	if len(spec.Days) == 0 {
		l.sun.days = [7]bool{true, true, true, true, true, true, true}
	}
	return l
}
