package engine

import (
	"slices"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// follow does what marks want.
func (f *followed) follow(marks []mark) error {
	resolved := map[watchbill.AlertID]bool{}
	for _, m := range marks {
		if m.Do == markResolve {
			resolved[m.Alert] = true
			continue
		}
		alerts, err := f.d.alerts([]watchbill.AlertID{m.Alert})
		if err != nil {
			return err
		}
		for _, a := range alerts {
			if err := f.severe(m, a); err != nil {
				return err
			}
		}
	}
	return f.resolve(resolved)
}

// severe deals with an alert that has become as severe as the rules name, or more severe still.
func (f *followed) severe(m mark, a alert.Alert) error {
	if m.Do == markDeclare {
		return f.declare(a)
	}
	if c := f.of(a.ID); c != nil {
		f.raise(c, a)
	}
	return nil
}

// followed are the open incidents, as one transaction changes them.
type followed struct {
	d    *desk
	open []*change
}

// change is what is to be done with one incident.
type change struct {
	incident.Incident // as it will be
	was               incident.Incident
	want              store.Version
	commands          []incident.Command
}

func (d *desk) followed() (*followed, error) {
	f := &followed{d: d}
	q := store.RecordQuery{Kind: incident.RecordKind, Open: true}
	for {
		page, next, err := d.tx.Records().List(q, 200)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			i, err := incident.Decode(r.Body)
			if err != nil {
				d.e.log.Error("incident cannot be read", "id", r.ID, "error", err)
				continue
			}
			f.open = append(f.open, &change{Incident: i, was: i, want: r.Version})
		}
		if next == "" {
			return f, nil
		}
		q.Cursor = next
	}
}

// declare makes an incident of an alert, unless it belongs to one. While an incident of the same service is open, the
// alert is attached to that: a flood of alerts is one incident. One of no service is attached to no incident of people.
func (f *followed) declare(a alert.Alert) error {
	if c := f.of(a.ID); c != nil {
		f.raise(c, a)
		return nil
	}
	for _, c := range f.open {
		services := c.Impact.ServiceIDs()
		if len(c.Alerts) >= incident.MaxItems || !c.Open() {
			continue
		}
		if slices.Contains(services, a.Service) || a.Service == "" && len(services) == 0 && c.DeclaredBy == timeline.Engine {
			f.do(c, incident.AttachAlert(a))
			f.raise(c, a)
			return nil
		}
	}
	name, err := f.d.e.ids.next(f.d.now)
	if err != nil {
		return err
	}
	c := &change{}
	f.open = append(f.open, c)
	f.do(c, incident.FromAlert(watchbill.IncidentID(name), a, f.d.org.Config().Catalog))
	return nil
}

// of returns the open incident that an alert belongs to; nil if there is none.
func (f *followed) of(id watchbill.AlertID) *change {
	for _, c := range f.open {
		if slices.Contains(c.Alerts, id) {
			return c
		}
	}
	return nil
}

// raise makes an incident as severe as an alert of it.
func (f *followed) raise(c *change, a alert.Alert) {
	if a.Severity > c.Severity {
		f.do(c, incident.Edit{Severity: &a.Severity})
	}
}

// taken reports whether people work on an incident: then the end of its alerts is not its end.
func (c *change) taken() bool {
	return !c.TakenAt.IsZero()
}

// resolve resolves the incidents of alerts that have no open alert left, unless people work on them. An alert that cannot
// be read may be open.
func (f *followed) resolve(ids map[watchbill.AlertID]bool) error {
	for _, c := range f.open {
		if c.taken() || !slices.ContainsFunc(c.Alerts, func(id watchbill.AlertID) bool { return ids[id] }) {
			continue
		}
		alerts, err := f.d.alerts(c.Alerts)
		if err != nil {
			return err
		}
		if len(alerts) == len(c.Alerts) && !slices.ContainsFunc(alerts, func(a alert.Alert) bool { return a.State.Open() }) {
			f.do(c, incident.SetStatus{Status: incident.Resolved, Note: "all its alerts are resolved"})
		}
	}
	return nil
}

// do carries out a command, of which nothing remains if it is refused.
func (f *followed) do(c *change, command incident.Command) {
	next, entries, err := incident.Apply(c.Incident, f.d.now, command)
	if err != nil {
		f.d.e.log.Error("incident does not take what its alerts do to it", "id", c.ID, "error", err)
		return
	}
	if len(entries) > 0 {
		c.Incident, c.commands = next, append(c.commands, command)
	}
}

func (f *followed) flush() error {
	for _, c := range f.open {
		if len(c.commands) == 0 {
			continue
		}
		if ok, err := f.d.continues(c.Owner(), c.was.Seq); !ok {
			if err != nil {
				return err
			}
			continue
		}
		if _, err := f.d.apply(c.was, c.want, c.commands...); err != nil {
			return err
		}
	}
	return nil
}

// required reports whether the rules ask for a postmortem.
func required(rules catalog.PostmortemRules, s watchbill.Severity) bool {
	return slices.Contains(rules.Severities, s)
}
