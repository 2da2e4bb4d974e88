package sim

import (
	"cmp"
	"context"
	"time"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/heartbeat"
)

// pings lets the pings of the heartbeats come that have any.
func (w *world) pings() {
	for _, m := range w.s.Org.Heartbeats {
		if silent, ok := w.s.Pings[m.ID]; ok {
			w.ping(m, silent)
		}
	}
}

// ping lets a ping come now, unless it is the time of one that does not, and the next when it is due.
func (w *world) ping(m heartbeat.Monitor, silent []Span) {
	if !within(silent, w.now.Sub(w.s.Start)) {
		Do{Name: "ping of " + m.ID, With: func(ctx context.Context, e *engine.Engine, now time.Time) error {
			return e.Ping(ctx, now, m.ID, heartbeat.Ping{Kind: heartbeat.OK})
		}}.do(w)
	}
	if next := due(m, w.now); next.After(w.now) {
		w.after(next.Sub(w.now), func() { w.ping(m, silent) })
	}
}

// due returns when the ping after an instant is to come; zero: never.
func due(m heartbeat.Monitor, after time.Time) time.Time {
	if m.Cron == "" {
		return after.Add(m.Interval)
	}
	cron, err := heartbeat.ParseCron(m.Cron)
	zone, bad := calendar.LoadZone(cmp.Or(m.Zone, "UTC"))
	if err != nil || bad != nil {
		return time.Time{} // the engine has refused the configuration
	}
	return cron.Next(zone, after)
}
