package cover_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
)

// A whole schedule is taken over until its hand-off, also where so much happens before that has no effect that the
// schedule's Until is only how far it looked.
func TestTakeOverUntilAFarHandOff(t *testing.T) {
	w := newWorld(t)
	for i := range 10_010 {
		from := monday.Add(time.Hour + time.Duration(i)*30*time.Second)
		w.specs[0].Overrides = append(w.specs[0].Overrides, schedule.Override{ID: schedule.OverrideID(fmt.Sprint(i)), User: "gus",
			Replaces: "nobody", From: calendar.InstantMoment(from), To: calendar.InstantMoment(from.Add(time.Second))})
	}
	w.do("take", []string{"by=dan", "user=dan", "schedule=primary", "from=05T09:30"})
	assert.Contains(t, w.state(), "primary 05 09:30 to 12 09:00")
}
