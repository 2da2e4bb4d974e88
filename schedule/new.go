package schedule

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// The most that a Spec may hold. They are far beyond any use, and keep a hostile one from costing much.
const (
	maxEvery     = 10_000
	maxLayers    = 200
	maxUsers     = 10_000
	maxWindows   = 1_000
	maxOverrides = 100_000
)

// FieldError is one problem of a [Spec]. [New] joins all it finds.
type FieldError struct {
	Path   string // where, such as layers[1].rotation.every; counted from 0
	Reason string // what is wrong and how to mend it
}

// Error returns "schedule: path: reason".
func (e *FieldError) Error() string { return "schedule: " + e.Path + ": " + e.Reason }

// New makes a schedule, or reports everything that is wrong with spec: an [errors.Join] of *[FieldError]. The schedule
// keeps a copy of spec.
func New(spec Spec) (*Schedule, error) {
	c := compiler{zones: map[string]*time.Location{}}
	s := &Schedule{spec: spec.clone()}
	if spec.ID == "" {
		c.fail("id", "is missing; name the schedule")
	}
	s.zone = c.zone("timezone", spec.Timezone, time.UTC)
	c.layers(s)
	c.overrides(s)
	if err := errors.Join(c.problems...); err != nil {
		return nil, err
	}
	return s, nil
}

// clone shares no memory with spec.
func (spec Spec) clone() Spec {
	spec.Overrides = slices.Clone(spec.Overrides)
	spec.Layers = slices.Clone(spec.Layers)
	for i := range spec.Layers {
		l := &spec.Layers[i]
		l.Users = slices.Clone(l.Users)
		l.Coverage = slices.Clone(l.Coverage)
		for j := range l.Coverage {
			l.Coverage[j].Days = slices.Clone(l.Coverage[j].Days)
		}
	}
	return spec
}

// compiler turns a Spec into a Schedule and goes on after a problem, to find them all. What it makes of a field with a
// problem is never used.
type compiler struct {
	problems []error
	zones    map[string]*time.Location
}

func (c *compiler) fail(path, format string, args ...any) {
	c.problems = append(c.problems, &FieldError{path, fmt.Sprintf(format, args...)})
}

func (c *compiler) layers(s *Schedule) {
	if n := len(s.spec.Layers); n > maxLayers {
		c.fail("layers", "has %d layers; at most %d are allowed", n, maxLayers)
		return
	}
	seen := map[LayerID]bool{}
	for i := range s.spec.Layers {
		path := fmt.Sprintf("layers[%d]", i)
		l := &s.spec.Layers[i]
		checkID(c, path, l.ID, seen)
		s.layers = append(s.layers, c.layer(path, l, s.zone))
	}
}

func (c *compiler) layer(path string, spec *Layer, zone *time.Location) layer {
	l := layer{id: spec.ID, users: spec.Users, zone: c.zone(path+".timezone", spec.Timezone, zone), end: never}
	c.users(path+".users", spec.Users)
	l.runs = runLengths(spec.Users)
	l.rotation = c.rotation(path+".rotation", spec.Rotation)
	l.anchor = spec.Start.Civil(l.zone)
	l.start = c.moment(path+".start", spec.Start, l.zone)
	if !spec.End.IsZero() {
		l.end = c.momentAfter(path+".end", spec.End, l.zone, l.start)
	}
	l.coverage = c.coverage(path+".coverage", spec.Coverage)
	return l
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

func (c *compiler) rotation(path string, r Rotation) Rotation {
	if r.Every == 0 {
		r.Every = 1
	}
	if r.Every < 1 || r.Every > maxEvery {
		c.fail(path+".every", "is %d; write a number from 1 to %d", r.Every, maxEvery)
	}
	if r.Unit < calendar.Hour || r.Unit > calendar.Month {
		c.fail(path+".unit", "is missing; write hour, day, week or month")
	}
	return r
}

func (c *compiler) coverage(path string, windows []calendar.Window) calendar.Pattern {
	if n := len(windows); n > maxWindows {
		c.fail(path, "has %d windows; at most %d are allowed", n, maxWindows)
		return calendar.Pattern{}
	}
	for i, w := range windows {
		if err := w.Validate(); err != nil {
			c.fail(fmt.Sprintf("%s[%d]", path, i), "%v", err)
		}
	}
	return calendar.NewPattern(windows)
}

func (c *compiler) overrides(s *Schedule) {
	if n := len(s.spec.Overrides); n > maxOverrides {
		c.fail("overrides", "has %d overrides; at most %d are allowed", n, maxOverrides)
		return
	}
	seen := map[OverrideID]bool{}
	list := make([]override, 0, len(s.spec.Overrides))
	for i := range s.spec.Overrides {
		path := fmt.Sprintf("overrides[%d]", i)
		o := &s.spec.Overrides[i]
		checkID(c, path, o.ID, seen)
		list = append(list, c.override(path, o, s.zone))
	}
	s.overrides = newOverrides(list)
}

func (c *compiler) override(path string, spec *Override, zone *time.Location) override {
	o := override{id: spec.ID, user: spec.User, replaces: spec.Replaces}
	o.from = c.moment(path+".from", spec.From, zone)
	o.to = c.momentAfter(path+".to", spec.To, zone, o.from)
	if o.user == "" || o.user == Unassigned {
		c.fail(path+".user", "is missing; name the user who takes over")
	}
	if o.replaces == Unassigned {
		c.fail(path+".replaces", "is nobody; name the user who is replaced, or leave it out to replace everybody")
	}
	return o
}

// checkID reports an identifier that is missing or has been used before.
func checkID[ID ~string](c *compiler, path string, id ID, seen map[ID]bool) {
	switch {
	case id == "":
		c.fail(path+".id", "is missing; give it a name of its own")
	case seen[id]:
		c.fail(path+".id", "%q is used twice; give each its own", id)
	}
	seen[id] = true
}

// noInstant stands for a moment with a problem, which has been reported.
const noInstant = -never

// moment returns the instant of m, which must be given and lie in the years that a Spec may speak of.
func (c *compiler) moment(path string, m calendar.Moment, zone *time.Location) instant {
	if m.IsZero() {
		c.fail(path, "is missing; write a time such as 2026-01-05T09:00")
		return noInstant
	}
	if year, _, _ := m.Civil(zone).Date(); year < firstYear || year > lastYear {
		c.fail(path, "is in the year %d; it must be in %d to %d", year, firstYear, lastYear)
		return noInstant
	}
	return instantOf(m.In(zone))
}

// momentAfter is moment for the end of what begins at start.
func (c *compiler) momentAfter(path string, m calendar.Moment, zone *time.Location, start instant) instant {
	end := c.moment(path, m, zone)
	if start != noInstant && end != noInstant && end <= start {
		c.fail(path, "is %v, which is not after the beginning; give a later time", m)
	}
	return end
}

// zone returns the zone of that name, or the other one if the name is empty.
func (c *compiler) zone(path, name string, otherwise *time.Location) *time.Location {
	if name == "" {
		return otherwise
	}
	if loc, known := c.zones[name]; known {
		return loc
	}
	loc, err := calendar.LoadZone(name)
	if err != nil {
		c.fail(path, "%v", err)
		loc = time.UTC
	}
	c.zones[name] = loc
	return loc
}
