package drill

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/oncall"
)

// MaxLimit is how long a drill may last.
const MaxLimit = 7 * 24 * time.Hour

// Parse reads a drill file for an organisation, in which everybody and everything that it names must exist. The error joins
// all that is wrong, each with file, line and field.
func Parse(name string, data []byte, org *oncall.Org) (Drill, error) {
	root, bad := yamlfile.Parse(yamlfile.Form{First: "title", Least: "a drill has at least a title and one of signals"}, name, data)
	if bad != nil {
		return Drill{}, fmt.Errorf("drill: %s", bad)
	}
	r := reader{Decoder: &yamlfile.Decoder{Roots: []yamlfile.Node{root}}, org: org}
	d := yamlfile.Read(r.Decoder, root, r.drill)
	var all []error
	for _, p := range r.Problems() {
		all = append(all, fmt.Errorf("drill: %s", p))
	}
	return d, errors.Join(all...)
}

// reader reads the parts of a file.
type reader struct {
	*yamlfile.Decoder
	org *oncall.Org
}

func (r reader) drill(o *yamlfile.Object) (d Drill) {
	d.Title, d.From = r.required(o, "title"), o.Text("from")
	d.Happened = r.instant(o, "happened")
	d.Limit = o.Duration("limit", time.Minute)
	d.Signals = yamlfile.List(o, "signals", r.signal)
	d.Injects = yamlfile.List(o, "injects", func(o *yamlfile.Object) Inject {
		return Inject{o.Duration("after", 0), r.paragraph(o, "text")}
	})
	for _, n := range o.Items("notes") {
		if r.Plain(n) {
			d.Notes = append(d.Notes, n.Value)
		}
	}
	d.Expect = yamlfile.List(o, "expect", r.expectation)
	d.Robots = yamlfile.Inner(o, "robots", r.robots)
	slices.SortStableFunc(d.Signals, func(a, b Signal) int { return cmp.Compare(a.After, b.After) })
	slices.SortStableFunc(d.Injects, func(a, b Inject) int { return cmp.Compare(a.After, b.After) })
	if len(d.Signals) == 0 {
		o.Wrong("signals", "has none; without a signal nothing happens")
	} else if d.Signals[0].Signal.Action != alert.Trigger {
		o.Wrong("signals", "begins with one of action %s; the first must trigger", d.Signals[0].Signal.Action)
	}
	d.Limit = cmp.Or(d.Limit, max(minLimit, 2*d.last()))
	switch {
	case d.Limit > MaxLimit:
		o.Wrong("limit", "is %v; a drill lasts no longer than %v", d.Limit, MaxLimit)
	case d.Limit <= d.last():
		o.Wrong("limit", "is %v; the last signal comes after %v, so it would never be seen", d.Limit, d.last())
	}
	for i, e := range d.Expect {
		named := slices.ContainsFunc(d.Signals, func(s Signal) bool { return s.Signal.Key == e.Alert })
		if e.Alert != "" && !named {
			n, _ := yamlfile.Find(r.Roots, "expect["+strconv.Itoa(i)+"].alert")
			n.Path = "expect[" + strconv.Itoa(i) + "].alert"
			r.Fail(n, "is %s, which is the key of no signal", yamlfile.Quote(string(e.Alert)))
		}
	}
	return d
}

func (r reader) required(o *yamlfile.Object, name string) string {
	text := o.Text(name)
	if text == "" {
		o.Wrong(name, "is missing")
	}
	return text
}

func (r reader) paragraph(o *yamlfile.Object, name string) string {
	text := o.Paragraph(name)
	if text == "" {
		o.Wrong(name, "is missing")
	}
	return text
}

func (r reader) instant(o *yamlfile.Object, name string) (at time.Time) {
	if n, ok := o.Scalar(name); ok {
		var err error
		if at, err = time.Parse(time.RFC3339, n.Value); err != nil {
			r.Fail(n, "is %s, must be a time with its offset, such as 2026-03-14T02:11:05Z", yamlfile.Quote(n.Value))
		}
	}
	return watchbill.Stamp(at)
}

