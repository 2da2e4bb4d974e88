package config

import (
	"cmp"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/schedule"
)

// scheduleSpec reads a schedule. What its fields mean to each other is checked by package schedule.
func scheduleSpec(o *object) schedule.Spec {
	o.within = o.Timezone(o.zone)
	return schedule.Spec{
		ID:        watchbill.ScheduleID(o.Text("id")),
		Timezone:  o.within,
		Combine:   yamlfile.Word[schedule.Combine](o.Object, "combine", "override", "union"),
		Sites:     list(o, "sites", site),
		Layers:    list(o, "layers", layer),
		Versions:  list(o, "versions", version),
		Temporary: list(o, "temporary", temporary),
		Holidays:  list(o, "holidays", holidays),
		Overrides: list(o, "overrides", override),
	}
}

func layer(o *object) schedule.Layer {
	l := schedule.Layer{
		ID:        schedule.LayerID(o.Text("id")),
		Users:     turns(o),
		Shifts:    list(o, "shifts", placed),
		Schedule:  watchbill.ScheduleID(o.Text("schedule")),
		Start:     yamlfile.Value[calendar.Moment](o.Object, "start"),
		End:       yamlfile.Value[calendar.Moment](o.Object, "end"),
		Rotation:  inner(o, "rotation", rotation),
		Seats:     o.Number("seats", 1),
		Timezone:  o.Timezone(""),
		Coverage:  list(o, "coverage", window),
		Hours:     hours(o),
		Holidays:  holidayMode(o),
		Calendars: yamlfile.Texts[string](o.Object, "calendars"),
		Count:     yamlfile.Word[schedule.Count](o.Object, "count", "calendar", "covered"),
		Shadow:    o.Boolean("shadow"),
	}
	if o.Has("file") && o.Has("shifts") {
		o.Wrong("file", "is given beside shifts; keep one of them")
	}
	l.Shifts = append(l.Shifts, shiftsOfFile(o, cmp.Or(l.Timezone, o.within))...)
	if o.Has("file") && len(l.Shifts) == 0 { // and why has been said
		o.Excuse(o.At.Path)
	}
	return l
}

// holidayMode says itself what is wrong with a list, which is what the schedule's field of that name is.
func holidayMode(o *object) schedule.HolidayMode {
	if n, ok := o.One("holidays"); ok && n.Kind != yaml.ScalarNode {
		o.Fail(n, "must be off, on or only, got %s; the days are listed in the schedule's holidays, and calendars chooses among these", yamlfile.Describe(n))
		return 0
	}
	return yamlfile.Word[schedule.HolidayMode](o.Object, "holidays", "off", "on", "only")
}

// turns reads the users of a layer, where ~ is a turn that nobody has. Quoted or not, it is the same.
func turns(o *object) []watchbill.UserID {
	var users []watchbill.UserID
	for _, n := range o.Items("users") {
		u := watchbill.UserID(n.Value)
		if n.IsNull() && n.Value != "" {
			u = schedule.Unassigned
		} else {
			o.Plain(n)
		}
		users = append(users, u)
	}
	return users
}

func rotation(o *object) schedule.Rotation {
	before := o.Failures()
	r := schedule.Rotation{
		Every: o.Number("every", 1),
		Unit:  yamlfile.Value[calendar.Unit](o.Object, "unit"),
		RRule: yamlfile.Value[calendar.Rule](o.Object, "rrule"),
	}
	for _, n := range o.Items("lengths") {
		r.Lengths = append(r.Lengths, yamlfile.ValueOf[calendar.Length](o.Decoder, n))
	}
	if o.Failures() > before && (o.Has("rrule") || o.Has("lengths")) { // then no unit is missing
		o.Excuse(o.At.Path)
	}
	return r
}

func placed(o *object) schedule.Placed {
	return schedule.Placed{
		From:  yamlfile.Value[calendar.Moment](o.Object, "from"),
		To:    yamlfile.Value[calendar.Moment](o.Object, "to"),
		Users: turns(o),
	}
}

