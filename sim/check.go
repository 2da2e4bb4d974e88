package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const plenty = 100_000

// all returns every episode in the store.
func (w *world) all() []store.Stored {
	var list []store.Stored
	err := w.store.View(context.Background(), func(tx store.Tx) (err error) {
		list, _, err = tx.Episodes().List(store.Query{}, plenty)
		return err
	})
	if err != nil {
		w.fail("list: %v", err)
	}
	return list
}

func (w *world) episode(id watchbill.AlertID) store.Stored {
	var found []store.Stored
	err := w.store.View(context.Background(), func(tx store.Tx) (err error) {
		found, err = tx.Episodes().Get([]watchbill.AlertID{id})
		return err
	})
	if err != nil || len(found) != 1 {
		w.fail("alert %s: found %d, %v", id, len(found), err)
		return store.Stored{}
	}
	return found[0]
}

func (w *world) someAlert() (watchbill.AlertID, bool) {
	list := w.all()
	if len(list) == 0 {
		return "", false
	}
	n := min(len(list), 2*w.cfg.Keys) // mostly those that may still be open
	return list[w.rng.IntN(n)].Episode.Alert.ID, true
}

// check looks at everything that changed in this step.
func (w *world) check() error {
	seen := map[watchbill.AlertID]alert.Alert{}
	for _, s := range w.all() {
		id := s.Episode.Alert.ID
		seen[id] = s.Episode.Alert
		if w.checked[id] != s.Version {
			w.checked[id] = s.Version
			w.checkEpisode(s)
		}
	}
	for id := range w.accepted {
		if _, ok := seen[id]; !ok {
			w.fail("alert %s was answered and is lost", id)
		}
	}
	w.checkIncidents(seen)
	w.report.Alerts = len(seen)
	return w.broken
}

func (w *world) checkEpisode(s store.Stored) {
	e := s.Episode
	id := e.Alert.ID
	if s.Err != nil || s.Quarantined {
		w.fail("alert %s cannot be read: %v", id, s.Err)
		return
	}
	if w.closed[id] && e.Alert.State != alert.Resolved {
		w.fail("alert %s was resolved and is %s", id, e.Alert.State)
	}
	w.closed[id] = e.Alert.State == alert.Resolved
	if e.Alert.State == alert.Triggered && e.Alert.Urgency == watchbill.UrgencyHigh && !held(e) && e.WakeAt().IsZero() {
		w.fail("alert %s is triggered and would never be looked at again: %+v", id, e.Escalation)
	}
	if e.Alert.State != alert.Triggered && len(e.Ladders) > 0 {
		w.fail("alert %s is %s and still pages", id, e.Alert.State)
	}
	if held(e) && len(e.Ladders) > 0 {
		w.fail("alert %s is held and still pages", id)
	}
	entries := w.timeline(timeline.Alert(id))
	w.checkFold(e, entries)
	w.checkLevels(e, entries)
}

func (w *world) timeline(of timeline.Owner) []timeline.Entry {
	var entries []timeline.Entry
	err := w.store.View(context.Background(), func(tx store.Tx) (err error) {
		entries, err = tx.Timeline().Read(of, 0, plenty)
		return err
	})
	if err != nil {
		w.fail("timeline of %s: %v", of, err)
	}
	return entries
}

// checkFold: the record alone gives the state back, unchanged repeats apart.
func (w *world) checkFold(e episode.Episode, entries []timeline.Entry) {
	folded, err := episode.Fold(entries)
	if err != nil {
		w.fail("alert %s: %v", e.Alert.ID, err)
		return
	}
	folded.Alert.Senders = e.Alert.Senders
	folded.Alert.Count, folded.Alert.LastSeenAt, folded.Repeats = e.Alert.Count, e.Alert.LastSeenAt, e.Repeats
	a, _ := json.Marshal(folded)
	b, _ := json.Marshal(e)
	if string(a) != string(b) {
		w.fail("alert %s: folding its timeline gives\n%s\nbut stored is\n%s", e.Alert.ID, a, b)
	}
	for i, entry := range entries {
		if entry.Seq != int64(i+1) || i > 0 && entry.At.Before(entries[i-1].At) {
			w.fail("alert %s: entry %d has number %d at %s", e.Alert.ID, i+1, entry.Seq, entry.At)
		}
	}
}

// held reports whether an alert is not to page: it is muted, or a member of a group, or a group of such.
func held(e episode.Episode) bool { return e.Escalation.Phase == escalation.Held }