func (r reader) signal(o *yamlfile.Object) Signal {
	s := Signal{After: o.Duration("after", 0)}
	a := &s.Signal
	a.Source = watchbill.SourceID(cmp.Or(o.Text("source"), string(bySource)))
	a.Key = alert.DedupKey(r.required(o, "key"))
	a.Action = yamlfile.Word[alert.Action](o, "action", "trigger", "ack", "resolve")
	a.Severity = yamlfile.Word[watchbill.Severity](o, "severity", "critical", "error", "warning", "info")
	a.Priority = yamlfile.Word[alert.Priority](o, "priority", "P1", "P2", "P3", "P4", "P5")
	if a.Summary = o.Paragraph("summary"); a.Summary == "" && a.Action == alert.Trigger {
		o.Wrong("summary", "is missing; whoever is paged reads it")
	}
	a.Service = watchbill.ServiceID(o.Text("service"))
	a.Policy = watchbill.PolicyID(o.Text("policy"))
	a.User = watchbill.UserID(o.Text("user"))
	a.Labels = yamlfile.Inner(o, "labels", func(o *yamlfile.Object) (all []alert.Label) {
		for _, name := range o.Names() {
			all = append(all, alert.Label{Name: name, Value: o.Text(name)})
		}
		return all
	})
	a.Links = yamlfile.List(o, "links", func(o *yamlfile.Object) alert.Link {
		return alert.Link{Text: o.Text("text"), Href: r.required(o, "href")}
	})
	if n, ok := o.One("details"); ok {
		if a.Details = json.RawMessage(n.Value); n.Kind != yaml.ScalarNode || !json.Valid(a.Details) {
			r.Fail(n, "must be JSON, in quotes")
		}
	}
	r.target(o, a)
	return s
}

// target checks that what a signal is for exists here.
func (r reader) target(o *yamlfile.Object, a *alert.Signal) {
	if _, ok := r.org.Service(a.Service); !ok && a.Service != "" {
		o.Wrong("service", "is %s, which is not in the configuration; name one that is, or take it out", yamlfile.Quote(string(a.Service)))
	}
	if _, ok := r.org.Policy(a.Policy); !ok && a.Policy != "" {
		o.Wrong("policy", "is %s, which is not in the configuration; name one that is, or take it out", yamlfile.Quote(string(a.Policy)))
	}
	r.user(o, a.User)
	_, known := r.org.SourceByID(a.Source)
	if !known && a.Action == alert.Trigger && a.Service == "" && a.Policy == "" && a.User == "" {
		o.Wrong("service", "is missing; source %s is not in the configuration, so nobody knows whom to page", yamlfile.Quote(string(a.Source)))
	}
}

func (r reader) user(o *yamlfile.Object, id watchbill.UserID) {
	if _, ok := r.org.User(id); !ok && id != "" {
		o.Wrong("user", "is %s, who is not in the configuration; name somebody who is, or take it out", yamlfile.Quote(string(id)))
	}
}

func (r reader) expectation(o *yamlfile.Object) Expectation {
	e := Expectation{Alert: alert.DedupKey(o.Text("alert")), User: watchbill.UserID(o.Text("user")),
		Role:   yamlfile.Word[incident.Role](o, "role", "commander", "communications", "scribe"),
		Within: o.Duration("within", time.Second), Points: o.Number("points", 0), Then: o.Duration("then", 0)}
	var words []string
	for _, w := range Whats() {
		words = append(words, string(w))
	}
	if n, ok := o.Scalar("what"); !ok {
		o.Wrong("what", "is missing; %s", yamlfile.OneOf("", words))
	} else if r.IsOne(n, words...) {
		e.What = What(n.Value)
	}
	if !o.Has("within") {
		o.Wrong("within", "is missing; by when shall it be done?")
	}
	r.user(o, e.User)
	only := func(field string, of ...What) {
		if o.Has(field) && e.What != "" && !slices.Contains(of, e.What) {
			o.Wrong(field, "says nothing about %s; it belongs to %s", e.What, of[0])
		}
	}
	only("alert", Acknowledged, Escalated)
	only("role", Role)
	only("user", Summoned)
	return e
}

func (r reader) robots(o *yamlfile.Object) Robots {
	robots := Robots{Answers: o.Duration("answers", 0), Coordinates: o.Duration("coordinates", 0), Fixes: o.Duration("fixes", 0),
		Seed: uint64(o.Number("seed", 0))}
	if n, ok := o.Scalar("misses"); ok {
		p, err := strconv.ParseFloat(n.Value, 64)
		if robots.Misses = p; err != nil || !(p >= 0 && p <= 1) {
			r.Fail(n, "is %s, must be a probability from 0 to 1, such as 0.2", yamlfile.Quote(n.Value))
		}
	}
	return robots
}
