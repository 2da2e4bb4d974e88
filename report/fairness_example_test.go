package report_test

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/schedule"
)

// exampleRoll is a rotation of two in a week of October in which clocks go back.
func exampleRoll(c catalog.Catalog) (report.Window, []report.Roll) {
	zone, _ := time.LoadLocation("Europe/Berlin")
	spec := schedule.Spec{ID: "primary", Timezone: "Europe/Berlin", Layers: []schedule.Layer{{ID: "days", Users: []watchbill.UserID{"ada", "ben"},
		Start: calendar.CivilMoment(calendar.NewCivil(2026, 10, 19, 9, 0, 0)), Rotation: schedule.Rotation{Every: 3, Unit: calendar.Day}}}}
	s, _ := schedule.New(spec)
	w := report.Window{From: time.Date(2026, 10, 19, 9, 0, 0, 0, zone), To: time.Date(2026, 10, 25, 9, 0, 0, 0, zone)}
	return w, []report.Roll{report.Call(report.Plan{Spec: spec, Schedule: s, Catalog: c}, w)}
}

// Ben has the weekend, in which the night is an hour longer. How much is that, and who ought to have less?
func ExampleFairness() {
	c := catalog.Catalog{Users: []catalog.User{{ID: "ada", Zone: "Europe/Berlin"}, {ID: "ben", Zone: "Europe/Berlin"}}}
	w, rolls := exampleRoll(c)
	r, err := report.Fairness(report.FairnessInput{Window: w, Catalog: c, Rolls: rolls})
	for _, row := range r.Rows {
		fmt.Println(row.ID, "hours", time.Duration(row.Hours), "night", time.Duration(row.Night), "weekend", time.Duration(row.Weekend),
			"load", time.Duration(row.Load), "difference", time.Duration(row.Difference))
	}
	fmt.Println("score", r.Score, err)
	// Output:
	// ben hours 73h0m0s night 25h0m0s weekend 34h0m0s load 115h0m0s difference 9h30m0s
	// ada hours 72h0m0s night 24h0m0s weekend 0s load 96h0m0s difference -9h30m0s
	// score 95.49 <nil>
}

// Nights are paid more than days; what is paid is elapsed time.
func ExamplePay() {
	night := calendar.Window{From: calendar.NewTimeOfDay(22, 0), To: calendar.NewTimeOfDay(6, 0)}
	for d := calendar.Monday; d <= calendar.Sunday; d++ {
		night.Days = append(night.Days, d)
	}
	c := catalog.Catalog{
		Users: []catalog.User{{ID: "ada"}, {ID: "ben"}},
		Pay: catalog.Pay{Currency: "EUR", Rules: []catalog.PayRule{
			{ID: "night", Hours: []calendar.Window{night}, Hourly: 600},
			{ID: "day", Hourly: 250, Shift: 1000},
		}},
	}
	w, rolls := exampleRoll(c)
	r, err := report.Pay(report.PayInput{Window: w, Catalog: c, Rolls: rolls})
	for _, l := range r.Lines {
		fmt.Println(l.ID, l.Rule, time.Duration(l.Time), "shifts", l.Shifts, "cents", l.Amount)
	}
	fmt.Println(r.Amount, r.Currency, err)
	// Output:
	// ada night 24h0m0s shifts 0 cents 14400
	// ada day 48h0m0s shifts 1 cents 13000
	// ben night 25h0m0s shifts 0 cents 15000
	// ben day 48h0m0s shifts 1 cents 13000
	// 55400 EUR <nil>
}
