package alert

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
)

// Terms are what a new alert takes from its service and from the rules of its source.
type Terms struct {
	Service     watchbill.ServiceID `json:"service,omitempty"`
	Urgency     *watchbill.Urgency  `json:"urgency,omitempty"` // nil: by severity
	AutoResolve time.Duration       `json:"auto_resolve,omitempty"`
	Response    string              `json:"response,omitempty"`
	RaiseAt     time.Time           `json:"raise_at,omitzero"` // what is low and still triggered then is raised to high; zero: never
	Pause       time.Duration       `json:"pause,omitempty"`   // it pages only if it is still open after so long
	Opens       []time.Time         `json:"opens,omitempty"`   // when its key has opened alerts lately, this one included
	Steady      time.Duration       `json:"steady,omitempty"`  // over zero: it flaps, and stays open until it has been quiet for so long
	After       time.Time           `json:"after,omitzero"`    // it counts as created later than this, whatever the clock says
}

func (t Terms) urgency(s watchbill.Severity) watchbill.Urgency {
	if t.Urgency != nil {
		return *t.Urgency
	}
	return s.Urgency()
}

// Flapping says when a key flaps: so many alerts opened within so long. The zero value is never.
type Flapping struct {
	Changes int
	Within  time.Duration
}

// maxOpens bounds what is remembered of a key.
const maxOpens = 100

// Recur returns the terms of an alert that opens at now after the newest one with its key: when that key opened alerts
// lately and, if that was too often, how long the new one stays open.
func (t Terms) Recur(newest Alert, now time.Time, f Flapping) Terms {
	if f.Changes <= 0 || f.Within <= 0 {
		return t
	}
	lately := slices.DeleteFunc(slices.Clone(newest.Opens), func(at time.Time) bool { return now.Sub(at) >= f.Within || at.After(now) })
	t.Opens = append(lately[max(0, len(lately)-maxOpens+1):], now)
	if len(t.Opens) >= f.Changes {
		t.Steady = f.Within
	}
	return t
}

// Succeed returns the terms of an alert that opens at now after the newest one with its key. If that was created later, by a
// clock that has been set back since, or by that of another engine, the new one is the newest all the same.
func (t Terms) Succeed(newest Alert, now time.Time) Terms {
	if t.After = (time.Time{}); !now.After(newest.CreatedAt) {
		t.After = newest.CreatedAt
	}
	return t
}

// Open returns the alert that a triggering signal opens.
func Open(id watchbill.AlertID, now time.Time, s Signal, t Terms) Alert {
	severity := orError(s.Severity)
	created := now
	if !t.After.IsZero() && !now.After(t.After) {
		created = t.After.Add(time.Microsecond)
	}
	return Alert{
		ID: id, Source: s.Source, Key: s.Key, Service: t.Service, State: Triggered,
		Summary: s.Summary, Severity: severity, Urgency: t.urgency(severity), Priority: s.Priority,
		Labels: s.Labels, Links: s.Links, Details: s.Details,
		Count: 1, CreatedAt: created, StartsAt: s.StartsAt, LastSeenAt: now, AutoResolve: t.AutoResolve,
		Response: t.Response, Senders: heard(nil, s), Opens: t.Opens, Steady: t.Steady,
	}
}
