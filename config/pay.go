package config

import (
	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/internal/yamlfile"
)

// pay reads what being on call is worth. Time zones may be the words schedule and person, so the domain checks them.
func pay(o *object) catalog.Pay {
	return catalog.Pay{
		Currency: o.Text("currency"),
		Timezone: o.Text("timezone"),
		Overlap:  catalog.Overlap(o.Text("overlap")),
		Rules:    list(o, "rules", payRule),
	}
}

func payRule(o *object) catalog.PayRule {
	return catalog.PayRule{
		ID:        o.Text("id"),
		Schedules: yamlfile.Texts[watchbill.ScheduleID](o.Object, "schedules"),
		Timezone:  o.Text("timezone"),
		Hours:     list(o, "hours", window),
		Holidays:  o.Text("holidays"),
		Calendars: yamlfile.Texts[string](o.Object, "calendars"),
		Hourly:    int64(o.Number("hourly", 0)),
		Shift:     int64(o.Number("shift", 0)),
		Page:      int64(o.Number("page", 0)),
	}
}
