package mute_test

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/mute"
)

// A silence for the nights of one week.
func Example() {
	team, err := mute.ParseMatcher(`team=~"db|storage"`)
	if err != nil {
		panic(err)
	}
	at := func(day, hour int) calendar.Moment {
		return calendar.CivilMoment(calendar.NewCivil(2026, time.March, day, hour, 0, 0))
	}
	everyDay := []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}
	set, err := mute.New([]mute.Silence{{
		ID: "nights", Matchers: mute.Matchers{team},
		Span: mute.Span{Zone: "Europe/Berlin", From: at(23, 0), To: at(30, 0), Windows: []calendar.Window{
			{Days: everyDay, From: calendar.NewTimeOfDay(22, 0), To: calendar.NewTimeOfDay(6, 0)}}},
	}}, nil, nil)
	if err != nil {
		panic(err)
	}
	slow := mute.Subject{Labels: []alert.Label{{Name: "team", Value: "db"}}}
	for _, hour := range []int{20, 23} {
		held, again := set.At(slow, time.Date(2026, 3, 28, hour, 0, 0, 0, time.UTC))
		for _, h := range held {
			fmt.Println("held by", h.Reason, h.ID, "until", h.Until)
		}
		fmt.Println("to look at again:", again)
	}
	// Output:
	// to look at again: 2026-03-28 21:00:00 +0000 UTC
	// held by silence nights until 2026-03-29 04:00:00 +0000 UTC
	// to look at again: 2026-03-29 04:00:00 +0000 UTC
}
