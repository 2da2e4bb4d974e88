package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/bench/chaos/history"
)

// service is one that is signalled about, and who is on call for it.
type service struct {
	id   watchbill.ServiceID
	user watchbill.UserID
}

var services = []service{{"shop", "ada"}, {"mall", "ben"}, {"bank", "cem"}}

// clients send signals and acknowledgements, as senders do that must not lose any.
type clients struct {
	replicas []*replica
	http     *http.Client
	giveUp   context.Context // then what was not answered stays so
	wg       sync.WaitGroup
	sending  atomic.Int64 // signals and acknowledgements that are not answered for good
	waiting  atomic.Int64 // acknowledgements whose time has not come

	mu      sync.Mutex
	rng     *rand.Rand
	signals []history.Signal
	acks    []history.Ack
}

func newClients(ctx context.Context, replicas []*replica, rng *rand.Rand) *clients {
	return &clients{replicas: replicas, rng: rng, giveUp: ctx, http: &http.Client{Timeout: 10 * time.Second,
		Transport: &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 256, MaxConnsPerHost: 256}}}
}

// run begins rate signals a second, whatever becomes of those before. What was begun goes on in the background.
func (c *clients) run(ctx context.Context, rate int, length time.Duration) {
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range int(float64(rate) * length.Seconds()) {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(rate))
		if wait := time.Until(due); wait > 0 {
			timer.Reset(wait)
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
		}
		c.sending.Add(1)
		c.wg.Go(func() { c.signal(i, due) })
	}
}

// signal sends one signal until it is accepted, and acknowledges its alert, mostly soon.
func (c *clients) signal(i int, due time.Time) {
	svc := services[i%len(services)]
	s := history.Signal{Key: alert.DedupKey(fmt.Sprintf("k%d", i)), Service: svc.id, DueAt: due}
	body := fmt.Appendf(nil, `{"dedup_key":%q,"summary":"it is down","severity":"critical"}`, s.Key)
	var answer struct {
		Results []struct{ Alert watchbill.AlertID }
	}
	ok := c.insist(&s.Tries, "/intake/generic/key-of-"+string(svc.id), body, &answer)
	if ok && len(answer.Results) == 1 {
		s.Alert = answer.Results[0].Alert
	}
	c.mu.Lock()
	c.signals = append(c.signals, s)
	delay, acks := c.delay()
	c.mu.Unlock()
	if s.Alert != "" && acks {
		c.waiting.Add(1)
		c.wg.Go(func() { c.ack(s.Alert, svc.user, delay) })
	}
	c.sending.Add(-1)
}

// delay draws when an alert is acknowledged: nine in ten before the level gives way, some after it has, a few never.
func (c *clients) delay() (time.Duration, bool) {
	switch n := c.rng.IntN(100); {
	case n < 90:
		return time.Duration(c.rng.Int64N(int64(3 * time.Second))), true
	case n < 98:
		return 6*time.Second + time.Duration(c.rng.Int64N(int64(6*time.Second))), true
	}
	return 0, false
}

func (c *clients) ack(id watchbill.AlertID, by watchbill.UserID, delay time.Duration) {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-c.giveUp.Done():
	case <-timer.C:
	}
	c.sending.Add(1)
	c.waiting.Add(-1)
	defer c.sending.Add(-1)
	a := history.Ack{Alert: id, By: by}
	c.insist(&a.Tries, "/api/v1/alerts/"+string(id)+"/ack", fmt.Appendf(nil, `{"by":%q}`, by), nil)
	c.mu.Lock()
	c.acks = append(c.acks, a)
	c.mu.Unlock()
}

// insist sends a request to one replica after the other until one accepts it, or refuses it for good.
func (c *clients) insist(tries *[]history.Try, path string, body []byte, answer any) bool {
	for pause := 50 * time.Millisecond; c.giveUp.Err() == nil; pause = min(2*pause, 10*time.Second) {
		r := c.replicas[rand.IntN(len(c.replicas))]
		t := history.Try{Replica: r.name, SentAt: time.Now()}
		status := c.post(r.base()+path, body, answer)
		t.AnsweredAt = time.Now()
		switch status / 100 {
		case 2:
			t.Answer = history.Accepted
		case 4:
			t.Answer = history.Refused
		}
		*tries = append(*tries, t)
		if t.Answer == history.Accepted || t.Answer == history.Refused && status != http.StatusTooManyRequests {
			return t.Answer == history.Accepted
		}
		timer := time.NewTimer(pause/2 + rand.N(pause))
		select {
		case <-c.giveUp.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	return false
}

// post returns the status of the answer; 0 if none came.
func (c *clients) post(url string, body []byte, answer any) int {
	req, err := http.NewRequestWithContext(c.giveUp, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Authorization", "Bearer ops-token")
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	if answer != nil && resp.StatusCode/100 == 2 {
		if json.NewDecoder(resp.Body).Decode(answer) != nil {
			return 0
		}
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0
	}
	return resp.StatusCode
}

// idle reports whether everything was answered, and all acknowledgements were sent.
func (c *clients) idle() bool { return c.sending.Load() == 0 && c.waiting.Load() == 0 }

// unacknowledged returns the alerts of the accepted signals that nobody has acknowledged yet, as far as the clients know.
func (c *clients) unacknowledged() (ids []watchbill.AlertID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	acked := map[watchbill.AlertID]bool{}
	for _, a := range c.acks {
		acked[a.Alert] = true
	}
	for _, s := range c.signals {
		if s.Alert != "" && !acked[s.Alert] {
			ids = append(ids, s.Alert)
		}
	}
	return ids
}
