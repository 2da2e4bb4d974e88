// Package handover is the document by which one shift hands over to the next: who goes and who comes, which alerts and
// incidents are open, what happened, what the one wants the other to know, and that the other has read it.
//
// A [Handover] is a plain value. [Apply] carries out a command, [Fold] gives the value back from its record. Until
// somebody acknowledges, what is open is not part of the record: the engine looks it up, as it is at the moment.
//
// A [Change] is the instant at which it happens: somebody comes on call who was not on call before. Hours in which nobody
// is on call hand nothing over, so a document may have its hand-off days after the shift before ended.
package handover

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

// RecordKind is the kind of a hand-over's record in a store.
const RecordKind = "handover"

// Bounds of a document.
const (
	MaxText  = 20000 // runes of a note
	MaxNotes = 200   // notes
	MaxOpen  = 100   // alerts, and incidents, that are listed; the rest is counted
)

// Remembered is how long after its hand-off a document that nobody acknowledges counts as open.
const Remembered = 24 * time.Hour

// Handover is the document of one hand-off in one schedule. It is a plain value; slices in it are replaced, never written
// to. The zero Handover does not exist yet.
type Handover struct {
	ID       string               `json:"id"` // see [ID]
	Schedule watchbill.ScheduleID `json:"schedule"`
	At       time.Time            `json:"at"`                  // of the hand-off
	From     time.Time            `json:"from"`                // when the first of the outgoing people began
	Outgoing []watchbill.UserID   `json:"outgoing"`            // who was on call before and is not any more; empty: nobody was
	Incoming []watchbill.UserID   `json:"incoming"`            // who comes on call
	Notes    []Note               `json:"notes"`               // oldest first
	Acks     []Ack                `json:"acknowledgements"`    // oldest first; empty: nobody has acknowledged
	Work     Work                 `json:"work"`                // as it is, until the first acknowledgement; then as it was
	MadeAt   time.Time            `json:"made_at,omitzero"`    // zero: it is a draft that nobody has touched
	Updated  time.Time            `json:"updated_at,omitzero"` // of the latest entry
	Seq      int64                `json:"seq"`                 // of the latest entry
}

// Note is what somebody wants the next shift to know.
type Note struct {
	At   time.Time        `json:"at"`
	By   watchbill.UserID `json:"by"`
	Text string           `json:"text"`
}

// Ack says that somebody who comes on call has read the document.
type Ack struct {
	At   time.Time        `json:"at"`
	User watchbill.UserID `json:"user"`
	Text string           `json:"text,omitempty"`
}

// Work is what is open, and what happened during the shift.
type Work struct {
	Alerts        []Alert    `json:"alerts"`                   // open, newest first
	Incidents     []Incident `json:"incidents"`                // open, newest first
	MoreAlerts    bool       `json:"more_alerts,omitempty"`    // there are more than are listed
	MoreIncidents bool       `json:"more_incidents,omitempty"` // there are more than are listed
	Happened      Happened   `json:"happened"`
}

// Alert is an open alert.
type Alert struct {
	ID             watchbill.AlertID   `json:"id"`
	Summary        string              `json:"summary"`
	Severity       watchbill.Severity  `json:"severity"`
	State          alert.State         `json:"state"`
	Service        watchbill.ServiceID `json:"service"`
	Since          time.Time           `json:"since"`
	AcknowledgedBy watchbill.UserID    `json:"acknowledged_by,omitempty"` // empty: nobody
	Link           string              `json:"link,omitempty"`
}

// Incident is an open incident.
type Incident struct {
	ID        watchbill.IncidentID  `json:"id"`
	Title     string                `json:"title"`
	Severity  watchbill.Severity    `json:"severity"`
	Status    incident.Status       `json:"status"`
	Services  []watchbill.ServiceID `json:"services"`
	Since     time.Time             `json:"since"`
	Commander watchbill.UserID      `json:"commander,omitempty"` // who leads it; empty: nobody
	Link      string                `json:"link,omitempty"`
}

// Happened counts what happened in a shift.
type Happened struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Alerts   int       `json:"alerts"`         // opened
	Resolved int       `json:"resolved"`       // of these
	Pages    int       `json:"pages"`          // sent about these in the time, to anybody, and accepted by a provider
	More     bool      `json:"more,omitempty"` // there were more than were counted
}

// ID returns the name of a hand-off's document. It sorts by time.
func ID(s watchbill.ScheduleID, at time.Time) string {
	return at.UTC().Format("20060102T150405.000000Z") + "-" + string(s)
}

// Owner returns whose timeline the document's record is.
func (h Handover) Owner() timeline.Owner { return timeline.Record(RecordKind, h.ID) }

// Acknowledged reports whether somebody has.
func (h Handover) Acknowledged() bool { return len(h.Acks) > 0 }

// Later returns how many notes were added after the latest acknowledgement: whoever comes may not have read them, and may
// acknowledge once more. It is zero until somebody acknowledges.
func (h Handover) Later() (n int) {
	for _, note := range h.Notes {
		if h.afterAcks(note) {
			n++
		}
	}
	return n
}

func (h Handover) afterAcks(n Note) bool {
	return h.Acknowledged() && n.At.After(h.Acks[len(h.Acks)-1].At)
}

// ClosedAt returns when the work on it ends: with the first acknowledgement, or when it is not Remembered any more.
func (h Handover) ClosedAt() time.Time {
	if h.Acknowledged() {
		return h.Acks[0].At
	}
	return laterOf(h.At, h.MadeAt).Add(Remembered)
}

// Has reports whether a person comes on call by this hand-off.
func (h Handover) Has(u watchbill.UserID) bool { return slices.Contains(h.Incoming, u) }

type stored struct {
	V int `json:"v"` // of the form; 1
	Handover
}

// Encode returns the document as a store keeps it.
func Encode(h Handover) ([]byte, error) { return json.Marshal(stored{1, h}) }

// Decode reads what Encode of this or an earlier release wrote.
func Decode(data []byte) (Handover, error) {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return Handover{}, fmt.Errorf("handover: stored document: %w", err)
	}
	if s.V != 1 {
		return Handover{}, fmt.Errorf("handover: stored document %s has the form %d, this release reads 1", s.ID, s.V)
	}
	return s.Handover, nil
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
