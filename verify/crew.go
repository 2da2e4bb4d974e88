package verify

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
)

// never is longer than every wait.
const never = time.Duration(math.MaxInt64)

// climber is one person's rules, as far as times go.
type climber struct {
	user  watchbill.UserID
	first time.Duration // from the person's first page to the first message that leaves; never: every one is refused
	voice time.Duration // to the first message of voice class; never: there is none
	fails time.Duration // until every rung has been refused; never: one is not
	turns bool          // whoever's turn it is: the slowest of several
	thing bool          // a machine: it takes its message and is nobody
}

// mute reports whether every message to the person is refused.
func (c climber) mute() bool { return c.first == never && !c.thing }

// crew is what of a level's people matters to times. Whoever is told at once is as good as anybody else who is, so they
// count as one; of the others it matters who they are, since a person's rules run from the person's first page.
type crew struct {
	members []climber
	users   []watchbill.UserID // of the members
}

// climberOf returns the person's rules for an urgency; the person must have a contact. The machine is notify.Advance: where
// a channel cannot send, the next rung takes over at once.
func (w *world) climberOf(id watchbill.UserID, u watchbill.Urgency) climber {
	user, _ := w.org.User(id)
	c := climber{user: id, first: never, voice: never, fails: never}
	attempt := watchbill.Attempt{Number: 1}
	start := time.Unix(0, 0).UTC()
	now := start
	l, sends, _ := notify.Advance(notify.Ladder{}, now, notify.Page{Attempt: attempt, Steps: user.Steps(u)})
	for {
		for len(sends) > 0 {
			rung, after := sends[0].Rung, now.Sub(start)
			channel := l.Rungs[rung].Contact.Channel
			works := w.ways.send(channel)
			if works {
				c.first = min(c.first, after)
			}
			if works && voiceClass(channel) {
				c.voice = min(c.voice, after)
			}
			var more []notify.Send
			var gone bool
			l, more, gone = notify.Advance(l, now, notify.Outcome{Rung: rung, Attempt: attempt, Accepted: works})
			if sends = append(sends[1:], more...); gone {
				c.fails = after
			}
		}
		if now = l.WakeAt(); now.IsZero() {
			return c
		}
		l, sends, _ = notify.Advance(l, now, notify.Tick{})
	}
}

// voiceClass reports whether a channel rings a telephone, or at least goes through the telephone network.
func voiceClass(c notify.Channel) bool { return c == "voice" || c == "sms" }

// prompt stands for everybody who is told at once.
const prompt watchbill.UserID = ""

// crewOf reduces people to what matters.
func (w *world) crewOf(people []watchbill.UserID, u watchbill.Urgency) crew {
	var c crew
	atOnce, voice := false, never
	for _, id := range people {
		if m := w.climberOf(id, u); m.first > 0 {
			c.members = append(c.members, m)
		} else {
			atOnce, voice = true, min(voice, m.voice)
		}
	}
	if atOnce {
		c.members = append(c.members, climber{user: prompt, voice: voice, fails: never})
	}
	slices.SortFunc(c.members, func(a, b climber) int { return strings.Compare(string(a.user), string(b.user)) })
	for _, m := range c.members {
		c.users = append(c.users, m.user)
	}
	return c
}

func (c crew) key() string { return fmt.Sprint(c.members) }

// alive reports whether somebody of them can be sent a message.
func (c crew) alive() bool {
	return slices.ContainsFunc(c.members, func(m climber) bool { return !m.mute() && !m.thing })
}

// machines reports whether there are machines only, one of which takes its message.
func (c crew) machines() bool {
	return slices.ContainsFunc(c.members, func(m climber) bool { return m.thing })
}

// turn reduces people of whom one is paged, whoever's turn it is, to the slowest: as slow as any of them.
func (w *world) turn(people []watchbill.UserID, u watchbill.Urgency) crew {
	slowest := climber{user: prompt, fails: never, turns: true}
	for _, id := range people {
		m := w.climberOf(id, u)
		if m.mute() { // which is told as not proved
			return w.crewOf(people, u)
		}
		slowest.first, slowest.voice = max(slowest.first, m.first), max(slowest.voice, m.voice)
	}
	return crew{[]climber{slowest}, []watchbill.UserID{prompt}}
}

