package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// postmortemLead is how long before the impact a postmortem's timeline begins.
const postmortemLead = time.Hour

// Review carries out a command on the postmortem of an incident. For [postmortem.Draft] and [postmortem.Refresh] the
// engine gathers the material; [postmortem.Submit] takes it in once more. The error is [store.ErrNotFound], one of package
// postmortem, or joins a FieldError for everything that is wrong.
func (e *Engine) Review(ctx context.Context, now time.Time, id watchbill.IncidentID, c postmortem.Command) (postmortem.Postmortem, error) {
	var made postmortem.Postmortem
	err := e.change(ctx, now, func(d *desk) error {
		c, err := d.gather(id, c) // a variable of its own: the transaction may run again
		if err != nil {
			return err
		}
		p, version, err := record(d, postmortem.RecordKind, string(id), postmortem.Decode)
		if _, drafts := c.(postmortem.Draft); drafts && errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		if err != nil {
			return err
		}
		p, before, err := d.lastLook(p, c)
		if err != nil {
			return err
		}
		next, entries, wrong := postmortem.Apply(p, d.now, c)
		if err := errors.Join(d.referReview(c), wrong); err != nil {
			return err
		}
		made = next
		return d.savePostmortem(next, version, append(before, entries...))
	})
	return made, err
}

// lastLook takes the record in once more before a draft is submitted: what was said after the resolution belongs to it.
func (d *desk) lastLook(p postmortem.Postmortem, c postmortem.Command) (postmortem.Postmortem, []timeline.Entry, error) {
	if _, submits := c.(postmortem.Submit); !submits || p.State != postmortem.StateDraft {
		return p, nil, nil
	}
	refresh, err := d.gather(p.Incident, postmortem.Refresh{By: c.Speaker()})
	if err != nil {
		return p, nil, err
	}
	return postmortem.Apply(p, d.now, refresh)
}

// gather completes a command that takes the record in.
func (d *desk) gather(id watchbill.IncidentID, c postmortem.Command) (postmortem.Command, error) {
	draft, drafts := c.(postmortem.Draft)
	refresh, refreshes := c.(postmortem.Refresh)
	if !drafts && !refreshes {
		return c, nil
	}
	i, _, err := record(d, incident.RecordKind, string(id), incident.Decode)
	if err != nil {
		return nil, err
	}
	m, err := d.material(i)
	draft.Material, refresh.Material = m, m
	if drafts {
		return draft, err
	}
	return refresh, err
}

// requirePostmortem drafts the postmortem of a resolved incident, if the rules ask for one. One that there is already
// takes the record in again, until it is published. What is wrong with it is logged, and keeps nobody from resolving.
func (d *desk) requirePostmortem(i incident.Incident) error {
	p, version, err := record(d, postmortem.RecordKind, string(i.ID), postmortem.Decode)
	var spoilt *UnreadableError
	switch {
	case errors.Is(err, store.ErrNotFound):
		if !required(d.org.Config().Catalog.Incidents.Postmortem, i.Severity) {
			return nil
		}
	case errors.As(err, &spoilt):
		d.e.log.Error("required postmortem cannot be read", "incident", i.ID, "error", err)
		return nil
	case err != nil:
		return err
	case p.State == postmortem.StatePublished:
		return nil
	}
	m, err := d.material(i)
	if err != nil {
		return err
	}
	var c postmortem.Command = postmortem.Draft{Material: m}
	if p.State != postmortem.StateNone {
		c = postmortem.Refresh{Material: m}
	}
	next, entries, err := postmortem.Apply(p, d.now, c)
	if err != nil {
		d.e.log.Error("required postmortem cannot be drafted", "incident", i.ID, "error", err)
		return nil
	}
	if ok, err := d.continues(timeline.Record(postmortem.RecordKind, next.Incident), p.Seq); !ok {
		return err
	}
	return d.savePostmortem(next, version, entries)
}

func (d *desk) savePostmortem(p postmortem.Postmortem, want store.Version, entries []timeline.Entry) error {
	body, err := postmortem.Encode(p)
	if err != nil {
		return fmt.Errorf("engine: postmortem of %s: %w", p.Incident, err)
	}
	r := store.Record{Kind: postmortem.RecordKind, ID: string(p.Incident), Body: body}
	if p.State == postmortem.StatePublished { // one that is revised is work again, and was published
		r.ClosedAt = p.PublishedAt
	}
	return d.save(r, want, entries)
}

// material gathers what a draft is made of.
func (d *desk) material(i incident.Incident) (m postmortem.Material, err error) {
	v, err := d.view(i)
	if err != nil {
		return m, err
	}
	rules := d.org.Config().Catalog.Incidents.Postmortem
	m = postmortem.Material{Incident: i, Figures: v.Figures, Required: required(rules, i.Severity), Owner: i.Holder(incident.Commander)}
	m.DueAt = cmp.Or(i.ResolvedAt, d.now).Add(cmp.Or(rules.Due, catalog.DefaultPostmortemDue))
	if m.Moments, err = d.moments(i); err != nil {
		return m, err
	}
	if m.Before, err = d.before(i); err != nil {
		return m, err
	}
	m.Participants = d.participants(i, m.Moments)
	return m, nil
}

