package drill

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// Records are alerts and incidents with their histories: what a drill is made of, and what is left of one.
type Records struct {
	Alerts     []Alert    // by when they were opened
	Incidents  []Incident // by when they were declared
	Postmortem *postmortem.Postmortem
	Names      map[watchbill.UserID]string // of everybody; nil of a drill
}

// Alert is an alert and its record.
type Alert struct {
	alert.Alert
	Parent  watchbill.AlertID // the group that it is a member of, or was last; empty: none
	Entries []timeline.Entry
}

// Incident is an incident and its record.
type Incident struct {
	incident.Incident
	Entries []timeline.Entry
}

// maxEntries bounds what is read of one record.
const maxEntries = 10_000

// Everything returns all records of a store: of one that a drill had for itself.
func Everything(ctx context.Context, s store.Store) (r Records, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		r = Records{}
		if err := r.alerts(tx, store.Query{}); err != nil {
			return err
		}
		q := store.RecordQuery{Kind: incident.RecordKind}
		for more := true; more; more = q.Cursor != "" {
			page, next, err := tx.Records().List(q, 200)
			if err != nil {
				return err
			}
			for _, row := range page {
				if err := r.incident(tx, row); err != nil {
					return err
				}
			}
			q.Cursor = next
		}
		r.sort()
		return nil
	})
	return r, err
}

// ThePast returns an incident with its alerts, the members of their groups and its postmortem. The error is
// [store.ErrNotFound] if there is none with that ID.
func ThePast(ctx context.Context, s store.Store, id watchbill.IncidentID) (r Records, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		r = Records{}
		rows, err := tx.Records().Get(incident.RecordKind, []string{string(id)})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return fmt.Errorf("drill: incident %q: %w", id, store.ErrNotFound)
		}
		if err := r.incident(tx, rows[0]); err != nil {
			return err
		}
		if err := r.alertsAndMembers(tx, r.Incidents[0].Alerts); err != nil {
			return err
		}
		reviews, err := tx.Records().Get(postmortem.RecordKind, []string{string(id)})
		if err != nil {
			return err
		}
		if len(reviews) > 0 {
			p, err := postmortem.Decode(reviews[0].Body)
			if err != nil {
				return err
			}
			r.Postmortem = &p
		}
		r.sort()
		return nil
	})
	if err != nil {
		return r, err
	}
	return r, r.named(ctx, s)
}

// ThePastOf returns an alert with the members of its group. The error is [store.ErrNotFound] if there is none with that ID.
func ThePastOf(ctx context.Context, s store.Store, id watchbill.AlertID) (r Records, err error) {
	err = s.View(ctx, func(tx store.Tx) error {
		r = Records{}
		if err := r.alertsAndMembers(tx, []watchbill.AlertID{id}); err != nil {
			return err
		}
		if len(r.Alerts) == 0 {
			return fmt.Errorf("drill: alert %q: %w", id, store.ErrNotFound)
		}
		r.sort()
		return nil
	})
	if err != nil {
		return r, err
	}
	return r, r.named(ctx, s)
}

func (r *Records) alertsAndMembers(tx store.Tx, ids []watchbill.AlertID) error {
	stored, err := tx.Episodes().Get(ids)
	if err != nil {
		return err
	}
	for _, s := range stored {
		if err := r.alert(tx, s); err != nil {
			return err
		}
		if err := r.alerts(tx, store.Query{Parent: s.Episode.Alert.ID}); err != nil {
			return err
		}
	}
	return nil
}

