package route

import (
	"time"

	"github.com/watchbill/watchbill"
)

// Rule changes signals for which its condition holds. Rules apply in order; each sees what those before it changed.
type Rule struct {
	ID       string        `json:"id"`
	When     string        `json:"when,omitempty"`     // a condition in the expression language of the host; empty: always
	Response string        `json:"response,omitempty"` // what whoever is paged is to do: a sentence, or the address of a runbook
	Set      Set           `json:"set,omitzero"`
	Group    *Group        `json:"group,omitempty"`    // with what the alert is grouped; nil: as before
	Pause    time.Duration `json:"pause,omitempty"`    // the alert pages only if it is still open after so long
	Suppress bool          `json:"suppress,omitempty"` // the alert is recorded and pages nobody
	Drop     bool          `json:"drop,omitempty"`     // the signal opens no alert; it is counted
	Stop     bool          `json:"stop,omitempty"`     // no rule after it applies
}

// Set is what a rule changes. Each value is an expression; empty leaves things as they are.
type Set struct {
	Key      string            `json:"key,omitempty"`
	Summary  string            `json:"summary,omitempty"`
	Severity string            `json:"severity,omitempty"`
	Urgency  string            `json:"urgency,omitempty"`
	Priority string            `json:"priority,omitempty"` // P1 to P5
	Service  string            `json:"service,omitempty"`
	Policy   string            `json:"policy,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
}

// Group says which alerts of a source belong together: only the first pages, the others are its members.
type Group struct {
	By      []string      `json:"by,omitempty"`      // the same values of these labels, or of service, severity, summary
	Similar float64       `json:"similar,omitempty"` // summaries that are at least so alike, from 0 to 1; zero: not asked
	Window  time.Duration `json:"window,omitempty"`  // so long after the group began; zero: as long as it is open
	Idle    time.Duration `json:"idle,omitempty"`    // so long after its latest member; zero: not asked
}

// Limit is so many alerts in so long.
type Limit struct {
	Alerts int           `json:"alerts"`
	Per    time.Duration `json:"per"`
}

// Flapping says when a key that opens again and again is one alert: after so many openings in so long it stays open
// until it has been quiet for as long.
type Flapping struct {
	Changes int           `json:"changes"`
	Within  time.Duration `json:"within"`
}

// Handling is how a source treats its signals before and after its rules.
type Handling struct {
	Rules     []Rule        `json:"rules,omitempty"`
	Limit     Limit         `json:"limit,omitzero"` // beyond it, signals that would open an alert are refused
	Flood     Limit         `json:"flood,omitzero"` // beyond it, new alerts are members of one
	Pause     time.Duration `json:"pause,omitempty"`
	Group     *Group        `json:"group,omitempty"`
	Flapping  Flapping      `json:"flapping,omitzero"`
	Downgrade bool          `json:"downgrade,omitempty"` // an alert for which no rule names a response is of low urgency
	Ready     string        `json:"ready,omitempty"`     // the name of a ready mapping, such as prtg
	Mapping   *Mapping      `json:"mapping,omitempty"`   // how bodies of a foreign form are read
}

// Mapping reads a body of any JSON: each field is an expression over body, and over item, which is one of the items, or
// the body where there are none.
type Mapping struct {
	Items    string            `json:"items,omitempty"` // the list of signals in the body; empty: the body is one
	Key      string            `json:"key,omitempty"`
	Summary  string            `json:"summary,omitempty"`
	Severity string            `json:"severity,omitempty"`
	Priority string            `json:"priority,omitempty"`
	Action   string            `json:"action,omitempty"` // trigger, ack or resolve
	StartsAt string            `json:"starts_at,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Links    map[string]string `json:"links,omitempty"` // text -> address
	Details  string            `json:"details,omitempty"`
}

// Routed is what the rules made of one signal, beyond the signal itself.
type Routed struct {
	Urgency  *watchbill.Urgency // nil: by the service
	Pause    time.Duration
	Group    *Group
	Suppress bool
	Drop     bool
	By       string   // the rule that suppressed or dropped it
	Response string   // of the last rule that named one
	Notes    []string // what each rule did, for the timeline
}

// Program is a compiled expression. It is safe for concurrent use, bounded in time and memory, and never panics.
type Program interface {
	Eval(env map[string]any) (any, error)
}

// Compiler compiles an expression over the variables of env, which has an example of each; nil is one of any type. The
// error says where it is wrong, names that are no variables among it.
type Compiler func(source string, env map[string]any) (Program, error)
