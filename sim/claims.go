package sim

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

// message is what a provider saw of one message.
type message struct {
	key      notify.Key
	recorded bool      // an engine has written down that it was accepted
	sending  int       // claims whose answers were not heard yet
	until    time.Time // of the latest of them
}

// hold is the latest claim of a message that was not settled. It counts in the era in which it was made.
type hold struct {
	store.Claim
	era int
}

func (a *audit) message(id notify.MessageID) *message {
	m := a.messages[id]
	if m == nil {
		m = &message{}
		a.messages[id] = m
	}
	return m
}

// claims looks at what a transaction claims and gives back. What it does both with, nobody is to send: the engine has found
// out that nobody can be reached by it, or that it has to wait.
func (a *audit) claims(h *host, t *recordedTx) {
	for _, s := range t.settled {
		if a.holds[s.ID].Token == s.Token {
			a.rests(h, s)
		}
	}
	for _, id := range t.released {
		a.eras[id]++
	}
	for _, c := range t.claimed {
		back := slices.ContainsFunc(t.settled, func(s store.Settlement) bool { return s.ID == c.ID && s.Token == c.Token })
		if c.Err == nil && !back {
			a.claimed(c)
		}
	}
	for _, s := range t.settled {
		if a.holds[s.ID].Token == s.Token {
			delete(a.holds, s.ID)
		}
	}
}

// claimed checks that a message may be sent.
func (a *audit) claimed(d claimed) {
	s, ok := a.stored(d.Key.Alert)
	if !ok {
		return
	}
	if e := s.Episode; !e.Wants(d.Key) || d.Key.Kind == notify.KindPage && !mayPage(e, d.Key) {
		a.w.fail("message %s (%s) was claimed although its alert is %s, %s", d.ID, d.Key.Kind, e.Alert.State, e.Escalation.Phase)
	}
	if p := a.promised[d.Key.Alert]; d.Key.Kind == notify.KindPage && p.isOut(d.Key.User, d.Key.Attempt) {
		a.w.fail("message %s of alert %s was claimed although %s has declined or acknowledged", d.ID, d.Key.Alert, d.Key.User)
	}
	a.rested(d)
	m := a.message(d.ID)
	if m.recorded {
		a.w.fail("message %s (%s of alert %s to %s, %+v) was sent again although its receipt was recorded", d.ID, d.Key.Kind,
			d.Key.Alert, d.Key.User, d.Key.Attempt)
	}
	m.key = d.Key
	m.sending++
	m.until = d.Until
	if until := a.heldUntil(d.ID); d.now.Before(until) {
		a.w.fail("message %s (%s of alert %s to %s, %+v) was claimed at %s although a claim holds it until %s", d.ID, d.Key.Kind,
			d.Key.Alert, d.Key.User, d.Key.Attempt, d.now.Format(time.RFC3339Nano), until.Format(time.RFC3339Nano))
	}
	a.holds[d.ID] = hold{d.Claim, a.era(d.Key.Alert)}
}

func (a *audit) era(of watchbill.AlertID) int { return a.eras[""] + a.eras[of] }

// heldUntil returns when the claim on a message ends; zero if there is none.
func (a *audit) heldUntil(id notify.MessageID) (until time.Time) {
	if h, ok := a.holds[id]; ok && h.era == a.era(a.message(id).key.Alert) {
		until = h.Until
	}
	return until
}

// mayPage: what is acknowledged, resolved or held pages nobody but whom somebody asked for.
func mayPage(e episode.Episode, k notify.Key) bool {
	if k.Attempt.Level < 0 {
		return e.Alert.State.Open()
	}
	return e.Alert.State == alert.Triggered && !held(e)
}

// recorded notes that receipts were committed, by a host whose clock showed began when it set out to do so. What came after the
// end of its claim, or when another one had claimed the message, counts for nothing.
func (a *audit) recorded(list []engine.Outcome, began time.Time) {
	for _, o := range list {
		m := a.message(o.Delivery.Message.ID)
		inTime := m.sending == 1 && o.Delivery.Until.Equal(m.until) && began.Add(2*maxSkew).Before(o.Delivery.Until)
		m.recorded = m.recorded || inTime && o.Result.Verdict == episode.Accepted
		m.sending--
	}
}
