package postmortem_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/timeline"
)

// From an incident to a published document. An engine would gather more material: the alerts' records, and what was before.
func ExampleApply() {
	ada := timeline.By{Actor: timeline.User("ada")}
	now := time.Date(2026, 1, 5, 9, 10, 0, 0, time.UTC)
	var i incident.Incident
	var moments []incident.Moment
	for _, c := range []incident.Command{
		incident.Declare{By: ada, ID: "06nf", Title: "Checkout fails", StartedAt: now.Add(-10 * time.Minute),
			Services: []incident.Affected{{Service: "shop", Effect: incident.EffectMajor}}},
		incident.Decide{By: ada, Text: "roll back the pool size"},
		incident.SetStatus{By: ada, Status: incident.Resolved},
	} {
		next, entries, err := incident.Apply(i, now, c)
		if err != nil {
			fmt.Println(err)
			return
		}
		i, now = next, now.Add(15*time.Minute)
		moments = append(moments, incident.Told(i.Owner(), entries, incident.Describe)...)
	}

	before := []postmortem.Event{{At: i.Impact.StartedAt.Add(-5 * time.Minute), Actor: timeline.User("ben"), Text: "put release 41 in force"}}
	p := apply(postmortem.Postmortem{}, now,
		postmortem.Draft{Material: postmortem.Material{Incident: i, Moments: moments, Before: before, Required: true, Owner: "ada"}},
		postmortem.Submit{By: ada}, // too early
		postmortem.Edit{By: ada, Factors: &[]string{"Release 41 cut the pool of connections to a quarter.", "The load test runs with one customer."}},
		postmortem.SetItem{By: ada, Item: "a1", State: new(postmortem.ItemOpen), Owner: new(watchbill.UserID("ada")), DueAt: new(now.AddDate(0, 0, 14))},
		postmortem.Submit{By: ada},
		postmortem.Publish{By: ada},
	)

	fmt.Printf("\n%s: %s, owner %s\n%s\n", p.Title, p.State, p.Owner, p.Summary)
	for _, e := range p.Timeline {
		fmt.Println(strings.TrimSpace(e.At.Format("15:04 ")+string(e.Actor)), e.Text)
	}
	for _, f := range p.Factors {
		fmt.Println("factor:", f)
	}
	for _, a := range p.Items {
		fmt.Printf("%s to %s: %s (%s, %s, due %s)\n", a.ID, a.Kind, a.Title, a.State, a.Owner, a.DueAt.Format(time.DateOnly))
	}
	// Output:
	// 09:55 engine drafted the postmortem of "Checkout fails", which the rules require; owner ada
	// postmortem: factors: are missing; name at least one contributing factor, and better several that came together
	// 09:57 ada edited the contributing factors
	// 09:58 ada changed action item a1: made it open, gave it to ada, made it due 2026-01-19 09:55 UTC
	// 09:59 ada submitted it for review
	// 10:00 ada published it
	//
	// Checkout fails: published, owner ada
	// "Checkout fails" (severity error) had visible impact from 2026-01-05 09:00:00 to 09:40:00 UTC, for 40 min. Services affected: shop for 40 min (worst effect: major outage). It was detected at 09:10:00 UTC, 10 min after it began, by ada, who declared the incident. ada took it on by declaring the incident at 09:10:00 UTC. It was resolved at 09:40:00 UTC, 40 min after it began. No affected customer is recorded.
	// 08:55 user:ben put release 41 in force
	// 09:00 Impact begins (as recorded)
	// 09:10 user:ada declared the incident "Checkout fails", severity error, impact since 2026-01-05 09:00:00 UTC; services shop major outage
	// 09:25 user:ada decided: roll back the pool size
	// 09:40 user:ada set the status to resolved
	// factor: Release 41 cut the pool of connections to a quarter.
	// factor: The load test runs with one customer.
	// a1 to detect: Monitoring that would have noticed this (open, ada, due 2026-01-19)
}

// apply carries out commands as an engine does, a minute apart, and prints what is refused.
func apply(p postmortem.Postmortem, now time.Time, commands ...postmortem.Command) postmortem.Postmortem {
	for _, c := range commands {
		next, entries, err := postmortem.Apply(p, now, c)
		if err != nil {
			fmt.Println(err)
		}
		for _, e := range entries {
			fmt.Println(e.At.Format("15:04"), postmortem.Describe(e))
		}
		p, now = next, now.Add(time.Minute)
	}
	return p
}
