package sim

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// longestWait is the longest that a message may wait once nothing stands in its way: a claim of a dead engine has ended,
// and the longest pause between two sends is over.
const longestWait = 2 * time.Minute

// atTheEnd looks at what is left when nothing has gone wrong for hours.
func (a *audit) atTheEnd() {
	alerts := map[watchbill.AlertID]alert.Alert{}
	for _, s := range a.all() {
		alerts[s.Episode.Alert.ID] = s.Episode.Alert
		a.fold(s.Episode)
		a.settled(s.Episode)
	}
	for id := range a.accepted {
		if _, ok := alerts[id]; !ok {
			a.w.fail("alert %s was answered and is lost", id)
		}
	}
	for _, id := range a.openNow() {
		if a.inhibits(id, id) {
			a.w.fail("alert %s is held by what it holds itself, so that nobody is paged for either", id)
		}
	}
	a.incidents(alerts)
	a.monitors()
}

// inhibits reports whether an open alert inhibits another one, directly or through others.
func (a *audit) inhibits(by, held watchbill.AlertID) bool {
	chain := []watchbill.AlertID{held}
	for i := 0; i < len(chain); i++ {
		p := a.promised[chain[i]]
		if p == nil || !p.is.Alert.State.Open() {
			continue
		}
		for _, h := range p.is.Held {
			id := watchbill.AlertID(h.By)
			switch {
			case h.Reason != mute.ByInhibition:
			case id == by:
				return true
			case !slices.Contains(chain, id):
				chain = append(chain, id)
			}
		}
	}
	return false
}

// monitors: every heartbeat of the configuration in force is watched, also one that came with a later one; and of what is overdue
// there is an alert.
func (a *audit) monitors() {
	org := a.w.inForce()
	if org == nil || !a.w.beats {
		return
	}
	states := map[string]heartbeat.State{}
	for _, r := range a.records(heartbeat.RecordKind) {
		if s, err := heartbeat.Decode(r.Body); err == nil && r.ClosedAt.IsZero() {
			states[r.ID] = s
		}
	}
	for _, watch := range org.Heartbeats() {
		id := watch.Monitor().ID
		s, known := states[id]
		switch {
		case !known:
			a.w.fail("heartbeat %s is in the configuration, and nobody watches it", id)
		case a.longAgo(watch.WakeAt(s)):
			a.w.fail("heartbeat %s was due at %s, and nobody has looked", id, watch.WakeAt(s))
		}
	}
}

// all returns every episode in the store.
func (a *audit) all() (list []store.Stored) {
	err := a.w.store.View(context.Background(), func(tx store.Tx) (err error) {
		list, _, err = tx.Episodes().List(store.Query{}, plenty)
		return err
	})
	if err != nil {
		a.w.fail("list: %v", err)
	}
	return list
}

func (a *audit) settled(e episode.Episode) {
	w := a.w
	if !e.Alert.State.Open() {
		return
	}
	if wake := e.WakeAt(); a.longAgo(wake) {
		w.fail("alert %s was due at %s and nobody looked", e.Alert.ID, wake)
	}
	a.comesBack(e)
	if e.Alert.State != alert.Triggered {
		return
	}
	if p := e.Escalation.Phase; !(e.Escalation.Delivered && a.reached(e)) && p != escalation.Unreached && !held(e) && e.Escalation.WaitTill.IsZero() {
		w.fail("alert %s is triggered, %s, and after hours of peace no provider has accepted a message", e.Alert.ID, p)
	}
	for _, l := range e.Ladders {
		for i, r := range l.Rungs {
			if r.Progress == notify.Sent && a.longAgo(r.QueuedAt) {
				w.fail("alert %s: rung %d of %s has been queued since %s", e.Alert.ID, i, l.User, r.QueuedAt)
			}
		}
	}
	a.goesOn(e)
}

// longAgo reports whether something that was to happen at an instant should have happened by now; zero: it never was.
func (a *audit) longAgo(at time.Time) bool {
	now := a.w.now
	for _, h := range a.w.hosts { // clocks may have been set, and stayed so
		if c := h.clock(); c.Before(now) {
			now = c
		}
	}
	return !at.IsZero() && now.Sub(at) > longestWait
}

// comesBack: a snooze, an acknowledgement with a time-out, and a hold with an end are over when their time is.
func (a *audit) comesBack(e episode.Episode) {
	is := e.Alert
	if is.State == alert.Acknowledged && a.longAgo(is.SnoozedUntil) {
		a.w.fail("alert %s was snoozed until %s, and is still", is.ID, is.SnoozedUntil)
	}
	if d := e.Policy.AckTimeout; is.State == alert.Acknowledged && d > 0 && is.SnoozedUntil.IsZero() && e.Parent == "" && a.longAgo(is.AcknowledgedAt.Add(d)) {
		a.w.fail("alert %s was acknowledged at %s, has a time-out of %s, and pages nobody again", is.ID, is.AcknowledgedAt, d)
	}
	for _, h := range e.Held {
		if held(e) && !h.Never && a.longAgo(h.Until) {
			a.w.fail("alert %s is held by %s %s, which was over at %s", is.ID, h.Reason, h.ID, h.Until)
		}
	}
}