// checkLevels: every attempt follows the one before it; no level is lost, but for those that a person passes over.
func (w *world) checkLevels(e episode.Episode, entries []timeline.Entry) {
	var last watchbill.Attempt
	waited := false
	for _, entry := range entries {
		if entry.Kind != episode.KindFound && entry.Kind != episode.KindNobody && entry.Kind != episode.KindSkipped {
			continue
		}
		var p struct {
			Attempt watchbill.Attempt
			Wait    bool
		}
		if err := json.Unmarshal(entry.Data, &p); err != nil {
			w.fail("alert %s entry %d: %v", e.Alert.ID, entry.Seq, err)
		}
		if p.Attempt.Level == 0 { // the catch-all has no order
			continue
		}
		if !follows(last, p.Attempt) && !(waited && p.Attempt == last) {
			w.fail("alert %s: attempt %+v follows %+v: a level was lost", e.Alert.ID, p.Attempt, last)
		}
		last, waited = p.Attempt, p.Wait
	}
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

// settle lets hours pass in peace: no crash, every provider accepts. Then every open alert must have reached somebody,
// and nothing may be left to send.
func (w *world) settle() error {
	w.fuse.left = 0
	for i := range w.hosts {
		w.host = &w.hosts[i]
		w.boot()
	}
	w.say("PEACE")
	began := w.now
	for end := w.now.Add(6 * time.Hour); w.now.Before(end) && w.broken == nil; w.step++ {
		w.turn()
		p, err := w.engine.RunOnce(context.Background(), w.clock(), func(notify.Lane) int { return 100 })
		if err != nil {
			w.fail("pass in peace: %v", err)
		}
		w.say("peace: %d stepped, %d claimed", p.Stepped, len(p.Deliveries))
		for _, d := range p.Deliveries {
			w.claimed(d)
		}
		w.sending = nil
		w.acceptAll(p.Deliveries)
		if err := w.engine.FollowUp(context.Background(), w.clock()); err != nil {
			w.fail("follow-up in peace: %v", err)
		}
		if len(p.Deliveries) == 0 && !p.More {
			w.now = w.later(p.Next)
			w.checkPrompt(began)
		}
	}
	for _, s := range w.all() {
		w.checkSettled(s.Episode)
	}
	return w.check()
}

// inPeace is the longest that a message may wait once nothing stands in its way: a claim of a dead engine has ended,
// and the longest pause between two sends is over.
const inPeace = 2 * time.Minute

// checkPrompt: what waited when peace began, and what was queued since, is sent soon.
func (w *world) checkPrompt(began time.Time) {
	if w.now.Sub(began) < inPeace {
		return
	}
	for _, s := range w.all() {
		for _, l := range s.Episode.Ladders {
			for i, r := range l.Rungs {
				if r.Progress == notify.Sent && w.now.Sub(r.QueuedAt) > inPeace {
					w.fail("alert %s: rung %d of %s has been queued since %s", s.Episode.Alert.ID, i, l.User, r.QueuedAt)
				}
			}
		}
	}
}

func (w *world) acceptAll(list []engine.Delivery) {
	var outcomes []engine.Outcome
	for _, d := range list {
		w.sent[d.Message.ID].accepted = true
		outcomes = append(outcomes, engine.Outcome{Delivery: d})
	}
	if err := w.engine.Report(context.Background(), w.clock(), outcomes); err != nil {
		w.fail("report in peace: %v", err)
	}
}

// later returns the next time of interest, at least a second on.
func (w *world) later(next time.Time) time.Time {
	if soon := w.now.Add(time.Second); next.Before(soon) {
		return soon
	}
	return next
}

func (w *world) checkSettled(e episode.Episode) {
	if e.Alert.State != alert.Triggered {
		return
	}
	if p := e.Escalation.Phase; !e.Escalation.Delivered && p != escalation.Unreached && !held(e) && e.Escalation.WaitTill.IsZero() {
		w.fail("alert %s is triggered, %s, and after hours of peace no provider has accepted a message", e.Alert.ID, p)
	}
	for _, l := range e.Ladders {
		for i, r := range l.Rungs {
			if r.Progress == notify.Sent {
				w.fail("alert %s: rung %d of %s was queued and never sent", e.Alert.ID, i, l.User)
			}
		}
	}
	if e.WakeAt().Before(w.now) && !e.WakeAt().IsZero() {
		w.fail("alert %s was due at %s and nobody looked", e.Alert.ID, e.WakeAt())
	}
}

// String sums a history up.
func (r Report) String() string {
	return fmt.Sprintf("seed %d: %d signals, %d alerts, %d incidents, %d sends, %d duplicates (%d explained), %d crashes",
		r.Seed, r.Signals, r.Alerts, r.Incidents, r.Sends, r.Duplicates, r.Explained, r.Crashes)
}
