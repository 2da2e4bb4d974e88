package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/chart"
	"github.com/watchbill/watchbill/sim/scenario"
	"github.com/watchbill/watchbill/verify"
)

// many is a call that lives a scenario more than once.
type many struct {
	ctx    context.Context
	p      *program
	path   string // of the scenario
	runs   int
	chart  string // where it is drawn; empty: nowhere
	asJSON bool
	quiet  bool // say only what is not kept
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
				if errs[i] = m.ctx.Err(); errs[i] == nil { // what is under way goes on when it is given up; nothing more may begin
					all[i], errs[i] = m.one(s, uint64(i))
				}
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
	one := s.file.Scenario
	one.Seed, one.NoLog = one.Seed+number, true // no expectation of a file reads the log
	h, err := lived(m.ctx, one)
	if err != nil {
		return judged{}, err
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
	Tried  int      `json:"tried"` // in how many an alert came up at all
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
	kept := allKept(answer.Expectations)
	switch {
	case m.asJSON:
		err = printJSON(m.p.stdout, answer)
	case !m.quiet || !kept:
		answer.tell(m.p.stdout, this.file, m.quiet)
		err = tellShortest(m.ctx, m.p.stdout, this.file, answer.Expectations)
	}
	if err != nil {
		return err
	}
	return m.p.verdict(this.file, answer.Summary, kept)
}

// allKept reports whether every expectation was always kept.
func allKept(all []keptIn) bool {
	return !slices.ContainsFunc(all, func(k keptIn) bool { return len(k.Seeds) > 0 })
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
			if v.Tried {
				k.Tried++
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

// untried says in how many runs there was nothing to keep it for.
func (k keptIn) untried(runs int) string {
	if k.Tried == runs {
		return ""
	}
	return fmt.Sprintf(" (no alert in %d)", runs-k.Tried)
}

// which says which runs there were.
func which(runs int, s side) string {
	what, first := s.file.Scenario, s.file.Scenario.Seed
	seeds := fmt.Sprintf("1 run, seed %d,", first)
	if runs > 1 {
		seeds = fmt.Sprintf("%d runs, seeds %d to %d, each", runs, first, first+uint64(runs)-1)
	}
	return fmt.Sprintf("%s from %s for %s", seeds, stamp(what.Start.In(s.file.Zone)), verify.Length(what.For))
}

// tell prints the figures, and, of what was not kept, the first seed and breach; of the brief nothing else.
func (r ofRuns) tell(w io.Writer, f *scenario.File, brief bool) {
	fmt.Fprintf(w, "%s\n\n", which(r.Runs, side{file: f}))
	if !brief {
		fmt.Fprintf(w, "%-36s %10s %10s %10s\n", "of the runs", "p5", "median", "p95")
		for _, x := range r.Figures {
			fmt.Fprintf(w, "%-36s %10s %10s %10s\n", x.Name, x.Unit.Write(x.P5), x.Unit.Write(x.Median), x.Unit.Write(x.P95))
		}
		fmt.Fprintln(w)
	}
	if len(r.Expectations) > 0 {
		fmt.Fprintln(w, "expectations")
	}
	for _, k := range r.Expectations {
		if brief && len(k.Seeds) == 0 {
			continue
		}
		fmt.Fprintf(w, "  kept in %d of %d%s  %s\n", k.Kept, r.Runs, k.untried(r.Runs), k.Name)
		k.tellFirst(w, f)
	}
}

// tellFirst prints the first seed and breach of what was not always kept.
func (k keptIn) tellFirst(w io.Writer, f *scenario.File) {
	if len(k.Seeds) > 0 {
		fmt.Fprintf(w, "    not under seed %d: %s  %s %s\n", k.Seeds[0], stamp(k.breach.At.In(f.Zone)), cmp.Or(k.breach.Alert, k.breach.User), k.breach.Text)
	}
}