// goesOn: what is urgent and reaches somebody pages again and again until somebody has it: by its levels, then by the catch-all.
func (a *audit) goesOn(e episode.Episode) {
	seen := a.w.alerts[e.Alert.ID]
	if seen == nil || e.Alert.Urgency != watchbill.UrgencyHigh || held(e) || e.Escalation.Phase == escalation.Unreached || !e.Escalation.WaitTill.IsZero() {
		return
	}
	most := pace(e.Policy)
	last := seen.OpenedAt
	if n := len(seen.Rings); n > 0 {
		last = seen.Rings[n-1].From
	}
	for _, s := range seen.Sends {
		if s.At.After(last) && a.demands(e, s) {
			last = s.At
		}
	}
	if a.longAgo(last.Add(most)) {
		a.w.fail("alert %s is %s, nobody has it, and nobody was paged for it since %s", e.Alert.ID, e.Escalation.Phase, last)
	}
}

// demands reports whether a message is a page by which the run that goes on asks for a person, or for machines where its level
// names nothing else.
func (a *audit) demands(e episode.Episode, s *Send) bool {
	return s.Page() && s.Key.Attempt.Level >= 0 && s.Key.Attempt.Run == e.Escalation.At.Run && (s.human() || onlyMachines(e.Policy, s.Key.Attempt))
}

func onlyMachines(p escalation.Policy, at watchbill.Attempt) bool {
	targets := p.CatchAll
	if at.Level > 0 && at.Level <= len(p.Levels) {
		targets = p.Levels[at.Level-1].Targets
	}
	return escalation.OnlyMachines(targets)
}

// reached reports whether a provider has accepted a page of the run that goes on, for a person.
func (a *audit) reached(e episode.Episode) bool {
	seen := a.w.alerts[e.Alert.ID]
	return seen == nil || slices.ContainsFunc(seen.Sends, func(s *Send) bool { return s.Verdict == episode.Accepted && a.demands(e, s) })
}

// pace is the longest that a policy leaves what is urgent alone.
func pace(p escalation.Policy) time.Duration {
	most := max(p.CatchAllEvery, escalation.DefaultCatchAllEvery)
	for _, l := range p.Levels {
		most = max(most, l.Repeat.Every, 2*max(l.Timeout, escalation.DefaultTimeout))
	}
	return most
}

// said checks that what somebody was told was done is in the record.
func (a *audit) said(of watchbill.AlertID, in episode.Input) {
	ack, ok := in.(episode.Acknowledge)
	if !ok {
		return
	}
	mine := func(e timeline.Entry) bool {
		return e.Kind == episode.KindAcknowledged && e.Actor == timeline.User(ack.By)
	}
	if !slices.ContainsFunc(a.record(timeline.Alert(of)), mine) {
		a.w.fail("alert %s: the acknowledgement of %s was accepted and is lost", of, ack.By)
	}
}

// incidents: what the rules declare and resolve by themselves fits the alerts. Nobody works on incidents here.
func (a *audit) incidents(alerts map[watchbill.AlertID]alert.Alert) {
	org := a.w.inForce()
	if org == nil {
		return
	}
	rules := org.Config().Catalog.Incidents
	belongs := map[watchbill.AlertID]bool{}
	for _, r := range a.records(incident.RecordKind) {
		a.incident(r, rules, alerts, belongs)
	}
	for id, is := range alerts {
		if is.State.Open() && slices.Contains(rules.Declare, is.Severity) && rules.AutoResolve && !belongs[id] {
			a.w.fail("alert %s is %s, and of no open incident", id, is.Severity)
		}
	}
	if len(a.value(engine.MarksName)) > 0 {
		a.w.fail("incidents are still to follow their alerts")
	}
}

func (a *audit) incident(r store.StoredRecord, rules catalog.IncidentRules, alerts map[watchbill.AlertID]alert.Alert, belongs map[watchbill.AlertID]bool) {
	w := a.w
	i, err := incident.Decode(r.Body)
	if err != nil || len(i.Alerts) == 0 {
		w.fail("incident %s has %d alerts: %v", r.ID, len(i.Alerts), err)
	}
	open := false
	for _, id := range i.Alerts {
		is, ok := alerts[id]
		if !ok || belongs[id] {
			w.fail("incident %s has alert %s, which is of another too or does not exist", i.ID, id)
		}
		belongs[id] = i.Open()
		open = open || is.State.Open()
	}
	if rules.AutoResolve && i.Open() != open {
		w.fail("incident %s is %s; it has open alerts: %v", i.ID, i.Status, open)
	}
	folded, err := incident.Fold(a.record(i.Owner()))
	x, _ := json.Marshal(folded)
	y, _ := json.Marshal(i)
	if err != nil || string(x) != string(y) {
		w.fail("incident %s: folding its timeline gives %v\n%s\nbut stored is\n%s", i.ID, err, x, y)
	}
	if i.Open() || !slices.Contains(rules.Postmortem.Severities, i.Severity) {
		return
	}
	if !slices.ContainsFunc(a.records(postmortem.RecordKind), func(p store.StoredRecord) bool { return p.ID == r.ID }) {
		w.fail("incident %s is resolved, and its postmortem is missing", i.ID)
	}
}

// value returns a value of the store.
func (a *audit) value(name string) (data []byte) {
	err := a.w.store.View(context.Background(), func(tx store.Tx) (err error) {
		data, err = tx.Values().Get(name)
		return err
	})
	if err != nil {
		a.w.fail("value %s: %v", name, err)
	}
	return data
}

// records returns everything of a kind.
func (a *audit) records(kind string) (list []store.StoredRecord) {
	err := a.w.store.View(context.Background(), func(tx store.Tx) (err error) {
		list, _, err = tx.Records().List(store.RecordQuery{Kind: kind}, plenty)
		return err
	})
	if err != nil {
		a.w.fail("list of %s: %v", kind, err)
	}
	return list
}
