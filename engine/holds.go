package engine

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/oncall"
)

// matter is something that a legal hold may be about. Times that are zero are not known.
type matter struct {
	services  []watchbill.ServiceID
	customers []watchbill.CustomerID
	alerts    []watchbill.AlertID
	began     time.Time
	ended     time.Time // zero: it has not
	body      []byte    // as JSON, to look for people in
}

// heldBy returns the first legal hold that a matter is under.
func heldBy(holds []oncall.LegalHold, m matter) (h oncall.LegalHold, ok bool) {
	i := slices.IndexFunc(holds, m.under)
	if i < 0 {
		return h, false
	}
	return holds[i], true
}

// under reports whether all that a hold says is so.
func (m matter) under(h oncall.LegalHold) bool {
	switch {
	case h.Service != "" && !slices.Contains(m.services, h.Service),
		h.Customer != "" && !slices.Contains(m.customers, h.Customer),
		h.Alert != "" && !slices.Contains(m.alerts, h.Alert),
		!h.From.IsZero() && !m.ended.IsZero() && m.ended.Before(h.From),
		!h.To.IsZero() && !m.began.Before(h.To):
		return false
	}
	return h.User == "" || finding(h.User).in(m.body, "")
}

// matterOf returns what an alert is about. Whoever its policy only might have paged has nothing to do with it.
func matterOf(org *oncall.Org, ep episode.Episode) matter {
	a := ep.Alert
	ep.Policy = escalation.Policy{}
	body, _ := json.Marshal(ep) // an episode always can be
	m := matter{services: []watchbill.ServiceID{a.Service}, alerts: []watchbill.AlertID{a.ID}, began: a.CreatedAt, body: body}
	if !a.State.Open() {
		m.ended = ep.Last
	}
	if s, ok := org.Service(a.Service); ok {
		m.customers = slices.Clone(s.Customers)
	}
	if s, ok := org.SourceByID(a.Source); ok && s.Customer != "" {
		m.customers = append(m.customers, s.Customer)
	}
	return m
}

// incidentMatter returns what an incident is about.
func incidentMatter(i incident.Incident, body []byte) matter {
	return matter{services: i.Impact.ServiceIDs(), customers: i.Impact.Customers, alerts: i.Alerts,
		began: earlier(i.DeclaredAt, i.DetectedAt), ended: i.ResolvedAt, body: body}
}
