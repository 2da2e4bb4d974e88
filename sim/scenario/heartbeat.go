package scenario

import (
	"context"
	"slices"
	"time"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/sim"
)

// heartbeats reads how the pings of some heartbeats come, and leaves the others out of what is watched: they are well.
func heartbeats(o *object) (watched []heartbeat.Monitor, pings []sim.Act) {
	var ids []string
	for _, m := range o.org.Heartbeats {
		ids = append(ids, m.ID)
	}
	inner(o, "heartbeats", func(o *object) struct{} {
		for _, name := range o.Names() {
			if !o.Has(name) || !o.known(o.Where(name), "heartbeat", name, ids) {
				continue
			}
			m := o.org.Heartbeats[slices.Index(ids, name)]
			watched = append(watched, m)
			silent := inner(o, name, func(o *object) []sim.Span { return o.spans("silent") })
			times := due(m, o.start, o.span)
			if len(times) > maxPings {
				o.Wrong(name, "is pinged more than %d times until the end; make for or rest shorter", maxPings)
			}
			for _, at := range times {
				if !slices.ContainsFunc(silent, func(s sim.Span) bool { return at >= s.From && at < s.To }) {
					pings = append(pings, sim.Act{After: at, Do: ping(name)})
				}
			}
		}
		return struct{}{}
	})
	return watched, pings
}

// maxPings is how often one heartbeat may be pinged: each minute for more than a year.
const maxPings = 600_000

// due returns when pings of a heartbeat are to come; not more than one too many.
func due(m heartbeat.Monitor, start time.Time, span time.Duration) (all []time.Duration) {
	if m.Cron == "" {
		for at := time.Duration(0); m.Interval > 0 && at < span && len(all) <= maxPings; at += m.Interval {
			all = append(all, at)
		}
		return all
	}
	cron, err := heartbeat.ParseCron(m.Cron)
	zone, bad := calendar.LoadZone(m.Zone)
	if err != nil || bad != nil || start.IsZero() {
		return nil
	}
	for at := cron.Next(zone, start); !at.IsZero() && at.Before(start.Add(span)) && len(all) <= maxPings; at = cron.Next(zone, at) {
		all = append(all, at.Sub(start))
	}
	return all
}

func ping(id string) sim.Do {
	return sim.Do{Name: "ping of " + id, With: func(ctx context.Context, e *engine.Engine, now time.Time) error {
		return e.Ping(ctx, now, id, heartbeat.Ping{Kind: heartbeat.OK})
	}}
}
