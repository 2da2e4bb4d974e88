package episode

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
)

// Response is what one person who was paged said.
type Response struct {
	User watchbill.UserID `json:"user"`
	Said Said             `json:"said"`
	At   time.Time        `json:"at"`
}

// Said is what a responder said of an alert.
type Said string

// What a responder can have said.
const (
	SaidNothing      Said = "paged" // and nothing yet
	SaidAcknowledged Said = "acknowledged"
	SaidDeclined     Said = "declined"
	SaidUnreachable  Said = "unreachable" // no message can reach the person
)

// Reach is a contact over which somebody was paged: a provider accepted a message there.
type Reach struct {
	User    watchbill.UserID `json:"user"`
	Contact notify.ContactID `json:"contact"`
	Channel notify.Channel   `json:"channel"`
}

// summonsLevel is the level of the attempts by which somebody is paged beside the policy.
const summonsLevel = -1

// A summoned person is paged every minute, five times.
const (
	summonsEvery = time.Minute
	summonsMost  = 5
)

// Summons is a person who is paged beside the policy until that person answers or the alert is resolved.
type Summons struct {
	Ladder notify.Ladder `json:"ladder"`
	Call   int           `json:"call"`   // which summons of the alert it is, so that each page has a name of its own
	Number int           `json:"number"` // of the latest attempt
	Left   int           `json:"left"`   // how many attempts are to follow
	At     time.Time     `json:"at"`     // of the latest attempt
}

func (s Summons) wakeAt() time.Time {
	wake := s.Ladder.WakeAt()
	if s.Left > 0 {
		wake = earlier(wake, s.At.Add(summonsEvery))
	}
	return wake
}

// respond notes what somebody said; whoever was not paged is a responder from now on.
func (s *stepper) respond(user watchbill.UserID, said Said) {
	if user == "" {
		return
	}
	all := slices.Clone(s.e.Responses)
	i := slices.IndexFunc(all, func(r Response) bool { return r.User == user })
	switch {
	case i < 0:
		all = append(all, Response{user, said, s.now})
	case said == SaidNothing && all[i].Said != SaidUnreachable: // paged again: what was said stands
		return
	default:
		all[i] = Response{user, said, s.now}
	}
	s.e.Responses = all
}

// reach notes a contact over which a page went out, and reports whether it is new.
func (s *stepper) reach(r Reach) bool {
	if slices.Contains(s.e.Reach, r) {
		return false
	}
	s.e.Reach = append(slices.Clip(s.e.Reach), r)
	return true
}

// arrived notes a page that a provider has accepted. If the alert was resolved in between, that is told after it.
func (s *stepper) arrived(r Reach) {
	if s.reach(r) && s.e.Alert.State == alert.Resolved {
		s.tell, s.late = notify.KindResolved, r
	}
}

// counts reports whether a message that was accepted has reached somebody: one to a machine has, only where nobody else was
// to be paged.
func (e *Episode) counts(k notify.Key) bool {
	if !catalog.IsDestination(k.User) {
		return true
	}
	targets := e.level(k.Attempt).Targets
	if k.Attempt.Level == 0 {
		targets = e.Policy.CatchAll
	}
	return escalation.OnlyMachines(targets)
}

// drop ends what pages one person: the ladder of the run, and the summons.
func (s *stepper) drop(user watchbill.UserID) {
	gone := func(l notify.Ladder) bool { return l.User == user }
	for _, l := range s.e.Ladders {
		if gone(l) {
			s.unsend(l)
		}
	}
	s.e.Ladders = none(slices.DeleteFunc(slices.Clone(s.e.Ladders), gone))
	for _, l := range s.e.Summons {
		if gone(l.Ladder) {
			s.unsend(l.Ladder)
		}
	}
	s.e.Summons = none(slices.DeleteFunc(slices.Clone(s.e.Summons), func(x Summons) bool { return gone(x.Ladder) }))
}

// unsend takes back the messages of a ladder that no provider has accepted.
func (s *stepper) unsend(l notify.Ladder) {
	for i, r := range l.Rungs {
		if r.Progress == notify.Sent {
			s.cancel(notify.Key{Alert: s.e.Alert.ID, Attempt: r.Attempt, User: l.User, Rung: i}.ID())
		}
	}
}

// none is nil for an empty list, as it reads after being stored.
func none[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// summon pages somebody beside the policy once more.
func (s *stepper) summon(user watchbill.UserID, steps []notify.Step, more int) {
	all := slices.Clone(s.e.Summons)
	i := slices.IndexFunc(all, func(x Summons) bool { return x.Ladder.User == user })
	if i < 0 {
		i = len(all)
		s.e.Calls++
		all = append(all, Summons{Ladder: notify.Ladder{User: user}, Call: s.e.Calls})
	}
	x := all[i]
	x.Number++
	x.Left, x.At = more, s.now
	var sends []notify.Send
	x.Ladder, sends, _ = notify.Advance(x.Ladder, s.now,
		notify.Page{Attempt: watchbill.Attempt{Cycle: x.Call, Level: summonsLevel, Number: x.Number}, Steps: steps})
	all[i] = x
	s.e.Summons = all
	for _, send := range sends {
		s.send(x.Ladder, send)
	}
}

// tickSummons lets time pass for those who are paged beside the policy.
func (s *stepper) tickSummons() {
	s.e.Summons = slices.Clone(s.e.Summons)
	for i := range s.e.Summons {
		if x := &s.e.Summons[i]; x.At.After(s.now) {
			x.At = s.now // the clock was set back
		}
	}
	for _, x := range s.e.Summons {
		if x.Left > 0 && !x.At.Add(summonsEvery).After(s.now) {
			s.summon(x.Ladder.User, nil, x.Left-1)
			continue
		}
		if at := x.Ladder.WakeAt(); !at.IsZero() && (!at.After(s.now) || x.Ladder.Start.After(s.now)) {
			s.advanceSummons(x.Ladder.User, notify.Tick{})
		}
	}
}

// advanceSummons takes the ladder of a summoned person further.
func (s *stepper) advanceSummons(user watchbill.UserID, in notify.LadderInput) {
	all := slices.Clone(s.e.Summons)
	i := slices.IndexFunc(all, func(x Summons) bool { return x.Ladder.User == user })
	if i < 0 {
		return
	}
	var sends []notify.Send
	var gone bool
	all[i].Ladder, sends, gone = notify.Advance(all[i].Ladder, s.now, in)
	s.e.Summons = all
	for _, send := range sends {
		s.send(all[i].Ladder, send)
	}
	if gone {
		s.effect(KindUnreachable, unreachable{user})
		s.respond(user, SaidUnreachable)
	}
}
