package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/store"
)

// Only so many notices are sent a minute. Those about a shift are worthless after an hour, and must not wait behind a storm of
// others, which have a day.
func TestAStormOfRequestsKeepsNoShiftNoticeBack(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		d := telling(t, st)
		now := handoff.Add(-time.Minute)
		d.remind(now)
		for i := range 300 {
			covered(t, d.Engine, now.Add(time.Duration(i)*time.Millisecond), "", cover.Ask{Voice: voice("ada"), For: "ben",
				From: handoff.Add(time.Hour), To: handoff.Add(5 * time.Hour)})
		}
		sent := map[string]int{}
		list, err := d.Remind(t.Context(), handoff)
		require.NoError(t, err)
		for _, m := range list {
			sent[m.Message.Summary]++
		}
		require.Equal(t, 1, sent["You are on call in primary now"])
	})
}
