package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// sink is where pages arrive.
type sink struct {
	addr   string
	server *http.Server
	mu     sync.Mutex
	at     map[string]time.Time             // of the first arrival, by dedup key
	pages  []time.Time                      // of every page, repeats among them
	paged  func(alert string, at time.Time) // told of each first arrival; nil: nobody
}

func newSink() (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{addr: l.Addr().String(), at: map[string]time.Time{}}
	s.server = &http.Server{Handler: s}
	go s.server.Serve(l) // ends with close
	return s, nil
}

func (s *sink) close() { _ = s.server.Close() }

func (s *sink) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	now := time.Now()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var p struct {
		Type  string `json:"type"`
		Alert struct {
			ID       string `json:"id"`
			DedupKey string `json:"dedup_key"`
		} `json:"alert"`
	}
	if json.Unmarshal(body, &p) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Type == "page" {
		s.pages = append(s.pages, now)
	}
	if _, again := s.at[p.Alert.DedupKey]; !again {
		s.at[p.Alert.DedupKey] = now
		if s.paged != nil {
			s.paged(p.Alert.ID, now)
		}
	}
}

// tell names who is told of each first arrival; nil: nobody.
func (s *sink) tell(paged func(alert string, at time.Time)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paged = paged
}

// forget forgets all that came.
func (s *sink) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at, s.pages = map[string]time.Time{}, nil
}

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.at)
}

// arrivals returns when each page came, and forgets them.
func (s *sink) arrivals() map[string]time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.at
	s.at = map[string]time.Time{}
	return at
}

// perMinute returns how many pages came, and the most that came within a minute.
func (s *sink) perMinute() (all, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := 0
	for i, at := range s.pages {
		for at.Sub(s.pages[first]) >= time.Minute {
			first++
		}
		most = max(most, i-first+1)
	}
	return len(s.pages), most
}
