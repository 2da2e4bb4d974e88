package verify

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
)

// never is longer than every wait.
const never = time.Duration(math.MaxInt64)

// climber is one person's rules, as far as times go.
type climber struct {
	user  watchbill.UserID
	first time.Duration // from the person's first page to the first message
	voice time.Duration // to the first message of voice class; never: there is none
}

// crew is what of a level's people matters to times. Whoever is told at once is as good as anybody else who is, so they
// count as one; of the others it matters who they are, since a person's rules run from the person's first page.
type crew struct {
	members []climber
	users   []watchbill.UserID // of the members
}

// climberOf returns the person's rules for an urgency; the person must have a contact.
func climberOf(org *oncall.Org, id watchbill.UserID, u watchbill.Urgency) climber {
	user, _ := org.User(id)
	c := climber{user: id, first: never, voice: never}
	for _, s := range user.Steps(u) {
		c.first = min(c.first, s.After)
		if voiceClass(s.Contact.Channel) {
			c.voice = min(c.voice, s.After)
		}
	}
	return c
}

// voiceClass reports whether a channel rings a telephone, or at least goes through the telephone network.
func voiceClass(c notify.Channel) bool { return c == "voice" || c == "sms" }

// prompt stands for everybody who is told at once.
const prompt watchbill.UserID = ""

// crewOf reduces people to what matters.
func crewOf(org *oncall.Org, people []watchbill.UserID, u watchbill.Urgency) crew {
	var c crew
	atOnce, voice := false, never
	for _, id := range people {
		if m := climberOf(org, id, u); m.first > 0 {
			c.members = append(c.members, m)
		} else {
			atOnce, voice = true, min(voice, m.voice)
		}
	}
	if atOnce {
		c.members = append(c.members, climber{prompt, 0, voice})
	}
	slices.SortFunc(c.members, func(a, b climber) int { return strings.Compare(string(a.user), string(b.user)) })
	for _, m := range c.members {
		c.users = append(c.users, m.user)
	}
	return c
}

func (c crew) key() string { return fmt.Sprint(c.members) }

// stance is a policy at an instant, as far as times go: the crews of its levels, and that of its catch-all at the end.
type stance struct {
	crews []crew
}

func (s *stance) level(n int) crew {
	if n == 0 {
		return s.crews[len(s.crews)-1]
	}
	return s.crews[n-1]
}

// empty reports whether there is nobody at all.
func (s *stance) empty() bool {
	return !slices.ContainsFunc(s.crews, func(c crew) bool { return len(c.members) > 0 })
}

// clock is a roll for one urgency, reduced to what matters to times: no two pieces in a row are equal.
type clock struct {
	at      []micros
	state   []int32
	stances []stance
	end     micros
	voice   bool          // some crew has somebody with a voice-class contact
	longest time.Duration // wait of anybody's rules
}

func newClock(org *oncall.Org, r *roll, u watchbill.Urgency) *clock {
	c := &clock{end: r.end}
	of := make([]int32, len(r.moments))
	known := map[string]int32{}
	for i, m := range r.moments {
		var s stance
		var key strings.Builder
		for _, people := range append(slices.Clip(m.levels), m.catch) {
			crew := crewOf(org, people, u)
			s.crews = append(s.crews, crew)
			key.WriteString(crew.key())
			c.note(crew)
		}
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

func (c *clock) note(w crew) {
	for _, m := range w.members {
		c.longest = max(c.longest, m.first)
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
