package alert

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// Decision says what a signal means.
type Decision uint8

// The decisions.
const (
	Opens   Decision = iota // a new alert
	Applies                 // a step of the alert that is open
	Stale                   // it is about an episode before: nothing
	Nothing                 // an acknowledgement or resolve of what is not open: nothing
)

var decisionNames = [...]string{"opened", "applied", "stale", "nothing open"}

// String returns the decision in words.
func (d Decision) String() string {
	if int(d) < len(decisionNames) {
		return decisionNames[d]
	}
	return "unknown"
}

// Decide says what a signal means, given the newest alert with its key; the zero Alert if there never was one. Where
// both say when they began, a signal is stale if it
//
//   - triggers, and began no later than an alert that was resolved, by a person or its source; one that expired was
//     not said to be over, so a source that goes on about it opens a new alert;
//   - acknowledges or resolves, and began before an alert that is open: what it is about was resolved already.
func Decide(newest Alert, s Signal) Decision {
	starts := watchbill.Stamp(s.StartsAt)
	dated := !starts.IsZero() && !newest.StartsAt.IsZero()
	switch {
	case newest.State.Open():
		if dated && s.Action != Trigger && starts.Before(newest.StartsAt) {
			return Stale
		}
		return Applies
	case s.Action != Trigger:
		return Nothing
	case dated && newest.State == Resolved && newest.ResolvedBy != timeline.Engine && !starts.After(newest.StartsAt):
		return Stale
	default:
		return Opens
	}
}

// Terms are what a new alert takes from its service.
type Terms struct {
	Service     watchbill.ServiceID `json:"service,omitempty"`
	Urgency     *watchbill.Urgency  `json:"urgency,omitempty"` // nil: by severity
	AutoResolve time.Duration       `json:"auto_resolve,omitempty"`
}

func (t Terms) urgency(s watchbill.Severity) watchbill.Urgency {
	if t.Urgency != nil {
		return *t.Urgency
	}
	return s.Urgency()
}

// Open returns the alert that a triggering signal opens.
func Open(id watchbill.AlertID, now time.Time, s Signal, t Terms) Alert {
	severity := orError(s.Severity)
	return Alert{
		ID: id, Source: s.Source, Key: s.Key, Service: t.Service, State: Triggered,
		Summary: s.Summary, Severity: severity, Urgency: t.urgency(severity), Priority: s.Priority,
		Labels: s.Labels, Links: s.Links, Details: s.Details,
		Count: 1, CreatedAt: now, StartsAt: s.StartsAt, LastSeenAt: now, AutoResolve: t.AutoResolve,
	}
}

func orError(s watchbill.Severity) watchbill.Severity {
	if s == watchbill.SeverityUnset {
		return watchbill.SeverityError
	}
	return s
}

// Input is what can happen to an alert: [Again], [Ack], [Close], [Reopen] or [Tick].
type Input interface{ input() }

// Again is a further signal that triggers it. Terms are those of its service as they are now.
type Again struct {
	Signal Signal
	Terms  Terms
}

// Ack says that a person, or a source on somebody's behalf, has it.
type Ack struct{ By watchbill.UserID }

// Close says that it is over.
type Close struct{ By timeline.Actor }

// Reopen makes an acknowledged alert a triggered one again.
type Reopen struct{}

// Tick says that time has passed. UpSince is since when signals could come in without a break: an alert is not resolved
// for want of signals that nobody could have received.
type Tick struct{ UpSince time.Time }

func (Again) input()  {}
func (Ack) input()    {}
func (Close) input()  {}
func (Reopen) input() {}
func (Tick) input()   {}

// Change says what a Step did to the alert.
type Change uint8

// The changes, as a set.
const (
	Updated  Change = 1 << iota // summary, severity, labels, links or details are new
	Raised                      // the urgency rose from low to high
	Acked                       // it became acknowledged
	Closed                      // it became resolved
	Reopened                    // it became triggered again
	Expired                     // it was resolved because no signal came any more
)

// Has reports whether every change of want is among c.
func (c Change) Has(want Change) bool { return c&want == want }

