package episode

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/internal/jsonw"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// Kinds of entry that are inputs: folding them gives the episode.
const (
	KindOpened       timeline.Kind = "opened"       // a signal opened the alert
	KindSignaled     timeline.Kind = "signaled"     // a further signal changed it
	KindRepeated     timeline.Kind = "repeated"     // further signals changed nothing
	KindAcknowledged timeline.Kind = "acknowledged" // somebody has it
	KindResolved     timeline.Kind = "resolved"     // it is over
	KindEscalated    timeline.Kind = "escalated"    // a person asked for the next level
	KindFound        timeline.Kind = "found"        // the targets of a level are these people
	KindNobody       timeline.Kind = "nobody"       // the targets of a level are nobody
	KindReceipt      timeline.Kind = "receipt"      // what became of a send
	KindTicked       timeline.Kind = "ticked"       // time passed
	KindSkipped      timeline.Kind = "skipped"      // the condition of a level does not hold
	KindHeld         timeline.Kind = "held"         // why it pages nobody for now, or that nothing holds it any more
	KindSnoozed      timeline.Kind = "snoozed"      // somebody has it, for a while
	KindReopened     timeline.Kind = "reopened"     // an acknowledgement has ended
	KindRaised       timeline.Kind = "raised"       // support hours have begun
	KindDeclined     timeline.Kind = "declined"     // somebody cannot take it
	KindReassigned   timeline.Kind = "reassigned"   // a run starts on another target
	KindSummoned     timeline.Kind = "summoned"     // somebody is paged beside the policy
	KindDismissed    timeline.Kind = "dismissed"    // somebody is no responder any more
	KindCommented    timeline.Kind = "commented"    // a remark
	KindLinked       timeline.Kind = "linked"       // a link was added
	KindDelivered    timeline.Kind = "delivered"    // what a provider reported later
	KindJoined       timeline.Kind = "joined"       // it is a member of a group
	KindLeft         timeline.Kind = "left"         // it stands alone again
	KindMember       timeline.Kind = "member"       // what became of a member
	KindTold         timeline.Kind = "told"         // who was paged hears what became of it
)

// Kinds of entry that are effects of the input above them.
const (
	KindQueued      timeline.Kind = "queued"      // a message waits to be sent
	KindLevelLeft   timeline.Kind = "level_left"  // a level gave way
	KindGaveUp      timeline.Kind = "gave_up"     // exhausted, or unreached
	KindUnreachable timeline.Kind = "unreachable" // no message can reach a person
	KindExpired     timeline.Kind = "expired"     // resolved for want of signals
)

// input is an input as it is recorded: with everything that deciding it took, so that it can be folded.
type input interface {
	kind() timeline.Kind
	apply(s *stepper)
}

// clocked is the engine's clock at the input, where it was behind the time of the entry.
type clocked struct {
	Clock time.Time `json:"clock,omitzero"`
}

func (c *clocked) setClock(t time.Time) { c.Clock = t }
func (c clocked) clock() time.Time      { return c.Clock }

// frozen is a policy as it was taken from the configuration for a run.
type frozen struct {
	Policy   escalation.Policy `json:"policy"`
	Revision int64             `json:"revision"`
}

type opened struct {
	clocked
	ID     watchbill.AlertID `json:"id"`
	Signal alert.Signal      `json:"signal"`
	Terms  alert.Terms       `json:"terms,omitzero"`
	frozen
	Held   []mute.Held       `json:"held,omitempty"`
	LookAt time.Time         `json:"look_at,omitzero"`
	Parent watchbill.AlertID `json:"parent,omitempty"`
}

type signaled struct {
	clocked
	Signal alert.Signal `json:"signal"`
	Terms  alert.Terms  `json:"terms,omitzero"`
	frozen
}

type repeated struct {
	clocked
	Count  int       `json:"count"`
	LastAt time.Time `json:"last_at"`

	Senders []alert.Sender `json:"senders,omitempty"`
}

type acknowledged struct {
	clocked
	By watchbill.UserID `json:"by,omitempty"`
}

type resolved struct {
	clocked
	By     timeline.Actor `json:"by"`
	Source bool           `json:"source,omitempty"` // its source says so
	Sender string         `json:"sender,omitempty"`
	EndsAt time.Time      `json:"ends_at,omitzero"`
	Stays  bool           `json:"stays,omitempty"` // open all the same, for now
}

func (in *resolved) close() alert.Close {
	return alert.Close{By: in.By, Source: in.Source, Sender: in.Sender, EndsAt: in.EndsAt}
}

type escalated struct {
	clocked
	frozen
}

// person is somebody found, and how the person is reached.
type person struct {
	User  watchbill.UserID `json:"user"`
	Why   string           `json:"why"`
	Steps []notify.Step    `json:"steps"`

	Machine bool `json:"machine,omitempty"` // it is a webhook or a chat channel
}

type found struct {
	clocked
	Attempt watchbill.Attempt `json:"attempt"`
	People  []person          `json:"people"`
}

