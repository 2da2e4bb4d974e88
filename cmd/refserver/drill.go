package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/rules/expr"
	"github.com/watchbill/watchbill/sim/drill"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/archive"
	"github.com/watchbill/watchbill/store/memory"
)

// maxSpeed is how much faster than time a drill may run: faster, the machine itself would be late.
const maxSpeed = 1000

// drillCommand makes a drill of a past incident, or runs one.
func drillCommand(ctx context.Context, p *program) error {
	actions := []action{
		{name: "make", summary: "write a drill file of a past incident or alert"},
		{name: "run", summary: "play a drill on an isolated server, score it, print the sheet"},
	}
	if len(p.args) == 0 || strings.HasPrefix(p.args[0], "-") {
		return chooseAction(p, actions)
	}
	name := p.args[0]
	p.args = p.args[1:]
	p.flags.Init(p.flags.Name()+" "+name, flag.ContinueOnError)
	switch name {
	case "make":
		return drillMake(ctx, p)
	case "run":
		return drillRun(ctx, p)
	}
	return usagef("there is no %q here; %s", name, meant("drill", name, actions))
}

// drillMake writes a drill file.
func drillMake(ctx context.Context, p *program) error {
	from := p.flags.String("from", "", "where the past is: the `file` that export has written, or a database, sqlite:PATH or postgres://..., also beside a running server")
	incident := p.flags.String("incident", "", "the `ID` of the incident")
	alert := p.flags.String("alert", "", "the `ID` of an alert, where there was no incident")
	anonymous := p.flags.Bool("anonymous", false, "take out who took part, which customers were hit, and which incident it was")
	if err := p.parse(); err != nil {
		return err
	}
	switch {
	case *from == "":
		return usagef("-from is missing; name the file that export has written, or a database")
	case (*incident == "") == (*alert == ""):
		return usagef("give either -incident ID or -alert ID; refserver incident list shows the incidents of a server")
	}
	past, end, err := openPast(ctx, *from)
	if err != nil {
		return err
	}
	defer end()
	var r drill.Records
	if *incident != "" {
		r, err = drill.ThePast(ctx, past, watchbill.IncidentID(*incident))
	} else {
		r, err = drill.ThePastOf(ctx, past, watchbill.AlertID(*alert))
	}
	switch {
	case errors.Is(err, store.ErrNotFound) && *incident != "":
		return usagef("-incident: there is no incident %q in %s; was it exported before, or is it an alert's ID?", *incident, *from)
	case errors.Is(err, store.ErrNotFound):
		return usagef("-alert: there is no alert %q in %s; was it exported before, or is it an incident's ID?", *alert, *from)
	}
	if err != nil {
		return err
	}
	d := drill.Make(r)
	if *anonymous {
		d = d.Anonymous(r)
		fmt.Fprintln(p.stderr, "names of people and customers, addresses, links and details are taken out; free text may still tell who it was: read the file before you pass it on")
	}
	text, err := d.YAML()
	if err == nil {
		_, err = p.stdout.Write(text)
	}
	return err
}

// openPast opens an archive, or a database to read.
func openPast(ctx context.Context, from string) (past store.Store, end func(), err error) {
	for _, kind := range []string{"sqlite:", "postgres:", "postgresql:", "memory:"} {
		if strings.HasPrefix(from, kind) {
			s, err := openToExport(ctx, from)
			if err != nil {
				return nil, nil, usageError{errors.New(strings.Replace(err.Error(), "-db:", "-from:", 1))}
			}
			return s, func() { _ = s.Close() }, nil
		}
	}
	in, err := openArchive(from)
	if err != nil {
		return nil, nil, usagef("-from: %w", err)
	}
	defer in.Close()
	s := memory.New()
	if _, err := archive.Read(ctx, in, s); err != nil {
		return nil, nil, usagef("-from: %s: %w", from, err)
	}
	return s, func() { _ = s.Close() }, nil
}

// drillFlags is how a drill is run.
type drillFlags struct {
	config, drill, listen, public, at, token string

	speed                float64
	send, robots, asJSON bool
}

