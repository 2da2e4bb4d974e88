package escalation

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
)

// retryEvery is the longest that an alert which has reached nobody is left alone.
const retryEvery = time.Minute

// Step takes the escalation one input further. It never fails: an input that means nothing in this state changes
// nothing and has no effects. The policy is the one that was frozen when the run started.
func Step(p Policy, s State, now time.Time, in Input) (State, []Effect) {
	m := machine{p: p, s: s, now: now}
	m.rebase()
	switch in := in.(type) {
	case Trigger:
		m.trigger(in)
	case Found:
		m.found(in)
	case Nobody:
		m.nobody(in)
	case Taken:
		m.taken(in)
	case Unreachable:
		m.unreachable(in)
	case Acknowledge:
		m.stop(Acknowledged)
	case Resolve:
		m.stop(Resolved)
	case Escalate:
		m.escalate()
	case Skipped:
		m.skipped(in)
	case Declined:
		m.answered(in.User, ReasonDeclined)
	case Answered:
		m.answered(in.User, ReasonAcks)
	case Hold:
		m.hold(in)
	case Restart:
		m.restart(in)
	case Look:
		if !m.s.WaitTill.IsZero() {
			m.retry()
		}
	case Tick:
		m.tick()
	}
	return m.s, m.effects
}

type machine struct {
	p       Policy
	s       State
	now     time.Time
	effects []Effect
}

func (m *machine) emit(e Effect) { m.effects = append(m.effects, e) }

// rebase lets every wait that began after now begin now: a clock that was wrong and is set back leaves nothing silent.
func (m *machine) rebase() {
	m.rebaseWait()
	for _, t := range []*time.Time{&m.s.CycleAt, &m.s.LevelAt, &m.s.AttemptAt, &m.s.TakenAt, &m.s.CaughtAt} {
		if t.After(m.now) {
			*t = m.now
		}
	}
	if m.s.RestartAt.After(m.now.Add(retryEvery)) {
		m.s.RestartAt = m.now.Add(retryEvery)
	}
}

func (m *machine) trigger(in Trigger) {
	raised := m.s.Urgency == watchbill.UrgencyLow && in.Urgency == watchbill.UrgencyHigh
	if m.s.Phase == Held {
		m.s.Urgency = in.Urgency
		return
	}
	if m.s.Phase == Resolved || m.s.Phase != Idle && !raised {
		return
	}
	m.start(in.Urgency, 1)
}

// start begins a new run at a level.
func (m *machine) start(u watchbill.Urgency, level int) {
	if m.s.Phase.Active() {
		m.emit(Stopped{m.s.At.Run})
	}
	if level > len(m.p.Levels) && len(m.p.CatchAll) == 0 {
		level = 1 // nothing comes after the last level
	}
	m.s = State{Phase: Paging, Urgency: u, At: watchbill.Attempt{Run: m.s.At.Run + 1, Cycle: 1}, CycleAt: m.now,
		Somebody: level > 1, Unskipped: level > 1} // the levels before had somebody: one of them acknowledged
	m.enter(level)
}

// enter pages a level, or what comes after the last.
func (m *machine) enter(level int) {
	if level > len(m.p.Levels) {
		m.afterLast()
		return
	}
	m.s.At.Level, m.s.At.Number = level, 1
	m.s.Walking, m.s.LevelAt, m.s.TakenAt, m.s.Pending = true, m.now, time.Time{}, nil
	m.s.WaitTill = time.Time{}
	m.page()
}

func (m *machine) page() {
	m.s.AttemptAt, m.s.Asked = m.now, true
	m.emit(Page{m.s.At, m.s.level(m.p).Targets})
}

// leave gives way to the next level.
func (m *machine) leave(why Reason) {
	m.s.Somebody = m.s.Somebody || len(m.s.Pending) > 0
	m.s.Unskipped = m.s.Unskipped || why != ReasonCondition
	m.s.Walking, m.s.Asked, m.s.WaitTill = false, false, time.Time{}
	m.emit(LevelLeft{m.s.At, why})
	m.enter(m.next(why))
}

