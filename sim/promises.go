package sim

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// promised is what an alert's record says so far, read without the engine's help.
type promised struct {
	was   episode.Episode          // as the commit before left it; the zero Episode: there was none
	is    episode.Episode          // as this commit leaves it
	run   int                      // of the latest attempt
	out   map[watchbill.UserID]int // the run in which somebody said "not me", or has acknowledged where others are to do so too
	jumps map[int]int              // how often each level of this cycle has jumped back
	left  *fact                    // the level that gave way last, until the next one is tried
	last  watchbill.Attempt        // on a level
	quiet time.Time                // until then its service lets it wait
}

// fact is an entry of an alert's record. Each kind fills in what it has.
type fact struct {
	Kind    timeline.Kind `json:"-"`
	At      time.Time     `json:"-"` // by the engine's clock
	Clock   time.Time     // where that was behind the time of the entry
	Attempt watchbill.Attempt
	People  []struct {
		User    watchbill.UserID
		Machine bool
	}
	User    watchbill.UserID
	By      watchbill.UserID
	Key     notify.Key
	Verdict episode.Verdict
	Reason  escalation.Reason
}

// read reads an entry; kinds of which nothing is read have no more than their time.
func (a *audit) read(entry timeline.Entry) fact {
	f := fact{Kind: entry.Kind, At: entry.At}
	if err := json.Unmarshal(entry.Data, &f); err != nil {
		a.w.fail("entry %d (%s) cannot be read: %v", entry.Seq, entry.Kind, err)
	}
	if !f.Clock.IsZero() {
		f.At = f.Clock
	}
	return f
}

// keeps holds what a transaction did to alerts against what was promised of them.
func (a *audit) keeps(h *host, t *recordedTx) {
	byAlert := map[watchbill.AlertID][]fact{}
	var order []watchbill.AlertID
	for _, o := range t.entries {
		id := alertOf(o.of)
		if a.promised[id] == nil {
			continue // no alert's record
		}
		if _, known := byAlert[id]; !known {
			order = append(order, id)
		}
		for _, entry := range o.entries {
			byAlert[id] = append(byAlert[id], a.read(entry))
		}
	}
	for _, id := range order {
		p, facts := a.promised[id], byAlert[id]
		for i, f := range facts {
			a.fact(p, f, facts[:i])
		}
		a.rungs(p, facts)
		a.suppressed(p, facts)
		a.delivered(p, facts)
	}
	for _, put := range t.puts {
		p := a.promised[put.Episode.Alert.ID]
		a.looksAgain(h, p.is)
		p.was = p.is
	}
}

// promise notes an alert as a transaction leaves it.
func (a *audit) promise(e episode.Episode) {
	p := a.promised[e.Alert.ID]
	if p == nil {
		p = &promised{out: map[watchbill.UserID]int{}, jumps: map[int]int{}}
		a.promised[e.Alert.ID] = p
	}
	p.is = e
}

// fact looks at one entry; before are those of the same transaction that come before it.
func (a *audit) fact(p *promised, f fact, before []fact) {
	switch f.Kind {
	case episode.KindDeclined, episode.KindDismissed:
		p.takeOut(f.User)
	case episode.KindAcknowledged:
		if f.By != "" {
			p.out[f.By] = p.run
		}
	case episode.KindOpened:
		a.pauses(p, f)
	case episode.KindLevelLeft:
		p.left = &f
	case episode.KindFound, episode.KindNobody, episode.KindSkipped:
		a.tries(p, f, before)
		p.run = f.Attempt.Run
	}
}

// takeOut notes that somebody is not to be paged any more in this run; who had acknowledged, in the one that starts because of it.
func (p *promised) takeOut(u watchbill.UserID) {
	switch {
	case u == "":
	case p.was.Alert.State != alert.Acknowledged:
		p.out[u] = p.run
	case p.is.Alert.State == alert.Triggered && p.is.Escalation.Phase.Active():
		p.out[u] = p.is.Escalation.At.Run
	}
}

// isOut reports whether the levels of a run are not to page somebody.
func (p *promised) isOut(u watchbill.UserID, at watchbill.Attempt) bool {
	return at.Level > 0 && p.out[u] == at.Run && at.Run > 0
}

// tries looks at an attempt: where it goes, whether it may be made, and who is found.
func (a *audit) tries(p *promised, f fact, before []fact) {
	for _, x := range f.People {
		if p.isOut(x.User, f.Attempt) {
			a.w.fail("alert %s: attempt %+v pages %s, who has declined or acknowledged", p.is.Alert.ID, f.Attempt, x.User)
		}
	}
	policy := p.is.Policy
	if f.Attempt.Run != p.is.Escalation.At.Run { // a later run has begun in the same transaction, by a policy of its own
		return
	}
	if f.Attempt.Level > len(policy.Levels) {
		a.w.fail("alert %s: attempt %+v is on a level that policy %s does not have", p.is.Alert.ID, f.Attempt, policy.ID)
		return
	}
	a.goesBack(p, f)
	org := a.w.inForce()
	if org == nil {
		return
	}
	a.conditions(org, p, f, before)
	a.targets(org, p, f)
}

