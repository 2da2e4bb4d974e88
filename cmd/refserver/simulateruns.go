package main

import (
	"context"
	"fmt"
	"iter"

	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/scenario"
)

// histories lives a scenario under so many seeds, one after the other from its own on, until the first error.
func histories(ctx context.Context, s sim.Scenario, runs int) iter.Seq2[*sim.History, error] {
	return func(yield func(*sim.History, error) bool) {
		for i := range runs {
			one := s
			one.Seed += uint64(i)
			h, err := sim.Run(one)
			if err == nil {
				err = ctx.Err()
			}
			if !yield(h, err) || err != nil {
				return
			}
		}
	}
}

// ofRuns is what several histories come to.
type ofRuns struct {
	Seed         uint64             `json:"seed"` // the first
	Runs         int                `json:"runs"`
	Expectations []keptIn           `json:"expectations"`
	Figures      []sim.SpreadFigure `json:"figures"`
	Summary      sim.Summary        `json:"summary"` // of all of them together
}

// keptIn says in how many histories an expectation was kept.
type keptIn struct {
	Name   string   `json:"name"`
	Kept   int      `json:"kept"`
	Seeds  []uint64 `json:"not_kept_under"`
	breach breach   // the first
}

// simulateRuns lives a scenario under many seeds.
func simulateRuns(ctx context.Context, p *program, f *scenario.File, runs int, asJSON bool) error {
	answer := ofRuns{Seed: f.Scenario.Seed, Runs: runs, Expectations: make([]keptIn, len(f.Expect))}
	var each []sim.Summary
	for h, err := range histories(ctx, f.Scenario, runs) {
		if err != nil {
			return err
		}
		j := judge(f, h)
		each = append(each, j.Summary)
		answer.add(j)
	}
	answer.Figures, answer.Summary = sim.Spreads(each), sim.Total(each)
	if asJSON {
		if err := printJSON(p.stdout, answer); err != nil {
			return err
		}
	} else {
		answer.tell(p, f)
	}
	for _, k := range answer.Expectations {
		if len(k.Seeds) > 0 {
			return errNotKept
		}
	}
	return nil
}

func (r *ofRuns) add(j judged) {
	for i, v := range j.Expectations {
		k := &r.Expectations[i]
		if k.Name = v.Name; v.Kept {
			k.Kept++
			continue
		}
		if len(k.Seeds) == 0 {
			k.breach = v.Breaches[0]
		}
		k.Seeds = append(k.Seeds, j.history.Seed)
	}
}

// tell prints the figures and, of what was not kept, the first seed and breach.
func (r ofRuns) tell(p *program, f *scenario.File) {
	w := p.stdout
	fmt.Fprintf(w, "%d runs, seeds %d to %d, each from %s for %s\n\n", r.Runs, r.Seed, r.Seed+uint64(r.Runs)-1,
		stamp(f.Scenario.Start.In(f.Zone)), f.Scenario.For)
	fmt.Fprintf(w, "%-36s %10s %10s %10s\n", "of the runs", "p5", "median", "p95")
	for _, x := range r.Figures {
		fmt.Fprintf(w, "%-36s %10s %10s %10s\n", x.Name, x.Unit.Write(x.P5), x.Unit.Write(x.Median), x.Unit.Write(x.P95))
	}
	if len(r.Expectations) > 0 {
		fmt.Fprintln(w, "\nexpectations")
	}
	for _, k := range r.Expectations {
		fmt.Fprintf(w, "  kept in %d of %d  %s\n", k.Kept, r.Runs, k.Name)
		if len(k.Seeds) > 0 {
			fmt.Fprintf(w, "    not under seed %d: %s  %s %s\n", k.Seeds[0], stamp(k.breach.At.In(f.Zone)), k.breach.Alert, k.breach.Text)
		}
	}
}
