package postmortem

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

// Kinds of entry in a postmortem's record. Each is one command. The payload is the command as JSON; of [Draft] and
// [Refresh] it is what was made of the material, so that later releases may choose other words and the record still says
// what this one wrote.
const (
	KindDrafted     timeline.Kind = "drafted"
	KindRefreshed   timeline.Kind = "refreshed"
	KindEdited      timeline.Kind = "edited"
	KindAssigned    timeline.Kind = "assigned"
	KindItemAdded   timeline.Kind = "item_added"
	KindItemChanged timeline.Kind = "item_changed"
	KindSubmitted   timeline.Kind = "submitted"
	KindReturned    timeline.Kind = "returned"
	KindPublished   timeline.Kind = "published"
	KindRevised     timeline.Kind = "revised"
)

// Command is what somebody wants done with a postmortem: one of the types below.
type Command interface {
	Speaker() timeline.By // who gives it
	change() change
}

// change is a command as it is recorded: text in valid UTF-8, times as they are stored, no slice shared with the command.
type change interface {
	kind() timeline.Kind
	tell() string // what the actor did, in words
	check(d Postmortem, p *problems)
	apply(d *Postmortem, at time.Time)
}

// Material is what a draft is made of; the caller gathers it.
type Material struct {
	Incident incident.Incident
	Figures  incident.Figures  // zero: the incident's own
	Moments  []incident.Moment // the joint timeline of the incident and its alerts, in words
	Before   []Event           // what is known of the time before the impact: who was on call, what was changed, other alerts

	Required     bool
	DueAt        time.Time
	Owner        watchbill.UserID   // proposed: whom the commander chose, else the commander
	Participants []watchbill.UserID // the commander, owners of affected services, responders
}

// Draft makes the document from the record.
type Draft struct {
	timeline.By
	Material
}

// Refresh takes the record in again, as after the incident was reopened: timeline, impact, figures and severity, and those
// drafted texts that nobody has changed. What people wrote stays.
type Refresh struct {
	timeline.By
	Material
}

// Edit changes what is written. Nil leaves a field as it is.
type Edit struct {
	timeline.By
	Title      *string   `json:"title,omitempty"`
	Summary    *string   `json:"summary,omitempty"`
	Process    *string   `json:"process,omitempty"`
	Detection  *string   `json:"detection,omitempty"`
	ImpactNote *string   `json:"impact_note,omitempty"`
	ItemsNote  *string   `json:"items_note,omitempty"`
	Factors    *[]string `json:"factors,omitempty"`
	Unknown    *[]string `json:"unknown,omitempty"`
	Strengths  *[]string `json:"strengths,omitempty"`
	Lessons    *[]string `json:"lessons,omitempty"`
	Evidence   *[]Link   `json:"evidence,omitempty"`
}

// Assign says who answers for it, by when it is due, and who meets when. What is nil, empty or zero stays as it is.
type Assign struct {
	timeline.By
	Owner        watchbill.UserID    `json:"owner,omitempty"`
	DueAt        time.Time           `json:"due_at,omitzero"`
	MeetingAt    time.Time           `json:"meeting_at,omitzero"`
	Participants *[]watchbill.UserID `json:"participants,omitempty"`
}

// AddItem proposes something to be done.
type AddItem struct {
	timeline.By
	Title  string           `json:"title"`
	Detail string           `json:"detail,omitempty"`
	Kind   ItemKind         `json:"kind"`
	Owner  watchbill.UserID `json:"owner,omitempty"`
	DueAt  time.Time        `json:"due_at,omitzero"`
	State  ItemState        `json:"state,omitempty"` // discuss or open; none means open
	Ticket string           `json:"ticket,omitempty"`
}

// SetItem changes an action item. Nil leaves a field as it is. Of a published postmortem the title and the detail stay;
// the rest follows the work.
type SetItem struct {
	timeline.By
	Item   string            `json:"item"`
	State  *ItemState        `json:"state,omitempty"`
	Owner  *watchbill.UserID `json:"owner,omitempty"`
	DueAt  *time.Time        `json:"due_at,omitempty"`
	Title  *string           `json:"title,omitempty"`
	Detail *string           `json:"detail,omitempty"`
	Ticket *string           `json:"ticket,omitempty"`
}

// Submit hands a draft over to review. It is refused with everything that is missing.
type Submit struct {
	timeline.By
	Note string `json:"note,omitempty"` // why there are no action items
}

// Return takes a document out of review, to be worked on.
type Return struct {
	timeline.By
	Reason string `json:"reason,omitempty"`
}

// Publish ends the review. What Submit asks for must still be there, and nothing may be left to discuss.
type Publish struct {
	timeline.By
}

// Revise takes a published document up again as a draft.
type Revise struct {
	timeline.By
	Reason string `json:"reason,omitempty"`
}

// drafted is what [Draft] records.
type drafted struct {
	timeline.By
	found
}

// refreshed is what [Refresh] records.
type refreshed struct {
	timeline.By
	found
}

func (c drafted) change() change   { return c }
func (c refreshed) change() change { return c }

func (drafted) kind() timeline.Kind   { return KindDrafted }
func (refreshed) kind() timeline.Kind { return KindRefreshed }
func (Edit) kind() timeline.Kind      { return KindEdited }
func (Assign) kind() timeline.Kind    { return KindAssigned }
func (AddItem) kind() timeline.Kind   { return KindItemAdded }
func (SetItem) kind() timeline.Kind   { return KindItemChanged }
func (Submit) kind() timeline.Kind    { return KindSubmitted }
func (Return) kind() timeline.Kind    { return KindReturned }
func (Publish) kind() timeline.Kind   { return KindPublished }
func (Revise) kind() timeline.Kind    { return KindRevised }
