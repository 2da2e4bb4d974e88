package oncall_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/oncall"
)

func TestHeartbeatsAreFoundByKeyAndID(t *testing.T) {
	key := catalog.DigestOf("secret")
	o, err := oncall.New(oncall.Config{Heartbeats: []heartbeat.Monitor{{ID: "alive", Key: string(key), Interval: time.Minute}}}, 1)
	require.NoError(t, err)
	require.Len(t, o.Heartbeats(), 1)
	w, ok := o.Heartbeat(key)
	require.True(t, ok)
	assert.Equal(t, "alive", w.Monitor().ID)
	_, ok = o.HeartbeatByID("alive")
	assert.True(t, ok)
	_, ok = o.Heartbeat("")
	assert.False(t, ok)
	_, ok = o.HeartbeatByID("other")
	assert.False(t, ok)
}

func TestHeartbeatsAreChecked(t *testing.T) {
	_, err := oncall.New(oncall.Config{
		Catalog: catalog.Catalog{Sources: []catalog.Source{{ID: "prom", Type: "generic", Key: "s"}}},
		Heartbeats: []heartbeat.Monitor{
			{ID: "a", Key: "k", Interval: time.Minute},
			{ID: "a", Key: "k", Interval: time.Minute, Service: "nowhere"},
			{ID: "b", Key: "s", Cron: "60 * * * *"},
			{},
		}}, 1)
	for _, want := range []string{
		`heartbeats[1].id: "a" is used twice`,
		`heartbeats[1].key: is the key of heartbeat "a" too`,
		`heartbeats[1].service: service "nowhere" does not exist`,
		`heartbeats[2].key: is the key of source "prom" too`,
		`heartbeats[2].cron: minute: "60" is not a number from 0 to 59`,
		`heartbeats[3].id: is missing`,
		`heartbeats[3].key: is missing`,
		`heartbeats[3].interval: is missing`,
	} {
		assert.ErrorContains(t, err, "oncall: "+want)
	}
}