type nobody struct {
	clocked
	Attempt watchbill.Attempt `json:"attempt"`
	Reason  string            `json:"reason"`
	Until   time.Time         `json:"until,omitzero"`

	Machines []person `json:"machines,omitempty"` // what was told all the same
}

type receipt struct {
	clocked
	Key     notify.Key       `json:"key"`
	Contact notify.ContactID `json:"contact,omitempty"`
	Channel notify.Channel   `json:"channel,omitempty"`
	Result
}

type ticked struct {
	clocked
	UpSince time.Time `json:"up_since,omitzero"`
}

func (*opened) kind() timeline.Kind       { return KindOpened }
func (*signaled) kind() timeline.Kind     { return KindSignaled }
func (*repeated) kind() timeline.Kind     { return KindRepeated }
func (*acknowledged) kind() timeline.Kind { return KindAcknowledged }
func (*resolved) kind() timeline.Kind     { return KindResolved }
func (*escalated) kind() timeline.Kind    { return KindEscalated }
func (*found) kind() timeline.Kind        { return KindFound }
func (*nobody) kind() timeline.Kind       { return KindNobody }
func (*receipt) kind() timeline.Kind      { return KindReceipt }
func (*ticked) kind() timeline.Kind       { return KindTicked }

// Payloads of effects.
type (
	queued struct {
		ID      notify.MessageID `json:"id"`
		Key     notify.Key       `json:"key"`
		Contact notify.ContactID `json:"contact"`
		Channel notify.Channel   `json:"channel"`
	}
	levelLeft struct {
		Attempt watchbill.Attempt `json:"attempt"`
		Reason  escalation.Reason `json:"reason"`
	}
	gaveUp struct {
		Phase escalation.Phase `json:"phase"`
	}
	unreachable struct {
		User watchbill.UserID `json:"user"`
	}
	expired struct {
		Quiet bool `json:"quiet,omitempty"` // it flapped, and has been quiet for long enough
	}
)

// inputs makes an empty input of each kind. It is never written to.
var inputs = map[timeline.Kind]func() input{
	KindOpened:       func() input { return &opened{} },
	KindSignaled:     func() input { return &signaled{} },
	KindRepeated:     func() input { return &repeated{} },
	KindAcknowledged: func() input { return &acknowledged{} },
	KindResolved:     func() input { return &resolved{} },
	KindEscalated:    func() input { return &escalated{} },
	KindFound:        func() input { return &found{} },
	KindNobody:       func() input { return &nobody{} },
	KindReceipt:      func() input { return &receipt{} },
	KindTicked:       func() input { return &ticked{} },
	KindSkipped:      func() input { return &skipped{} },
	KindHeld:         func() input { return &heldBack{} },
	KindSnoozed:      func() input { return &snoozed{} },
	KindReopened:     func() input { return &reopened{} },
	KindRaised:       func() input { return &raised{} },
	KindDeclined:     func() input { return &declined{} },
	KindReassigned:   func() input { return &reassigned{} },
	KindSummoned:     func() input { return &summonedOne{} },
	KindDismissed:    func() input { return &dismissed{} },
	KindCommented:    func() input { return &commented{} },
	KindLinked:       func() input { return &linked{} },
	KindDelivered:    func() input { return &deliveredTo{} },
	KindJoined:       func() input { return &joined{} },
	KindLeft:         func() input { return &left{} },
	KindMember:       func() input { return &member{} },
	KindTold:         func() input { return &told{} },
}

// newInput returns an empty input of a kind; nil if the kind is that of an effect or unknown.
func newInput(k timeline.Kind) input {
	if fresh, ok := inputs[k]; ok {
		return fresh()
	}
	return nil
}

// Fold returns the episode that a timeline, from its first entry, leads to. Signals that changed nothing since its last
// entry are not in it.
func Fold(entries []timeline.Entry) (Episode, error) {
	s := stepper{json: &jsonw.Writer{}}
	for _, entry := range entries {
		in := newInput(entry.Kind)
		if in == nil {
			continue // an effect: its input leads to it again
		}
		if err := json.Unmarshal(entry.Data, in); err != nil {
			return Episode{}, fmt.Errorf("episode: entry %d (%s): %w", entry.Seq, entry.Kind, err)
		}
		if first := s.e.Alert.State == alert.None; first != (entry.Kind == KindOpened) {
			return Episode{}, fmt.Errorf("episode: entry %d (%s): a timeline has one %s entry, its first input",
				entry.Seq, entry.Kind, KindOpened)
		}
		s.now = entry.At
		if c := in.(interface{ clock() time.Time }).clock(); !c.IsZero() {
			s.now = c
		}
		s.out, s.pages, s.tell, s.late = Outcome{}, nil, notify.KindPage, Reach{} // pages were answered by the entries that follow
		in.apply(&s)
		s.e.Seq, s.e.Last = entry.Seq, entry.At
	}
	if n := len(entries); n > 0 {
		s.e.Seq, s.e.Last = entries[n-1].Seq, entries[n-1].At
	}
	return s.e, nil
}