func (r *Records) alerts(tx store.Tx, q store.Query) error {
	for {
		page, next, err := tx.Episodes().List(q, 200)
		if err != nil {
			return err
		}
		for _, s := range page {
			if err := r.alert(tx, s); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		q.Cursor = next
	}
}

// alert adds an alert, once.
func (r *Records) alert(tx store.Tx, s store.Stored) error {
	id := s.Episode.Alert.ID
	if s.Err != nil {
		return fmt.Errorf("drill: alert %s: %w", id, s.Err)
	}
	if slices.ContainsFunc(r.Alerts, func(a Alert) bool { return a.ID == id }) {
		return nil
	}
	entries, err := tx.Timeline().Read(timeline.Alert(id), 0, maxEntries)
	r.Alerts = append(r.Alerts, Alert{s.Episode.Alert, s.Episode.Parent, entries})
	return err
}

func (r *Records) incident(tx store.Tx, row store.StoredRecord) error {
	i, err := incident.Decode(row.Body)
	if err != nil {
		return err
	}
	entries, err := tx.Timeline().Read(i.Owner(), 0, maxEntries)
	r.Incidents = append(r.Incidents, Incident{i, entries})
	return err
}

// sort puts everything in order.
func (r *Records) sort() {
	slices.SortStableFunc(r.Alerts, func(a, b Alert) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	slices.SortStableFunc(r.Incidents, func(a, b Incident) int {
		return cmp.Or(a.DeclaredAt.Compare(b.DeclaredAt), cmp.Compare(a.ID, b.ID))
	})
}

// named adds the names of people, as they are in the configuration in force.
func (r *Records) named(ctx context.Context, s store.Store) error {
	e, err := engine.New(engine.Config{Store: s})
	if err != nil {
		return err
	}
	org, err := e.Org(ctx)
	if err != nil {
		return err
	}
	r.Names = map[watchbill.UserID]string{}
	for _, u := range org.Config().Catalog.Users {
		r.Names[u.ID] = u.Name
	}
	return nil
}

// moments tells what the records have, in order of time. Of several alerts, each line says which one it is about.
func (r Records) moments() []incident.Moment {
	var all [][]incident.Moment
	for _, a := range r.Alerts {
		told := incident.Told(timeline.Alert(a.ID), a.Entries, episode.Describe)
		for i := range told {
			if len(r.Alerts) > 1 && told[i].Kind != episode.KindOpened {
				told[i].Text += " [" + strings.TrimPrefix(a.Summary, Mark) + "]"
			}
		}
		all = append(all, told)
	}
	for _, i := range r.Incidents {
		all = append(all, incident.Told(i.Owner(), i.Entries, incident.Describe))
	}
	return incident.Merge(all...)
}

// deed is something that was done, as far as something can be expected of it.
type deed struct {
	at    time.Time
	by    timeline.Actor
	what  What
	alert watchbill.AlertID
	role  incident.Role
	user  watchbill.UserID
}

// deeds returns what was done, in order of time.
func (r Records) deeds() (all []deed) {
	for _, a := range r.Alerts {
		for _, h := range episode.HeardIn(a.Entries) {
			if d, ok := deedOfAlert(h); ok {
				d.alert = a.ID
				all = append(all, d)
			}
		}
	}
	for _, i := range r.Incidents {
		for _, e := range i.Entries {
			if d, ok := deedOfIncident(e); ok {
				all = append(all, d)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b deed) int { return a.at.Compare(b.at) })
	return all
}

// deedOfAlert reads what an alert was told; false if no person told it, or nothing can be expected of it.
func deedOfAlert(h episode.Heard) (d deed, ok bool) {
	by, person := episode.Speaker(h.Input)
	if !person || by.By == "" {
		return d, false
	}
	d = deed{at: h.At, by: timeline.User(by.By)}
	switch in := h.Input.(type) {
	case episode.Acknowledge, episode.Snooze:
		d.what = Acknowledged
	case episode.Escalate:
		d.what = Escalated
	case episode.Summon:
		d.what, d.user = Summoned, in.User
	case episode.Reassign:
		d.what = Summoned
		if in.Target.Kind == escalation.TargetUser {
			d.user = watchbill.UserID(in.Target.ID)
		}
	}
	return d, d.what != ""
}

// deedOfIncident reads an entry; false if nothing can be expected of it.
func deedOfIncident(e timeline.Entry) (d deed, ok bool) {
	d = deed{at: e.At, by: e.Actor}
	switch e.Kind {
	case incident.KindDeclared:
		d.what = Declared
	case incident.KindAssigned:
		var c incident.Assign
		if json.Unmarshal(e.Data, &c) == nil && c.User != "" {
			d.what, d.role, d.user = Role, c.Role, c.User
		}
	case incident.KindStatus:
		var c incident.SetStatus
		if json.Unmarshal(e.Data, &c) == nil && c.Status > incident.Investigating {
			d.what = Updated
		}
	case incident.KindPublished:
		d.what = Told
	}
	return d, d.what != ""
}

// personOf returns which person an actor is; empty if it is none.
func personOf(a timeline.Actor) watchbill.UserID {
	id, person := strings.CutPrefix(string(a), "user:")
	if !person {
		return ""
	}
	return watchbill.UserID(id)
}

// resolved returns when the last thing was closed, and by whom; false while anything is open.
func (r Records) resolved() (d deed, ok bool) {
	d.what = Resolved
	for _, a := range r.Alerts {
		if a.ResolvedAt.IsZero() {
			return d, false
		}
		if !a.ResolvedAt.Before(d.at) {
			d.at, d.by = a.ResolvedAt, a.ResolvedBy
		}
	}
	for _, i := range r.Incidents {
		if i.ResolvedAt.IsZero() {
			return d, false
		}
		if !i.ResolvedAt.Before(d.at) {
			d.at = i.ResolvedAt
			if by := resolver(i); personOf(by) != "" || d.by == "" { // what closes by itself is whose alerts it was about
				d.by = by
			}
		}
	}
	return d, !d.at.IsZero()
}

// resolver is who resolved an incident last.
func resolver(i Incident) timeline.Actor {
	for _, e := range slices.Backward(i.Entries) {
		var c incident.SetStatus
		if e.Kind == incident.KindStatus && json.Unmarshal(e.Data, &c) == nil && c.Status == incident.Resolved {
			return e.Actor
		}
	}
	return ""
}
