package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// sender is one connection that posts one signal after the other. It speaks HTTP by hand, so that the load costs the
// measured server as little of the machine as it can.
type sender struct {
	conn net.Conn
	r    *bufio.Reader
	addr string
}

func dial(addr string) (*sender, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &sender{conn: conn, r: bufio.NewReader(conn), addr: addr}, nil
}

// post sends one request and returns the status.
func (s *sender) post(path, body string) (int, error) {
	_, err := fmt.Fprintf(s.conn, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer ops\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n%s", path, s.addr, len(body), body)
	if err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(s.r, nil)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode, err
}

// shape is how a server is told of one signal.
type shape struct {
	path string
	body func(key string) string
}

func generic(source string) shape {
	return shape{"/intake/generic/" + source, func(key string) string {
		return fmt.Sprintf(`{"dedup_key":%q,"summary":"checkout answers 500 to every request","severity":"critical",`+
			`"labels":{"instance":"shop-1","job":"checkout","region":"eu-central-1"}}`, key)
	}}
}

func alertmanagerV2() shape {
	return shape{"/api/v2/alerts", func(key string) string {
		return fmt.Sprintf(`[{"labels":{"alertname":%q,"severity":"critical","instance":"shop-1","job":"checkout","region":"eu-central-1"},`+
			`"annotations":{"summary":"checkout answers 500 to every request"}}]`, key)
	}}
}

// closedLoop lets clients post as fast as they are answered, and returns answered signals a second.
func closedLoop(addrs []string, s shape, clients int, d time.Duration) (float64, error) {
	var answered atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	began := time.Now()
	for c := range clients {
		conn, err := dial(addrs[c%len(addrs)])
		if err != nil {
			return 0, err
		}
		wg.Go(func() {
			defer conn.conn.Close()
			for i := 0; time.Since(began) < d; i++ {
				status, err := conn.post(s.path, s.body(fmt.Sprintf("%d-%d-%d", began.UnixNano(), c, i)))
				if err == nil && status/100 != 2 {
					err = fmt.Errorf("answered %d", status)
				}
				if err != nil {
					failed.Store(&err)
					return
				}
				answered.Add(1)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(answered.Load()) / time.Since(began).Seconds(), nil
}

// paced calls do n times, so many times a second, on one of so many connections, or fewer. It waits for nobody: what a slow server delays
// is told when it was due, so that nothing is omitted.
func paced(addr string, clients, n int, rate float64, do func(conn *sender, i int, due time.Time) error) error {
	type turn struct {
		i   int
		due time.Time
	}
	clients = max(1, min(clients, int(5*rate))) // a server closes connections over which nothing comes for long
	turns, errs := make(chan turn, n), make([]error, clients)
	var wg sync.WaitGroup
	for c := range clients {
		conn, err := dial(addr)
		if err != nil {
			close(turns)
			return err
		}
		wg.Go(func() {
			defer conn.conn.Close()
			for t := range turns {
				if errs[c] = do(conn, t.i, t.due); errs[c] != nil {
					return
				}
			}
		})
	}
	began := time.Now()
	for i := range n {
		due := began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if wait := time.Until(due); wait > 0 {
			timer := time.NewTimer(wait)
			<-timer.C
		}
		turns <- turn{i, due}
	}
	close(turns)
	wg.Wait()
	return errors.Join(errs...)
}

// quantile of sorted durations.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
