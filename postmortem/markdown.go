package postmortem

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/incident"
)

// Markdown returns the document as GitHub's Markdown, with times in zone (nil: UTC). name and customer give people and
// customers their names (nil: they are called by their IDs). What people wrote cannot break out of its place.
func (p Postmortem) Markdown(zone *time.Location, name func(watchbill.UserID) string, customer func(watchbill.CustomerID) string) []byte {
	if zone == nil {
		zone = time.UTC
	}
	if name == nil {
		name = func(id watchbill.UserID) string { return string(id) }
	}
	if customer == nil {
		customer = func(id watchbill.CustomerID) string { return string(id) }
	}
	w := &writer{zone: zone, name: name, customer: customer}
	w.front(p)
	w.section("Summary", p.Summary, "In a paragraph for somebody who was not there: what happened, who noticed what, how it ended.")
	w.impact(p.Impact)
	w.timeline(p.Timeline, p.Impact.StartedAt)
	w.figures(p.Figures)
	w.section("Detection", p.Detection, "How was it noticed, and what did monitoring show before and at the start: a spike, a flat line, nothing?")
	w.list("Contributing factors", p.Factors, "Several things that came together, hardly ever one cause: what was changed, what was designed long ago, "+
		"what usually protects and did not. Ask what allowed it to happen, not who did it.")
	w.list("What was not known", p.Unknown, "What would have helped if people had known it then, and where was it to be found: monitoring, logs, deployments?")
	w.list("What went well", p.Strengths, "What kept it from being worse, and is worth doing again?")
	w.list("Lessons", p.Lessons, "What is known now that was not known before, about the system and about the response to it?")
	w.section("How people worked together", p.Process, "Did calling, handing over, deciding and telling customers help or hinder? Speak of the process, not of persons.")
	w.actions(p)
	w.evidence(p.Evidence)
	return append(bytes.TrimSpace(w.Bytes()), '\n')
}

type writer struct {
	bytes.Buffer
	zone     *time.Location
	name     func(watchbill.UserID) string
	customer func(watchbill.CustomerID) string
}

func (w *writer) say(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *writer) title(text string)  { w.say("\n## %s\n\n", text) }
func (w *writer) prompt(text string) { w.say("_%s_\n", text) }

// time writes an instant with its date and the name of its offset, which tells the two hours of an autumn night apart.
func (w *writer) time(t time.Time) string { return w.format(t, "2006-01-02 15:04:05 MST") }

// until writes an instant without its date where that is the date of another.
func (w *writer) until(from, t time.Time) string {
	if from.In(w.zone).Format(time.DateOnly) == t.In(w.zone).Format(time.DateOnly) {
		return w.format(t, "15:04:05 MST")
	}
	return w.time(t)
}

// day writes an instant to the minute.
func (w *writer) day(t time.Time) string { return w.format(t, "2006-01-02 15:04 MST") }

func (w *writer) format(t time.Time, layout string) string {
	if t.IsZero() {
		return "–"
	}
	return inline(t.In(w.zone).Format(layout))
}

func (w *writer) person(id watchbill.UserID) string {
	if id == "" {
		return "–"
	}
	return label(w.name(id))
}

func (w *writer) people(ids []watchbill.UserID) string {
	var all []string
	for _, id := range ids {
		all = append(all, w.person(id))
	}
	return cmp.Or(strings.Join(all, ", "), "–")
}

func (w *writer) front(p Postmortem) {
	w.say("# Postmortem: %s\n\n", heading(p.Title))
	state := p.State.String()
	switch {
	case p.PublishedAt.IsZero():
	case p.Revised == 0:
		state += " on " + w.day(p.PublishedAt)
	default:
		state += fmt.Sprintf(", first published on %s, revised %s", w.day(p.PublishedAt), times(p.Revised))
	}
	if late := p.Late(); late > 0 {
		state += fmt.Sprintf(", %s after it was due", words(watchbill.Duration(late)))
	}
	facts := [][2]string{
		{"State", state}, {"Owner", yet("nobody", w.person(p.Owner))}, {"Due", yet("no date", w.day(p.DueAt))}, {"Severity", p.Severity.String()},
		{"Participants", yet("nobody", w.people(p.Participants))}, {"Meeting", yet("no date", w.day(p.MeetingAt))}, {"Incident", label(string(p.Incident))},
	}
	if p.Required {
		facts = append(facts, [2]string{"Required", "by the rules for incidents of its severity"})
	}
	for _, f := range facts {
		w.say("- **%s:** %s\n", f[0], f[1])
	}
}

// yet says in words that something is missing which has to come.
func yet(none, text string) string {
	if text == "–" {
		return none + " yet"
	}
	return text
}

func (w *writer) section(title, text, prompt string) {
	w.title(title)
	if text == "" {
		w.prompt(prompt)
		return
	}
	w.say("%s\n", block(text, ""))
}

func (w *writer) list(title string, items []string, prompt string) {
	w.title(title)
	if len(items) == 0 {
		w.prompt(prompt)
	}
	for _, s := range items {
		w.say("- %s\n", block(s, "  "))
	}
}

