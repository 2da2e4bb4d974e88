package schedule

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// FieldError is one problem of a [Spec]. [New] joins all it finds.
type FieldError struct {
	Path   string // where, such as layers[1].rotation.every; counted from 0
	Reason string // what is wrong and how to mend it
}

// Error returns "schedule: path: reason".
func (e *FieldError) Error() string { return "schedule: " + e.Path + ": " + e.Reason }

// New makes a schedule, or reports everything that is wrong with spec: an [errors.Join] of *[FieldError]. The schedule
// keeps a copy of spec. Every schedule that a layer includes must be given; [NewAll] finds the order by itself.
func New(spec Spec, included ...*Schedule) (*Schedule, error) {
	byID := map[watchbill.ScheduleID]*Schedule{}
	for _, s := range included {
		if s != nil {
			byID[s.ID()] = s
		}
	}
	return compile(spec, byID, calendar.NewLister())
}

// compile is New with the included schedules by ID. A nil one exists, but has problems of its own.
func compile(spec Spec, included map[watchbill.ScheduleID]*Schedule, lister *calendar.Lister) (*Schedule, error) {
	c := compiler{zones: map[string]*time.Location{}, included: included, lister: lister}
	s := &Schedule{spec: spec.clone()}
	if spec.ID == "" {
		c.fail("id", "is missing; name the schedule")
	}
	s.zone = c.zone("timezone", spec.Timezone, time.UTC)
	if spec.Combine > Union {
		c.fail("combine", "is unknown; write override or union")
	}
	c.days(spec.Holidays)
	ids := map[LayerID]bool{}
	c.versions(s, ids)
	c.temporaries(s, ids)
	c.overrides(s)
	if err := errors.Join(c.problems...); err != nil {
		return nil, err
	}
	s.cost = c.inAll
	return s, nil
}

// days reads the holidays.
func (c *compiler) days(calendars []Holidays) {
	c.holidays, c.filters = map[string][]calendar.Civil{}, map[string]calendar.DayFilter{}
	n := 0
	for i, h := range calendars {
		path := fmt.Sprintf("holidays[%d]", i)
		if _, twice := c.holidays[h.ID]; twice || h.ID == "" {
			c.fail(path+".id", "is %q; give each calendar a name of its own", h.ID)
		}
		if n += len(h.Days); n > maxDays {
			c.fail(path+".days", "makes more than %d days in all", maxDays)
			return
		}
		days := []calendar.Civil{}
		for j, d := range h.Days {
			if year, _, _ := d.Date.Date(); year < firstYear || year > lastYear {
				c.fail(fmt.Sprintf("%s.days[%d].date", path, j), "is %v; it must be in %d to %d", d.Date, firstYear, lastYear)
			}
			days = append(days, d.Date)
		}
		c.holidays[h.ID] = days
	}
}

// versions reads sites and layers: those of the Spec itself, then those of each version.
func (c *compiler) versions(s *Schedule, ids map[LayerID]bool) {
	if c.tooMany("versions", len(s.spec.Versions), maxVersions) {
		return
	}
	begins := make([]instant, 0, len(s.spec.Versions)+1)
	for i, v := range s.spec.Versions {
		path := fmt.Sprintf("versions[%d].effective_from", i)
		from := c.moment(path, v.EffectiveFrom, s.zone)
		if i > 0 && from != noInstant && from <= begins[i-1] {
			c.fail(path, "is %v, which is not after that of the version before; list versions in order", v.EffectiveFrom)
		}
		begins = append(begins, from)
	}
	begins = append(begins, never)
	c.version(s, "", begins[0], s.spec.Sites, s.spec.Layers, ids)
	for i, v := range s.spec.Versions {
		c.version(s, fmt.Sprintf("versions[%d].", i), begins[i+1], v.Sites, v.Layers, ids)
	}
}

