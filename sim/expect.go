package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
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

// Promise is what must hold for an alert.
type Promise struct {
	Name  string // as "reaches a person within 10m0s"
	Judge func(h *History, a *Alert) (Outcome, Breach)
}

// Outcome is what became of a promise.
type Outcome int

// The outcomes.
const (
	Moot   Outcome = iota // the alert was over before it mattered, or the history is too short to tell
	Kept                  // it was kept
	Broken                // it was not, and the breach says what happened instead
)

// EveryAlert expects a promise to be kept for every alert that ever rang: see [Ring]. Others page nobody by themselves: those of
// low urgency, what is muted, and the members of a group. Where no alert rings, every alert keeps every promise: put
// [SomeAlertRings] beside it, so that a configuration that mutes all there is does not pass for a good one.
func EveryAlert(p Promise) Expectation {
	e := Expectation{Name: "every alert " + p.Name}
	if p.Judge == nil {
		return e // which [Check] refuses
	}
	e.Check = func(h *History) []Breach {
		_, broken := judge(h, p)
		return broken
	}
	return e
}

// SomeAlertRings expects that anything demands somebody at all. Others than this one hold, too, where nothing ever happens.
func SomeAlertRings() Expectation {
	return Expectation{"some alert rings", func(h *History) []Breach {
		if slices.ContainsFunc(h.Alerts, func(a *Alert) bool { return len(a.Rings) > 0 }) {
			return nil
		}
		return []Breach{{At: h.End, Text: fmt.Sprintf("%d signals are taken in and open %d alerts, none of which demands anybody", h.Signals, len(h.Alerts))}}
	}}
}

// MostAlerts expects a promise to be kept for so many of a hundred (1 to 100) of the alerts that ever rang. Those for which it is
// [Moot] do not count: what ends by itself makes nobody faster. With MostAlerts(95, IsAcknowledgedWithin(10*time.Minute)) the
// 95th percentile of the time to acknowledge is at most ten minutes. Where it does not hold, the first breach has the figures, and
// the others are the alerts.
func MostAlerts(percent float64, p Promise) Expectation {
	number := strconv.FormatFloat(percent, 'g', -1, 64)
	e := Expectation{Name: fmt.Sprintf("a share of %s%% of alerts %s", number, p.Name)}
	if p.Judge == nil || !(percent >= 1 && percent <= 100) {
		return e // which [Check] refuses
	}
	e.Check = func(h *History) []Breach {
		kept, broken := judge(h, p)
		all := kept + len(broken)
		if len(broken) == 0 || float64(kept)*100 >= percent*float64(all) {
			return nil
		}
		last := slices.MaxFunc(broken, func(a, b Breach) int { return a.At.Compare(b.At) }).At
		text := fmt.Sprintf("only %d of %d, which is %.1f%%", kept, all, 100*float64(kept)/float64(all))
		return append([]Breach{{At: last, Text: text}}, broken...)
	}
	return e
}

// judge counts the alerts for which a promise was kept, and tells of those for which it was not.
func judge(h *History, p Promise) (kept int, broken []Breach) {
	for _, a := range h.Alerts {
		if len(a.Rings) == 0 {
			continue
		}
		switch outcome, b := p.Judge(h, a); outcome {
		case Kept:
			kept++
		case Broken:
			b.Alert = a
			broken = append(broken, b)
		}
	}
	return kept, broken
}

// whenever promises that whenever the alert rings, something comes in time, unless it stops ringing before.
func whenever(name string, d time.Duration, what string, comes func(*Alert, Ring) time.Time) Promise {
	if d < 0 {
		return Promise{Name: name} // which [Check] refuses
	}
	return Promise{name, func(h *History, a *Alert) (outcome Outcome, b Breach) {
		for _, r := range a.Rings {
			deadline, at := r.From.Add(d), comes(a, r)
			switch over := !r.To.IsZero() && !r.To.After(deadline); {
			case !at.IsZero() && !at.After(deadline):
				outcome = Kept
			case !over && !h.End.Before(deadline):
				return Broken, Breach{At: deadline, Text: late(h, a, r, at, what)}
			}
		}
		return outcome, b
	}}
}

// late tells what happened to a ring instead.
func late(h *History, a *Alert, r Ring, at time.Time, what string) string {
	text := ""
	if r.From != a.OpenedAt {
		text = fmt.Sprintf("it rings %s after it was opened, and is ", short(r.From.Sub(a.OpenedAt)))
	}
	switch {
	case !at.IsZero():
		return fmt.Sprintf("%s%s after %s", text, what, short(at.Sub(r.From)))
	case !r.To.IsZero():
		return fmt.Sprintf("%snever %s; over after %s", text, what, short(r.To.Sub(r.From)))
	}
	return fmt.Sprintf("%snot %s in %s, when the history ends", text, what, short(h.End.Sub(r.From)))
}

