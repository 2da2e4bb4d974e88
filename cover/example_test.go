package cover_test

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/timeline"
)

func Example() {
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	week, err := schedule.New(schedule.Spec{ID: "primary", Layers: []schedule.Layer{{
		ID: "week", Users: []watchbill.UserID{"ada", "ben"}, Start: calendar.InstantMoment(start),
		Rotation: schedule.Rotation{Unit: calendar.Week},
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	scene := cover.Scene{
		Schedules: []*schedule.Schedule{week},
		User: func(id watchbill.UserID) (catalog.User, bool) {
			return catalog.User{ID: id, Contacts: []notify.Contact{{ID: "mail", Channel: "email", Address: string(id) + "@example.com"}}}, true
		},
		Team:  func(watchbill.TeamID) (catalog.Team, bool) { return catalog.Team{}, false },
		Needs: func(watchbill.ScheduleID) []string { return nil },
	}

	ask := cover.Ask{ID: "r1", From: start.Add(24 * time.Hour), To: start.Add(48 * time.Hour), Text: "Moving house."}
	ask.Actor = timeline.User("ada")
	r, asked, err := cover.Apply(cover.Request{}, start, ask, scene)
	if err != nil {
		fmt.Println(err)
		return
	}
	accept := cover.Accept{To: start.Add(36 * time.Hour)}
	accept.Actor = timeline.User("ben")
	r, accepted, err := cover.Apply(r, start.Add(time.Hour), accept, scene)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range append(asked, accepted...) {
		fmt.Println(cover.Describe(e))
	}
	for _, g := range r.Grants {
		o, _ := r.OverrideOf(g)
		fmt.Printf("override %s: %s replaces %s, by %s\n", o.ID, o.User, o.Replaces, o.By)
	}
	// Output:
	// ada asked ben to cover ada's duty in primary, Tue 2026-01-06 09:00 to Wed 2026-01-07 09:00 UTC: Moving house.
	// ben accepted: ben has ada's duty in primary, Tue 2026-01-06 09:00 to 21:00 UTC; open is primary, Tue 2026-01-06 21:00 to Wed 2026-01-07 09:00 UTC
	// override r1-1: ben replaces ada, by cover request r1
}
