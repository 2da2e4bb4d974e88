package engine_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/store/memory"
)

// What panics while notices are made must not end the process that pages.
func TestPanickingNoticesDoNotEndTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := remindedConfig(1)
		for i := range c.Catalog.Users {
			c.Catalog.Users[i].Notices = catalog.Notices{Start: true}
		}
		e, err := engine.New(engine.Config{Store: memory.New(), HandoverURL: func(watchbill.ScheduleID, time.Time) string { panic("host") }})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		if _, err := e.Configure(ctx, time.Now(), c); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Date(2026, 2, 2, 7, 58, 0, 0, time.UTC).Sub(time.Now()))
		done := make(chan struct{})
		go func() { defer close(done); e.Run(ctx) }()
		time.Sleep(3 * time.Minute)
		cancel()
		<-done
	})
}

func remindedConfig(n int) oncall.Config {
	var c oncall.Config
	for i := range 20 {
		c.Catalog.Users = append(c.Catalog.Users, catalog.User{ID: watchbill.UserID(fmt.Sprintf("u%d", i)), Name: fmt.Sprint("U", i), Contacts: []notify.Contact{{ID: "m", Channel: "email", Address: "a@example.com"}}})
	}
	var m calendar.Moment
	m.UnmarshalText([]byte("2026-01-05T09:00"))
	for i := range n {
		var us []watchbill.UserID
		for j := range 5 {
			us = append(us, watchbill.UserID(fmt.Sprintf("u%d", (i+j)%20)))
		}
		c.Schedules = append(c.Schedules, schedule.Spec{ID: watchbill.ScheduleID(fmt.Sprintf("s%d", i)), Timezone: "Europe/Berlin",
			Layers: []schedule.Layer{{ID: "l", Users: us, Start: m, Rotation: schedule.Rotation{Unit: calendar.Week}}}})
	}
	return c
}