func (c *compiler) version(s *Schedule, path string, to instant, sites []Site, layers []Layer, ids map[LayerID]bool) {
	if c.tooMany(path+"layers", len(sites)+len(layers), maxLayers) {
		return
	}
	if c.inAll += len(sites) + len(layers); c.inAll > maxInAll {
		c.fail(path+"layers", "make more than %d layers in all, those of included schedules counted", maxInAll)
		return
	}
	seen := map[LayerID]bool{}
	var compiledSites, compiled, shadows []layer
	for i := range sites {
		at := fmt.Sprintf("%ssites[%d]", path, i)
		checkID(c, at, sites[i].ID, seen)
		compiledSites = append(compiledSites, c.site(at, &sites[i]))
	}
	for i := range layers {
		at := fmt.Sprintf("%slayers[%d]", path, i)
		checkID(c, at, layers[i].ID, seen)
		if l := c.layer(at, &layers[i], s.zone); layers[i].Shadow {
			shadows = append(shadows, l)
		} else {
			compiled = append(compiled, l)
		}
	}
	for id := range seen {
		ids[id] = true
	}
	s.addEra(to, compiledSites, compiled, shadows)
	if people := s.eras[len(s.eras)-1].people; people > MaxAtOnce {
		c.fail(path+"layers", "may have %d people on call at once; at most %d are allowed", people, MaxAtOnce)
	}
}

func (c *compiler) temporaries(s *Schedule, ids map[LayerID]bool) {
	if c.tooMany("temporary", len(s.spec.Temporary), maxTemporary) {
		return
	}
	windows := make([]span, 0, len(s.spec.Temporary))
	for i := range s.spec.Temporary {
		path, spec := fmt.Sprintf("temporary[%d]", i), &s.spec.Temporary[i]
		checkID(c, path, spec.ID, ids)
		window := c.span(path, spec.From, spec.To, s.zone)
		tmp := temporary{id: spec.ID, placed: c.placed(path+".shifts", spec.Shifts, s.zone)}
		tmp.cut(window)
		s.temporaries = append(s.temporaries, tmp)
		windows = append(windows, window)
		s.people = max(s.people, tmp.most)
	}
	s.windows = newSpans(windows)
}

func (c *compiler) overrides(s *Schedule) {
	list := s.spec.Overrides
	if c.tooMany("overrides", len(list), MaxOverrides) {
		return
	}
	seen := make(map[OverrideID]bool, len(list))
	spans := make([]span, 0, len(list))
	for i := range list {
		path := fmt.Sprintf("overrides[%d]", i)
		checkID(c, path, list[i].ID, seen)
		spans = append(spans, c.override(path, &list[i], s.zone))
	}
	over, most := overfull(spans, one)
	if len(over) > 0 {
		c.fail(fmt.Sprintf("overrides[%d]", over[0]), "holds while %d others do; at most %d may at once", MaxAtOnce, MaxAtOnce)
		return
	}
	var adds []span
	for i, o := range list {
		if o.Add != "" {
			adds = append(adds, spans[i])
		}
	}
	s.overrides = overrides{slices.Clip(list), newSpans(spans), most, mostAtOnce(adds, one)}
}

// override checks all but the ID.
func (c *compiler) override(path string, o *Override, zone *time.Location) span {
	holds := c.span(path, o.From, o.To, zone)
	given := 0
	for _, one := range [...]struct {
		name string
		user watchbill.UserID
	}{{"user", o.User}, {"add", o.Add}, {"remove", o.Remove}} {
		if one.user != "" {
			given++
		}
		if one.user == Unassigned {
			c.fail(path+"."+one.name, "is nobody; name a user, or remove whom nobody shall replace")
		}
	}
	switch {
	case given == 0:
		c.fail(path+".user", "is missing; name the user who takes over, or one to add or to remove")
	case given > 1:
		c.fail(path+".user", "is not all there is; give one of user, add and remove")
	case o.Replaces != "" && o.User == "":
		c.fail(path+".replaces", "goes with user; leave it out")
	case o.Replaces == Unassigned:
		c.fail(path+".replaces", "is nobody; name the user who is replaced, or leave it out to replace everybody")
	}
	return holds
}

// Validate reports everything that is wrong with o: an [errors.Join] of *[FieldError]. Civil times are read in zone,
// the schedule's. It cannot tell whether the ID is used by another override and whether the people exist.
func (o Override) Validate(zone *time.Location) error {
	var c compiler
	checkID(&c, "", o.ID, map[OverrideID]bool{})
	c.override("", &o, zone)
	return errors.Join(c.problems...)
}
