package incident

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/timeline"
)

func (c Declare) apply(i *Incident, e timeline.Entry) {
	i.ID, i.Title, i.Status = c.ID, c.Title, Investigating
	i.Severity = cmp.Or(c.Severity, watchbill.SeverityError)
	i.DeclaredAt, i.DeclaredBy = e.At, e.Actor
	i.DetectedAt, i.Impact.StartedAt = orTime(c.DetectedAt, e.At), orTime(c.StartedAt, e.At)
	i.Impact.Customers, i.Alerts = list(c.Customers), list(c.Alerts)
	i.link(c.Links)
	for _, a := range c.Services {
		i.affect(a, orTime(a.Since, i.Impact.StartedAt))
	}
}

func (c SetStatus) apply(i *Incident, e timeline.Entry) {
	if c.Status == Resolved {
		i.end(orTime(c.EndedAt, e.At))
	}
	if c.Status == Resolved && i.Status != Resolved {
		i.ResolvedAt = e.At
	}
	i.Status = c.Status
}

func (c Reopen) apply(i *Incident, e timeline.Entry) {
	if i.Status != Resolved {
		return
	}
	i.Status, i.ResolvedAt, i.ReopenedAt = Investigating, time.Time{}, e.At
	i.Reopened++
	for _, a := range i.Impact.Services {
		i.affect(a, e.At)
	}
}

func (c Edit) apply(i *Incident, _ timeline.Entry) {
	if c.Title != nil {
		i.Title = *c.Title
	}
	if c.Severity != nil {
		i.Severity = *c.Severity
	}
	i.DetectedAt = orTime(c.DetectedAt, i.DetectedAt)
}

func (c Assign) apply(i *Incident, e timeline.Entry) {
	if i.Holder(c.Role) == c.User {
		return
	}
	i.Roles = without(i.Roles, func(a Assignment) bool { return a.Role == c.Role })
	if c.User != "" {
		i.Roles = append(i.Roles, Assignment{c.Role, c.User, e.At})
	}
	slices.SortFunc(i.Roles, func(a, b Assignment) int { return cmp.Compare(a.Role, b.Role) })
}

func (c SetImpact) apply(i *Incident, e timeline.Entry) {
	if !c.StartedAt.IsZero() {
		i.restart(c.StartedAt)
	}
	for _, a := range c.Services {
		i.affect(a, orTime(a.Since, i.since(a.Service, c.StartedAt, e.At)))
	}
	if c.Customers != nil {
		i.Impact.Customers = list(*c.Customers)
	}
	if c.Reported != nil {
		i.Impact.Reported = *c.Reported
	}
	if c.Metric != nil {
		i.Impact.Metric = *c.Metric
	}
}

func (c Attach) apply(i *Incident, e timeline.Entry) {
	if slices.Contains(i.Alerts, c.Alert) {
		return
	}
	i.Alerts = append(slices.Clone(i.Alerts), c.Alert)
	if !c.OpenedAt.IsZero() && c.OpenedAt.Before(i.DetectedAt) {
		i.DetectedAt = c.OpenedAt
	}
	if c.Service != "" && !slices.Contains(i.Impact.ServiceIDs(), c.Service) {
		i.affect(Affected{Service: c.Service}, earlierOf(e.At, laterOf(orTime(c.OpenedAt, e.At), i.Impact.StartedAt)))
	}
	i.link(c.Links)
}

// link adds links that are new. Those beyond the bound are left out: an alert is not refused for them.
func (i *Incident) link(more []alert.Link) {
	i.Links = slices.Clone(i.Links)
	for _, l := range more {
		if len(i.Links) < MaxItems && !slices.Contains(i.Links, l) {
			i.Links = append(i.Links, l)
		}
	}
}

func (c Detach) apply(i *Incident, _ timeline.Entry) {
	i.Alerts = without(i.Alerts, func(id watchbill.AlertID) bool { return id == c.Alert })
}

func (c AddTask) apply(i *Incident, _ timeline.Entry) {
	t := Task{ID: fmt.Sprintf("t%d", len(i.Tasks)+1), Title: c.Title, Owner: c.Owner, DueAt: c.DueAt}
	i.Tasks = append(slices.Clone(i.Tasks), t)
}

func (c FinishTask) apply(i *Incident, e timeline.Entry) {
	i.Tasks = slices.Clone(i.Tasks)
	for k := range i.Tasks {
		if t := &i.Tasks[k]; t.ID == c.Task && t.DoneAt.IsZero() {
			t.DoneAt = e.At
		}
	}
}

