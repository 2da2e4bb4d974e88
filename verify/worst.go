package verify

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
)

// Bound is the longest that something takes, over all instants at which an alert may start.
type Bound struct {
	Time      time.Duration
	Unbounded bool      // at some instant it does not happen; Why says why, and Time is zero
	At        time.Time // the first instant at which it takes so long
	Why       string
}

// String returns the time as Go prints it, or "unbounded".
func (b Bound) String() string {
	if b.Unbounded {
		return "unbounded"
	}
	return b.Time.String()
}

// MarshalText returns what String does.
func (b Bound) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// WorstCase is how long the alerts of a policy take at worst, from the alert to a message, if nobody acknowledges and every
// provider accepts at once; where a channel cannot send, its messages are refused at once. A level that has nobody when it
// is asked counts as reached, since it gives way at once. While nobody at all can be sent anything, but somebody has a contact
// on such a channel, the times are bounds: up to a minute, and what the refused rungs wait, more than it takes.
type WorstCase struct {
	Policy       watchbill.PolicyID
	ToFirstPage  Bound // to the first message, by any channel
	ToVoice      Bound // to the first of voice class: voice or sms
	ToEveryLevel Bound // to the last of the levels
	At           time.Time
	Path         []string // what happens then to an alert that starts At

	// Of low urgency, which tells the first level that has somebody, once.
	LowToFirstPage Bound
	LowToVoice     Bound

	NotProved []string // what the times leave out, a sentence each; none: they hold whatever happens
}

// MarshalJSON writes {"policy", "to_first_page", "to_voice", "to_every_level", "at", "path", "low"}, and beside each time
// the instant where it is so long, and why where it is unbounded.
func (w WorstCase) MarshalJSON() ([]byte, error) {
	type low struct {
		ToFirstPage Bound     `json:"to_first_page"`
		FirstPageAt time.Time `json:"first_page_at"`
		ToVoice     Bound     `json:"to_voice"`
		VoiceAt     time.Time `json:"voice_at"`
	}
	return json.Marshal(struct {
		Policy       watchbill.PolicyID `json:"policy"`
		ToFirstPage  Bound              `json:"to_first_page"`
		ToVoice      Bound              `json:"to_voice"`
		ToEveryLevel Bound              `json:"to_every_level"`
		At           time.Time          `json:"at"`
		VoiceAt      time.Time          `json:"voice_at"`
		EveryLevelAt time.Time          `json:"every_level_at"`
		Why          string             `json:"why,omitempty"`
		VoiceWhy     string             `json:"voice_why,omitempty"`
		Path         []string           `json:"path"`
		Low          low                `json:"low"`
		NotProved    []string           `json:"not_proved,omitempty"`
	}{w.Policy, w.ToFirstPage, w.ToVoice, w.ToEveryLevel, w.At, w.ToVoice.At, w.ToEveryLevel.At, w.ToFirstPage.Why, w.ToVoice.Why,
		append([]string{}, w.Path...), low{w.LowToFirstPage, w.LowToFirstPage.At, w.LowToVoice, w.LowToVoice.At}, w.NotProved})
}

// WorstTimes returns how long the alerts of a policy that start between from and to take at worst. It is false if there is
// no such policy, or if it has so many attempts that they cannot all be followed; then the result is what was found.
func WorstTimes(org *oncall.Org, id watchbill.PolicyID, from, to time.Time, more ...Option) (WorstCase, bool) {
	p, ok := org.Frozen(id)
	if !ok || !to.After(from) {
		return WorstCase{Policy: id}, false
	}
	w := newWorld(org, from, to, optionsOf(more).channels)
	worst, unfinished := w.worstTimes(w.newRoll(p))
	return worst, unfinished.IsZero()
}

// worstTimes also returns from which start on nothing has been proved; zero if all has.
func (w *world) worstTimes(r *roll) (worst WorstCase, unfinished time.Time) {
	high := w.worstOfAll(r, watchbill.UrgencyHigh, watchbill.SeverityCritical, watchbill.SeverityError)
	low := w.worstOfAll(r, watchbill.UrgencyLow, watchbill.SeverityWarning, watchbill.SeverityInfo)
	worst = WorstCase{Policy: r.policy.ID,
		ToFirstPage: high.first.bound(nobodyPaged), NotProved: w.unproved(r),
		ToVoice: high.voice.bound(w.unvoiced("the run goes through every level to the catch-all, and nobody with a voice or " +
			"sms contact is paged")),
		ToEveryLevel:   high.every.bound("the levels take longer than can be followed"),
		At:             high.joint.at.in(time.UTC),
		LowToFirstPage: low.first.bound(nobodyPaged),
		LowToVoice:     low.voice.bound(w.unvoiced("the people who are told have no voice or sms contact in their rules for low urgency")),
	}
	for _, s := range [...]*search{high, low} {
		if s.stopped > 0 && (unfinished.IsZero() || s.stopped.in(time.UTC).Before(unfinished)) {
			unfinished = s.stopped.in(time.UTC)
		}
	}
	worst.Path = w.path(r.policy.ID, worst.At, high.severity)
	return worst, unfinished
}

// worstOfAll searches for the severities of an urgency, each if a level asks which it is.
func (w *world) worstOfAll(r *roll, u watchbill.Urgency, severities ...watchbill.Severity) *search {
	if !slices.ContainsFunc(r.policy.Levels, func(l escalation.Level) bool { return len(l.When.Severity) > 0 }) {
		severities = severities[:1]
	}
	var worst *search
	for _, s := range severities {
		one := w.search(r, u, s)
		if worst == nil {
			worst = one
			continue
		}
		worst.first.take(one.first.time, one.first.at)
		worst.voice.take(one.voice.time, one.voice.at)
		worst.every.take(one.every.time, one.every.at)
		if one.joint.time > worst.joint.time {
			worst.joint, worst.severity = one.joint, s
		}
		if one.stopped > 0 && (worst.stopped == 0 || one.stopped < worst.stopped) {
			worst.stopped = one.stopped
		}
	}
	return worst
}

