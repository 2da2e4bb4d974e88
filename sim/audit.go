package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// Violation is a rule broken that nothing may break:
//
//   - what a source was answered is stored, and what is resolved stays resolved;
//   - an alert that is triggered and of high urgency will be looked at again when its policy says, whatever clocks showed; one that is not triggered, or held, pages nobody;
//   - a message is claimed only for an alert that still wants it, and by one engine at a time;
//   - no two alerts of a key are open;
//   - what an engine said yes to is in the record: an acknowledgement is not lost;
//   - a message whose receipt is recorded is not sent again;
//   - every attempt follows the one before it, so that no level is lost;
//   - an attempt pages those who are behind its level at that instant, all whom it can, and nobody else; a level whose condition does
//     not hold is passed over, and one that jumps back does so where to and as often as it says;
//   - who has said "not me", or has acknowledged where others are to do so too, is not paged by the levels of that run any more;
//   - what can never be delivered makes way for the person's next contact at once; what failed for now waits as long as it should;
//     a run has reached somebody only once a provider has accepted a page for a person;
//   - who is found nowhere is looked for again within a minute;
//   - what is muted, or waits since its service may mend itself, pages nobody; and no alert is held by what it holds itself;
//   - an alert's record alone gives its state back;
//   - once nothing goes wrong any more, every open alert has reached a provider and goes on paging as often as its policy says;
//     what was put off, held or acknowledged for a while comes back; nothing is left to send; and every heartbeat that is configured
//     is watched;
//   - incidents follow their alerts as the configuration says.
type Violation struct {
	Seed    uint64
	At      time.Time
	Rule    string
	History *History // until then
	Path    []string // the shortest that leads to it, where [Explore] found it: one choice after the other

	kind string // the rule without what it is about
}

// Error names the seed and the rule, and tells what went before.
func (v *Violation) Error() string {
	if len(v.Path) > 0 {
		return fmt.Sprintf("sim: %s\nThe shortest way there:\n%s", v.Rule, strings.Join(v.Path, "\n"))
	}
	return fmt.Sprintf("sim: seed %d at %s: %s\n%s", v.Seed, v.At.Format(time.RFC3339Nano), v.Rule, v.History.story(25))
}

// audit looks at everything that is committed.
type audit struct {
	w        *world
	accepted map[watchbill.AlertID]bool // that a source was told of
	closed   map[watchbill.AlertID]bool // seen resolved
	messages map[notify.MessageID]*message
	attempts map[timeline.Owner]*attempts
	open     map[alert.Ref]watchbill.AlertID
	stuck    map[watchbill.AlertID]int // how often it was looked at and stayed due
	holds    map[notify.MessageID]hold
	eras     map[watchbill.AlertID]int // end whenever messages of the alert are freed of their claims; "": of all alerts
	behind   bool                      // clocks were set back, and no pass has noticed: it then looks at every open alert

	promised map[watchbill.AlertID]*promised
	resting  map[notify.MessageID]rest
	mutes    string    // all that mutes alerts in the revision mutesOf
	mutesOf  int64     // the latest revision that was looked at
	mutesAt  time.Time // since when mutes are what they are, and clocks tell the time by which they are
}

// attempts is where the levels of an alert have got to.
type attempts struct {
	seq    int64
	at     time.Time
	last   watchbill.Attempt
	waited bool
}

func newAudit(w *world) *audit {
	return &audit{w: w, accepted: map[watchbill.AlertID]bool{}, closed: map[watchbill.AlertID]bool{},
		messages: map[notify.MessageID]*message{}, attempts: map[timeline.Owner]*attempts{},
		open: map[alert.Ref]watchbill.AlertID{}, stuck: map[watchbill.AlertID]int{},
		holds: map[notify.MessageID]hold{}, eras: map[watchbill.AlertID]int{},
		promised: map[watchbill.AlertID]*promised{}, resting: map[notify.MessageID]rest{}}
}

func (w *world) fail(format string, args ...any) {
	if w.broken == nil {
		w.broken = &Violation{Seed: w.s.Seed, At: w.now, Rule: fmt.Sprintf(format, args...), History: w.h, kind: format}
	}
}

// committed looks at a transaction in the instant of its commit.
func (a *audit) committed(h *host, t *recordedTx) {
	a.behind = h.ahead || (a.behind && !slices.Contains(t.released, ""))
	for _, p := range t.puts {
		a.episode(h, p.Episode.Alert.ID)
	}
	for _, o := range t.entries {
		for _, entry := range o.entries {
			a.entry(o.of, entry)
		}
	}
	a.keeps(h, t)
	a.claims(h, t)
}

// held reports whether an alert is not to page: it is muted, or a member of a group, or a group of such.
func held(e episode.Episode) bool { return e.Escalation.Phase == escalation.Held }

func (a *audit) stored(id watchbill.AlertID) (store.Stored, bool) {
	var found []store.Stored
	err := a.w.store.View(context.Background(), func(tx store.Tx) (err error) {
		found, err = tx.Episodes().Get([]watchbill.AlertID{id})
		return err
	})
	if err != nil || len(found) != 1 {
		a.w.fail("alert %s: found %d, %v", id, len(found), err)
		return store.Stored{}, false
	}
	return found[0], true
}

