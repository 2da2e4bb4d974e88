package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/chart"
	"github.com/watchbill/watchbill/sim/scenario"
)

// many is a call that lives a scenario more than once.
type many struct {
	ctx    context.Context
	p      *program
	path   string // of the scenario
	runs   int
	chart  string // where it is drawn; empty: nowhere
	asJSON bool
}

// side is a scenario with one configuration.
type side struct {
	name string
	file *scenario.File
}

// live lives a scenario under so many seeds, one after the other from its own on, and returns what came of each in that order. As
// many are under way as there are processors, which changes nothing but how long it takes.
func (m many) live(s side) ([]judged, error) {
	all, errs := make([]judged, m.runs), make([]error, m.runs)
	next := make(chan int)
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), m.runs) {
		group.Go(func() {
			for i := range next {
				all[i], errs[i] = m.one(s, uint64(i))
			}
		})
	}
	for i := range m.runs {
		next <- i
	}
	close(next)
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// one lives one run. Its history is given up at once: of many they would be more than memory holds.
func (m many) one(s side, number uint64) (judged, error) {
	if err := m.ctx.Err(); err != nil {
		return judged{}, err
	}
	one := s.file.Scenario
	one.Seed, one.NoLog = one.Seed+number, true // no expectation of a file reads the log
	h, err := sim.Run(one)
	if err != nil {
		return judged{}, usageError{err}
	}
	j := judge(s.file, h)
	j.history = nil
	return j, nil
}

func summaries(runs []judged) (all []sim.Summary) {
	for _, j := range runs {
		all = append(all, j.Summary)
	}
	return all
}

// draw writes the chart, if one is wanted.
func (m many) draw(this side, runs []judged, others ...chart.Side) error {
	if m.chart == "" {
		return nil
	}
	names := map[watchbill.UserID]string{}
	for _, u := range this.file.Scenario.Org.Catalog.Users {
		names[u.ID] = u.DisplayName()
	}
	o := chart.Options{Title: filepath.Base(m.path), Names: func(id watchbill.UserID) string { return names[id] }}
	var b bytes.Buffer
	if err := chart.SVG(&b, o, append([]chart.Side{{Name: this.name, Runs: summaries(runs)}}, others...)...); err != nil {
		return err
	}
	if err := os.WriteFile(m.chart, b.Bytes(), 0o666); err != nil {
		return usagef("-chart: %v", err)
	}
	return nil
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

// sumUp lives a scenario under many seeds, and prints what they come to.
func (m many) sumUp(this side) error {
	all, err := m.live(this)
	if err != nil {
		return err
	}
	answer := ofRuns{Seed: this.file.Scenario.Seed, Runs: m.runs, Expectations: keptOf(this, all)}
	each := summaries(all)
	answer.Figures, answer.Summary = sim.Spreads(each), sim.Total(each)
	if err := m.draw(this, all); err != nil {
		return err
	}
	if m.asJSON {
		if err := printJSON(m.p.stdout, answer); err != nil {
			return err
		}
	} else {
		answer.tell(m.p, this.file)
		if err := tellShortest(m.p.stdout, this.file, answer.Expectations); err != nil {
			return err
		}
	}
	return allKept(answer.Expectations)
}

// allKept is the command's no if an expectation was not always kept.
func allKept(all []keptIn) error {
	for _, k := range all {
		if len(k.Seeds) > 0 {
			return errNotKept
		}
	}
	return nil
}

// keptOf counts in how many runs each expectation was kept.
func keptOf(s side, runs []judged) []keptIn {
	all := make([]keptIn, len(s.file.Expect))
	for i, j := range runs {
		for e, v := range j.Expectations {
			k := &all[e]
			if k.Seeds == nil {
				k.Seeds = []uint64{} // not null in JSON
			}
			if k.Name = v.Name; v.Kept {
				k.Kept++
				continue
			}
			if len(k.Seeds) == 0 {
				k.breach = v.Breaches[0]
			}
			k.Seeds = append(k.Seeds, s.file.Scenario.Seed+uint64(i))
		}
	}
	return all
}

// which says which runs there were.
func which(runs int, s side) string {
	what, first := s.file.Scenario, s.file.Scenario.Seed
	seeds := fmt.Sprintf("1 run, seed %d,", first)
	if runs > 1 {
		seeds = fmt.Sprintf("%d runs, seeds %d to %d, each", runs, first, first+uint64(runs)-1)
	}
	return fmt.Sprintf("%s from %s for %s", seeds, stamp(what.Start.In(s.file.Zone)), what.For)
}

// tell prints the figures and, of what was not kept, the first seed and breach.
func (r ofRuns) tell(p *program, f *scenario.File) {
	w := p.stdout
	fmt.Fprintf(w, "%s\n\n", which(r.Runs, side{file: f}))
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
			fmt.Fprintf(w, "    not under seed %d: %s  %s %s\n", k.Seeds[0], stamp(k.breach.At.In(f.Zone)), cmp.Or(k.breach.Alert, k.breach.User), k.breach.Text)
		}
	}
}
