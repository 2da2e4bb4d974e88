package statuspage

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
)

// JSON writes a document as Statuspage's API v2 has it. The documents are status, summary, components, incidents,
// incidents/unresolved, scheduled-maintenances, scheduled-maintenances/upcoming and scheduled-maintenances/active; false
// means that there is no such document. Upcoming maintenances are listed soonest first, all else newest first.
func (v View) JSON(name string) ([]byte, bool) {
	w := docWriter{v: v}
	d := document{Page: w.page()}
	switch name {
	case "status":
		d.Status = w.status()
	case "components":
		d.Components = w.components()
	case "incidents":
		d.Incidents = w.notices(v.Incidents, every)
	case "incidents/unresolved":
		d.Incidents = w.notices(v.Incidents, Notice.Open)
	case "scheduled-maintenances":
		d.Maintenances = w.notices(v.Maintenance, every)
	case "scheduled-maintenances/upcoming":
		d.Maintenances = w.notices(v.soonest(), func(n Notice) bool { return n.Phase == Scheduled })
	case "scheduled-maintenances/active":
		d.Maintenances = w.notices(v.soonest(), func(n Notice) bool { return n.Phase == InProgress })
	case "summary":
		d.Status, d.Components = w.status(), w.components()
		d.Incidents = w.notices(v.Incidents, Notice.Open)
		d.Maintenances = w.notices(v.soonest(), Notice.Open)
	default:
		return nil, false
	}
	data, err := json.Marshal(d)
	return data, err == nil // nothing in a document can fail to be written
}

func every(Notice) bool { return true }

// soonest returns the maintenances in the order in which they begin.
func (v View) soonest() []Notice {
	list := slices.Clone(v.Maintenance)
	slices.Reverse(list)
	return list
}

type document struct {
	Page         docPage      `json:"page"`
	Status       *docStatus   `json:"status,omitempty"`
	Components   *[]docPart   `json:"components,omitempty"`
	Incidents    *[]docNotice `json:"incidents,omitempty"`
	Maintenances *[]docNotice `json:"scheduled_maintenances,omitempty"`
}

type docPage struct {
	ID        watchbill.PageID `json:"id"`
	Name      string           `json:"name"`
	URL       string           `json:"url"`
	Zone      string           `json:"time_zone"`
	UpdatedAt string           `json:"updated_at"`
}

type docStatus struct {
	Indicator   string `json:"indicator"`
	Description string `json:"description"`
}

// docPart is a component, or a group of them.
type docPart struct {
	ID                 string           `json:"id"`
	Name               string           `json:"name"`
	Status             Status           `json:"status"`
	CreatedAt          string           `json:"created_at"`
	UpdatedAt          string           `json:"updated_at"`
	Position           int              `json:"position"`
	Description        *string          `json:"description"`
	Showcase           bool             `json:"showcase"`
	StartDate          *string          `json:"start_date"`
	GroupID            *string          `json:"group_id"`
	PageID             watchbill.PageID `json:"page_id"`
	Group              bool             `json:"group"`
	OnlyShowIfDegraded bool             `json:"only_show_if_degraded"`
	Components         []string         `json:"components,omitempty"`
}

type docNotice struct {
	ID             string           `json:"id"`
	Name           string           `json:"name"`
	Status         Phase            `json:"status"`
	CreatedAt      string           `json:"created_at"`
	UpdatedAt      string           `json:"updated_at"`
	MonitoringAt   *string          `json:"monitoring_at"`
	ResolvedAt     *string          `json:"resolved_at"`
	Impact         string           `json:"impact"`
	Shortlink      string           `json:"shortlink"`
	StartedAt      string           `json:"started_at"`
	PageID         watchbill.PageID `json:"page_id"`
	Updates        []docUpdate      `json:"incident_updates"`
	Components     []docPart        `json:"components"`
	ScheduledFor   *string          `json:"scheduled_for,omitempty"`
	ScheduledUntil *string          `json:"scheduled_until,omitempty"`
}

type docUpdate struct {
	ID         string      `json:"id"`
	Status     Phase       `json:"status"`
	Body       string      `json:"body"`
	IncidentID string      `json:"incident_id"`
	CreatedAt  string      `json:"created_at"`
	UpdatedAt  string      `json:"updated_at"`
	DisplayAt  string      `json:"display_at"`
	Affected   []docChange `json:"affected_components"`
	Deliver    bool        `json:"deliver_notifications"`
}

type docChange struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Old  Status `json:"old_status"`
	New  Status `json:"new_status"`
}

type docWriter struct{ v View }

// at writes a time as Statuspage does.
func (w docWriter) at(t time.Time) string {
	return t.In(w.v.Location).Format("2006-01-02T15:04:05.000Z07:00")
}

