package heartbeat

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
)

// Input is what can happen to a monitor: [Pinged] or [Tick].
type Input interface{ input() }

// Pinged is a ping that has come.
type Pinged struct{ Ping Ping }

// Tick says that time has passed. UpSince is since when pings could come in without a break: nobody is overdue for want of
// pings that could not have been received.
type Tick struct{ UpSince time.Time }

func (Pinged) input() {}
func (Tick) input()   {}

// Effect is what is to be done: [Raise] or [Recovered].
type Effect interface{ effect() }

// Raise asks for an alert about the state's Trouble. With Again it was raised before, and still is so: said every minute,
// so that an alert that resolves for want of signals does not.
type Raise struct{ Again bool }

// Recovered says that the alert is over.
type Recovered struct{}

func (Raise) effect()     {}
func (Recovered) effect() {}

const (
	againEvery = time.Minute
	// early is how much before a time of the cron expression a ping counts as the one for it: clocks differ.
	early = 10 * time.Second
	// minExtension is the least that a monitor is given after nobody was there to listen.
	minExtension  = 2 * time.Minute
	maxExtensions = 3
)

// Step takes a monitor one input further. It never fails. The zero State begins with now, waiting for the first ping; a
// timing that has changed counts from now.
func Step(w *Watch, s State, now time.Time, in Input) (State, []Effect) {
	now = watchbill.Stamp(now)
	s = w.settle(s, now)
	switch in := in.(type) {
	case Pinged:
		return w.pinged(s, now, in.Ping.Clean())
	case Tick:
		return w.tick(s, now, in.UpSince)
	}
	return s, nil
}

// settle begins a state, takes over a new timing, and lets waits that began after now begin now, in case a clock was wrong
// and is set back.
func (w *Watch) settle(s State, now time.Time) State {
	timing := w.Timing()
	if s.V == 0 {
		s = State{V: 1, Since: now}
	}
	if s.Timing != timing || s.TimedAt.IsZero() {
		s.Timing, s.TimedAt, s.GraceAt, s.Graces = timing, now, time.Time{}, 0
	}
	for _, t := range []*time.Time{&s.Since, &s.TimedAt, &s.OKAt, &s.Last.At, &s.Trouble.Since} {
		*t = earlier(*t, now)
	}
	if len(s.Running) > 0 && s.Running[len(s.Running)-1].At.After(now) {
		s.Running = slices.Clone(s.Running)
		for i := range s.Running {
			s.Running[i].At = earlier(s.Running[i].At, now)
		}
	}
	s.AgainAt = earlier(s.AgainAt, now.Add(againEvery))
	if s.GraceAt.After(now) {
		s.GraceAt = earlier(s.GraceAt, w.extension(now))
	}
	return s
}

