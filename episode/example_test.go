package episode_test

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
)

// One alert from trigger to resolve, driven by hand: each outcome would be committed in one transaction, its messages
// sent after that. Here Ada's app has gone for good; Ben acknowledges.
func ExampleStep() {
	org, err := oncall.New(oncall.Config{
		Catalog: catalog.Catalog{
			Users: []catalog.User{
				{ID: "ada", Contacts: []notify.Contact{{ID: "app", Channel: "webhook", Address: "https://app.example.com/ada"}}},
				{ID: "ben", Contacts: []notify.Contact{{ID: "mail", Channel: "email", Address: "ben@example.com"}}},
			},
			Services: []catalog.Service{{ID: "shop", Policy: "web"}},
		},
		Policies: []escalation.Policy{{ID: "web", Levels: []escalation.Level{
			{Targets: []escalation.Target{escalation.User("ada")}},
			{Targets: []escalation.Target{escalation.User("ben")}},
		}}},
	}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	var e episode.Episode
	step := func(after time.Duration, in episode.Input) []episode.Outgoing {
		now = now.Add(after)
		next, out := episode.Step(episode.World{Org: org}, e, now, in)
		e = next
		for _, entry := range out.Entries {
			if text := episode.Describe(entry); text != "" {
				fmt.Println(entry.At.Format("15:04:05"), text)
			}
		}
		return out.Send
	}

	signal := alert.Signal{Source: "prom", Key: "disk", Summary: "disk full", Severity: watchbill.SeverityCritical, Service: "shop"}
	sent := step(0, episode.Signal{ID: "01", Signal: signal})
	sent = step(2*time.Second, episode.Receipt{Key: sent[0].Key, Result: episode.Result{Verdict: episode.Refused, Error: "410 Gone"}})
	step(time.Second, episode.Receipt{Key: sent[0].Key})
	step(30*time.Second, episode.Acknowledge{By: "ben"})
	signal.Action = alert.Resolve
	step(10*time.Minute, episode.Signal{Signal: signal})

	// Output:
	// 09:00:00 source:prom triggered the alert: disk full
	// 09:00:00 paging level 1: ada (named)
	// 09:00:02 the page to app of ada can never be delivered: 410 Gone
	// 09:00:02 no contact of ada works
	// 09:00:02 level 1 gives way: none of its people can be reached
	// 09:00:02 paging level 2: ben (named)
	// 09:00:03 channel:email accepted the page to mail of ben
	// 09:00:33 ben acknowledged
	// 09:10:33 source:prom resolved the alert
	// 09:10:33 telling ben (mail) that it is over
}
