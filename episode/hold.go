package episode

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/oncall"
)

// lookEvery is the longest that an alert which others inhibit is left alone, in case nobody says when they are over.
const lookEvery = 5 * time.Minute

// Subject is what silences and the like look at.
func Subject(a alert.Alert) mute.Subject {
	return mute.Subject{Labels: a.Labels, Source: a.Source, Service: a.Service, Severity: a.Severity, Summary: a.Summary}
}

// holds returns why an alert is held now, and when to look again. Before is why it was held: a pause and what never ends
// go on.
func (s *stepper) holds(w World, a alert.Alert, before []mute.Held) (held []mute.Held, lookAt time.Time) {
	for _, h := range before {
		if h.Never || h.Reason == mute.ByRestore || h.Reason == mute.ByPause && h.Until.After(s.now) {
			held = append(held, h)
			lookAt = earlier(lookAt, h.Until)
		}
	}
	subject := Subject(a)
	now, again := w.Org.Mute().At(subject, s.now)
	lookAt = earlier(lookAt, again)
	for _, h := range now {
		h.Never = h.Never && s.e.Alert.State == alert.None // what was open before waits for the end
		if !slices.ContainsFunc(held, func(old mute.Held) bool { return old.Reason == h.Reason && old.ID == h.ID }) {
			held = append(held, h)
		}
	}
	if w.Inhibited != nil {
		if by := w.Inhibited(a); len(by) > 0 {
			held = append(held, by...)
			lookAt = earlier(lookAt, s.now.Add(lookEvery))
		}
	}
	for i := range held {
		held[i].Until = watchbill.Stamp(held[i].Until)
	}
	if len(held) > 0 && slices.ContainsFunc(held, func(h mute.Held) bool { return h.Never }) {
		lookAt = time.Time{} // nothing can change
	}
	return held, ceil(lookAt)
}

// ceil rounds a time up to what a store can hold.
func ceil(t time.Time) time.Time {
	if stamp := watchbill.Stamp(t); stamp.Before(t) {
		return stamp.Add(time.Microsecond)
	}
	return watchbill.Stamp(t)
}

// look holds or releases the alert, if something has changed.
func (s *stepper) look(w World) {
	if s.e.Alert.State.Open() {
		s.lookFrom(w, Command{}, s.e.Held)
	}
}

// Restored reports whether the alert waits for a confirmation after a restore.
func (e Episode) Restored() bool {
	return slices.ContainsFunc(e.Held, func(h mute.Held) bool { return h.Reason == mute.ByRestore })
}

// restore holds the alert until somebody confirms.
func (s *stepper) restore(w World) {
	if !s.e.Restored() {
		s.lookFrom(w, Command{}, append(slices.Clip(s.e.Held), mute.Held{Reason: mute.ByRestore}))
	}
}

// confirm takes back what restore did.
func (s *stepper) confirm(w World, c Command) {
	s.lookFrom(w, c, slices.DeleteFunc(slices.Clone(s.e.Held), func(h mute.Held) bool { return h.Reason == mute.ByRestore }))
}

// lookFrom holds or releases the alert, where before says why it was held.
func (s *stepper) lookFrom(w World, c Command, before []mute.Held) {
	held, at := s.holds(w, s.e.Alert, before)
	sooner := !at.IsZero() && (s.e.LookAt.IsZero() || at.Before(s.e.LookAt))
	if slices.Equal(held, s.e.Held) && (at.Equal(s.e.LookAt) || s.e.LookAt.After(s.now) && !sooner) {
		return // looking sooner than needed does no harm, and repeats need no record each
	}
	in := &heldBack{Held: held, LookAt: at, Again: slices.Equal(held, s.e.Held)}
	if len(held) == 0 && len(s.e.Held) > 0 {
		f := s.freeze(w.Org) // for the run that starts
		in.Frozen = &f
	}
	s.do(c.actor(), c.Via, in)
}

// settle holds what may not page, and starts a run of what may again.
func (s *stepper) settle() {
	if s.e.Alert.State != alert.Triggered {
		return
	}
	switch phase := s.e.Escalation.Phase; {
	case s.e.muted() && phase != escalation.Held:
		s.escalate(escalation.Hold{Urgency: s.e.Alert.Urgency})
	case !s.e.muted() && !phase.Active():
		s.escalate(escalation.Restart{Urgency: s.e.Alert.Urgency})
	}
}

// restart starts a new run, unless the alert is muted.
func (s *stepper) restart() {
	if s.e.muted() {
		s.escalate(escalation.Hold{Urgency: s.e.Alert.Urgency})
		return
	}
	s.escalate(escalation.Restart{Urgency: s.e.Alert.Urgency})
}

// loudness returns how loudly the alerts of a service page by its support hours, and when what is low is to be raised.
func loudness(org *oncall.Org, support catalog.Support, now time.Time) (u *watchbill.Urgency, raiseAt time.Time) {
	hours, ok := org.SupportHours(support.Hours)
	if !ok {
		return nil, time.Time{}
	}
	during, until := hours.At(now)
	if during {
		return support.During, time.Time{}
	}
	low := watchbill.UrgencyLow
	if support.Outside != nil {
		low = *support.Outside
	}
	if support.Raise && low == watchbill.UrgencyLow {
		raiseAt = ceil(until)
	}
	return &low, raiseAt
}

// staysLow reports whether an alert is of low urgency within the support hours of its service, too.
func staysLow(org *oncall.Org, a alert.Alert) bool {
	u := a.Severity.Urgency()
	if svc, ok := org.Service(a.Service); ok && svc.Support.During != nil {
		u = *svc.Support.During
	}
	return u == watchbill.UrgencyLow
}