// Step takes the alert one input further. It never fails; an input that comes late or twice changes nothing but counts.
func Step(a Alert, now time.Time, in Input) (Alert, Change) {
	if !a.State.Open() {
		return a, 0
	}
	switch in := in.(type) {
	case Again:
		return again(a, now, in)
	case Ack:
		if a.State == Acknowledged {
			return a, 0
		}
		a.State, a.AcknowledgedAt, a.AcknowledgedBy = Acknowledged, now, in.By
		return a, Acked
	case Close:
		return closed(a, now, in.By), Closed
	case Reopen:
		if a.State == Triggered {
			return a, 0
		}
		return reopened(a), Reopened
	case Tick:
		return expire(a, now, in.UpSince)
	}
	return a, 0
}

func closed(a Alert, now time.Time, by timeline.Actor) Alert {
	a.State, a.ResolvedAt, a.ResolvedBy = Resolved, now, by
	return a
}

func reopened(a Alert) Alert {
	a.State, a.AcknowledgedAt, a.AcknowledgedBy = Triggered, time.Time{}, ""
	return a
}

// again counts a repeat and takes over what it says; severity, urgency and priority only rise.
func again(a Alert, now time.Time, in Again) (Alert, Change) {
	var change Change
	s := in.Signal
	a.Count++
	if now.After(a.LastSeenAt) {
		a.LastSeenAt = now
	}
	if s.Severity > a.Severity {
		a.Severity, change = s.Severity, change|Updated
	}
	if s.Priority.Before(a.Priority) {
		a.Priority, change = s.Priority, change|Updated
	}
	if a.Urgency == watchbill.UrgencyLow && in.Terms.urgency(a.Severity) == watchbill.UrgencyHigh {
		a.Urgency, change = watchbill.UrgencyHigh, change|Raised
		if a.State == Acknowledged {
			a, change = reopened(a), change|Reopened
		}
	}
	if s.Summary != "" && s.Summary != a.Summary {
		a.Summary, change = s.Summary, change|Updated
	}
	if !slices.Equal(s.Labels, a.Labels) || !slices.Equal(s.Links, a.Links) || !bytes.Equal(s.Details, a.Details) {
		a.Labels, a.Links, a.Details, change = s.Labels, s.Links, s.Details, change|Updated
	}
	return a, change
}

// minGrace is the least that a source is given to speak again after nobody was there to listen.
const minGrace = 2 * time.Minute

// ExpiresAt returns when the alert resolves for want of signals; zero for never.
func (a Alert) ExpiresAt() time.Time {
	if a.AutoResolve <= 0 || !a.State.Open() {
		return time.Time{}
	}
	if at := a.LastSeenAt.Add(a.AutoResolve); at.After(a.GraceAt) {
		return at
	}
	return a.GraceAt
}

// expire resolves an alert whose time is up. If nobody was there to listen for part of that time, the source is given
// one interval, or two minutes if that is more, from when somebody was.
func expire(a Alert, now, upSince time.Time) (Alert, Change) {
	a = rebase(a, now)
	if upSince.After(now) {
		upSince = now
	}
	at := a.ExpiresAt()
	if at.IsZero() || at.After(now) {
		return a, 0
	}
	if grace := upSince.Add(a.grace()); upSince.After(a.LastSeenAt) && grace.After(now) {
		a.GraceAt = watchbill.Stamp(grace)
		return a, 0
	}
	return closed(a, now, timeline.Engine), Closed | Expired
}

func (a Alert) grace() time.Duration { return max(a.AutoResolve, minGrace) }

// rebase lets waits that began after now begin now, in case a clock was wrong and is set back.
func rebase(a Alert, now time.Time) Alert {
	if a.LastSeenAt.After(now) {
		a.LastSeenAt = now
	}
	if latest := now.Add(a.grace()); a.GraceAt.After(latest) {
		a.GraceAt = latest
	}
	return a
}

// ErrResolved refuses a command to an alert that is over.
var ErrResolved = errors.New("alert: it is resolved already, and that is final")

// Permits says whether a person may give the command now: acknowledge, escalate and the like are refused with
// [ErrResolved] once the alert is resolved; resolving again is fine.
func Permits(a Alert, in Input) error {
	if _, again := in.(Close); a.State == Resolved && !again {
		return fmt.Errorf("%w (at %s)", ErrResolved, a.ResolvedAt.Format(time.RFC3339))
	}
	return nil
}
