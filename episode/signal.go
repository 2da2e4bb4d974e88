package episode

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

func (s *stepper) signal(w World, in Signal) {
	sig := in.Signal.Clean()
	switch {
	case s.e.Alert.State == alert.None:
		if sig.Action == alert.Trigger {
			s.open(w, in, sig)
		}
	case !s.e.Alert.State.Open():
	case sig.Action == alert.Acknowledge:
		s.do(sig.Actor(), sig.Via, &acknowledged{By: sig.By})
	case sig.Action == alert.Resolve:
		s.over(sig)
	default:
		if s.e.IsGroup() && !s.e.Members.Own {
			s.member(w.Org, Member{ID: s.e.Alert.ID, Change: MemberJoined, Alert: s.e.Alert, Held: len(s.e.Held) > 0})
		}
		s.again(w, in, sig)
		s.look(w)
	}
}

// over records that the source says it is over, if that changes anything: other senders, or members, may say otherwise.
func (s *stepper) over(sig alert.Signal) {
	in := &resolved{By: sig.Actor(), Source: sig.By == "", Sender: sig.Sender, EndsAt: sig.EndsAt}
	_, change := alert.Step(s.e.Alert, s.now, in.close())
	in.Stays = !change.Has(alert.Closed)
	m := s.e.Members
	switch {
	case change == 0, in.Source && s.e.IsGroup() && !m.Own:
	case in.Source && m.Own && m.Open > 1 && change.Has(alert.Closed):
		s.do(sig.Actor(), sig.Via, &member{ID: s.e.Alert.ID, Change: MemberResolved})
	default:
		s.do(sig.Actor(), sig.Via, in)
	}
}

// open opens the alert, held if anything mutes it.
func (s *stepper) open(w World, in Signal, sig alert.Signal) {
	policy, t := terms(w.Org, in, sig, s.now)
	t = t.Succeed(in.Before, s.now)
	opens := &opened{ID: in.ID, Signal: sig, Terms: t, frozen: frozen{policy, w.Org.Revision()}, Parent: in.Parent}
	a := alert.Open(in.ID, s.now, sig, t)
	if t.Pause > 0 {
		opens.Held = []mute.Held{{Reason: mute.ByPause, Until: s.now.Add(t.Pause)}}
	}
	if in.Routed.Suppress {
		opens.Held = append(opens.Held, mute.Held{Reason: mute.ByRule, ID: in.Routed.By, Never: true})
	}
	opens.Held, opens.LookAt = s.holds(w, a, opens.Held)
	s.do(sig.Actor(), sig.Via, opens)
}

// terms returns what a signal's alert takes from the configuration: the policy of whomever or whatever it is for, and the
// terms of its service.
func terms(org *oncall.Org, in Signal, sig alert.Signal, now time.Time) (escalation.Policy, alert.Terms) {
	policy := org.Route(sig.User, sig.Policy, sig.Service)
	t := alert.Terms{Response: in.Routed.Response, Pause: in.Routed.Pause}
	if svc, ok := org.Service(sig.Service); ok {
		t.Service, t.Urgency, t.AutoResolve = svc.ID, svc.Urgency, svc.AutoResolve
		t.Pause = max(t.Pause, svc.Pause)
		if svc.Support.Hours != "" {
			t.Urgency, t.RaiseAt = loudness(org, svc.Support, now)
		}
	}
	if in.Routed.Urgency != nil {
		t.Urgency, t.RaiseAt = in.Routed.Urgency, time.Time{}
	}
	if src, ok := org.SourceByID(sig.Source); ok {
		t.Pause = max(t.Pause, src.Handling.Pause)
		t = t.Recur(in.Before, now, alert.Flapping(src.Handling.Flapping))
	}
	return policy, t
}

// again records a further signal only if it changes more than the count.
func (s *stepper) again(w World, in Signal, sig alert.Signal) {
	policy, t := terms(w.Org, in, sig, s.now)
	next, change := alert.Step(s.e.Alert, s.now, alert.Again{Signal: sig, Terms: t})
	if change == 0 {
		s.e.Alert = next
		s.e.Repeats++
		return
	}
	f := frozen{policy, w.Org.Revision()}
	if policy.ID == "" && s.e.Policy.ID != "" {
		f = s.freeze(w.Org) // what it names is configured no more; rather those who were paged for it so far
	}
	s.do(sig.Actor(), sig.Via, &signaled{Signal: sig, Terms: t, frozen: f})
}

// delivered records what a provider says of a message that it had accepted; nothing of one that is not known.
func (s *stepper) delivered(in Delivered) {
	key, ok := s.e.messageKey(in.Message)
	if !ok {
		return
	}
	rung, _ := s.e.rung(key)
	s.do(timeline.Channel(rung.Contact.Channel), "",
		&deliveredTo{Key: key, Contact: rung.Contact.ID, Channel: rung.Contact.Channel, State: in.State, Error: in.Error})
}

// wake does what is due and takes the configuration: a pause of an acknowledgement ends, support hours begin, a hold ends.
func (s *stepper) wake(w World) {
	if !s.e.Alert.State.Open() {
		return
	}
	due := func(at time.Time) bool { return !at.IsZero() && !at.After(s.now) }
	switch a := s.e.Alert; {
	case a.State == alert.Acknowledged && due(a.SnoozedUntil):
		s.do(timeline.Engine, "", &reopened{Why: "the snooze is over", frozen: s.freeze(w.Org)})
	case a.State == alert.Acknowledged && due(s.e.AckUntil):
		s.do(timeline.Engine, "", &reopened{Why: "nobody has resolved it for " + s.e.Policy.AckTimeout.String(), frozen: s.freeze(w.Org)})
	}
	if a := s.e.Alert; a.State == alert.Triggered && a.Urgency == watchbill.UrgencyLow && due(s.e.RaiseAt) {
		s.do(timeline.Engine, "", &raised{Stays: staysLow(w.Org, a), frozen: s.freeze(w.Org)})
	}
	s.look(w)
}
