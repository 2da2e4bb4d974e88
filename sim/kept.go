package sim

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

// lookEvery is how soon an alert that has reached nobody is looked at again, at the latest.
const lookEvery = time.Minute

// looksAgain: who is found nowhere is looked for again within a minute.
func (a *audit) looksAgain(h *host, e episode.Episode) {
	if e.Alert.State != alert.Triggered || e.Escalation.Phase != escalation.Unreached || a.behind {
		return
	}
	now := later(h.began, h.clock())
	if wake := e.WakeAt(); wake.IsZero() || wake.Sub(now) > lookEvery+2*maxSkew {
		a.w.fail("alert %s has reached nobody, and at %s would be left alone until %s", e.Alert.ID, now, wake)
	}
}

// rungs: when a contact can never be reached, the next one of the person's rules that waits is tried at once.
func (a *audit) rungs(p *promised, facts []fact) {
	if p.was.Alert.State != alert.Triggered {
		return
	}
	for _, l := range p.was.Ladders {
		refused, waiting, tried := 0, 0, 0
		for i, r := range l.Rungs {
			about := func(kind string) func(fact) bool {
				return func(f fact) bool {
					return string(f.Kind) == kind && f.Key.User == l.User && f.Key.Rung == i && f.Key.Kind == notify.KindPage && f.Key.Attempt.Level >= 0
				}
			}
			refusedNow := func(f fact) bool {
				return about(string(episode.KindReceipt))(f) && f.Verdict == episode.Refused && f.Key.Attempt == r.Attempt
			}
			switch {
			case r.Progress == notify.Sent && slices.ContainsFunc(facts, refusedNow):
				refused++
			case r.Progress == notify.Waiting:
				waiting++
				if slices.ContainsFunc(facts, about(string(episode.KindQueued))) {
					tried++
				}
			}
		}
		if tried < min(refused, waiting) {
			a.w.fail("alert %s: %d contacts of %s refused a page for good, %d more were waiting, and %d of them are tried now", p.is.Alert.ID,
				refused, l.User, waiting, tried)
		}
	}
}

// delivered: a run has reached somebody once a provider has accepted a page for a person, or for a machine where nobody else was to
// be paged.
func (a *audit) delivered(p *promised, facts []fact) {
	now, before := p.is.Escalation, p.was.Escalation
	if !now.Delivered || before.Delivered && before.At.Run == now.At.Run {
		return
	}
	reaches := func(f fact) bool {
		return f.Kind == episode.KindReceipt && f.Verdict == episode.Accepted && f.Key.Attempt.Run == now.At.Run &&
			(isHuman(f.Key.User) || onlyMachines(p.is.Policy, f.Key.Attempt))
	}
	if !slices.ContainsFunc(facts, reaches) {
		a.w.fail("alert %s counts as delivered, and no provider has accepted a page of run %d for a person", p.is.Alert.ID, now.At.Run)
	}
}

// rest is how long a message that failed is to wait.
type rest struct {
	failed int       // sends so far
	until  time.Time // by the clock of whoever was told
	era    int
}

// The least and the most that a message waits which a provider may take later. What the engine waits is up to a quarter less.
const (
	leastWait = time.Second
	mostWait  = time.Minute
)

// rests notes, for each message of which an engine writes down that it failed for now, before when it is not to be sent again: as
// its provider asked, or twice as long each time.
func (a *audit) rests(h *host, s store.Settlement) {
	i := slices.IndexFunc(h.telling, func(o engine.Outcome) bool {
		return o.Delivery.Key.ID() == s.ID || slices.ContainsFunc(o.Delivery.With, func(k notify.Key) bool { return k.ID() == s.ID })
	})
	if i < 0 || h.telling[i].Result.Verdict != episode.Retry || s.RetryAt.IsZero() {
		return
	}
	r := a.resting[s.ID]
	r.failed++
	wait := min(leastWait<<min(r.failed-1, 10), mostWait) * 3 / 4
	if asked := h.telling[i].Result.RetryAfter; asked > 0 {
		wait = min(max(asked, leastWait), mostWait)
	}
	r.until, r.era = h.began.Add(wait), a.era(a.message(s.ID).key.Alert)
	a.resting[s.ID] = r
	if s.RetryAt.Sub(h.began) > mostWait {
		a.w.fail("message %s failed at %s and is not tried again before %s", s.ID, h.began, s.RetryAt)
	}
}

