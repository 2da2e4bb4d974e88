package escalation_test

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/escalation"
)

// A policy of two levels, driven by hand: the caller answers each Page with who is there, and calls Step with a Tick
// whenever WakeAt has come. Ben acknowledges on his second page.
func ExampleStep() {
	policy := escalation.Policy{ID: "web", Levels: []escalation.Level{
		{Targets: []escalation.Target{escalation.Schedule("primary")}, Repeat: escalation.Repeat{Attempts: 3}},
		{Targets: []escalation.Target{escalation.User("ben")}},
	}}
	people := map[string]watchbill.UserID{"schedule:primary": "ada", "user:ben": "ben"}
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

	var s escalation.State
	var step func(now time.Time, in escalation.Input)
	step = func(now time.Time, in escalation.Input) {
		var effects []escalation.Effect
		s, effects = escalation.Step(policy, s, now, in)
		for _, e := range effects {
			switch e := e.(type) {
			case escalation.Page:
				who := people[e.Targets[0].String()]
				fmt.Printf("%s page %s: level %d, attempt %d\n", now.Format("15:04"), who, e.Attempt.Level, e.Attempt.Number)
				step(now, escalation.Found{Attempt: e.Attempt, People: []watchbill.UserID{who}})
				step(now, escalation.Taken{Attempt: e.Attempt})
			case escalation.LevelLeft:
				fmt.Printf("%s level %d gives way: %s\n", now.Format("15:04"), e.Attempt.Level, e.Reason)
			case escalation.Stopped:
				fmt.Printf("%s stopped\n", now.Format("15:04"))
			}
		}
	}
	step(start, escalation.Trigger{})
	for s.At.Level < 2 || s.At.Number < 2 {
		step(s.WakeAt(policy), escalation.Tick{})
	}
	step(start.Add(5*time.Minute), escalation.Acknowledge{})
	fmt.Println(s.Phase)

	// Output:
	// 09:00 page ada: level 1, attempt 1
	// 09:01 page ada: level 1, attempt 2
	// 09:02 page ada: level 1, attempt 3
	// 09:03 level 1 gives way: attempts
	// 09:03 page ben: level 2, attempt 1
	// 09:04 page ben: level 2, attempt 2
	// 09:05 stopped
	// acknowledged
}
