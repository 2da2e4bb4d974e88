package escalation

import (
	"time"

	"github.com/watchbill/watchbill"
)

// WakeAt returns when the next Tick is due; zero if nothing is scheduled. After a Tick at now it is zero or later than
// now.
func (s State) WakeAt(p Policy) time.Time {
	return earliest(s.nextAttempt(p), s.giveWay(p), s.catchAllDue(p), s.restartDue(), s.waitDue())
}

// NextLevelAt returns when the active level is expected to give way: its nominal time (that of its time-out, or one interval
// after the last of its attempts), until attempts are made that late because no provider has accepted a message; of one that
// waits for its condition, when it is tried again; zero if no level is active.
func (s State) NextLevelAt(p Policy) time.Time {
	if s.waiting() {
		return s.WaitTill
	}
	if !s.timed() {
		return time.Time{}
	}
	l := s.level(p)
	nominal := s.nominal(l)
	if !s.AttemptAt.Before(nominal) || s.TakenAt.After(nominal) {
		return s.giveWay(p)
	}
	if left := l.Repeat.Attempts - s.At.Number; l.Repeat.Attempts > 1 && left > 0 && left <= int(l.timeout()/l.every()) { // used up first, maybe
		return earliest(nominal, s.AttemptAt.Add(time.Duration(left+1)*l.every()))
	}
	return nominal
}

// Reached reports whether a message has reached somebody, or nobody is needed any more, or the levels are being paged
// for the first time. An escalation that has not reached anybody deserves an alarm; it goes on trying all the same.
func (s State) Reached() bool {
	switch s.Phase {
	case Unreached:
		return false
	case Exhausted:
		return s.Delivered
	case Paging:
		return s.Walking || s.Delivered || !s.WaitTill.IsZero() // low urgency at its catch-all does not walk
	}
	return true
}

func (s State) timed() bool {
	return s.Walking && s.Phase.Active() && s.Urgency == watchbill.UrgencyHigh
}

func (s State) level(p Policy) Level {
	if n := s.At.Level; n >= 1 && n <= len(p.Levels) {
		return p.Levels[n-1]
	}
	return Level{}
}

// nextAttempt returns when the active level is paged again.
func (s State) nextAttempt(p Policy) time.Time {
	l := s.level(p)
	if !s.timed() || l.Repeat.Attempts > 0 && s.At.Number >= l.Repeat.Attempts {
		return time.Time{}
	}
	return s.AttemptAt.Add(l.every())
}

// giveWay returns when the active level gives way. If no provider has accepted a message of it by then, the level is
// given until one interval after the first acceptance, and twice its time at most.
func (s State) giveWay(p Policy) time.Time {
	if !s.timed() {
		return time.Time{}
	}
	l := s.level(p)
	nominal := s.nominal(l)
	if !s.TakenAt.IsZero() && !s.TakenAt.After(nominal) {
		return nominal
	}
	latest := s.LevelAt.Add(2 * l.timeout())
	if s.TakenAt.IsZero() {
		return latest
	}
	return earliest(s.TakenAt.Add(l.every()), latest)
}

// nominal returns when the level gives way if its messages are accepted.
func (s State) nominal(l Level) time.Time {
	timeout := s.LevelAt.Add(l.timeout())
	if n := l.Repeat.Attempts; n > 1 && s.At.Number >= n {
		return earliest(timeout, s.AttemptAt.Add(l.every()))
	}
	return timeout
}

func (s State) giveWayReason(p Policy, now time.Time) Reason {
	l := s.level(p)
	if n := l.Repeat.Attempts; n > 1 && s.At.Number >= n && now.Before(s.LevelAt.Add(l.timeout())) {
		return ReasonAttempts
	}
	return ReasonTimeout
}

func (s State) catchAllDue(p Policy) time.Time {
	if s.Phase != Exhausted || s.Urgency != watchbill.UrgencyHigh || s.CaughtAt.IsZero() {
		return time.Time{}
	}
	return s.CaughtAt.Add(p.catchAllEvery())
}

func (s State) restartDue() time.Time {
	if !s.Phase.Active() || s.Walking || !s.WaitTill.IsZero() {
		return time.Time{}
	}
	return s.RestartAt
}

// waitDue returns when a condition may hold that is waited for.
func (s State) waitDue() time.Time {
	if !s.Phase.Active() {
		return time.Time{}
	}
	return s.WaitTill
}

func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
