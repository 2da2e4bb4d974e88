// Package alert turns signals into deduplicated alerts. A [Signal] is what a source said; an [Alert] is what people are
// paged for. [Decide] says what a signal means for the newest alert with its key; [Step] carries the alert through its
// life:
//
//	triggered <-> acknowledged -> resolved
//
// Resolved is final: the next signal with that key opens a new alert, unless it is stale, that is, began no later than
// the alert that a person or the source resolved. An alert that expired for want of signals makes none stale. A later
// signal may raise an open alert, never quieten it.
package alert

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// DedupKey is a source's own name for what is wrong; signals with the same source and key are about the same alert.
type DedupKey string

// Ref is what deduplication goes by.
type Ref struct {
	Source watchbill.SourceID
	Key    DedupKey
}

// Action says what a signal wants.
type Action uint8

// The actions.
const (
	Trigger Action = iota
	Acknowledge
	Resolve
)

var actionNames = [...]string{"trigger", "ack", "resolve"}

// String returns "trigger", "ack" or "resolve".
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return "unknown"
}

// MarshalText returns the name.
func (a Action) MarshalText() ([]byte, error) {
	if int(a) >= len(actionNames) {
		return nil, fmt.Errorf("alert: action %d does not exist", a)
	}
	return []byte(actionNames[a]), nil
}

// UnmarshalText accepts exactly the names that String returns.
func (a *Action) UnmarshalText(text []byte) error {
	for i, n := range actionNames {
		if string(text) == n {
			*a = Action(i)
			return nil
		}
	}
	return fmt.Errorf("alert: unknown action %q; use trigger, ack or resolve", text)
}

// Signal is one raw event from a source, in our words. Slices in it are never written to.
type Signal struct {
	Source   watchbill.SourceID `json:"source"`
	Key      DedupKey           `json:"key"`
	Action   Action             `json:"action,omitempty"`
	Summary  string             `json:"summary,omitempty"`
	Severity watchbill.Severity `json:"severity,omitempty"`
	Priority Priority           `json:"priority,omitempty"`
	StartsAt time.Time          `json:"starts_at,omitzero"` // when it began, as the source says; zero if it does not say
	EndsAt   time.Time          `json:"ends_at,omitzero"`   // it is over then, unless its sender says before that it is still so
	Sender   string             `json:"sender,omitempty"`   // which of several senders of the source speaks
	Labels   []Label            `json:"labels,omitempty"`   // sorted by name
	Links    []Link             `json:"links,omitempty"`
	Details  json.RawMessage    `json:"details,omitempty"` // anything else, as the source sent it
	Notes    []string           `json:"notes,omitempty"`   // what the decoder had to assume, for the timeline

	// Where it goes. One of them; all empty means the source's service.
	Service watchbill.ServiceID `json:"service,omitempty"`
	Policy  watchbill.PolicyID  `json:"policy,omitempty"`
	User    watchbill.UserID    `json:"user,omitempty"`

	By  watchbill.UserID `json:"by,omitempty"`  // the person who raised it by hand
	Via string           `json:"via,omitempty"` // the key through which it came, where that is not the source's
}

// Ref returns what the signal is deduplicated by.
func (s Signal) Ref() Ref { return Ref{s.Source, s.Key} }

// Actor returns who caused the signal: the person who raised it by hand, or the source.
func (s Signal) Actor() timeline.Actor {
	if s.By != "" {
		return timeline.User(s.By)
	}
	return timeline.Source(s.Source)
}

// Label is one name and value.
type Label struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Link is a labelled address.
type Link struct {
	Text string `json:"text,omitempty"`
	Href string `json:"href"`
}

// State says how far an alert is.
type State uint8

// The states. The zero State is that of an alert which does not exist yet.
const (
	None State = iota
	Triggered
	Acknowledged
	Resolved
)

var stateNames = [...]string{"none", "triggered", "acknowledged", "resolved"}

// String returns the name in lower case.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// MarshalText returns the name.
func (s State) MarshalText() ([]byte, error) {
	if int(s) >= len(stateNames) {
		return nil, fmt.Errorf("alert: state %d does not exist", s)
	}
	return []byte(stateNames[s]), nil
}

// UnmarshalText accepts exactly the names that String returns.
func (s *State) UnmarshalText(text []byte) error {
	for i, n := range stateNames {
		if string(text) == n {
			*s = State(i)
			return nil
		}
	}
	return fmt.Errorf("alert: unknown state %q; use triggered, acknowledged or resolved", text)
}

// Open reports whether the alert is triggered or acknowledged.
func (s State) Open() bool { return s == Triggered || s == Acknowledged }

// Alert is one deduplicated alert. It is a plain value; slices in it are replaced, never written to.
type Alert struct {
	ID       watchbill.AlertID   `json:"id"`
	Source   watchbill.SourceID  `json:"source"`
	Key      DedupKey            `json:"key"`
	Service  watchbill.ServiceID `json:"service,omitempty"`
	State    State               `json:"state"`
	Summary  string              `json:"summary"`
	Severity watchbill.Severity  `json:"severity"`
	Urgency  watchbill.Urgency   `json:"urgency"`
	Priority Priority            `json:"priority,omitempty"`
	Labels   []Label             `json:"labels,omitempty"`
	Links    []Link              `json:"links,omitempty"`
	Details  json.RawMessage     `json:"details,omitempty"`

	Count      int       `json:"count"` // signals that triggered it or repeated it
	CreatedAt  time.Time `json:"created_at"`
	StartsAt   time.Time `json:"starts_at,omitzero"` // as the source says
	LastSeenAt time.Time `json:"last_seen_at"`       // the latest signal that says it is still so

	AcknowledgedAt time.Time        `json:"acknowledged_at,omitzero"` // the latest; zero while triggered
	AcknowledgedBy watchbill.UserID `json:"acknowledged_by,omitempty"`
	ResolvedAt     time.Time        `json:"resolved_at,omitzero"`
	ResolvedBy     timeline.Actor   `json:"resolved_by,omitempty"`

	SnoozedUntil time.Time `json:"snoozed_until,omitzero"` // then it is triggered again; zero: it is not snoozed
	Response     string    `json:"response,omitempty"`     // what whoever is paged is to do: a sentence, or an address

	Senders    []Sender      `json:"senders,omitempty"`    // those who say until when it holds
	Opens      []time.Time   `json:"opens,omitempty"`      // when its key has opened an alert lately, this one included
	Steady     time.Duration `json:"steady,omitempty"`     // it flaps: its source's resolve counts after so long without a signal
	QuietSince time.Time     `json:"quiet_since,omitzero"` // of one that flaps: since when its source says that it is over

	AutoResolve time.Duration `json:"auto_resolve,omitempty"` // after so long without a signal; zero: never
	GraceAt     time.Time     `json:"grace_at,omitzero"`      // it does not expire before; set when signals could not be received
}

// Sender is one of several that report the same alert, such as a replica of a monitoring server.
type Sender struct {
	Name   string    `json:"name,omitempty"`
	EndsAt time.Time `json:"ends_at"` // it is over for this sender then, unless it speaks again
}

// Flaps reports whether the alert stays open although its source goes back and forth.
func (a Alert) Flaps() bool { return a.Steady > 0 }

// Ref returns what the alert is deduplicated by.
func (a Alert) Ref() Ref { return Ref{a.Source, a.Key} }
