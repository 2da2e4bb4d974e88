package scenario

import (
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/sim"
)

// heartbeats reads how the pings of some heartbeats come, and leaves the others out of what is watched: they are well.
func heartbeats(o *object) (watched []heartbeat.Monitor, pings map[string][]sim.Span) {
	var ids []string
	for _, m := range o.org.Heartbeats {
		ids = append(ids, m.ID)
	}
	pings = inner(o, "heartbeats", func(o *object) map[string][]sim.Span {
		all := map[string][]sim.Span{}
		for _, name := range o.Names() {
			o.known(o.Where(name), "heartbeat", name, ids)
			all[name] = inner(o, name, func(o *object) []sim.Span { return o.spans("silent") })
		}
		return all
	})
	for _, m := range o.org.Heartbeats {
		if _, ok := pings[m.ID]; ok {
			watched = append(watched, m)
		}
	}
	return watched, pings
}