// goesBack: a level whose time is over gives way to the one that it jumps back to, as often in a cycle as it says.
func (a *audit) goesBack(p *promised, f fact) {
	now, left := f.Attempt, p.left
	if now.Level == 0 {
		return
	}
	p.left = nil
	last := p.last
	p.last = now
	if now.Run != last.Run {
		p.jumps = map[int]int{}
		return
	}
	if left != nil && left.Attempt == last && last.Level <= len(p.is.Policy.Levels) {
		then := p.is.Policy.Levels[last.Level-1].Then
		over := left.Reason == escalation.ReasonTimeout || left.Reason == escalation.ReasonAttempts
		if over && then.Level > 0 && p.jumps[last.Level] < max(then.Times, 1) {
			p.jumps[last.Level]++
			if now.Level != then.Level || now.Cycle != last.Cycle+1 {
				a.w.fail("alert %s: attempt %+v follows %+v, which jumps back to level %d", p.is.Alert.ID, now, last, then.Level)
			}
			return
		}
	}
	if now.Cycle != last.Cycle {
		p.jumps = map[int]int{}
		if now.Level != 1 {
			a.w.fail("alert %s: attempt %+v begins cycle %d after %+v, which has jumped back as often as it may", p.is.Alert.ID, now, now.Cycle, last)
		}
	}
}

// conditions: a level is passed over while its condition does not hold, and only then.
func (a *audit) conditions(org *oncall.Org, p *promised, f fact, before []fact) {
	if f.Attempt.Level == 0 || f.Attempt.Number != 1 || !p.steady(before) {
		return
	}
	when := p.is.Policy.Levels[f.Attempt.Level-1].When
	holds, _ := org.Holds(when, p.is.Alert.Severity, f.At)
	if skipped := f.Kind == episode.KindSkipped; holds == skipped {
		a.w.fail("alert %s: attempt %+v, skipped: %v, at %s, although the condition %+v holds: %v", p.is.Alert.ID, f.Attempt, skipped, f.At, when, holds)
	}
}

// steady reports whether the alert was in the middle of the transaction what it is at its end.
func (p *promised) steady(before []fact) bool {
	if p.was.Alert.State != alert.None {
		return p.was.Alert.Severity == p.is.Alert.Severity && p.was.Alert.Urgency == p.is.Alert.Urgency
	}
	return len(before) == 0 || !slices.ContainsFunc(before[1:], func(f fact) bool { return f.Kind == episode.KindSignaled || f.Kind == episode.KindMember })
}

// targets: whom an attempt pages are those behind the level's targets when it is made, all of them that can be reached.
func (a *audit) targets(org *oncall.Org, p *promised, f fact) {
	if f.Kind == episode.KindSkipped {
		return
	}
	policy, config := p.is.Policy, org.Config()
	level := escalation.Level{Targets: slices.Concat(policy.CatchAll, config.CatchAll)}
	if f.Attempt.Level > 0 {
		level = policy.Levels[f.Attempt.Level-1]
	}
	behind, relief := org.Resolve(level.Targets, f.At).People, []oncall.Person(nil)
	rests := policy.Rest.After > 0 && f.Attempt.Level > 0
	if rests {
		relief = org.Resolve(policy.Rest.Relief, f.At).People
	}
	a.overridden(org, p, f, level.Targets, behind)
	is := func(u watchbill.UserID) func(oncall.Person) bool {
		return func(x oncall.Person) bool { return x.User == u }
	}
	paged := map[watchbill.UserID]bool{}
	for _, x := range f.People {
		paged[x.User] = true
		if !slices.ContainsFunc(behind, is(x.User)) && !slices.ContainsFunc(relief, is(x.User)) {
			a.w.fail("alert %s: attempt %+v pages %s, who was not behind %v at %s", p.is.Alert.ID, f.Attempt, x.User, level.Targets, f.At)
		}
	}
	if level.Mode != escalation.All && len(f.People) > 0 || rests && len(f.People) > 0 || f.Attempt.Level == 0 && len(f.People) > 0 {
		return // one of them is enough; or those whom others relieve; or those of the policy's own catch-all
	}
	for _, x := range behind {
		if user, ok := org.User(x.User); ok && len(user.Contacts) > 0 && !paged[x.User] && !p.isOut(x.User, f.Attempt) {
			a.w.fail("alert %s: attempt %+v does not page %s, who was behind %v at %s", p.is.Alert.ID, f.Attempt, x.User, level.Targets, f.At)
		}
	}
}

// overridden: whoever has taken a schedule over, by the latest override that people made, is behind it.
func (a *audit) overridden(org *oncall.Org, p *promised, f fact, targets []escalation.Target, behind []oncall.Person) {
	for _, t := range targets {
		var last oncall.Override
		for _, o := range org.Config().Overrides {
			from, to := o.From.In(time.UTC), o.To.In(time.UTC) // what people make is in instants
			_, known := org.User(o.User)
			if known && t.Kind == escalation.TargetSchedule && string(o.Schedule) == t.ID && !f.At.Before(from) && f.At.Before(to) {
				last = o
			}
		}
		if last.User != "" && last.Replaces == "" && !slices.ContainsFunc(behind, func(x oncall.Person) bool { return x.User == last.User }) {
			a.w.fail("alert %s: attempt %+v at %s looks for %s, which %s has taken over, elsewhere", p.is.Alert.ID, f.Attempt, f.At, t, last.User)
		}
	}
}

// inForce returns the configuration that the store has, compiled anew after each change by somebody who remembers nothing.
func (w *world) inForce() *oncall.Org {
	if w.org != nil {
		return w.org
	}
	reader, err := engine.New(engine.Config{Store: w.store})
	if err == nil {
		w.org, err = reader.Org(context.Background())
	}
	if err != nil {
		w.fail("the configuration in force: %v", err)
		return nil
	}
	return w.org
}
