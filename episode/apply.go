package episode

import (
	"slices"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
)

func (in *opened) apply(s *stepper) {
	s.e.Alert = alert.Open(in.ID, s.now, in.Signal, in.Terms)
	s.e.Policy, s.e.Revision = in.Policy, in.Revision
	s.escalate(escalation.Trigger{Urgency: s.e.Alert.Urgency})
}

func (in *signaled) apply(s *stepper) {
	if s.alert(alert.Again{Signal: in.Signal, Terms: in.Terms}).Has(alert.Raised) {
		s.e.Policy, s.e.Revision = in.Policy, in.Revision
		s.escalate(escalation.Trigger{Urgency: s.e.Alert.Urgency})
	}
}

func (in *repeated) apply(s *stepper) {
	s.e.Alert.Count += in.Count
	s.e.Alert.LastSeenAt = in.LastAt
}

func (in *acknowledged) apply(s *stepper) {
	if s.alert(alert.Ack{By: in.By}).Has(alert.Acked) {
		s.escalate(escalation.Acknowledge{})
	}
}

func (in *resolved) apply(s *stepper) {
	if s.alert(alert.Close{By: in.By}).Has(alert.Closed) {
		s.escalate(escalation.Resolve{})
	}
}

func (in *escalated) apply(s *stepper) {
	if s.alert(alert.Reopen{}).Has(alert.Reopened) {
		s.e.Policy, s.e.Revision = in.Policy, in.Revision
	}
	s.escalate(escalation.Escalate{})
}

func (in *found) apply(s *stepper) {
	var users []watchbill.UserID
	for _, p := range in.People {
		users = append(users, p.User)
	}
	s.escalate(escalation.Found{Attempt: in.Attempt, People: users})
	s.e.Paged = with(s.e.Paged, users)
	for _, p := range in.People {
		s.ladder(p.User, notify.Page{Attempt: in.Attempt, Steps: p.Steps})
	}
}

func (in *nobody) apply(s *stepper) {
	s.escalate(escalation.Nobody{Attempt: in.Attempt, Until: in.Until})
}

func (in *receipt) apply(s *stepper) {
	if in.Verdict == Retry || in.Key.Attempt.Run != s.e.Escalation.At.Run || s.e.Alert.State != alert.Triggered {
		return
	}
	if in.Verdict == Accepted {
		s.escalate(escalation.Taken{Attempt: in.Key.Attempt})
	}
	s.ladder(in.Key.User, notify.Outcome{
		Rung: in.Key.Rung, Attempt: in.Key.Attempt, Accepted: in.Verdict == Accepted})
}

func (in *ticked) apply(s *stepper) {
	if change := s.alert(alert.Tick{UpSince: in.UpSince}); change.Has(alert.Expired) {
		s.effect(KindExpired, struct{}{})
		s.escalate(escalation.Resolve{})
	}
	if s.e.Alert.State != alert.Triggered {
		return
	}
	s.escalate(escalation.Tick{})
	if len(s.pages) > 0 {
		return // ladders come after the attempt, see Step
	}
	for _, l := range s.e.Ladders {
		if at := l.WakeAt(); !at.IsZero() && (!at.After(s.now) || l.Start.After(s.now)) {
			s.ladder(l.User, notify.Tick{})
		}
	}
}

func (s *stepper) alert(in alert.Input) alert.Change {
	var change alert.Change
	s.e.Alert, change = alert.Step(s.e.Alert, s.now, in)
	return change
}

func (s *stepper) escalate(in escalation.Input) {
	var effects []escalation.Effect
	s.e.Escalation, effects = escalation.Step(s.e.Policy, s.e.Escalation, s.now, in)
	for _, eff := range effects {
		switch eff := eff.(type) {
		case escalation.Page:
			s.pages = append(s.pages, eff)
		case escalation.LevelLeft:
			s.effect(KindLevelLeft, levelLeft{eff.Attempt, eff.Reason})
		case escalation.GaveUp:
			s.effect(KindGaveUp, gaveUp{eff.Phase})
		case escalation.Stopped:
			s.e.Ladders = nil
			s.pages = nil
			s.out.CancelAll, s.out.Cancel, s.out.Send = true, nil, nil
		}
	}
}

// ladder takes one person's ladder further, and starts it if there is none and the input is a page.
func (s *stepper) ladder(user watchbill.UserID, in notify.LadderInput) {
	ladders := slices.Clone(s.e.Ladders)
	i := slices.IndexFunc(ladders, func(l notify.Ladder) bool { return l.User == user })
	if i < 0 {
		if _, page := in.(notify.Page); !page {
			return
		}
		i = len(ladders)
		ladders = append(ladders, notify.Ladder{User: user})
	}
	next, sends, gone := notify.Advance(ladders[i], s.now, in)
	ladders[i] = next
	s.e.Ladders = ladders
	for _, send := range sends {
		s.send(next, send)
	}
	if gone {
		s.effect(KindUnreachable, unreachable{user})
		s.escalate(escalation.Unreachable{User: user})
	}
}

func (s *stepper) send(l notify.Ladder, send notify.Send) {
	key := notify.Key{Alert: s.e.Alert.ID, Attempt: send.Attempt, User: l.User, Rung: send.Rung}
	if send.Replaces != (watchbill.Attempt{}) {
		old := key
		old.Attempt = send.Replaces
		s.cancel(old.ID())
	}
	contact := l.Rungs[send.Rung].Contact
	s.out.Send = append(s.out.Send, Outgoing{ID: key.ID(), Key: key, Lane: notify.LaneOf(contact), DueAt: send.QueuedAt})
	s.effect(KindQueued, queued{ID: key.ID(), Key: key, Contact: contact.ID, Channel: contact.Channel})
}

// cancel takes back a message: one of this very Step, or one that was committed before.
func (s *stepper) cancel(id notify.MessageID) {
	kept := slices.DeleteFunc(slices.Clone(s.out.Send), func(o Outgoing) bool { return o.ID == id })
	if len(kept) == len(s.out.Send) {
		s.out.Cancel = append(s.out.Cancel, id)
	}
	s.out.Send = kept
}

// with returns a list with those added that it does not have.
func with(have, more []watchbill.UserID) []watchbill.UserID {
	for _, u := range more {
		if !slices.Contains(have, u) {
			have = append(slices.Clip(have), u)
		}
	}
	return have
}
