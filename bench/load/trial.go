package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// trial is one run of signals against servers of its own, every one of which is paged.
type trial struct {
	offer    func(addrs []string) offer
	ack      time.Duration         // after which a page is acknowledged; zero: never
	meddle   func(t *target) error // done while the signals come; nil: nothing
	patience time.Duration         // how long pages may still come after the last answer; zero: ten seconds
}

// outcome is what became of a trial.
type outcome struct {
	label             string
	offered, achieved float64 // signals/s
	failed, again     int
	answers, pages    []time.Duration // sorted
	byPage            []time.Duration // by signal; -1: it was not paged
	due               []time.Duration // by signal, from the beginning
	lost, twice       int             // taken signals without a page; pages that came again
	unacked           int             // acknowledgements that nobody took
	cpu, dbCPU        time.Duration   // of a signal
	rss               int64
	size              float64 // bytes of the database a signal
}

// try makes one trial.
func (s settings) try(tr trial) (o outcome, err error) {
	phones, err := newSink()
	if err != nil {
		return o, err
	}
	defer phones.close()
	t, err := s.start(phones.addr, phones.addr, "")
	if err != nil {
		return o, err
	}
	defer t.stop()
	if err := warm(t.addrs, phones); err != nil {
		return o, err
	}
	stop := func() int { return 0 }
	if tr.ack > 0 {
		stop = acknowledge(t.addrs, phones, tr.ack, tr.patience)
	}
	used, dbUsed, size := t.cpu(), t.db.cpu(), t.size()
	offer := tr.offer(t.addrs)
	met := make(chan error, 1)
	go func() { // ends with the meddling
		if tr.meddle == nil {
			met <- nil
			return
		}
		met <- tr.meddle(t)
	}()
	took := offer.run()
	if err := <-met; err != nil {
		return o, err
	}
	o.answers, o.failed = took.answers()
	settle(phones, len(o.answers), max(tr.patience, 10*time.Second))
	o.unacked = stop()
	n := time.Duration(max(1, len(o.answers)))
	o.label, o.rss, o.again = t.label(), t.rss(), int(took.again)
	o.cpu, o.dbCPU, o.size = (t.cpu()-used)/n, (t.db.cpu()-dbUsed)/n, float64(t.size()-size)/float64(n)
	all, _ := phones.perMinute()
	o.sum(offer, took, phones.arrivals(), all)
	return o, nil
}

// sum works out what came of each signal.
func (o *outcome) sum(offer offer, took *taken, arrivals map[string]time.Time, all int) {
	o.twice = all - len(arrivals)
	o.byPage = took.pages(offer, arrivals)
	for i, d := range took.took {
		o.due = append(o.due, took.due[i].Sub(took.began))
		if d >= 0 && o.byPage[i] < 0 {
			o.lost++
		}
	}
	o.pages = came(o.byPage)
	o.offered = float64(offer.n-1) / max(o.due[offer.n-1].Seconds(), 0.001)
	o.achieved = float64(len(o.answers)) / took.lasting.Seconds()
}

// warm sends a few signals first, so that connections are there and plans are made, and forgets their pages.
func warm(addrs []string, phones *sink) error {
	o := steadily(addrs, "good", 200, 500*time.Millisecond)
	if _, failed := o.run().answers(); failed > 0 {
		return fmt.Errorf("%d of the first %d signals were refused", failed, o.n)
	}
	settle(phones, o.n, 10*time.Second)
	phones.forget()
	return nil
}

// figures are the outcomes of several runs, each figure by itself.
type figures struct {
	label                                       string
	offered, achieved, failed, again            spread
	answers, pages                              quantiles
	lost, twice, unacked, cpu, dbCPU, rss, size spread
}

// quantiles are those of several runs, in milliseconds.
type quantiles struct{ p50, p90, p99, p999, most spread }

func (q *quantiles) add(sorted []time.Duration) {
	if len(sorted) == 0 {
		return
	}
	q.p50, q.p90 = append(q.p50, ms(quantile(sorted, .5))), append(q.p90, ms(quantile(sorted, .9)))
	q.p99, q.p999 = append(q.p99, ms(quantile(sorted, .99))), append(q.p999, ms(quantile(sorted, .999)))
	q.most = append(q.most, ms(sorted[len(sorted)-1]))
}

func (q *quantiles) print(r *report, name string) {
	r.row(name+", ms, p50", q.p50)
	r.row("    p90", q.p90)
	r.row("    p99", q.p99)
	r.row("    p99.9", q.p999)
	r.row("    max", q.most)
}

func (f *figures) add(o outcome) {
	f.label = o.label
	f.offered, f.achieved = append(f.offered, o.offered), append(f.achieved, o.achieved)
	f.failed, f.again = append(f.failed, float64(o.failed)), append(f.again, float64(o.again))
	f.answers.add(o.answers)
	f.pages.add(o.pages)
	f.lost, f.twice = append(f.lost, float64(o.lost)), append(f.twice, float64(o.twice))
	f.unacked = append(f.unacked, float64(o.unacked))
	f.cpu, f.dbCPU = append(f.cpu, float64(o.cpu.Microseconds())), append(f.dbCPU, float64(o.dbCPU.Microseconds()))
	f.rss, f.size = append(f.rss, float64(o.rss)/1e6), append(f.size, o.size)
}

// print prints all of it.
func (f *figures) print(r *report) {
	r.row("offered, signals/s", f.offered)
	r.row("taken, signals/s", f.achieved)
	r.row("    never taken", f.failed)
	r.row("    sent again", f.again)
	f.answers.print(r, "from due to the answer")
	f.pages.print(r, "from due to the page")
	r.row("taken, and never paged", f.lost)
	r.row("pages that came again", f.twice)
	r.row("acknowledgements that nobody took", f.unacked)
	r.row("processor time of the servers a signal, us", f.cpu)
	if f.dbCPU.max() > 0 {
		r.row("    of PostgreSQL", f.dbCPU)
	}
	r.row("memory of a server at the end, MB", f.rss)
	r.row("database, bytes a signal", f.size)
}

// wrong is an error if signals were lost.
func (f *figures) wrong() error {
	if f.lost.max() > 0 || f.failed.max() > 0 {
		return fmt.Errorf("up to %.0f signals were never taken, and %.0f that were have no page", f.failed.max(), f.lost.max())
	}
	return nil
}

// acknowledge acknowledges each page some time after it came, as a person would, until stop is called, which returns how
// many nobody took.
func acknowledge(addrs []string, phones *sink, after, patience time.Duration) (stop func() int) {
	type page struct {
		alert string
		at    time.Time
	}
	pages := make(chan page, 1<<20)
	phones.tell(func(alert string, at time.Time) { pages <- page{alert, at} })
	var failed atomic.Int64
	var people sync.WaitGroup
	for c := range 64 {
		people.Go(func() { // ends when pages is closed
			caller := caller{addrs: addrs, next: c, patience: patience}
			defer caller.close()
			for p := range pages {
				if wait := time.Until(p.at.Add(after)); wait > 0 {
					timer := time.NewTimer(wait)
					<-timer.C
				}
				if status, _, err := caller.post("/api/v1/alerts/"+p.alert+"/ack", `{"by":"ada"}`); err != nil || status != 200 {
					failed.Add(1)
				}
			}
		})
	}
	return func() int {
		phones.tell(nil) // a page that comes after the end is nobody's
		close(pages)
		people.Wait()
		return int(failed.Load())
	}
}

// settle waits until n pages have come, but not for ever.
func settle(phones *sink, n int, patience time.Duration) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); phones.count() < n && time.Since(began) < patience; {
		<-tick.C
	}
}
