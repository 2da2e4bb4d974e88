package schedule_test

import (
	"encoding/json"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// show prints the shifts of a schedule, given as JSON, between two civil times.
func show(text, from, to string) {
	var spec schedule.Spec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		log.Fatal(err)
	}
	s, err := schedule.New(spec)
	if err != nil {
		log.Fatal(err)
	}
	var start, end calendar.Moment
	if start.UnmarshalText([]byte(from)) != nil || end.UnmarshalText([]byte(to)) != nil {
		log.Fatal("not a time")
	}
	for _, shift := range s.Shifts(start.In(s.Zone()), end.In(s.Zone())) {
		var users []string
		for _, u := range shift.Users {
			users = append(users, string(u))
		}
		fmt.Println(shift.Start.Format("Mon 02 15:04"), "-", shift.End.Format("Mon 02 15:04"), strings.Join(users, " and "))
	}
}

// One circle for the working week, another for weekends: a layer with coverage hides the one below.
func Example_weekend() {
	show(`{"id": "primary", "timezone": "Europe/Berlin", "layers": [
		{"id": "week", "users": ["ada", "ben", "cem"], "start": "2026-01-05T09:00", "rotation": {"unit": "week"}},
		{"id": "weekend", "users": ["dot", "eve"], "start": "2026-01-05T09:00", "rotation": {"unit": "week"},
		 "coverage": [{"days": ["fri"], "from": "18:00", "to": "24:00"}, {"days": ["sat", "sun"], "from": "00:00", "to": "24:00"}]}
	]}`, "2026-01-05T09:00", "2026-01-19T09:00")
	// Output:
	// Mon 05 09:00 - Fri 09 18:00 ada
	// Fri 09 18:00 - Mon 12 00:00 dot
	// Mon 12 00:00 - Mon 12 09:00 ada
	// Mon 12 09:00 - Fri 16 18:00 ben
	// Fri 16 18:00 - Mon 19 00:00 eve
	// Mon 19 00:00 - Mon 19 09:00 ben
}

// Two sites hand over to each other at nine o'clock, each by its own clock. New York changes its clocks on Sunday the
// 8th, Berlin only three weeks later.
func Example_followTheSun() {
	show(`{"id": "primary", "timezone": "Europe/Berlin", "sites": [
		{"id": "eu", "timezone": "Europe/Berlin", "from": "09:00", "users": ["ada", "ben"], "start": "2026-03-02", "rotation": {"unit": "week"}},
		{"id": "us", "timezone": "America/New_York", "from": "09:00", "users": ["cem", "dot"], "start": "2026-03-02", "rotation": {"unit": "week"}}
	]}`, "2026-03-07T09:00", "2026-03-09T14:00")
	// Output:
	// Sat 07 09:00 - Sat 07 15:00 ada
	// Sat 07 15:00 - Sun 08 09:00 cem
	// Sun 08 09:00 - Sun 08 14:00 ada
	// Sun 08 14:00 - Mon 09 05:00 cem
	// Mon 09 05:00 - Mon 09 09:00 dot
	// Mon 09 09:00 - Mon 09 14:00 ben
}

// Two of five people have each day together.
func Example_seats() {
	show(`{"id": "primary", "timezone": "Europe/Berlin", "layers": [
		{"id": "pairs", "users": ["ada", "ben", "cem", "dot", "eve"], "seats": 2, "start": "2026-01-05T09:00", "rotation": {"unit": "day"}}
	]}`, "2026-01-05T09:00", "2026-01-09T09:00")
	// Output:
	// Mon 05 09:00 - Tue 06 09:00 ada and ben
	// Tue 06 09:00 - Wed 07 09:00 cem and dot
	// Wed 07 09:00 - Thu 08 09:00 eve and ada
	// Thu 08 09:00 - Fri 09 09:00 ben and cem
}

// Turns of two and of five days, one after the other.
func Example_unevenTurns() {
	show(`{"id": "primary", "timezone": "Europe/Berlin", "layers": [
		{"id": "uneven", "users": ["ada", "ben", "cem"], "start": "2026-01-05T09:00", "rotation": {"lengths": ["2d", "5d"]}}
	]}`, "2026-01-05T09:00", "2026-01-19T09:00")
	// Output:
	// Mon 05 09:00 - Wed 07 09:00 ada
	// Wed 07 09:00 - Mon 12 09:00 ben
	// Mon 12 09:00 - Wed 14 09:00 cem
	// Wed 14 09:00 - Mon 19 09:00 ada
}

// Two layers whose people are on call together, and one more person for an evening.
func Example_union() {
	show(`{"id": "primary", "timezone": "Europe/Berlin", "combine": "union", "layers": [
		{"id": "apps", "users": ["ada", "ben"], "start": "2026-01-05T09:00", "rotation": {"unit": "day"}},
		{"id": "base", "users": ["cem"], "start": "2026-01-05T09:00", "rotation": {"unit": "week"}}
	], "overrides": [
		{"id": "launch", "from": "2026-01-06T18:00", "to": "2026-01-06T22:00", "add": "dot"}
	]}`, "2026-01-05T09:00", "2026-01-07T09:00")
	// Output:
	// Mon 05 09:00 - Tue 06 09:00 ada and cem
	// Tue 06 09:00 - Tue 06 18:00 ben and cem
	// Tue 06 18:00 - Tue 06 22:00 ben and cem and dot
	// Tue 06 22:00 - Wed 07 09:00 ben and cem
}

// A schedule may have the people of another one. NewAll finds the order by itself.
func ExampleNewAll() {
	var specs []schedule.Spec
	err := json.Unmarshal([]byte(`[
		{"id": "all", "layers": [{"id": "db", "schedule": "database"}]},
		{"id": "database", "layers": [{"id": "week", "users": ["ada", "ben"], "start": "2026-01-05T09:00", "rotation": {"unit": "week"}}]}
	]`), &specs)
	if err != nil {
		log.Fatal(err)
	}
	all, err := schedule.NewAll(specs)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(all[0].OnCall(time.Date(2026, 1, 13, 0, 0, 0, 0, time.UTC)).Why()[0])
	// Output:
	// ben: layer db, from schedule database: ben: layer week, turn 1 (2026-01-12 09:00 to 2026-01-19 09:00 UTC)
}
