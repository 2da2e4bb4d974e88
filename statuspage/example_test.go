package statuspage_test

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/statuspage"
)

// An incident is declared, customers are told, and a visitor looks at the page.
func Example() {
	page := catalog.Page{ID: "public", Name: "Example Shop", Zone: "Europe/Berlin", Components: []catalog.Component{
		{ID: "checkout", Name: "Checkout", Services: []watchbill.ServiceID{"payments"}},
		{ID: "search", Name: "Search", Services: []watchbill.ServiceID{"search"}},
	}}
	nine := time.Date(2026, 7, 15, 9, 0, 0, 0, time.UTC)
	outage, _, _ := incident.Apply(incident.Incident{}, nine, incident.Declare{ID: "06nf", Title: "psp-cert expired, see #4711",
		Services: []incident.Affected{{Service: "payments", Effect: incident.EffectPartial}}})
	outage, _, _ = incident.Apply(outage, nine.Add(5*time.Minute), incident.Publish{Title: "Some payments fail", Text: "We are looking into it."})

	major := statuspage.Major
	board, _, _ := statuspage.Apply(statuspage.Board{Page: page.ID}, nine, statuspage.SetComponent{Component: "search", Status: &major})

	view := statuspage.Look(page, board, []incident.Incident{outage}, nine.Add(time.Hour), "https://example.com/status/public")
	fmt.Println(view.Status.Words())
	for _, c := range view.Components {
		fmt.Printf("%s: %s, %d.%02d %%\n", c.Name, c.Status.Words(), c.Uptime/100, c.Uptime%100)
	}
	for _, n := range view.Incidents {
		fmt.Printf("%s (%s): %s\n", n.Title, n.Phase.Words(), n.Told[0].Text)
	}
	json, _ := view.JSON("status")
	fmt.Println(string(json))
	// Output:
	// Major outage
	// Checkout: Partial outage, 99.98 %
	// Search: Major outage, 99.95 %
	// Some payments fail (Investigating): We are looking into it.
	// {"page":{"id":"public","name":"Example Shop","url":"https://example.com/status/public","time_zone":"Europe/Berlin","updated_at":"2026-07-15T11:05:00.000+02:00"},"status":{"indicator":"critical","description":"Major Service Outage"}}
}
