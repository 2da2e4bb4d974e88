package alert_test

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/timeline"
)

// Signals about one disk: it fills, ada acknowledges, it gets worse, which makes it urgent, and then it is well again.
func ExampleStep() {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	say := func(what string, a alert.Alert) {
		fmt.Printf("%s %-20s %s, %s, %s urgency, seen %d times\n", now.Format("15:04"), what, a.State, a.Severity, a.Urgency, a.Count)
	}
	s := alert.Signal{Source: "prom", Key: "disk", Summary: "disk 80 % full", Severity: watchbill.SeverityWarning, StartsAt: now}
	a := alert.Open("01", now, s, alert.Terms{})
	say("opened", a)

	now = now.Add(time.Minute)
	a, _ = alert.Step(a, now, alert.Ack{By: "ada"})
	say("ada acknowledged", a)

	now = now.Add(time.Minute)
	a, _ = alert.Step(a, now, alert.Again{Signal: s})
	say("signaled again", a)

	s.Severity, s.Summary = watchbill.SeverityCritical, "disk 99 % full"
	a, change := alert.Step(a, now, alert.Again{Signal: s})
	say("signaled again", a)
	fmt.Println("raised:", change.Has(alert.Raised))

	now = now.Add(time.Minute)
	a, _ = alert.Step(a, now, alert.Close{By: timeline.Source("prom")})
	say("resolved", a)
	fmt.Println("a late repeat is", alert.Decide(a, s))

	// Output:
	// 09:00 opened               triggered, warning, low urgency, seen 1 times
	// 09:01 ada acknowledged     acknowledged, warning, low urgency, seen 1 times
	// 09:02 signaled again       acknowledged, warning, low urgency, seen 2 times
	// 09:02 signaled again       triggered, critical, high urgency, seen 3 times
	// raised: true
	// 09:03 resolved             resolved, critical, high urgency, seen 3 times
	// a late repeat is stale
}
