package episode

import (
	"encoding/json"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// View is an alert as machines see it: what the HTTP API answers, and what webhooks carry. Times that have not come
// are null.
type View struct {
	ID               watchbill.AlertID   `json:"id"`
	State            alert.State         `json:"state"`
	Summary          string              `json:"summary"`
	Severity         watchbill.Severity  `json:"severity"`
	Urgency          watchbill.Urgency   `json:"urgency"`
	Service          watchbill.ServiceID `json:"service"`
	Source           watchbill.SourceID  `json:"source"`
	DedupKey         alert.DedupKey      `json:"dedup_key"`
	Count            int                 `json:"count"`
	CreatedAt        time.Time           `json:"created_at"`
	StartsAt         *time.Time          `json:"starts_at"`
	LastSeenAt       time.Time           `json:"last_seen_at"`
	AcknowledgedAt   *time.Time          `json:"acknowledged_at"`
	AcknowledgedBy   watchbill.UserID    `json:"acknowledged_by"`
	ResolvedAt       *time.Time          `json:"resolved_at"`
	ResolvedBy       timeline.Actor      `json:"resolved_by"`
	Phase            escalation.Phase    `json:"phase"`
	Policy           watchbill.PolicyID  `json:"policy"`
	Level            int                 `json:"level"`
	NextEscalationAt *time.Time          `json:"next_escalation_at"`
	Responders       []watchbill.UserID  `json:"responders"` // everybody paged in this run so far
	Labels           map[string]string   `json:"labels"`
	Links            []alert.Link        `json:"links"`
	Details          json.RawMessage     `json:"details,omitempty"`
}

// View returns the alert as machines see it.
func (e Episode) View() View {
	a := e.Alert
	v := View{
		ID: a.ID, State: a.State, Summary: a.Summary, Severity: a.Severity, Urgency: a.Urgency, Service: a.Service,
		Source: a.Source, DedupKey: a.Key, Count: a.Count, CreatedAt: a.CreatedAt, StartsAt: maybe(a.StartsAt),
		LastSeenAt: a.LastSeenAt, AcknowledgedAt: maybe(a.AcknowledgedAt), AcknowledgedBy: a.AcknowledgedBy,
		ResolvedAt: maybe(a.ResolvedAt), ResolvedBy: a.ResolvedBy, Phase: e.Escalation.Phase, Policy: e.Policy.ID,
		Level: e.Escalation.At.Level, NextEscalationAt: maybe(e.Escalation.NextLevelAt(e.Policy)),
		Responders: []watchbill.UserID{}, Labels: map[string]string{}, Links: append([]alert.Link{}, a.Links...),
		Details: a.Details,
	}
	for _, l := range e.Ladders {
		v.Responders = append(v.Responders, l.User)
	}
	for _, l := range a.Labels {
		v.Labels[l.Name] = l.Value
	}
	return v
}

func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Message returns what is sent for a key at now, with the person's name and zone and the contact's secret as they are
// configured now; false if the episode has no such rung. AckURL is left to the host.
func (e Episode) Message(org *oncall.Org, k notify.Key, now time.Time) (notify.Message, bool) {
	rung, ok := e.rung(k)
	if !ok {
		return notify.Message{}, false
	}
	body, err := json.Marshal(e.View())
	if err != nil {
		return notify.Message{}, false // Details that are no JSON; decoders do not let them in
	}
	a := e.Alert
	m := notify.Message{
		ID: k.ID(), Kind: notify.KindPage, User: k.User, Contact: rung.Contact, Zone: time.UTC,
		Alert: a.ID, Summary: a.Summary, Severity: a.Severity, Urgency: a.Urgency, Service: string(a.Service),
		Level: k.Attempt.Level, Attempt: k.Attempt.Number, At: now, Body: body,
	}
	for _, l := range a.Links {
		m.Links = append(m.Links, notify.Link(l))
	}
	if svc, ok := org.Service(a.Service); ok {
		m.Service = svc.DisplayName()
	}
	personalize(&m, org)
	return m, true
}

// personalize adds what the configuration knows of the person now.
func personalize(m *notify.Message, org *oncall.Org) {
	user, ok := org.User(m.User)
	if !ok {
		return
	}
	m.Name = user.Name
	if zone, err := time.LoadLocation(user.Zone); err == nil {
		m.Zone = zone
	}
	for _, c := range user.Contacts {
		if c.ID == m.Contact.ID {
			m.Contact.Secret = c.Secret
		}
	}
}