// next returns the level that comes after the one that gives way: the next one, or, if its time is over, the one that it
// jumps back to. Levels that come again do so in a cycle that does not count, so that each page has a name of its own.
func (m *machine) next(why Reason) int {
	here := m.s.At.Level
	to := m.s.level(m.p).Then
	if to.Level == 0 || to.Level > here || why != ReasonTimeout && why != ReasonAttempts {
		return here + 1
	}
	jumps := make([]int, max(here, len(m.s.Jumps)))
	copy(jumps, m.s.Jumps)
	if jumps[here-1] >= max(to.Times, 1) {
		return here + 1
	}
	jumps[here-1]++
	m.s.Jumps = jumps
	m.s.At.Cycle++
	m.s.Extra++
	return to.Level
}

// afterLast begins the next cycle, unless the cycles are used up or this one found nobody. The catch-all is paged once
// when the phase becomes exhausted, and once more whenever a cycle after that found nobody, unless it has just heard of it:
// then its own turn comes.
func (m *machine) afterLast() {
	if m.s.Phase == Paging && m.s.Somebody && m.s.Urgency == watchbill.UrgencyHigh && m.s.At.Cycle-m.s.Extra < m.p.cycles() {
		m.cycle()
		return
	}
	m.s.Walking = false
	if m.allSkipped() {
		m.s.At.Level, m.s.At.Number, m.s.WaitTill = 0, 0, m.s.HoldsAt // held until one may page
		return
	}
	if !m.s.Delivered {
		m.restartAt(m.s.CycleAt.Add(retryEvery))
	}
	if m.s.Phase != Exhausted || !m.s.Somebody && !m.s.Heard {
		m.catchAll()
	}
}

func (m *machine) cycle() {
	m.s.At.Cycle++
	m.s.At.Level, m.s.At.Number = 0, 0
	m.s.CycleAt, m.s.Somebody, m.s.RestartAt, m.s.ChangeAt = m.now, false, time.Time{}, time.Time{}
	m.s.Unskipped, m.s.HoldsAt, m.s.WaitTill, m.s.Jumps = false, time.Time{}, time.Time{}, nil
	m.enter(1)
}

// startOver begins a cycle that does not count.
func (m *machine) startOver() {
	m.s.Extra++
	m.cycle()
}

func (m *machine) restartAt(at time.Time) {
	if !at.After(m.now) {
		at = m.now.Add(retryEvery)
	}
	m.s.RestartAt = at
}

func (m *machine) catchAll() {
	if m.s.AskedAll && m.s.CaughtAt.Equal(m.now) {
		return // this very Step has asked already
	}
	if m.s.Phase == Paging {
		m.exhausted()
	}
	m.s.CatchAll = watchbill.Attempt{Run: m.s.At.Run, Cycle: m.s.At.Cycle, Number: m.s.CatchAll.Number + 1}
	m.s.CaughtAt, m.s.AskedAll = m.now, true
	m.emit(Page{m.s.CatchAll, m.p.CatchAll})
}

// exhausted is for high urgency only; low urgency tells the catch-all once and is done.
func (m *machine) exhausted() {
	if m.s.Urgency == watchbill.UrgencyHigh {
		m.s.Phase = Exhausted
		m.emit(GaveUp{Exhausted})
	}
}

func (m *machine) found(in Found) {
	switch {
	case len(in.People) == 0:
		m.nobody(Nobody{Attempt: in.Attempt})
	case m.s.Asked && in.Attempt == m.s.At:
		m.s.Asked = false
		m.s.Pending = union(m.s.Pending, in.People)
		if m.s.Phase == Unreached {
			m.s.Phase = Paging
		}
	case m.s.AskedAll && in.Attempt == m.s.CatchAll:
		m.s.AskedAll = false
		if m.s.Phase == Unreached {
			m.s.Phase = Paging
			m.exhausted()
		}
	}
}

