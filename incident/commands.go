package incident

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/timeline"
)

// Kinds of entry in an incident's record. Each is one command, and its payload is the command as JSON.
const (
	KindDeclared  timeline.Kind = "declared"
	KindStatus    timeline.Kind = "status_changed"
	KindReopened  timeline.Kind = "reopened"
	KindEdited    timeline.Kind = "edited"
	KindAssigned  timeline.Kind = "assigned"
	KindImpact    timeline.Kind = "impact_changed"
	KindAttached  timeline.Kind = "alert_attached"
	KindDetached  timeline.Kind = "alert_detached"
	KindTaskAdded timeline.Kind = "task_added"
	KindTaskDone  timeline.Kind = "task_done"
	KindCommented timeline.Kind = "commented"
	KindDecided   timeline.Kind = "decided"
	KindPublished timeline.Kind = "published"
)

// Command is what somebody wants done with an incident: one of the types below.
type Command interface {
	Speaker() timeline.By // who gives it
	kind() timeline.Kind
	tell() string   // what the actor did, in words
	clean() Command // text in valid UTF-8, times as they are stored
	check(i Incident, now time.Time, p *problems)
	apply(i *Incident, e timeline.Entry) // what changes nothing must leave i equal, or it is recorded for nothing
}

// Declare makes a new incident; see also [FromAlert].
type Declare struct {
	timeline.By
	ID         watchbill.IncidentID   `json:"id"`
	Title      string                 `json:"title"`
	Severity   watchbill.Severity     `json:"severity,omitempty"`
	StartedAt  time.Time              `json:"started_at,omitzero"`  // of visible impact; zero means now
	DetectedAt time.Time              `json:"detected_at,omitzero"` // zero means now
	Services   []Affected             `json:"services,omitempty"`
	Customers  []watchbill.CustomerID `json:"customers,omitempty"`
	Alerts     []watchbill.AlertID    `json:"alerts,omitempty"`
	Links      []alert.Link           `json:"links,omitempty"`
}

// SetStatus moves the incident on. Resolved ends every effect at EndedAt; set again, it corrects the end to an earlier one.
type SetStatus struct {
	timeline.By
	Status  Status    `json:"status"`
	Note    string    `json:"note,omitempty"`
	EndedAt time.Time `json:"ended_at,omitzero"` // of visible impact, only with Resolved; zero means now
}

// Reopen takes a resolved incident up again. The effects that it had at its end count anew from now on.
type Reopen struct {
	timeline.By
	Reason string `json:"reason,omitempty"`
}

// Edit changes the title, the severity, and when the incident was detected. What is nil or zero stays as it is.
type Edit struct {
	timeline.By
	Title      *string             `json:"title,omitempty"`
	Severity   *watchbill.Severity `json:"severity,omitempty"`
	DetectedAt time.Time           `json:"detected_at,omitzero"`
}

// Assign gives a role to a person, which is a hand-over if somebody has it; an empty User vacates it.
type Assign struct {
	timeline.By
	Role Role             `json:"role"`
	User watchbill.UserID `json:"user,omitempty"`
	Note string           `json:"note,omitempty"` // what the next holder must know
}

// SetImpact changes what is known of the impact. What is nil, empty or zero stays as it is. Services not named stay as
// they are; the effect none says that a service is well again. An effect counts from now on; that of a service which had
// none so far counts from StartedAt, if that is given with it.
type SetImpact struct {
	timeline.By
	StartedAt time.Time               `json:"started_at,omitzero"`
	Services  []Affected              `json:"services,omitempty"`
	Customers *[]watchbill.CustomerID `json:"customers,omitempty"`
	Reported  *int                    `json:"reported,omitempty"`
	Metric    *string                 `json:"metric,omitempty"`
}

// Attach adds an alert to the incident, with its service and links. OpenedAt is when the alert was opened: the incident
// was detected no later.
type Attach struct {
	timeline.By
	Alert    watchbill.AlertID   `json:"alert"`
	OpenedAt time.Time           `json:"opened_at,omitzero"`
	Service  watchbill.ServiceID `json:"service,omitempty"`
	Links    []alert.Link        `json:"links,omitempty"`
}

// Detach takes an alert out that does not belong to the incident. Services stay, and so does when
// the incident was detected: [Edit] corrects it.
type Detach struct {
	timeline.By
	Alert watchbill.AlertID `json:"alert"`
}

// AddTask notes what somebody has to do.
type AddTask struct {
	timeline.By
	Title string           `json:"title"`
	Owner watchbill.UserID `json:"owner,omitempty"`
	DueAt time.Time        `json:"due_at,omitzero"`
}

// FinishTask says that a task is done.
type FinishTask struct {
	timeline.By
	Task string `json:"task"`
}

// Comment adds to the record.
type Comment struct {
	timeline.By
	Text string `json:"text"`
}

// Decide adds a decision to the record.
type Decide struct {
	timeline.By
	Text string `json:"text"`
}

// Publish tells customers. Everything in it is public.
type Publish struct {
	timeline.By
	Status     Status             `json:"status,omitempty"` // none means the incident's own
	Title      string             `json:"title,omitempty"`  // empty means that of the latest update that all these pages showed
	Text       string             `json:"text"`
	ExpectedAt time.Time          `json:"expected_at,omitzero"`
	Pages      []watchbill.PageID `json:"pages,omitempty"`
}

func (Declare) kind() timeline.Kind    { return KindDeclared }
func (SetStatus) kind() timeline.Kind  { return KindStatus }
func (Reopen) kind() timeline.Kind     { return KindReopened }
func (Edit) kind() timeline.Kind       { return KindEdited }
func (Assign) kind() timeline.Kind     { return KindAssigned }
func (SetImpact) kind() timeline.Kind  { return KindImpact }
func (Attach) kind() timeline.Kind     { return KindAttached }
func (Detach) kind() timeline.Kind     { return KindDetached }
func (AddTask) kind() timeline.Kind    { return KindTaskAdded }
func (FinishTask) kind() timeline.Kind { return KindTaskDone }
func (Comment) kind() timeline.Kind    { return KindCommented }
func (Decide) kind() timeline.Kind     { return KindDecided }
func (Publish) kind() timeline.Kind    { return KindPublished }
