package episode

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

const engineActor = timeline.Engine

// voiceChannel is the channel of calls, by which nobody wants to hear that something is over.
const voiceChannel notify.Channel = "voice"

// freshPage is how long after its page went out somebody is taken to be awake: what became of the alert is told at once.
const freshPage = time.Hour

// tellAll lets those who were paged hear what has become of the alert in this Step: exactly those whom a page has reached,
// over what it came by, but for calls, and not who did it.
func (s *stepper) tellAll(org *oncall.Org) {
	kind, late := s.tell, s.late
	s.tell, s.late = notify.KindPage, Reach{}
	if kind == notify.KindPage || kind == notify.KindUpdate && s.e.Parent != "" { // of that, the group tells
		return
	}
	in := &told{Kind: kind}
	for _, r := range s.e.Reach {
		if late != (Reach{}) && r != late {
			continue
		}
		if to, ok := s.hearer(org, r, kind); ok && !slices.ContainsFunc(in.To, func(h hearer) bool { return h.Reach == to.Reach }) {
			in.To = append(in.To, to)
		}
	}
	if len(in.To) > 0 {
		s.do(engineActor, "", in)
	}
}

// hearer returns how somebody hears; false if the person does not want to, or need to.
func (s *stepper) hearer(org *oncall.Org, r Reach, kind notify.Kind) (h hearer, ok bool) {
	user, ok := org.Responder(r.User)
	if !ok || s.e.Alert.ResolvedBy == timeline.User(r.User) || kind == notify.KindUpdate && s.e.Alert.AcknowledgedBy == r.User {
		return h, false
	}
	u := user.Updates
	wants := u.Resolved == nil || *u.Resolved
	if kind == notify.KindUpdate {
		wants = u.Acknowledged
	}
	if !wants {
		return h, false
	}
	if u.Contact != "" {
		r.Contact = u.Contact
	} else if r.Channel == voiceChannel {
		return h, false
	}
	i := slices.IndexFunc(user.Contacts, func(c notify.Contact) bool { return c.ID == r.Contact })
	if i < 0 {
		return h, false
	}
	r.Channel = user.Contacts[i].Channel
	h = hearer{Reach: r, Lane: notify.LaneOf(user.Contacts[i])}
	if until := org.QuietUntil(r.User, s.now); until.After(s.now) && s.now.Sub(s.e.Alert.CreatedAt) > freshPage {
		h.DueAt = ceil(until)
	}
	return h, true
}

func (in *told) apply(s *stepper) {
	for _, to := range in.To {
		s.reach(to.Reach)
		key := notify.Key{Alert: s.e.Alert.ID, Kind: in.Kind, Attempt: s.e.Escalation.At, User: to.User,
			Rung: slices.Index(s.e.Reach, to.Reach)}
		due := s.now
		if to.DueAt.After(due) {
			due = to.DueAt
		}
		s.out.Send = append(s.out.Send, Outgoing{ID: key.ID(), Key: key, Lane: to.Lane, DueAt: due})
		s.effect(KindQueued, queued{ID: key.ID(), Key: key, Contact: to.Contact, Channel: to.Channel})
	}
}

// told returns over which contact a message that is no page goes.
func (e *Episode) told(k notify.Key) (Reach, bool) {
	if k.Kind == notify.KindPage || k.Rung < 0 || k.Rung >= len(e.Reach) || e.Reach[k.Rung].User != k.User {
		return Reach{}, false
	}
	return e.Reach[k.Rung], true
}

// messageKey finds the page with an ID.
func (e *Episode) messageKey(id notify.MessageID) (notify.Key, bool) {
	find := func(l notify.Ladder) (notify.Key, bool) {
		for i, r := range l.Rungs {
			k := notify.Key{Alert: e.Alert.ID, Attempt: r.Attempt, User: l.User, Rung: i}
			if r.Progress != notify.Waiting && k.ID() == id {
				return k, true
			}
		}
		return notify.Key{}, false
	}
	for _, l := range e.Ladders {
		if k, ok := find(l); ok {
			return k, true
		}
	}
	for _, x := range e.Summons {
		if k, ok := find(x.Ladder); ok {
			return k, true
		}
	}
	return notify.Key{}, false
}
