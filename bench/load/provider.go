package main

import (
	"net"
	"net/http"
	"time"
)

const (
	providerRate = 100.0           // signals a second to each of the two
	slowness     = 2 * time.Second // how long a slow provider takes to answer: 200 sends at once, more than a lane has room for
)

// providers are what the second one can be like. The first of them is what the others are compared with.
var providers = []string{"well", "slow", "silent", "refusing"}

// provider measures the pages of one destination while another is slow, takes connections and never answers, or refuses
// them; in turns with one that is well, so that the machine's moods hit all of them.
func provider(s settings) error {
	got := make([]quantiles, len(providers))
	label, runs := "", max(s.runs, 5) // fewer would compare the machine's moods
	if s.short {
		runs = 1
	}
	for range runs {
		for i, kind := range providers {
			took, l, err := s.beside(kind)
			if err != nil {
				return err
			}
			got[i].add(took)
			label = l
		}
	}
	s.out.head("a provider of two, %.0f signals/s each: signal to page of the one that is well; %s", providerRate, label)
	for i, kind := range providers {
		got[i].print(s.out, "the other is "+kind)
	}
	for i, kind := range providers[1:] {
		p50, p99 := ratios(got[i+1].p50, got[0].p50), ratios(got[i+1].p99, got[0].p99)
		s.out.budget("a "+kind+" provider, others' median, ratio, "+label, "under 1.2", p50, under(1.2))
		s.out.budget("a "+kind+" provider, others' p99, ratio, "+label, "under 2", p99, under(2))
	}
	return nil
}

// ratios is the ratio of medians alone: runs that only happen to have the same number are no pair.
func ratios(a, b spread) spread {
	if b.median() == 0 {
		return nil
	}
	return spread{a.median() / b.median()}
}

// beside returns, sorted, how long the pages took of the provider that is well.
func (s settings) beside(kind string) (took []time.Duration, label string, err error) {
	good, err := newSink()
	if err != nil {
		return nil, "", err
	}
	defer good.close()
	other, stop, err := otherProvider(kind)
	if err != nil {
		return nil, "", err
	}
	defer stop()
	t, err := s.start(good.addr, other, "")
	if err != nil {
		return nil, "", err
	}
	defer t.stop()
	if err := warm(t.addrs, good); err != nil {
		return nil, "", err
	}
	ended := make(chan struct{})
	go func() { // ends with its offer
		steadily(t.addrs, "bad", providerRate, s.duration).run()
		close(ended)
	}()
	took, err = signalToPage(t.addrs, good, providerRate, s.duration)
	<-ended
	return took, t.label(), err
}

// otherProvider starts one that is like this.
func otherProvider(kind string) (addr string, stop func(), err error) {
	if kind == "well" {
		s, err := newSink()
		if err != nil {
			return "", nil, err
		}
		return s.addr, s.close, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	addr, stop = l.Addr().String(), func() { _ = l.Close() } // silent: the kernel takes the connections; nobody accepts
	switch kind {
	case "refusing":
		stop()
	case "slow":
		server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			answer := time.NewTimer(slowness)
			defer answer.Stop()
			select {
			case <-answer.C:
			case <-r.Context().Done():
			}
		})}
		go server.Serve(l) // ends with stop
		stop = func() { _ = server.Close() }
	}
	return addr, stop, nil
}
