package config

import (
	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/internal/yamlfile"
)

func supportHours(o *object) catalog.Hours {
	h := catalog.Hours{
		ID:         o.Text("id"),
		Name:       o.Text("name"),
		Zone:       o.Timezone(o.zone),
		Coverage:   list(o, "coverage", window),
		Exceptions: list(o, "exceptions", exception),
	}
	for _, n := range o.Items("holidays") {
		h.Holidays = append(h.Holidays, holiday(o.decoder, n).Date)
	}
	return h
}

func exception(o *object) catalog.Exception {
	if !o.Has("support") {
		o.Wrong("support", "is missing; write during or outside")
	}
	return catalog.Exception{
		From:   yamlfile.Value[calendar.Moment](o.Object, "from"),
		To:     yamlfile.Value[calendar.Moment](o.Object, "to"),
		During: o.Choice("support", "outside", "during") == "during",
		Reason: o.Text("reason"),
	}
}

func support(o *object) catalog.Support {
	return catalog.Support{
		Hours:   o.Text("hours"),
		During:  urgency(o, "during"),
		Outside: urgency(o, "outside"),
		Raise:   o.Boolean("raise"),
	}
}

// urgency returns nil if it is not given.
func urgency(o *object, name string) *watchbill.Urgency {
	if !o.Has(name) {
		return nil
	}
	u := yamlfile.Word[watchbill.Urgency](o.Object, name, "high", "low")
	return &u
}
