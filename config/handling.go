package config

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/route"
)

// handling reads how a source treats its signals, and has its expressions compiled.
func handling(o *object) route.Handling {
	h := route.Handling{
		Rules:     list(o, "rules", rule),
		Limit:     inner(o, "limit", perTime),
		Flood:     inner(o, "flood", perTime),
		Pause:     o.Duration("pause", 0),
		Group:     inner(o, "group", group),
		Flapping:  inner(o, "flapping", flapping),
		Downgrade: o.Boolean("downgrade"),
		Ready:     o.Text("ready"),
		Mapping:   inner(o, "mapping", mapping),
	}
	if o.Has("mapping") || o.Has("ready") {
		o.foreign()
	}
	o.compile(h)
	return h
}

// foreign refuses a mapping where the source's type says how its bodies are read.
func (o *object) foreign() {
	if n, ok := o.Scalar("type"); ok && n.Value != "generic" {
		o.Fail(n, "must be generic: mapping and ready are how bodies of a foreign form are read")
	}
}

// compile has the host compile the expressions, and says where in the file its complaints belong.
func (o *object) compile(h route.Handling) {
	_, err := route.Compile(h, o.compiler)
	read := o.Excused()
	for _, e := range handlingErrors(err) {
		path := yamlfile.Join(o.At.Path, "") + e.Path
		if slices.ContainsFunc(read, func(said string) bool { return related(said, path) }) {
			continue
		}
		n, _ := yamlfile.Find(o.Roots, path)
		n.Path = path
		if names := slices.Collect(maps.Keys(route.Ready())); e.Path == "ready" {
			if near := Nearest(h.Ready, names); near != "" {
				e.Reason += "; did you mean " + strconv.Quote(near) + "?"
			}
		}
		o.Fail(n, "%s", e.Reason)
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
		ID:       o.Text("id"),
		When:     o.expression("when"),
		Response: o.Paragraph("response"),
		Set:      inner(o, "set", set),
		Group:    inner(o, "group", group),
		Pause:    o.Duration("pause", 0),
		Suppress: o.Boolean("suppress"),
		Drop:     o.Boolean("drop"),
		Stop:     o.Boolean("stop"),
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
		By:      yamlfile.Texts[string](o.Object, "by"),
		Similar: o.share("similar"),
		Window:  o.Duration("window", time.Second),
		Idle:    o.Duration("idle", time.Second),
	}
}

func perTime(o *object) route.Limit {
	return route.Limit{Alerts: o.Number("alerts", 1), Per: o.Duration("per", time.Second)}
}

func flapping(o *object) route.Flapping {
	return route.Flapping{Changes: o.Number("changes", 2), Within: o.Duration("within", time.Second)}
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
	for _, name := range o.Names() {
		all[name] = o.expression(name)
	}
	return all
}

// expression is text that may go over several lines; a line break counts as a space.
func (o *object) expression(name string) string {
	n, ok := o.One(name)
	if !ok {
		return ""
	}
	if n.Node != nil {
		single := *n.Node
		single.Value = strings.TrimSpace(strings.ReplaceAll(single.Value, "\n", " "))
		n.Node = &single
	}
	if !o.Plain(n) {
		return ""
	}
	return n.Value
}

// share returns a number from 0 to 1; zero if it is not given.
func (o *object) share(name string) float64 {
	n, ok := o.Scalar(name)
	if !ok {
		return 0
	}
	v, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || !(v > 0 && v <= 1) {
		o.Fail(n, "is %s, must be a number above 0 and at most 1, such as 0.8", yamlfile.Quote(n.Value))
		return 0
	}
	return v
}
