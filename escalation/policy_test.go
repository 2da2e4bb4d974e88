package escalation_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/escalation"
)

func TestValidate(t *testing.T) {
	ada := []escalation.Target{escalation.User("ada")}
	level := func(l escalation.Level) escalation.Policy {
		return escalation.Policy{ID: "web", Levels: []escalation.Level{{Targets: ada}, l}}
	}
	for name, c := range map[string]struct {
		policy escalation.Policy
		want   []string // path and reason of every problem
	}{
		"defaults":            {escalation.Policy{ID: "web", Levels: []escalation.Level{{Targets: ada}}}, nil},
		"no levels":           {escalation.Policy{ID: "web"}, nil},
		"no id":               {escalation.Policy{}, []string{"id: is missing"}},
		"negative cycles":     {escalation.Policy{ID: "web", Cycles: -1}, []string{"cycles: -1 is not between 1 and 100"}},
		"cycles":              {escalation.Policy{ID: "web", Cycles: 101}, []string{"cycles: 101 is not between 1 and 100"}},
		"levels":              {escalation.Policy{ID: "web", Levels: make([]escalation.Level, 101)}, nil},
		"negative wait":       {escalation.Policy{ID: "web", AckTimeout: -time.Second}, []string{"ack_timeout: -1s is negative"}},
		"catch-all too often": {escalation.Policy{ID: "web", CatchAllEvery: time.Millisecond}, []string{"catch_all_every: 1ms is under a second; leave it out for the default"}},
		"no targets":          {level(escalation.Level{}), []string{"levels[1].targets: is empty; name whom to page, such as schedule:primary"}},
		"everything at once": {level(escalation.Level{
			Targets: ada, Timeout: -time.Minute, Repeat: escalation.Repeat{Every: 9000 * time.Hour, Attempts: -1}}), []string{
			"levels[1].timeout: -1m0s is under a second; leave it out for the default",
			"levels[1].repeat.every: 9000h0m0s is over a year",
			"levels[1].repeat.attempts: -1 is negative; 0 means no limit",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := problems(c.policy.Validate())
			if name == "levels" {
				assert.Contains(t, got, "levels: 101 are too many; 100 are the most")
				return
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// problems returns "path: reason" of each error that was joined.
func problems(err error) (list []string) {
	if err == nil {
		return nil
	}
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var f *escalation.FieldError
		if !errors.As(e, &f) {
			return []string{"not a FieldError: " + e.Error()}
		}
		list = append(list, f.Path+": "+f.Reason)
	}
	return list
}

func TestFieldErrorNamesThePackage(t *testing.T) {
	assert.EqualError(t, escalation.Policy{}.Validate(), "escalation: id: is missing")
}

func TestTargetText(t *testing.T) {
	for _, target := range []escalation.Target{escalation.User("ada"), escalation.Schedule("a:b"), escalation.Team("ops")} {
		data, err := json.Marshal(target)
		require.NoError(t, err)
		var back escalation.Target
		require.NoError(t, json.Unmarshal(data, &back))
		assert.Equal(t, target, back)
	}
	for _, text := range []string{"", "ada", "user:", ":ada", "User:ada", "pager:web"} {
		var target escalation.Target
		err := target.UnmarshalText([]byte(text))
		require.Error(t, err, text)
		assert.Contains(t, err.Error(), "escalation: target")
		assert.Zero(t, target)
	}
}

func TestPhaseText(t *testing.T) {
	for p := escalation.Idle; p <= escalation.Held; p++ {
		text, err := p.MarshalText()
		require.NoError(t, err)
		var back escalation.Phase
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, p, back)
		assert.Equal(t, p.String(), string(text))
	}
	unknown := escalation.Held + 1
	assert.Equal(t, "unknown", unknown.String())
	_, err := unknown.MarshalText()
	assert.Error(t, err)
	assert.Error(t, unknown.UnmarshalText([]byte("Paging")))
}

func TestStepDoesNotWriteIntoWhatItWasGiven(t *testing.T) {
	p := escalation.Policy{ID: "web", Levels: []escalation.Level{{Targets: []escalation.Target{escalation.User("ada")}}}}
	s, effects := escalation.Step(p, escalation.State{}, nine, escalation.Trigger{})
	page := effects[0].(escalation.Page)
	people := make([]watchbill.UserID, 2, 8)
	copy(people, []watchbill.UserID{"ada", "ben"})
	s, _ = escalation.Step(p, s, nine, escalation.Found{Attempt: page.Attempt, People: people})

	before := s
	pending := append([]watchbill.UserID(nil), s.Pending...)
	a, _ := escalation.Step(p, s, nine, escalation.Unreachable{User: "ada"})
	b, _ := escalation.Step(p, s, nine, escalation.Unreachable{User: "ben"})
	assert.Equal(t, []watchbill.UserID{"ben"}, a.Pending)
	assert.Equal(t, []watchbill.UserID{"ada"}, b.Pending)
	assert.Equal(t, pending, before.Pending)
}

// The view of an alert says when the next level comes. It must not speak of the extension before there is need of one.
func TestNextLevelAt(t *testing.T) {
	w := newWorld(t)
	w.policy.Levels = []escalation.Level{{Targets: []escalation.Target{escalation.User("ada")}}}
	expect := func(after time.Duration) {
		t.Helper()
		assert.Equal(t, nine.Add(after), w.state.NextLevelAt(w.policy))
	}
	assert.Zero(t, w.state.NextLevelAt(w.policy))
	w.step(escalation.Trigger{})
	expect(5 * time.Minute)
	w.advance(5 * time.Minute)
	expect(10 * time.Minute)
	w.step(escalation.Taken{Attempt: w.paged[1]})
	expect(5 * time.Minute) // accepted at the very time: no extension
	w.step(escalation.Acknowledge{})
	assert.Zero(t, w.state.NextLevelAt(w.policy))
}

// Answers and receipts that come late, twice or for something else change nothing.
func TestLateAnswersChangeNothing(t *testing.T) {
	w := newWorld(t)
	ada := []escalation.Target{escalation.User("ada")}
	w.policy = escalation.Policy{ID: "web", Cycles: 2, Levels: []escalation.Level{{Targets: ada, Repeat: escalation.Repeat{Attempts: 1}}}}
	w.step(escalation.Trigger{})
	first := w.paged[1]
	nothing := func(in escalation.Input) {
		t.Helper()
		next, effects := escalation.Step(w.policy, w.state, w.now, in)
		assert.Empty(t, effects)
		assert.Equal(t, w.state, next)
	}
	nothing(escalation.Found{Attempt: first, People: []watchbill.UserID{"eve"}})
	nothing(escalation.Nobody{Attempt: first})
	nothing(escalation.Nobody{Attempt: watchbill.Attempt{}})

	w.advance(10 * time.Minute) // the second cycle: level 1 again
	require.Equal(t, 2, w.state.At.Cycle)
	w.step(escalation.Taken{Attempt: first})
	assert.True(t, w.state.Delivered)
	assert.Zero(t, w.state.TakenAt, "a receipt of the first cycle says nothing about the second")

	w.step(escalation.Acknowledge{})
	w.policy.CatchAll = ada
	w.step(escalation.Escalate{}) // a new run
	nothing(escalation.Taken{Attempt: first})
}

func TestFoundWithoutPeopleIsNobody(t *testing.T) {
	p := escalation.Policy{ID: "web", Levels: []escalation.Level{{}, {Targets: []escalation.Target{escalation.User("ada")}}}}
	s, effects := escalation.Step(p, escalation.State{}, nine, escalation.Trigger{})
	_, effects = escalation.Step(p, s, nine, escalation.Found{Attempt: effects[0].(escalation.Page).Attempt})
	require.Len(t, effects, 2)
	assert.Equal(t, escalation.ReasonNobody, effects[0].(escalation.LevelLeft).Reason)
	assert.Equal(t, 2, effects[1].(escalation.Page).Attempt.Level)
}

// A page that says when the next level comes counts the attempts that are still to be made, however many there may be.
func TestNextLevelAtCountsTheAttemptsToCome(t *testing.T) {
	for attempts, want := range map[int]time.Duration{0: 5 * time.Minute, 1: 5 * time.Minute, 2: 2 * time.Minute, 3: 3 * time.Minute,
		9: 5 * time.Minute, 1 << 60: 5 * time.Minute} {
		w := newWorld(t)
		w.policy.Levels = []escalation.Level{{Targets: []escalation.Target{escalation.User("ada")}, Repeat: escalation.Repeat{Attempts: attempts}}}
		w.accept = true
		w.step(escalation.Trigger{Urgency: watchbill.UrgencyHigh})
		for passed := time.Duration(0); passed < want; passed += time.Minute {
			require.Equal(t, nine.Add(want), w.state.NextLevelAt(w.policy), "%d attempts, after %s", attempts, passed)
			w.advance(time.Minute)
		}
		require.Zero(t, w.state.NextLevelAt(w.policy), "%d attempts", attempts)
	}
}

func TestFoundDoesNotWriteIntoWhatItWasGiven(t *testing.T) {
	p := escalation.Policy{ID: "web", Levels: []escalation.Level{{Targets: []escalation.Target{escalation.User("ada")}}}}
	pending := append(make([]watchbill.UserID, 0, 8), "ada")
	s := escalation.State{Phase: escalation.Paging, At: watchbill.Attempt{Run: 1, Cycle: 1, Level: 1, Number: 2}, Walking: true, Asked: true, Pending: pending}
	a, _ := escalation.Step(p, s, nine, escalation.Found{Attempt: s.At, People: []watchbill.UserID{"ben"}})
	b, _ := escalation.Step(p, s, nine, escalation.Found{Attempt: s.At, People: []watchbill.UserID{"cem"}})
	assert.Equal(t, []watchbill.UserID{"ada", "ben"}, a.Pending)
	assert.Equal(t, []watchbill.UserID{"ada", "cem"}, b.Pending)
}

// What was acknowledged while it was of low urgency, and became urgent while it was held, is paged as urgent when somebody
// escalates it: again and again.
func TestWhatBecomesUrgentWhileHeldIsPagedAsUrgent(t *testing.T) {
	at := time.Date(2026, 1, 5, 3, 0, 0, 0, time.UTC)
	p := escalation.Policy{ID: "web", Levels: []escalation.Level{{Targets: []escalation.Target{escalation.User("ada")}}}}
	var s escalation.State
	for _, in := range []escalation.Input{escalation.Trigger{Urgency: watchbill.UrgencyLow}, escalation.Acknowledge{},
		escalation.Hold{Urgency: watchbill.UrgencyHigh}, escalation.Acknowledge{}, escalation.Escalate{}} {
		s, _ = escalation.Step(p, s, at, in)
	}
	require.Equal(t, watchbill.UrgencyHigh, s.Urgency)
	require.Equal(t, at.Add(time.Minute), s.WakeAt(p))
}

// Attempts may go on behind the time-out, as long as no provider has accepted a message; the time is not over then.
func TestNextLevelAtIsNotBehindTheLatestAttempt(t *testing.T) {
	for _, attempts := range []int{0, 6, 7, 8, 10, 20} {
		for _, taken := range []time.Duration{time.Hour, 5*time.Minute + 30*time.Second} {
			w := newWorld(t)
			w.policy.Levels = []escalation.Level{{Targets: []escalation.Target{escalation.User("ada")}, Repeat: escalation.Repeat{Attempts: attempts}}}
			w.step(escalation.Trigger{Urgency: watchbill.UrgencyHigh})
			for w.state.Walking && w.now.Before(nine.Add(time.Hour)) {
				at := w.state.NextLevelAt(w.policy)
				require.False(t, at.Before(w.now), "%d attempts, at %s: %s", attempts, w.now, at)
				w.advance(30 * time.Second)
				if w.now.Equal(nine.Add(taken)) {
					w.step(escalation.Taken{Attempt: w.state.At})
				}
			}
		}
	}
}
