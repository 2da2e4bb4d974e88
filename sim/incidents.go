package sim

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/store"
)

// checkIncidents: what the rules declare and resolve by themselves fits the alerts. Nobody works on incidents here.
func (w *world) checkIncidents(alerts map[watchbill.AlertID]alert.Alert) {
	if w.behind() { // the engine is still to follow up
		return
	}
	rules := w.cfg.Org.Catalog.Incidents
	belongs := map[watchbill.AlertID]bool{}
	list := w.records(incident.RecordKind)
	for _, r := range list {
		if r.ClosedAt.IsZero() || w.incidents[r.ID] != r.Version {
			w.incidents[r.ID] = r.Version
			w.checkIncident(r, alerts, belongs)
		}
	}
	w.report.Incidents = len(list)
	for id, a := range alerts {
		if a.State.Open() && slices.Contains(rules.Declare, a.Severity) && rules.AutoResolve && !belongs[id] {
			w.fail("alert %s is %s, and of no open incident", id, a.Severity)
		}
	}
}

func (w *world) checkIncident(r store.StoredRecord, alerts map[watchbill.AlertID]alert.Alert, belongs map[watchbill.AlertID]bool) {
	i, err := incident.Decode(r.Body)
	if err != nil || len(i.Alerts) == 0 {
		w.fail("incident %s has %d alerts: %v", r.ID, len(i.Alerts), err)
	}
	open := false
	for _, id := range i.Alerts {
		a, ok := alerts[id]
		if !ok || belongs[id] {
			w.fail("incident %s has alert %s, which is of another too or does not exist", i.ID, id)
		}
		belongs[id] = i.Open()
		open = open || a.State.Open()
	}
	if w.cfg.Org.Catalog.Incidents.AutoResolve && i.Open() != open {
		w.fail("incident %s is %s; it has open alerts: %v", i.ID, i.Status, open)
	}
	w.checkIncidentFold(i)
	if i.Open() || !slices.Contains(w.cfg.Org.Catalog.Incidents.Postmortem.Severities, i.Severity) {
		return
	}
	if !slices.ContainsFunc(w.records(postmortem.RecordKind), func(p store.StoredRecord) bool { return p.ID == r.ID }) {
		w.fail("incident %s is resolved, and its postmortem is missing", i.ID)
	}
}

// checkIncidentFold: the record alone gives the incident back.
func (w *world) checkIncidentFold(i incident.Incident) {
	folded, err := incident.Fold(w.timeline(i.Owner()))
	a, _ := json.Marshal(folded)
	b, _ := json.Marshal(i)
	if err != nil || string(a) != string(b) {
		w.fail("incident %s: folding its timeline gives %v\n%s\nbut stored is\n%s", i.ID, err, a, b)
	}
}

// behind reports whether something is left for a follow-up.
func (w *world) behind() bool {
	var marks []byte
	err := w.store.View(context.Background(), func(tx store.Tx) (err error) {
		marks, err = tx.Values().Get(engine.MarksName)
		return err
	})
	if err != nil {
		w.fail("marks: %v", err)
	}
	return len(marks) > 0
}

// records returns everything of a kind.
func (w *world) records(kind string) (list []store.StoredRecord) {
	err := w.store.View(context.Background(), func(tx store.Tx) (err error) {
		list, _, err = tx.Records().List(store.RecordQuery{Kind: kind}, plenty)
		return err
	})
	if err != nil {
		w.fail("list of %s: %v", kind, err)
	}
	return list
}
