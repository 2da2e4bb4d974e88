package episode

import (
	"reflect"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/internal/jsonw"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// Step takes the episode one input further at now, and resolves what it has to by the world. It never fails: an input that
// comes late or twice changes nothing.
func Step(w World, e Episode, now time.Time, in Input) (Episode, Outcome) {
	return new(Stepper).Step(w, e, now, in)
}

// Stepper is for those who step many episodes: it works in the same memory again. The zero value is ready. It is not for
// concurrent use, and not for use by the functions of a [World].
type Stepper struct {
	s       stepper
	json    jsonw.Writer
	entries []timeline.Entry
}

// Step is the function [Step]. The list of entries in the Outcome is good until the next call.
func (x *Stepper) Step(w World, e Episode, now time.Time, in Input) (Episode, Outcome) {
	s := &x.s
	*s = stepper{e: e, now: watchbill.Stamp(now), json: &x.json}
	s.out.Entries = x.entries[:0]
	s.accept(w, in)
	paged := s.resolveAll(w)
	if tick, ok := in.(Tick); ok && paged {
		s.tick(tick) // rungs due in the instant of an attempt go out once, under that attempt
		s.resolveAll(w)
	}
	s.tellAll(w.Org)
	x.entries = s.out.Entries
	return s.e, s.out
}

// resolveAll answers pages until no level is empty, and reports whether there were any.
func (s *stepper) resolveAll(w World) (any bool) {
	for len(s.pages) > 0 {
		page := s.pages[0]
		s.pages, any = s.pages[1:], true
		s.do(timeline.Engine, "", s.resolve(w, page))
	}
	return any
}

// stepper is one Step under way, or a fold.
type stepper struct {
	e     Episode
	now   time.Time
	out   Outcome
	pages []escalation.Page // emitted and not resolved yet
	tell  notify.Kind       // who was paged is to hear of this; KindPage: of nothing
	late  Reach             // only this one is to hear, whose page arrived late; zero: everybody
	json  *jsonw.Writer
}

// accept turns an input into what is recorded of it.
func (s *stepper) accept(w World, in Input) {
	switch in := in.(type) {
	case Signal:
		s.signal(w, in)
	case Receipt:
		s.receipt(in)
	case Delivered:
		s.delivered(in)
	case Tick:
		s.wake(w)
		s.tick(in)
	case Comment:
		s.said(in.Command, &commented{Text: in.Text})
	case AddLink:
		s.said(in.Command, &linked{Link: in.Link})
	default:
		if s.e.Alert.State.Open() {
			s.acceptOpen(w, in)
		}
	}
}

// acceptOpen is accept for what means nothing to an alert that is resolved.
func (s *stepper) acceptOpen(w World, in Input) {
	switch in := in.(type) {
	case Acknowledge:
		s.said(Command(in), &acknowledged{By: in.By})
	case Resolve:
		s.said(Command(in), &resolved{By: timeline.User(in.By)})
	case Escalate:
		s.said(Command(in), &escalated{frozen: s.freeze(w.Org)})
	case Snooze:
		s.said(in.Command, &snoozed{By: in.By, Until: watchbill.Stamp(in.Until)})
	case Decline:
		s.said(Command(in), &declined{User: in.By, frozen: s.freeze(w.Org)})
	case Reassign:
		s.said(in.Command, &reassigned{Target: in.Target, frozen: frozen{w.Org.RouteTo(in.Target), w.Org.Revision()}})
	case Summon:
		s.summoned(w.Org, in)
	case Dismiss:
		s.said(in.Command, &dismissed{User: in.User, frozen: s.freeze(w.Org)})
	case Join:
		s.joins(in)
	case Leave:
		if s.e.Parent != "" {
			s.said(Command(in), &left{frozen: s.freeze(w.Org)})
		}
	case Member:
		s.member(w.Org, in)
	case Look:
		s.look(w)
	case Restore:
		s.restore(w)
	case Confirm:
		s.confirm(w, Command(in))
	}
}

// said records a person's command.
func (s *stepper) said(c Command, in input) {
	if s.e.Alert.State == alert.None {
		return
	}
	s.do(c.actor(), c.Via, in)
}

// actor is who gives the command; the engine if nobody does.
func (c Command) actor() timeline.Actor {
	if c.By == "" {
		return timeline.Engine
	}
	return timeline.User(c.By)
}

// freeze takes the policy as it is configured now, for a run that may start; the one of the run there is stays if the
// configuration has it no more.
func (s *stepper) freeze(org *oncall.Org) frozen {
	if p, ok := org.Frozen(s.e.Policy.ID); ok {
		return frozen{p, org.Revision()}
	}
	return frozen{s.e.Policy, s.e.Revision}
}

func (s *stepper) receipt(in Receipt) {
	if s.e.Alert.State == alert.None {
		return
	}
	r := &receipt{Key: in.Key, Result: in.Result}
	actor := timeline.Engine
	if rung, ok := s.e.rung(in.Key); ok && in.Key.Kind == notify.KindPage {
		r.Contact, r.Channel = rung.Contact.ID, rung.Contact.Channel
	} else if to, ok := s.e.told(in.Key); ok {
		r.Contact, r.Channel = to.Contact, to.Channel
	} else if in.Key.Kind == notify.KindPage {
		r.Contact, r.Channel = in.Contact, in.Channel
	}
	if r.Channel != "" {
		actor = timeline.Channel(r.Channel)
	}
	s.do(actor, "", r)
}

// tick lets time pass, and forgets it if that did nothing.
func (s *stepper) tick(in Tick) {
	if s.idle() {
		return
	}
	before, recorded := *s, 1
	if s.e.Repeats > 0 {
		recorded++ // do records them first
	}
	s.do(timeline.Engine, "", &ticked{UpSince: watchbill.Stamp(in.UpSince)})
	did := len(s.pages) > 0 || len(s.out.Entries) > len(before.out.Entries)+recorded
	if !did && reflect.DeepEqual(before.e.Alert, s.e.Alert) &&
		reflect.DeepEqual(before.e.Escalation, s.e.Escalation) && sameLadders(before.e.Ladders, s.e.Ladders) &&
		reflect.DeepEqual(before.e.Summons, s.e.Summons) && before.e.AckUntil.Equal(s.e.AckUntil) {
		*s = before
	}
}

// idle reports whether a tick cannot do anything: nothing is due, and the clock has not been set back. It only saves
// work.
func (s *stepper) idle() bool {
	wake := s.e.WakeAt()
	return (wake.IsZero() || wake.After(s.now)) && !s.now.Before(s.e.Last) && !s.now.Before(s.e.Alert.LastSeenAt)
}

// sameLadders reports whether two lists are equal; ladders are short and few.
func sameLadders(a, b []notify.Ladder) bool {
	return slices.EqualFunc(a, b, func(a, b notify.Ladder) bool {
		return a.Start.Equal(b.Start) && a.Attempt == b.Attempt && slices.Equal(a.Rungs, b.Rungs)
	})
}

// withoutSecrets: secrets belong in the configuration, not in episodes and timelines.
func withoutSecrets(steps []notify.Step) []notify.Step {
	for i := range steps {
		steps[i].Contact.Secret = ""
	}
	return steps
}

// do records an input and applies it.
func (s *stepper) do(actor timeline.Actor, via string, in input) {
	if s.e.Repeats > 0 {
		n := s.e.Repeats
		s.e.Repeats = 0
		s.record(timeline.Source(s.e.Alert.Source), "", KindRepeated, &repeated{Count: n, LastAt: s.e.Alert.LastSeenAt, Senders: s.e.Alert.Senders})
	}
	if s.now.Before(s.e.Last) {
		in.(interface{ setClock(time.Time) }).setClock(s.now)
	}
	s.record(actor, via, in.kind(), in)
	in.apply(s)
}

// effect records what an input led to.
func (s *stepper) effect(k timeline.Kind, payload any) { s.record(timeline.Engine, "", k, payload) }

func (s *stepper) record(actor timeline.Actor, via string, k timeline.Kind, payload any) {
	data, err := written(s.json, payload)
	if err != nil {
		panic("episode: payload of " + string(k) + ": " + err.Error()) // only for a programming error: all payloads are plain data
	}
	if s.now.After(s.e.Last) {
		s.e.Last = s.now
	}
	s.e.Seq++
	s.out.Entries = append(s.out.Entries,
		timeline.Entry{Seq: s.e.Seq, At: s.e.Last, Actor: actor, Via: via, Kind: k, Data: data})
}
