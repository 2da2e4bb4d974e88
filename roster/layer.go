package roster

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/schedule"
)

// planned is part of the ID of a layer that a proposal puts above another.
const planned = "-roster-"

// target is the one layer, or site, that is planned.
type target struct {
	layer   schedule.Layer // a site: what of it a layer can have
	isSite  bool
	only    bool // there is no other layer and no site
	version int  // in which of the schedule's versions it is; -1: in none, but in the schedule itself
	zone    *time.Location
}

// choose finds the layer: the one that is asked for, or that a roster is about, or the only one.
func (b *builder) choose() error {
	version, sites, layers := b.inForce()
	var found []target
	for _, s := range sites {
		found = append(found, target{isSite: true, layer: schedule.Layer{ID: s.ID, Users: s.Users, Start: s.Start, End: s.End,
			Rotation: s.Rotation, Seats: s.Seats, Timezone: s.Timezone}})
	}
	for _, l := range layers {
		if base, _, is := strings.Cut(string(l.ID), planned); !l.Shadow && !(is && hasLayer(sites, layers, base)) {
			found = append(found, target{layer: l})
		}
	}
	wanted := b.Layer
	if wanted == "" {
		wanted = b.plannedLayer()
	}
	var names []string
	for _, t := range found {
		if t.layer.ID == wanted || wanted == "" && len(found) == 1 {
			b.target = t
		}
		names = append(names, string(t.layer.ID))
	}
	switch {
	case wanted == "" && len(found) > 1:
		return fmt.Errorf("roster: schedule %q has several layers or sites, and a roster plans one of them; choose the layer: %s",
			b.Spec.ID, strings.Join(names, ", "))
	case wanted != "" && b.target.layer.ID == "":
		return fmt.Errorf("roster: schedule %q has no layer %q to plan then; it has %s", b.Spec.ID, wanted, orNone(names))
	}
	b.target.version, b.target.only = version, len(found) < 2 && len(layers) < 2
	if b.target.layer.ID == "" {
		b.target.layer.ID = "roster"
	}
	b.target.zone = b.Schedule.Zone()
	if name := b.target.layer.Timezone; name != "" {
		b.target.zone = zoneOf(name)
	}
	return nil
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func hasLayer(sites []schedule.Site, layers []schedule.Layer, id string) bool {
	return slices.ContainsFunc(layers, func(l schedule.Layer) bool { return string(l.ID) == id }) ||
		slices.ContainsFunc(sites, func(s schedule.Site) bool { return string(s.ID) == id })
}

// plannedLayer is the one that the schedule's only roster is about; empty if it is about none, or there are several.
func (b *builder) plannedLayer() schedule.LayerID {
	var id schedule.LayerID
	n := 0
	for _, r := range b.Catalog.Rosters {
		if r.Schedule == b.Spec.ID {
			id = schedule.LayerID(r.Layer)
			n++
		}
	}
	if n != 1 {
		return ""
	}
	return id
}

// inForce returns the version that holds when the window begins.
func (b *builder) inForce() (int, []schedule.Site, []schedule.Layer) {
	version, sites, layers := -1, b.Spec.Sites, b.Spec.Layers
	for i, v := range b.Spec.Versions {
		if !v.EffectiveFrom.In(b.Schedule.Zone()).After(b.Window.From) {
			version, sites, layers = i, v.Sites, v.Layers
		}
	}
	return version, sites, layers
}

// oneVersion refuses a window in which a version of the schedule takes effect.
func (b *builder) oneVersion() error {
	for _, v := range b.Spec.Versions {
		at := v.EffectiveFrom.In(b.Schedule.Zone())
		if at.After(b.Window.From) && at.Before(b.Window.To) {
			return fmt.Errorf("roster: a version of schedule %q takes effect at %v, within the turns; plan up to then, or from then on",
				b.Spec.ID, v.EffectiveFrom)
		}
	}
	return nil
}

// settings fills in what the roster does not say. What a roster without a layer says of people and hours is about the
// whole schedule, so it says nothing of one of several layers.
func (b *builder) settings() catalog.Roster {
	r, exact := catalog.Roster{}, false
	for _, given := range b.Catalog.Rosters {
		switch {
		case given.Schedule != b.Spec.ID:
		case given.Layer == string(b.target.layer.ID):
			r, exact = given, true
		case given.Layer == "" && !exact:
			r = given
		}
	}
	if !exact && !b.target.only {
		r.People, r.Length, r.Start, r.Coverage, r.Seats = nil, calendar.Length{}, calendar.Moment{}, nil, 0
	}
	r.Schedule, r.Layer = b.Spec.ID, ""
	if r.Seats == 0 {
		r.Seats = b.target.layer.Seats
	}
	r.Seats = max(1, r.Seats)
	return r
}

// place is the planned layer with other people: whoever they are, they have every turn.
func (t target) place(users []watchbill.UserID, hours map[watchbill.UserID]schedule.Hours, r catalog.Roster, start time.Time) schedule.Layer {
	l := t.layer
	l.Users, l.Hours, l.Shifts, l.Schedule, l.Seats, l.Count = users, hours, nil, "", 0, 0
	if l.Start.IsZero() {
		l.Start = calendar.InstantMoment(start)
	}
	l.Rotation = schedule.Rotation{Unit: calendar.Week}
	if len(r.Coverage) > 0 {
		l.Coverage, l.Holidays = r.Coverage, schedule.HolidaysOn
	}
	return l
}

// with returns the schedule without overrides, its planned layer in these hands. If there is no other layer, temporary
// schedules are left out too: a proposal is one itself.
func (b *builder) with(users []watchbill.UserID, hours map[watchbill.UserID]schedule.Hours) (*schedule.Schedule, error) {
	spec := b.Spec
	spec.Overrides = nil
	if b.target.only {
		spec.Temporary = nil
	}
	l := b.target.place(users, hours, b.rules, b.Window.From.Add(-margin))
	change := func(sites []schedule.Site, layers []schedule.Layer) ([]schedule.Site, []schedule.Layer) {
		if i := siteAt(sites, l.ID); b.target.isSite && i >= 0 {
			sites = slices.Clone(sites)
			sites[i].Users, sites[i].Seats = users, 0
			return sites, layers
		}
		layers = slices.Clone(layers)
		if i := layerAt(layers, l.ID); i >= 0 {
			layers[i] = l
			return sites, layers
		}
		return sites, append(layers, l)
	}
	if v := b.target.version; v >= 0 {
		spec.Versions = slices.Clone(spec.Versions)
		spec.Versions[v].Sites, spec.Versions[v].Layers = change(spec.Versions[v].Sites, spec.Versions[v].Layers)
	} else {
		spec.Sites, spec.Layers = change(spec.Sites, spec.Layers)
	}
	return b.compile(spec)
}

func siteAt(sites []schedule.Site, id schedule.LayerID) int {
	return slices.IndexFunc(sites, func(s schedule.Site) bool { return s.ID == id })
}

func layerAt(layers []schedule.Layer, id schedule.LayerID) int {
	return slices.IndexFunc(layers, func(l schedule.Layer) bool { return l.ID == id })
}

// compile makes a schedule of a changed specification, with those that it includes.
func (b *builder) compile(spec schedule.Spec) (*schedule.Schedule, error) {
	specs := []schedule.Spec{spec}
	for i := 0; i < len(specs); i++ {
		layers := slices.Clone(specs[i].Layers)
		for _, v := range specs[i].Versions {
			layers = append(layers, v.Layers...)
		}
		for _, l := range layers {
			for _, other := range b.Specs {
				if other.ID == l.Schedule && !slices.ContainsFunc(specs, func(s schedule.Spec) bool { return s.ID == other.ID }) {
					specs = append(specs, other)
				}
			}
		}
	}
	made, err := schedule.NewAll(specs)
	if err != nil {
		return nil, fmt.Errorf("roster: schedule %q cannot be planned: %w", b.Spec.ID, err)
	}
	return made[0], nil
}

// anybody stands for whoever has the layer.
const anybody watchbill.UserID = "anybody"

// open returns when the planned layer has a say, in the hands of these people: it is open, and nothing hides it.
func (b *builder) open(users []watchbill.UserID, hours map[watchbill.UserID]schedule.Hours, w report.Window) ([]schedule.Interval, error) {
	s, err := b.with(users, hours)
	if err != nil {
		return nil, err
	}
	var list []schedule.Interval
	for _, shift := range s.Shifts(w.From, w.To) {
		if !slices.ContainsFunc(shift.Parts, func(p schedule.Part) bool { return p.Layer == b.target.layer.ID }) {
			continue
		}
		list = joinTo(list, schedule.Interval{Start: shift.Start.In(b.target.zone), End: shift.End.In(b.target.zone)})
	}
	return list, nil
}

// isMine reports whether a part of a shift is duty in the planned layer: as it stands, as planned before, or by an
// override of all there is.
func (b *builder) isMine(p schedule.Part) bool {
	return b.target.only || p.Layer == "" || p.Layer == b.target.layer.ID ||
		strings.HasPrefix(string(p.Layer), string(b.target.layer.ID)+planned)
}

// on returns who has the planned layer in a shift.
func (b *builder) on(s schedule.Shift) []watchbill.UserID {
	var list []watchbill.UserID
	for _, p := range s.Parts {
		if b.isMine(p) && !slices.Contains(list, p.User) {
			list = append(list, p.User)
		}
	}
	return list
}

// share is the plan of the layer alone, for who shares it.
func (b *builder) share() report.Plan {
	plan := b.Plan
	plan.Spec.Overrides, plan.Spec.Temporary, plan.Spec.Versions = nil, nil, nil
	plan.Spec.Sites, plan.Spec.Layers = nil, []schedule.Layer{b.target.layer}
	if b.target.only { // with everybody whom temporary schedules bring in
		plan.Spec = b.Spec
	}
	plan.Catalog.Rosters = []catalog.Roster{b.rules}
	return plan
}
