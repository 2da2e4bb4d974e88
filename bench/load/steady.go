package main

import "time"

// steady measures from signal to the first byte at the provider, at a fixed rate of arrivals; every page is acknowledged a
// second after it came.
func steady(s settings) error {
	rates := []float64{100, 1000}
	if s.rate > 0 {
		rates = []float64{s.rate}
	}
	for _, rate := range rates {
		var f figures
		for range s.runs {
			o, err := s.try(trial{ack: time.Second, offer: func(addrs []string) offer {
				return steadily(addrs, "good", rate, s.duration)
			}})
			if err != nil {
				return err
			}
			f.add(o)
		}
		s.out.head("steady: %.0f signals/s for %v, each acknowledged after 1 s; %s", rate, s.duration, f.label)
		f.print(s.out)
		if rate == 1000 {
			s.out.budget("signal to page, p99, ms, 1,000/s, "+f.label, "under 100", f.pages.p99, under(100))
		}
		if err := f.wrong(); err != nil {
			return err
		}
	}
	return nil
}

// The burst that is measured, in the middle of a calm.
const (
	burstRate   = 100.0 // signals a second, before and after
	burstFactor = 10
	burstLength = 5 * time.Second
)

// burst measures ten times the rate for five seconds, and how long it is felt.
func burst(s settings) error {
	rate, calm, length := burstRate, s.duration/2, min(burstLength, s.duration)
	if s.rate > 0 {
		rate = s.rate
	}
	var f figures
	var phases [3]quantiles
	var felt spread
	for range s.runs {
		o, err := s.try(trial{offer: func(addrs []string) offer { return bursting(addrs, rate, calm, length) }})
		if err != nil {
			return err
		}
		f.add(o)
		phase, last := [3][]time.Duration{}, calm+length
		for i, took := range o.byPage {
			k := 0
			switch due := o.due[i]; {
			case due >= calm+length:
				k = 2
			case due >= calm:
				k, last = 1, max(last, due+took)
			}
			phase[k] = append(phase[k], took)
		}
		for k := range phases {
			phases[k].add(came(phase[k]))
		}
		felt = append(felt, ms(last-calm-length))
	}
	s.out.head("burst: %.0f signals/s, then %.0f for %v; %s", rate, rate*burstFactor, length, f.label)
	f.print(s.out)
	phases[0].print(s.out, "to the page, before the burst")
	phases[1].print(s.out, "to the page, in the burst")
	phases[2].print(s.out, "to the page, after the burst")
	s.out.row("from the burst's end to its last page, ms", felt)
	return f.wrong()
}

// bursting is calm, a burst, and calm again.
func bursting(addrs []string, rate float64, calm, length time.Duration) offer {
	o := steadily(addrs, "good", rate, 0)
	before, within := int(rate*calm.Seconds()), int(burstFactor*rate*length.Seconds())
	at := func(i int, rate float64) time.Duration {
		return time.Duration(float64(i) / rate * float64(time.Second))
	}
	o.n = before + within + before
	o.due = func(i int) time.Duration {
		switch {
		case i < before:
			return at(i, rate)
		case i < before+within:
			return calm + at(i-before, rate*burstFactor)
		}
		return calm + length + at(i-before-within, rate)
	}
	return o
}
