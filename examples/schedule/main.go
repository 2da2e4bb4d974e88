// Command schedule prints who is on call, why, and until when; with -svg FILE it draws the schedule too.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/schedule/chart"
)

var svg = flag.String("svg", "", "draw four weeks into this `file`")

func main() {
	flag.Parse()
	// Two places, a week each for everybody: who takes over at nine, local time, has it until the other place does.
	nine, start := calendar.NewTimeOfDay(9, 0), calendar.CivilMoment(calendar.NewCivil(2026, time.January, 5, 9, 0, 0))
	weekly := schedule.Rotation{Every: 1, Unit: calendar.Week}
	s, err := schedule.New(schedule.Spec{
		ID:       "support",
		Timezone: "Europe/Berlin",
		Sites: []schedule.Site{
			{ID: "berlin", Timezone: "Europe/Berlin", From: nine,
				Users: []watchbill.UserID{"ada", "ben", "cem"}, Start: start, Rotation: weekly},
			{ID: "new-york", Timezone: "America/New_York", From: nine,
				Users: []watchbill.UserID{"dee", "eva"}, Start: start, Rotation: weekly},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	now := time.Date(2026, time.March, 27, 12, 0, 0, 0, time.UTC) // usually time.Now()
	answer := s.OnCall(now)
	fmt.Println("on call:", answer.Users, "until", answer.Until.Format(time.RFC1123))
	fmt.Println("because", answer.Why()[0])
	if *svg != "" {
		var picture bytes.Buffer
		if err := chart.SVG(&picture, s, chart.Options{Now: now}); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(*svg, picture.Bytes(), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
