package alert_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/timeline"
)

// FuzzStep gives one alert a history of inputs and checks after each what must always hold.
func FuzzStep(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add([]byte("twice acknowledged, raised, expired"))
	f.Fuzz(func(t *testing.T, data []byte) {
		next := func() int {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return int(b)
		}
		now, up := nine, nine
		a := alert.Open("01", now, signal(next).Clean(), alert.Terms{
			AutoResolve: time.Duration(next()) * time.Second, Steady: time.Duration(next()%40) * time.Second})
		for len(data) > 0 {
			now = now.Add(time.Duration(next()-40) * time.Second)
			var in alert.Input
			switch next() % 9 {
			case 0, 1:
				again := signal(next)
				if next()%3 == 0 {
					again.Sender, again.EndsAt = string(rune('a'+next()%12)), now.Add(time.Duration(next()-30)*time.Second)
				}
				in = alert.Again{Signal: again.Clean()}
			case 6:
				in = alert.Snooze{By: "ben", Until: now.Add(time.Duration(next()) * time.Second)}
			case 7:
				in = alert.Raise{}
			case 8:
				in = alert.Close{By: timeline.Source("prom"), Source: true, Sender: string(rune('a' + next()%12))}
			case 2:
				in = alert.Ack{By: "ada"}
			case 3:
				in = alert.Reopen{}
			case 4:
				if next()%8 == 0 {
					in = alert.Close{By: timeline.Engine}
				}
			case 5:
				if next()%2 == 0 {
					up = now
				}
				in = alert.Tick{UpSince: up}
			}
			a = check(t, a, now, in)
		}
	})
}

func signal(next func() int) alert.Signal {
	s := alert.Signal{Source: "prom", Key: "k", Severity: watchbill.Severity(next() % 5), Summary: string(rune(next()))}
	if next()%2 == 0 {
		s.Details = json.RawMessage(fmt.Sprintf(" [ %d ] ", next()))
	}
	return s
}

func check(t *testing.T, before alert.Alert, now time.Time, in alert.Input) alert.Alert {
	after, change := alert.Step(before, now, in)
	if before.State == alert.Resolved {
		require.Equal(t, before, after, "resolved is final")
		require.Zero(t, change)
	}
	require.LessOrEqual(t, after.Urgency, before.Urgency, "an alert is never made quieter") // high is zero
	require.GreaterOrEqual(t, after.Severity, before.Severity)
	require.GreaterOrEqual(t, after.Count, before.Count)
	require.Equal(t, change.Has(alert.Closed), after.State == alert.Resolved && before.State.Open())
	require.Equal(t, after.State == alert.Triggered, after.State.Open() && after.AcknowledgedAt.IsZero())
	if _, tick := in.(alert.Tick); tick {
		at := after.ExpiresAt()
		require.True(t, at.IsZero() || at.After(now), "due at %s after a Tick at %s", at, now)
	}
	again, change := alert.Step(after, now, in)
	if _, snooze := in.(alert.Snooze); !snooze { // which says that the time is another, whatever it was
		require.Zero(t, change, "%T changes the alert when repeated", in)
	}
	again.Count = after.Count
	require.Equal(t, after, again)

	data, err := json.Marshal(after)
	require.NoError(t, err)
	var back alert.Alert
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, after, back, "the alert does not survive being stored")
	return after
}

// FuzzClean: whatever a signal holds, its clean form survives being stored.
func FuzzClean(f *testing.F) {
	f.Add("prom", "k\xff", "s", []byte("{ }"), int64(1), int64(2))
	f.Add("", "", "\u2028<", []byte("\xff"), int64(1)<<60, int64(-5))
	f.Fuzz(func(t *testing.T, source, key, text string, details []byte, seconds, nanos int64) {
		s := alert.Signal{Source: watchbill.SourceID(source), Key: alert.DedupKey(key), Summary: text, StartsAt: time.Unix(seconds, nanos),
			Labels: []alert.Label{{Name: key, Value: text}}, Details: details, Notes: []string{text}}.Clean()
		require.Equal(t, s, s.Clean())
		data, err := json.Marshal(s)
		require.NoError(t, err)
		var back alert.Signal
		require.NoError(t, json.Unmarshal(data, &back))
		require.Equal(t, s, back)
	})
}
