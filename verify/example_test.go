package verify_test

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/verify"
)

func ExampleCoverage() {
	start := calendar.CivilMoment(calendar.NewCivil(2026, time.January, 5, 9, 0, 0))
	s, err := schedule.New(schedule.Spec{ID: "primary", Timezone: "Europe/Berlin", Layers: []schedule.Layer{{
		ID: "week", Users: []watchbill.UserID{"ada", "ben", schedule.Unassigned}, Start: start,
		Rotation: schedule.Rotation{Every: 1, Unit: calendar.Week},
	}}})
	if err != nil {
		panic(err)
	}
	from := start.In(s.Zone())
	for _, gap := range verify.Coverage(s, from, from.AddDate(0, 1, 0)) {
		fmt.Println(gap.Start.Format(time.DateTime), "to", gap.End.Format(time.DateTime))
		for _, cause := range gap.Causes {
			fmt.Printf("  %s: %s\n", cause.Text, cause.Mend)
		}
	}
	// Output:
	// 2026-01-19 09:00:00 to 2026-01-26 09:00:00
	//   a turn of layers[0] (week) that nobody has: put somebody in place of ~ in layers[0] (week) of schedule primary
}
