package main

import (
	"fmt"
	"time"
)

const (
	stormRate = floodRate // of the source that storms, signals a second
)

// storm measures what one source that storms does to the pages of another, and to itself: one alert that is told again and
// again, or many. Nothing limits it; see flood for what is recommended.
func storm(s settings) error {
	for _, kind := range []string{"one key, again and again", "many keys"} {
		var f stormFigures
		for range s.runs {
			if err := s.storming(kind, &f); err != nil {
				return err
			}
		}
		rate := stormRate
		if s.rate > 0 {
			rate = s.rate
		}
		s.out.head("storm: one source sends %.0f signals/s of %s; %s", rate, kind, f.label)
		s.out.row("taken, signals/s", f.taken)
		s.out.row("    never taken", f.failed)
		f.answers.print(s.out, "from due to the answer")
		s.out.row("pages to its person", f.paged)
		f.before.print(s.out, "another source, signal to page, before")
		f.during.print(s.out, "another source, signal to page, during the storm")
		s.out.row("processor time of the servers a signal, us", f.cpu)
		if f.dbCPU.max() > 0 {
			s.out.row("    of PostgreSQL", f.dbCPU)
		}
		s.out.row("memory of a server at the end, MB", f.rss)
		s.out.row("database, bytes a signal", f.size)
	}
	return nil
}

type stormFigures struct {
	label                                       string
	taken, failed, paged, cpu, dbCPU, rss, size spread
	answers, before, during                     quantiles
}

func (s settings) storming(kind string, f *stormFigures) error {
	calm, phone, err := twoSinks()
	if err != nil {
		return err
	}
	defer calm.close()
	defer phone.close()
	t, err := s.start(calm.addr, phone.addr, "")
	if err != nil {
		return err
	}
	defer t.stop()
	if err := warm(t.addrs, calm); err != nil {
		return err
	}
	before, err := signalToPage(t.addrs, calm, calmRate, max(time.Second, s.duration/4))
	if err != nil {
		return err
	}
	o := steadily(t.addrs, "bad", stormRate, s.duration)
	if s.rate > 0 {
		o = steadily(t.addrs, "bad", s.rate, s.duration)
	}
	if kind != "many keys" {
		o.key = func(int) string { return "the-disk-is-full" }
	}
	o.clients = 256
	used, dbUsed, size := t.cpu(), t.db.cpu(), t.size()
	ended := make(chan *taken, 1)
	go func() { ended <- o.run() }() // ends with the storm
	during, err := signalToPage(t.addrs, calm, calmRate, s.duration)
	took := <-ended
	if err != nil {
		return fmt.Errorf("during the storm: %w", err)
	}
	answers, failed := took.answers()
	n := float64(max(1, len(answers)))
	want := 1
	if kind == "many keys" {
		want = len(answers)
	}
	settle(phone, want, 10*time.Second)
	all, _ := phone.perMinute()
	f.label = t.label()
	f.taken, f.failed = append(f.taken, n/took.lasting.Seconds()), append(f.failed, float64(failed))
	f.answers.add(answers)
	f.before.add(before)
	f.during.add(during)
	f.paged = append(f.paged, float64(all))
	f.cpu = append(f.cpu, float64((t.cpu()-used).Microseconds())/n)
	f.dbCPU = append(f.dbCPU, float64((t.db.cpu()-dbUsed).Microseconds())/n)
	f.rss, f.size = append(f.rss, float64(t.rss())/1e6), append(f.size, float64(t.size()-size)/n)
	return nil
}