// things is the crew of a level that pages machines alone.
func (w *world) things(targets []escalation.Target) crew {
	if len(targets) == 0 || !escalation.OnlyMachines(targets) {
		return crew{}
	}
	var c crew
	for _, t := range targets {
		id := catalog.DestinationUser(t.ID)
		if u, ok := w.org.Responder(id); ok {
			m := climber{user: id, first: never, voice: never, fails: 0}
			m.thing = w.ways.send(u.Contacts[0].Channel)
			c.members, c.users = append(c.members, m), append(c.users, id)
		}
	}
	return c
}

// stance is a policy at an instant, as far as times go: the crews of its levels, and that of its catch-all at the end.
type stance struct {
	crews []crew
	alive bool // somebody there can be sent a message
}

func (s *stance) level(n int) crew {
	if n == 0 {
		return s.crews[len(s.crews)-1]
	}
	return s.crews[n-1]
}

// empty reports whether there is nobody at all whom a message can reach.
func (s *stance) empty() bool { return !s.alive }

// late is how much longer a run takes at most than from one boundary to the next while everybody there is mute. The machine
// takes people whose messages are all refused for somebody: it does not wait for the boundary, but looks once a minute, and
// leaves a level when its last rung is refused.
func (s *stance) late() time.Duration {
	late := time.Duration(0)
	for _, c := range s.crews {
		slowest := time.Duration(-1)
		for _, m := range c.members {
			if m.mute() {
				slowest = max(slowest, m.fails)
			}
		}
		if slowest >= 0 {
			late = max(late, time.Minute) + slowest
		}
	}
	return late
}

// clock is a roll for one urgency, reduced to what matters to times: no two pieces in a row are equal.
type clock struct {
	at      []micros
	state   []int32
	stances []stance
	end     micros
	human   bool          // some crew has somebody who can be sent a message
	voice   bool          // some crew has somebody with a voice-class contact
	longest time.Duration // wait of anybody's rules
}

func (w *world) newClock(r *roll, u watchbill.Urgency) *clock {
	c := &clock{end: r.end}
	of := make([]int32, len(r.moments))
	known := map[string]int32{}
	for i, m := range r.moments {
		var s stance
		var key strings.Builder
		for n, people := range append(slices.Clip(m.levels), m.catch) {
			crew := w.crewAt(r.policy, n, append(slices.Clip(people), m.mute[n]...), u)
			s.crews = append(s.crews, crew)
			s.alive = s.alive || crew.alive() && (n == len(m.open) || m.open[n])
			key.WriteString(crew.key())
			c.note(crew)
			c.human = c.human || crew.alive()
		}
		fmt.Fprint(&key, m.open)
		n, ok := known[key.String()]
		if !ok {
			n = int32(len(c.stances))
			known[key.String()] = n
			c.stances = append(c.stances, s)
		}
		of[i] = n
	}
	changes := 0
	for i, s := range r.state {
		if i == 0 || of[s] != of[r.state[i-1]] {
			changes++
		}
	}
	c.at, c.state = make([]micros, 0, changes), make([]int32, 0, changes)
	for i, s := range r.state {
		if n := len(c.at); n == 0 || c.state[n-1] != of[s] {
			c.at, c.state = append(c.at, r.at[i]), append(c.state, of[s])
		}
	}
	return c
}

// crewAt returns what matters of a level's people; level n counts from 0, the catch-all comes last.
func (w *world) crewAt(p escalation.Policy, n int, people []watchbill.UserID, u watchbill.Urgency) crew {
	c, targets := w.crewOf(people, u), p.CatchAll
	if n < len(p.Levels) {
		targets = p.Levels[n].Targets
	}
	switch {
	case len(c.members) == 0:
		return w.things(targets)
	case n < len(p.Levels) && p.Levels[n].Mode == escalation.RoundRobin:
		return w.turn(people, u)
	}
	return c
}

func (c *clock) note(w crew) {
	for _, m := range w.members {
		if m.thing {
			continue
		}
		if m.mute() {
			c.longest = max(c.longest, m.fails)
		} else {
			c.longest = max(c.longest, m.first)
		}
		if m.voice != never {
			c.voice, c.longest = true, max(c.longest, m.voice)
		}
	}
}

func (c *clock) until(i int) micros {
	if i+1 < len(c.at) {
		return c.at[i+1]
	}
	return c.end
}
