package incident

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// Bounds of what people write.
const (
	MaxTitle = 200   // runes of a title
	MaxText  = 20000 // runes of any other text
	MaxItems = 1000  // of any list
)

func (p *problems) title(field, s string, required bool) {
	switch n := utf8.RuneCountInString(s); {
	case required && s == "":
		p.fail(field, "is missing; say in one line what is wrong")
	case n > MaxTitle:
		p.fail(field, "has %d characters; at most %d are allowed", n, MaxTitle)
	}
}

func (p *problems) text(field, s string, required bool) {
	switch n := utf8.RuneCountInString(s); {
	case required && s == "":
		p.fail(field, "is missing")
	case n > MaxText:
		p.fail(field, "has %d characters; at most %d are allowed", n, MaxText)
	}
}

func (p *problems) items(field string, n int) {
	if n > MaxItems {
		p.fail(field, "has %d items; at most %d are allowed", n, MaxItems)
	}
}

// ids refuses a list that names nothing, or something twice.
func ids[ID ~string](p *problems, field string, list []ID) {
	if p.items(field, len(list)); len(list) > MaxItems {
		return
	}
	for k, id := range list {
		switch {
		case id == "":
			p.fail(field, "has an empty ID")
		case slices.Contains(list[:k], id):
			p.fail(field, "names %q twice", id)
		}
	}
}

func (p *problems) affected(list []Affected) {
	ids(p, "services", Impact{Services: list}.ServiceIDs())
	for _, a := range list {
		if a.Effect > EffectMajor {
			p.fail("services", "%q has an effect that does not exist; use none, degraded, partial_outage or major_outage", a.Service)
		}
	}
}

func (p *problems) links(list []alert.Link) {
	p.items("links", len(list))
	for _, l := range list {
		p.text("links", l.Text, false)
		p.text("links", l.Href, false)
	}
}

// time refuses what cannot be written as JSON.
func (p *problems) time(field string, t time.Time) {
	if t.Year() < 1 || t.Year() > 9999 {
		p.fail(field, "the year %d is not between 1 and 9999", t.Year())
	}
}

// past refuses a time that has not come.
func (p *problems) past(field string, t, now time.Time) {
	p.time(field, t)
	if t.After(now) {
		p.fail(field, "%s has not come yet", t.Format(time.RFC3339))
	}
}

// open refuses on a resolved incident what only makes sense while it lasts.
func (p *problems) open(i Incident) {
	if i.Status == Resolved {
		p.add(ErrResolved)
	}
}

func (c Declare) check(_ Incident, now time.Time, p *problems) {
	if c.ID == "" {
		p.fail("id", "is missing")
	}
	p.title("title", c.Title, true)
	if c.Severity > watchbill.SeverityCritical {
		p.fail("severity", "does not exist; use critical, error, warning or info")
	}
	p.past("started_at", c.StartedAt, now)
	p.past("detected_at", c.DetectedAt, now)
	p.affected(c.Services)
	Incident{}.checkSince(c.Services, orTime(c.StartedAt, now), now, p)
	ids(p, "customers", c.Customers)
	ids(p, "alerts", c.Alerts)
	p.links(c.Links)
}

func (c SetStatus) check(i Incident, now time.Time, p *problems) {
	if c.Status == None || c.Status > Resolved {
		p.fail("status", "is missing; use investigating, identified, monitoring or resolved")
	}
	if c.Status != Resolved {
		p.open(i)
	}
	p.text("note", c.Note, false)
	p.past("ended_at", c.EndedAt, now)
	switch {
	case c.EndedAt.IsZero():
	case c.Status != Resolved:
		p.fail("ended_at", "goes with the status resolved only")
	case c.EndedAt.Before(i.Impact.StartedAt):
		p.fail("ended_at", "%s lies before the start of the impact, %s", c.EndedAt.Format(time.RFC3339), i.Impact.StartedAt.Format(time.RFC3339))
	case !slices.ContainsFunc(i.Impact.Spans, func(s Span) bool { return s.reaches(c.EndedAt) }):
		p.fail("ended_at", "no service is known to be affected until %s; say which in the impact first", c.EndedAt.Format(time.RFC3339))
	}
}

// reaches reports whether the span could end at an instant, or ends there.
func (s Span) reaches(at time.Time) bool {
	return s.From.Before(at) && (s.To.IsZero() || !s.To.Before(at))
}

func (c Reopen) check(_ Incident, _ time.Time, p *problems) { p.text("reason", c.Reason, false) }

func (c Edit) check(_ Incident, now time.Time, p *problems) {
	if c.Title == nil && c.Severity == nil && c.DetectedAt.IsZero() {
		p.fail("title", "nothing is given; give title, severity or detected_at")
	}
	p.past("detected_at", c.DetectedAt, now)
	if c.Title != nil {
		p.title("title", *c.Title, true)
	}
	if c.Severity != nil && (*c.Severity == watchbill.SeverityUnset || *c.Severity > watchbill.SeverityCritical) {
		p.fail("severity", "is missing; use critical, error, warning or info")
	}
}

