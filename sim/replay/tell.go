package replay

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/watchbill/watchbill"
)

// Tell writes a result for people: each alert side by side, the totals, what was assumed, and what the record lacks.
func (r Result) Tell(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "recorded -> replayed against %s\n", r.Against)
	for _, p := range r.Alerts {
		p.tell(&b)
	}
	r.tellTotals(&b)
	if len(r.Assumptions) > 0 {
		b.WriteString("\nassumed\n")
	}
	for _, a := range r.Assumptions {
		fmt.Fprintf(&b, "  %s%s\n", named(a.Alert), a.Text)
	}
	if len(r.Gaps) > 0 {
		b.WriteString("\nthe record does not suffice\n")
	}
	for _, g := range r.Gaps {
		fmt.Fprintf(&b, "  %s%s\n", named(g.Alert), g.Text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func named(id watchbill.AlertID) string {
	if id == "" {
		return ""
	}
	return string(id) + ": "
}

func (p Pair) tell(b *strings.Builder) {
	name := string(p.Alert)
	if name == "" {
		name = "not in the record"
	}
	fmt.Fprintf(b, "\n%s  %s  %q", p.OpenedAt.Format(time.RFC3339), name, p.Summary)
	if p.Service != "" {
		fmt.Fprintf(b, "  service %s", p.Service)
	}
	b.WriteString("\n")
	if p.Same {
		fmt.Fprintf(b, "  the same: %s\n", p.Recorded.brief())
		return
	}
	table(b, func(row func(name, was, is string)) {
		for _, line := range lines {
			row(line.name, line.of(p.Recorded), line.of(p.Replayed))
		}
	})
	if p.Why != "" {
		fmt.Fprintf(b, "  %s\n", p.Why)
	}
}

// table writes rows side by side, those that differ with a mark.
func table(b *strings.Builder, fill func(row func(name, was, is string))) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fill(func(name, was, is string) {
		mark := " "
		if was != is {
			mark = "*"
		}
		fmt.Fprintf(w, "%s %s\t%s\t-> %s\n", mark, name, was, is)
	})
	_ = w.Flush()
}

// line is one line about an outcome.
type line struct {
	name string
	tell func(o Outcome) string
}

func (l line) of(o *Outcome) string {
	if o == nil {
		return "no such alert"
	}
	return l.tell(*o)
}

// lines are all of them. It is never written to.
var lines = []line{
	{"first page", func(o Outcome) string {
		if len(o.Pages) == 0 {
			return "none"
		}
		return fmt.Sprintf("%s after %s", o.Pages[0].User, span(o.Pages[0].After))
	}},
	{"paged", func(o Outcome) string { return o.who() }},
	{"pages", func(o Outcome) string { return fmt.Sprint(len(o.Pages)) }},
	{"level", func(o Outcome) string { return o.height() }},
	{"reached a person", func(o Outcome) string { return yes(o.Reached) }},
	{"acknowledged", func(o Outcome) string { return o.Acknowledged.words("never") }},
	{"resolved", func(o Outcome) string { return o.Resolved.words("open") }},
}

func (o Outcome) who() string {
	var who []string
	for _, p := range o.Paged {
		who = append(who, fmt.Sprintf("%s x%d from %s", p.User, p.Pages, span(p.First)))
	}
	if len(who) == 0 {
		return "nobody"
	}
	return strings.Join(who, ", ")
}

func (o Outcome) height() string {
	switch {
	case o.CatchAll && o.Level > 0:
		return fmt.Sprintf("%d, then catch_all", o.Level)
	case o.CatchAll:
		return "catch_all"
	case o.Level == 0:
		return "none"
	}
	return fmt.Sprint(o.Level)
}

func (o Outcome) brief() string {
	return fmt.Sprintf("%s; acknowledged: %s; resolved: %s", o.who(), o.Acknowledged.words("never"), o.Resolved.words("open"))
}

func (m *Moment) words(none string) string {
	if m == nil {
		return none
	}
	return fmt.Sprintf("%s after %s", m.By, span(m.After))
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func span(d watchbill.Duration) string { return round(time.Duration(d)) }

func (r Result) tellTotals(b *strings.Builder) {
	b.WriteString("\ntotal\n")
	table(b, func(row func(name, was, is string)) {
		both := func(name string, of func(t Totals) string) { row(name, of(r.Recorded), of(r.Replayed)) }
		both("alerts", func(t Totals) string { return fmt.Sprint(t.Alerts) })
		both("reached a person", func(t Totals) string { return fmt.Sprint(t.Reached) })
		both("pages", func(t Totals) string { return fmt.Sprint(t.Pages) })
		for _, u := range everybody(r.Recorded, r.Replayed) {
			both("  "+string(u), func(t Totals) string { return fmt.Sprint(t.pagesOf(u)) })
		}
		both("acknowledged", func(t Totals) string { return fmt.Sprintf("%d of %d", t.Acknowledged, t.Alerts) })
		both("median time to acknowledge", func(t Totals) string { return t.time(t.Median) })
		both("longest time to acknowledge", func(t Totals) string { return t.time(t.Longest) })
	})
}

func (t Totals) time(d watchbill.Duration) string {
	if t.Acknowledged == 0 {
		return "none"
	}
	return span(d)
}
