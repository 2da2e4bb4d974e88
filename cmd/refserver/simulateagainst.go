package main

import (
	"fmt"
	"strings"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/chart"
)

// compared is a comparison, with what was expected on both sides.
type compared struct {
	Seed uint64 `json:"seed"` // the first
	sim.Comparison
	Expectations      []keptIn `json:"expectations"`
	OtherExpectations []keptIn `json:"other_expectations"`
	Meaning           string   `json:"meaning"`
}

// compare lives a scenario with this configuration and with another one, under the same seeds. Its no is that an expectation is
// not kept with this one.
func (m many) compare(this side, against string, c, other *config.File) error {
	f, err := loadScenario(m.p, m.path, other, c)
	if err != nil { // the scenario was right for the configuration before
		return usagef("-against %s: %w", against, err)
	}
	f.Scenario.Seed = this.file.Scenario.Seed
	that := side{against, f}
	this.name, that.name = apart(this.name, against)
	a, err := m.live(this)
	if err != nil {
		return err
	}
	b, err := m.live(that)
	if err != nil {
		return err
	}
	answer := compared{Seed: f.Scenario.Seed, Comparison: sim.Compare(this.name, summaries(a), that.name, summaries(b)),
		Expectations: keptOf(this, a), OtherExpectations: keptOf(that, b)}
	answer.Meaning = answer.Words()
	if err := m.draw(this, a, chart.Side{Name: that.name, Runs: summaries(b)}); err != nil {
		return err
	}
	kept := allKept(answer.Expectations)
	switch {
	case m.asJSON:
		err = printJSON(m.p.stdout, answer)
	case !m.quiet || !kept:
		err = answer.tell(m, this)
	}
	if err != nil {
		return err
	}
	return m.p.verdict(this.file, sim.Total(summaries(a)), kept)
}

// apart leaves out the folders that two paths have in common, so that what is different about them is seen.
func apart(a, b string) (string, string) {
	for {
		x, restA, okA := strings.Cut(a, "/")
		y, restB, okB := strings.Cut(b, "/")
		if !okA || !okB || x != y || restA == "" || restB == "" {
			return a, b
		}
		a, b = restA, restB
	}
}

func (c compared) tell(m many, this side) error {
	w := m.p.stdout
	fmt.Fprintf(w, "%s\n\n", which(c.Runs, this))
	for i, k := range c.Expectations {
		if m.quiet && len(k.Seeds) == 0 {
			continue
		}
		fmt.Fprintf(w, "kept in %d of %d%s, with the other in %d  %s\n", k.Kept, c.Runs, k.untried(c.Runs), c.OtherExpectations[i].Kept, k.Name)
		k.tellFirst(w, this.file)
	}
	if m.quiet {
		return nil
	}
	if len(c.Expectations) > 0 {
		fmt.Fprintln(w)
	}
	return c.Tell(w)
}
