package config

import (
	"maps"
	"slices"
	"time"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/notify"
)

func delivery(o *object) catalog.Delivery {
	return inner(o, "delivery", func(o *object) catalog.Delivery {
		return catalog.Delivery{Limits: inner(o, "limits", limits), Canary: inner(o, "canary", canary)}
	})
}

// limits reads the limits of channels, which are fields by the channels' names.
func limits(o *object) map[notify.Channel]catalog.ChannelLimit {
	all := map[notify.Channel]catalog.ChannelLimit{}
	for _, name := range slices.Sorted(maps.Keys(o.fields)) {
		all[notify.Channel(name)] = inner(o, name, limit)
	}
	return all
}

func limit(o *object) catalog.ChannelLimit {
	if !o.has("messages") {
		o.wrong("messages", "is missing; write how many may be sent, or 0 for no limit")
	}
	return catalog.ChannelLimit{Messages: o.number("messages", 0), Per: o.duration("per", time.Second)}
}

func canary(o *object) catalog.Canary {
	return catalog.Canary{Every: o.duration("every", time.Hour), Hours: o.text("hours")}
}

func destination(o *object) catalog.Destination {
	c := contact(o)
	return catalog.Destination{ID: string(c.ID), Name: o.text("name"), Channel: c.Channel, Address: c.Address, Secret: c.Secret}
}
