package episode

import (
	"fmt"
	"time"
)

// Result is what became of one send. The zero Result says that a provider accepted it.
type Result struct {
	Verdict    Verdict       `json:"verdict,omitempty"`
	ProviderID string        `json:"provider_id,omitempty"` // the provider's own name for the message
	Error      string        `json:"error,omitempty"`       // without secrets
	RetryAfter time.Duration `json:"retry_after,omitempty"` // what the provider asked for
	Note       string        `json:"note,omitempty"`        // how it was sent, where that was not by itself
}

// Verdict classes what became of a send.
type Verdict uint8

// The verdicts.
const (
	Accepted Verdict = iota // the provider has it
	Retry                   // it may work later
	Refused                 // it can never work
	Limited                 // not sent: too many have gone to this contact lately
)

var verdictNames = [...]string{"accepted", "retry", "refused", "limited"}

// String returns the name in lower case.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return "unknown"
}

// MarshalText returns the name.
func (v Verdict) MarshalText() ([]byte, error) {
	if int(v) >= len(verdictNames) {
		return nil, fmt.Errorf("episode: verdict %d does not exist", v)
	}
	return []byte(verdictNames[v]), nil
}

// UnmarshalText accepts exactly the names that String returns.
func (v *Verdict) UnmarshalText(text []byte) error {
	for i, n := range verdictNames {
		if string(text) == n {
			*v = Verdict(i)
			return nil
		}
	}
	return fmt.Errorf("episode: unknown verdict %q", text)
}
