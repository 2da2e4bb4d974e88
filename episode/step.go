package episode

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// Step takes the episode one input further at now, and resolves what it has to by the configuration. It never fails: an
// input that comes late or twice changes nothing.
func Step(org *oncall.Org, e Episode, now time.Time, in Input) (Episode, Outcome) {
	s := stepper{e: e, now: watchbill.Stamp(now)}
	s.accept(org, in)
	paged := s.resolveAll(org)
	if tick, ok := in.(Tick); ok && paged {
		s.tick(tick) // rungs due in the instant of an attempt go out once, under that attempt
		s.resolveAll(org)
	}
	return s.e, s.out
}

// resolveAll answers pages until no level is empty, and reports whether there were any.
func (s *stepper) resolveAll(org *oncall.Org) (any bool) {
	for len(s.pages) > 0 {
		page := s.pages[0]
		s.pages, any = s.pages[1:], true
		s.do(timeline.Engine, "", s.resolve(org, page))
	}
	return any
}

// stepper is one Step under way, or a fold.
type stepper struct {
	e     Episode
	now   time.Time
	out   Outcome
	pages []escalation.Page // emitted and not resolved yet
}

// accept turns an input into what is recorded of it.
func (s *stepper) accept(org *oncall.Org, in Input) {
	switch in := in.(type) {
	case Signal:
		s.signal(org, in)
	case Acknowledge:
		if s.e.Alert.State.Open() {
			s.do(timeline.User(in.By), in.Via, &acknowledged{By: in.By})
		}
	case Resolve:
		if s.e.Alert.State.Open() {
			by := timeline.User(in.By)
			s.do(by, in.Via, &resolved{By: by})
		}
	case Escalate:
		if s.e.Alert.State.Open() {
			s.do(timeline.User(in.By), in.Via, &escalated{frozen: s.freeze(org)})
		}
	case Receipt:
		s.receipt(in)
	case Tick:
		s.tick(in)
	}
}

func (s *stepper) signal(org *oncall.Org, in Signal) {
	sig := in.Signal.Clean()
	switch {
	case s.e.Alert.State == alert.None:
		if sig.Action == alert.Trigger {
			policy, terms := route(org, sig)
			s.do(sig.Actor(), sig.Via, &opened{ID: in.ID, Signal: sig, Terms: terms, frozen: frozen{policy, org.Revision()}})
		}
	case !s.e.Alert.State.Open():
	case sig.Action == alert.Acknowledge:
		s.do(sig.Actor(), sig.Via, &acknowledged{By: sig.By})
	case sig.Action == alert.Resolve:
		s.do(sig.Actor(), sig.Via, &resolved{By: sig.Actor()})
	default:
		s.again(org, sig)
	}
}

// route returns what a signal's alert takes from the configuration: the policy of whomever or whatever it is for, and the
// terms of its service.
func route(org *oncall.Org, sig alert.Signal) (escalation.Policy, alert.Terms) {
	policy := org.Route(sig.User, sig.Policy, sig.Service)
	svc, ok := org.Service(sig.Service)
	if !ok || sig.User != "" || sig.Policy != "" {
		return policy, alert.Terms{}
	}
	return policy, alert.Terms{Service: svc.ID, Urgency: svc.Urgency, AutoResolve: svc.AutoResolve}
}

// again records a further signal only if it changes more than the count.
func (s *stepper) again(org *oncall.Org, sig alert.Signal) {
	policy, terms := route(org, sig)
	next, change := alert.Step(s.e.Alert, s.now, alert.Again{Signal: sig, Terms: terms})
	if change == 0 {
		s.e.Alert = next
		s.e.Repeats++
		return
	}
	f := frozen{policy, org.Revision()}
	if policy.ID == "" && s.e.Policy.ID != "" {
		f = s.freeze(org) // what it names is configured no more; rather those who were paged for it so far
	}
	s.do(sig.Actor(), sig.Via, &signaled{Signal: sig, Terms: terms, frozen: f})
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
	if rung, ok := s.e.rung(in.Key); ok {
		r.Contact, r.Channel = rung.Contact.ID, rung.Contact.Channel
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
		reflect.DeepEqual(before.e.Escalation, s.e.Escalation) && sameLadders(before.e.Ladders, s.e.Ladders) {
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

// resolve answers a page by the configuration. If a catch-all has nobody, it is the installation's as it is now: nobody
// must wait for a new run when the configuration is mended.
func (s *stepper) resolve(org *oncall.Org, page escalation.Page) input {
	people, reason, until := s.people(org, page.Targets)
	if catchAll := org.Config().CatchAll; len(people) == 0 && page.Attempt.Level == 0 && !slices.Equal(catchAll, page.Targets) {
		var alsoUntil time.Time
		people, reason, alsoUntil = s.people(org, catchAll)
		until = earlier(until, alsoUntil) // either may have somebody next
	}
	if len(people) > 0 {
		return &found{Attempt: page.Attempt, People: people}
	}
	return &nobody{Attempt: page.Attempt, Reason: reason, Until: watchbill.Stamp(until)}
}

// people returns who is behind the targets and can be paged; if there is nobody, why, and when that may change. Somebody
// without a usable contact is nobody.
func (s *stepper) people(org *oncall.Org, targets []escalation.Target) (people []person, reason string, until time.Time) {
	answer := org.Resolve(targets, s.now)
	var mute []string
	for _, p := range answer.People {
		user, _ := org.User(p.User)
		steps := withoutSecrets(user.Steps(s.e.Alert.Urgency))
		if len(steps) == 0 {
			mute = append(mute, string(p.User)+" has no usable contact")
			continue
		}
		people = append(people, person{User: p.User, Why: p.Why, Steps: steps})
	}
	if len(mute) > 0 {
		return people, strings.Join(mute, "; "), answer.Until
	}
	return people, answer.Reason, answer.Until
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
		s.record(timeline.Source(s.e.Alert.Source), "", KindRepeated, &repeated{Count: n, LastAt: s.e.Alert.LastSeenAt})
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
	data, err := json.Marshal(payload)
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
