// Package watchbill names the things that every part of an on-call system talks about: identifiers, severity, urgency
// and the clock. It has no behaviour. Start at package engine for a running system, at package schedule for "who is on
// call", at package escalation for the machine that decides whom to page next.
//
// Watchbill is a library: calendar and schedule answer who is on call at any instant, and why; escalation, notify, alert
// and incident are machines, pure functions over values; oncall resolves a target to people; episode joins the machines
// into one alert's life; statuspage, postmortem and report tell of it; store is the contract with a database, and engine
// is the loop that runs all of it; httpapi, config and cmd/refserver show how the pieces are wired.
//
// All stored times are UTC with microsecond precision; [Stamp] makes one.
package watchbill

import (
	"context"
	"fmt"
	"time"
)

// Identifiers. They are chosen by whoever writes the configuration (except [AlertID] and [IncidentID]), compared byte by byte, and
// never empty in a valid configuration.
type (
	UserID     string // a person
	TeamID     string // a group of people
	ScheduleID string // a schedule of who is on call
	PolicyID   string // an escalation policy
	ServiceID  string // what is monitored
	SourceID   string // where signals come from
	CustomerID string // who hears of incidents: a company, a department
	PageID     string // a status page
	AlertID    string // one alert, from its trigger to its resolution; made by the engine, sorts by creation
	IncidentID string // one incident, and its postmortem; made by the engine, sorts by creation
)

// Attempt identifies one page of one level of one alert: all that is sent because of it carries it. The zero value means
// that nothing has been paged yet.
type Attempt struct {
	Run    int `json:"run"`    // from 1; rises whenever the escalation starts anew
	Cycle  int `json:"cycle"`  // from 1; rises whenever the levels start over
	Level  int `json:"level"`  // from 1; 0 is the catch-all
	Number int `json:"number"` // from 1; rises with each repetition
}

// Severity says how bad the impact is. The zero value is [SeverityUnset]; wherever a signal arrives without one it is
// treated as [SeverityError], and the timeline says so.
type Severity uint8

// The severities, in rising order.
const (
	SeverityUnset Severity = iota
	SeverityInfo
	SeverityWarning
	SeverityError
	SeverityCritical
)

// Urgency returns how loudly an alert of this severity pages unless its service says otherwise: critical and error
// are high, warning and info low. An unset severity is high: a page must not be lost for want of a field.
func (s Severity) Urgency() Urgency {
	if s == SeverityInfo || s == SeverityWarning {
		return UrgencyLow
	}
	return UrgencyHigh
}

var severityNames = [...]string{"", "info", "warning", "error", "critical"}

// String returns "info", "warning", "error", "critical", or "unset".
func (s Severity) String() string { return name(severityNames[:], uint8(s), "unset") }

// MarshalText returns the name; the unset severity is empty text.
func (s Severity) MarshalText() ([]byte, error) {
	return marshal("severity", severityNames[:], uint8(s))
}

// UnmarshalText accepts exactly the names that MarshalText returns.
func (s *Severity) UnmarshalText(text []byte) error {
	return unmarshal("severity", severityNames[:], text, (*uint8)(s))
}

// Urgency says how loudly to page. The zero value is [UrgencyHigh].
type Urgency uint8

// The urgencies.
const (
	UrgencyHigh Urgency = iota // pages level after level until somebody acknowledges
	UrgencyLow                 // tells one level, once
)

var urgencyNames = [...]string{"high", "low"}

// String returns "high" or "low".
func (u Urgency) String() string { return name(urgencyNames[:], uint8(u), "unknown") }

// MarshalText returns the name.
func (u Urgency) MarshalText() ([]byte, error) { return marshal("urgency", urgencyNames[:], uint8(u)) }

// UnmarshalText accepts exactly the names that MarshalText returns.
func (u *Urgency) UnmarshalText(text []byte) error {
	return unmarshal("urgency", urgencyNames[:], text, (*uint8)(u))
}

// Duration is a length of time that is written as Go prints it: "1m30s".
type Duration time.Duration

// MarshalText returns it as Go prints it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText accepts what [time.ParseDuration] does.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Clock tells the time and waits. It is the smallest interface the engine's loop needs, in standard types, so that the
// real and mock clocks of github.com/benbjohnson/clock satisfy it as they are. Wherever a Clock is asked for, nil means
// the real one. The contexts of WithDeadline are for waiting only, never for I/O.
type Clock interface {
	Now() time.Time
	WithDeadline(parent context.Context, deadline time.Time) (context.Context, context.CancelFunc)
}

// Stamp returns t as it is stored: UTC, truncated to microseconds, without a monotonic reading. Stamp of the zero time
// is the zero time. Equal stamps are equal with ==.
func Stamp(t time.Time) time.Time { return t.Truncate(time.Microsecond).UTC() }

func name(names []string, v uint8, zero string) string {
	if int(v) >= len(names) || names[v] == "" {
		return zero
	}
	return names[v]
}

func marshal(kind string, names []string, v uint8) ([]byte, error) {
	if int(v) >= len(names) {
		return nil, fmt.Errorf("watchbill: %s %d does not exist", kind, v)
	}
	return []byte(names[v]), nil
}

func unmarshal(kind string, names []string, text []byte, v *uint8) error {
	for i, n := range names {
		if string(text) == n {
			*v = uint8(i)
			return nil
		}
	}
	return fmt.Errorf("watchbill: unknown %s %q", kind, text)
}