// participants are whoever had a role, answers for an affected service, or did something.
func (d *desk) participants(i incident.Incident, moments []incident.Moment) []watchbill.UserID {
	var all []watchbill.UserID
	add := func(ids ...watchbill.UserID) {
		for _, id := range ids {
			if _, ok := d.org.User(id); ok && !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	for _, a := range i.Roles {
		add(a.User)
	}
	for _, id := range i.Impact.ServiceIDs() {
		if s, ok := d.org.Service(id); ok {
			add(s.Owners...)
		}
	}
	for _, m := range moments {
		add(watchbill.UserID(userOf(m.Actor)))
	}
	return all
}

// before says what is known of the time before the impact: who was on call, what was configured, which other alerts the
// affected services had.
func (d *desk) before(i incident.Incident) ([]postmortem.Event, error) {
	start := i.Impact.StartedAt
	from := start.Add(-postmortemLead)
	all := []postmortem.Event{{At: from, Text: "The record is looked at from here on, an hour before the impact. On call: " + d.onCall(i, from)}}
	changes, err := d.configured(from, start)
	if err != nil {
		return nil, err
	}
	all = append(all, changes...)
	for _, id := range i.Impact.ServiceIDs() {
		err := d.opened(store.Query{Service: id}, from, start, func(s store.Stored) error {
			if a := s.Episode.Alert; !slices.Contains(i.Alerts, a.ID) {
				all = append(all, otherAlert(a))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b postmortem.Event) int { return a.At.Compare(b.At) })
	return all, nil
}

func otherAlert(a alert.Alert) postmortem.Event {
	return postmortem.Event{At: a.CreatedAt, Actor: timeline.Source(a.Source),
		Text: fmt.Sprintf("opened alert %s: %s (%s, not part of the incident)", a.ID, a.Summary, a.Severity)}
}

// configured lists the configurations that came into force in [from, to).
func (d *desk) configured(from, to time.Time) ([]postmortem.Event, error) {
	rev, err := d.tx.Revisions().At(to)
	var all []postmortem.Event
	for err == nil && !rev.EffectiveAt.Before(from) {
		if rev.EffectiveAt.Before(to) {
			all = append(all, postmortem.Event{At: rev.EffectiveAt, Actor: timeline.Engine,
				Text: fmt.Sprintf("put configuration %d in force", rev.Number)})
		}
		if rev.Number == 1 {
			break
		}
		rev, err = d.tx.Revisions().Get(rev.Number - 1)
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return all, err
}

// onCall names who the first level of each affected service's policy would have paged.
func (d *desk) onCall(i incident.Incident, at time.Time) string {
	var parts []string
	for _, id := range i.Impact.ServiceIDs() {
		s, ok := d.org.Service(id)
		if !ok {
			continue
		}
		var names []string
		if p, ok := d.org.Policy(s.Policy); ok && len(p.Levels) > 0 {
			for _, person := range d.org.Resolve(p.Levels[0].Targets, at).People {
				u, _ := d.org.User(person.User)
				names = append(names, u.DisplayName())
			}
		}
		parts = append(parts, s.DisplayName()+": "+cmp.Or(strings.Join(names, ", "), "nobody"))
	}
	return cmp.Or(strings.Join(parts, "; "), "no service is affected") + "."
}

// referReview refuses a command that names a person who does not exist.
func (d *desk) referReview(c postmortem.Command) error {
	r := references{d: d}
	switch c := c.(type) {
	case postmortem.Assign:
		r.user("owner", c.Owner)
		if c.Participants != nil {
			r.users("participants", *c.Participants)
		}
	case postmortem.AddItem:
		r.user("owner", c.Owner)
	case postmortem.SetItem:
		if c.Owner != nil {
			r.user("owner", *c.Owner)
		}
	}
	r.user("by", watchbill.UserID(userOf(c.Speaker().Actor)))
	return r.err()
}

// Postmortem returns the postmortem of an incident; [store.ErrNotFound] if there is none.
func (e *Engine) Postmortem(ctx context.Context, id watchbill.IncidentID) (p postmortem.Postmortem, err error) {
	err = e.look(ctx, time.Time{}, func(d *desk) error {
		p, _, err = record(d, postmortem.RecordKind, string(id), postmortem.Decode)
		return err
	})
	return p, err
}

// Postmortems lists postmortems, newest incident first, at most limit, and a cursor for the rest; empty if there is none.
func (e *Engine) Postmortems(ctx context.Context, unpublished bool, cursor string, limit int) (all []postmortem.Postmortem, next string, err error) {
	err = e.look(ctx, time.Time{}, func(d *desk) error {
		q := store.RecordQuery{Kind: postmortem.RecordKind, Open: unpublished, Cursor: cursor}
		all, next, err = records(d, q, limit, postmortem.Decode)
		return err
	})
	return all, next, err
}
