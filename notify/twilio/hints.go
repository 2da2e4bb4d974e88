package twilio

import (
	"sync"
	"time"
)

const (
	hintEvery = time.Minute // so that two machines do not talk to each other for ever
	maxHinted = 1024        // numbers that are remembered
)

// hints tells people whose SMS is not understood what would be. The zero value is ready.
type hints struct {
	mu   sync.Mutex
	told map[string]time.Time
}

// text returns the hint for whoever sent from this number; empty where it was given a moment ago.
func (h *hints) text(from string, now time.Time) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if before, ok := h.told[from]; ok && now.Sub(before) < hintEvery {
		return ""
	}
	if h.told == nil || len(h.told) >= maxHinted {
		h.told = map[string]time.Time{}
	}
	h.told[from] = now
	return phrasesOf("").hint
}