// ReachesAPersonWithin promises that whenever the alert rings, somebody sees a page of it, or acknowledges it, in time, unless it
// stops ringing before. The time counts from when it began to ring, not while it is held: see [Ring].
func ReachesAPersonWithin(d time.Duration) Promise {
	return whenever(fmt.Sprintf("reaches a person within %s", d), d, "seen by anybody", (*Alert).seen)
}

// IsAcknowledgedWithin promises that whenever the alert rings, it is acknowledged in time, by a person or by its source, unless it
// stops ringing before. So one that is acknowledged, and rings again because nobody resolved it, must be acknowledged again. Where
// a level asks for several acknowledgements, the one that completes them counts.
func IsAcknowledgedWithin(d time.Duration) Promise {
	return whenever(fmt.Sprintf("is acknowledged within %s", d), d, "acknowledged", func(_ *Alert, r Ring) time.Time {
		if r.Acknowledged {
			return r.To
		}
		return time.Time{}
	})
}

// NothingSentAfterAcknowledge expects that no page is sent for an alert that nobody needs to be paged for any more: the engine
// claimed it after the acknowledgement or the resolve was committed. What was claimed before may still go out. Nor does what was
// stopped go out when the alert pages anew. Whom somebody asks for by hand is paged all the same.
func NothingSentAfterAcknowledge() Expectation {
	return Expectation{"nothing is sent after an acknowledgement", func(h *History) (all []Breach) {
		for _, a := range h.Alerts {
			for _, s := range a.Sends {
				switch {
				case !s.Page() || s.Key.Attempt.Level < 0:
				case s.State != alert.Triggered:
					all = append(all, Breach{s.At, a, s.User, fmt.Sprintf("a page is sent to %s although it is %s", s.User, s.State)})
				case s.Key.Attempt.Run < s.Run:
					all = append(all, Breach{s.At, a, s.User, fmt.Sprintf("a page of before is sent to %s although it is paged anew", s.User)})
				}
			}
		}
		return all
	}}
}

// Never expects that something does not happen. The name says what, as "ben is woken".
func Never(name string, happens func(e Event) bool) Expectation {
	if happens == nil { // Check says so
		return Expectation{Name: "it never happens that " + name}
	}
	return Expectation{"it never happens that " + name, func(h *History) (all []Breach) {
		for _, e := range h.Log {
			if happens(e) {
				all = append(all, Breach{e.At, e.Alert, e.User, e.Words()})
			}
		}
		return all
	}}
}

// PagesOnly expects that each page goes to somebody whom a function of yours allows, as one that knows without this library who
// is on call: "pages go only to " and the name. It is asked for each page of a level (0: the catch-all) with the instant at which
// the engine looked up, by its own clock, whom to page: messages of that page may go out later, and after a hand-off only the
// next attempt pages the next person. Pages that somebody asked for by hand are not looked at, nor are those to machines.
func PagesOnly(name string, allowed func(a *Alert, level int, user watchbill.UserID, at time.Time) bool) Expectation {
	if allowed == nil { // Check says so
		return Expectation{Name: "pages go only to " + name}
	}
	return Expectation{"pages go only to " + name, func(h *History) (all []Breach) {
		looked := h.looked()
		for _, a := range h.Alerts {
			asked := map[pageKey]bool{}
			for _, s := range a.Sends {
				k := pageKey{a, s.User, s.Key.Attempt}
				if !s.Page() || !s.human() || s.Key.Attempt.Level < 0 || asked[k] {
					continue
				}
				asked[k] = true
				at, ok := looked[pageKey{a, "", s.Key.Attempt}]
				if !ok {
					at = s.At
				}
				if !allowed(a, s.Key.Attempt.Level, s.User, at) {
					all = append(all, Breach{s.At, a, s.User, fmt.Sprintf("level %d pages %s, as looked up at %s",
						s.Key.Attempt.Level, s.User, at.Format(time.RFC3339Nano))})
				}
			}
		}
		return all
	}}
}

// pageKey identifies one page: an attempt to reach a person over however many contacts.
type pageKey struct {
	alert   *Alert
	user    watchbill.UserID
	attempt watchbill.Attempt
}

// looked returns when the people of each attempt were looked up, by the engine's clock.
func (h *History) looked() map[pageKey]time.Time {
	all := map[pageKey]time.Time{}
	for _, e := range h.Log {
		if e.Alert == nil || e.Entry == nil || e.Entry.Kind != episode.KindFound {
			continue
		}
		var p struct {
			Clock   time.Time         `json:"clock"` // where that was behind the time of the entry
			Attempt watchbill.Attempt `json:"attempt"`
		}
		if json.Unmarshal(e.Entry.Data, &p) != nil {
			continue
		}
		if p.Clock.IsZero() {
			p.Clock = e.Entry.At
		}
		all[pageKey{e.Alert, "", p.Attempt}] = p.Clock
	}
	return all
}