func earlier(a, b time.Time) time.Time {
	if a.After(b) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (w *Watch) pinged(s State, now time.Time, p Ping) (State, []Effect) {
	s.Last = Ping{At: now, Kind: p.Kind, Exit: p.Exit, Run: p.Run}
	if p.Kind == Log {
		return s, nil
	}
	s.GraceAt, s.Graces = time.Time{}, 0
	switch p.Kind {
	case Start:
		return s.started(now, p), nil
	case Fail:
		s.Running = s.without(p.Run)
		return w.troubled(s, now, Failing, Trouble{Text: w.failed(p), Exit: p.Exit, Log: tail(p.Body, maxLog)}), []Effect{Raise{}}
	}
	s.OKAt, s.Running = now, s.without(p.Run)
	var effects []Effect
	if s.Phase.Troubled() {
		effects = []Effect{Recovered{}}
	}
	s.Trouble, s.AgainAt = Trouble{}, time.Time{}
	if len(s.Running) > 0 {
		return s.in(Started, now), effects
	}
	return s.in(Healthy, now), effects
}

// started notes a run. What is overdue or failing stays so until something succeeds.
func (s State) started(now time.Time, p Ping) State {
	running := slices.DeleteFunc(slices.Clone(s.Running), func(r Run) bool { return r.ID == p.Run && p.Run != "" })
	if p.Run == "" && len(running) > 0 { // it began again, and which began is not known: the first one counts
		return s
	}
	if len(running) == maxRuns {
		running = slices.Delete(running, 1, 2)
	}
	s.Running = append(running, Run{ID: p.Run, At: now})
	if s.Phase.Troubled() {
		return s
	}
	return s.in(Started, now)
}

// without returns the runs that are left after one has ended: it, and what began before it, is not waited for any more. An
// end that names no run, or an unknown one, ends all.
func (s State) without(run string) []Run {
	i := slices.IndexFunc(s.Running, func(r Run) bool { return r.ID == run })
	if i < 0 || run == "" || i == len(s.Running)-1 {
		return nil
	}
	return slices.Clone(s.Running[i+1:])
}

func (s State) in(p Phase, now time.Time) State {
	if s.Phase != p {
		s.Phase, s.Since = p, now
	}
	return s
}

func (w *Watch) troubled(s State, now time.Time, p Phase, t Trouble) State {
	t.Since = now
	s = s.in(p, now)
	s.Trouble, s.AgainAt, s.GraceAt, s.Graces = t, now.Add(againEvery), time.Time{}, 0
	return s
}

func (w *Watch) tick(s State, now, upSince time.Time) (State, []Effect) {
	if s.Phase.Troubled() {
		if s.AgainAt.After(now) {
			return s, nil
		}
		s.AgainAt = now.Add(againEvery)
		return s, []Effect{Raise{Again: true}}
	}
	from, _ := w.awaited(s)
	if due := w.DueAt(s); due.IsZero() || due.After(now) {
		return s, nil
	}
	upSince = earlier(upSince, now)
	if until := w.extension(upSince); upSince.After(from) && until.After(now) && s.Graces < maxExtensions {
		s.GraceAt, s.Graces = until, s.Graces+1
		return s, nil
	}
	return w.troubled(s, now, Overdue, Trouble{Text: w.overdue(s, now)}), []Effect{Raise{}}
}

// extension returns until when a monitor is given time that could not be heard before up.
func (w *Watch) extension(up time.Time) time.Time {
	least := up.Add(minExtension)
	if w.monitor.Cron != "" {
		expected := w.cron.Next(w.zone, up)
		return watchbill.Stamp(later(least, expected.Add(w.graceAt(expected))))
	}
	return watchbill.Stamp(later(least, up.Add(w.monitor.Interval+w.grace(w.monitor.Interval))))
}

// awaited returns from when on something is awaited, and by when it is due; zero for never. Nothing is awaited of one that
// is in trouble.
func (w *Watch) awaited(s State) (from, due time.Time) {
	m := w.monitor
	switch {
	case s.Phase.Troubled() || s.Phase == Waiting && m.Waiting < 0:
		return time.Time{}, time.Time{}
	case s.Phase == Waiting && m.Waiting > 0:
		return s.TimedAt, s.TimedAt.Add(m.Waiting)
	case s.Phase == Waiting && m.Cron == "":
		return s.TimedAt, s.TimedAt.Add(2 * m.Interval)
	case s.Phase == Waiting:
		second := w.cron.Next(w.zone, w.cron.Next(w.zone, s.TimedAt))
		return s.TimedAt, second.Add(w.graceAt(second))
	case m.Cron != "":
		expected := w.cron.Next(w.zone, later(s.OKAt, s.TimedAt).Add(early))
		return expected.Add(-early), expected.Add(w.graceAt(expected))
	}
	from = later(s.OKAt, s.TimedAt)
	if len(s.Running) > 0 {
		from = later(s.Running[0].At, s.TimedAt)
	}
	return from, from.Add(m.Interval + w.grace(m.Interval))
}

// graceAt is the grace after a time of the cron expression.
func (w *Watch) graceAt(expected time.Time) time.Duration {
	return w.grace(w.cron.Next(w.zone, expected).Sub(expected))
}

// DueAt returns when a monitor becomes overdue unless a ping comes; zero if it does not, or is in trouble already.
func (w *Watch) DueAt(s State) time.Time {
	_, due := w.awaited(s)
	if due.IsZero() {
		return due
	}
	return watchbill.Stamp(later(due, s.GraceAt))
}

// ExpectedAt returns when the next success is expected; zero if that is not known: while it waits for the first ping, or is
// in trouble.
func (w *Watch) ExpectedAt(s State) time.Time {
	from, due := w.awaited(s)
	switch {
	case due.IsZero() || s.Phase == Waiting:
		return time.Time{}
	case w.monitor.Cron != "":
		return watchbill.Stamp(from.Add(early))
	}
	return watchbill.Stamp(from.Add(w.monitor.Interval))
}

// WakeAt returns when the monitor must be stepped with a [Tick]; zero for never.
func (w *Watch) WakeAt(s State) time.Time {
	if s.Phase.Troubled() {
		return s.AgainAt
	}
	return w.DueAt(s)
}

// WakeFrom is WakeAt for somebody who has just read a state: it is now where Step would count from now, since the timing has
// changed or the state was written by a clock that was ahead.
func (w *Watch) WakeFrom(s State, now time.Time) time.Time {
	at := w.WakeAt(s)
	if s.V == 0 || s.Timing != w.Timing() || !w.WakeAt(w.settle(s, now)).Equal(at) {
		return now
	}
	return at
}