func (Comment) apply(*Incident, timeline.Entry) {}
func (Decide) apply(*Incident, timeline.Entry)  {}

func (c Publish) apply(i *Incident, e timeline.Entry) {
	u := Update{ID: fmt.Sprintf("u%d", len(i.Updates)+1), At: e.At, By: e.Actor, Status: cmp.Or(c.Status, i.Status),
		Title: cmp.Or(c.Title, i.titleOn(c.Pages)), Text: c.Text, ExpectedAt: c.ExpectedAt, Pages: list(c.Pages)}
	i.Updates = append(slices.Clone(i.Updates), u)
}

// titleOn returns the title under which the readers of all these pages know the incident: that of the latest update that
// was for each of them; empty if there is none. A title that was meant for some customers is none for others.
func (i Incident) titleOn(pages []watchbill.PageID) string {
	for _, u := range slices.Backward(i.Updates) {
		other := func(p watchbill.PageID) bool { return !slices.Contains(u.Pages, p) }
		if len(u.Pages) == 0 || len(pages) > 0 && !slices.ContainsFunc(pages, other) {
			return u.Title
		}
	}
	return ""
}

// since returns from when on an effect counts of which that is not said: the first one of a service from when that was
// known to be affected, as one learns later how badly.
func (i *Incident) since(service watchbill.ServiceID, started, now time.Time) time.Time {
	if slices.ContainsFunc(i.Impact.Spans, func(s Span) bool { return s.Service == service }) {
		return now
	}
	for _, a := range i.Impact.Services {
		if a.Service == service {
			return a.Since
		}
	}
	return orTime(started, now)
}

// affect notes that a service has an effect from an instant on.
func (i *Incident) affect(a Affected, from time.Time) {
	services := slices.Clone(i.Impact.Services)
	if k := slices.IndexFunc(services, func(o Affected) bool { return o.Service == a.Service }); k >= 0 {
		services[k].Effect = a.Effect
	} else {
		a.Since = from
		services = append(services, a)
	}
	i.Impact.Services = services
	spans := slices.Clone(i.Impact.Spans)
	for k := range spans {
		if spans[k].Service != a.Service || !spans[k].To.IsZero() {
			continue
		}
		if spans[k].Effect == a.Effect {
			return
		}
		spans[k].To = laterOf(spans[k].From, from)
	}
	if a.Effect != EffectNone {
		spans = append(spans, Span{Service: a.Service, Effect: a.Effect, From: from})
	}
	i.Impact.Spans = tidy(spans)
}

// end lets no span last beyond an instant.
func (i *Incident) end(at time.Time) {
	spans := slices.Clone(i.Impact.Spans)
	for k := range spans {
		if spans[k].To.IsZero() || spans[k].To.After(at) {
			spans[k].To = laterOf(spans[k].From, at)
		}
	}
	i.Impact.Spans = tidy(spans)
}

// restart corrects when the impact began: the spans that began with it begin then too, and none before. The same
// goes for since when services are known to be affected.
func (i *Incident) restart(at time.Time) {
	spans := slices.Clone(i.Impact.Spans)
	for k := range spans {
		if spans[k].From.Equal(i.Impact.StartedAt) || spans[k].From.Before(at) {
			spans[k].From = at
		}
	}
	services := slices.Clone(i.Impact.Services)
	for k := range services {
		if a := &services[k]; a.Since.Equal(i.Impact.StartedAt) || a.Since.Before(at) {
			a.Since = at
		}
	}
	i.Impact.Spans, i.Impact.Services, i.Impact.StartedAt = tidy(spans), list(services), at
}

// tidy drops spans without length and sorts the rest.
func tidy(spans []Span) []Span {
	spans = without(spans, func(s Span) bool { return !s.To.IsZero() && !s.From.Before(s.To) })
	slices.SortStableFunc(spans, func(a, b Span) int { return a.From.Compare(b.From) })
	return spans
}

// list returns a list that the caller may keep; nil if it is empty, as it reads after being stored.
func list[T any](of []T) []T {
	if len(of) == 0 {
		return nil
	}
	return slices.Clone(of)
}

// without returns a new list that lacks what is dropped.
func without[T any](all []T, drop func(T) bool) []T {
	return list(slices.DeleteFunc(slices.Clone(all), drop))
}

func orTime(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}

func earlierOf(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
