package sim_test

import (
	"fmt"
	"os"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/sim"
)

// shop is paged about by an app: ada, and ben if she does not answer within twenty minutes.
func shop() oncall.Config {
	app := []notify.Contact{{ID: "app", Channel: "push", Address: "https://push.example"}}
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users:    []catalog.User{{ID: "ada", Contacts: app}, {ID: "ben", Contacts: app}},
			Services: []catalog.Service{{ID: "shop", Policy: "web"}},
		},
		Policies: []escalation.Policy{{ID: "web", Levels: []escalation.Level{
			{Targets: []escalation.Target{escalation.User("ada")}, Timeout: 20 * time.Minute, Repeat: escalation.Repeat{Every: 5 * time.Minute}},
			{Targets: []escalation.Target{escalation.User("ben")}},
		}}},
		CatchAll: []escalation.Target{escalation.User("ben")},
	}
}

// Something breaks at noon. What happens?
func ExampleRun() {
	h, err := sim.Run(sim.Scenario{
		Org:    shop(),
		Start:  time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC),
		For:    time.Hour,
		People: map[watchbill.UserID]sim.Person{"ada": {Answers: sim.Always(2 * time.Minute), Fixes: sim.Always(30 * time.Minute)}},
		Acts: []sim.Act{{After: 5 * time.Minute, Do: sim.Signal{
			Source: "prometheus", Service: "shop", Key: "disk", Summary: "the disk is full", Severity: watchbill.SeverityCritical}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := h.Tell(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// +00:05:00  Mon 2 Mar 12:05:00  disk#1  prometheus triggered the alert: the disk is full
	// +00:05:00  Mon 2 Mar 12:05:00  disk#1  paging level 1: ada (named)
	// +00:05:00  Mon 2 Mar 12:05:00  disk#1  ada: page is on the phone (app)
	// +00:05:00  Mon 2 Mar 12:05:00  disk#1  ada sees it
	// +00:07:00  Mon 2 Mar 12:07:00  disk#1  ada acknowledged
	// +00:37:00  Mon 2 Mar 12:37:00  disk#1  ada resolved the alert
}

// The disk is full about twice a day, and ada's phone does not wake her. Is somebody always there within ten minutes?
func ExampleCheck() {
	week := sim.Scenario{
		Org:    shop(),
		Start:  time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC),
		For:    7 * 24 * time.Hour,
		Others: sim.Person{Answers: sim.Delay{Median: time.Minute, P90: 4 * time.Minute}},
		People: map[watchbill.UserID]sim.Person{"ada": {Asleep: &sim.Sleep{From: calendar.NewTimeOfDay(23, 0), To: calendar.NewTimeOfDay(6, 30)}}},
		Sources: []sim.Source{sim.Troubles{Every: 12 * time.Hour, Lasts: sim.Between(time.Hour, 2*time.Hour), Like: alert.Signal{
			Source: "prometheus", Service: "shop", Key: "disk", Summary: "the disk is full", Severity: watchbill.SeverityCritical}}},
	}
	fmt.Println(sim.Check(week, 20, sim.EveryAlert(sim.ReachesAPersonWithin(10*time.Minute))))
	// Output:
	// sim: under seed 0 this does not hold: every alert reaches a person within 10m0s
	//   disk-2#1: not seen by anybody in 12m0s, when the history ends
	//
	// The shortest scenario found under which the same goes wrong (1 of 18 acts, in 20 lives):
	//   from Mon 2 Mar 2026 12:00:00 UTC for 2 days 15h11m
	//   +2d 15:00:00  signal trigger disk-2 (critical) "the disk is full"
	//   ada: asleep from 23:00 to 06:30 (UTC), nothing wakes
	//   everybody else: answers every page at once
	//
	// What happens in it:
	//   +2d 15:00:00  Thu 5 Mar 03:00:00  disk-2#1  prometheus triggered the alert: the disk is full
	//   +2d 15:00:00  Thu 5 Mar 03:00:00  disk-2#1  paging level 1: ada (named)
	//   +2d 15:00:00  Thu 5 Mar 03:00:00  disk-2#1  ada: page is on the phone (app), asleep
	//   +2d 15:05:00  Thu 5 Mar 03:05:00  disk-2#1  paging level 1, attempt 2: ada (named); and once more at +2d 15:10:00
	//
	// To live it again: Check the same scenario with Seed 0 and 1 seed, or Run the Scenario of this *sim.Failure.
}
