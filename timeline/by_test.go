package timeline_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/timeline"
)

// note is a command as other packages have them.
type note struct {
	timeline.By
	Text string `json:"text"`
}

func TestByIsInTheEntryAndNotInThePayload(t *testing.T) {
	nine := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	c := note{timeline.By{Actor: "user:ada", Via: "key:ops"}, "x"}
	e, err := c.Speaker().Entry(nine, 4, nine.Add(-time.Hour), "noted", c)
	require.NoError(t, err)
	assert.Equal(t, timeline.Entry{Seq: 5, At: nine, Actor: "user:ada", Via: "key:ops", Kind: "noted", Data: json.RawMessage(`{"text":"x"}`)}, e)
}

func TestEntriesOfNobodyAreTheEngines(t *testing.T) {
	e, err := timeline.By{}.Entry(time.Time{}, 0, time.Time{}, "ticked", note{})
	require.NoError(t, err)
	assert.Equal(t, timeline.Engine, e.Actor)
	assert.EqualValues(t, 1, e.Seq)
}

func TestEntriesNeverGoBackInTime(t *testing.T) {
	nine := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct{ now, latest, want time.Time }{
		"later":    {nine.Add(1), nine, nine.Add(1)},
		"the same": {nine, nine, nine},
		"set back": {nine.Add(-time.Hour), nine, nine},
		"first":    {nine, time.Time{}, nine},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := timeline.By{}.Entry(c.now, 1, c.latest, "noted", nil)
			require.NoError(t, err)
			assert.Equal(t, c.want, e.At)
		})
	}
}

func TestEntryOfWhatIsNoJSON(t *testing.T) {
	e, err := timeline.By{}.Entry(time.Time{}, 0, time.Time{}, "noted", func() {})
	require.ErrorContains(t, err, "timeline: noted: json: unsupported type")
	assert.Zero(t, e)
}
