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
//     not said to be over, so a source that goes on about it opens a new alert; nor was one that one of several senders
//     said to be over, while another says that it holds until later ([Signal.EndsAt]);
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
	case !s.EndsAt.IsZero() && newest.ResolvedBy == timeline.Source(newest.Source):
		return Opens
	case dated && newest.State == Resolved && newest.ResolvedBy != timeline.Engine && !starts.After(newest.StartsAt):
		return Stale
	default:
		return Opens
	}
}

func orError(s watchbill.Severity) watchbill.Severity {
	if s == watchbill.SeverityUnset {
		return watchbill.SeverityError
	}
	return s
}

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
	Quieted                     // its source, or one of its senders, says that it is over, and it stays open
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
		return closing(a, now, in)
	case Snooze:
		return snoozed(a, now, in)
	case Raise:
		if a.Urgency == watchbill.UrgencyHigh || a.State != Triggered {
			return a, 0
		}
		a.Urgency = watchbill.UrgencyHigh
		return a, Raised
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

func snoozed(a Alert, now time.Time, in Snooze) (Alert, Change) {
	change := Updated
	if a.State == Triggered {
		change |= Acked
	}
	a.State, a.AcknowledgedAt, a.AcknowledgedBy, a.SnoozedUntil = Acknowledged, now, in.By, in.Until
	return a, change
}

func reopened(a Alert) Alert {
	a.State, a.AcknowledgedAt, a.AcknowledgedBy, a.SnoozedUntil = Triggered, time.Time{}, "", time.Time{}
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
		if !a.SnoozedUntil.IsZero() { // whoever put it off did not know this
			a, change = reopened(a), change|Reopened
		}
	}
	a.Senders = heard(a.Senders, s)
	if !a.QuietSince.IsZero() {
		a.QuietSince, change = time.Time{}, change|Updated
	}
	if r := in.Terms.Response; r != "" && r != a.Response {
		a.Response, change = r, change|Updated
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
