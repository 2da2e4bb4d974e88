package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
)

// person returns how somebody behaves.
func (w *world) person(id watchbill.UserID) Person {
	if p, ok := w.s.People[id]; ok {
		return p
	}
	return w.s.Others
}

// hand lets a message arrive some time from now.
func (w *world) hand(a *Alert, s *Send, m notify.Message, takes time.Duration) {
	at := w.person(m.User).arrives(w.s.Start, w.now.Add(takes))
	w.after(at.Sub(w.now), func() { w.arrive(a, s, m) })
}

func (w *world) arrive(a *Alert, s *Send, m notify.Message) {
	id := s.Key.ID()
	if w.arrived[id] {
		w.h.Duplicates++
	}
	w.arrived[id] = true
	if s.ArrivedAt.IsZero() {
		s.ArrivedAt = w.now
	}
	text := w.words("%s is on the phone (%s)", s.Key.Kind, s.Contact)
	if a == nil || !s.Page() || !s.human() {
		w.say(Event{Kind: KindArrive, Alert: a, User: s.User, Text: text, Send: s})
		return
	}
	seen, slower, ok := w.person(s.User).notices(w.choice("notice", a, s), w.s.Start, w.now, s.Channel)
	switch {
	case !ok:
		text += ", unnoticed"
	case seen.After(w.now):
		text += ", asleep"
	}
	w.say(Event{Kind: KindArrive, Alert: a, User: s.User, Text: text, Send: s})
	if ok {
		w.after(seen.Sub(w.now), func() { w.notice(a, s, slower) })
	}
}

// choice is the chance of what somebody makes of a page.
func (w *world) choice(what string, a *Alert, s *Send) *rand.Rand {
	k := s.Key.Attempt
	return w.chance.of(what, a.Name, string(s.User), fmt.Sprint(k.Run, k.Cycle, k.Level, k.Number, s.Key.Rung))
}

// notice is when somebody sees a page. Who is about to answer does not begin anew.
func (w *world) notice(a *Alert, s *Send, slower time.Duration) {
	if !s.NoticedAt.IsZero() {
		return
	}
	s.NoticedAt = w.now
	w.say(Event{Kind: KindNotice, Alert: a, User: s.User, Text: "sees it", Send: s})
	if a.asked[s.User] {
		return
	}
	if a.asked == nil {
		a.asked = map[watchbill.UserID]bool{}
	}
	a.asked[s.User] = true
	p, c := w.person(s.User), w.choice("answer", a, s)
	if hits(w.chance.of("ignore", a.Name, string(s.User)), p.Ignores) {
		return
	}
	w.after(p.Answers.draw(c)+slower, func() {
		a.asked[s.User] = false
		w.answer(a, s.User, p, c)
	})
}

// answer is what somebody says who has seen a page of an alert that still wants an answer.
func (w *world) answer(a *Alert, who watchbill.UserID, p Person, c *rand.Rand) {
	if a.State != alert.Triggered {
		return
	}
	by := episode.Command{By: who}
	declines, mistakes := hits(c, p.Declines), hits(c, p.Mistakes)
	if other := w.otherOpen(a); mistakes && other != nil {
		w.command(other, episode.Acknowledge(by))
		return
	}
	if declines {
		w.command(a, episode.Decline(by))
		return
	}
	w.command(a, episode.Acknowledge(by))
	if fixes := p.Fixes.draw(w.chance.of("fix", a.Name, string(who))); fixes > 0 {
		w.after(fixes, func() {
			if a.State == alert.Acknowledged && a.AcknowledgedBy == who {
				w.command(a, episode.Resolve(by))
			}
		})
	}
}

// otherOpen is the latest alert beside one that pages.
func (w *world) otherOpen(than *Alert) *Alert {
	for i := len(w.h.Alerts) - 1; i >= 0 && i > len(w.h.Alerts)-50; i-- {
		if a := w.h.Alerts[i]; a != than && a.State == alert.Triggered {
			return a
		}
	}
	return nil
}

// command carries out what somebody does; whoever gets no answer does it again.
func (w *world) command(a *Alert, in episode.Input) {
	by, _ := episode.Speaker(in)
	h := w.anyHost(a.Name)
	again := func() { w.after(retryAfter, func() { w.command(a, in) }) }
	h.run(job{name: inputName(in),
		do: func(ctx context.Context, e *engine.Engine, now time.Time) error {
			_, err := e.Act(ctx, now, a.ID, in)
			return err
		},
		then: func(err error) {
			if failedStore(err) {
				again()
				return
			}
			text := inputName(in)
			if err != nil {
				text += ": " + err.Error()
			} else if w.audit != nil {
				w.audit.said(a.ID, in)
			}
			w.say(Event{Kind: KindAct, Engine: h.number + 1, Alert: a, User: by.By, Text: text, told: err == nil})
			h.wake()
		},
		lost: again})
}

// meddle is somebody doing something with one of the latest alerts: mostly what is done most.
func (w *world) meddle(number uint64) {
	c := rand.New(rand.NewPCG(number, 0))
	if len(w.h.Alerts) == 0 || len(w.s.Org.Catalog.Users) == 0 {
		return
	}
	a := w.someAlert(c)
	w.command(a, w.someCommand(c, a))
}

func (w *world) someAlert(c *rand.Rand) *Alert {
	n := len(w.h.Alerts)
	return w.h.Alerts[n-1-c.IntN(min(n, 12))]
}

func (w *world) someCommand(c *rand.Rand, a *Alert) episode.Input {
	by := episode.Command{By: someUser(w, c.Uint64())}
	switch c.IntN(16) {
	case 0, 1, 2:
		return episode.Resolve(by)
	case 3, 4:
		return episode.Escalate(by)
	case 5:
		return episode.Snooze{Command: by, Until: w.now.Add(time.Duration(1+c.IntN(60)) * time.Minute)}
	case 6:
		return episode.Decline(by)
	case 7:
		return episode.Summon{Command: by, User: someUser(w, c.Uint64())}
	case 8:
		return episode.Dismiss{Command: by, User: someUser(w, c.Uint64())}
	case 9:
		return episode.Reassign{Command: by, Target: escalation.User(someUser(w, c.Uint64()))}
	case 10:
		if into := w.someAlert(c); into != a {
			return episode.Join{Command: by, Parent: into.ID}
		}
		return episode.Leave(by)
	case 11:
		return episode.Leave(by)
	default:
		return episode.Acknowledge(by)
	}
}
