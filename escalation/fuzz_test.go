package escalation_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/escalation"
)

// source turns a fuzzer's bytes into choices; when they are used up, every choice is the first.
type source struct{ data []byte }

func (s *source) below(n int) int {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return int(b) % n
}

func (s *source) seconds(n int) time.Duration { return time.Duration(s.below(n)) * time.Second }

// policy has waits so short that much happens in a minute.
func (s *source) policy() escalation.Policy {
	p := escalation.Policy{ID: "fuzz", Cycles: s.below(4), CatchAllEvery: 5*time.Second + s.seconds(90)}
	for range s.below(4) {
		p.Levels = append(p.Levels, escalation.Level{
			Targets: s.targets(), Timeout: time.Second + s.seconds(40),
			Repeat: escalation.Repeat{Every: time.Second + s.seconds(10), Attempts: s.below(4)},
		})
		l := &p.Levels[len(p.Levels)-1]
		switch s.below(6) {
		case 1:
			l.When.Hours = "one"
		case 2:
			l.When = escalation.When{Hours: "two", Wait: true}
		case 3:
			l.Then = escalation.Jump{Level: 1 + s.below(len(p.Levels)), Times: 1 + s.below(2)}
		}
	}
	if s.below(2) == 1 {
		p.CatchAll = s.targets()
	}
	return p
}

var everyTarget = []escalation.Target{
	escalation.Schedule("one"), escalation.Schedule("two"), escalation.User("ada"), escalation.User("ben"), escalation.Team("ops"),
}

func (s *source) targets() []escalation.Target {
	targets := []escalation.Target{everyTarget[s.below(len(everyTarget))]}
	if s.below(4) == 1 {
		targets = append(targets, everyTarget[s.below(len(everyTarget))])
	}
	return targets
}

func (s *source) people() []watchbill.UserID {
	return [][]watchbill.UserID{nil, {"ada"}, {"ben", "cem"}, {"ada", "ben"}}[s.below(4)]
}

// act is one thing that happens to a world; it is chosen once and done to several worlds.
type act func(w *world)

func (s *source) act() act {
	target, people, until := everyTarget[s.below(2)], s.people(), s.seconds(90)
	level, user := s.below(4), []watchbill.UserID{"ada", "ben", "cem"}[s.below(3)]
	pass := s.seconds(120)
	switch s.below(14) {
	case 10:
		return func(w *world) { w.step(escalation.Declined{User: user}) }
	case 11:
		return func(w *world) { w.step(escalation.Hold{}) }
	case 12:
		return func(w *world) { w.step(escalation.Restart{Urgency: watchbill.Urgency(level % 2)}) }
	case 13:
		return func(w *world) {
			w.closed[[]string{"one", "two"}[level%2]] = w.now.Add(until)
			w.step(escalation.Look{})
		}
	case 0:
		return func(w *world) { w.step(escalation.Trigger{Urgency: watchbill.Urgency(level % 2)}) }
	case 1:
		return func(w *world) { w.step(escalation.Taken{Attempt: w.paged[level]}) }
	case 2:
		return func(w *world) { w.step(escalation.Unreachable{User: user}) }
	case 3:
		return func(w *world) {
			if level == 0 {
				w.step(escalation.Acknowledge{})
			}
		}
	case 4:
		return func(w *world) {
			if level == 0 && len(s.data) < 8 {
				w.step(escalation.Resolve{})
			}
		}
	case 5:
		return func(w *world) { w.step(escalation.Escalate{}) }
	case 6:
		return func(w *world) { w.now = w.now.Add(-pass); w.step(escalation.Tick{}) }
	case 7:
		return func(w *world) { w.duty[target] = duty{people, w.now.Add(until)} }
	default:
		return func(w *world) { w.advance(pass) }
	}
}

// everySecond lets time pass with a Tick every second.
func (w *world) everySecond(d time.Duration) {
	for end := w.now.Add(d); ; w.now = w.now.Add(time.Second) {
		w.step(escalation.Tick{})
		if !w.now.Before(end) {
			return
		}
	}
}

// FuzzStep runs one history in two worlds: one is woken when a Tick is due, the other every second. Nobody may be able
// to tell them apart. What must hold after every Step is in world.check.
func FuzzStep(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("\x01\x02\x03\x07\x08\x05", 20)))
	f.Add([]byte(strings.Repeat("\x02\x01\x00\x03\x09\x06\x0b", 20)))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &source{data[:min(len(data), 300)]}
		due, eager := newWorld(t), newWorld(t)
		eager.eager = true
		due.policy = s.policy()
		eager.policy = due.policy
		require.NoError(t, due.policy.Validate())
		trigger := func(w *world) { w.step(escalation.Trigger{}) }
		for do := act(trigger); ; do = s.act() {
			do(due)
			do(eager)
			require.Equal(t, due.log, eager.log)
			require.Equal(t, due.state, eager.state)
			due.log, eager.log = nil, nil
			if len(s.data) == 0 {
				break
			}
		}
	})
}

