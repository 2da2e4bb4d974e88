package config

import (
	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
)

func supportHours(o *object) catalog.Hours {
	h := catalog.Hours{
		ID:         o.text("id"),
		Name:       o.text("name"),
		Zone:       o.timezone(o.zone),
		Coverage:   list(o, "coverage", window),
		Exceptions: list(o, "exceptions", exception),
	}
	for _, n := range o.items("holidays") {
		h.Holidays = append(h.Holidays, holiday(o.decoder, n).Date)
	}
	return h
}

func exception(o *object) catalog.Exception {
	if !o.has("support") {
		o.wrong("support", "is missing; write during or outside")
	}
	return catalog.Exception{
		From:   parse[calendar.Moment](o, "from"),
		To:     parse[calendar.Moment](o, "to"),
		During: o.choice("support", "outside", "during") == "during",
		Reason: o.text("reason"),
	}
}

func support(o *object) catalog.Support {
	return catalog.Support{
		Hours:   o.text("hours"),
		During:  urgency(o, "during"),
		Outside: urgency(o, "outside"),
		Raise:   o.boolean("raise"),
	}
}

// urgency returns nil if it is not given.
func urgency(o *object, name string) *watchbill.Urgency {
	if !o.has(name) {
		return nil
	}
	u := word[watchbill.Urgency](o, name, "high", "low")
	return &u
}
