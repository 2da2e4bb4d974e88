package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

// answers notes when each signal was handed over.
type answers struct {
	mu sync.Mutex
	at map[string]time.Time
}

func newAnswers() *answers { return &answers{at: map[string]time.Time{}} }

// noting returns the shape, noting when a body is made, which is when its signal is due to be sent.
func (a *answers) noting(s shape) shape {
	body := s.body
	s.body = func(key string) string {
		a.note(key, time.Now())
		return body(key)
	}
	return s
}

func (a *answers) note(key string, at time.Time) {
	a.mu.Lock()
	a.at[key] = at
	a.mu.Unlock()
}

func (a *answers) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.at)
}

// delays returns, sorted, how long each page took from its signal; those that never came are left out.
func (a *answers) delays(pages map[string]time.Time) []time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	var d []time.Duration
	for key, at := range a.at {
		if page, ok := pages[key]; ok {
			d = append(d, page.Sub(at))
		}
	}
	slices.Sort(d)
	return d
}

func (a *answers) longestTo(pages map[string]time.Time) time.Duration {
	d := a.delays(pages)
	if len(d) == 0 {
		return 0
	}
	return d[len(d)-1]
}

// latency measures from signal to the first byte at the provider, at a fixed rate of arrivals that waits for nobody;
// every page is acknowledged a second after it came.
func latency(s settings) error {
	dir, err := os.MkdirTemp("", "watchbill-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary, err := serverBinary(s, dir)
	if err != nil {
		return err
	}
	head("ms from the time a signal was due to be sent")
	for _, rate := range []int{100, 1000} {
		var p50, p99, worst spread
		for range s.runs {
			d, err := latencyAt(s, binary, rate)
			if err != nil {
				return err
			}
			p50, p99, worst = append(p50, ms(quantile(d, .5))), append(p99, ms(quantile(d, .99))), append(worst, ms(d[len(d)-1]))
		}
		row(fmt.Sprintf("%d signals/s: page arrives, p50", rate), p50)
		row("    p99", p99)
		row("    max", worst)
	}
	return nil
}

func latencyAt(s settings, binary string, rate int) ([]time.Duration, error) {
	phones, err := newSink()
	if err != nil {
		return nil, err
	}
	defer phones.close()
	sub, err := startRefserver(binary, phones.addr, phones.addr)
	if err != nil {
		return nil, err
	}
	defer sub.stop()
	stop, err := acknowledge(sub.addr, phones, time.Second)
	if err != nil {
		return nil, err
	}
	a := newAnswers()
	n, err := openLoop(sub.addr, generic("good"), a, rate, s.duration)
	if err != nil {
		return nil, err
	}
	settle(phones, n)
	if err := stop(); err != nil {
		return nil, err
	}
	d := a.delays(phones.arrivals())
	if len(d) != n {
		return nil, fmt.Errorf("%d signals, but %d pages", n, len(d))
	}
	return d, nil
}

// acknowledge acknowledges each page some time after it came, as a person would, until stop is called.
func acknowledge(addr string, phones *sink, after time.Duration) (stop func() error, err error) {
	type page struct {
		alert string
		at    time.Time
	}
	const people = 16
	pages, errs := make(chan page, 1<<20), make(chan error, people)
	phones.paged = func(alert string, at time.Time) { pages <- page{alert, at} }
	for range people {
		conn, err := dial(addr)
		if err != nil {
			return nil, err
		}
		go func() { // ends when pages is closed
			defer conn.conn.Close()
			for p := range pages {
				if wait := time.Until(p.at.Add(after)); wait > 0 {
					timer := time.NewTimer(wait)
					<-timer.C
				}
				status, err := conn.post("/api/v1/alerts/"+p.alert+"/ack", `{"by":"ada"}`)
				if err == nil && status != 200 {
					err = fmt.Errorf("acknowledgement answered %d", status)
				}
				if err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	return func() error {
		close(pages)
		var failed error
		for range people {
			failed = errors.Join(failed, <-errs)
		}
		return failed
	}, nil
}

// settle waits until n pages have come, ten seconds at most.
func settle(phones *sink, n int) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		if phones.count() >= n {
			return
		}
		<-tick.C
	}
}

// openLoop posts signals one by one at a fixed rate, notes when each was due, and returns how many there were.
func openLoop(addr string, sh shape, a *answers, rate int, d time.Duration) (int, error) {
	n, stamp := int(float64(rate)*d.Seconds()), time.Now().UnixNano()
	return n, paced(addr, 64, n, float64(rate), func(conn *sender, i int, due time.Time) error {
		key := fmt.Sprintf("%d-%d", stamp, i)
		a.note(key, due)
		status, err := conn.post(sh.path, sh.body(key))
		if err == nil && status/100 != 2 {
			err = fmt.Errorf("answered %d", status)
		}
		return err
	})
}

// deadProvider measures the pages of one destination while another accepts connections and never answers.
func deadProvider(s settings) error {
	dir, err := os.MkdirTemp("", "watchbill-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary, err := serverBinary(s, dir)
	if err != nil {
		return err
	}
	var well, ill [2]spread
	for range s.runs {
		for i, dead := range []bool{false, true} {
			d, err := withProvider(s, binary, dead)
			if err != nil {
				return err
			}
			target := []*[2]spread{&well, &ill}[i]
			target[0], target[1] = append(target[0], ms(quantile(d, .5))), append(target[1], ms(quantile(d, .99)))
		}
	}
	head("ms from signal to page of the well one, 100/s each")
	row("both well, p50", well[0])
	row("    p99", well[1])
	row("the other dead, p50", ill[0])
	row("    p99", ill[1])
	fmt.Printf("ratio of medians: p50 %.2f, p99 %.2f\n", ill[0].median()/well[0].median(), ill[1].median()/well[1].median())
	return nil
}

func withProvider(s settings, binary string, dead bool) ([]time.Duration, error) {
	good, err := newSink()
	if err != nil {
		return nil, err
	}
	defer good.close()
	other, stop, err := otherProvider(dead)
	if err != nil {
		return nil, err
	}
	defer stop()
	sub, err := startRefserver(binary, good.addr, other)
	if err != nil {
		return nil, err
	}
	defer sub.stop()
	a := newAnswers()
	ended := make(chan error, 1)
	go func() { // ends with its loop
		_, err := openLoop(sub.addr, generic("bad"), newAnswers(), 100, s.duration)
		ended <- err
	}()
	n, err := openLoop(sub.addr, generic("good"), a, 100, s.duration)
	if err == nil {
		err = <-ended
	}
	if err != nil {
		return nil, err
	}
	settle(good, n)
	return a.delays(good.arrivals()), nil
}

// otherProvider is well, or takes connections and never says a word.
func otherProvider(dead bool) (addr string, stop func(), err error) {
	if !dead {
		s, err := newSink()
		if err != nil {
			return "", nil, err
		}
		return s.addr, s.close, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // the kernel takes the connections; nobody accepts
	if err != nil {
		return "", nil, err
	}
	return l.Addr().String(), func() { _ = l.Close() }, nil
}