func (a *audit) episode(h *host, id watchbill.AlertID) {
	s, ok := a.stored(id)
	if !ok {
		return
	}
	w, e := a.w, s.Episode
	a.promise(e)
	if s.Err != nil || s.Quarantined {
		w.fail("alert %s cannot be read: %v", id, s.Err)
		return
	}
	if a.closed[id] && e.Alert.State != alert.Resolved {
		w.fail("alert %s was resolved and is %s", id, e.Alert.State)
	}
	a.closed[id] = e.Alert.State == alert.Resolved
	if e.Alert.State == alert.Triggered && e.Alert.Urgency == watchbill.UrgencyHigh && !held(e) {
		a.wakes(h, e)
	}
	if e.Alert.State != alert.Triggered && len(e.Ladders) > 0 {
		w.fail("alert %s is %s and still pages", id, e.Alert.State)
	}
	if held(e) && len(e.Ladders) > 0 {
		w.fail("alert %s is held and still pages", id)
	}
	if e.Alert.State == alert.Triggered && e.Parent != "" && !held(e) {
		w.fail("alert %s is a member of %s and pages by itself", id, e.Parent)
	}
	a.alone(e)
	a.moves(h, e)
}

// wakes: what pages is looked at again, and no later than its policy says; also when it began while a clock was ahead.
func (a *audit) wakes(h *host, e episode.Episode) {
	wake, now := e.WakeAt(), later(h.began, h.clock())
	switch {
	case wake.IsZero():
		a.w.fail("alert %s is triggered and would never be looked at again: %+v", e.Alert.ID, e.Escalation)
	case !a.behind && e.Escalation.WaitTill.IsZero() && wake.Sub(now) > pace(e.Policy)+2*maxSkew:
		a.w.fail("alert %s is triggered, and at %s would be left alone until %s", e.Alert.ID, now, wake)
	}
}

// alone: a key has one open alert at most.
func (a *audit) alone(e episode.Episode) {
	ref, id := e.Ref(), e.Alert.ID
	other, known := a.open[ref]
	switch {
	case !e.Alert.State.Open():
		if other == id {
			delete(a.open, ref)
		}
	case known && other != id:
		a.w.fail("alerts %s and %s of key %q are both open", other, id, ref.Key)
	default:
		a.open[ref] = id
	}
}

// patience is how often an alert may be stepped that stays due; what is done to it while it is overdue counts too.
const patience = 200

// moves: what is due and looked at is not due any more, or engines would do nothing else.
func (a *audit) moves(h *host, e episode.Episode) {
	if wake := e.WakeAt(); wake.IsZero() || wake.After(h.clock()) {
		delete(a.stuck, e.Alert.ID)
		return
	}
	if a.stuck[e.Alert.ID]++; a.stuck[e.Alert.ID] > patience {
		a.w.fail("alert %s was due at %s, and is however often it is looked at", e.Alert.ID, e.WakeAt())
	}
}

const plenty = 100_000

func (a *audit) record(of timeline.Owner) (entries []timeline.Entry) {
	err := a.w.store.View(context.Background(), func(tx store.Tx) (err error) {
		entries, err = tx.Timeline().Read(of, 0, plenty)
		return err
	})
	if err != nil {
		a.w.fail("timeline of %s: %v", of, err)
	}
	return entries
}

// fold: the record alone gives the state back, unchanged repeats apart.
func (a *audit) fold(e episode.Episode) {
	folded, err := episode.Fold(a.record(timeline.Alert(e.Alert.ID)))
	if err != nil {
		a.w.fail("alert %s: %v", e.Alert.ID, err)
		return
	}
	folded.Alert.Senders = e.Alert.Senders
	folded.Alert.Count, folded.Alert.LastSeenAt, folded.Repeats = e.Alert.Count, e.Alert.LastSeenAt, e.Repeats
	x, _ := json.Marshal(folded)
	y, _ := json.Marshal(e)
	if string(x) != string(y) {
		a.w.fail("alert %s: folding its timeline gives\n%s\nbut stored is\n%s", e.Alert.ID, x, y)
	}
}

// entry: the record has no holes; every attempt follows the one before it; no level is lost, but for those that a person
// passes over.
func (a *audit) entry(of timeline.Owner, entry timeline.Entry) {
	t := a.attempts[of]
	if t == nil {
		t = &attempts{}
		a.attempts[of] = t
	}
	if entry.Seq != t.seq+1 || entry.At.Before(t.at) {
		a.w.fail("entry %d of %s has number %d at %s", t.seq+1, of, entry.Seq, entry.At)
	}
	t.seq, t.at = entry.Seq, entry.At
	if !slices.Contains([]timeline.Kind{episode.KindFound, episode.KindNobody, episode.KindSkipped}, entry.Kind) {
		return
	}
	var p struct {
		Attempt watchbill.Attempt
		Wait    bool
	}
	if err := json.Unmarshal(entry.Data, &p); err != nil {
		a.w.fail("entry %d of %s: %v", entry.Seq, of, err)
	}
	if p.Attempt.Level == 0 { // the catch-all has no order
		return
	}
	if !follows(t.last, p.Attempt) && !(t.waited && p.Attempt == t.last) {
		a.w.fail("alert %s: attempt %+v follows %+v: a level was lost", of, p.Attempt, t.last)
	}
	t.last, t.waited = p.Attempt, p.Wait
}

func follows(a, b watchbill.Attempt) bool {
	switch {
	case b.Run != a.Run:
		return b.Run > a.Run && b.Number == 1
	case b.Cycle != a.Cycle:
		return b.Cycle == a.Cycle+1 && b.Level <= max(a.Level, 1) && b.Number == 1 // a level may jump back
	case b.Level != a.Level:
		return b.Level == a.Level+1 && b.Number == 1
	}
	return b.Number == a.Number+1
}
