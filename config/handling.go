package config

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill/route"
)

// handling reads how a source treats its signals, and has its expressions compiled.
func handling(o *object) route.Handling {
	h := route.Handling{
		Rules:     list(o, "rules", rule),
		Limit:     inner(o, "limit", perTime),
		Flood:     inner(o, "flood", perTime),
		Pause:     o.duration("pause", 0),
		Group:     inner(o, "group", group),
		Flapping:  inner(o, "flapping", flapping),
		Downgrade: o.boolean("downgrade"),
		Ready:     o.text("ready"),
		Mapping:   inner(o, "mapping", mapping),
	}
	if o.has("mapping") || o.has("ready") {
		o.foreign()
	}
	o.compile(h)
	return h
}

// foreign refuses a mapping where the source's type says how its bodies are read.
func (o *object) foreign() {
	if n, ok := o.scalar("type"); ok && n.Value != "generic" {
		o.fail(n, "must be generic: mapping and ready are how bodies of a foreign form are read")
	}
}

// compile has the host compile the expressions, and says where in the file its complaints belong.
func (o *object) compile(h route.Handling) {
	_, err := route.Compile(h, o.compiler)
	read := slices.Clone(o.excused)
	for _, e := range handlingErrors(err) {
		path := join(o.at.path, "") + e.Path
		if slices.ContainsFunc(read, func(said string) bool { return related(said, path) }) {
			continue
		}
		n, _ := find(o.roots, path)
		n.path = path
		if names := slices.Collect(maps.Keys(route.Ready())); e.Path == "ready" {
			if near := Nearest(h.Ready, names); near != "" {
				e.Reason += "; did you mean " + strconv.Quote(near) + "?"
			}
		}
		o.fail(n, "%s", e.Reason)
	}
}

// handlingErrors returns every field error within a joined error.
func handlingErrors(err error) []route.FieldError {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []route.FieldError
		for _, e := range many.Unwrap() {
			all = append(all, handlingErrors(e)...)
		}
		return all
	}
	var e *route.FieldError
	if errors.As(err, &e) {
		return []route.FieldError{*e}
	}
	return nil
}

func rule(o *object) route.Rule {
	return route.Rule{
		ID:       o.text("id"),
		When:     o.expression("when"),
		Response: o.paragraph("response"),
		Set:      inner(o, "set", set),
		Group:    inner(o, "group", group),
		Pause:    o.duration("pause", 0),
		Suppress: o.boolean("suppress"),
		Drop:     o.boolean("drop"),
		Stop:     o.boolean("stop"),
	}
}

func set(o *object) route.Set {
	return route.Set{
		Key:      o.expression("key"),
		Summary:  o.expression("summary"),
		Severity: o.expression("severity"),
		Urgency:  o.expression("urgency"),
		Priority: o.expression("priority"),
		Service:  o.expression("service"),
		Policy:   o.expression("policy"),
		Labels:   inner(o, "labels", expressions),
	}
}

func group(o *object) *route.Group {
	return &route.Group{
		By:      texts[string](o, "by"),
		Similar: o.share("similar"),
		Window:  o.duration("window", time.Second),
		Idle:    o.duration("idle", time.Second),
	}
}

func perTime(o *object) route.Limit {
	return route.Limit{Alerts: o.number("alerts", 1), Per: o.duration("per", time.Second)}
}

func flapping(o *object) route.Flapping {
	return route.Flapping{Changes: o.number("changes", 2), Within: o.duration("within", time.Second)}
}

func mapping(o *object) *route.Mapping {
	return &route.Mapping{
		Items:    o.expression("items"),
		Key:      o.expression("key"),
		Summary:  o.expression("summary"),
		Severity: o.expression("severity"),
		Priority: o.expression("priority"),
		Action:   o.expression("action"),
		StartsAt: o.expression("starts_at"),
		Labels:   inner(o, "labels", expressions),
		Links:    inner(o, "links", expressions),
		Details:  o.expression("details"),
	}
}

// expressions reads expressions by names that people choose.
func expressions(o *object) map[string]string {
	all := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(o.fields)) {
		all[name] = o.expression(name)
	}
	return all
}

// expression is text that may go over several lines; a line break counts as a space.
func (o *object) expression(name string) string {
	n, ok := o.one(name)
	if !ok {
		return ""
	}
	if n.Node != nil {
		single := *n.Node
		single.Value = strings.TrimSpace(strings.ReplaceAll(single.Value, "\n", " "))
		n.Node = &single
	}
	if !o.plain(n) {
		return ""
	}
	return n.Value
}

// share returns a number from 0 to 1; zero if it is not given.
func (o *object) share(name string) float64 {
	n, ok := o.scalar(name)
	if !ok {
		return 0
	}
	v, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || !(v > 0 && v <= 1) {
		o.fail(n, "is %s, must be a number above 0 and at most 1, such as 0.8", quote(n.Value))
		return 0
	}
	return v
}
