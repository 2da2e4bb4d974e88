package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/watchbill/watchbill/rules/expr"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/scenario"
)

// errNotKept is simulate's own no.
var errNotKept = errors.New("not every expectation is kept")

// maxRuns is how many histories can be summed up: what they come to is kept.
const maxRuns = 1_000_000

// simulate lives a scenario in virtual time.
func simulate(ctx context.Context, p *program) error {
	file := p.flags.String("config", "", "the configuration: a `file` or a folder")
	path := p.flags.String("scenario", "", "the scenario `file`, as package sim/scenario explains; it lies beside the configuration")
	seed := p.flags.Uint64("seed", 0, "the `number` from which all chance comes; default: the file's")
	runs := p.flags.Int("runs", 1, "live it under so `many` seeds, one after the other from -seed on, and sum up")
	against := p.flags.String("against", "", "another configuration: a `file` or a folder; what it would have made of the same is set beside it")
	picture := p.flags.String("chart", "", "draw times, pages and broken nights into this SVG `file`")
	asJSON := p.flags.Bool("json", false, "print JSON")
	if err := p.parse(); err != nil {
		return err
	}
	if *runs < 1 || *runs > maxRuns {
		return usagef("-runs: %d is not a number from 1 to %d", *runs, maxRuns)
	}
	f, err := loadScenario(p, *file, *path)
	if err != nil {
		return err
	}
	if given(p, "seed") {
		f.Scenario.Seed = *seed
	}
	if f.Scenario.Seed > math.MaxUint64-uint64(*runs-1) {
		return usagef("-runs: there are not that many seeds from %d on", f.Scenario.Seed)
	}
	m := many{ctx: ctx, p: p, path: *path, runs: *runs, chart: *picture, asJSON: *asJSON}
	this := side{*file, f}
	switch {
	case *against != "":
		return m.compare(this, *against)
	case *runs > 1:
		return m.sumUp(this)
	}
	h, err := sim.Run(f.Scenario)
	if err != nil {
		return usageError{err}
	}
	answer := judge(f, h)
	if err := m.draw(this, []judged{answer}); err != nil {
		return err
	}
	if *asJSON {
		err = printJSON(p.stdout, answer)
	} else {
		err = answer.tell(p.stdout, f)
	}
	if err == nil && !answer.kept() {
		return errNotKept
	}
	return err
}

// given reports whether a flag is on the command line.
func given(p *program, name string) (is bool) {
	p.flags.Visit(func(f *flag.Flag) { is = is || f.Name == name })
	return is
}

// loadScenario reads a configuration and a scenario about it; warnings go to stderr.
func loadScenario(p *program, file, path string) (*scenario.File, error) {
	c, err := loadConfig(p, file)
	if err != nil {
		return nil, err
	}
	if path == "" {
		return nil, usagef("-scenario is missing; name a scenario.yaml that is about the configuration")
	}
	f, err := scenario.Reader{Config: c, Compile: expr.Compile}.Load(path)
	if err != nil {
		return nil, usageError{err}
	}
	return f, nil
}

// judged is a history, and what was expected of it.
type judged struct {
	history      *sim.History
	Expectations []verdict
	Summary      sim.Summary
}

// verdict is what became of an expectation.
type verdict struct {
	Name     string   `json:"name"`
	Kept     bool     `json:"kept"`
	Breaches []breach `json:"breaches"`
}

// breach is how it was not kept.
type breach struct {
	At    time.Time `json:"at"`
	Alert string    `json:"alert,omitempty"`
	User  string    `json:"user,omitempty"`
	Text  string    `json:"text"`
}

// judge looks at a history of a scenario.
func judge(f *scenario.File, h *sim.History) judged {
	j := judged{history: h, Expectations: []verdict{}, Summary: sim.Summarize(h, f.Scenario.Org.Catalog.Users)}
	for _, e := range f.Expect {
		v := verdict{Name: e.Name, Breaches: []breach{}}
		for _, b := range e.Check(h) {
			told := breach{At: b.At, User: string(b.User), Text: b.Text}
			if b.Alert != nil {
				told.Alert = b.Alert.Name
			}
			v.Breaches = append(v.Breaches, told)
		}
		v.Kept = len(v.Breaches) == 0
		j.Expectations = append(j.Expectations, v)
	}
	return j
}

func (j judged) kept() bool {
	for _, v := range j.Expectations {
		if !v.Kept {
			return false
		}
	}
	return true
}

// MarshalJSON writes the history, and what was expected of it beside it.
func (j judged) MarshalJSON() ([]byte, error) {
	data, err := json.Marshal(j.history)
	if err != nil {
		return nil, err
	}
	rest, err := json.Marshal(struct {
		Expectations []verdict   `json:"expectations"`
		Summary      sim.Summary `json:"summary"`
	}{j.Expectations, j.Summary})
	return bytes.Join([][]byte{bytes.TrimSuffix(rest, []byte("}")), bytes.TrimPrefix(data, []byte("{"))}, []byte(",")), err
}

// tell prints what happened, what it came to, and what was expected.
func (j judged) tell(w io.Writer, f *scenario.File) error {
	h := j.history
	fmt.Fprintf(w, "seed %d, from %s to %s\n\n", h.Seed, stamp(h.Start.In(f.Zone)), stamp(h.End.In(f.Zone)))
	if err := h.Tell(w); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nsummary")
	for _, x := range j.Summary.Figures() {
		fmt.Fprintf(w, "  %-34s %s\n", x.Name, x.Unit.Write(x.Value))
	}
	if len(j.Expectations) > 0 {
		fmt.Fprintln(w, "\nexpectations")
	}
	for _, v := range j.Expectations {
		v.tell(w, f.Zone)
	}
	return nil
}

// tell prints what became of an expectation.
func (v verdict) tell(w io.Writer, zone *time.Location) {
	if v.Kept {
		fmt.Fprintf(w, "  kept      %s\n", v.Name)
		return
	}
	fmt.Fprintf(w, "  NOT KEPT  %s\n", v.Name)
	n := len(v.Breaches)
	if n > shown+1 {
		n = shown
	}
	for _, b := range v.Breaches[:n] {
		fmt.Fprintf(w, "            - %s  %s %s\n", stamp(b.At.In(zone)), cmp.Or(b.Alert, b.User), b.Text)
	}
	if rest := len(v.Breaches) - n; rest > 0 {
		fmt.Fprintf(w, "            - and %d more (see -json)\n", rest)
	}
}
