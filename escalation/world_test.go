package escalation_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/escalation"
)

var nine = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// world drives one escalation: it answers pages from a list of who is on call, and checks after every Step what must
// always hold.
type world struct {
	t      testing.TB
	policy escalation.Policy
	state  escalation.State
	now    time.Time
	duty   map[escalation.Target]duty
	paged  map[int]watchbill.Attempt // the latest of each level
	pages  []watchbill.Attempt       // all that found somebody
	log    []string
	closed map[string]time.Time // support hours that do not hold now, until when; the zero time for ever
	eager  bool                 // wake every second
	accept bool                 // every page is accepted by a provider at once
}

// duty is who is behind a target that is not a person, and until when.
type duty struct {
	people []watchbill.UserID
	until  time.Time
}

func newWorld(t testing.TB) *world {
	return &world{t: t, policy: escalation.Policy{ID: "web"}, now: nine, duty: map[escalation.Target]duty{}, closed: map[string]time.Time{}, paged: map[int]watchbill.Attempt{}}
}

func (w *world) say(format string, args ...any) {
	w.log = append(w.log, w.now.Format("15:04:05 ")+fmt.Sprintf(format, args...))
}

// step takes the escalation further and answers its pages, until there are none.
func (w *world) step(in escalation.Input) {
	next, effects := escalation.Step(w.policy, w.state, w.now, in)
	_, tick := in.(escalation.Tick)
	if wake := next.WakeAt(w.policy); tick && !wake.IsZero() {
		require.True(w.t, wake.After(w.now), "due at %s after a Tick at %s", wake, w.now)
	}
	if len(effects) == 0 && reflect.DeepEqual(w.state, next) {
		return
	}
	w.state = next
	w.check(in, effects)
	w.checkRepeated(in)
	for _, e := range effects {
		w.tell(e)
	}
	for _, e := range effects {
		if page, ok := e.(escalation.Page); ok {
			w.answer(page)
		}
	}
}

func (w *world) tell(e escalation.Effect) {
	switch e := e.(type) {
	case escalation.LevelLeft:
		w.say("level %d gives way: %s", e.Attempt.Level, e.Reason)
	case escalation.GaveUp:
		w.say("now %s", e.Phase)
	case escalation.Stopped:
		w.say("run %d is stopped", e.Run)
	}
}

func (w *world) answer(page escalation.Page) {
	if w.skips(page.Attempt) {
		return
	}
	w.paged[page.Attempt.Level] = page.Attempt
	var people []watchbill.UserID
	var until time.Time
	for _, target := range page.Targets {
		d, ok := w.duty[target]
		if !ok && target.Kind == escalation.TargetUser {
			d.people = []watchbill.UserID{watchbill.UserID(target.ID)}
		}
		people = append(people, d.people...)
		if !d.until.IsZero() && (until.IsZero() || d.until.Before(until)) {
			until = d.until
		}
	}
	if len(people) == 0 {
		w.say("%s: nobody", describe(page.Attempt))
		w.step(escalation.Nobody{Attempt: page.Attempt, Until: until})
		return
	}
	w.say("%s: %s", describe(page.Attempt), join(people))
	w.pages = append(w.pages, page.Attempt)
	w.step(escalation.Found{Attempt: page.Attempt, People: people})
	if w.accept {
		w.step(escalation.Taken{Attempt: page.Attempt})
	}
}

// skips answers for a level whose hours do not hold; only its first attempt asks.
func (w *world) skips(a watchbill.Attempt) bool {
	if a.Level == 0 || a.Number > 1 {
		return false
	}
	when := w.policy.Levels[a.Level-1].When
	until, closed := w.closed[when.Hours]
	if !closed || !until.IsZero() && !until.After(w.now) {
		return false
	}
	w.say("level %d: not within %s", a.Level, when.Hours)
	w.step(escalation.Skipped{Attempt: a, Until: until, Wait: when.Wait})
	return true
}

func describe(a watchbill.Attempt) string {
	text := fmt.Sprintf("page level %d", a.Level)
	if a.Level == 0 {
		text = "page the catch-all"
	}
	if a.Run > 1 {
		text += fmt.Sprintf(", run %d", a.Run)
	}
	if a.Cycle > 1 {
		text += fmt.Sprintf(", cycle %d", a.Cycle)
	}
	return text + fmt.Sprintf(", attempt %d", a.Number)
}

func join(people []watchbill.UserID) string {
	var names []string
	for _, p := range people {
		names = append(names, string(p))
	}
	return strings.Join(names, " ")
}

