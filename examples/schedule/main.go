// Command schedule prints who is on call, why, and until when.
package main

import (
	"fmt"
	"log"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

func main() {
	s, err := schedule.New(schedule.Spec{
		ID:       "primary",
		Timezone: "Europe/Berlin",
		Layers: []schedule.Layer{{
			ID:       "week",
			Users:    []watchbill.UserID{"ada", "ben", "cem"},
			Start:    calendar.CivilMoment(calendar.NewCivil(2026, time.January, 5, 9, 0, 0)),
			Rotation: schedule.Rotation{Every: 1, Unit: calendar.Week},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	now := time.Date(2026, time.March, 28, 12, 0, 0, 0, time.UTC) // usually time.Now()
	answer := s.OnCall(now)
	fmt.Println("on call:", answer.Users, "until", answer.Until.Format(time.RFC1123))
	fmt.Println("because", answer.Why()[0])
}
