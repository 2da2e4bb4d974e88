package episode

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
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
}

type acknowledged struct {
	clocked
	By watchbill.UserID `json:"by,omitempty"`
}

type resolved struct {
	clocked
	By timeline.Actor `json:"by"`
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
)

// newInput returns an empty input of a kind; nil if the kind is that of an effect or unknown.
func newInput(k timeline.Kind) input {
	switch k {
	case KindOpened:
		return &opened{}
	case KindSignaled:
		return &signaled{}
	case KindRepeated:
		return &repeated{}
	case KindAcknowledged:
		return &acknowledged{}
	case KindResolved:
		return &resolved{}
	case KindEscalated:
		return &escalated{}
	case KindFound:
		return &found{}
	case KindNobody:
		return &nobody{}
	case KindReceipt:
		return &receipt{}
	case KindTicked:
		return &ticked{}
	}
	return nil
}

// Fold returns the episode that a timeline, from its first entry, leads to. Signals that changed nothing since its last
// entry are not in it.
func Fold(entries []timeline.Entry) (Episode, error) {
	var s stepper
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
		s.out, s.pages = Outcome{}, nil // pages were answered by the entries that follow
		in.apply(&s)
		s.e.Seq, s.e.Last = entry.Seq, entry.At
	}
	if n := len(entries); n > 0 {
		s.e.Seq, s.e.Last = entries[n-1].Seq, entries[n-1].At
	}
	return s.e, nil
}
