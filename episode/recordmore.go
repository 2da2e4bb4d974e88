package episode

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

type skipped struct {
	clocked
	Attempt watchbill.Attempt `json:"attempt"`
	Until   time.Time         `json:"until,omitzero"`
	Wait    bool              `json:"wait,omitempty"`
}

type heldBack struct {
	clocked
	Held   []mute.Held `json:"held,omitempty"`
	LookAt time.Time   `json:"look_at,omitzero"`
	Frozen *frozen     `json:"frozen,omitempty"` // for the run that starts, if nothing holds it any more
	Again  bool        `json:"again,omitempty"`  // only LookAt is another
}

type snoozed struct {
	clocked
	By    watchbill.UserID `json:"by,omitempty"`
	Until time.Time        `json:"until"`
}

type reopened struct {
	clocked
	Why string `json:"why"`
	frozen
}

type raised struct {
	clocked
	Stays bool `json:"stays,omitempty"` // it is low within the hours, too
	frozen
}

type declined struct {
	clocked
	User watchbill.UserID `json:"user"`
	frozen
}

type reassigned struct {
	clocked
	Target escalation.Target `json:"target"`
	frozen
}

type summonedOne struct {
	clocked
	User  watchbill.UserID `json:"user"`
	Steps []notify.Step    `json:"steps"`
}

type dismissed struct {
	clocked
	User watchbill.UserID `json:"user"`
	frozen
}

type commented struct {
	clocked
	Text string `json:"text"`
}

type linked struct {
	clocked
	Link alert.Link `json:"link"`
}

type deliveredTo struct {
	clocked
	Key     notify.Key           `json:"key"`
	Contact notify.ContactID     `json:"contact,omitempty"`
	Channel notify.Channel       `json:"channel,omitempty"`
	State   notify.DeliveryState `json:"state"`
	Error   string               `json:"error,omitempty"`
}

type joined struct {
	clocked
	Parent watchbill.AlertID `json:"parent"`
	Why    string            `json:"why,omitempty"`
}

type left struct {
	clocked
	frozen
}

type member struct {
	clocked
	ID       watchbill.AlertID  `json:"id"`
	Change   MemberChange       `json:"change"`
	Severity watchbill.Severity `json:"severity,omitempty"`
	Urgency  watchbill.Urgency  `json:"urgency,omitempty"`
	Held     bool               `json:"held,omitempty"`
	Frozen   *frozen            `json:"frozen,omitempty"` // for the run that starts, if nothing holds the group any more
}

type told struct {
	clocked
	Kind notify.Kind `json:"kind"`
	To   []hearer    `json:"to"`
}

// hearer is a contact over which somebody hears what became of an alert.
type hearer struct {
	Reach
	Lane  notify.Lane `json:"lane"`
	DueAt time.Time   `json:"due_at,omitzero"`
}

func (*skipped) kind() timeline.Kind     { return KindSkipped }
func (*heldBack) kind() timeline.Kind    { return KindHeld }
func (*snoozed) kind() timeline.Kind     { return KindSnoozed }
func (*reopened) kind() timeline.Kind    { return KindReopened }
func (*raised) kind() timeline.Kind      { return KindRaised }
func (*declined) kind() timeline.Kind    { return KindDeclined }
func (*reassigned) kind() timeline.Kind  { return KindReassigned }
func (*summonedOne) kind() timeline.Kind { return KindSummoned }
func (*dismissed) kind() timeline.Kind   { return KindDismissed }
func (*commented) kind() timeline.Kind   { return KindCommented }
func (*linked) kind() timeline.Kind      { return KindLinked }
func (*deliveredTo) kind() timeline.Kind { return KindDelivered }
func (*joined) kind() timeline.Kind      { return KindJoined }
func (*left) kind() timeline.Kind        { return KindLeft }
func (*member) kind() timeline.Kind      { return KindMember }
func (*told) kind() timeline.Kind        { return KindTold }
