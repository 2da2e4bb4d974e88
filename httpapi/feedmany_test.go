package httpapi_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/schedule"
)

// TestCalendarsAfterManyRevisions: however often a configuration is changed, what was held stays, and what was once listed
// is taken back.
func TestCalendarsAfterManyRevisions(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ada, primary := w.calendarOf("users/ada"), w.calendarOf("schedules/primary")
		held := w.events(primary)[0]
		require.True(t, strings.HasSuffix(held, "Ada Okafor"), held)
		require.Contains(t, w.statuses(ada), "24 CONFIRMED 1")
		w.pass(24 * time.Hour)
		c := org()
		for i := range 130 {
			c.Schedules[0].Overrides = []schedule.Override{takeover("o", "cem", 24), takeover("p", "ben", 10)}
			c.Schedules[0].Overrides[1].Reason = strings.Repeat("x", 1+i)
			w.pass(time.Minute)
			w.configure(c)
		}
		require.Contains(t, w.statuses(ada), "24 CANCELLED 131")
		c.Schedules[0].Layers[0].Users = c.Schedules[0].Layers[0].Users[1:]
		c.Schedules[0].Overrides = nil
		w.pass(time.Minute)
		w.configure(c)
		events := w.events(primary)
		require.True(t, slices.ContainsFunc(events, func(e string) bool {
			return strings.HasPrefix(e, held[:11]) && strings.HasSuffix(e, "Ada Okafor")
		}), "%v", events)
	})
}
