package sim

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// Expectation is what must hold in a history. Those below cover what most want; any other is a function over the history.
type Expectation struct {
	Name  string                    // what must hold, as "every alert reaches a person within 10m0s"
	Check func(h *History) []Breach // how it does not hold; none: it does
}

// Breach is one way in which an expectation does not hold.
type Breach struct {
	At    time.Time // when that was certain
	Alert *Alert    // that it is about; nil: none
	User  watchbill.UserID
	Text  string // what happened instead
}

// Promise is what must hold for an alert. Kept returns false and what happened instead if it is not kept, and true if it is, or
// if the history is too short to tell.
type Promise struct {
	Name string
	Kept func(h *History, a *Alert) (Breach, bool)
}

// EveryAlert expects a promise to be kept for every alert of high urgency that was never held: what is muted or a member of a
// group pages nobody by itself.
func EveryAlert(p Promise) Expectation {
	return Expectation{"every alert " + p.Name, func(h *History) (all []Breach) {
		for _, a := range h.Alerts {
			if a.Urgency != watchbill.UrgencyHigh || a.WasHeld {
				continue
			}
			if b, kept := p.Kept(h, a); !kept {
				b.Alert = a
				all = append(all, b)
			}
		}
		return all
	}}
}

// inTime promises that an instant in an alert's life comes in time, unless the alert is over before.
func inTime(h *History, a *Alert, at time.Time, d time.Duration, what string) (Breach, bool) {
	deadline := a.OpenedAt.Add(d)
	over := !a.ResolvedAt.IsZero() && !a.ResolvedAt.After(deadline)
	if over || !at.IsZero() && !at.After(deadline) || h.End.Before(deadline) {
		return Breach{}, true
	}
	text := "never " + what
	if !at.IsZero() {
		text = fmt.Sprintf("%s after %s", what, at.Sub(a.OpenedAt).Round(time.Millisecond))
	}
	return Breach{At: deadline, Text: text}, false
}

// ReachesAPersonWithin promises that somebody sees a page of the alert, or acknowledges it, in time.
func ReachesAPersonWithin(d time.Duration) Promise {
	return Promise{fmt.Sprintf("reaches a person within %s", d), func(h *History, a *Alert) (Breach, bool) {
		return inTime(h, a, a.ReachedAt(), d, "seen by anybody")
	}}
}

// IsAcknowledgedWithin promises that somebody acknowledges the alert in time.
func IsAcknowledgedWithin(d time.Duration) Promise {
	return Promise{fmt.Sprintf("is acknowledged within %s", d), func(h *History, a *Alert) (Breach, bool) {
		return inTime(h, a, a.AcknowledgedAt, d, "acknowledged")
	}}
}

// NothingSentAfterAcknowledge expects that no page is sent for an alert that nobody needs to be paged for any more: the engine
// claimed it after the acknowledgement or the resolve was committed. What was claimed before may still go out. Whom somebody
// asks for by hand is paged all the same.
func NothingSentAfterAcknowledge() Expectation {
	return Expectation{"nothing is sent after an acknowledgement", func(h *History) (all []Breach) {
		for _, a := range h.Alerts {
			for _, s := range a.Sends {
				if s.Page() && s.Key.Attempt.Level >= 0 && s.State != alert.Triggered {
					all = append(all, Breach{s.At, a, s.User, fmt.Sprintf("a page is sent to %s although it is %s", s.User, s.State)})
				}
			}
		}
		return all
	}}
}
