package schedule_test

import (
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/watchbill/watchbill/schedule"
)

// Three people take turns of a week. Ben stands in for Ada on a Tuesday.
func Example() {
	var spec schedule.Spec
	err := json.Unmarshal([]byte(`{
		"id": "primary",
		"timezone": "Europe/Berlin",
		"layers": [
			{"id": "week", "users": ["ada", "ben", "cem"], "start": "2026-03-02T09:00", "rotation": {"every": 1, "unit": "week"}}
		],
		"overrides": [
			{"id": "dentist", "from": "2026-03-24T09:00", "to": "2026-03-25T09:00", "user": "ben", "replaces": "ada"}
		]
	}`), &spec)
	if err != nil {
		log.Fatal(err)
	}
	s, err := schedule.New(spec)
	if err != nil {
		log.Fatal(err)
	}
	answer := s.OnCall(time.Date(2026, 3, 24, 20, 0, 0, 0, s.Zone()))
	fmt.Println(answer.Users, "until", answer.Until)
	fmt.Println(answer.Why()[0])
	fmt.Println()
	// Clocks go forward on 29 March; the hand-off stays at nine.
	for _, shift := range s.Shifts(time.Date(2026, 3, 23, 9, 0, 0, 0, s.Zone()), time.Date(2026, 4, 6, 9, 0, 0, 0, s.Zone())) {
		fmt.Println(shift.Start.Format(time.RFC3339), shift.End.Format(time.RFC3339), shift.Users)
	}
	// Output:
	// [ben] until 2026-03-25 09:00:00 +0100 CET
	// ben: override dentist (2026-03-24 09:00 to 2026-03-25 09:00 Europe/Berlin) replaces ada in layer week, turn 3 (2026-03-23 09:00 to 2026-03-30 09:00 Europe/Berlin)
	//
	// 2026-03-23T09:00:00+01:00 2026-03-24T09:00:00+01:00 [ada]
	// 2026-03-24T09:00:00+01:00 2026-03-25T09:00:00+01:00 [ben]
	// 2026-03-25T09:00:00+01:00 2026-03-30T09:00:00+02:00 [ada]
	// 2026-03-30T09:00:00+02:00 2026-04-06T09:00:00+02:00 [ben]
}