// rested: what failed is not sent again before its time.
func (a *audit) rested(d claimed) {
	if r := a.resting[d.ID]; r.era == a.era(d.Key.Alert) && d.now.Before(r.until) {
		a.w.fail("message %s (%s of alert %s to %s) has failed %d times and was claimed at %s, before %s", d.ID, d.Key.Kind, d.Key.Alert, d.Key.User,
			r.failed, d.now.Format(time.RFC3339Nano), r.until.Format(time.RFC3339Nano))
	}
}

// pauses notes until when a new alert pages nobody, since its service may mend itself.
func (a *audit) pauses(p *promised, f fact) {
	org := a.w.inForce()
	if org == nil {
		return
	}
	if s, ok := org.Service(p.is.Alert.Service); ok && s.Pause > 0 {
		p.quiet = f.At.Add(s.Pause)
	}
}

// longMuted is for how long a mute is in force before engines must have looked at every open alert: one may be down meanwhile.
const longMuted = 10 * time.Minute

// suppressed: what is muted when it is opened or let go pages nobody, nor does anything that has been muted for long.
func (a *audit) suppressed(p *promised, facts []fact) {
	e := p.is
	if !e.Alert.State.Open() || e.Parent != "" || e.IsGroup() || len(e.Held) > 0 || !p.steady(facts) {
		return
	}
	for _, f := range facts {
		begins := f.Kind == episode.KindOpened || f.Kind == episode.KindHeld
		if !begins && (f.Kind != episode.KindFound || f.Attempt.Level < 0 || !f.Clock.IsZero() || a.behind) {
			continue
		}
		if !begins && f.At.Before(p.quiet) {
			a.w.fail("alert %s pages at %s, although its service lets it wait until %s", e.Alert.ID, f.At, p.quiet)
		}
		by := a.mutedBy(e, f.At)
		if !begins && len(by) > 0 && (len(a.mutedBy(e, f.At.Add(-longMuted))) == 0 || a.w.now.Sub(a.mutesAt) < longMuted) {
			continue
		}
		if len(by) > 0 {
			a.w.fail("alert %s pages (%s) at %s although %v mutes it", e.Alert.ID, f.Kind, f.At, by)
		}
	}
}

// mutedBy returns what mutes an alert at an instant, as configured and made now.
func (a *audit) mutedBy(e episode.Episode, at time.Time) []mute.Held {
	org := a.w.inForce()
	if org == nil {
		return nil
	}
	if c := org.Config(); org.Revision() != a.mutesOf {
		mutes, _ := json.Marshal([]any{c.Silences, c.Maintenance, c.Inhibitions, c.Made}) // plain data
		if a.mutesOf = org.Revision(); string(mutes) != a.mutes {
			a.mutes, a.mutesAt = string(mutes), a.w.now
		}
	}
	subject := episode.Subject(e.Alert)
	held, _ := org.Mute().At(subject, at)
	targets := org.Mute().Targets(subject)
	if len(targets) == 0 {
		return held
	}
	for _, id := range a.openNow() {
		other := a.promised[id].is
		if id == e.Alert.ID || other.Restored() || a.inhibits(e.Alert.ID, id) {
			continue
		}
		for _, side := range org.Mute().Sources(episode.Subject(other.Alert)) {
			if slices.Contains(targets, side) {
				held = append(held, mute.Held{Reason: mute.ByInhibition, ID: side.Rule, By: string(id)})
			}
		}
	}
	return held
}

// openNow lists the open alerts, in order.
func (a *audit) openNow() (all []watchbill.AlertID) {
	for _, id := range a.open {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}
