package calendar_test

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill/calendar"
)

// In the night to 29 March 2026, clocks in Berlin jump from 02:00 to 03:00.
func ExampleFirstAt() {
	berlin, _ := calendar.LoadZone("Europe/Berlin")
	for hour := 1; hour <= 4; hour++ {
		c := calendar.NewCivil(2026, time.March, 29, hour, 30, 0)
		fmt.Println(c, "happens at", calendar.FirstAt(berlin, c).UTC().Format("15:04 UTC"))
	}
	// Output:
	// 2026-03-29T01:30 happens at 00:30 UTC
	// 2026-03-29T02:30 happens at 01:00 UTC
	// 2026-03-29T03:30 happens at 01:30 UTC
	// 2026-03-29T04:30 happens at 02:30 UTC
}

// The weekend begins at six on the last Friday of each month, whatever the clocks do, and however many years on.
func ExampleRule_From() {
	var rule calendar.Rule
	if err := rule.UnmarshalText([]byte("FREQ=MONTHLY;BYDAY=-1FR")); err != nil {
		fmt.Println(err)
		return
	}
	fridays, _ := rule.From(calendar.NewCivil(2026, time.January, 5, 18, 0, 0))
	for k := range 3 {
		friday, _ := fridays.At(k)
		fmt.Println(k, friday)
	}
	fmt.Println("since then:", fridays.Index(calendar.NewCivil(2076, time.January, 1, 0, 0, 0)))
	// Output:
	// 0 2026-01-30T18:00
	// 1 2026-02-27T18:00
	// 2 2026-03-27T18:00
	// since then: 599
}
