package main

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// offer is signals that come when they are due, whatever became of those before: it waits for nobody. What a slow server
// delays counts from when it was due, so that nothing is omitted. Only so many are under way at once.
type offer struct {
	addrs    []string
	shape    shape
	n        int
	due      func(i int) time.Duration // from the beginning
	key      func(i int) string
	clients  int           // connections; zero: 64
	patience time.Duration // how long a signal is sent again, to the next server, if nobody takes it; zero: once
}

// steadily returns n signals at a fixed rate, each with a key of its own.
func steadily(addrs []string, source string, rate float64, length time.Duration) offer {
	stamp := time.Now().UnixNano()
	return offer{
		addrs: addrs, shape: generic(source), n: max(1, int(rate*length.Seconds())),
		due: func(i int) time.Duration { return time.Duration(float64(i) / rate * float64(time.Second)) },
		key: func(i int) string { return fmt.Sprintf("%d-%d", stamp, i) },
	}
}

// taken is what became of an offer, signal by signal.
type taken struct {
	began   time.Time
	due     []time.Time
	took    []time.Duration // from due to the answer; -1: it was never taken
	again   int64           // requests that were sent again
	lasting time.Duration   // from the beginning to the last answer
}

// run makes the offer, and returns when everything was answered.
func (o offer) run() *taken {
	t := &taken{began: time.Now(), due: make([]time.Time, o.n), took: make([]time.Duration, o.n)}
	turns := make(chan int, o.n)
	var again atomic.Int64
	var wg sync.WaitGroup
	clients := o.clients
	if clients == 0 {
		clients = 64
	}
	for c := range min(clients, o.n) {
		wg.Go(func() {
			caller := caller{addrs: o.addrs, next: c, patience: o.patience}
			defer caller.close()
			for i := range turns {
				status, tries, err := caller.post(o.shape.path, o.shape.body(o.key(i)))
				again.Add(int64(tries - 1))
				t.took[i] = time.Since(t.due[i])
				if err != nil || status/100 != 2 {
					t.took[i] = -1
				}
			}
		})
	}
	for i := range o.n {
		t.due[i] = t.began.Add(o.due(i))
		if wait := time.Until(t.due[i]); wait > 0 {
			timer := time.NewTimer(wait)
			<-timer.C
		}
		turns <- i
	}
	close(turns)
	wg.Wait()
	t.lasting, t.again = time.Since(t.began), again.Load()
	return t
}

// answers returns, sorted, how long the answers took, and how many signals were never taken.
func (t *taken) answers() (took []time.Duration, failed int) {
	for _, d := range t.took {
		if d < 0 {
			failed++
			continue
		}
		took = append(took, d)
	}
	slices.Sort(took)
	return took, failed
}

// pages returns, by signal, how long its page took from when the signal was due; -1 where it never came.
func (t *taken) pages(o offer, arrivals map[string]time.Time) []time.Duration {
	took := make([]time.Duration, o.n)
	for i := range took {
		took[i] = -1
		if at, ok := arrivals[o.key(i)]; ok {
			took[i] = at.Sub(t.due[i])
		}
	}
	return took
}

// came returns, sorted, those that came.
func came(took []time.Duration) []time.Duration {
	took = slices.DeleteFunc(slices.Clone(took), func(d time.Duration) bool { return d < 0 })
	slices.Sort(took)
	return took
}

// caller posts to one of several servers, and to the next where that one fails.
type caller struct {
	addrs    []string
	next     int
	conn     *sender
	patience time.Duration
}

func (c *caller) close() {
	if c.conn != nil {
		_ = c.conn.conn.Close()
		c.conn = nil
	}
}

// post sends a request until it is answered and not refused for the moment: at least twice, since a server closes
// connections over which nothing came for long; then until patience ends.
func (c *caller) post(path, body string) (status, tries int, err error) {
	began := time.Now()
	for tries = 1; ; tries++ {
		status, err = c.once(path, body)
		busy := status == http.StatusTooManyRequests || status/100 == 5
		if err == nil && !busy {
			return status, tries, nil
		}
		c.close()
		c.next++
		if tries > 1 && time.Since(began) >= c.patience {
			return status, tries, err
		}
		if tries > 1 {
			pause := time.NewTimer(20 * time.Millisecond)
			<-pause.C
		}
	}
}

func (c *caller) once(path, body string) (int, error) {
	if c.conn == nil {
		conn, err := dial(c.addrs[c.next%len(c.addrs)])
		if err != nil {
			return 0, err
		}
		c.conn = conn
	}
	return c.conn.post(path, body)
}
