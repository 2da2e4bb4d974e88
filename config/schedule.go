package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

func scheduleSpec(o *object) schedule.Spec {
	s := schedule.Spec{
		ID:        watchbill.ScheduleID(o.text("id")),
		Timezone:  o.timezone(o.zone),
		Layers:    list(o, "layers", layer),
		Overrides: list(o, "overrides", override),
	}
	if o.choice("combine", "override", "union") == "union" {
		o.notBuilt("combine", "later layers hide earlier ones, so fewer people are paged than meant, but never nobody instead")
	}
	o.unbuilt("holidays", "coverage holds on holidays too")
	return s
}

func layer(o *object) schedule.Layer {
	l := schedule.Layer{
		ID:       schedule.LayerID(o.text("id")),
		Users:    turns(o),
		Start:    parse[calendar.Moment](o, "start"),
		End:      parse[calendar.Moment](o, "end"),
		Rotation: inner(o, "rotation", rotation),
		Timezone: o.timezone(""),
		Coverage: list(o, "coverage", window),
	}
	if o.number("seats", 1) > 1 {
		o.notBuilt("seats", "one person is on call at a time, in the order of the list")
	}
	if o.choice("count", "calendar", "covered") == "covered" {
		o.notBuilt("count", "turns without coverage count too")
	}
	if o.boolean("shadow") {
		o.notBuilt("shadow", "the layer is left out, or it would hide the people whom it shadows")
		o.omitted[o.at.path] = true
	}
	return l
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

// rotation stands in for what is not built: with a rotation of even turns somebody is always on call.
func rotation(o *object) schedule.Rotation {
	r := schedule.Rotation{Every: o.number("every", 1), Unit: parse[calendar.Unit](o, "unit")}
	lengths, even, byRule := o.items("lengths"), o.has("every") || o.has("unit"), o.has("rrule")
	switch {
	case even && (lengths != nil || byRule), lengths != nil && byRule:
		o.fail(o.at, "says the length of a turn twice; give every and unit, or lengths, or rrule")
	case lengths != nil:
		r = unevenly(o, lengths)
	case byRule:
		o.notBuilt("rrule", "every turn lasts a week from the layer's start")
		r = schedule.Rotation{Every: 1, Unit: calendar.Week}
	}
	return r
}

func unevenly(o *object, lengths []node) schedule.Rotation {
	var all []schedule.Rotation
	for _, n := range lengths {
		r, ok := turnLength(n.Value)
		if !ok {
			o.fail(n, "must be a number and h, d or w, such as 2d; got %s", quote(n.Value))
		}
		all = append(all, r)
	}
	if len(all) > 1 {
		o.notBuilt("lengths", fmt.Sprintf("every turn lasts %s, the first length", lengths[0].Value))
	}
	return all[0]
}

// turnLength reads a civil length such as 2d.
func turnLength(s string) (schedule.Rotation, bool) {
	units := map[string]calendar.Unit{"h": calendar.Hour, "d": calendar.Day, "w": calendar.Week}
	number := strings.TrimRight(s, "hdw")
	unit := units[strings.TrimPrefix(s, number)]
	every, err := strconv.Atoi(number)
	if err != nil || every < 1 || unit == 0 {
		return schedule.Rotation{Every: 1, Unit: calendar.Week}, false
	}
	return schedule.Rotation{Every: every, Unit: unit}, true
}

// window stands in for a rule by covering everything: too much coverage pages somebody, too little nobody.
func window(o *object) calendar.Window {
	w := calendar.Window{From: parse[calendar.TimeOfDay](o, "from"), To: parse[calendar.TimeOfDay](o, "to")}
	for _, n := range o.items("days") {
		w.Days = append(w.Days, parseNode[calendar.Weekday](o.decoder, n))
	}
	weekly, byRule, lasts := o.has("days") || o.has("to"), o.has("rrule"), o.has("for")
	switch {
	case lasts && !byRule:
		o.wrong("for", "goes with rrule only; give days, from and to")
	case weekly && byRule:
		o.fail(o.at, "is given twice; give days, from and to, or rrule, from and for")
	case byRule:
		o.notBuilt("rrule", "the layer is on call at every hour, as if this window were the whole week")
		return wholeWeek()
	case !o.has("from"):
		o.wrong("from", `is missing; write a time of day such as "09:00"`)
	case !o.has("to"):
		o.wrong("to", `is missing; write a time of day such as "17:00"`)
	}
	return w
}

func wholeWeek() calendar.Window {
	w := calendar.Window{To: calendar.NewTimeOfDay(24, 0)}
	for d := calendar.Monday; d <= calendar.Sunday; d++ {
		w.Days = append(w.Days, d)
	}
	return w
}

// override stands in for add by a plain override, since that reaches somebody also where nobody is on call, and for
// remove by nothing.
func override(o *object) schedule.Override {
	v := schedule.Override{
		ID:       schedule.OverrideID(o.text("id")),
		From:     parse[calendar.Moment](o, "from"),
		To:       parse[calendar.Moment](o, "to"),
		User:     watchbill.UserID(o.text("user")),
		Replaces: watchbill.UserID(o.text("replaces")),
	}
	add, remove := o.text("add"), o.text("remove")
	user := o.has("user") || o.has("replaces")
	switch {
	case user && add != "", user && remove != "", add != "" && remove != "":
		o.fail(o.at, "has several meanings; give user, perhaps with replaces, or add, or remove")
	case add != "":
		o.notBuilt("add", "the person takes over alone, as with user")
		v.User = o.insteadOfUser("add", add)
	case remove != "":
		o.notBuilt("remove", "the person stays on call")
		v.User = o.insteadOfUser("remove", remove)
		o.omitted[o.at.path] = true
	}
	return v
}

// insteadOfUser lets the domain check the person in another field as if it were user.
func (o *object) insteadOfUser(field, id string) watchbill.UserID {
	o.renamed[join(o.at.path, "user")] = join(o.at.path, field)
	return watchbill.UserID(id)
}

// omit takes out what has been checked but cannot be carried out.
func (d *decoder) omit(schedules []schedule.Spec) {
	for i := range schedules {
		s, path := &schedules[i], fmt.Sprintf("schedules[%d]", i)
		s.Layers = kept(d, path+".layers", s.Layers)
		s.Overrides = kept(d, path+".overrides", s.Overrides)
	}
}

func kept[T any](d *decoder, path string, items []T) []T {
	var rest []T
	for i, item := range items {
		if !d.omitted[fmt.Sprintf("%s[%d]", path, i)] {
			rest = append(rest, item)
		}
	}
	return rest
}
