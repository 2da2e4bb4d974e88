package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

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
	synctest.Test(t, func(t *testing.T) { // its clock begins at midnight, UTC, of 1 January 2000
		panicked := 0
		e, err := engine.New(engine.Config{Store: memory.New(),
			HandoverURL: func(watchbill.ScheduleID, time.Time) string { panicked++; panic("host") }})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		_, err = e.Configure(ctx, time.Now(), handingOver())
		require.NoError(t, err)
		stopped := make(chan error)
		go func() { stopped <- e.Run(ctx) }()
		<-time.After(3 * time.Minute)
		cancel()
		require.NoError(t, <-stopped)
		require.NotZero(t, panicked)
	})
}

// handingOver has a hand-off a minute after midnight, of which people want to hear.
func handingOver() (c oncall.Config) {
	spec := schedule.Spec{ID: "primary"}
	at := calendar.CivilMoment(calendar.NewCivil(2000, time.January, 1, 0, 1, 0))
	layer := schedule.Layer{ID: "hours", Start: at, Rotation: schedule.Rotation{Unit: calendar.Hour}}
	for _, id := range []watchbill.UserID{"ada", "ben"} {
		c.Catalog.Users = append(c.Catalog.Users, catalog.User{ID: id, Notices: catalog.Notices{Start: true},
			Contacts: []notify.Contact{{ID: "m", Channel: "email", Address: "a@example.com"}}})
		layer.Users = append(layer.Users, id)
	}
	spec.Layers = []schedule.Layer{layer}
	c.Schedules = []schedule.Spec{spec}
	return c
}
