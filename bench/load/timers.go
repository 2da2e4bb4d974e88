package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/postgres"
	"github.com/watchbill/watchbill/store/sqlite"
)

const (
	timerRate  = 2000.0 // timers that come due a second
	timerBatch = 256    // that one pass steps
	timerCosts = 20     // passes of which the cost is measured
)

// million measures how late timers are that page, 2,000 a second, while more and more open alerts rest beside them; what a
// pass costs; and how much memory it takes. The engine runs in a process of its own, as an embedder has it; it sends to a
// provider that accepts at once.
func million(s settings) error {
	ctx := context.Background()
	m, err := newMould(ctx)
	if err != nil {
		return err
	}
	var all []*timerFigures
	for n := 1000; n <= s.open; n *= 10 {
		f, err := s.timersBeside(ctx, m, n)
		if err != nil {
			return err
		}
		f.print(s.out)
		all = append(all, f)
	}
	grow(s.out, all)
	judge(s.out, all)
	return nil
}

// timersBeside measures with so many alerts that rest.
func (s settings) timersBeside(ctx context.Context, m *mould, open int) (*timerFigures, error) {
	d, err := newDatabase(s.db)
	if err != nil {
		return nil, err
	}
	defer d.drop()
	t := &timers{s: s, db: d, mould: m}
	f := &timerFigures{open: open, kind: d.kind, label: d.label()}
	if s.replicas > 1 {
		f.label += fmt.Sprintf(", %d engines", s.replicas)
	}
	for range s.runs {
		if err := t.once(ctx, f); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// timers is a database with alerts that rest.
type timers struct {
	s     settings
	db    *database
	mould *mould
	runs  int
}

// timerFigures are those of one number of open alerts.
type timerFigures struct {
	open                                   int
	kind, label                            string
	late                                   quantiles
	cost, costCPU, idle, cpu, dbCPU        spread
	rss, peak, size, lost, twice, fillRate spread
}

// openTimers opens a database as an engine does.
func openTimers(ctx context.Context, url string) (store.Store, io.Closer, error) {
	kind, rest, _ := strings.Cut(url, ":")
	switch kind {
	case "sqlite":
		s, err := sqlite.Open(ctx, rest)
		if err != nil {
			return nil, nil, err
		}
		return s, s, nil
	case "postgres", "postgresql":
		s, err := postgres.Open(ctx, url)
		if err != nil {
			return nil, nil, err
		}
		return s, s, nil
	}
	s := memory.New()
	return s, s, nil
}

// once fills the database in the first run, adds what is to come due in this run, and measures that.
func (t *timers) once(ctx context.Context, f *timerFigures) error {
	t.runs++
	// Each run has an hour of its own. What it steps rests after it.
	o := timerOrder{DB: t.db.url, Set: fmt.Sprintf("r%03d", t.runs), At: fillBegan.Add(time.Duration(t.runs) * time.Hour),
		Due: int(timerRate * t.s.duration.Seconds()), Costs: timerCosts}
	if t.s.replicas > 1 {
		o.Costs = 0 // one engine would take all of them
	}
	if t.db.kind == "memory" { // then it can only be filled where it is
		o.Fill = f.open
	} else if err := t.prepare(ctx, o, f); err != nil {
		return err
	}
	dbUsed := t.db.cpu()
	results, err := t.s.runTimers(o)
	if err != nil {
		return err
	}
	f.dbCPU = append(f.dbCPU, float64((t.db.cpu()-dbUsed).Microseconds())/float64(o.Due))
	f.add(o, results, float64(t.db.size())/1e6)
	return nil
}

// prepare fills the database from outside.
func (t *timers) prepare(ctx context.Context, o timerOrder, f *timerFigures) error {
	s, closer, err := openTimers(ctx, t.db.url)
	if err != nil {
		return err
	}
	defer closer.Close()
	if t.runs == 1 {
		began := time.Now()
		if err := t.mould.fill(ctx, s, f.open); err != nil {
			return err
		}
		f.fillRate = append(f.fillRate, float64(f.open)/time.Since(began).Seconds())
	}
	return o.due(ctx, t.mould, s)
}

// runTimers lets as many engines as there are replicas do an order, each in a process of its own.
func (s settings) runTimers(o timerOrder) ([]timerResult, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if s.replicas > 1 {
		o.Start = time.Now().Add(2 * time.Second)
	}
	order, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	outs, cmds := make([]bytes.Buffer, s.replicas), make([]*exec.Cmd, s.replicas)
	for i := range cmds {
		cmds[i] = exec.Command(self, "serve-timers")
		cmds[i].Stdin, cmds[i].Stdout, cmds[i].Stderr = bytes.NewReader(order), &outs[i], os.Stderr
		if err := cmds[i].Start(); err != nil {
			return nil, err
		}
	}
	results := make([]timerResult, s.replicas)
	for i, cmd := range cmds {
		if failed := cmd.Wait(); failed != nil && err == nil {
			err = failed
		} else if err == nil {
			err = json.Unmarshal(outs[i].Bytes(), &results[i])
		}
	}
	return results, err
}

func (f *timerFigures) add(o timerOrder, results []timerResult, size float64) {
	var late []time.Duration
	seen, twice := map[int]bool{}, 0
	cpu, rss, peak := 0.0, int64(0), int64(0)
	for _, r := range results {
		for _, sent := range r.Sent {
			if seen[sent.Timer] {
				twice++
				continue
			}
			seen[sent.Timer] = true
			late = append(late, sent.Late)
		}
		cpu += float64(r.CPU.Microseconds())
		rss, peak = max(rss, r.RSS), max(peak, r.Peak)
		for _, c := range r.Costs {
			f.cost = append(f.cost, ms(c))
		}
		for _, c := range r.Idle {
			f.idle = append(f.idle, ms(c))
		}
		if len(r.Costs) > 0 {
			f.costCPU = append(f.costCPU, ms(r.CostCPU)/float64(len(r.Costs)))
		}
	}
	slices.Sort(late)
	f.late.add(late)
	f.lost, f.twice = append(f.lost, float64(o.Due-len(late))), append(f.twice, float64(twice))
	f.cpu = append(f.cpu, cpu/float64(o.Due))
	f.rss, f.peak, f.size = append(f.rss, float64(rss)/1e6), append(f.peak, float64(peak)/1e6), append(f.size, size)
}

func (f *timerFigures) print(r *report) {
	r.head("%s open alerts rest, %.0f timers/s page; %s", thousands(f.open), timerRate, f.label)
	f.late.print(r, "lateness, from due to the send")
	r.row("timers that did not page", f.lost)
	r.row("pages that came again", f.twice)
	if len(f.cost) > 0 {
		r.row(fmt.Sprintf("a pass of %d timers and as many claims, ms", timerBatch), f.cost)
		r.row("    processor time, ms", f.costCPU)
		r.row("a pass with nothing to do, ms", f.idle)
	}
	r.row("processor time a timer, us", f.cpu)
	if f.dbCPU.max() > 0 {
		r.row("    of PostgreSQL", f.dbCPU)
	}
	r.row("memory of an engine at the end, MB", f.rss)
	r.row("    at most", f.peak)
	r.row("database, MB", f.size)
	if len(f.fillRate) > 0 {
		r.row("alerts/s while the database was filled", f.fillRate)
	}
}

func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// grow puts side by side what could grow with the open alerts.
func grow(out *report, all []*timerFigures) {
	if len(all) == 0 {
		return
	}
	out.head("how it grows with the open alerts that rest; %s", all[0].label)
	for _, f := range all {
		out.row("lateness, p99, ms: "+thousands(f.open), f.late.p99)
	}
	for _, f := range all {
		if len(f.cost) > 0 {
			out.row("a full pass, ms: "+thousands(f.open), f.cost)
		}
	}
	for _, f := range all {
		out.row("processor time a timer, us: "+thousands(f.open), f.cpu)
	}
	for _, f := range all {
		out.row("memory of an engine, MB: "+thousands(f.open), f.rss)
	}
}

// judge compares the most open alerts with the fewest.
func judge(out *report, all []*timerFigures) {
	if len(all) < 2 {
		return
	}
	first, last := all[0], all[len(all)-1]
	name := fmt.Sprintf("%s open alerts, %s", thousands(last.open), last.label)
	out.budget("timer lateness, p99, ms, 2,000 due/s, "+name, "under 250", last.late.p99, under(250))
	if len(last.cost) > 0 {
		out.budget("cost of a pass, ratio to 1,000 open, "+name, "under 2", ratios(last.cost, first.cost), under(2))
	}
	if last.kind != "memory" {
		out.budget("memory of an engine, ratio to 1,000 open, "+name, "bounded: under 2", ratios(last.rss, first.rss), under(2))
	}
}
