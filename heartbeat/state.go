package heartbeat

import (
	"encoding/json"
	"fmt"
	"time"
)

// RecordKind and HistoryKind are the kinds of the records in which a store keeps states and histories, by the monitor's ID.
const (
	RecordKind  = "heartbeat"
	HistoryKind = "heartbeat-pings"
)

// Phase says how a monitor stands.
type Phase uint8

// The phases.
const (
	Waiting Phase = iota // for the first ping
	Healthy
	Started // a job is running
	Overdue // a ping has not come in time
	Failing // the latest ping said so
)

var phaseNames = [...]string{"waiting", "healthy", "started", "overdue", "failing"}

// String returns the name in lower case.
func (p Phase) String() string { return nameOf(phaseNames[:], uint8(p)) }

// MarshalText returns the name.
func (p Phase) MarshalText() ([]byte, error) { return textOf("phase", phaseNames[:], uint8(p)) }

// UnmarshalText accepts exactly the names that String returns.
func (p *Phase) UnmarshalText(text []byte) error {
	return ofText("phase", phaseNames[:], text, (*uint8)(p))
}

// Troubled reports whether somebody is to do something about it.
func (p Phase) Troubled() bool { return p == Overdue || p == Failing }

// Run is a run of a job that has started and not ended.
type Run struct {
	ID string    `json:"id,omitempty"` // as the job calls it
	At time.Time `json:"at"`
}

// Trouble is what is wrong. The zero value is nothing.
type Trouble struct {
	Since time.Time `json:"since"`
	Text  string    `json:"text"`           // in words
	Exit  int       `json:"exit,omitempty"` // the exit code of a job that failed; zero if it did not say
	Log   string    `json:"log,omitempty"`  // what the job wrote, at most maxLog bytes
}

// maxLog bounds what an alert carries of a job's log.
const maxLog = 2000

// Timing is when pings are expected, as the monitor has it.
type Timing struct {
	Interval time.Duration `json:"interval,omitempty"`
	Cron     string        `json:"cron,omitempty"`
	Zone     string        `json:"timezone,omitempty"`
	Grace    time.Duration `json:"grace,omitempty"`
	Waiting  time.Duration `json:"waiting,omitempty"`
}

// State is how one monitor stands. It is a plain value; Running is replaced, never written to. The zero State is that of a
// monitor that was never looked at.
type State struct {
	V       int       `json:"v"` // of the form; 1, or 0 in the zero State
	Phase   Phase     `json:"phase"`
	Since   time.Time `json:"since"` // of the phase
	Timing  Timing    `json:"timing"`
	TimedAt time.Time `json:"timed_at"`           // since when it is watched with this timing
	OKAt    time.Time `json:"ok_at,omitzero"`     // the latest success
	Last    Ping      `json:"last_ping,omitzero"` // without its body
	Running []Run     `json:"running,omitempty"`  // oldest first, at most maxRuns
	GraceAt time.Time `json:"grace_at,omitzero"`  // it is not overdue before; set when pings could not be received
	Graces  int       `json:"graces,omitempty"`   // how often that was set since the last ping
	Trouble Trouble   `json:"trouble,omitzero"`   // in the phases overdue and failing
	AgainAt time.Time `json:"again_at,omitzero"`  // when the trouble is said again
}

// maxRuns bounds the runs that are known to be under way.
const maxRuns = 10

// Encode returns the state as it is stored.
func (s State) Encode() ([]byte, error) { return json.Marshal(s) }

// Decode reads what Encode wrote.
func Decode(data []byte) (s State, err error) {
	if err = json.Unmarshal(data, &s); err == nil && s.V != 1 {
		err = fmt.Errorf("heartbeat: stored state has the form %d, this release reads 1", s.V)
	}
	if err != nil {
		return State{}, err
	}
	return s, nil
}

func nameOf(names []string, v uint8) string {
	if int(v) < len(names) {
		return names[v]
	}
	return "unknown"
}

func textOf(what string, names []string, v uint8) ([]byte, error) {
	if int(v) >= len(names) {
		return nil, fmt.Errorf("heartbeat: %s %d does not exist", what, v)
	}
	return []byte(names[v]), nil
}

func ofText(what string, names []string, text []byte, v *uint8) error {
	for i, n := range names {
		if n == string(text) {
			*v = uint8(i)
			return nil
		}
	}
	return fmt.Errorf("heartbeat: unknown %s %q", what, text)
}
