package heartbeat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/heartbeat"
)

func TestNewNamesEveryWrongField(t *testing.T) {
	good := heartbeat.Monitor{ID: "a", Key: "k", Interval: time.Minute}
	with := func(change func(*heartbeat.Monitor)) heartbeat.Monitor {
		m := good
		change(&m)
		return m
	}
	for name, c := range map[string]struct {
		monitor heartbeat.Monitor
		want    []string
	}{
		"good":           {good, nil},
		"nothing":        {heartbeat.Monitor{}, []string{"id: is missing", "key: is missing", "interval: is missing"}},
		"both":           {with(func(m *heartbeat.Monitor) { m.Cron = "* * * * *" }), []string{"cron: excludes interval"}},
		"too short":      {with(func(m *heartbeat.Monitor) { m.Interval = time.Millisecond }), []string{"interval: is 1ms; it must lie between 1s and 366 days"}},
		"negative":       {with(func(m *heartbeat.Monitor) { m.Interval = -1 }), []string{"interval: is -1ns"}},
		"too long":       {with(func(m *heartbeat.Monitor) { m.Interval = 400 * 24 * time.Hour }), []string{"interval: "}},
		"grace":          {with(func(m *heartbeat.Monitor) { m.Grace = -time.Second }), []string{"grace: is -1s"}},
		"waiting":        {with(func(m *heartbeat.Monitor) { m.Waiting = 400 * 24 * time.Hour }), []string{"waiting: is 9600h0m0s"}},
		"zone":           {with(func(m *heartbeat.Monitor) { m.Zone = "Mars" }), []string{`timezone: "Mars" is not a time zone`}},
		"cron":           {with(func(m *heartbeat.Monitor) { m.Interval, m.Cron = 0, "soon" }), []string{`cron: "soon" has 1 fields`}},
		"summary":        {with(func(m *heartbeat.Monitor) { m.Summary = strings.Repeat("x", 1001) }), []string{"summary: has 1001 bytes"}},
		"never pinged":   {with(func(m *heartbeat.Monitor) { m.Waiting = -1 }), nil},
		"cron in a zone": {with(func(m *heartbeat.Monitor) { m.Interval, m.Cron, m.Zone = 0, "0 3 * * *", "Asia/Tokyo" }), nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := heartbeat.New(c.monitor)
			if c.want == nil {
				require.NoError(t, err)
				return
			}
			for _, want := range c.want {
				assert.ErrorContains(t, err, "heartbeat: "+want)
			}
			assert.Equal(t, len(c.want), strings.Count(err.Error(), "heartbeat: "))
		})
	}
}

func TestHistoryKeepsTheLatest(t *testing.T) {
	var h heartbeat.History
	for i := range 250 {
		p := heartbeat.Ping{At: noon.Add(time.Duration(i) * time.Second)}
		if i%2 == 0 {
			p.Body = strings.Repeat("x", 30)
		}
		before := len(h.Pings)
		next := h.Add(p)
		require.Len(t, h.Pings, before, "what was there is not touched")
		h = next
	}
	require.Len(t, h.Pings, heartbeat.MaxPings)
	assert.Equal(t, noon.Add(249*time.Second), h.Pings[99].At)
	bodies := 0
	for i, p := range h.Pings {
		if p.Body != "" {
			bodies++
			assert.GreaterOrEqual(t, i, 79)
		} else if i%2 == 0 {
			assert.Equal(t, 30, p.Size, "that there was a body is still known")
		}
	}
	assert.Equal(t, heartbeat.MaxLogs, bodies)
	data, err := h.Encode()
	require.NoError(t, err)
	back, err := heartbeat.DecodeHistory(data)
	require.NoError(t, err)
	assert.Equal(t, h, back)
}

func TestCleanCutsWithoutRefusing(t *testing.T) {
	p := heartbeat.Ping{Body: strings.Repeat("x", heartbeat.MaxBody-1) + "é and more", Run: strings.Repeat("r", 100)}.Clean()
	assert.Equal(t, strings.Repeat("x", heartbeat.MaxBody-1), p.Body, "half a character is not kept")
	assert.Equal(t, heartbeat.MaxBody+10, p.Size)
	assert.Len(t, p.Run, heartbeat.MaxRun)
	assert.Equal(t, "a?b?", heartbeat.Ping{Body: "a\xffb\x00"}.Clean().Body)
}

func TestStoredFormsOfLaterReleasesAreRefused(t *testing.T) {
	_, err := heartbeat.Decode([]byte(`{"v":2}`))
	assert.ErrorContains(t, err, "form 2")
	_, err = heartbeat.DecodeHistory([]byte(`{"v":2}`))
	assert.ErrorContains(t, err, "form 2")
	_, err = heartbeat.Decode([]byte(`{"v":1,"phase":"asleep"}`))
	assert.ErrorContains(t, err, `unknown phase "asleep"`)
	var k heartbeat.Kind
	assert.ErrorContains(t, k.UnmarshalText([]byte("pong")), `unknown kind of ping "pong"`)
}