func (f *drillFlags) define(p *program) {
	p.flags.StringVar(&f.config, "config", "", "the configuration: a `file` or a folder; the drill is that of its organisation")
	p.flags.StringVar(&f.drill, "drill", "", "the drill `file`, as drill make writes it")
	p.flags.Float64Var(&f.speed, "speed", 1, "how many times faster than real time the drill's clock runs, from 1 to 1000")
	p.flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "the `address` to serve on; port 0: any that is free")
	p.flags.StringVar(&f.public, "public", "", "the `URL` by which those who take part reach that; default: the address itself")
	p.flags.StringVar(&f.token, "token", "", "the `token` of those who take part; default: one made for this drill. Those of the file work, too")
	p.flags.StringVar(&f.at, "at", "", "the `time` at which the drill's clock begins, which decides who is on call; default: now, of robots when the real one happened")
	p.flags.BoolVar(&f.send, "send", false, "page people over the channels of the file, as in earnest, instead of in the terminal")
	p.flags.BoolVar(&f.robots, "robots", false, "try the drill in virtual time, with simulated people")
	p.flags.BoolVar(&f.asJSON, "json", false, "print the scoring sheet as JSON")
}

// check says what is wrong with the flags.
func (f *drillFlags) check() error {
	public, err := url.Parse(f.public)
	switch {
	case f.public != "" && (err != nil || public.Host == "" || public.Scheme != "http" && public.Scheme != "https"):
		return usagef("-public: %q is not an address such as http://drill.example:8081", f.public)
	case f.drill == "":
		return usagef("-drill is missing; name a file that drill make has written")
	case math.IsNaN(f.speed) || f.speed < 1 || f.speed > maxSpeed:
		return usagef("-speed: %v is not between 1 and %d", f.speed, maxSpeed)
	case f.robots && f.send:
		return usagef("-send: robots have no phones; leave out -send or -robots")
	case f.robots && f.speed != 1:
		return usagef("-speed: robots take no time; leave out -speed or -robots")
	}
	return nil
}

// drillRun plays a drill and prints its sheet.
func drillRun(ctx context.Context, p *program) error {
	var f drillFlags
	f.define(p)
	if err := p.parse(); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	log, err := newLogger(p.stderr, "warn", "text")
	if err != nil {
		return err
	}
	file, err := loadFile(f.config, log)
	if err != nil {
		return err
	}
	d, err := readDrill(f.drill, file)
	if err != nil {
		return usageError{err}
	}
	begin, err := f.begin(d)
	if err != nil {
		return err
	}
	var sheet drill.Sheet
	if f.robots {
		sheet, err = rehearse(d, file, begin, p.stderr)
	} else {
		sheet, err = f.play(ctx, d, file, begin, log, p.stderr)
	}
	if err != nil {
		return err
	}
	if f.asJSON {
		return printJSON(p.stdout, sheet)
	}
	_, err = io.WriteString(p.stdout, sheet.Markdown())
	return err
}

func readDrill(path string, file *config.File) (d drill.Drill, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return d, err
	}
	org, err := oncall.New(file.Org, 0)
	if err != nil {
		return d, err
	}
	return drill.Parse(path, data, org)
}

// begin returns when the drill's clock begins.
func (f *drillFlags) begin(d drill.Drill) (time.Time, error) {
	switch {
	case f.at != "":
		at, err := time.Parse(time.RFC3339, f.at)
		if err != nil {
			return at, usagef("-at: %q is not a time with its offset, such as 2026-03-14T02:11:05Z", f.at)
		}
		return at, nil
	case !f.robots:
		return time.Now(), nil
	case d.Happened.IsZero():
		return d.Happened, usagef("%s: happened: is missing; robots begin then, or at -at: the same drill shall give the same sheet", f.drill)
	}
	return d.Happened, nil
}

func rehearse(d drill.Drill, file *config.File, begin time.Time, out io.Writer) (drill.Sheet, error) {
	sheet, troubles, err := drill.Rehearse(d, file.Org, expr.Compile, begin)
	for _, t := range troubles {
		fmt.Fprintf(out, "a robot was refused: %s\n", t)
	}
	return sheet, err
}
