package config

import (
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
	for _, name := range o.Names() {
		all[notify.Channel(name)] = inner(o, name, limit)
	}
	return all
}

func limit(o *object) catalog.ChannelLimit {
	if !o.Has("messages") {
		o.Wrong("messages", "is missing; write how many may be sent, or 0 for no limit")
	}
	return catalog.ChannelLimit{Messages: o.Number("messages", 0), Per: o.Duration("per", time.Second)}
}

func canary(o *object) catalog.Canary {
	return catalog.Canary{Every: o.Duration("every", time.Hour), Hours: o.Text("hours")}
}

func destination(o *object) catalog.Destination {
	c := contact(o)
	return catalog.Destination{ID: string(c.ID), Name: o.Text("name"), Channel: c.Channel, Address: c.Address, Secret: c.Secret}
}
