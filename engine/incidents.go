package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// Incident is an incident with what follows from its alerts and the catalog.
type Incident struct {
	incident.Incident
	Figures incident.Figures      `json:"figures"`
	AtRisk  []watchbill.ServiceID `json:"at_risk"` // services that cannot do without an affected one
}

// Declare makes an incident, under an ID of the engine's. Alerts must exist; what c leaves empty is carried over from the
// first of them, as [incident.FromAlert] has it, and services and links of the others are added. The error joins an
// [*incident.FieldError] for everything that is wrong.
func (e *Engine) Declare(ctx context.Context, now time.Time, c incident.Declare) (Incident, error) {
	var made Incident
	err := e.change(ctx, now, func(d *desk) error {
		name, err := e.ids.next(d.now)
		if err != nil {
			return err
		}
		c.ID = watchbill.IncidentID(name)
		i, err := d.declare(c)
		if err != nil {
			return err
		}
		made, err = d.view(i)
		return err
	})
	return made, err
}

// declare makes an incident and attaches its alerts.
func (d *desk) declare(c incident.Declare) (none incident.Incident, err error) {
	alerts, err := d.alerts(c.Alerts)
	if err != nil {
		return none, err
	}
	r := references{d: d}
	r.alerts("alerts", c.Alerts, alerts)
	r.of(c)
	if len(r.problems) > 0 {
		if len(c.Alerts) > 0 { // which would have brought it along
			c.Title = cmp.Or(c.Title, "?")
		}
		return none, r.and(none, c)
	}
	commands := []incident.Command{c}
	for k, a := range alerts {
		if k == 0 {
			commands[0] = d.carriedOver(c, incident.FromAlert(c.ID, a, d.org.Config().Catalog))
			continue
		}
		more := incident.AttachAlert(a)
		more.By = c.By
		commands = append(commands, more)
	}
	return d.apply(none, 0, commands...)
}

// carriedOver fills in what a declaration leaves empty. The times of an alert may lie ahead if the clock was set back.
func (d *desk) carriedOver(c, from incident.Declare) incident.Declare {
	from.StartedAt, from.DetectedAt = earlier(from.StartedAt, d.now), earlier(from.DetectedAt, d.now)
	c.Alerts = from.Alerts
	if c.Title == "" {
		c.Title = from.Title
	}
	if c.Severity == watchbill.SeverityUnset {
		c.Severity = from.Severity
	}
	if c.StartedAt.IsZero() {
		c.StartedAt = from.StartedAt
	}
	if c.DetectedAt.IsZero() {
		c.DetectedAt = from.DetectedAt
	}
	if len(c.Services) == 0 {
		c.Services = from.Services
	}
	if len(c.Customers) == 0 {
		c.Customers = from.Customers
	}
	if len(c.Links) == 0 {
		c.Links = from.Links
	}
	return c
}

// apply carries out commands on one incident and saves it, with its postmortem if that is due.
func (d *desk) apply(i incident.Incident, want store.Version, commands ...incident.Command) (incident.Incident, error) {
	was := i
	var all []timeline.Entry
	for _, c := range commands {
		next, entries, err := incident.Apply(i, d.now, c)
		if err != nil {
			return i, err
		}
		i, all = next, append(all, entries...)
	}
	body, err := incident.Encode(i)
	if err != nil {
		return i, fmt.Errorf("engine: incident %s: %w", i.ID, err)
	}
	r := store.Record{Kind: incident.RecordKind, ID: string(i.ID), ClosedAt: i.ResolvedAt, Body: body}
	if err := d.save(r, want, all); err != nil {
		return i, err
	}
	if i.Status == incident.Resolved && (was.Status != incident.Resolved || was.Severity != i.Severity) {
		return i, d.requirePostmortem(i)
	}
	return i, nil
}

// Command carries out a command on an incident. The error is [store.ErrNotFound], [incident.ErrResolved], or joins an
// [*incident.FieldError] for everything that is wrong. Resolving an incident of a severity that the configuration names
// makes its postmortem in the same transaction.
func (e *Engine) Command(ctx context.Context, now time.Time, id watchbill.IncidentID, c incident.Command) (Incident, error) {
	var made Incident
	err := e.change(ctx, now, func(d *desk) error {
		i, version, err := record(d, incident.RecordKind, string(id), incident.Decode)
		if err != nil {
			return err
		}
		r := references{d: d}
		c, err := r.complete(c) // a variable of its own: the transaction may run again
		if err != nil {
			return err
		}
		if p, ok := c.(incident.Publish); ok && len(p.Pages) == 0 {
			p.Pages = d.affectedPages(i)
			c = p
		}
		if r.of(c); len(r.problems) > 0 {
			return r.and(i, c)
		}
		if i, err = d.apply(i, version, c); err != nil {
			return err
		}
		made, err = d.view(i)
		return err
	})
	return made, err
}

