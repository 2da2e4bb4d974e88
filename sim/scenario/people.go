package scenario

import (
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/sim"
)

// everybody is the entry of all people, or channels, that have none.
const everybody = "default"

// people reads how people behave: everybody in the catalog, and others.
func people(o *object) (all map[watchbill.UserID]sim.Person, others sim.Person) {
	named := inner(o, "people", func(o *object) map[string]sim.Person { return entries(o, "user", o.either(userIDs), person) })
	all = map[watchbill.UserID]sim.Person{}
	for _, u := range o.org.Catalog.Users {
		p, ok := named[string(u.ID)]
		if !ok {
			p = named[everybody]
		}
		all[u.ID] = inZone(p, o.zoneOf(u))
	}
	return all, inZone(named[everybody], o.zone)
}

// inZone lets somebody sleep by a clock, if nothing was said about whose.
func inZone(p sim.Person, zone *time.Location) sim.Person {
	if p.Asleep != nil && p.Asleep.Zone == nil {
		s := *p.Asleep
		s.Zone = zone
		p.Asleep = &s
	}
	return p
}

func (d *decoder) zoneOf(u catalog.User) *time.Location {
	if zone, err := calendar.LoadZone(u.Zone); err == nil && u.Zone != "" {
		return zone
	}
	return d.zone
}

// entries reads what is said of each of what the configuration has, where what is not said is as in the entry of everybody.
func entries[T any](o *object, what string, ids []string, from func(*object, T) T) map[string]T {
	var none T
	base := none
	if o.Has(everybody) {
		base = inner(o, everybody, func(o *object) T { return from(o, none) })
	}
	all := map[string]T{everybody: base}
	for _, name := range o.Names() {
		switch {
		case name == everybody:
		case !o.Has(name):
			all[name] = base
		default:
			o.known(o.Where(name), what, name, ids)
			all[name] = inner(o, name, func(o *object) T { return from(o, base) })
		}
	}
	return all
}

// person reads what is given, and leaves the rest as it is.
func person(o *object, p sim.Person) sim.Person {
	o.delayInto("answers", &p.Answers)
	o.shareInto("misses", &p.Misses)
	o.shareInto("declines", &p.Declines)
	o.shareInto("mistakes", &p.Mistakes)
	o.shareInto("ignores", &p.Ignores)
	o.delayInto("fixes", &p.Fixes)
	if o.Has("asleep") {
		s := inner(o, "asleep", sleep)
		p.Asleep = &s
	}
	o.spansInto("tunnel", &p.Tunnel)
	o.spansInto("away", &p.Away)
	return p
}

func (o *object) delayInto(name string, d *sim.Delay) {
	if o.Has(name) {
		*d = o.delay(name)
	}
}

func (o *object) shareInto(name string, p *float64) {
	if o.Has(name) {
		*p = o.share(name)
	}
}

func (o *object) spansInto(name string, s *[]sim.Span) {
	if o.Has(name) {
		*s = o.spans(name)
	}
}

func sleep(o *object) sim.Sleep {
	before := o.Failures()
	s := sim.Sleep{
		From: yamlfile.Value[calendar.TimeOfDay](o.Object, "from"),
		To:   yamlfile.Value[calendar.TimeOfDay](o.Object, "to"),
	}
	legible := o.Failures() == before
	s.Wakes, s.Slower = wakes(o), o.length("slower", 0)
	if zone := o.Timezone(""); zone != "" {
		s.Zone, _ = calendar.LoadZone(zone) // else it is said already
	}
	switch {
	case !o.Has("from"):
		o.Wrong("from", `is missing; write a time of day such as "23:00"`)
	case !o.Has("to"):
		o.Wrong("to", `is missing; write a time of day such as "07:00"`)
	case legible && s.From == s.To:
		o.Wrong("to", "is the same as from, so that nobody sleeps")
	}
	return s
}

// wakes reads one probability, or one for each channel.
func wakes(o *object) map[notify.Channel]float64 {
	n, ok := o.One("wakes")
	switch {
	case !ok:
		return nil
	case n.Kind != yaml.MappingNode:
		return map[notify.Channel]float64{"": o.shareOf(n)}
	}
	return byChannel(o, inner(o, "wakes", func(o *object) map[string]float64 {
		all := map[string]float64{}
		for _, name := range o.Names() {
			if name != everybody {
				o.known(o.Where(name), "channel", name, o.either(channels))
			}
			all[name] = o.share(name)
		}
		return all
	}))
}

// byChannel gives everybody's entry the name that package sim has for it, and leaves out channels that the configuration has not.
func byChannel[T any](o *object, named map[string]T) map[notify.Channel]T {
	all, has := map[notify.Channel]T{}, channels(o.org)
	for name, v := range named {
		switch {
		case name == everybody:
			all[""] = v
		case slices.Contains(has, name):
			all[notify.Channel(name)] = v
		}
	}
	return all
}

// providers reads how channels do.
func providers(o *object) map[notify.Channel]sim.Provider {
	return byChannel(o, inner(o, "providers", func(o *object) map[string]sim.Provider {
		return entries(o, "channel", o.either(channels), provider)
	}))
}

// provider reads what is given, and leaves the rest as it is.
func provider(o *object, p sim.Provider) sim.Provider {
	o.delayInto("takes", &p.Takes)
	o.delayInto("delivers", &p.Delivers)
	o.shareInto("fails", &p.Fails)
	o.shareInto("refuses", &p.Refuses)
	o.shareInto("loses", &p.Loses)
	o.shareInto("silent", &p.Silent)
	o.shareInto("lies", &p.Lies)
	o.shareInto("repeats", &p.Repeats)
	if o.Has("limit") {
		p.Limit = o.number("limit", 1, maxRate)
	}
	if o.Has("down") {
		p.Down = o.troubled("down")
	}
	return p
}
