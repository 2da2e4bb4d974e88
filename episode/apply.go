package episode

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

func (in *opened) apply(s *stepper) {
	s.e.Alert = alert.Open(in.ID, s.now, in.Signal, in.Terms)
	s.e.take(in.frozen)
	s.e.Held, s.e.LookAt, s.e.Parent, s.e.RaiseAt = in.Held, in.LookAt, in.Parent, in.Terms.RaiseAt
	if s.e.muted() {
		s.escalate(escalation.Hold{Urgency: s.e.Alert.Urgency})
		return
	}
	s.escalate(escalation.Trigger{Urgency: s.e.Alert.Urgency})
}

// take puts a policy in force, for a run that starts.
func (e *Episode) take(f frozen) { e.Policy, e.Revision = f.Policy, f.Revision }

func (in *signaled) apply(s *stepper) {
	before := s.e.Alert.Severity
	change := s.alert(alert.Again{Signal: in.Signal, Terms: in.Terms})
	s.grew(change, before, in.frozen)
}

// grew follows an alert that may have become worse: it starts a run if that made it urgent, or ended a snooze, and looks at
// conditions again that ask for a severity.
func (s *stepper) grew(change alert.Change, before watchbill.Severity, f frozen) {
	switch {
	case change.Has(alert.Reopened):
		s.e.take(f)
		s.e.AckUntil = time.Time{}
		s.restart()
	case change.Has(alert.Raised):
		s.e.take(f)
		s.escalate(escalation.Trigger{Urgency: s.e.Alert.Urgency})
	case s.e.Alert.Severity > before:
		s.escalate(escalation.Look{})
	}
}

func (in *repeated) apply(s *stepper) {
	s.e.Alert.Count += in.Count
	s.e.Alert.LastSeenAt = in.LastAt
	if in.Senders != nil {
		s.e.Alert.Senders = in.Senders
	}
}

func (in *acknowledged) apply(s *stepper) {
	s.respond(in.By, SaidAcknowledged)
	if in.By != "" && s.e.Alert.State == alert.Triggered && s.needsMore(in.By) {
		return
	}
	if s.alert(alert.Ack{By: in.By}).Has(alert.Acked) {
		s.acked()
		if s.e.Policy.AckTimeout > 0 {
			s.e.AckUntil = s.now.Add(s.e.Policy.AckTimeout)
		}
	}
	s.drop(in.By)
}

// needsMore counts an acknowledgement, and reports whether the level asks for those of others too. Then it stops only what
// pages this person. Whoever says so twice without being paged again completes nothing.
func (s *stepper) needsMore(by watchbill.UserID) bool {
	again := slices.Contains(s.e.Acks, by) && !s.laddered(by)
	s.e.Acks = with(s.e.Acks, []watchbill.UserID{by})
	needs := 1
	if at := s.e.Escalation; at.Phase == escalation.Paging && at.Walking {
		needs = s.e.level(at.At).Needs()
	}
	if !again && len(s.e.Acks) >= needs {
		return false
	}
	s.drop(by)
	s.escalate(escalation.Answered{User: by})
	return true
}

// acked stops the run of an alert that has become acknowledged. Whoever was told so in this run is not told again.
func (s *stepper) acked() {
	if s.e.Escalation.Phase != escalation.Held {
		s.tell = notify.KindUpdate
	}
	s.escalate(escalation.Acknowledge{})
	s.e.AckUntil = time.Time{}
}

func (in *resolved) apply(s *stepper) {
	if s.alert(in.close()).Has(alert.Closed) {
		s.closed()
	}
}

// closed ends everything of an alert that has become resolved.
func (s *stepper) closed() {
	s.e.Summons, s.e.AckUntil = nil, time.Time{}
	s.e.LookAt = time.Time{}
	s.out.CancelAll, s.out.Cancel, s.out.Send = true, nil, nil
	s.escalate(escalation.Resolve{})
	s.tell = notify.KindResolved
}

func (in *escalated) apply(s *stepper) {
	if s.alert(alert.Reopen{}).Has(alert.Reopened) {
		s.e.take(in.frozen)
		s.e.AckUntil = time.Time{}
	}
	if !s.e.muted() {
		s.escalate(escalation.Escalate{})
	} else {
		s.settle()
	}
}

