package notify

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/watchbill/watchbill"
)

// Desk is what a two-way channel hands to its host: what people answer in it, and what its provider says later of a
// message. The engine is one.
type Desk interface {
	// Answer carries out what somebody answered. The error is for the log; what the person should be told is in
	// Answered.Text, also where nothing was done.
	Answer(ctx context.Context, a Answer) (Answered, error)

	// Delivered records what became of a message that a provider had accepted. What is not known, or comes twice, changes
	// nothing.
	Delivered(ctx context.Context, d Delivered) error
}

// Answer is what somebody said in a channel. Who it was is known either by Alert and User, where the channel has kept them
// itself in a way that nobody can forge (a signed callback), or by Channel and From.
type Answer struct {
	Channel Channel
	Event   string // the provider's own name for the event; the same one is carried out once, so that replays do nothing
	Action  Action

	Alert watchbill.AlertID
	User  watchbill.UserID

	From string // the address from which it came: a phone number, an account
	Code string // which page is meant, as [Message.Code] gave it; empty: the only one that is open for the person
}

// Action is what somebody can do from within a channel.
type Action string

// The actions.
const (
	ActionAcknowledge Action = "ack"
	ActionDecline     Action = "decline"
	ActionResolve     Action = "resolve"
	ActionEscalate    Action = "escalate"
)

// Answered is what came of an answer.
type Answered struct {
	Done  bool
	Alert watchbill.AlertID // empty where it is not clear which is meant
	Text  string            // one sentence for the person, in the person's language
}

// Delivered is what a provider says of a message after it accepted it.
type Delivered struct {
	Alert   watchbill.AlertID
	Message MessageID
	State   DeliveryState
	Error   string // of Undelivered: why, without secrets
}

// DeliveryState is how far a message got.
type DeliveryState string

// The states.
const (
	ReachedDevice DeliveryState = "delivered"   // it is on the person's device
	Read          DeliveryState = "read"        // the person has opened it, or has picked up the phone
	Undelivered   DeliveryState = "undelivered" // it never will be: the person's next rung takes over
)

// ReplyCode returns the four digits by which somebody names an alert in a channel that has words only, such as SMS. Two open
// alerts of a person may have the same: then the host asks.
func ReplyCode(a watchbill.AlertID, u watchbill.UserID) string {
	sum := sha256.Sum256([]byte(string(a) + "\x00" + string(u)))
	return fmt.Sprintf("%04d", binary.BigEndian.Uint32(sum[:])%10_000)
}

// Code returns the reply code of the message; empty where there is nothing to answer.
func (m Message) Code() string {
	if m.Kind != KindPage || m.Alert == "" {
		return ""
	}
	return ReplyCode(m.Alert, m.User)
}
