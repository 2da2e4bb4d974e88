package heartbeat_test

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill/heartbeat"
)

// A nightly job: it runs well, then it fails, and the next night nothing is heard of it.
func ExampleStep() {
	watch, err := heartbeat.New(heartbeat.Monitor{ID: "backup", Key: "a digest", Cron: "30 2 * * *", Zone: "Europe/Berlin", Grace: time.Hour})
	if err != nil {
		panic(err)
	}
	var state heartbeat.State
	step := func(at string, in heartbeat.Input) {
		now, _ := time.ParseInLocation("2006-01-02 15:04", at, watch.Zone())
		var effects []heartbeat.Effect
		state, effects = heartbeat.Step(watch, state, now, in)
		fmt.Println(at, state.Phase)
		for _, e := range effects {
			switch e.(type) {
			case heartbeat.Raise:
				fmt.Println("  raise:", state.Trouble.Text)
			case heartbeat.Recovered:
				fmt.Println("  recovered")
			}
		}
	}
	step("2026-01-05 12:00", heartbeat.Tick{})
	step("2026-01-06 02:30", heartbeat.Pinged{Ping: heartbeat.Ping{Kind: heartbeat.Start}})
	step("2026-01-06 02:50", heartbeat.Pinged{Ping: heartbeat.Exited(0)})
	step("2026-01-07 02:31", heartbeat.Pinged{Ping: heartbeat.Exited(2)})
	step("2026-01-07 09:10", heartbeat.Pinged{Ping: heartbeat.Exited(0)})
	step("2026-01-08 03:30", heartbeat.Tick{})

	// Output:
	// 2026-01-05 12:00 waiting
	// 2026-01-06 02:30 started
	// 2026-01-06 02:50 healthy
	// 2026-01-07 02:31 failing
	//   raise: Heartbeat backup says that it failed, with exit code 2
	// 2026-01-07 09:10 healthy
	//   recovered
	// 2026-01-08 03:30 overdue
	//   raise: Heartbeat backup is overdue: last ping Wed 7 Jan 09:10:00 CET, expected at "30 2 * * *" (Europe/Berlin)
}
