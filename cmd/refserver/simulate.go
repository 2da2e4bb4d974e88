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
	"slices"
	"time"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/rules/expr"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/scenario"
)

// What simulate says no with.
var (
	errNotKept  = errors.New("not every expectation is kept")
	errNotTried = errors.New("no alert came up, so nothing was tried: name events or sources in the scenario that open one")
)

// maxRuns is how many histories can be summed up: what they come to is kept.
const maxRuns = 100_000

// simulate lives a scenario in virtual time.
func simulate(ctx context.Context, p *program) error {
	file := p.flags.String("config", "", "the configuration: a `file` or a folder")
	path := p.flags.String("scenario", "", "the scenario `file`, as package sim/scenario explains")
	seed := p.flags.Uint64("seed", 0, "the `number` from which all chance comes; default: the file's")
	runs := p.flags.Int("runs", 1, "live it under so `many` seeds, one after the other from -seed on, and sum up")
	against := p.flags.String("against", "", "another configuration: a `file` or a folder; what it would have made of the same is set beside it")
	picture := p.flags.String("chart", "", "draw times, pages and broken nights into this SVG `file`")
	asJSON := p.flags.Bool("json", false, "print JSON")
	quiet := p.flags.Bool("quiet", false, "print only what is not kept")
	if err := p.parse(); err != nil {
		return err
	}
	if *quiet && *asJSON {
		return usagef("-quiet and -json exclude each other; name one")
	}
	if *runs < 1 || *runs > maxRuns {
		return usagef("-runs: %d is not a number from 1 to %d", *runs, maxRuns)
	}
	c, err := loadConfig(p, *file)
	if err != nil {
		return err
	}
	var other *config.File
	if *against != "" {
		if other, err = loadConfig(p, *against); err != nil {
			return err
		}
	}
	f, err := loadScenario(p, *path, c, other)
	if err != nil {
		return err
	}
	if given(p, "seed") {
		f.Scenario.Seed = *seed
	}
	if f.Scenario.Seed > math.MaxUint64-uint64(*runs-1) {
		return usagef("-runs: there are not that many seeds from %d on", f.Scenario.Seed)
	}
	m := many{ctx: ctx, p: p, path: *path, runs: *runs, chart: *picture, asJSON: *asJSON, quiet: *quiet}
	this := side{*file, f}
	switch {
	case *against != "":
		return m.compare(this, *against, c, other)
	case *runs > 1:
		return m.sumUp(this)
	}
	return m.once(this)
}

// once lives it under its own seed, and tells what happens.
func (m many) once(this side) error {
	f := this.file
	h, err := lived(m.ctx, f.Scenario)
	if err != nil {
		return err
	}
	answer := judge(f, h)
	if err := m.draw(this, []judged{answer}); err != nil {
		return err
	}
	switch {
	case m.asJSON:
		err = printJSON(m.p.stdout, answer)
	case !m.quiet:
		err = answer.tell(m.p.stdout, f)
	case !answer.kept():
		fmt.Fprintf(m.p.stdout, "%s\n\n", which(1, side{file: f}))
		answer.tellExpectations(m.p.stdout, f, true)
	}
	if err != nil {
		return err
	}
	return m.p.verdict(f, answer.Summary, answer.kept())
}

// verdict is the command's answer. What is expected of no alert at all is kept by any configuration.
func (p *program) verdict(f *scenario.File, s sim.Summary, kept bool) error {
	switch {
	case !kept:
		return errNotKept
	case len(f.Expect) == 0:
	case s.Alerts == 0:
		return errNotTried
	case s.Urgent == 0:
		fmt.Fprintln(p.stderr, "warning: no alert demanded anybody (they were of low urgency, muted or in groups), so what is expected of every alert was not tried; expect some_alert_rings for this to be a failure")
	}
	return nil
}

// lived lives a scenario.
func lived(ctx context.Context, s sim.Scenario) (*sim.History, error) {
	return await(ctx, func() (*sim.History, error) {
		h, err := sim.Run(s)
		if err != nil {
			return nil, usageError{err}
		}
		return h, nil
	})
}

// given reports whether a flag is on the command line.
func given(p *program, name string) (is bool) {
	p.flags.Visit(func(f *flag.Flag) { is = is || f.Name == name })
	return is
}

// loadScenario reads a scenario about a configuration, and maybe about another one too; warnings go to stderr.
func loadScenario(p *program, path string, c, also *config.File) (*scenario.File, error) {
	if path == "" {
		return nil, usagef("-scenario is missing; name a scenario.yaml that is about the configuration")
	}
	f, err := scenario.Reader{Config: c, Also: also, Compile: expr.Compile}.Load(path)
	if err != nil {
		return nil, usageError{err}
	}
	refuseUnset(p, c, &f.Scenario)
	return f, nil
}

// refuseUnset has channels that are not set up refuse everything, as they do on a server, unless the scenario says how they do.
func refuseUnset(p *program, c *config.File, s *sim.Scenario) {
	for _, channel := range c.Org.Channels() {
		if _, said := s.Providers[channel]; said || slices.Contains(c.Channels(), channel) {
			continue
		}
		fmt.Fprintf(p.stderr, "warning: %s is not set up, so that nothing gets through over it here either, unless the scenario's providers have it\n", channel)
		if s.Providers == nil {
			s.Providers = map[notify.Channel]sim.Provider{}
		}
		s.Providers[channel] = sim.Provider{Refuses: 1}
	}
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
	Tried    bool     `json:"tried"` // an alert came up at all
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
		v := verdict{Name: e.Name, Tried: j.Summary.Alerts > 0, Breaches: []breach{}}
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
		fmt.Fprintln(w)
		j.tellExpectations(w, f, false)
	}
	return nil
}

// tellExpectations prints what became of what was expected; of the brief, only what was not kept.
func (j judged) tellExpectations(w io.Writer, f *scenario.File, brief bool) {
	fmt.Fprintln(w, "expectations")
	for _, v := range j.Expectations {
		if !brief || !v.Kept {
			v.tell(w, f.Zone)
		}
	}
	if !j.kept() {
		fmt.Fprintf(w, "\nWith -seed %d -runs 2 the shortest scenario found under which the same goes wrong is told.\n", f.Scenario.Seed)
	}
}

// tell prints what became of an expectation.
func (v verdict) tell(w io.Writer, zone *time.Location) {
	switch {
	case v.Kept && !v.Tried:
		fmt.Fprintf(w, "  not tried %s\n", v.Name)
		return
	case v.Kept:
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
