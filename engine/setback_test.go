package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
)

// passes makes passes at an instant until nothing more is to be done, and returns what they claimed.
func passes(t *testing.T, e *engine.Engine, now time.Time) (all []engine.Delivery) {
	for {
		p, err := e.RunOnce(t.Context(), now, anyRoom)
		require.NoError(t, err)
		if all = append(all, p.Deliveries...); !p.More && len(p.Deliveries) == 0 {
			return all
		}
	}
}

// pagesWithin lets time pass until an instant, and returns for how many alerts a person was paged.
func pagesWithin(t *testing.T, e *engine.Engine, user watchbill.UserID, from, to time.Time) int {
	of := map[watchbill.AlertID]bool{}
	for at := from; at.Before(to); at = at.Add(10 * time.Second) {
		for _, d := range passes(t, e, at) {
			for _, k := range append(d.With, d.Key) {
				of[k.Alert] = of[k.Alert] || k.User == user
			}
		}
	}
	n := 0
	for _, paged := range of {
		if paged {
			n++
		}
	}
	return n
}

// setBack is by how much a clock is set back.
const setBack = 3 * time.Hour

// More alerts are open than one pass looks at, when the clock is set back; and things happen to the rest before it looks at them.
func TestWhatHappensBetweenThePassesAfterAClockWasSetBackDelaysNothing(t *testing.T) {
	const alerts = 600
	e := start(t, engine.Config{})
	for n := range alerts {
		require.NoError(t, e.Accept(t.Context(), t0, []alert.Signal{trigger(fmt.Sprint("db", n))})[0].Err)
	}
	claimed := passes(t, e, t0)
	require.NotEmpty(t, claimed)

	now := t0.Add(-setBack)
	p, err := e.RunOnce(t.Context(), now, anyRoom)
	require.NoError(t, err)
	require.True(t, p.More)
	for n := range alerts {
		s := trigger(fmt.Sprint("db", n))
		s.Summary = "it is worse"
		require.NoError(t, e.Accept(t.Context(), now, []alert.Signal{s})[0].Err)
	}
	var failed []engine.Outcome
	for _, d := range claimed {
		failed = append(failed, engine.Outcome{Delivery: d, Result: episode.Result{Verdict: episode.Retry, Error: "try again"}})
	}
	require.NoError(t, e.Report(t.Context(), now, failed))
	passes(t, e, now)
	require.Equal(t, alerts, pagesWithin(t, e, "ben", now, now.Add(15*time.Minute)))
}

// A transaction that has begun before the clock was set back commits after a pass has noticed.
func TestWhatIsUnderWayWhileAClockIsSetBackIsLookedAtAgain(t *testing.T) {
	e := start(t, engine.Config{})
	passes(t, e, t0)
	now := t0.Add(-setBack)
	passes(t, e, now)
	require.NoError(t, e.Accept(t.Context(), t0.Add(time.Second), []alert.Signal{trigger("db")})[0].Err)
	p, err := e.RunOnce(t.Context(), now.Add(time.Second), anyRoom)
	require.NoError(t, err)
	require.WithinDuration(t, now, p.Next, time.Minute, "it looks again soon")
	require.Equal(t, 1, pagesWithin(t, e, "ada", now, now.Add(time.Minute)))
	require.Equal(t, 1, pagesWithin(t, e, "ben", now.Add(time.Minute), now.Add(15*time.Minute)))
}
