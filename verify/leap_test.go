package verify_test

import (
	"testing"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/verify"
)

// The bounds that Go gives of a zone on the last day of a leap year after 2037 lie before it.
func TestCheckEndsBeyondTheLastDayOfALeapYear(t *testing.T) {
	start := calendar.InstantMoment(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	org, err := oncall.New(oncall.Config{Catalog: catalog.Catalog{Users: []catalog.User{{ID: "ada"}}},
		Schedules: []schedule.Spec{{ID: "p", Timezone: "Europe/Berlin", Layers: []schedule.Layer{{ID: "l", Users: []watchbill.UserID{"ada"},
			Start: start, Rotation: schedule.Rotation{Unit: calendar.Week}}}}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2040, 6, 1, 0, 0, 0, 0, time.UTC)
	done := make(chan struct{})
	go func() { defer close(done); verify.Check(org, from, from.AddDate(1, 0, 0)) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("check does not end")
	}
}
