package heartbeat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/heartbeat"
)

// FuzzStep gives one monitor a history and checks after each step what must always hold.
func FuzzStep(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add([]byte("started, never finished, and then the clock is set back"))
	f.Add([]byte{3, 0, 40, 0, 90, 200, 7, 200, 7, 200, 7, 200, 7})
	f.Fuzz(func(t *testing.T, data []byte) {
		next := func() int {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return int(b)
		}
		watches := fuzzWatches(t, next())
		w, now, up := watches[0], noon, noon
		var s heartbeat.State
		for len(data) > 0 {
			now = now.Add(time.Duration(next()-60) * time.Second)
			switch n := next(); {
			case n < 100:
				p := heartbeat.Ping{Kind: heartbeat.Kind(n % 4), Exit: n % 3, Run: string(rune('a' + n%5))}
				s = checked(t, w, s, now, heartbeat.Pinged{Ping: p})
			case n < 110:
				w = watches[n%len(watches)]
			default:
				if n > 230 {
					up = now
				}
				s = checked(t, w, s, now, heartbeat.Tick{UpSince: up})
			}
		}
		walk(t, w, s, now)
	})
}

func fuzzWatches(t *testing.T, n int) []*heartbeat.Watch {
	var all []*heartbeat.Watch
	for _, m := range []heartbeat.Monitor{
		{Interval: time.Duration(n+1)*time.Second + 1},
		{Interval: time.Minute, Waiting: -1},
		{Cron: "*/3 * * * *", Zone: "Europe/Berlin", Waiting: time.Duration(n) * time.Second},
		{Cron: "30 2 * * *", Grace: time.Minute},
	} {
		m.ID, m.Key = "m", "k"
		w, err := heartbeat.New(m)
		require.NoError(t, err)
		all = append(all, w)
	}
	return all
}

func checked(t *testing.T, w *heartbeat.Watch, before heartbeat.State, now time.Time, in heartbeat.Input) heartbeat.State {
	after, effects := heartbeat.Step(w, before, now, in)
	troubled := after.Phase.Troubled()
	require.Equal(t, troubled, !after.Trouble.Since.IsZero(), "in trouble if and only if it says which")
	require.Equal(t, troubled, !after.AgainAt.IsZero())
	for _, e := range effects {
		switch e := e.(type) {
		case heartbeat.Raise:
			require.True(t, troubled)
			require.True(t, !e.Again || before.Phase == after.Phase)
		case heartbeat.Recovered:
			require.True(t, before.Phase.Troubled() && !troubled)
		}
	}
	require.False(t, !before.Phase.Troubled() && troubled && len(effects) == 0, "trouble is never silent")
	if _, tick := in.(heartbeat.Tick); tick {
		at := w.WakeAt(after)
		require.True(t, at.IsZero() || at.After(now), "due at %s after a tick at %s", at, now)
		again, effects := heartbeat.Step(w, after, now, in)
		require.Empty(t, effects, "a second tick does nothing")
		require.Equal(t, after, again)
	}
	require.LessOrEqual(t, len(after.Running), 10)
	data, err := after.Encode()
	require.NoError(t, err)
	back, err := heartbeat.Decode(data)
	require.NoError(t, err)
	require.Equal(t, after, back, "the state does not survive being stored")
	return after
}

// walk compares a monitor stepped when it wakes with one that is stepped every second, and holds that one that nobody pings
// any more is in trouble before long.
func walk(t *testing.T, w *heartbeat.Watch, s heartbeat.State, now time.Time) {
	s, _ = heartbeat.Step(w, s, now, heartbeat.Tick{UpSince: noon.Add(-time.Hour)})
	every, wakes := s, s
	for range 600 {
		now = now.Add(time.Second)
		tick := heartbeat.Tick{UpSince: noon.Add(-time.Hour)}
		every, _ = heartbeat.Step(w, every, now, tick)
		if at := w.WakeAt(wakes); !at.IsZero() && !at.After(now) {
			wakes, _ = heartbeat.Step(w, wakes, now, tick)
		}
		require.Equal(t, every, wakes)
	}
	if w.Monitor().Interval == time.Minute && s.Phase != heartbeat.Waiting {
		require.True(t, s.Phase.Troubled() || every.Phase.Troubled(), "still %s after ten minutes", every.Phase)
	}
}

// FuzzDecode: whatever lies in the store, it is read or refused, and steps.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"v":1,"phase":"overdue","since":"2026-01-05T12:00:00Z","running":[{"at":"2026-01-05T12:00:00Z"}]}`), []byte(`{"v":1,"pings":[{"at":"2026-01-05T12:00:00Z","kind":"ok"}]}`))
	f.Add([]byte(`{"v":1,"phase":"started"}`), []byte(`{`))
	f.Fuzz(func(t *testing.T, state, history []byte) {
		if s, err := heartbeat.Decode(state); err == nil {
			for _, w := range fuzzWatches(t, 7) {
				s, _ := heartbeat.Step(w, s, noon, heartbeat.Tick{})
				heartbeat.Step(w, s, noon, heartbeat.Pinged{Ping: heartbeat.Ping{Kind: heartbeat.Start}})
			}
		}
		if h, err := heartbeat.DecodeHistory(history); err == nil {
			require.LessOrEqual(t, len(h.Add(heartbeat.Ping{At: noon}).Pings), heartbeat.MaxPings)
		}
	})
}