// window asks for times of day, since one that is missing would count as midnight.
func window(o *object) calendar.Window {
	w := calendar.Window{
		From:  yamlfile.Value[calendar.TimeOfDay](o.Object, "from"),
		To:    yamlfile.Value[calendar.TimeOfDay](o.Object, "to"),
		RRule: yamlfile.Value[calendar.Rule](o.Object, "rrule"),
		For:   yamlfile.Value[calendar.Length](o.Object, "for"),
	}
	for _, n := range o.Items("days") {
		w.Days = append(w.Days, yamlfile.ValueOf[calendar.Weekday](o.Decoder, n))
	}
	switch {
	case !o.Has("from"):
		o.Wrong("from", `is missing; write a time of day such as "09:00"`)
	case o.Has("rrule") && (o.Has("days") || o.Has("to")):
		o.Fail(o.At, "is given twice; give days, from and to, or rrule, from and for")
	case !o.Has("rrule") && !o.Has("to") && !o.Has("for"):
		o.Wrong("to", `is missing; write a time of day such as "17:00"`)
	}
	return w
}

// hours reads people's own hours, which are fields by the people's ids.
func hours(o *object) map[watchbill.UserID]schedule.Hours {
	n, ok := o.One("hours")
	if !ok {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		o.Fail(n, "must have a field for each person, as {ada: {coverage: [...]}}; got %s", yamlfile.Describe(n))
		return nil
	}
	people := yamlfile.NewObject(o.Decoder, n)
	all := map[watchbill.UserID]schedule.Hours{}
	for _, id := range people.Names() {
		own := people.Where(id)
		own.Path = fmt.Sprintf("%s[%s]", n.Path, id)
		all[watchbill.UserID(id)] = read(o.decoder, own, func(o *object) schedule.Hours {
			return schedule.Hours{Timezone: o.Timezone(""), Coverage: list(o, "coverage", window)}
		})
	}
	return all
}

func site(o *object) schedule.Site {
	s := schedule.Site{
		ID:       schedule.LayerID(o.Text("id")),
		Timezone: o.Timezone(""),
		From:     yamlfile.Value[calendar.TimeOfDay](o.Object, "from"),
		Users:    turns(o),
		Start:    yamlfile.Value[calendar.Moment](o.Object, "start"),
		End:      yamlfile.Value[calendar.Moment](o.Object, "end"),
		Rotation: inner(o, "rotation", rotation),
		Seats:    o.Number("seats", 1),
	}
	for _, n := range o.Items("days") {
		s.Days = append(s.Days, yamlfile.ValueOf[calendar.Weekday](o.Decoder, n))
	}
	if !o.Has("from") {
		o.Wrong("from", `is missing; write when the site takes over, such as "09:00"`)
	}
	return s
}

func version(o *object) schedule.Version {
	return schedule.Version{
		EffectiveFrom: yamlfile.Value[calendar.Moment](o.Object, "effective_from"),
		Sites:         list(o, "sites", site),
		Layers:        list(o, "layers", layer),
	}
}

func temporary(o *object) schedule.Temporary {
	return schedule.Temporary{
		ID:     schedule.LayerID(o.Text("id")),
		From:   yamlfile.Value[calendar.Moment](o.Object, "from"),
		To:     yamlfile.Value[calendar.Moment](o.Object, "to"),
		Shifts: list(o, "shifts", placed),
	}
}

func override(o *object) schedule.Override {
	return schedule.Override{
		ID:       schedule.OverrideID(o.Text("id")),
		From:     yamlfile.Value[calendar.Moment](o.Object, "from"),
		To:       yamlfile.Value[calendar.Moment](o.Object, "to"),
		User:     watchbill.UserID(o.Text("user")),
		Replaces: watchbill.UserID(o.Text("replaces")),
		Add:      watchbill.UserID(o.Text("add")),
		Remove:   watchbill.UserID(o.Text("remove")),
		Reason:   o.Text("reason"),
	}
}
