package incident_test

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

// An alert becomes an incident: people take roles, say what users notice, tell customers, and resolve it. Its record is
// joined with that of the alert.
func Example() {
	nine := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	full := alert.Alert{ID: "a1", Summary: "no space left on db-7", Severity: watchbill.SeverityCritical, Service: "shop", CreatedAt: nine}

	var i incident.Incident
	var record []timeline.Entry
	do := func(minute int, c incident.Command) {
		next, entries, err := incident.Apply(i, nine.Add(time.Duration(minute)*time.Minute), c)
		if err != nil {
			fmt.Println(err)
		}
		i, record = next, append(record, entries...)
	}
	ada, ben := timeline.By{Actor: "user:ada"}, timeline.By{Actor: "user:ben"}
	declare := incident.FromAlert("i1", full, catalog.Catalog{})
	declare.By = ada
	do(4, declare)
	do(4, incident.Assign{By: ada, Role: incident.Commander, User: "ada"})
	do(6, incident.SetImpact{By: ada, StartedAt: nine.Add(-2 * time.Minute), Services: []incident.Affected{{Service: "shop", Effect: incident.EffectMajor}}})
	do(7, incident.Publish{By: ben, Title: "The shop is down", Text: "We are looking into it."})
	do(8, incident.Publish{By: ben, Status: incident.Resolved, Text: "All is well."})
	do(20, incident.SetStatus{By: ada, Status: incident.Resolved, Note: "the log is rotated again"})
	do(21, incident.Publish{By: ben, Text: "The shop works again."})

	opened := []timeline.Entry{{Seq: 1, At: nine, Actor: "source:prom", Kind: "opened"}}
	told := incident.Told(timeline.Alert(full.ID), opened, func(timeline.Entry) string { return "prom triggered the alert: " + full.Summary })
	for _, m := range incident.Merge(incident.Told(i.Owner(), record, incident.Describe), told) {
		fmt.Println(m.At.Format("15:04"), m.Text)
	}
	f := i.Figures()
	fmt.Printf("%s: detected after %s, resolved after %s\n", i.Status, time.Duration(f.ToDetect), time.Duration(f.ToResolve))

	// Output:
	// incident: status: customers cannot be told that it is resolved before it is; resolve the incident first
	// 09:00 prom triggered the alert: no space left on db-7
	// 09:04 ada declared the incident "no space left on db-7", severity critical, impact since 2026-01-05 09:00:00 UTC; services shop; alerts a1
	// 09:04 ada made ada commander
	// 09:06 ada noted the impact: shop major outage; started 2026-01-05 08:58:00 UTC
	// 09:07 ben told customers, The shop is down: We are looking into it.
	// 09:20 ada set the status to resolved: the log is rotated again
	// 09:21 ben told customers: The shop works again.
	// resolved: detected after 2m0s, resolved after 22m0s
}
