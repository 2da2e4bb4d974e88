package incident

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/timeline"
)

// RecordKind is the kind of an incident's record in a store.
const RecordKind = "incident"

// Incident is a plain value; slices in it are replaced, never written to.
type Incident struct {
	ID         watchbill.IncidentID `json:"id"`
	Title      string               `json:"title"` // internal
	Severity   watchbill.Severity   `json:"severity"`
	Status     Status               `json:"status"`
	DeclaredAt time.Time            `json:"declared_at"`
	DeclaredBy timeline.Actor       `json:"declared_by"`
	DetectedAt time.Time            `json:"detected_at"`          // when the first of its alerts opened; without alerts, when it was declared
	TakenAt    time.Time            `json:"taken_at,omitzero"`    // when a person first gave it a command; zero: nobody has yet
	ResolvedAt time.Time            `json:"resolved_at,omitzero"` // zero while it is open
	UpdatedAt  time.Time            `json:"updated_at"`           // of the latest entry
	Seq        int64                `json:"seq"`                  // of the latest entry
	Reopened   int                  `json:"reopened,omitempty"`   // how often
	ReopenedAt time.Time            `json:"reopened_at,omitzero"` // the latest

	Roles  []Assignment        `json:"roles,omitempty"`
	Impact Impact              `json:"impact"`
	Alerts []watchbill.AlertID `json:"alerts,omitempty"`
	Links  []alert.Link        `json:"links,omitempty"`
	Tasks  []Task              `json:"tasks,omitempty"`

	Updates []Update `json:"updates,omitempty"` // public, oldest first
}

// Open reports whether the incident exists and is not resolved.
func (i Incident) Open() bool { return i.Status != None && i.Status != Resolved }

// Owner returns whose timeline the incident's record is.
func (i Incident) Owner() timeline.Owner { return timeline.Record(RecordKind, i.ID) }

// Assignment is a person in a role.
type Assignment struct {
	Role  Role             `json:"role"`
	User  watchbill.UserID `json:"user"`
	Since time.Time        `json:"since"`
}

// Holder returns who has a role; empty if nobody.
func (i Incident) Holder(r Role) watchbill.UserID {
	for _, a := range i.Roles {
		if a.Role == r {
			return a.User
		}
	}
	return ""
}

// Impact is what those who use the services notice.
type Impact struct {
	StartedAt time.Time              `json:"started_at"`          // of visible impact
	Services  []Affected             `json:"services,omitempty"`  // in the order in which they were named; of a resolved incident, as it was at the end
	Spans     []Span                 `json:"spans,omitempty"`     // how it went, by start
	Customers []watchbill.CustomerID `json:"customers,omitempty"` // affected
	Reported  int                    `json:"reported,omitempty"`  // customers who reported it themselves
	Metric    string                 `json:"metric,omitempty"`    // in terms of the product: "4 % of checkouts failed"
}

// Affected is a service and what its users notice. In a command a zero Since means now; but of a service that is known to
// be affected, without an effect so far, it means since then.
type Affected struct {
	Service watchbill.ServiceID `json:"service"`
	Effect  Effect              `json:"effect"`
	Since   time.Time           `json:"since,omitzero"` // when it was first affected
}

// Span is a time during which a service was affected in one way; half-open.
type Span struct {
	Service watchbill.ServiceID `json:"service"`
	Effect  Effect              `json:"effect"`
	From    time.Time           `json:"from"`
	To      time.Time           `json:"to,omitzero"` // zero: it lasts
}

// EndedAt returns when visible impact ended; zero while it lasts.
func (i Incident) EndedAt() time.Time {
	if len(i.Impact.Spans) == 0 {
		return i.ResolvedAt
	}
	var end time.Time
	for _, s := range i.Impact.Spans {
		if s.To.IsZero() {
			return time.Time{}
		}
		if s.To.After(end) {
			end = s.To
		}
	}
	return end
}

// Worst returns the worst effect that any service has had.
func (i Impact) Worst() Effect {
	worst := EffectNone
	for _, s := range i.Spans {
		worst = max(worst, s.Effect)
	}
	return worst
}

// ServiceIDs returns the services affected.
func (i Impact) ServiceIDs() []watchbill.ServiceID {
	var ids []watchbill.ServiceID
	for _, a := range i.Services {
		ids = append(ids, a.Service)
	}
	return ids
}

// Task is something that somebody does while the incident lasts.
type Task struct {
	ID     string           `json:"id"` // "t1", "t2", ...
	Title  string           `json:"title"`
	Owner  watchbill.UserID `json:"owner,omitempty"`
	DueAt  time.Time        `json:"due_at,omitzero"`
	DoneAt time.Time        `json:"done_at,omitzero"` // zero: open
}

// Update is what customers are told.
type Update struct {
	ID         string             `json:"id"` // "u1", "u2", ...
	At         time.Time          `json:"at"`
	By         timeline.Actor     `json:"by"` // internal
	Status     Status             `json:"status"`
	Title      string             `json:"title"`                // public; that of the latest update on a page names the incident there
	Text       string             `json:"text"`                 // public
	ExpectedAt time.Time          `json:"expected_at,omitzero"` // when it is expected to be resolved; zero: not said
	Pages      []watchbill.PageID `json:"pages,omitempty"`      // on which it shows; none: on all that have an affected component
}

// Figures are an incident's times. A duration is zero where one of its ends is not known.
type Figures struct {
	StartedAt      time.Time          `json:"started_at"`
	DetectedAt     time.Time          `json:"detected_at"`
	AcknowledgedAt time.Time          `json:"acknowledged_at,omitzero"` // when the first person took it
	EndedAt        time.Time          `json:"ended_at,omitzero"`        // of visible impact
	ResolvedAt     time.Time          `json:"resolved_at,omitzero"`
	ToDetect       watchbill.Duration `json:"time_to_detect"`
	ToAcknowledge  watchbill.Duration `json:"time_to_acknowledge"`
	ToResolve      watchbill.Duration `json:"time_to_resolve"`
	Visible        watchbill.Duration `json:"visible_impact"`
}

// Figures returns the times, given when the attached alerts were first acknowledged (zero times do not count). Whoever
// gives an incident a command has taken it.
func (i Incident) Figures(acknowledged ...time.Time) Figures {
	f := Figures{StartedAt: i.Impact.StartedAt, DetectedAt: i.DetectedAt, EndedAt: i.EndedAt(), ResolvedAt: i.ResolvedAt,
		AcknowledgedAt: i.TakenAt}
	for _, at := range acknowledged {
		if !at.IsZero() && (f.AcknowledgedAt.IsZero() || at.Before(f.AcknowledgedAt)) {
			f.AcknowledgedAt = at
		}
	}
	f.ToDetect = between(f.StartedAt, f.DetectedAt)
	f.ToAcknowledge = between(f.DetectedAt, f.AcknowledgedAt)
	f.ToResolve = between(f.StartedAt, f.ResolvedAt)
	f.Visible = between(f.StartedAt, f.EndedAt)
	return f
}

func between(from, to time.Time) watchbill.Duration {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return watchbill.Duration(max(0, to.Sub(from)))
}
