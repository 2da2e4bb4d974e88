package escalation

import "slices"

// skipped passes over a level whose condition does not hold, or waits at it.
func (m *machine) skipped(in Skipped) {
	if !m.s.Asked || in.Attempt != m.s.At {
		return
	}
	later := in.Until.After(m.now)
	switch {
	case len(m.s.Pending) > 0: // it held when the level was first paged, and that counts
		m.s.Asked = false
	case in.Wait && later:
		m.s.Walking, m.s.Asked, m.s.WaitTill = false, false, in.Until
	default:
		if later {
			m.s.HoldsAt = earliest(m.s.HoldsAt, in.Until)
		}
		m.leave(ReasonCondition)
	}
}

// waiting reports whether a level waits for its condition.
func (m *machine) waiting() bool { return !m.s.WaitTill.IsZero() && m.s.At.Level > 0 }

// retry tries again what waited: the level, or all levels.
func (m *machine) retry() {
	if m.waiting() {
		m.enter(m.s.At.Level)
		return
	}
	m.startOver()
}

// declined takes a person out. Whoever declined was there all the same.
func (m *machine) declined(in Declined) {
	i := slices.Index(m.s.Pending, in.User)
	if i < 0 {
		return
	}
	m.s.Somebody = true
	m.s.Pending = slices.Delete(slices.Clone(m.s.Pending), i, i+1)
	if len(m.s.Pending) == 0 {
		m.s.Pending = nil
		if m.s.Walking && !m.s.Asked {
			m.leave(ReasonDeclined)
		}
	}
}

// hold stops what runs, and waits for a Restart.
func (m *machine) hold(in Hold) {
	if m.s.Phase == Idle {
		m.s.Urgency = in.Urgency
	}
	if m.s.Phase != Acknowledged {
		m.stop(Held)
	}
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
