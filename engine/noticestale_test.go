package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/store"
)

// What could not be sent at once is looked at again: nobody is told to be on call who is not any more.
func TestANoticeThatIsNotTrueAnyMoreIsGivenUp(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		d := telling(t, st)
		d.remind(handoff.Add(-time.Minute))
		_, err := d.Remind(t.Context(), handoff) // and then it crashes
		require.NoError(t, err)
		covered(t, d.Engine, handoff.Add(10*time.Second), "", cover.TakeOver{Voice: voice("cem"), Replaces: "ben", Schedule: "primary", To: handoff.Add(20 * time.Hour)})
		d.minutes(handoff.Add(time.Minute), handoff.Add(3*time.Minute))
		require.NotContains(t, d.summaries(), "23 09:01 ben You are on call in primary now")
		require.Contains(t, d.summaries(), "23 09:01 cem You are on call in primary now")
	})
}