// affectedPages returns the status pages that show a service which an incident affects. An update for no page in
// particular is for these, and not for those that show services which are affected later: it was not written for them.
func (d *desk) affectedPages(i incident.Incident) (pages []watchbill.PageID) {
	affected := i.Impact.ServiceIDs()
	for _, p := range d.org.Config().Catalog.Pages {
		shows := slices.ContainsFunc(p.Components, func(c catalog.Component) bool {
			return slices.ContainsFunc(c.Services, func(s watchbill.ServiceID) bool { return slices.Contains(affected, s) })
		})
		if shows {
			pages = append(pages, p.ID)
		}
	}
	return pages
}

// Incident returns an incident; [store.ErrNotFound] if there is none with that ID.
func (e *Engine) Incident(ctx context.Context, id watchbill.IncidentID) (Incident, error) {
	var found Incident
	err := e.look(ctx, time.Time{}, func(d *desk) error {
		i, _, err := record(d, incident.RecordKind, string(id), incident.Decode)
		if err != nil {
			return err
		}
		found, err = d.view(i)
		return err
	})
	return found, err
}

// Incidents lists incidents, newest first, at most limit, and a cursor for the rest; empty if there is none.
func (e *Engine) Incidents(ctx context.Context, open bool, cursor string, limit int) (all []Incident, next string, err error) {
	err = e.look(ctx, time.Time{}, func(d *desk) error {
		var list []incident.Incident
		q := store.RecordQuery{Kind: incident.RecordKind, Open: open, Cursor: cursor}
		if list, next, err = records(d, q, limit, incident.Decode); err != nil {
			return err
		}
		all = nil
		for _, i := range list {
			v, err := d.view(i)
			if err != nil {
				return err
			}
			all = append(all, v)
		}
		return nil
	})
	return all, next, err
}

// IncidentTimeline returns the joint timeline of an incident, its alerts and its postmortem, in words.
func (e *Engine) IncidentTimeline(ctx context.Context, id watchbill.IncidentID) (all []incident.Moment, err error) {
	err = e.look(ctx, time.Time{}, func(d *desk) error {
		i, _, err := record(d, incident.RecordKind, string(id), incident.Decode)
		if err != nil {
			return err
		}
		if all, err = d.moments(i); err != nil {
			return err
		}
		review := timeline.Record(postmortem.RecordKind, id)
		entries, err := d.tx.Timeline().Read(review, 0, ownEntries)
		all = incident.Merge(all, incident.Told(review, entries, postmortem.Describe))
		return err
	})
	return all, err
}

// view adds what follows from the alerts and the catalog.
func (d *desk) view(i incident.Incident) (Incident, error) {
	episodes, err := d.episodes(i.Alerts)
	if err != nil {
		return Incident{}, err
	}
	acks, err := d.acknowledged(episodes)
	risk := d.org.Config().Catalog.Dependents(i.Impact.ServiceIDs()...)
	return Incident{i, i.Figures(acks...), append([]watchbill.ServiceID{}, risk...)}, err
}

// moments joins the records of an incident and its alerts. Of long ones the middle is left out, and that is said.
func (d *desk) moments(i incident.Incident) ([]incident.Moment, error) {
	entries, err := d.tx.Timeline().Read(i.Owner(), 0, ownEntries)
	if err != nil {
		return nil, err
	}
	told := [][]incident.Moment{incident.Told(i.Owner(), entries, incident.Describe)}
	episodes, err := d.episodes(i.Alerts)
	if err != nil {
		return nil, err
	}
	for _, ep := range episodes {
		moments, err := d.alertMoments(ep, max(alertEntries/len(episodes), lastEntries))
		if err != nil {
			return nil, err
		}
		told = append(told, moments)
	}
	return incident.Merge(told...), nil
}

// alertMoments tells the first entries of an alert and its last ones.
func (d *desk) alertMoments(ep episode.Episode, first int) ([]incident.Moment, error) {
	of := timeline.Alert(ep.Alert.ID)
	entries, err := d.tx.Timeline().Read(of, 0, first)
	if err != nil {
		return nil, err
	}
	all := incident.Told(of, entries, episode.Describe)
	left := ep.Seq - lastEntries - int64(first)
	if left <= 0 {
		entries, err = d.tx.Timeline().Read(of, int64(first), lastEntries)
		return append(all, incident.Told(of, entries, episode.Describe)...), err
	}
	if entries, err = d.tx.Timeline().Read(of, ep.Seq-lastEntries, lastEntries); err != nil || len(entries) == 0 {
		return all, err
	}
	all = append(all, incident.Moment{At: entries[0].At, Of: of, Seq: entries[0].Seq - 1, Actor: timeline.Engine, Kind: "left_out",
		Text: fmt.Sprintf("%d entries of alert %s are left out here; its own timeline has them", left, ep.Alert.ID)})
	return append(all, incident.Told(of, entries, episode.Describe)...), nil
}

// userOf returns the person that an actor is; empty if it is none.
func userOf(a timeline.Actor) string {
	user, ok := strings.CutPrefix(string(a), string(timeline.User("")))
	if !ok {
		return ""
	}
	return user
}
