package sim

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
)

// passAt lets the host make a pass at an instant, or earlier if one is scheduled.
func (h *host) passAt(at time.Time) {
	if !h.up || !h.pass.IsZero() && !at.Before(h.pass) {
		return
	}
	h.pass = at
	h.passNo++
	no := h.passNo
	h.w.after(at.Sub(h.w.now), func() {
		if h.passNo == no {
			h.pass = time.Time{}
			h.makePass()
		}
	})
}

// wake is what the engine's own wait does when something was committed.
func (h *host) wake() { h.passAt(h.w.now) }

// soon is how long the engine's own loop rests at least.
const soon = time.Millisecond

func (h *host) makePass() {
	var p engine.Pass
	var heard []engine.Outcome
	var began time.Time
	h.run(job{name: "pass", own: true,
		do: func(ctx context.Context, e *engine.Engine, now time.Time) (err error) {
			heard, h.heard, began = h.heard, nil, now
			h.telling = heard
			p, err = e.RunOnce(ctx, now, h.room, heard...)
			return err
		},
		then: func(err error) {
			h.telling = nil
			if err != nil {
				h.heard = append(heard, h.heard...)
				h.passAt(h.w.now.Add(time.Second))
				return
			}
			if h.w.audit != nil {
				h.w.audit.recorded(heard, began)
			}
			h.sendUp(p.Deliveries)
			h.follow(p)
			switch {
			case p.More:
				h.passAt(h.w.now.Add(soon))
			case !p.Next.IsZero():
				h.passAt(later(p.Next.Add(-h.skew), h.w.now.Add(soon)))
			}
		}})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// room is how many messages of a lane may be claimed.
func (h *host) room(l notify.Lane) int { return engine.DefaultLaneLimit - h.sending[l] }

// follow does what the engine's loop does beside its passes.
func (h *host) follow(p engine.Pass) {
	if p.FollowUp {
		h.beside("follow-up", (*engine.Engine).FollowUp)
	}
	if p.LookAgain {
		h.beside("look again", (*engine.Engine).LookAgain)
	}
	if org := h.w.inForce(); org != nil && org.Revision() != h.watches { // engines look once a second
		h.watches, h.beats = org.Revision(), time.Time{}
	}
	if org := h.w.org; org != nil && len(org.Config().Heartbeats) > 0 && !h.w.now.Before(h.beats) {
		h.watch()
	}
}

// beside does a job. What the store does not let it do is left to a later pass, as in the engine's loop.
func (h *host) beside(name string, do func(*engine.Engine, context.Context, time.Time) error) {
	h.run(job{name: name, own: true,
		do: func(ctx context.Context, e *engine.Engine, now time.Time) error { return do(e, ctx, now) },
		then: func(err error) {
			if failedStore(err) {
				h.passAt(h.w.now.Add(time.Second))
				return
			}
			h.wake()
		}})
}

// watch looks at the heartbeats whose time has come.
func (h *host) watch() {
	var next time.Time
	h.beats = h.w.now.Add(time.Second)
	h.run(job{name: "heartbeats", own: true,
		do: func(ctx context.Context, e *engine.Engine, now time.Time) (err error) {
			next, err = e.WatchHeartbeats(ctx, now)
			return err
		},
		then: func(error) {
			life := h.life
			h.beats = later(next.Add(-h.skew), h.w.now.Add(time.Second))
			h.w.after(h.beats.Sub(h.w.now), func() {
				if h.life == life && !h.w.now.Before(h.beats) { // else somebody has looked meanwhile
					h.watch()
				}
			})
			h.wake()
		}})
}

// sendUp sends what was claimed, unless the host stands still first.
func (h *host) sendUp(list []engine.Delivery) {
	if h.holds == 0 || len(list) == 0 {
		h.send(list)
		return
	}
	life, pause := h.life, h.holds
	h.holds = 0
	h.pause(pause)
	for _, d := range list {
		h.sending[d.Lane]++
	}
	h.w.after(pause, func() {
		if h.life != life {
			return
		}
		for _, d := range list {
			h.sending[d.Lane]--
		}
		h.send(list)
	})
}

// send hands claimed messages to their providers. Answers of one instant are heard together.
func (h *host) send(list []engine.Delivery) {
	type answer struct {
		takes time.Duration
		engine.Outcome
	}
	answers := make([]answer, 0, len(list))
	for _, d := range list {
		h.sending[d.Lane]++
		o, takes := h.sendOne(d)
		answers = append(answers, answer{takes, o})
	}
	slices.SortStableFunc(answers, func(a, b answer) int { return cmp.Compare(a.takes, b.takes) })
	life := h.life
	for len(answers) > 0 {
		var together []engine.Outcome
		takes := answers[0].takes
		for len(answers) > 0 && answers[0].takes == takes {
			together, answers = append(together, answers[0].Outcome), answers[1:]
		}
		h.w.after(takes, func() {
			if h.life != life {
				return // whoever would have heard is gone
			}
			for _, o := range together {
				h.sending[o.Delivery.Lane]--
			}
			h.hear(together)
		})
	}
}

// sendOne returns what the engine hears, and when.
func (h *host) sendOne(d engine.Delivery) (engine.Outcome, time.Duration) {
	w := h.w
	if h.clock().Add(engine.DefaultSendTimeout).After(d.Until) { // as the engine does, since another one may claim it meanwhile
		return engine.Outcome{Delivery: d, Result: episode.Result{Verdict: episode.Retry, Error: "the claim had nearly ended"}}, 0
	}
	result := h.engine.Send(context.Background(), d)
	f := w.fate
	h.sent(d, d.Key, result, f)
	for _, k := range d.With { // a summary is a page of each of its alerts
		h.sent(d, k, result, f)
	}
	if f.repeats {
		again := []engine.Outcome{{Delivery: d, Result: result}}
		w.after(f.takes+time.Second, func() { h.hear(again) })
	}
	return engine.Outcome{Delivery: d, Result: result}, f.takes
}

// sent takes note of what was sent for one alert, and lets it arrive.
func (h *host) sent(d engine.Delivery, k notify.Key, result episode.Result, f fate) {
	w := h.w
	s := &Send{At: w.now, Message: d.Message.ID, Key: k, User: d.Message.User, Contact: d.Message.Contact.ID,
		Channel: d.Message.Contact.Channel, Try: w.tries[d.Message.ID], Verdict: result.Verdict,
		State: w.claims[k.ID()].state, Run: w.claims[k.ID()].run}
	a := w.alerts[k.Alert]
	if a != nil {
		a.Sends = append(a.Sends, s)
	}
	text, lost := "", len(f.handed) == 0 && result.Verdict == episode.Accepted
	if w.tells() {
		text = s.words(d.Message, lost)
	}
	w.say(Event{Kind: KindSend, Engine: h.number + 1, Alert: a, User: s.User, Text: text, Send: s, told: !lost || !s.Page()})
	for _, takes := range f.handed {
		w.hand(a, s, d.Message, takes)
	}
}

// words tells what is sent.
func (s *Send) words(m notify.Message, lost bool) string {
	to := string(s.User)
	if to == "" {
		to = "nobody in particular"
	}
	text := fmt.Sprintf("%s to %s by %s (%s), level %d, attempt %d", s.Key.Kind, to, s.Channel, s.Contact, m.Level, m.Attempt)
	if s.Try > 1 {
		text += fmt.Sprintf(", try %d", s.Try)
	}
	if lost {
		text += "; it gets lost"
	}
	return text
}

// hear takes note of what became of messages, which the engine's next pass records.
func (h *host) hear(list []engine.Outcome) {
	w := h.w
	for _, o := range list {
		if r := o.Result; r.Verdict != episode.Accepted {
			w.say(Event{Kind: KindAnswer, Engine: h.number + 1, Alert: w.alerts[o.Delivery.Key.Alert], User: o.Delivery.Key.User,
				Text: cmp.Or(r.Error, r.Verdict.String()), told: true})
		}
	}
	h.heard = append(h.heard, list...)
	h.wake()
}

// signal sends a signal until it is taken in.
func (w *world) signal(s alert.Signal) {
	h := w.anyHost(string(s.Key))
	again := func() { w.after(retryAfter, func() { w.signal(s) }) }
	var v engine.Verdict
	h.run(job{name: "signal",
		do: func(ctx context.Context, e *engine.Engine, now time.Time) error {
			v = e.Accept(ctx, now, []alert.Signal{s})[0]
			return v.Err
		},
		then: func(err error) {
			if failedStore(err) {
				again()
				return
			}
			w.say(Event{Kind: KindSignal, Engine: h.number + 1, Alert: w.alerts[v.Alert], Text: w.words("%s: %s", Signal(s), v),
				told: err == nil && v.Dropped == "" && v.Decision <= alert.Applies})
			if err == nil {
				w.h.Signals++
				w.h.heard[s.Key] = true
				if w.audit != nil && v.Alert != "" {
					w.audit.accepted[v.Alert] = true
				}
			}
			h.wake()
		},
		lost: again})
}
