package drill

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// Markdown returns the sheet for people.
func (s Sheet) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", cell(s.Title))
	if s.Of > 0 {
		fmt.Fprintf(&b, "**%d of %d points (%d %%).** ", s.Points, s.Of, 100*s.Points/s.Of)
	}
	ending := "with everything resolved"
	if !s.Over {
		ending = "before everything was resolved"
	}
	fmt.Fprintf(&b, "By its clock the drill began at %s and ended %s later, %s.", s.Began.UTC().Format("2006-01-02 15:04:05 UTC"),
		round(s.Ended.Sub(s.Began)), ending)
	if s.From != "" {
		fmt.Fprintf(&b, " It was made of %s: the real one.", cell(s.From))
	}
	b.WriteString("\n")
	s.expectations(&b)
	s.people(&b)
	if len(s.Notes) > 0 {
		b.WriteString("\n## To talk over\n\n")
		for _, n := range s.Notes {
			fmt.Fprintf(&b, "- %s\n", cell(n))
		}
	}
	b.WriteString("\n## What happened\n\n")
	for _, l := range s.Lines {
		fmt.Fprintf(&b, "- `%s` %s\n", Distance(time.Duration(l.After)), cell(l.Text))
	}
	return b.String()
}

func (s Sheet) expectations(b *strings.Builder) {
	if len(s.Results) == 0 {
		return
	}
	b.WriteString("\n| expected | within | outcome | after | by | points | the real one |\n|---|---|---|---|---|---|---|\n")
	for _, r := range s.Results {
		after := "-"
		if r.Outcome != Missed {
			after = round(time.Duration(r.After)).String()
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %d of %d | %s |\n", cell(r.What), time.Duration(r.Within), r.Outcome, after,
			cmp.Or(cell(strings.TrimPrefix(string(r.By), "user:")), "-"), r.Points, r.Of, r.compared())
	}
}

// compared tells how fast the real ones were.
func (r Result) compared() string {
	then, after := round(time.Duration(r.Then)), round(time.Duration(r.After))
	switch {
	case then == 0:
		return "never, or not known"
	case r.Outcome == Missed:
		return fmt.Sprintf("after %s", then)
	case after < then:
		return fmt.Sprintf("after %s: %s slower", then, then-after)
	case after > then:
		return fmt.Sprintf("after %s: %s faster", then, after-then)
	}
	return fmt.Sprintf("after %s, too", then)
}

func (s Sheet) people(b *strings.Builder) {
	if len(s.People) == 0 {
		return
	}
	b.WriteString("\n## Who responded\n\n| person | pages | of alerts | acknowledged | median | slowest | other deeds |\n|---|---|---|---|---|---|---|\n")
	for _, p := range s.People {
		fmt.Fprintf(b, "| %s | %d | %d | %d | %s | %s | %d |\n", cell(string(p.User)), p.Pages, p.Alerts, p.Answered, some(p.Median),
			some(p.Slowest), p.Deeds)
	}
	b.WriteString("\nMedian and slowest count from a person's first page of an alert until that person acknowledged it.\n")
}

func some(d watchbill.Duration) string {
	if d == 0 {
		return "-"
	}
	return round(time.Duration(d)).String()
}

// cell makes text fit into one line of a table, and shows it as it is: none of it is Markdown or HTML, or steers a terminal.
func cell(text string) string { return marks.Replace(alert.Line(text)) }

// marks are what means something within a line.
var marks = strings.NewReplacer("<", "&lt;", ">", "&gt;", "&", "&amp;", "|", `\|`, `\`, `\\`, "`", "\\`", "*", `\*`, "](", `]\(`, "][", `]\[`, "]:", `]\:`)

// round leaves out what nobody reads: what is shorter than a second.
func round(d time.Duration) time.Duration { return d.Round(time.Second) }

// Distance writes how long after the first signal something is: "+1:02:03".
func Distance(d time.Duration) string {
	sign := "+"
	if d < 0 {
		sign, d = "-", -d
	}
	d = round(d)
	return fmt.Sprintf("%s%d:%02d:%02d", sign, int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}