func (w docWriter) maybe(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := w.at(t)
	return &s
}

func (w docWriter) page() docPage {
	return docPage{w.v.ID, w.v.Name, w.v.Base, w.v.Zone, w.at(w.v.UpdatedAt)}
}

func (w docWriter) status() *docStatus {
	return &docStatus{w.v.Status.indicator(), w.v.Status.description()}
}

// components writes the components and, as Statuspage does, their groups among them.
func (w docWriter) components() *[]docPart {
	list := make([]docPart, 0, len(w.v.Components))
	for _, g := range w.v.groups() {
		at := -1
		if g.name != "" {
			at = len(list)
			list = append(list, docPart{ID: groupID(g.name), Name: g.name, CreatedAt: w.at(w.v.Starts[0]), UpdatedAt: w.at(w.v.Starts[0]),
				Position: g.components[0] + 1, PageID: w.v.ID, Group: true})
		}
		for _, i := range g.components {
			part := w.part(i)
			list = append(list, part)
			if at >= 0 {
				list[at].Components = append(list[at].Components, part.ID)
				list[at].Status = max(list[at].Status, part.Status)
				list[at].UpdatedAt = max(list[at].UpdatedAt, part.UpdatedAt)
			}
		}
	}
	return &list
}

// part writes a component. When it was made is not known: the day from which its uptime is counted stands for that.
func (w docWriter) part(i int) docPart {
	c := w.v.Components[i]
	since := w.v.Starts[0].In(w.v.Location).Format(time.DateOnly)
	p := docPart{ID: c.ID, Name: c.Name, Status: c.Status, CreatedAt: w.at(w.v.Starts[0]), UpdatedAt: w.at(c.UpdatedAt), Position: i + 1,
		Showcase: true, StartDate: &since, PageID: w.v.ID}
	if c.Description != "" {
		p.Description = &c.Description
	}
	if c.Group != "" {
		id := groupID(c.Group)
		p.GroupID = &id
	}
	return p
}

// groupID has a character that no component's ID has.
func groupID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "group:" + hex.EncodeToString(sum[:6])
}

func (w docWriter) notices(list []Notice, want func(Notice) bool) *[]docNotice {
	out := []docNotice{}
	for _, n := range list {
		if len(out) < Listed && want(n) {
			out = append(out, w.notice(n))
		}
	}
	return &out
}

func (w docWriter) notice(n Notice) docNotice {
	d := docNotice{ID: n.ID, Name: n.Title, Status: n.Phase, CreatedAt: w.at(n.CreatedAt), UpdatedAt: w.at(n.UpdatedAt), Impact: n.Impact.indicator(),
		ResolvedAt: w.maybe(n.EndedAt), Shortlink: w.v.Link(n.ID), StartedAt: w.at(n.StartedAt), PageID: w.v.ID,
		Updates: []docUpdate{}, Components: []docPart{}}
	if n.Planned {
		d.ScheduledFor, d.ScheduledUntil = w.maybe(n.StartedAt), w.maybe(n.Until)
		if n.Phase == Cancelled { // which Statuspage's clients do not know
			d.Status = Completed
		}
	}
	for k := len(n.Told) - 1; k >= 0; k-- {
		u := w.update(n, k)
		if d.MonitoringAt == nil && u.Status == Monitoring {
			d.MonitoringAt = &u.CreatedAt
		}
		d.Updates = append(d.Updates, u)
	}
	for _, c := range n.Components {
		d.Components = append(d.Components, w.part(c))
	}
	return d
}

// update writes the k-th text of a notice, with what had become of the components since the text before.
func (w docWriter) update(n Notice, k int) docUpdate {
	t := n.Told[k]
	at := w.at(t.At)
	u := docUpdate{ID: t.ID, Status: t.Phase, Body: t.Text, IncidentID: n.ID, CreatedAt: at, UpdatedAt: at, DisplayAt: at}
	if u.Status == Cancelled {
		u.Status = Completed
	}
	for _, c := range n.Components {
		var before Status
		if k > 0 {
			before = n.effect(c, n.Told[k-1].At)
		}
		if after := n.effect(c, t.At); before != Operational || after != Operational {
			u.Affected = append(u.Affected, docChange{w.v.Components[c].ID, w.v.Components[c].Name, before, after})
		}
	}
	return u
}

// effect returns how a notice affects a component at an instant.
func (n Notice) effect(component int, at time.Time) Status {
	worst := Operational
	for _, e := range n.Effects {
		if e.Component == component && !at.Before(e.From) && (e.To.IsZero() || at.Before(e.To)) {
			worst = max(worst, e.Status)
		}
	}
	return worst
}
