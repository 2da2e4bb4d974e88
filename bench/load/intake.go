package main

import (
	"fmt"
	"os/exec"
	"time"
)

// intake measures how many signals a second are committed and answered while every one is paged.
func intake(s settings) error {
	for _, clients := range []int{1, 16, 64} {
		if err := s.intakeAt(clients); err != nil {
			return err
		}
	}
	return bare(s)
}

// intakeFigures are those of the subjects, of each run.
type intakeFigures struct {
	label                                         string
	ours, nothing, theirs, lag, unsent            spread
	cpu, dbCPU, rss, size, commits, toAM, toEmpty spread
}

// intakeAt interleaves the subjects, so that the machine's moods hit all of them.
func (s settings) intakeAt(clients int) error {
	var f intakeFigures
	am, err := exec.LookPath(s.am)
	if err != nil {
		am = ""
	}
	for range s.runs {
		if err := s.intakeOurs(clients, &f); err != nil {
			return err
		}
		last := f.ours[len(f.ours)-1]
		v, err := measure(startNothing, generic("good"), clients, s)
		if err != nil {
			return err
		}
		f.nothing, f.toEmpty = append(f.nothing, v), append(f.toEmpty, last/v)
		if am == "" {
			continue
		}
		v, err = measure(func() (*subject, error) { return startAlertmanager(am) }, alertmanagerV2(), clients, s)
		if err != nil {
			return err
		}
		f.theirs, f.toAM = append(f.theirs, v), append(f.toAM, last/v)
	}
	f.print(s.out, clients)
	if am == "" && s.am != "" {
		s.out.note("(no Alertmanager: go install github.com/prometheus/alertmanager/cmd/alertmanager@v0.31.1)")
	}
	if clients == 64 {
		f.judge(s.out)
	}
	return nil
}

func (f *intakeFigures) print(r *report, clients int) {
	r.head("intake, %d clients, one signal a request, unique keys, every page sent; %s", clients, f.label)
	r.row("signals/s", f.ours)
	r.row("    the same handler, nothing committed", f.nothing)
	if len(f.theirs) > 0 {
		r.row("    Alertmanager 0.31.1, in memory, nothing sent", f.theirs)
		r.row("ratio to Alertmanager", f.toAM)
	}
	r.row("ratio to the handler that commits nothing", f.toEmpty)
	if len(f.commits) > 0 {
		r.row("signals a commit, those of pages and receipts counted too", f.commits)
	}
	r.row("longest from an answer to its page, ms", f.lag)
	r.row("pages still to be sent 1 s after the end", f.unsent)
	r.row("processor time of the servers a signal, us", f.cpu)
	if f.dbCPU.max() > 0 {
		r.row("    of PostgreSQL", f.dbCPU)
	}
	r.row("memory of a server at the end, MB", f.rss)
	r.row("database, bytes a signal", f.size)
}

// judge compares with what DESIGN section 8 asks of 64 clients.
func (f *intakeFigures) judge(r *report) {
	if len(f.commits) > 0 {
		r.budget("durable intake, "+f.label+", 64 clients: signals a commit", "at least 16", f.commits, atLeast(16))
		r.budget("durable intake, "+f.label+", 64 clients: ratio to nothing committed", "at least 0.40", f.toEmpty, atLeast(0.4))
		return
	}
	r.budget("durable intake, "+f.label+", 64 clients: ratio to Alertmanager", "at least 1", f.toAM, atLeast(1))
	r.budget("durable intake, "+f.label+", 64 clients: longest from an answer to its page, ms", "under 1000", f.lag, under(1000))
}

func measure(start func() (*subject, error), sh shape, clients int, s settings) (float64, error) {
	sub, err := start()
	if err != nil {
		return 0, err
	}
	defer sub.stop()
	return closedLoop([]string{sub.addr}, sh, clients, s.duration)
}

func (s settings) intakeOurs(clients int, f *intakeFigures) error {
	phones, err := newSink()
	if err != nil {
		return err
	}
	defer phones.close()
	t, err := s.start(phones.addr, phones.addr, "")
	if err != nil {
		return err
	}
	defer t.stop()
	commits, err := t.db.commits()
	if err != nil {
		return err
	}
	answered, used, dbUsed, size := newAnswers(), t.cpu(), t.db.cpu(), t.size()
	rate, err := closedLoop(t.addrs, answered.noting(generic("good")), clients, s.duration)
	if err != nil {
		return err
	}
	second := time.NewTimer(time.Second)
	<-second.C
	n := float64(answered.count())
	f.label = t.label()
	f.ours, f.unsent = append(f.ours, rate), append(f.unsent, max(0, n-float64(phones.count())))
	f.cpu = append(f.cpu, float64((t.cpu()-used).Microseconds())/n)
	f.dbCPU = append(f.dbCPU, float64((t.db.cpu()-dbUsed).Microseconds())/n)
	f.rss, f.size = append(f.rss, float64(t.rss())/1e6), append(f.size, float64(t.size()-size)/n)
	f.lag = append(f.lag, ms(answered.longestTo(phones.arrivals())))
	if t.db.kind != "postgres" {
		return nil
	}
	after, err := t.db.commits()
	f.commits = append(f.commits, n/float64(max(1, after-commits)))
	return err
}

// bare measures what one row a commit costs in the same database.
func bare(s settings) error {
	connections := []int{1}
	if labelOf(s.db) == "PostgreSQL" {
		connections = []int{1, 64}
	}
	if labelOf(s.db) == "memory" {
		return nil
	}
	s.out.head("bare commits/s of one row; %s", labelOf(s.db))
	for _, n := range connections {
		var got spread
		for range s.runs {
			v, err := s.bareOnce(n)
			if err != nil {
				return err
			}
			got = append(got, v)
		}
		s.out.row(fmt.Sprintf("connections: %d", n), got)
	}
	return nil
}

func (s settings) bareOnce(connections int) (float64, error) {
	d, err := newDatabase(s.db)
	if err != nil {
		return 0, err
	}
	defer d.drop()
	return d.bareCommits(connections, s.duration/2)
}
