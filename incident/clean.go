package incident

import (
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// What a command holds is cleaned before it is looked at, so that the incident is the one that its record folds to: text
// in valid UTF-8, times stamped, lists that are empty nil.

func cleanID[T ~string](s T) T { return T(strings.ToValidUTF8(string(s), "\uFFFD")) }

func cleanIDs[T ~string](list []T) []T {
	var all []T
	for _, s := range list {
		all = append(all, cleanID(s))
	}
	return all
}

func cleanText(s string) string { return cleanID(strings.TrimSpace(s)) }

// cleanLine is for titles, which must fit into one line.
func cleanLine(s string) string { return cleanID(strings.Join(strings.Fields(s), " ")) }

func cleanLinks(list []alert.Link) []alert.Link {
	var all []alert.Link
	for _, l := range list {
		all = append(all, alert.Link{Text: cleanLine(l.Text), Href: cleanText(l.Href)})
	}
	return all
}

func cleanAffected(list []Affected) []Affected {
	var all []Affected
	for _, a := range list {
		all = append(all, Affected{cleanID(a.Service), a.Effect, watchbill.Stamp(a.Since)})
	}
	return all
}

func (c Declare) clean() Command {
	c.ID, c.Title, c.Links = cleanID(c.ID), cleanLine(c.Title), cleanLinks(c.Links)
	c.Services, c.Customers, c.Alerts = cleanAffected(c.Services), cleanIDs(c.Customers), cleanIDs(c.Alerts)
	c.StartedAt, c.DetectedAt = watchbill.Stamp(c.StartedAt), watchbill.Stamp(c.DetectedAt)
	return c
}

// notAfter is for the engine, which carries over the times of an alert: they may lie ahead if a clock was set back.
func (c Declare) notAfter(now time.Time) Declare {
	c.StartedAt, c.DetectedAt = earlierOf(c.StartedAt, now), earlierOf(c.DetectedAt, now)
	return c
}

func (c SetStatus) clean() Command {
	c.Note, c.EndedAt = cleanText(c.Note), watchbill.Stamp(c.EndedAt)
	return c
}

func (c Edit) clean() Command {
	if c.Title != nil {
		title := cleanLine(*c.Title)
		c.Title = &title
	}
	c.DetectedAt = watchbill.Stamp(c.DetectedAt)
	return c
}

func (c Assign) clean() Command {
	c.User, c.Note = cleanID(c.User), cleanText(c.Note)
	return c
}

func (c SetImpact) clean() Command {
	c.StartedAt, c.Services = watchbill.Stamp(c.StartedAt), cleanAffected(c.Services)
	if c.Customers != nil {
		customers := append([]watchbill.CustomerID{}, cleanIDs(*c.Customers)...) // null would read as not given
		c.Customers = &customers
	}
	if c.Metric != nil {
		metric := cleanText(*c.Metric)
		c.Metric = &metric
	}
	return c
}

func (c Attach) clean() Command {
	c.Alert, c.Service = cleanID(c.Alert), cleanID(c.Service)
	c.OpenedAt, c.Links = watchbill.Stamp(c.OpenedAt), cleanLinks(c.Links)
	return c
}

func (c AddTask) clean() Command {
	c.Title, c.Owner, c.DueAt = cleanLine(c.Title), cleanID(c.Owner), watchbill.Stamp(c.DueAt)
	return c
}

func (c Publish) clean() Command {
	c.Title, c.Text, c.Pages = cleanLine(c.Title), cleanText(c.Text), cleanIDs(c.Pages)
	c.ExpectedAt = watchbill.Stamp(c.ExpectedAt)
	return c
}

func (c Reopen) clean() Command     { c.Reason = cleanText(c.Reason); return c }
func (c Detach) clean() Command     { c.Alert = cleanID(c.Alert); return c }
func (c FinishTask) clean() Command { c.Task = cleanID(c.Task); return c }
func (c Comment) clean() Command    { c.Text = cleanText(c.Text); return c }
func (c Decide) clean() Command     { c.Text = cleanText(c.Text); return c }
