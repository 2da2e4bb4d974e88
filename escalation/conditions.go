package escalation

import (
	"slices"

	"github.com/watchbill/watchbill"
)

// skipped passes over a level whose condition does not hold, or waits at it.
func (m *machine) skipped(in Skipped) {
	if !m.s.Asked || in.Attempt != m.s.At {
		return
	}
	later := in.Until.After(m.now)
	switch {
	case len(m.s.Pending) > 0: // it held when the level was first paged, and that counts
		m.s.Asked = false
	case in.Wait && later && m.s.Phase == Paging: // what has gone through all levels must not fall silent
		m.s.Walking, m.s.Asked, m.s.WaitTill = false, false, in.Until
	default:
		if later {
			m.s.HoldsAt = earliest(m.s.HoldsAt, in.Until)
		}
		m.leave(ReasonCondition)
	}
}

// allSkipped reports whether every level of a first cycle was skipped, and one may page later. In later cycles somebody has
// been paged and has not answered, which the catch-all is to hear.
func (m *machine) allSkipped() bool {
	return m.s.Phase == Paging && len(m.p.Levels) > 0 && !m.s.Unskipped && m.s.At.Cycle-m.s.Extra <= 1 &&
		m.s.HoldsAt.After(m.now)
}

// waiting reports whether a level waits for its condition.
func (s State) waiting() bool { return s.Phase.Active() && !s.WaitTill.IsZero() && s.At.Level > 0 }

// retry tries again what waited: the level, or all levels.
func (m *machine) retry() {
	if m.s.waiting() {
		m.enter(m.s.At.Level)
		return
	}
	m.startOver()
}

// answered takes a person out who has declined, or has acknowledged where that is not enough. Whoever answered was there
// all the same.
func (m *machine) answered(user watchbill.UserID, why Reason) {
	i := slices.Index(m.s.Pending, user)
	if i < 0 {
		return
	}
	m.s.Somebody = true
	m.s.Pending = slices.Delete(slices.Clone(m.s.Pending), i, i+1)
	if len(m.s.Pending) == 0 {
		m.s.Pending = nil
		if m.s.Walking && !m.s.Asked {
			m.leave(why)
		}
	}
}

// hold stops what runs, or ends an acknowledgement, and waits for a Restart.
func (m *machine) hold(in Hold) {
	if m.s.Phase != Resolved {
		m.s.Urgency = in.Urgency // also of one that has become urgent since it was acknowledged
	}
	m.stop(Held)
}

// restart starts a run at level 1.
func (m *machine) restart(in Restart) {
	if m.s.Phase != Resolved {
		m.start(in.Urgency, 1)
	}
}

// rebaseWait bounds what a clock that was ahead made wait: a condition is looked at again within the time it waited for.
func (m *machine) rebaseWait() {
	if m.s.WaitTill.IsZero() || !m.s.CycleAt.After(m.now) {
		return
	}
	m.s.WaitTill = earliest(m.s.WaitTill, m.now.Add(retryEvery))
}