// table writes rows of cells; the first row is the head.
func (w *writer) table(rows [][]string) {
	for i, row := range rows {
		w.say("| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			w.say("|%s\n", strings.Repeat(" --- |", len(row)))
		}
	}
}

func (w *writer) impact(i Impact) {
	w.title("Impact")
	ended, visible := "not ended", "–"
	if !i.EndedAt.IsZero() {
		ended, visible = w.time(i.EndedAt), words(i.Visible)
	}
	w.table([][]string{
		{"Impact", "Value"},
		{"Worst effect", effect(i.Worst)},
		{"Began", w.time(i.StartedAt)}, {"Ended", ended}, {"Visible for", visible},
		{"Customers affected", fmt.Sprint(i.Affected)}, {"Customers who reported it", fmt.Sprint(i.Reported)}, {"Measured", cell(i.Metric)},
	})
	if len(i.Services) > 0 {
		rows := [][]string{{"Service", "Worst effect", "Affected for"}}
		for _, s := range i.Services {
			rows = append(rows, []string{label(string(s.Service)), effect(s.Worst), affectedFor(s)})
		}
		w.say("\n")
		w.table(rows)
	}
	if len(i.Customers) > 0 {
		w.say("\nCustomers affected:\n\n")
		for _, id := range i.Customers {
			w.say("- %s\n", start(label(w.customer(id))))
		}
	}
	if i.Note != "" {
		w.say("\n%s\n", block(i.Note, ""))
	}
}

func affectedFor(a Affected) string {
	if a.Time == 0 {
		return "–"
	}
	return words(a.Time)
}

func (w *writer) timeline(events []Event, began time.Time) {
	w.title("Timeline")
	if len(events) == 0 {
		w.prompt("Nothing is recorded.")
		return
	}
	rows := [][]string{{"Time (" + label(w.zone.String()) + ")", "Who", "What"}}
	for _, e := range events {
		text := cell(e.Text)
		if e.Times > 1 {
			text += fmt.Sprintf(" (%d times until %s)", e.Times, w.until(e.At, e.Until))
		}
		rows = append(rows, []string{w.time(e.At), label(actorName(e.Actor, w.name)), text})
	}
	w.table(rows)
	if at := events[0].At; !at.Before(began) {
		w.say("\n")
		w.prompt("Nothing is recorded of the time before. What was changed, and who was on call?")
	}
}

func (w *writer) figures(f incident.Figures) {
	w.title("Figures")
	rows := [][]string{{"Figure", "Value", "From", "To", "How it is counted"}}
	for _, r := range []struct {
		name       string
		value      watchbill.Duration
		from, to   time.Time
		definition string
	}{
		{"Time to detect", f.ToDetect, f.StartedAt, f.DetectedAt, "from the start of visible impact to the first alert, or to the declaration if that was sooner"},
		{"Time to acknowledge", f.ToAcknowledge, f.DetectedAt, f.AcknowledgedAt, "from the detection to the first person who took it, by acknowledging an alert or giving the incident a command"},
		{"Time to resolve", f.ToResolve, f.StartedAt, f.ResolvedAt, "from the start of visible impact to the latest resolution of the incident"},
		{"Visible impact", f.Visible, f.StartedAt, f.EndedAt, "from the start of visible impact to its end, pauses included"},
	} {
		value := words(r.value)
		if r.from.IsZero() || r.to.IsZero() {
			value = "–"
		}
		rows = append(rows, []string{r.name, value, w.time(r.from), w.time(r.to), r.definition})
	}
	w.table(rows)
}

func (w *writer) actions(p Postmortem) {
	w.title("Action items")
	switch {
	case len(p.Items) > 0:
	case p.ItemsNote != "":
		w.say("None: %s\n", block(p.ItemsNote, ""))
	default:
		w.prompt("What will be done so that it does not happen again, is noticed sooner, or is less bad? Each concrete, with one owner, a date and a ticket.")
	}
	if len(p.Items) == 0 {
		return
	}
	rows := [][]string{{"ID", "Action", "Kind", "Owner", "Due", "State", "Ticket"}}
	for _, a := range p.Items {
		rows = append(rows, []string{label(a.ID), label(a.Title), a.Kind.String(), w.person(a.Owner), w.day(a.DueAt), a.State.String(), ticket(a.Ticket)})
	}
	w.table(rows)
	for _, a := range p.Items {
		if a.Detail != "" {
			w.say("\n**%s:** %s\n", inline(a.ID), block(a.Detail, ""))
		}
	}
	if p.ItemsNote != "" {
		w.say("\n%s\n", block(p.ItemsNote, ""))
	}
}

func (w *writer) evidence(links []Link) {
	w.title("Evidence")
	if len(links) == 0 {
		w.prompt("Queries, commands, graphs and links to monitoring that somebody can look at again.")
	}
	for _, l := range links {
		w.say("- %s\n", start(link(l.Text, l.Href)))
	}
}