func (m *machine) nobody(in Nobody) {
	switch {
	case m.s.Asked && in.Attempt == m.s.At:
		m.changes(in.Until)
		m.leave(ReasonNobody)
	case m.s.AskedAll && in.Attempt == m.s.CatchAll:
		m.s.AskedAll, m.s.Heard = false, false
		m.nobodyAtAll(in)
	}
}

// nobodyAtAll is for a catch-all with nobody behind it: those whom the levels have are paged in its place when it would be
// repeated, for nobody else is left to hear of it.
func (m *machine) nobodyAtAll(in Nobody) {
	switch {
	case m.s.Walking: // too early to say so
	case !m.s.Somebody:
		m.changes(in.Until)
		m.unreached()
	case m.s.Phase == Exhausted && m.s.CatchAll.Number > 1 && len(m.p.CatchAll) > 0:
		m.startOver()
	}
}

// changes notes when what has nobody may have somebody.
func (m *machine) changes(at time.Time) {
	if at.After(m.now) {
		m.s.ChangeAt = earliest(m.s.ChangeAt, at)
	}
}

// unreached looks again at the next boundary of any schedule that had nobody, and within retryEvery.
func (m *machine) unreached() {
	m.s.RestartAt = m.now.Add(retryEvery)
	if m.s.ChangeAt.After(m.now) {
		m.s.RestartAt = earliest(m.s.RestartAt, m.s.ChangeAt)
	}
	if m.s.Phase != Unreached {
		m.s.Phase = Unreached
		m.emit(GaveUp{Unreached})
	}
}

func (m *machine) taken(in Taken) {
	if !m.s.Phase.Active() || in.Attempt.Run != m.s.At.Run {
		return
	}
	m.s.Heard = m.s.Heard || !m.s.Delivered && in.Attempt == m.s.CatchAll
	m.s.Delivered = true
	if m.s.Phase != Unreached { // there, a late receipt is no reason to stop looking
		m.s.RestartAt = time.Time{}
	}
	here := in.Attempt.Cycle == m.s.At.Cycle && in.Attempt.Level == m.s.At.Level
	if here && m.s.TakenAt.IsZero() {
		m.s.TakenAt = m.now
	}
}

func (m *machine) unreachable(in Unreachable) {
	i := slices.Index(m.s.Pending, in.User)
	if i < 0 {
		return
	}
	m.s.Pending = slices.Delete(slices.Clone(m.s.Pending), i, i+1)
	if len(m.s.Pending) == 0 {
		m.s.Pending = nil
		if m.s.Walking && !m.s.Asked {
			m.leave(ReasonUnreachable)
		}
	}
}

func (m *machine) stop(to Phase) {
	if m.s.Phase == Resolved || m.s.Phase == to || m.s.Phase == Idle && to == Acknowledged {
		return
	}
	if m.s.Phase.Active() {
		m.emit(Stopped{m.s.At.Run})
	}
	m.s = State{Phase: to, Urgency: m.s.Urgency, At: m.s.At}
}

func (m *machine) escalate() {
	switch {
	case m.s.Phase == Acknowledged:
		m.start(m.s.Urgency, m.s.At.Level+1)
	case !m.s.Phase.Active():
	case m.s.Walking, m.s.waiting():
		m.leave(ReasonEscalated)
	case m.s.Phase == Unreached:
		m.startOver()
	default:
		m.catchAll()
	}
}

// tick does what is due: at most one level is moved, and the catch-all repeated.
func (m *machine) tick() {
	if due(m.s.catchAllDue(m.p), m.now) {
		m.catchAll()
	}
	switch {
	case due(m.s.WaitTill, m.now):
		m.retry()
	case due(m.s.restartDue(), m.now):
		m.startOver()
	case due(m.s.giveWay(m.p), m.now):
		m.leave(m.s.giveWayReason(m.p, m.now))
	case due(m.s.nextAttempt(m.p), m.now):
		m.s.At.Number++
		m.page()
	}
}

func due(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

func union(have, more []watchbill.UserID) []watchbill.UserID {
	all := slices.Clone(have)
	for _, u := range more {
		if !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	return all
}
