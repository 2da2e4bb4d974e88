package episode

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
)

// World is what an episode is stepped in: the configuration, and what only a store knows. Without the functions, nobody
// was ever picked or woken, and nothing inhibits.
type World struct {
	Org *oncall.Org

	// LastPicked says when a level that takes turns last picked each person; those whom it never picked are missing.
	LastPicked func(policy watchbill.PolicyID, level int) map[watchbill.UserID]time.Time

	// Woken says how often somebody was paged at night since an instant, by policies that count it.
	Woken func(user watchbill.UserID, since time.Time) int

	// Inhibited says which other alerts inhibit an alert now.
	Inhibited func(alert.Alert) []mute.Held
}

// Pick is a person whom a level that takes turns picked.
type Pick struct {
	Policy watchbill.PolicyID
	Level  int
	User   watchbill.UserID
}

// Input is what can happen to an episode: [Signal], a person's command, which is [Acknowledge], [Resolve], [Escalate],
// [Snooze], [Decline], [Reassign], [Summon], [Dismiss], [Comment] or [AddLink], a [Receipt] or [Delivered] of a message, what a
// group does, which is [Join], [Leave] or [Member], [Look], [Restore] or [Confirm] after a restore, or [Tick].
type Input interface{ input() }

// Signal is what a source, or a person by hand, says. The further fields count if it opens the alert.
type Signal struct {
	ID     watchbill.AlertID
	Signal alert.Signal
	Routed route.Routed      // what the rules of the source made of it
	Before alert.Alert       // the newest alert with the key, which is resolved; zero: there is none
	Parent watchbill.AlertID // the alert it is a member of; empty: it stands alone
}

// Command is what all acts of a person have: who, and through which key or session if that is not the person's own.
type Command struct {
	By  watchbill.UserID
	Via string
}

// Acknowledge says that the person has it.
type Acknowledge Command

// Resolve says that it is over.
type Resolve Command

// Escalate asks for the next level now.
type Escalate Command

// Snooze says that the person has it, and wants to be paged anew at Until.
type Snooze struct {
	Command
	Until time.Time
}

// Decline says that the person cannot take it.
type Decline Command

// Reassign starts a run on a target.
type Reassign struct {
	Command
	Target escalation.Target
}

// Summon pages somebody beside the policy, whatever its state.
type Summon struct {
	Command
	User watchbill.UserID
}

// Dismiss takes a responder off the alert. If nobody else has acknowledged an acknowledged one, a new run starts.
type Dismiss struct {
	Command
	User watchbill.UserID
}

// Comment adds a remark to the record, also of a resolved alert.
type Comment struct {
	Command
	Text string
}

// AddLink adds a link to the alert.
type AddLink struct {
	Command
	Link alert.Link
}

// Receipt says what became of one send. Contact and Channel say over which way it went: a page that arrives when everything
// has been stopped is known no more, and its reader is to hear that it is over all the same.
type Receipt struct {
	Key     notify.Key
	Result  Result
	Contact notify.ContactID
	Channel notify.Channel
}

// Delivered says what a provider reported of a message after it had accepted it.
type Delivered struct {
	Message notify.MessageID
	State   notify.DeliveryState
	Error   string // without secrets
}

// Join makes the alert a member of another, which pages in its place. By is empty where a rule groups them.
type Join struct {
	Command
	Parent watchbill.AlertID
	Why    string
}

// Leave makes a member an alert of its own again, which pages.
type Leave Command

// Member tells a group what became of a member of it.
type Member struct {
	ID     watchbill.AlertID
	Change MemberChange
	Alert  alert.Alert // the member as it is now
	Held   bool        // it is held, or was until it left or was resolved
}

// MemberChange is what became of a member.
type MemberChange string

// The changes.
const (
	MemberJoined   MemberChange = "joined"
	MemberLeft     MemberChange = "left"
	MemberResolved MemberChange = "resolved"
	MemberWorse    MemberChange = "worse" // its severity or urgency rose
	MemberHeld     MemberChange = "held"
	MemberReleased MemberChange = "released"
)

// Look asks whether the alert is to be held, since something may have changed that no time tells.
type Look struct{}

// Restore says that the store is a restored copy: the alert waits for Confirm, or until somebody acknowledges or resolves
// it. Whoever was asked for beside the policy is not any more.
type Restore struct{}

// Confirm says that what the restored copy has open is open still. It is no command about one alert: whoever gives it
// confirms them all.
type Confirm Command

// Tick says that time has passed. UpSince is since when signals could be received without a break.
type Tick struct{ UpSince time.Time }

func (Signal) input()      {}
func (Acknowledge) input() {}
func (Resolve) input()     {}
func (Escalate) input()    {}
func (Snooze) input()      {}
func (Decline) input()     {}
func (Reassign) input()    {}
func (Summon) input()      {}
func (Dismiss) input()     {}
func (Comment) input()     {}
func (AddLink) input()     {}
func (Receipt) input()     {}
func (Delivered) input()   {}
func (Join) input()        {}
func (Leave) input()       {}
func (Member) input()      {}
func (Look) input()        {}
func (Restore) input()     {}
func (Confirm) input()     {}
func (Tick) input()        {}

// Speaker returns who gives a command; false if the input is no person's command.
func Speaker(in Input) (c Command, ok bool) {
	switch in := in.(type) {
	case Acknowledge:
		return Command(in), true
	case Resolve:
		return Command(in), true
	case Escalate:
		return Command(in), true
	case Decline:
		return Command(in), true
	case Leave:
		return Command(in), true
	case Snooze:
		return in.Command, true
	case Reassign:
		return in.Command, true
	case Summon:
		return in.Command, true
	case Dismiss:
		return in.Command, true
	case Comment:
		return in.Command, true
	case AddLink:
		return in.Command, true
	case Join:
		return in.Command, true
	}
	return Command{}, false
}

// Permits says whether a person's command may be given now; the error is [alert.ErrResolved] if it is too late. Step
// itself refuses nothing: what comes too late changes nothing.
func Permits(e Episode, in Input) error {
	switch in.(type) {
	case Comment, AddLink:
		return nil
	case Resolve:
		return alert.Permits(e.Alert, alert.Close{})
	}
	return alert.Permits(e.Alert, alert.Ack{})
}
