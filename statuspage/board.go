package statuspage

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// RecordKind is the kind of a board's record in a store.
const RecordKind = "board"

// Bounds of what people write, and of what a board remembers.
const (
	MaxTitle = 200   // runes of a title
	MaxText  = 20000 // runes of any other text
	MaxItems = 1000  // of any list

	// Memory is how long a board remembers a maintenance that is over and a status that was taken back; its record keeps
	// them for ever.
	Memory = 2 * History
)

// Board is what people set by hand on one page. It is a plain value; slices in it are replaced, never written to. The
// zero Board with its Page set is an empty board.
type Board struct {
	Page         watchbill.PageID `json:"page"`
	Seq          int64            `json:"seq"`                    // of the latest entry
	UpdatedAt    time.Time        `json:"updated_at,omitzero"`    // of the latest entry
	Settings     []Setting        `json:"settings,omitempty"`     // by start
	Maintenances []Maintenance    `json:"maintenances,omitempty"` // in the order in which they were scheduled
	Scheduled    int              `json:"scheduled,omitempty"`    // how many maintenances there ever were
}

// Setting is a time during which a component had a status set by hand; half-open. Those of one component never overlap.
type Setting struct {
	Component string    `json:"component"`
	Status    Status    `json:"status"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to,omitzero"` // zero: it lasts
}

// Maintenance is planned work that customers are told of beforehand. Everything in it is public.
type Maintenance struct {
	ID          string              `json:"id"` // "m1", "m2", ...
	Title       string              `json:"title"`
	Text        string              `json:"text,omitempty"`
	Components  []string            `json:"components,omitempty"`
	From        time.Time           `json:"from"`
	Until       time.Time           `json:"until"` // when it ends by itself
	CreatedAt   time.Time           `json:"created_at"`
	UpdatedAt   time.Time           `json:"updated_at"` // of the latest command about it
	CompletedAt time.Time           `json:"completed_at,omitzero"`
	CancelledAt time.Time           `json:"cancelled_at,omitzero"`
	Updates     []MaintenanceUpdate `json:"updates,omitempty"` // further texts, oldest first
}

// MaintenanceUpdate is what customers are told about a maintenance later.
type MaintenanceUpdate struct {
	ID   string    `json:"id"` // "u1", "u2", ...
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Owner returns whose timeline the board's record is.
func (b Board) Owner() timeline.Owner { return timeline.Record(RecordKind, b.Page) }

// Set returns the status that a component has by hand; false if it follows the incidents.
func (b Board) Set(component string) (Status, bool) {
	for _, s := range b.Settings {
		if s.Component == component && s.To.IsZero() {
			return s.Status, true
		}
	}
	return Operational, false
}

// Maintenance finds a maintenance by its ID.
func (b Board) Maintenance(id string) (Maintenance, bool) {
	for _, m := range b.Maintenances {
		if m.ID == id {
			return m, true
		}
	}
	return Maintenance{}, false
}

// End returns when it ended, or will end if nobody does anything.
func (m Maintenance) End() time.Time {
	switch {
	case !m.CompletedAt.IsZero():
		return m.CompletedAt
	case !m.CancelledAt.IsZero():
		return m.CancelledAt
	}
	return m.Until
}

// Phase returns how far a maintenance is at an instant: scheduled, in_progress, completed or cancelled.
func (m Maintenance) Phase(at time.Time) Phase {
	switch {
	case !m.CancelledAt.IsZero() && !at.Before(m.CancelledAt):
		return Cancelled
	case !at.Before(m.End()):
		return Completed
	case !at.Before(m.From):
		return InProgress
	}
	return Scheduled
}

// stored is a board as a store keeps it.
type stored struct {
	V int `json:"v"` // of the form; 1
	Board
}

// Encode returns the board as a store keeps it.
func Encode(b Board) ([]byte, error) { return json.Marshal(stored{1, b}) }

// Decode reads what Encode of this or an earlier release wrote.
func Decode(data []byte) (Board, error) {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return Board{}, fmt.Errorf("statuspage: stored board: %w", err)
	}
	if s.V != 1 {
		return Board{}, fmt.Errorf("statuspage: stored board %s has the form %d, this release reads 1", s.Page, s.V)
	}
	return s.Board, nil
}

// forget drops what nobody can see any more, so that a board does not grow for ever.
func (b *Board) forget(at time.Time) {
	since := at.Add(-Memory)
	old := func(end time.Time) bool { return !end.IsZero() && end.Before(since) }
	b.Settings = kept(b.Settings, func(s Setting) bool { return old(s.To) })
	b.Maintenances = kept(b.Maintenances, func(m Maintenance) bool { return old(m.End()) })
	for over := len(b.Settings) - MaxItems; over > 0; over-- {
		i := slices.IndexFunc(b.Settings, func(s Setting) bool { return !s.To.IsZero() })
		if i < 0 {
			return
		}
		b.Settings = slices.Delete(slices.Clone(b.Settings), i, i+1)
	}
}

// kept returns the list without the items to be dropped; nil rather than empty.
func kept[T any](list []T, drop func(T) bool) []T {
	if !slices.ContainsFunc(list, drop) {
		return list
	}
	list = slices.DeleteFunc(slices.Clone(list), drop)
	if len(list) == 0 {
		return nil
	}
	return list
}
