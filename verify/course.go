package verify

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
)

// course is how one run of an escalation goes if nobody acknowledges and every provider accepts: when, after the alert,
// the first message of any kind and of voice class is sent, and when the last of the levels has been asked. What does not
// happen is never.
type course struct {
	first, voice, every time.Duration

	slack micros // the run goes the same way if it starts up to so much later, never slower
	cut   bool   // what the run was followed for ended before it was known how it goes on
}

// runner follows runs of one policy. The machine is escalation.Step itself; people are answered from the clock.
type runner struct {
	org      *oncall.Org
	policy   escalation.Policy
	urgency  watchbill.Urgency
	severity watchbill.Severity
	clock    *clock
	steps    int // of the machine, so far
}

// run is one run under way.
type run struct {
	*runner
	course
	start, now micros
	piece      int // of the clock, at now
	state      escalation.State
	pages      []escalation.Page
	climbing   []climb
	caught     bool          // the catch-all has been asked after the levels
	late       time.Duration // what it may have taken longer than it seems, see stance.late
	adrift     bool          // nobody was found anywhere: what follows hangs on the clock's next boundary, not on the start
}

// climb is a person who has been paged and not been told yet.
type climb struct {
	climber
	started micros
	attempt watchbill.Attempt // the latest
	told    bool
	failed  bool // mute, and every rung has been refused
}

// due returns when the next message leaves, or the last is refused; zero if that has been.
func (c climb) due() micros {
	switch {
	case c.mute() && !c.failed:
		return c.started + microsIn(c.fails)
	case !c.mute() && !c.told:
		return c.started + microsIn(c.first)
	}
	return 0
}

// follow runs an alert that starts at an instant in a piece of the clock.
func (r *runner) follow(start micros, piece int) course {
	x := run{runner: r, start: start, now: start, piece: piece}
	x.course = course{first: never, voice: never, every: never, slack: r.clock.end - start}
	if len(r.policy.Levels) == 0 || r.urgency == watchbill.UrgencyLow {
		x.every = 0
	}
	x.step(escalation.Trigger{Urgency: r.urgency})
	x.settle()
	for !x.done() {
		next, ok := x.wake()
		if !ok {
			break
		}
		if next >= r.clock.end {
			x.cut = true
			break
		}
		x.now = next
		for x.piece+1 < len(r.clock.at) && r.clock.at[x.piece+1] <= next {
			x.piece++
		}
		x.step(escalation.Tick{})
		x.settle()
	}
	return x.course
}

// wake returns when something happens next. While there is nobody at all, that is when somebody may come on call: the
// machine looks again before, and finds nobody.
func (x *run) wake() (micros, bool) {
	if x.adrift && x.state.Phase == escalation.Unreached && x.stance().empty() {
		return x.clock.until(x.piece), true
	}
	var next time.Time
	if at := x.state.WakeAt(x.policy); !at.IsZero() {
		next = at
	}
	for _, c := range x.climbing {
		if due := c.due(); due != 0 && (next.IsZero() || due.in(time.UTC).Before(next)) {
			next = due.in(time.UTC)
		}
	}
	return max(microsOf(next), x.now), !next.IsZero()
}

func (x *run) stance() *stance { return &x.clock.stances[x.clock.state[x.piece]] }

// done reports whether nothing that can still happen makes any of the times shorter.
func (x *run) done() bool {
	passed := x.passed()
	if !x.clock.human {
		return x.every != never
	}
	if x.every == never || x.first > passed {
		return false
	}
	return x.voice <= passed || x.voice == never && (x.caught || !x.clock.voice)
}

// step takes the machine further and answers what it asks, as package episode does.
func (x *run) step(in escalation.Input) {
	x.input(in)
	for len(x.pages) > 0 {
		page := x.pages[0]
		x.pages = x.pages[1:]
		x.answer(page)
	}
}

func (x *run) input(in escalation.Input) {
	x.steps++
	var effects []escalation.Effect
	x.state, effects = escalation.Step(x.policy, x.state, x.now.in(time.UTC), in)
	for _, e := range effects {
		if page, ok := e.(escalation.Page); ok {
			x.pages = append(x.pages, page)
		}
	}
}

func (x *run) answer(page escalation.Page) {
	level := page.Attempt.Level
	boundary := x.clock.until(x.piece)
	if !x.adrift {
		x.slack = min(x.slack, boundary-x.now)
	}
	if level == len(x.policy.Levels) && x.every == never {
		x.every = x.passed()
	}
	if level > 0 && page.Attempt.Number == 1 && x.skips(page.Attempt, x.policy.Levels[level-1].When) {
		return
	}
	crew := x.stance().level(level)
	if empty := x.stance().empty(); len(crew.members) == 0 || empty && !crew.alive() && !crew.machines() {
		if empty {
			x.late = max(x.late, x.stance().late())
		}
		x.input(escalation.Nobody{Attempt: page.Attempt, Until: boundary.in(time.UTC)})
		x.adrift = x.adrift || x.state.Phase == escalation.Unreached && x.stance().empty()
		x.caught = x.caught || level == 0 && x.state.Phase != escalation.Unreached
		return
	}
	x.input(escalation.Found{Attempt: page.Attempt, People: crew.users})
	x.caught = x.caught || level == 0
	for _, m := range crew.members {
		x.page(m, page.Attempt)
	}
}

// skips passes over a level whose condition does not hold, or waits at it. When a wait ends does not depend on the start.
func (x *run) skips(a watchbill.Attempt, w escalation.When) bool {
	ok, until := x.org.Holds(w, x.severity, x.now.in(time.UTC))
	if ok {
		return false
	}
	x.input(escalation.Skipped{Attempt: a, Until: until, Wait: w.Wait})
	x.adrift = x.adrift || !x.state.WaitTill.IsZero()
	return true
}

// page begins a person's rules, or goes on with them under a later attempt.
func (x *run) page(m climber, attempt watchbill.Attempt) {
	passed := x.passed()
	for i := range x.climbing {
		c := &x.climbing[i]
		if c.user == m.user {
			c.attempt = attempt
			c.told = false // what is due already is repeated
			if c.failed {
				c.started, c.failed = x.now, false // the rules start over
			}
			if m.user == prompt && (!m.turns || attempt.Number == 1) {
				c.climber, c.started = m, x.now
				x.first = min(x.first, plus(passed, m.first))
				x.voice = min(x.voice, plus(passed, m.voice))
			}
			return
		}
	}
	if m.thing {
		x.input(escalation.Taken{Attempt: attempt})
		return
	}
	x.climbing = append(x.climbing, climb{climber: m, started: x.now, attempt: attempt})
	x.first = min(x.first, plus(passed, m.first))
	x.voice = min(x.voice, plus(passed, m.voice))
}

// settle sends what is due. Every provider accepts, but where there is none everything is refused.
func (x *run) settle() {
	for i := 0; i < len(x.climbing); i++ {
		c := &x.climbing[i]
		if due := c.due(); due == 0 || due > x.now {
			continue
		}
		if c.mute() {
			c.failed = true
			x.step(escalation.Unreachable{User: c.user}) // which may page somebody more
			i = -1
			continue
		}
		c.told = true
		x.input(escalation.Taken{Attempt: c.attempt})
	}
}

// passed is how long the run has taken so far, at most.
func (x *run) passed() time.Duration { return (x.now - x.start).duration() + x.late }

func microsIn(d time.Duration) micros { return micros(d / time.Microsecond) }

// plus adds without leaving never.
func plus(a, b time.Duration) time.Duration {
	if b == never || a > never-b {
		return never
	}
	return a + b
}
