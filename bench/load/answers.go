package main

import (
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
