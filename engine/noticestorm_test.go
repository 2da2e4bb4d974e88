package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/storetest"
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

// However many notices wait, no transaction that writes reads more than a few hundred of them, and none is lost: what was
// behind is sent later, and what has become too late is given up beside what is sent.
func TestManyWaitingNoticesHoldNobodyUp(t *testing.T) {
	writing, most := false, 0
	st := &storetest.Faulty{Store: memory.New(), Before: func(step string) error {
		switch step {
		case "update":
			writing = true
		case "committed":
			writing = false
		case "records.list":
			if writing {
				most++
			}
		}
		return nil
	}}
	d := telling(t, st)
	now := handoff.Add(-30 * time.Hour)
	d.remind(now)
	const asked = 300 // of whom each request tells two
	for i := range asked {
		covered(t, d.Engine, now.Add(time.Duration(i)*time.Millisecond), "", cover.Ask{Voice: voice("ada"), For: "ben",
			From: handoff.Add(time.Hour), To: handoff.Add(5 * time.Hour)})
	}
	most = 0
	got := map[notify.MessageID]int{}
	for i := range 4 {
		list, err := d.Remind(t.Context(), now.Add(time.Duration(1+i)*time.Minute))
		require.NoError(t, err)
		require.LessOrEqual(t, len(list), 256)
		var outcomes []engine.Outcome
		for _, one := range list {
			got[one.Message.ID]++
			outcomes = append(outcomes, engine.Outcome{Delivery: one, Result: episode.Result{Verdict: episode.Accepted}})
		}
		require.NoError(t, d.Reminded(t.Context(), now.Add(time.Duration(1+i)*time.Minute), outcomes))
	}
	require.Zero(t, most, "listed while writing")
	require.GreaterOrEqual(t, len(got), asked)
	for id, times := range got {
		require.Equal(t, 1, times, id)
	}
}
