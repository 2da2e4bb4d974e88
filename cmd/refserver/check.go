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

// Horizons of check and diff: how far they look by default and at most.
const (
	checkHorizon = 87600 * time.Hour
	diffHorizon  = 2160 * time.Hour
	maxHorizon   = 50 * 8766 * time.Hour
)

// errFound is check's own no.
var errFound = errors.New("a policy reaches nobody at some instant")

func check(_ context.Context, p *program) error {
	file := p.flags.String("config", "", "the configuration: a `file` or a folder")
	from := p.flags.String("from", "", "the `time` to begin at, as 2026-01-01T00:00 in UTC or with an offset; default: now")
	horizon := p.flags.Duration("horizon", checkHorizon, "how far to look, a `duration`")
	asJSON := p.flags.Bool("json", false, "print JSON")
	if err := p.parse(); err != nil {
		return err
	}
	start, end, err := proofWindow(*from, *horizon)
	if err != nil {
		return err
	}
	org, err := loadOrg(p, *file)
	if err != nil {
		return err
	}
	report := verify.Check(org, start, end)
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
func proofWindow(from string, horizon time.Duration) (start, end time.Time, err error) {
	if horizon <= 0 || horizon > maxHorizon {
		return start, end, usagef("-horizon %v is not between 0 and 50 years; write a duration such as 8760h", horizon)
	}
	if start, err = at("from", from, time.UTC); err != nil {
		return start, end, err
	}
	start = start.Truncate(time.Second)
	return start, start.Add(horizon), nil
}

// tellReport prints what was found, the worst first, then what is proved, then the worst cases.
func tellReport(w io.Writer, r verify.Report) {
	fmt.Fprintf(w, "from %s to %s\n", stamp(r.From), stamp(r.To))
	for _, s := range []verify.Severity{verify.Error, verify.Warning, verify.Info} {
		tellFindings(w, s, r.Findings)
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

// tellFindings prints the findings of a severity, grouped by rule and subject.
func tellFindings(w io.Writer, s verify.Severity, all []verify.Finding) {
	type group struct {
		rule    verify.Rule
		subject string
	}
	var order []group
	groups := map[group][]verify.Finding{}
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
		count++
	}
	if count == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s (%d)\n", strings.ToUpper(s.String()), count)
	for _, g := range order {
		fmt.Fprintf(w, "  %s  %s\n", g.rule, g.subject)
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
		more += max(f.Count, 1)
		total += max(f.Total, f.To.Sub(f.From))
		if f.To.After(last) {
			last = f.To
		}
	}
	if rest[0].Rule == verify.CoverageGap || rest[0].Rule == verify.PolicyGap {
		fmt.Fprintf(w, "    - and %d more until %s, in all %v (see -json)\n", more, stamp(last), total)
	} else {
		fmt.Fprintf(w, "    - and %d more of the kind (see -json)\n", len(rest))
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
	fmt.Fprintf(w, "  policy %s: first page %v, voice or sms %v, every level %v; low urgency: first page %v\n",
		c.Policy, c.ToFirstPage, c.ToVoice, c.ToEveryLevel, c.LowToFirstPage)
	var whys []string
	for _, b := range []verify.Bound{c.ToFirstPage, c.ToVoice, c.ToEveryLevel, c.LowToFirstPage} {
		if b.Unbounded && !slices.Contains(whys, b.Why) {
			whys = append(whys, b.Why)
			fmt.Fprintf(w, "    unbounded: %s (an alert of %s)\n", b.Why, stamp(b.At))
		}
	}
	if len(c.Path) > 0 {
		fmt.Fprintf(w, "    an alert of %s:\n", stamp(c.At))
	}
	for _, line := range c.Path {
		fmt.Fprintf(w, "      %s\n", line)
	}
}
