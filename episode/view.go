package episode

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
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
	Responders       []watchbill.UserID  `json:"responders"` // everybody paged so far
	Responses        []Response          `json:"responses"`  // what they said
	SnoozedUntil     *time.Time          `json:"snoozed_until"`
	Priority         alert.Priority      `json:"priority"`
	Response         string              `json:"response,omitempty"` // what is to be done
	Held             []mute.Held         `json:"held"`               // why it pages nobody for now
	Parent           watchbill.AlertID   `json:"parent"`             // the alert that pages in its place
	Members          int                 `json:"members"`            // of a group
	OpenMembers      int                 `json:"open_members"`
	Flapping         bool                `json:"flapping"`
	Labels           map[string]string   `json:"labels"`
	Links            []alert.Link        `json:"links"`
	Details          json.RawMessage     `json:"details,omitempty"`
}

// View returns the alert as machines see it.
func (e Episode) View() View {
	a := e.Alert
	return View{
		ID: a.ID, State: a.State, Summary: a.Summary, Severity: a.Severity, Urgency: a.Urgency, Service: a.Service,
		Source: a.Source, DedupKey: a.Key, Count: a.Count, CreatedAt: a.CreatedAt, StartsAt: maybe(a.StartsAt),
		LastSeenAt: a.LastSeenAt, AcknowledgedAt: maybe(a.AcknowledgedAt), AcknowledgedBy: a.AcknowledgedBy,
		ResolvedAt: maybe(a.ResolvedAt), ResolvedBy: a.ResolvedBy, Phase: e.Escalation.Phase, Policy: e.Policy.ID,
		Level: e.Escalation.At.Level, NextEscalationAt: maybe(e.Escalation.NextLevelAt(e.Policy)),
		Responders: append([]watchbill.UserID{}, e.Paged...), Labels: labelsOf(a), Links: append([]alert.Link{}, a.Links...),
		Details: a.Details, Responses: append([]Response{}, e.Responses...), SnoozedUntil: maybe(a.SnoozedUntil),
		Priority: a.Priority, Response: a.Response, Held: append([]mute.Held{}, e.Held...), Parent: e.Parent,
		Members: e.Members.Total, OpenMembers: e.Members.Open, Flapping: a.Flaps(),
	}
}

func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Message returns what is sent for a key at now: with the person's name and zone, and the contact's address and secret,
// as they are configured now, so that a mended address counts at once. If the person or the contact is not configured
// any more, why says so, and nothing can be sent. AckURL is left to the host.
func (e Episode) Message(org *oncall.Org, k notify.Key, now time.Time) (m notify.Message, why string) {
	contact, ok := e.contactOf(k)
	if !ok {
		return m, fmt.Sprintf("%s is not paged by rung %d", k.User, k.Rung)
	}
	user, ok := org.Responder(k.User)
	if !ok {
		return m, fmt.Sprintf("%s is not in the configuration any more", k.User)
	}
	i := slices.IndexFunc(user.Contacts, func(c notify.Contact) bool { return c.ID == contact })
	if i < 0 {
		return m, fmt.Sprintf("%s has no contact %s any more", k.User, contact)
	}
	body, err := encodeView(&e)
	if err != nil {
		return m, "the alert cannot be written as JSON"
	}
	a := e.Alert
	m = notify.Message{
		ID: k.ID(), Kind: k.Kind, Locale: user.Locale, User: k.User, Name: user.Name, Zone: org.Zone(user.Zone), Contact: user.Contacts[i],
		Alert: a.ID, Summary: a.Summary, Severity: a.Severity, Urgency: a.Urgency, Service: string(a.Service),
		Level: k.Attempt.Level, Attempt: k.Attempt.Number, At: now, Body: body,
	}
	if others := e.Members.Open - 1; others > 0 {
		m.Summary = fmt.Sprintf("%s (and %d more)", m.Summary, others)
	}
	m.Critical = k.Kind == notify.KindPage && a.Urgency == watchbill.UrgencyHigh
	m.Details = a.Response
	for _, l := range a.Links {
		m.Links = append(m.Links, notify.Link(l))
	}
	if svc, ok := org.Service(a.Service); ok {
		m.Service = svc.DisplayName()
	}
	return m, ""
}

// contactOf returns over which contact a message goes.
func (e *Episode) contactOf(k notify.Key) (notify.ContactID, bool) {
	if k.Kind != notify.KindPage {
		to, ok := e.told(k)
		return to.Contact, ok
	}
	rung, ok := e.rung(k)
	return rung.Contact.ID, ok
}
