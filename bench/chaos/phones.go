package main

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/bench/chaos/history"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/webhook"
)

const secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// phones is where pages arrive: an address for each person, so that each has a lane.
type phones struct {
	servers []*http.Server
	addr    map[string]string // by user
	names   map[string]string // of the replicas, by the host of their links; set before they start

	mu   sync.Mutex
	log  []history.Message
	seen map[watchbill.AlertID]bool
	bad  int // requests that nobody who knows the secret sent
}

func newPhones(host string, users []string) (*phones, error) {
	p := &phones{addr: map[string]string{}, names: map[string]string{}, seen: map[watchbill.AlertID]bool{}}
	for _, u := range users {
		l, err := net.Listen("tcp", host+":0")
		if err != nil {
			p.close()
			return nil, err
		}
		s := &http.Server{Handler: p}
		p.servers, p.addr[u] = append(p.servers, s), l.Addr().String()
		go s.Serve(l) // ends with close
	}
	return p, nil
}

func (p *phones) close() {
	for _, s := range p.servers {
		_ = s.Close()
	}
}

// ServeHTTP takes up to 20 ms for an answer, so that sends are under way when something breaks, and declines one message in
// two hundred.
func (p *phones) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // it did not arrive
	}
	now := time.Now()
	var in struct {
		ID      notify.MessageID
		Type    string
		User    watchbill.UserID
		Level   int
		Attempt int
		AckURL  string `json:"ack_url"`
		Alert   struct {
			ID       watchbill.AlertID
			DedupKey alert.DedupKey `json:"dedup_key"`
		}
	}
	err = webhook.Verify(secret, r.Header, body, now, 5*time.Minute)
	if err != nil || json.Unmarshal(body, &in) != nil {
		p.mu.Lock()
		p.bad++
		p.mu.Unlock()
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	from := ""
	if link, err := url.Parse(in.AckURL); err == nil {
		from = p.names[link.Host]
	}
	m := history.Message{ID: notify.MessageID(r.Header.Get("Webhook-Id")), Kind: in.Type, Alert: in.Alert.ID, Key: in.Alert.DedupKey,
		User: in.User, Level: in.Level, Attempt: in.Attempt, From: from, At: now, Declined: rand.IntN(200) == 0}
	p.mu.Lock()
	p.log = append(p.log, m)
	p.seen[m.Alert] = true
	p.mu.Unlock()
	time.Sleep(rand.N(20 * time.Millisecond))
	if m.Declined {
		http.Error(w, "not now", http.StatusServiceUnavailable)
	}
}

// paged reports whether anything arrived for an alert.
func (p *phones) paged(id watchbill.AlertID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen[id]
}

func (p *phones) messages() []history.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log
}
