package verify

import (
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// doctor finds out why nobody is on call in a schedule. It asks the schedule itself, made anew without one thing after the
// other: what it takes away when there is somebody is the cause. So it needs to know little of what each thing means.
type doctor struct {
	s        *schedule.Schedule
	spec     schedule.Spec
	included []*schedule.Schedule
	variants map[string]*schedule.Schedule // by what was taken away
}

// newDoctor takes the schedules that s includes.
func newDoctor(s *schedule.Schedule, included []*schedule.Schedule) *doctor {
	return &doctor{s: s, spec: s.Spec(), included: included, variants: map[string]*schedule.Schedule{}}
}

// diagnosis is under way for one instant.
type diagnosis struct {
	*doctor
	at     time.Time
	until  time.Time // until when the causes hold; zero: for ever
	causes []Cause
}

// diagnose returns why nobody is on call at an instant, and until when that holds; zero: for ever.
func (d *doctor) diagnose(at time.Time) ([]Cause, time.Time) {
	x := diagnosis{doctor: d, at: at}
	switch {
	case d.bare():
		x.blame(CauseEmpty, "", "the schedule is empty", "add one to layers")
	case x.helps("overrides", func(s *schedule.Spec) { s.Overrides = nil }):
		x.blameOverride()
	case x.helps("temporary", func(s *schedule.Spec) { s.Overrides, s.Temporary = nil, nil }):
		x.blameTemporary()
	default:
		x.blameLayers()
	}
	return x.causes, x.until
}

// bare reports whether the schedule has nothing that could put anybody on call.
func (d *doctor) bare() bool {
	s := d.spec
	return len(s.Layers)+len(s.Sites)+len(s.Versions)+len(s.Temporary)+len(s.Overrides) == 0
}

// blame adds a cause.
func (x *diagnosis) blame(kind CauseKind, field, text, mend string) {
	x.causes = append(x.causes, Cause{Kind: kind, Field: field, Text: text,
		Mend: fmt.Sprintf("%s of schedule %s", mend, x.spec.ID)})
}

// helps reports whether somebody would be on call if the schedule were changed.
func (x *diagnosis) helps(name string, change func(*schedule.Spec)) bool {
	v, ok := x.variants[name]
	if !ok {
		spec := x.spec
		change(&spec)                            // which replaces fields, and writes into no list
		v, _ = schedule.New(spec, x.included...) // nil if it cannot be without that
		x.variants[name] = v
	}
	if v == nil {
		return false
	}
	a := v.OnCall(x.at)
	x.holds(a.Until)
	return len(a.Users) > 0
}

// holds says that the diagnosis may be another one from t on.
func (x *diagnosis) holds(t time.Time) {
	if t.After(x.at) && (x.until.IsZero() || t.Before(x.until)) {
		x.until = t
	}
}

func (x *diagnosis) blameOverride() {
	zone := x.s.Zone()
	for i, o := range x.spec.Overrides {
		from, to := o.From.In(zone), o.To.In(zone)
		x.holds(from)
		x.holds(to)
		if o.Remove != "" && !from.After(x.at) && to.After(x.at) {
			field := fmt.Sprintf("overrides[%d]", i)
			x.blame(CauseOverride, field, fmt.Sprintf("override %s removes %s, and nobody takes over", o.ID, o.Remove),
				"name somebody who takes over in "+field)
		}
	}
	if len(x.causes) == 0 {
		x.blame(CauseOverride, "overrides", "overrides leave nobody on call", "add somebody to the overrides")
	}
}

func (x *diagnosis) blameTemporary() {
	zone := x.s.Zone()
	for i, t := range x.spec.Temporary {
		from, to := t.From.In(zone), t.To.In(zone)
		x.holds(from)
		x.holds(to)
		if !from.After(x.at) && to.After(x.at) {
			field := fmt.Sprintf("temporary[%d]", i)
			x.blame(CauseTemporary, field, fmt.Sprintf("%s (%s) has no shift then", field, t.ID), "add a shift to "+field)
		}
	}
}

// blameLayers asks each layer that is in force by itself: any of them could have somebody.
func (x *diagnosis) blameLayers() {
	zone, prefix, sites, layers := x.s.Zone(), "", x.spec.Sites, x.spec.Layers
	for i, v := range x.spec.Versions {
		from := v.EffectiveFrom.In(zone)
		x.holds(from)
		if !from.After(x.at) {
			prefix, sites, layers = fmt.Sprintf("versions[%d].", i), v.Sites, v.Layers
		}
	}
	for i := range layers {
		if !layers[i].Shadow {
			x.blameLayer(fmt.Sprintf("%slayers[%d]", prefix, i), layers[i])
		}
	}
	for i, s := range sites {
		x.blameSite(fmt.Sprintf("%ssites[%d]", prefix, i), s)
	}
	switch {
	case len(x.causes) > 0:
	case len(sites) > 0:
		x.blame(CauseNotStarted, prefix+"sites", "no site has taken over yet", "let the start be earlier in "+prefix+"sites")
	default:
		x.blame(CauseEmpty, prefix+"layers", "no layer is in force then", "add one to "+prefix+"layers")
	}
}

func (x *diagnosis) blameLayer(field string, l schedule.Layer) {
	zone := x.zone(l.Timezone)
	name := fmt.Sprintf("%s (%s)", field, l.ID)
	start, end := l.Start.In(zone), l.End.In(zone)
	alone := func(name string, change func(*schedule.Layer)) bool {
		return x.helps(field+name, func(s *schedule.Spec) {
			changed := l
			change(&changed)
			s.Overrides, s.Temporary, s.Sites, s.Versions, s.Layers = nil, nil, nil, nil, []schedule.Layer{changed}
		})
	}
	switch {
	case !l.Start.IsZero() && x.at.Before(start):
		x.holds(start)
		x.blame(CauseNotStarted, field, fmt.Sprintf("before %s starts, on %s", name, long(start)), "let the start be earlier in "+name)
	case !l.End.IsZero() && !x.at.Before(end):
		x.blame(CauseEnded, field, fmt.Sprintf("after %s ended, on %s", name, long(end)), "take the end out of "+name)
	case len(x.spec.Holidays) > 0 && alone(" holidays", func(l *schedule.Layer) { l.Holidays = schedule.HolidaysOn }):
		x.blameHoliday(field, name, zone, l)
	case len(l.Coverage) > 0 && alone(" coverage", func(l *schedule.Layer) { l.Coverage, l.Holidays = nil, schedule.HolidaysOn }):
		x.blame(CauseCoverage, field, "outside the coverage of "+name, "add coverage to "+name)
		x.causes[len(x.causes)-1].weekly = zone.String() == x.s.Zone().String()
	case len(l.Hours) > 0 && alone(" hours", func(l *schedule.Layer) {
		l.Coverage, l.Hours, l.Holidays = nil, nil, schedule.HolidaysOn
	}):
		x.blame(CauseHours, field, "outside the own hours of whose turn it is in "+name, "change the hours in "+name)
	default:
		x.blameTurn(field, name, l)
	}
	x.holds(end)
}

func (x *diagnosis) blameHoliday(field, name string, zone *time.Location, l schedule.Layer) {
	year, month, day := x.at.In(zone).Date()
	for _, h := range x.spec.Holidays {
		for _, d := range h.Days {
			y, m, dd := d.Date.Date()
			if (len(l.Calendars) == 0 || slices.Contains(l.Calendars, h.ID)) && y == year && m == month && dd == day {
				x.blame(CauseHoliday, field, fmt.Sprintf("%s has nobody on holidays: %s", name, holidayName(h.ID, d)),
					"add a layer with holidays: only, or write holidays: on in "+name)
				return
			}
		}
	}
	x.blame(CauseHoliday, field, name+" has somebody on holidays only", "add a layer for the other days beside "+name)
}

func holidayName(calendar string, d schedule.Holiday) string {
	if d.Name != "" {
		return d.Name
	}
	return "a day of " + calendar
}

// blameTurn is for a layer that would have somebody, were it not for whose turn it is.
func (x *diagnosis) blameTurn(field, name string, l schedule.Layer) {
	switch {
	case l.Schedule != "":
		x.blame(CauseIncluded, field, fmt.Sprintf("schedule %s, which %s includes, has nobody", l.Schedule, name),
			fmt.Sprintf("mend schedule %s, or add a layer below %s", l.Schedule, name))
	case len(l.Shifts) > 0:
		x.blame(CauseUnassigned, field, name+" has no shift placed then", "add a shift to "+name)
	case slices.Contains(l.Users, schedule.Unassigned):
		x.blame(CauseUnassigned, field, "a turn of "+name+" that nobody has", "put somebody in place of ~ in "+name)
	}
}

func (x *diagnosis) blameSite(field string, s schedule.Site) {
	zone := x.zone(s.Timezone)
	name := fmt.Sprintf("%s (%s)", field, s.ID)
	start := s.Start.In(zone)
	if x.at.Before(start) {
		x.holds(start)
		x.blame(CauseNotStarted, field, fmt.Sprintf("before %s starts, on %s", name, long(start)),
			"let the start be earlier in "+name)
		return
	}
	if end := s.End.In(zone); !s.End.IsZero() {
		x.holds(end)
		if !x.at.Before(end) {
			x.blame(CauseEnded, field, fmt.Sprintf("after %s ended, on %s", name, long(end)), "take the end out of "+name)
			return
		}
	}
	if slices.Contains(s.Users, schedule.Unassigned) {
		x.blame(CauseUnassigned, field, fmt.Sprintf("a turn of %s that nobody has", name), "put somebody in place of ~ in "+name)
	}
}

// zone returns the zone of that name, or the schedule's.
func (x *diagnosis) zone(name string) *time.Location {
	if name == "" {
		return x.s.Zone()
	}
	zone, err := calendar.LoadZone(name)
	if err != nil {
		return x.s.Zone() // never: the schedule was made with it
	}
	return zone
}
