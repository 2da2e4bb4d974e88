package report_test

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/report"
)

// Two alerts in the night and one in the day: how fast were they dealt with, and whom did they wake?
func Example() {
	night := time.Date(2026, time.March, 3, 2, 0, 0, 0, time.UTC)
	day := time.Date(2026, time.March, 3, 14, 0, 0, 0, time.UTC)
	shop := func(created time.Time, acknowledge, resolve time.Duration, pages ...report.Page) report.Alert {
		return report.Alert{
			Alert: alert.Alert{Service: "shop", StartsAt: created.Add(-30 * time.Second), CreatedAt: created,
				ResolvedAt: created.Add(resolve), ResolvedBy: "user:ada"},
			AcknowledgedAt: created.Add(acknowledge),
			Pages:          pages,
		}
	}
	in := report.Input{
		Window: report.Window{From: time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, time.April, 1, 0, 0, 0, 0, time.UTC)},
		Catalog: catalog.Catalog{
			Users:    []catalog.User{{ID: "ada", Zone: "Europe/Berlin"}, {ID: "ben", Zone: "Asia/Kolkata"}, {ID: "cem"}},
			Teams:    []catalog.Team{{ID: "web"}},
			Services: []catalog.Service{{ID: "shop", Team: "web"}, {ID: "wiki", Team: "web"}},
		},
		Alerts: []report.Alert{
			shop(night, 2*time.Minute, 20*time.Minute, report.Page{User: "ada", At: night}, report.Page{User: "ada", At: night.Add(time.Minute)}),
			shop(night.Add(time.Hour), 4*time.Minute, 10*time.Minute, report.Page{User: "ada", At: night.Add(time.Hour)}),
			shop(day, time.Minute, 6*time.Minute, report.Page{User: "ben", At: day}),
		},
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "scope\tid\tcount\tMTTD\tMTTA\tp90\tMTTR\tp90")
	for _, row := range report.Response(in).Rows {
		if row.Of == report.OfAlerts {
			fmt.Fprintf(table, "%s\t%s\t%d\t%v\t%v\t%v\t%v\t%v\n", row.Scope, row.ID, row.Count, time.Duration(row.Detect.Mean),
				time.Duration(row.Acknowledge.Mean), time.Duration(row.Acknowledge.P90), time.Duration(row.Resolve.Mean), time.Duration(row.Resolve.P90))
		}
	}
	fmt.Fprintln(table, "\nperson\tpages\tout of hours")
	for _, row := range report.Load(in).Rows {
		fmt.Fprintf(table, "%s\t%d\t%d\n", row.ID, row.Pages, row.OutOfHours)
	}
	_ = table.Flush()
	// Output:
	// scope    id    count  MTTD  MTTA   p90   MTTR    p90
	// all            3      30s   2m20s  4m0s  12m30s  20m30s
	// team     web   3      30s   2m20s  4m0s  12m30s  20m30s
	// service  shop  3      30s   2m20s  4m0s  12m30s  20m30s
	// service  wiki  0      0s    0s     0s    0s      0s
	//
	// person  pages  out of hours
	// ada     3      3
	// ben     1      1
	// cem     0      0
}