// unvoiced says why nobody's telephone rings.
func (w *world) unvoiced(why string) string {
	if !w.ways.ring() {
		return noVoice
	}
	return why
}

// peak is the greatest of some times, and the first instant at which it was found.
type peak struct {
	time  time.Duration
	at    micros
	found bool
}

func (p *peak) take(d time.Duration, at micros) {
	if !p.found || d > p.time {
		*p = peak{d, at, true}
	}
}

func (p *peak) bound(why string) Bound {
	if p.time == never {
		return Bound{Unbounded: true, At: p.at.in(time.UTC), Why: why}
	}
	return Bound{Time: p.time, At: p.at.in(time.UTC)}
}

// search looks for the worst start of a run.
type search struct {
	runner
	reach   micros // how far a run looks ahead while there is somebody
	seen    map[string]bool
	key     []byte
	stopped micros // the first start that was not looked at; zero: none

	first, voice, every peak
	joint               peak // of the first page, and where that is equal, of every level
	jointEvery          time.Duration
}

// maxSteps bounds what is spent on one policy and urgency.
const maxSteps = 2_000_000

// search goes over every start in the window. A run goes the same way until one of the instants at which it asks a level
// crosses a boundary; so it is enough to look at one start of each such cell, the first, where a run that waits for a
// boundary waits longest. Stretches that look alike, as far as a run looks ahead, are looked at once.
func (w *world) search(r *roll, u watchbill.Urgency, severity watchbill.Severity) *search {
	c := w.newClock(r, u)
	s := &search{runner: runner{org: w.org, policy: r.policy, urgency: u, severity: severity, clock: c}, seen: map[string]bool{}}
	s.reach = microsIn(runLength(r.policy) + 2*c.longest)
	for i, start := range c.at {
		end := min(c.until(i), w.to)
		if start >= end {
			break
		}
		if !timed(r.policy) && s.known(i) { // a run may wait for hours however far they are
			continue
		}
		for t := start; t < end; {
			if s.steps > maxSteps {
				s.stopped = t
				return s
			}
			x := s.follow(t, i)
			s.take(x, t)
			t += max(x.slack, 1)
		}
	}
	return s
}

func (s *search) take(x course, at micros) {
	s.first.take(x.first, at)
	s.voice.take(x.voice, at)
	s.every.take(x.every, at)
	if x.first > s.joint.time || !s.joint.found || x.first == s.joint.time && x.every > s.jointEvery {
		s.joint, s.jointEvery = peak{x.first, at, true}, x.every
	}
}

// known reports whether a stretch that looks like the one from piece i on has been looked at: the same stances for the same
// times, as far as a run that starts in the piece can look. While there is nobody, a run looks on to the end of that.
func (s *search) known(i int) bool {
	key, c, left := s.key[:0], s.clock, s.reach
	for j := i; left > 0; j++ {
		if j == len(c.at) {
			key = append(key, 0) // what comes then is not known
			break
		}
		length, dead := c.until(j)-c.at[j], c.stances[c.state[j]].empty()
		if !dead {
			length = min(length, left)
		}
		key = binary.AppendVarint(binary.AppendVarint(key, int64(c.state[j])), int64(length))
		switch {
		case dead:
			left = s.reach // the run starts over
		case j > i:
			left -= length
		}
	}
	s.key = key
	if s.seen[string(key)] {
		return true
	}
	s.seen[string(key)] = true
	return false
}

// runLength is how long a run may take until every cycle is over and the catch-all has been asked.
func runLength(p escalation.Policy) time.Duration {
	var levels time.Duration
	rounds := 1
	for _, l := range p.Levels {
		if l.Then.Level > 0 {
			rounds += max(l.Then.Times, 1)
		}
		timeout := l.Timeout
		if timeout <= 0 {
			timeout = escalation.DefaultTimeout
		}
		levels = min(levels+2*timeout, longestFollowed) // twice: while no provider has accepted anything
	}
	return min(levels*time.Duration(max(p.Cycles, 1)+1)*time.Duration(rounds)+2*time.Minute, longestFollowed)
}

// longestFollowed is how far a run is followed at most.
const longestFollowed = 31 * 24 * time.Hour

// nobodyPaged says why a first page is unbounded.
const nobodyPaged = "nobody is paged: no level that is asked, and no catch_all, has anybody, up to a month after the window"

// longestRun is how far beyond the window the runs that start in it may look: to the end of a gap of a month, and on.
func longestRun(org *oncall.Org) micros {
	var longest, rules time.Duration
	for _, p := range org.Config().Policies {
		frozen, _ := org.Frozen(p.ID)
		longest = max(longest, runLength(frozen))
	}
	for _, u := range org.Config().Catalog.Users {
		for _, urgency := range [...]watchbill.Urgency{watchbill.UrgencyHigh, watchbill.UrgencyLow} {
			for _, s := range u.Steps(urgency) {
				rules = max(rules, s.After)
			}
		}
	}
	return microsIn(min(longest+2*rules, longestFollowed) + longestFollowed)
}

// inZone tells the instants in a zone.
func (w *WorstCase) inZone(zone *time.Location) {
	for _, at := range []*time.Time{&w.At, &w.ToFirstPage.At, &w.ToVoice.At, &w.ToEveryLevel.At, &w.LowToFirstPage.At, &w.LowToVoice.At} {
		*at = at.In(zone)
	}
}
