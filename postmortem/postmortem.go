package postmortem

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

// RecordKind is the kind of a postmortem's record in a store.
const RecordKind = "postmortem"

// Postmortem is a plain value, and as JSON its own export. There is one for an incident, and its ID is the incident's.
type Postmortem struct {
	Incident    watchbill.IncidentID `json:"incident"`
	State       State                `json:"state"`
	Title       string               `json:"title"`
	Severity    watchbill.Severity   `json:"severity"`
	Required    bool                 `json:"required,omitempty"` // the rules ask for it
	CreatedAt   time.Time            `json:"created_at"`
	DueAt       time.Time            `json:"due_at,omitzero"`       // by when it shall be published
	ReviewAt    time.Time            `json:"review_at,omitzero"`    // of the latest submission; zero in a draft
	PublishedAt time.Time            `json:"published_at,omitzero"` // for the first time, so that a revision does not hide a delay
	RevisedAt   time.Time            `json:"revised_at,omitzero"`   // of the latest publication after a revision
	UpdatedAt   time.Time            `json:"updated_at"`            // of the latest entry
	Seq         int64                `json:"seq"`                   // of the latest entry
	Revised     int                  `json:"revised,omitempty"`     // how often it was taken up again after publication

	Owner        watchbill.UserID   `json:"owner,omitempty"`        // the one person who answers for it
	MeetingAt    time.Time          `json:"meeting_at,omitzero"`    // when it is talked over
	Participants []watchbill.UserID `json:"participants,omitempty"` // who take part in that

	Summary  string           `json:"summary,omitempty"`
	Timeline []Event          `json:"timeline,omitempty"` // in order of time; begins before the impact did
	Impact   Impact           `json:"impact"`
	Figures  incident.Figures `json:"figures"`

	Detection string       `json:"detection,omitempty"` // how it was noticed, and what monitoring showed
	Factors   []string     `json:"factors,omitempty"`   // which came together; there is hardly ever only one
	Unknown   []string     `json:"unknown,omitempty"`   // what was not known then and would have helped
	Strengths []string     `json:"strengths,omitempty"` // what went well
	Lessons   []string     `json:"lessons,omitempty"`
	Process   string       `json:"process,omitempty"` // how people worked together
	Evidence  []Link       `json:"evidence,omitempty"`
	Items     []ActionItem `json:"items,omitempty"`
	ItemsNote string       `json:"items_note,omitempty"` // why there are no action items

	Edited []string `json:"edited,omitempty"` // which drafted fields people have changed: [Refresh] leaves them alone
}

// Event is a line of the timeline: what happened, not why.
type Event struct {
	At    time.Time      `json:"at"`
	Actor timeline.Actor `json:"actor,omitempty"` // empty: the text says it all
	Text  string         `json:"text"`            // without the actor
	Times int            `json:"times,omitempty"` // how often, where the same was joined into one line
	Until time.Time      `json:"until,omitzero"`  // the last of those
}

// Impact is what those who use the services noticed.
type Impact struct {
	StartedAt time.Time              `json:"started_at"`        // of visible impact
	EndedAt   time.Time              `json:"ended_at,omitzero"` // zero: it lasted
	Visible   watchbill.Duration     `json:"visible"`           // from start to end
	Worst     incident.Effect        `json:"worst"`
	Services  []Affected             `json:"services,omitempty"`
	Customers []watchbill.CustomerID `json:"customers,omitempty"`
	Affected  int                    `json:"affected"`         // how many customers
	Reported  int                    `json:"reported"`         // how many customers reported it themselves
	Metric    string                 `json:"metric,omitempty"` // in terms of the product: "4 % of checkouts failed"
	Note      string                 `json:"note,omitempty"`
}

// Affected is a service, the worst effect that it had, and for how long it had any that is over.
type Affected struct {
	Service watchbill.ServiceID `json:"service"`
	Worst   incident.Effect     `json:"worst"`
	Time    watchbill.Duration  `json:"time"`
}

// Link points to evidence: a query, a graph, a change.
type Link struct {
	Text string `json:"text,omitempty"`
	Href string `json:"href"`
}

// ActionItem is one thing that shall be done about it.
type ActionItem struct {
	ID        string           `json:"id"` // "a1", "a2", ...
	Title     string           `json:"title"`
	Detail    string           `json:"detail,omitempty"` // context and a suggested approach
	Kind      ItemKind         `json:"kind"`
	State     ItemState        `json:"state"`
	Owner     watchbill.UserID `json:"owner,omitempty"`
	DueAt     time.Time        `json:"due_at,omitzero"`
	Ticket    string           `json:"ticket,omitempty"` // its address or number
	CreatedAt time.Time        `json:"created_at"`
	ClosedAt  time.Time        `json:"closed_at,omitzero"` // when it was done or dropped
}

// Record returns whose timeline the postmortem's record is.
func (p Postmortem) Record() timeline.Owner { return timeline.Record(RecordKind, p.Incident) }

// Overdue reports whether it should have been published by now and has never been.
func (p Postmortem) Overdue(now time.Time) bool {
	return p.State != StateNone && p.PublishedAt.IsZero() && !p.DueAt.IsZero() && now.After(p.DueAt)
}

// Late returns how long after its due date it was first published; zero if in time, or not published yet.
func (p Postmortem) Late() time.Duration {
	if p.DueAt.IsZero() || p.PublishedAt.IsZero() {
		return 0
	}
	return max(0, p.PublishedAt.Sub(p.DueAt))
}

// Item returns the action item with an ID.
func (p Postmortem) Item(id string) (ActionItem, bool) {
	for _, a := range p.Items {
		if a.ID == id {
			return a, true
		}
	}
	return ActionItem{}, false
}

// clone shares nothing with p.
func (p Postmortem) clone() Postmortem {
	p.Participants, p.Timeline, p.Evidence, p.Items = slices.Clone(p.Participants), slices.Clone(p.Timeline), slices.Clone(p.Evidence), slices.Clone(p.Items)
	p.Factors, p.Unknown, p.Strengths, p.Lessons = slices.Clone(p.Factors), slices.Clone(p.Unknown), slices.Clone(p.Strengths), slices.Clone(p.Lessons)
	p.Impact.Services, p.Impact.Customers, p.Edited = slices.Clone(p.Impact.Services), slices.Clone(p.Impact.Customers), slices.Clone(p.Edited)
	return p
}
