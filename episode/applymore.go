package episode

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
)

func (in *skipped) apply(s *stepper) {
	s.escalate(escalation.Skipped{Attempt: in.Attempt, Until: in.Until, Wait: in.Wait})
}

func (in *heldBack) apply(s *stepper) {
	before := s.e.Restored()
	s.e.Held, s.e.LookAt = in.Held, in.LookAt
	if s.e.Restored() && !before { // nobody who was asked for before the backup is paged because of it
		s.e.Summons = nil
	}
	if in.Frozen != nil && s.e.Alert.State == alert.Triggered && !s.e.muted() {
		s.e.take(*in.Frozen)
		s.e.ReleasedAt = s.now
	}
	s.settle()
}

func (in *snoozed) apply(s *stepper) {
	s.respond(in.By, SaidAcknowledged)
	if s.alert(alert.Snooze{By: in.By, Until: in.Until}).Has(alert.Acked) {
		s.acked()
	}
	s.e.AckUntil = time.Time{}
	s.drop(in.By)
}

func (in *reopened) apply(s *stepper) { s.reopen(in.frozen) }

// reopen pages an acknowledged alert anew.
func (s *stepper) reopen(f frozen) {
	if s.alert(alert.Reopen{}).Has(alert.Reopened) {
		s.e.take(f)
		s.e.AckUntil = time.Time{}
		s.restart()
	}
}

func (in *raised) apply(s *stepper) {
	s.e.RaiseAt = time.Time{}
	if in.Stays {
		return
	}
	if s.alert(alert.Raise{}).Has(alert.Raised) {
		s.e.take(in.frozen)
		s.escalate(escalation.Trigger{Urgency: s.e.Alert.Urgency})
	}
}

func (in *declined) apply(s *stepper) {
	had := s.has(in.User)
	s.respond(in.User, SaidDeclined)
	s.drop(in.User)
	s.takeOut(in.User, in.frozen, had)
}

// takeOut takes somebody out of the run; whoever had an acknowledged alert gives it up.
func (s *stepper) takeOut(u watchbill.UserID, f frozen, had bool) {
	s.e.Declined = with(s.e.Declined, []watchbill.UserID{u})
	s.e.Acks = none(slices.DeleteFunc(slices.Clone(s.e.Acks), func(v watchbill.UserID) bool { return v == u }))
	if had {
		s.giveUp(u, f)
		return
	}
	s.escalate(escalation.Declined{User: u})
}

// has reports whether somebody is among those who acknowledged an acknowledged alert.
func (s *stepper) has(u watchbill.UserID) bool {
	return s.e.Alert.State == alert.Acknowledged && (s.e.Alert.AcknowledgedBy == u ||
		slices.ContainsFunc(s.e.Responses, func(r Response) bool { return r.User == u && r.Said == SaidAcknowledged }))
}

// giveUp takes an acknowledged alert from somebody who had it: whoever else acknowledged has it then; else it is paged anew.
func (s *stepper) giveUp(u watchbill.UserID, f frozen) {
	i := slices.IndexFunc(s.e.Responses, func(r Response) bool { return r.User != u && r.Said == SaidAcknowledged })
	switch {
	case i < 0:
		s.reopen(f)
		s.e.Declined = with(s.e.Declined, []watchbill.UserID{u}) // the run that starts is not for this person
	case s.e.Alert.AcknowledgedBy == u:
		s.e.Alert.AcknowledgedBy = s.e.Responses[i].User
	}
}

func (in *dismissed) apply(s *stepper) {
	had := s.has(in.User)
	s.drop(in.User)
	s.e.Responses = none(slices.DeleteFunc(slices.Clone(s.e.Responses), func(r Response) bool { return r.User == in.User }))
	s.takeOut(in.User, in.frozen, had)
}

func (in *reassigned) apply(s *stepper) {
	s.alert(alert.Reopen{})
	s.e.take(in.frozen)
	s.e.AckUntil = time.Time{}
	s.restart()
}

func (in *summonedOne) apply(s *stepper) {
	s.e.Paged = with(s.e.Paged, []watchbill.UserID{in.User})
	s.respond(in.User, SaidNothing)
	s.summon(in.User, in.Steps, summonsMost-1)
}

func (in *commented) apply(*stepper) {}

// maxLinks bounds how many links an alert has.
const maxLinks = 100

func (in *linked) apply(s *stepper) {
	if !slices.Contains(s.e.Alert.Links, in.Link) && len(s.e.Alert.Links) < maxLinks {
		s.e.Alert.Links = append(slices.Clip(s.e.Alert.Links), in.Link)
	}
}

func (in *deliveredTo) apply(s *stepper) {
	if in.State != notify.Undelivered || !s.e.Alert.State.Open() {
		return
	}
	late := notify.Outcome{Rung: in.Key.Rung, Attempt: in.Key.Attempt, Late: true}
	if in.Key.Attempt.Level == summonsLevel {
		s.advanceSummons(in.Key.User, late)
		return
	}
	if s.e.Alert.State == alert.Triggered && in.Key.Attempt.Run == s.e.Escalation.At.Run {
		s.ladder(in.Key.User, late)
	}
}

// joins records that the alert becomes a member, which a group cannot.
func (s *stepper) joins(in Join) {
	if s.e.IsGroup() || s.e.Parent != "" || in.Parent == s.e.Alert.ID {
		return
	}
	j := &joined{Parent: in.Parent, Why: in.Why}
	if in.By != "" {
		s.said(in.Command, j)
		return
	}
	s.do(engineActor, "", j)
}

func (in *joined) apply(s *stepper) {
	s.e.Parent = in.Parent
	s.settle()
}

func (in *left) apply(s *stepper) {
	s.e.Parent = ""
	s.e.take(in.frozen)
	s.settle()
}

// worse makes a group as bad as a member.
func (s *stepper) worse(in *member) {
	a, before := s.e.Alert, s.e.Alert.Severity
	change := s.alert(alert.Again{
		Signal: alert.Signal{Severity: in.Severity, Labels: a.Labels, Links: a.Links, Details: a.Details},
		Terms:  alert.Terms{Urgency: &in.Urgency},
	})
	s.e.Alert.QuietSince = a.QuietSince // its own source has not spoken
	s.grew(change, before, frozen{s.e.Policy, s.e.Revision})
}
