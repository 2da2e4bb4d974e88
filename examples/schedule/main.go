// Command schedule says who is on call in a schedule that follows the sun, until when, and why.
package main

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

func main() {
	// Two places, a week each for everybody: who takes over at nine, local time, has it until the other place does.
	nine, start := calendar.NewTimeOfDay(9, 0), calendar.CivilMoment(calendar.NewCivil(2026, time.January, 5, 9, 0, 0))
	weekly := schedule.Rotation{Unit: calendar.Week}
	s, err := schedule.New(schedule.Spec{ID: "support", Timezone: "Europe/Berlin", Sites: []schedule.Site{
		{ID: "berlin", Timezone: "Europe/Berlin", From: nine, Users: []watchbill.UserID{"ada", "ben", "cem"}, Start: start, Rotation: weekly},
		{ID: "new-york", Timezone: "America/New_York", From: nine, Users: []watchbill.UserID{"dee", "eva"}, Start: start, Rotation: weekly},
	}})
	if err != nil {
		panic(err)
	}
	answer := s.OnCall(time.Date(2026, time.March, 27, 12, 0, 0, 0, time.UTC)) // usually time.Now()
	fmt.Println("on call:", answer.Users, "until", answer.Until.Format(time.RFC1123))
	fmt.Println("because", answer.Why()[0])
}
