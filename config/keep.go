package config

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/oncall"
)

func retention(o *object) oncall.Keep {
	return oncall.Keep{
		Alerts:      o.stretch("alerts", oncall.LeastKept),
		Incidents:   o.stretch("incidents", oncall.LeastKept),
		Postmortems: o.stretch("postmortems", oncall.LeastKept),
		Records:     o.stretch("records", oncall.LeastKept),
	}
}

func legalHold(o *object) oncall.LegalHold {
	return oncall.LegalHold{
		ID:       o.Text("id"),
		Service:  watchbill.ServiceID(o.Text("service")),
		Customer: watchbill.CustomerID(o.Text("customer")),
		Alert:    watchbill.AlertID(o.Text("alert")),
		User:     watchbill.UserID(o.Text("user")),
		From:     o.moment("from"),
		To:       o.moment("to"),
		Reason:   o.Paragraph("reason"),
	}
}

// moment reads a time in the zone of the file; zero if it is not given.
func (o *object) moment(name string) time.Time {
	m := yamlfile.Value[calendar.Moment](o.Object, name)
	zone, err := calendar.LoadZone(o.zone)
	if m.IsZero() || err != nil { // a zone that makes no sense has been reported
		return time.Time{}
	}
	return m.In(zone).UTC()
}
