package timeline_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

func TestActors(t *testing.T) {
	assert.Equal(t, timeline.Actor("user:ada"), timeline.User(watchbill.UserID("ada")))
	assert.Equal(t, timeline.Actor("source:prom"), timeline.Source(watchbill.SourceID("prom")))
	assert.Equal(t, timeline.Actor("channel:email"), timeline.Channel("email"))
	assert.Equal(t, timeline.Actor("engine"), timeline.Engine)
}

func TestEntrySurvivesBeingStored(t *testing.T) {
	for _, e := range []timeline.Entry{
		{Seq: 1, At: time.Date(2026, 1, 5, 9, 0, 0, 1000, time.UTC), Actor: timeline.Engine, Kind: "ticked"},
		{Seq: 2, At: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Actor: "user:ada", Via: "key:ops", Kind: "noted", Data: json.RawMessage(`{"text":"x"}`)},
	} {
		data, err := json.Marshal(e)
		require.NoError(t, err)
		var back timeline.Entry
		require.NoError(t, json.Unmarshal(data, &back))
		assert.Equal(t, e, back)
	}
}

func TestEncodeWritesWhatEncodingJSONWould(t *testing.T) {
	at := time.Date(2026, 1, 5, 9, 0, 0, 1000, time.UTC)
	for _, entries := range [][]timeline.Entry{
		{{Seq: 1, At: at, Actor: timeline.Engine, Kind: "ticked"}},
		{{Seq: 2, At: at, Actor: "user:ada", Via: "key:<ops>", Kind: "noted", Data: json.RawMessage(`{"text":"x"}`)}, {Seq: 3, Actor: "bad \xff \"", Data: json.RawMessage(`[]`)}},
		{},
	} {
		want, err := json.Marshal(entries)
		require.NoError(t, err)
		got, err := timeline.Encode(entries)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got))
	}
	_, err := timeline.Encode([]timeline.Entry{{At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}})
	assert.ErrorContains(t, err, "timeline: ")
}
