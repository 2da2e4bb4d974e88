package chart_test

import (
	"io"
	"testing"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/schedule/chart"
)

func TestPictureOfTheLastDayOfALeapYearEnds(t *testing.T) {
	start := calendar.InstantMoment(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	s, err := schedule.New(schedule.Spec{ID: "p", Timezone: "Europe/Berlin", Layers: []schedule.Layer{{ID: "l", Users: []watchbill.UserID{"ada"},
		Start: start, Rotation: schedule.Rotation{Unit: calendar.Week}}}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	from := time.Date(2040, 12, 20, 0, 0, 0, 0, time.UTC)
	go func() {
		done <- chart.SVG(io.Discard, s, chart.Options{From: from, To: from.AddDate(0, 1, 0), Now: from})
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the picture does not end")
	}
}