// FuzzPagesAreBounded lets everything be accepted and nobody react.
func FuzzPagesAreBounded(f *testing.F) {
	f.Add([]byte{3, 10, 3, 2, 0, 20, 5, 3, 2, 1, 9, 9, 1, 3, 0, 1, 2})
	f.Add([]byte{1, 10, 1, 2, 0, 20, 5, 0, 1, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		const span = 15 * time.Minute
		s := &source{data}
		w := newWorld(t)
		w.policy = s.policy()
		w.duty[everyTarget[0]] = duty{people: s.people()}
		w.accept = true
		w.step(escalation.Trigger{Urgency: watchbill.Urgency(s.below(2))})
		w.advance(span)

		attempts, times := 0, 1 // how often a cycle goes through the levels, with jumps back
		for _, l := range w.policy.Levels {
			if l.Then.Level > 0 {
				times += max(l.Then.Times, 1)
			}
			n := int(l.Timeout/l.Repeat.Every) + 1
			if l.Repeat.Attempts > 0 {
				n = min(n, l.Repeat.Attempts)
			}
			attempts += n
		}
		levels, catchAll := 0, 0
		for _, a := range w.pages {
			if a.Level == 0 {
				catchAll++
			} else {
				levels++
			}
		}
		repeats := int(span / w.policy.CatchAllEvery) // of the catch-all; the levels come in its place if it has nobody
		require.LessOrEqual(t, levels, attempts*times*(max(w.policy.Cycles, 1)+repeats))
		require.LessOrEqual(t, catchAll, 1+repeats)
		if w.state.Urgency == watchbill.UrgencyLow {
			require.LessOrEqual(t, len(w.pages), 1)
		}
		slices.SortFunc(w.pages, compare)
		require.Equal(t, len(w.pages), len(slices.Compact(w.pages)), "no two pages have the same key")
	})
}

func compare(a, b watchbill.Attempt) int {
	return slices.Compare([]int{a.Run, a.Cycle, a.Level, a.Number}, []int{b.Run, b.Cycle, b.Level, b.Number})
}

// FuzzAnyState steps states that no history leads to, as a broken store might give: nothing panics, and Ticks come to
// an end.
func FuzzAnyState(f *testing.F) {
	f.Add([]byte(`{"levels":[{"targets":["user:ada"]}]}`), []byte(`{"phase":"paging","walking":true}`), byte(8))
	f.Add([]byte(`{"levels":[{"targets":["user:ada"],"timeout":-1,"repeat":{"every":-5}}],"catch_all_every":-3}`),
		[]byte(`{"phase":"exhausted","at":{"level":9},"walking":true,"caught_at":"2026-01-05T09:00:00Z"}`), byte(8))
	f.Add([]byte(`{"levels":[{"targets":["user:ada"],"timeout":9223372036854775807}],"cycles":-1}`),
		[]byte(`{"phase":"unreached","at":{"level":1,"cycle":9223372036854775807},"restart_at":"2026-01-05T09:00:00Z"}`), byte(5))
	f.Fuzz(func(t *testing.T, policy, state []byte, kind byte) {
		var p escalation.Policy
		var st escalation.State
		if json.Unmarshal(policy, &p) != nil || json.Unmarshal(state, &st) != nil {
			t.Skip()
		}
		inputs := []escalation.Input{
			escalation.Trigger{}, escalation.Found{Attempt: st.At, People: []watchbill.UserID{"ada"}}, escalation.Found{Attempt: st.At},
			escalation.Nobody{Attempt: st.At}, escalation.Nobody{Attempt: st.CatchAll}, escalation.Taken{Attempt: st.At},
			escalation.Unreachable{User: "ada"}, escalation.Escalate{}, escalation.Tick{}, escalation.Acknowledge{}, escalation.Resolve{},
			escalation.Skipped{Attempt: st.At, Until: nine.Add(time.Hour), Wait: true}, escalation.Skipped{Attempt: st.At}, escalation.Declined{User: "ada"},
			escalation.Answered{User: "ada"}, escalation.Hold{}, escalation.Restart{}, escalation.Look{},
		}
		st, _ = escalation.Step(p, st, nine, inputs[int(kind)%len(inputs)])
		for now, i := nine, 0; i < 50; i++ {
			st, _ = escalation.Step(p, st, now, escalation.Tick{})
			wake := st.WakeAt(p)
			require.True(t, wake.IsZero() || wake.After(now), "due at %s after a Tick at %s", wake, now)
			if now = wake; wake.IsZero() {
				break
			}
		}
	})
}