// advance lets time pass, with a Tick whenever one is due.
func (w *world) advance(d time.Duration) {
	if w.eager {
		w.everySecond(d)
		return
	}
	end := w.now.Add(d)
	for {
		at := w.state.WakeAt(w.policy)
		if at.IsZero() || at.After(end) {
			break
		}
		w.now = later(w.now, at)
		w.step(escalation.Tick{})
	}
	w.now = end
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// check is what must hold after every Step, whatever has happened.
func (w *world) check(in escalation.Input, effects []escalation.Effect) {
	s := w.state
	wake := s.WakeAt(w.policy)
	for _, e := range effects {
		if page, ok := e.(escalation.Page); ok {
			require.True(w.t, s.Phase.Active(), "%T pages although the escalation is %s", in, s.Phase)
			require.Equal(w.t, s.At.Run, page.Attempt.Run)
		}
	}
	if s.Phase.Active() && s.Urgency == watchbill.UrgencyHigh && !s.AskedAll {
		require.False(w.t, wake.IsZero(), "silent: %+v", s)
	}
	if !s.Phase.Active() {
		require.True(w.t, wake.IsZero(), "%s wakes at %s", s.Phase, wake)
	}
	var back escalation.State
	data, err := json.Marshal(s)
	require.NoError(w.t, err)
	require.NoError(w.t, json.Unmarshal(data, &back))
	require.Equal(w.t, s, back, "the state does not survive being stored")
}

// checkRepeated gives the same input again: it comes too late to change anything. Only what is asked for
// anew each time comes anew each time.
func (w *world) checkRepeated(in escalation.Input) {
	switch in.(type) {
	case escalation.Escalate, escalation.Restart, escalation.Look:
		return
	}
	again, effects := escalation.Step(w.policy, w.state, w.now, in)
	require.Empty(w.t, effects, "%T has an effect when repeated", in)
	require.Equal(w.t, w.state, again, "%T changes the state when repeated", in)
}

// do carries out one command of a scenario.
func (w *world) do(name string, args []string) string {
	w.log = nil
	switch name {
	case "policy", "level", "oncall", "closed":
		w.configure(name, args)
		return ""
	case "state":
		return w.describeState()
	case "advance", "sleep", "setback":
		w.pass(name, args[0])
	default:
		w.step(w.input(name, args))
	}
	if len(w.log) == 0 {
		return "(nothing)"
	}
	return strings.Join(w.log, "\n")
}

func (w *world) pass(name, arg string) {
	d := w.duration(arg)
	switch name {
	case "advance":
		w.advance(d)
	case "sleep":
		w.now = w.now.Add(d)
		w.step(escalation.Tick{})
	case "setback":
		w.now = w.now.Add(-d)
		w.step(escalation.Tick{})
	}
}

func (w *world) input(name string, args []string) escalation.Input {
	args = append(args, "")
	switch name {
	case "trigger":
		var u watchbill.Urgency
		if args[0] != "" {
			require.NoError(w.t, u.UnmarshalText([]byte(args[0])))
		}
		return escalation.Trigger{Urgency: u}
	case "accepted":
		level := w.state.At.Level
		if args[0] != "" {
			level = w.number(args[0])
		}
		return escalation.Taken{Attempt: w.paged[level]}
	case "unreachable":
		return escalation.Unreachable{User: watchbill.UserID(args[0])}
	case "ack":
		return escalation.Acknowledge{}
	case "resolve":
		return escalation.Resolve{}
	case "escalate":
		return escalation.Escalate{}
	case "decline":
		return escalation.Declined{User: watchbill.UserID(args[0])}
	case "hold":
		return escalation.Hold{}
	case "restart":
		return escalation.Restart{}
	case "look":
		return escalation.Look{}
	case "tick":
		return escalation.Tick{}
	}
	w.t.Fatalf("no command is called %q", name)
	return nil
}

func (w *world) configure(name string, args []string) {
	switch name {
	case "policy":
		w.each(args, func(key, value string) {
			switch key {
			case "cycles":
				w.policy.Cycles = w.number(value)
			case "catch_all":
				w.policy.CatchAll = w.targets(value)
			case "catch_all_every":
				w.policy.CatchAllEvery = w.duration(value)
			}
		})
	case "level":
		l := escalation.Level{Targets: w.targets(args[0])}
		w.each(args[1:], func(key, value string) {
			switch key {
			case "timeout":
				l.Timeout = w.duration(value)
			case "every":
				l.Repeat.Every = w.duration(value)
			case "attempts":
				l.Repeat.Attempts = w.number(value)
			case "hours":
				l.When.Hours = value
			case "wait":
				l.When.Wait = true
			case "then":
				to, times, _ := strings.Cut(value, "x")
				l.Then = escalation.Jump{Level: w.number(to), Times: w.number(times)}
			}
		})
		w.policy.Levels = append(w.policy.Levels, l)
	case "oncall":
		w.onCall(args)
	case "closed": // "closed office 8h", "closed office" for ever, "closed office 0s" not any more
		w.closed[args[0]] = time.Time{}
		if len(args) > 1 {
			w.closed[args[0]] = w.now.Add(w.duration(args[1]))
		}
	}
}

// onCall says who is behind a target: "schedule:primary ada ben", "schedule:primary nobody for 30s".
func (w *world) onCall(args []string) {
	var d duty
	if n := len(args); n > 2 && args[n-2] == "for" {
		d.until = w.now.Add(w.duration(args[n-1]))
		args = args[:n-2]
	}
	for _, p := range args[1:] {
		if p != "nobody" {
			d.people = append(d.people, watchbill.UserID(p))
		}
	}
	w.duty[w.targets(args[0])[0]] = d
}

func (w *world) describeState() string {
	wake := "never"
	if at := w.state.WakeAt(w.policy); !at.IsZero() {
		wake = at.Format("15:04:05")
	}
	text := fmt.Sprintf("%s, wakes %s", w.state.Phase, wake)
	if !w.state.Reached() {
		text += ", NOBODY REACHED"
	}
	return text
}

func (w *world) each(args []string, set func(key, value string)) {
	for _, a := range args {
		key, value, _ := strings.Cut(a, "=")
		set(key, value)
	}
}

func (w *world) targets(list string) []escalation.Target {
	var targets []escalation.Target
	for _, text := range strings.Split(list, ",") {
		var target escalation.Target
		require.NoError(w.t, target.UnmarshalText([]byte(text)))
		targets = append(targets, target)
	}
	return targets
}

func (w *world) number(text string) int {
	n, err := strconv.Atoi(text)
	require.NoError(w.t, err)
	return n
}

func (w *world) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	require.NoError(w.t, err)
	return d
}
