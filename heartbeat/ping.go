package heartbeat

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind says what a ping means.
type Kind uint8

// The kinds of pings.
const (
	OK    Kind = iota // it is well, or the job has succeeded
	Start             // a job starts
	Fail              // the job has failed
	Log               // something to be kept, which says nothing about how it is
)

var kindNames = [...]string{"ok", "start", "fail", "log"}

// String returns "ok", "start", "fail" or "log".
func (k Kind) String() string { return nameOf(kindNames[:], uint8(k)) }

// MarshalText returns the name.
func (k Kind) MarshalText() ([]byte, error) { return textOf("kind of ping", kindNames[:], uint8(k)) }

// UnmarshalText accepts exactly the names that String returns.
func (k *Kind) UnmarshalText(text []byte) error {
	return ofText("kind of ping", kindNames[:], text, (*uint8)(k))
}

// Bounds of what is kept of pings.
const (
	MaxBody  = 10_000 // bytes of one body; what is beyond is cut off
	MaxPings = 100    // the latest
	MaxLogs  = 10     // bodies, of the latest that have any
	MaxRun   = 64     // bytes of the name of a run
)

// Ping is one report.
type Ping struct {
	At   time.Time `json:"at"`
	Kind Kind      `json:"kind"`
	Exit int       `json:"exit,omitempty"` // the job's exit code, of a Fail; zero if it did not say
	Run  string    `json:"run,omitempty"`  // which run of the job, as it calls it; empty if it does not say
	Body string    `json:"body,omitempty"` // what it wrote, at most MaxBody bytes
	Size int       `json:"size,omitempty"` // bytes of the body as it was sent, where it is not kept as a whole
}

// Exited returns what a job's exit code means: zero is OK, anything else Fail.
func Exited(code int) Ping {
	if code == 0 {
		return Ping{Kind: OK}
	}
	return Ping{Kind: Fail, Exit: code}
}

// Clean returns the ping as it can be stored: bounded, and in valid UTF-8.
func (p Ping) Clean() Ping {
	if len(p.Body) > MaxBody {
		p.Size = max(p.Size, len(p.Body))
	}
	p.Body, p.Run = cut(p.Body, MaxBody), cut(p.Run, MaxRun)
	return p
}

// cut returns at most n bytes of text, without half a character at its end.
func cut(text string, n int) string {
	if len(text) > n {
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n]
	}
	text = strings.ToValidUTF8(text, "?")
	return strings.ReplaceAll(text, "\x00", "?") // which some databases do not take
}

// History is the latest pings of a monitor, oldest first. The zero value has none.
type History struct {
	V     int    `json:"v"` // of the form; 1
	Pings []Ping `json:"pings,omitempty"`
}

// Add returns the history with one more ping. It changes nothing that h holds.
func (h History) Add(p Ping) History {
	old := h.Pings[max(0, len(h.Pings)+1-MaxPings):]
	pings := append(append(make([]Ping, 0, len(old)+1), old...), p)
	logs := 0
	for i := len(pings) - 1; i >= 0; i-- {
		if pings[i].Body == "" {
			continue
		}
		if logs++; logs > MaxLogs {
			pings[i].Size, pings[i].Body = max(pings[i].Size, len(pings[i].Body)), ""
		}
	}
	return History{V: 1, Pings: pings}
}

// Encode returns the history as it is stored.
func (h History) Encode() ([]byte, error) { return json.Marshal(h) }

// DecodeHistory reads what Encode wrote.
func DecodeHistory(data []byte) (h History, err error) {
	if err = json.Unmarshal(data, &h); err == nil && h.V != 1 {
		err = fmt.Errorf("heartbeat: stored pings have the form %d, this release reads 1", h.V)
	}
	if err != nil {
		return History{}, err
	}
	return h, nil
}
