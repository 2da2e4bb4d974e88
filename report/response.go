package report

import (
	"cmp"
	"slices"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/timeline"
)

// ResponseReport says how fast alerts and incidents are dealt with.
type ResponseReport struct {
	Window
	Definitions Definitions   `json:"definitions"`
	Rows        []ResponseRow `json:"rows"`
}

// Of says what a row counts.
type Of string

// What rows count.
const (
	OfAlerts    Of = "alerts"
	OfIncidents Of = "incidents"
)

// Scope says which of them a row counts.
type Scope string

// The scopes.
const (
	ScopeAll     Scope = "all"
	ScopeTeam    Scope = "team" // those of the team's services
	ScopeService Scope = "service"
)

// ResponseRow is the alerts or the incidents of one service or one team, or all of them.
type ResponseRow struct {
	Of          Of     `json:"of"`
	Scope       Scope  `json:"scope"`
	ID          string `json:"id"`   // of the team or service; empty for all
	Name        string `json:"name"` // likewise
	Count       int    `json:"count"`
	Open        int    `json:"open"`    // not resolved yet
	Expired     int    `json:"expired"` // alerts resolved for want of signals
	Detect      Stats  `json:"mttd"`
	Acknowledge Stats  `json:"mtta"`
	Resolve     Stats  `json:"mttr"`
}

func responseDefinitions() Definitions {
	return Definitions{
		"window":      "an alert counts if it was created, an incident if it was declared at or after from and before to",
		"count":       "an incident counts for every service that it affects and once for each of their teams; alerts without a service count under all only",
		"open":        "not resolved yet",
		"expired":     "alerts resolved for want of signals; not in mttr",
		"mttd":        "time to detect: alerts, created_at - starts_at, where the source gives starts_at; incidents, from the start of the impact to its detection",
		"mtta":        "time to acknowledge: alerts, from created_at to the first acknowledgement; incidents, from the detection to the first person who took it",
		"mttr":        "time to resolve: alerts, resolved_at - starts_at, or - created_at where the source gives no starts_at; incidents, from the start of the impact to the resolution",
		"mean":        "of the count values that are known; what has not happened yet is not counted, a negative time is zero, and all is rounded to the millisecond",
		"percentiles": "by nearest rank: p90 is the smallest value that at least 90 % of the values do not exceed",
	}
}

// Response returns how fast alerts and incidents are detected, acknowledged and resolved.
func Response(in Input) ResponseReport {
	alerts, incidents := newLedger(OfAlerts, in.Catalog), newLedger(OfIncidents, in.Catalog)
	for _, a := range in.Alerts {
		if in.Window.Contains(a.CreatedAt) {
			alerts.alert(a)
		}
	}
	for _, i := range in.Incidents {
		if in.Window.Contains(i.DeclaredAt) {
			incidents.incident(i)
		}
	}
	return ResponseReport{in.Window, responseDefinitions(), append(alerts.rows(), incidents.rows()...)}
}

func (l *ledger) alert(a Alert) {
	began := a.StartsAt
	if began.IsZero() {
		began = a.CreatedAt
	}
	for _, t := range l.talliesOf(a.Service) {
		t.Count++
		t.detect.add(a.StartsAt, a.CreatedAt)
		t.acknowledge.add(a.CreatedAt, a.acknowledgedAt())
		switch {
		case a.ResolvedAt.IsZero():
			t.Open++
		case a.ResolvedBy == timeline.Engine:
			t.Expired++
		default:
			t.resolve.add(began, a.ResolvedAt)
		}
	}
}

func (l *ledger) incident(i Incident) {
	f := i.Figures
	for _, t := range l.talliesOf(i.Impact.ServiceIDs()...) {
		t.Count++
		t.detect.add(f.StartedAt, f.DetectedAt)
		t.acknowledge.add(f.DetectedAt, f.AcknowledgedAt)
		t.resolve.add(f.StartedAt, f.ResolvedAt)
		if f.ResolvedAt.IsZero() {
			t.Open++
		}
	}
}

// tally is a row under way.
type tally struct {
	ResponseRow
	detect, acknowledge, resolve times
}

// ledger is the rows of one kind under way.
type ledger struct {
	of       Of
	all      *tally
	teams    map[watchbill.TeamID]*tally
	services map[watchbill.ServiceID]*tally
	teamOf   map[watchbill.ServiceID]watchbill.TeamID
	order    []*tally // as the rows are listed
	gone     []*tally // of services that are not in the catalog any more
}

func newLedger(of Of, c catalog.Catalog) *ledger {
	l := &ledger{of: of, teams: map[watchbill.TeamID]*tally{}, services: map[watchbill.ServiceID]*tally{},
		teamOf: map[watchbill.ServiceID]watchbill.TeamID{}}
	l.all = l.list(ScopeAll, "", "")
	for _, t := range c.Teams {
		l.teams[t.ID] = l.list(ScopeTeam, string(t.ID), cmp.Or(t.Name, string(t.ID)))
	}
	for _, s := range c.Services {
		l.services[s.ID], l.teamOf[s.ID] = l.list(ScopeService, string(s.ID), s.DisplayName()), s.Team
	}
	return l
}

func (l *ledger) list(scope Scope, id, name string) *tally {
	t := &tally{ResponseRow: ResponseRow{Of: l.of, Scope: scope, ID: id, Name: name}}
	l.order = append(l.order, t)
	return t
}

// talliesOf returns where that counts which concerns these services: each row once.
func (l *ledger) talliesOf(services ...watchbill.ServiceID) []*tally {
	found := []*tally{l.all}
	add := func(t *tally) {
		if t != nil && !slices.Contains(found, t) {
			found = append(found, t)
		}
	}
	for _, id := range services {
		if id != "" {
			add(l.service(id))
			add(l.teams[l.teamOf[id]])
		}
	}
	return found
}

func (l *ledger) service(id watchbill.ServiceID) *tally {
	if l.services[id] == nil {
		t := &tally{ResponseRow: ResponseRow{Of: l.of, Scope: ScopeService, ID: string(id), Name: string(id)}}
		l.services[id], l.gone = t, append(l.gone, t)
	}
	return l.services[id]
}

func (l *ledger) rows() []ResponseRow {
	slices.SortFunc(l.gone, func(a, b *tally) int { return cmp.Compare(a.ID, b.ID) })
	var rows []ResponseRow
	for _, t := range append(l.order, l.gone...) {
		t.Detect, t.Acknowledge, t.Resolve = t.detect.stats(), t.acknowledge.stats(), t.resolve.stats()
		rows = append(rows, t.ResponseRow)
	}
	return rows
}