func (in *found) apply(s *stepper) {
	s.escalate(escalation.Found{Attempt: in.Attempt, People: awaited(in.People)})
	s.page(in.Attempt, in.People)
}

// awaited returns whose answer a level waits for: people, and machines only where there is nobody else.
func awaited(list []person) []watchbill.UserID {
	var people, all []watchbill.UserID
	for _, p := range list {
		all = append(all, p.User)
		if !p.Machine {
			people = append(people, p.User)
		}
	}
	if len(people) == 0 {
		return all
	}
	return people
}

// page starts or repeats the ladders of people.
func (s *stepper) page(attempt watchbill.Attempt, people []person) {
	for _, p := range people {
		s.e.Paged = with(s.e.Paged, []watchbill.UserID{p.User})
		s.respond(p.User, SaidNothing)
		s.ladder(p.User, notify.Page{Attempt: attempt, Steps: p.Steps})
	}
}

func (in *nobody) apply(s *stepper) {
	s.page(in.Attempt, in.Machines)
	s.escalate(escalation.Nobody{Attempt: in.Attempt, Until: in.Until})
}

func (in *receipt) apply(s *stepper) {
	if in.Key.Kind != notify.KindPage || in.Verdict == Retry {
		return
	}
	if in.Verdict == Accepted && in.Contact != "" {
		s.arrived(Reach{in.Key.User, in.Contact, in.Channel})
	}
	outcome := notify.Outcome{Rung: in.Key.Rung, Attempt: in.Key.Attempt, Accepted: in.Verdict == Accepted, Limited: in.Verdict == Limited}
	if in.Key.Attempt.Level == summonsLevel {
		s.advanceSummons(in.Key.User, outcome)
		return
	}
	if in.Key.Attempt.Run != s.e.Escalation.At.Run || s.e.Alert.State != alert.Triggered {
		return
	}
	if in.Verdict == Accepted && s.e.counts(in.Key) {
		s.escalate(escalation.Taken{Attempt: in.Key.Attempt})
	}
	s.ladder(in.Key.User, outcome)
}

func (in *ticked) apply(s *stepper) {
	if latest := s.now.Add(s.e.Policy.AckTimeout); s.e.AckUntil.After(latest) {
		s.e.AckUntil = latest // the clock was set back
	}
	if s.e.Members.Own && s.e.Members.Open > 1 {
		s.outlived(in.UpSince)
	} else if change := s.alert(alert.Tick{UpSince: in.UpSince}); change.Has(alert.Expired) {
		s.effect(KindExpired, expired{Quiet: s.e.Alert.ResolvedBy != timeline.Engine})
		s.closed()
	}
	if s.e.Alert.State.Open() {
		s.tickSummons()
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
	if change.Has(alert.Reopened) {
		s.anew()
	}
	return change
}

// anew forgets who acknowledged or declined: that was said of what has ended.
func (s *stepper) anew() {
	s.e.Acks, s.e.Declined = nil, nil
	s.e.Responses = slices.Clone(s.e.Responses)
	for i := range s.e.Responses {
		if s.e.Responses[i].Said == SaidAcknowledged {
			s.e.Responses[i].Said = SaidNothing
		}
	}
}

func (s *stepper) escalate(in escalation.Input) {
	var effects []escalation.Effect
	run := s.e.Escalation.At.Run
	s.e.Escalation, effects = escalation.Step(s.e.Policy, s.e.Escalation, s.now, in)
	if s.e.Escalation.At.Run != run {
		s.anew()
	}
	for _, eff := range effects {
		switch eff := eff.(type) {
		case escalation.Page:
			s.pages = append(s.pages, eff)
		case escalation.LevelLeft:
			s.effect(KindLevelLeft, levelLeft{eff.Attempt, eff.Reason})
		case escalation.GaveUp:
			s.effect(KindGaveUp, gaveUp{eff.Phase})
		case escalation.Stopped:
			s.stopped()
		}
	}
}

// stopped ends what pages by the policy. Who was asked for beside it is paged on.
func (s *stepper) stopped() {
	s.pages = nil
	if len(s.e.Summons) == 0 {
		s.out.CancelAll, s.out.Cancel, s.out.Send = true, nil, nil
	} else {
		for _, l := range s.e.Ladders {
			s.unsend(l)
		}
	}
	s.e.Ladders, s.e.Acks, s.e.Declined = nil, nil, nil
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
		s.respond(user, SaidUnreachable)
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
