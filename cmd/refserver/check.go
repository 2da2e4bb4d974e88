package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill/verify"
)

// maxHorizon is how far check and diff look at most.
const maxHorizon = 50 * 8766 * time.Hour

// errFound is check's own no.
var errFound = errors.New("a policy reaches nobody at some instant")

func check(_ context.Context, p *program) error {
	file := p.flags.String("config", "", "the configuration: a `file` or a folder")
	from := p.flags.String("from", "", "the `time` to begin at, as 2026-01-01T00:00 in UTC or with an offset; default: now")
	horizon := p.flags.String("horizon", "3650d", "how far to look, a `duration` such as 30d, 10w or 12h")
	asJSON := p.flags.Bool("json", false, "print JSON")
	if err := p.parse(); err != nil {
		return err
	}
	start, end, err := proofWindow(*from, *horizon)
	if err != nil {
		return err
	}
	org, channels, err := loadSystem(p, *file)
	if err != nil {
		return err
	}
	report := verify.Check(org, start, end, verify.Channels(channels...))
	if *asJSON {
		err = printJSON(p.stdout, report)
	} else {
		tellReport(p.stdout, report)
	}
	if err == nil && report.Failed() {
		return errFound
	}
	return err
}

// proofWindow reads the window that a proof is about.
func proofWindow(from, horizon string) (start, end time.Time, err error) {
	length, err := verify.ParseHorizon(horizon, maxHorizon)
	if err != nil {
		return start, end, usagef("-horizon: %w", err)
	}
	if start, err = at("from", from, time.UTC); err != nil {
		return start, end, err
	}
	start = start.Truncate(time.Second)
	return start, start.Add(length), nil
}

// tellReport prints what was found, the worst first, then what is proved, then the worst cases.
func tellReport(w io.Writer, r verify.Report) {
	fmt.Fprintf(w, "from %s to %s\n", stamp(r.From), stamp(r.To))
	for _, s := range []verify.Severity{verify.Error, verify.Warning, verify.Info} {
		tellFindings(w, s, r.Brief())
	}
	tellList(w, "proved", r.Proved)
	if len(r.WorstCase) > 0 {
		fmt.Fprintf(w, "\nworst case, from the alert on, if nobody acknowledges\n")
	}
	for _, c := range r.WorstCase {
		tellWorst(w, c)
	}
	if len(r.Findings) == 0 {
		fmt.Fprintln(w, "\nnothing was found that somebody should change")
	}
}

func stamp(t time.Time) string { return t.Format("Mon 2006-01-02 15:04 MST") }

// shown is how many findings of one rule and subject are printed in words.
const shown = 3

// tellFindings prints the findings of a severity, grouped by rule and subject. The number of a severity is the sum of those of
// its groups, and that of a group the sum of what its lines say.
func tellFindings(w io.Writer, s verify.Severity, all []verify.Finding) {
	type group struct {
		rule    verify.Rule
		subject string
	}
	var order []group
	groups, counts := map[group][]verify.Finding{}, map[group]int{}
	count := 0
	for _, f := range all {
		if f.Severity != s {
			continue
		}
		g := group{f.Rule, f.Subject}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], f)
		counts[g] += max(f.Stands, 1)
		count += max(f.Stands, 1)
	}
	if count == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s (%d)\n", strings.ToUpper(s.String()), count)
	for _, g := range order {
		fmt.Fprintf(w, "  %s  %s (%d)\n", g.rule, g.subject, counts[g])
		tellGroup(w, groups[g])
	}
}

// tellGroup prints the first findings of a group, and how many more there are.
func tellGroup(w io.Writer, list []verify.Finding) {
	n := len(list)
	if n > shown+1 {
		n = shown
	}
	for _, f := range list[:n] {
		fmt.Fprintf(w, "    - %s\n", f.Message)
	}
	rest := list[n:]
	if len(rest) == 0 {
		return
	}
	more, total, last := 0, time.Duration(0), rest[0].To
	for _, f := range rest {
		more += max(f.Stands, 1)
		total += max(f.Total, f.To.Sub(f.From))
		if f.To.After(last) {
			last = f.To
		}
	}
	if rest[0].Rule == verify.CoverageGap || rest[0].Rule == verify.PolicyGap {
		fmt.Fprintf(w, "    - and %d more until %s, in all %s (see -json)\n", more, stamp(last), verify.Length(total))
	} else {
		fmt.Fprintf(w, "    - and %d more of the kind (see -json)\n", more)
	}
}

func tellList(w io.Writer, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	for _, line := range lines {
		fmt.Fprintf(w, "  - %s\n", line)
	}
}

// tellWorst prints the worst case of a policy with the witness.
func tellWorst(w io.Writer, c verify.WorstCase) {
	fmt.Fprintf(w, "  policy %s: %s; low urgency: first page %s\n", c.Policy, worstLine(&c), within(c.LowToFirstPage))
	var whys []string
	for _, b := range []verify.Bound{c.ToFirstPage, c.ToVoice, c.ToEveryLevel, c.LowToFirstPage} {
		if b.Unbounded && !slices.Contains(whys, b.Why) {
			whys = append(whys, b.Why)
			fmt.Fprintf(w, "    unbounded: %s (an alert of %s)\n", b.Why, stamp(b.At))
		}
	}
	for _, why := range c.NotProved {
		fmt.Fprintf(w, "    not proved: %s\n", why)
	}
	if len(c.Path) > 0 {
		fmt.Fprintf(w, "    an alert of %s:\n", stamp(c.At))
	}
	for _, line := range c.Path {
		after, what, _ := strings.Cut(line, " ")
		if d, err := time.ParseDuration(after); err == nil {
			after = "+" + verify.Length(d)
		}
		fmt.Fprintf(w, "      %s %s\n", after, what)
	}
}

// within tells a bound as people write it.
func within(b verify.Bound) string {
	if b.Unbounded {
		return "unbounded"
	}
	return verify.Length(b.Time)
}