func (c Assign) check(_ Incident, _ time.Time, p *problems) {
	if c.Role == NoRole || c.Role > Scribe {
		p.fail("role", "is missing; use commander, communications or scribe")
	}
	p.text("note", c.Note, false)
}

func (c SetImpact) check(i Incident, now time.Time, p *problems) {
	if c.StartedAt.IsZero() && len(c.Services) == 0 && c.Customers == nil && c.Reported == nil && c.Metric == nil {
		p.fail("services", "nothing is given; give services, customers, reported, metric or started_at")
	}
	if len(c.Services) > 0 {
		p.open(i)
	}
	c.checkStart(i, now, p)
	p.affected(c.Services)
	i.checkSince(c.Services, orTime(c.StartedAt, i.Impact.StartedAt), now, p)
	if c.Customers != nil {
		ids(p, "customers", *c.Customers)
	}
	if c.Reported != nil && *c.Reported < 0 {
		p.fail("reported", "is negative; it is how many customers reported the incident")
	}
	if c.Metric != nil {
		p.text("metric", *c.Metric, false)
	}
}

// checkSince refuses what is said about a time before the impact, or before what is known of the service.
func (i Incident) checkSince(list []Affected, started, now time.Time, p *problems) {
	for _, a := range list {
		if a.Since.IsZero() {
			continue
		}
		p.past("services", a.Since, now)
		if a.Since.Before(started) {
			p.fail("services", "%q is affected since %s, before the start of the impact, %s; correct started_at", a.Service, a.Since.Format(time.RFC3339), started.Format(time.RFC3339))
		}
		for _, s := range i.Impact.Spans {
			if s.Service == a.Service && (a.Since.Before(s.From) || a.Since.Before(s.To) || s.To.IsZero() && s.Effect == a.Effect) {
				p.fail("services", "%q is known to be %s since %s; leave since out, or give a later one", a.Service, s.Effect, s.From.Format(time.RFC3339))
			}
		}
	}
}

// checkStart refuses a start of the impact that lies behind something that ended.
func (c SetImpact) checkStart(i Incident, now time.Time, p *problems) {
	if c.StartedAt.IsZero() {
		return
	}
	p.past("started_at", c.StartedAt, now)
	for _, s := range i.Impact.Spans {
		if !s.To.IsZero() && !c.StartedAt.Before(s.To) {
			p.fail("started_at", "lies after the impact on %s ended or changed, %s", s.Service, s.To.Format(time.RFC3339))
		}
	}
	if len(i.Impact.Spans) == 0 && i.Status == Resolved && c.StartedAt.After(i.ResolvedAt) {
		p.fail("started_at", "lies after the incident was resolved, %s", i.ResolvedAt.Format(time.RFC3339))
	}
}

func (c Attach) check(i Incident, _ time.Time, p *problems) {
	if c.Alert == "" {
		p.fail("alert", "is missing")
	}
	if !slices.Contains(i.Alerts, c.Alert) {
		p.items("alerts", len(i.Alerts)+1)
	}
	p.links(c.Links)
	p.time("opened_at", c.OpenedAt) // one that has not come yet changes nothing
}

func (c Detach) check(i Incident, _ time.Time, p *problems) {
	if !slices.Contains(i.Alerts, c.Alert) {
		p.fail("alert", "alert %q does not belong to this incident", c.Alert)
	}
}

func (c AddTask) check(i Incident, _ time.Time, p *problems) {
	p.title("title", c.Title, true)
	p.time("due_at", c.DueAt)
	p.items("tasks", len(i.Tasks)+1)
}

func (c FinishTask) check(i Incident, _ time.Time, p *problems) {
	if !slices.ContainsFunc(i.Tasks, func(t Task) bool { return t.ID == c.Task }) {
		p.fail("task", "there is no task %q", c.Task)
	}
}

func (c Publish) check(i Incident, now time.Time, p *problems) {
	if p.title("title", c.Title, false); c.Title == "" && i.titleOn(c.Pages) == "" {
		p.fail("title", "is missing; say in one line what is wrong: readers of these pages know no title yet")
	}
	p.text("text", c.Text, true)
	p.items("updates", len(i.Updates)+1)
	p.time("expected_at", c.ExpectedAt)
	ids(p, "pages", c.Pages)
	switch {
	case c.Status > Resolved:
		p.fail("status", "does not exist; use investigating, identified, monitoring or resolved")
	case c.Status == Resolved && i.Status != Resolved:
		p.fail("status", "customers cannot be told that it is resolved before it is; resolve the incident first")
	case c.Status != None && c.Status != Resolved && i.Status == Resolved:
		p.fail("status", "the incident is resolved; reopen it first")
	}
	switch {
	case c.ExpectedAt.IsZero():
	case i.Status == Resolved:
		p.fail("expected_at", "the incident is resolved already")
	case !c.ExpectedAt.After(now):
		p.fail("expected_at", "%s is past", c.ExpectedAt.Format(time.RFC3339))
	}
}

func (c Comment) check(_ Incident, _ time.Time, p *problems) { p.text("text", c.Text, true) }
func (c Decide) check(_ Incident, _ time.Time, p *problems)  { p.text("text", c.Text, true) }
