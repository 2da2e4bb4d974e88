package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
)

// Provider is how a channel does. The zero Provider accepts every message at once and hands it over at once. Each probability
// is drawn for itself; of several that hit, the first of Fails, Refuses, Lies, Silent, Loses and Repeats counts.
type Provider struct {
	Takes    Delay   // to answer; zero: nothing. The engine gives up after 15 s, and the message may arrive all the same
	Delivers Delay   // from its answer until the message is on the phone; zero: at once
	Fails    float64 // the probability, as all of these from 0 (never) to 1 (always), that it says to try later
	Refuses  float64 // that it says that this can never work
	Loses    float64 // that it accepts the message, which never arrives
	Silent   float64 // that it accepts the message, and its answer is lost: the engine takes it for a failure
	Lies     float64 // that it says that this can never work, and hands the message over all the same
	Repeats  float64 // that it hands the message over twice, and says so twice
	Limit    int     // messages a minute, for all people; over it, it says to try later; zero: no limit
	Down     []Span  // it cannot be reached; each begins before For has passed
}

// fate is what becomes of one message at its provider.
type fate struct {
	answer  error // as a [notify.Notifier] has it
	takes   time.Duration
	handed  []time.Duration // when it is handed over, from now; none: never
	repeats bool            // the answer comes twice
	silent  bool            // it was accepted, and the engine does not know
}

var (
	errDown  = errors.New("sim: the provider cannot be reached")
	errBusy  = errors.New("sim: the provider says to try later")
	errWrong = errors.New("sim: the provider refuses it for good")
	errCut   = errors.New("sim: the connection was cut before the answer came")
)

// notifiers returns a notifier for every channel of an organisation, which asks the world what becomes of a message.
func (w *world) notifiers() map[notify.Channel]notify.Notifier {
	all := map[notify.Channel]notify.Notifier{}
	for _, c := range w.s.Org.Channels() {
		all[c] = postOffice{w}
	}
	for c := range w.s.Providers { // people may add contacts of their own, and configurations change
		if c != "" {
			all[c] = postOffice{w}
		}
	}
	return all
}

// postOffice notes the fate of the message that the engine sends.
type postOffice struct{ w *world }

// Notify answers as the provider does.
func (p postOffice) Notify(_ context.Context, m notify.Message) (notify.Receipt, error) {
	p.w.fate = p.w.decide(m)
	return notify.Receipt{}, p.w.fate.answer
}

// decide draws what becomes of a message.
func (w *world) decide(m notify.Message) fate {
	p, ok := w.s.Providers[m.Contact.Channel]
	if !ok {
		p = w.s.Providers[""]
	}
	if w.inPeace() { // what goes wrong has ended
		p = Provider{Takes: p.Takes, Delivers: p.Delivers}
	}
	name, tries := w.nameOf(m.Alert), w.counted(m.ID)
	if a := w.about(m); a != nil && w.s.Treats != nil {
		if special, ok := w.s.Treats(a, m, tries); ok {
			p = special
		}
	}
	c := w.chance.of("provider", name, string(m.User), string(m.Contact.ID), fmt.Sprint(m.Level, m.Attempt, tries))
	f := fate{takes: p.Takes.draw(c)}
	delivers := p.Delivers.draw(c)
	fails, refuses, loses, silent, lies := hits(c, p.Fails), hits(c, p.Refuses), hits(c, p.Loses), hits(c, p.Silent), hits(c, p.Lies)
	twice := hits(c, p.Repeats)
	switch {
	case within(p.Down, w.now.Sub(w.s.Start)):
		f.answer = errDown
		return f
	case p.Limit > 0 && w.crowded(m.Contact.Channel, p.Limit):
		f.answer = &notify.RetryError{After: time.Minute, Err: errBusy}
		return f
	case fails:
		f.answer = errBusy
		return f
	case refuses:
		f.answer = notify.Permanent(errWrong)
		return f
	case lies:
		f.answer = notify.Permanent(errWrong)
	case f.takes >= engine.DefaultSendTimeout || silent:
		f.takes = min(f.takes, engine.DefaultSendTimeout)
		f.answer, f.silent = errCut, true
	case loses:
		return f
	case twice:
		f.repeats = true
		f.handed = append(f.handed, f.takes+delivers)
	}
	f.handed = append(f.handed, f.takes+delivers)
	return f
}

// about returns the alert of a message, the first one of a summary; nil: it is about none.
func (w *world) about(m notify.Message) *Alert {
	if a := w.alerts[m.Alert]; a != nil || len(m.Items) == 0 {
		return a
	}
	return w.alerts[m.Items[0].Alert]
}

// crowded counts a message of a channel, and reports whether there were too many in the last minute.
func (w *world) crowded(channel notify.Channel, limit int) bool {
	recent := w.recent[channel]
	for len(recent) > 0 && w.now.Sub(recent[0]) >= time.Minute {
		recent = recent[1:]
	}
	if len(recent) < limit {
		w.recent[channel] = append(recent, w.now)
		return false
	}
	w.recent[channel] = recent
	return true
}
