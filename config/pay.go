package config

import (
	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
)

// pay reads what being on call is worth. Time zones may be the words schedule and person, so the domain checks them.
func pay(o *object) catalog.Pay {
	return catalog.Pay{
		Currency: o.text("currency"),
		Timezone: o.text("timezone"),
		Overlap:  catalog.Overlap(o.text("overlap")),
		Rules:    list(o, "rules", payRule),
	}
}

func payRule(o *object) catalog.PayRule {
	return catalog.PayRule{
		ID:        o.text("id"),
		Schedules: texts[watchbill.ScheduleID](o, "schedules"),
		Timezone:  o.text("timezone"),
		Hours:     list(o, "hours", window),
		Holidays:  o.text("holidays"),
		Calendars: texts[string](o, "calendars"),
		Hourly:    int64(o.number("hourly", 0)),
		Shift:     int64(o.number("shift", 0)),
		Page:      int64(o.number("page", 0)),
	}
}
