package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// scheduleSpec reads a schedule. What its fields mean to each other is checked by package schedule.
func scheduleSpec(o *object) schedule.Spec {
	o.within = o.timezone(o.zone)
	return schedule.Spec{
		ID:        watchbill.ScheduleID(o.text("id")),
		Timezone:  o.within,
		Combine:   word[schedule.Combine](o, "combine", "override", "union"),
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
		ID:        schedule.LayerID(o.text("id")),
		Users:     turns(o),
		Shifts:    list(o, "shifts", placed),
		Schedule:  watchbill.ScheduleID(o.text("schedule")),
		Start:     parse[calendar.Moment](o, "start"),
		End:       parse[calendar.Moment](o, "end"),
		Rotation:  inner(o, "rotation", rotation),
		Seats:     o.number("seats", 1),
		Timezone:  o.timezone(""),
		Coverage:  list(o, "coverage", window),
		Hours:     hours(o),
		Holidays:  holidayMode(o),
		Calendars: texts[string](o, "calendars"),
		Count:     word[schedule.Count](o, "count", "calendar", "covered"),
		Shadow:    o.boolean("shadow"),
	}
	if o.has("file") && o.has("shifts") {
		o.wrong("file", "is given beside shifts; keep one of them")
	}
	l.Shifts = append(l.Shifts, shiftsOfFile(o, cmp.Or(l.Timezone, o.within))...)
	if o.has("file") && len(l.Shifts) == 0 { // and why has been said
		o.excused = append(o.excused, o.at.path)
	}
	return l
}

// holidayMode says itself what is wrong with a list, which is what the schedule's field of that name is.
func holidayMode(o *object) schedule.HolidayMode {
	if n, ok := o.one("holidays"); ok && n.Kind != yaml.ScalarNode {
		o.fail(n, "must be off, on or only, got %s; the days are listed in the schedule's holidays, and calendars chooses among these", describe(n))
		return 0
	}
	return word[schedule.HolidayMode](o, "holidays", "off", "on", "only")
}

// turns reads the users of a layer, where ~ is a turn that nobody has. Quoted or not, it is the same.
func turns(o *object) []watchbill.UserID {
	var users []watchbill.UserID
	for _, n := range o.items("users") {
		u := watchbill.UserID(n.Value)
		if n.isNull() && n.Value != "" {
			u = schedule.Unassigned
		} else {
			o.plain(n)
		}
		users = append(users, u)
	}
	return users
}

func rotation(o *object) schedule.Rotation {
	before := len(o.problems)
	r := schedule.Rotation{
		Every: o.number("every", 1),
		Unit:  parse[calendar.Unit](o, "unit"),
		RRule: parse[calendar.Rule](o, "rrule"),
	}
	for _, n := range o.items("lengths") {
		r.Lengths = append(r.Lengths, parseNode[calendar.Length](o.decoder, n))
	}
	if len(o.problems) > before && (o.has("rrule") || o.has("lengths")) { // then no unit is missing
		o.excused = append(o.excused, o.at.path)
	}
	return r
}

func placed(o *object) schedule.Placed {
	return schedule.Placed{
		From:  parse[calendar.Moment](o, "from"),
		To:    parse[calendar.Moment](o, "to"),
		Users: turns(o),
	}
}

// window asks for times of day, since one that is missing would count as midnight.
func window(o *object) calendar.Window {
	w := calendar.Window{
		From:  parse[calendar.TimeOfDay](o, "from"),
		To:    parse[calendar.TimeOfDay](o, "to"),
		RRule: parse[calendar.Rule](o, "rrule"),
		For:   parse[calendar.Length](o, "for"),
	}
	for _, n := range o.items("days") {
		w.Days = append(w.Days, parseNode[calendar.Weekday](o.decoder, n))
	}
	switch {
	case !o.has("from"):
		o.wrong("from", `is missing; write a time of day such as "09:00"`)
	case o.has("rrule") && (o.has("days") || o.has("to")):
		o.fail(o.at, "is given twice; give days, from and to, or rrule, from and for")
	case !o.has("rrule") && !o.has("to") && !o.has("for"):
		o.wrong("to", `is missing; write a time of day such as "17:00"`)
	}
	return w
}

// hours reads people's own hours, which are fields by the people's ids.
func hours(o *object) map[watchbill.UserID]schedule.Hours {
	n, ok := o.one("hours")
	if !ok {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		o.fail(n, "must have a field for each person, as {ada: {coverage: [...]}}; got %s", describe(n))
		return nil
	}
	people := &object{decoder: o.decoder, at: n, fields: map[string][]node{}}
	people.add(n)
	all := map[watchbill.UserID]schedule.Hours{}
	for _, id := range slices.Sorted(maps.Keys(people.fields)) {
		own := people.fields[id][0]
		own.path = fmt.Sprintf("%s[%s]", n.path, id)
		all[watchbill.UserID(id)] = read(o.decoder, own, func(o *object) schedule.Hours {
			return schedule.Hours{Timezone: o.timezone(""), Coverage: list(o, "coverage", window)}
		})
	}
	return all
}

func site(o *object) schedule.Site {
	s := schedule.Site{
		ID:       schedule.LayerID(o.text("id")),
		Timezone: o.timezone(""),
		From:     parse[calendar.TimeOfDay](o, "from"),
		Users:    turns(o),
		Start:    parse[calendar.Moment](o, "start"),
		End:      parse[calendar.Moment](o, "end"),
		Rotation: inner(o, "rotation", rotation),
		Seats:    o.number("seats", 1),
	}
	for _, n := range o.items("days") {
		s.Days = append(s.Days, parseNode[calendar.Weekday](o.decoder, n))
	}
	if !o.has("from") {
		o.wrong("from", `is missing; write when the site takes over, such as "09:00"`)
	}
	return s
}

func version(o *object) schedule.Version {
	return schedule.Version{
		EffectiveFrom: parse[calendar.Moment](o, "effective_from"),
		Sites:         list(o, "sites", site),
		Layers:        list(o, "layers", layer),
	}
}

func temporary(o *object) schedule.Temporary {
	return schedule.Temporary{
		ID:     schedule.LayerID(o.text("id")),
		From:   parse[calendar.Moment](o, "from"),
		To:     parse[calendar.Moment](o, "to"),
		Shifts: list(o, "shifts", placed),
	}
}

func override(o *object) schedule.Override {
	return schedule.Override{
		ID:       schedule.OverrideID(o.text("id")),
		From:     parse[calendar.Moment](o, "from"),
		To:       parse[calendar.Moment](o, "to"),
		User:     watchbill.UserID(o.text("user")),
		Replaces: watchbill.UserID(o.text("replaces")),
		Add:      watchbill.UserID(o.text("add")),
		Remove:   watchbill.UserID(o.text("remove")),
		Reason:   o.text("reason"),
	}
}
