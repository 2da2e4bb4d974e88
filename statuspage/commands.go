package statuspage

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/watchbill/watchbill/timeline"
)

// Kinds of entry in a board's record. Each is one command, and its payload is the command as JSON.
const (
	KindSet       timeline.Kind = "component_set"
	KindScheduled timeline.Kind = "maintenance_scheduled"
	KindTold      timeline.Kind = "maintenance_told"
	KindMoved     timeline.Kind = "maintenance_moved"
	KindCompleted timeline.Kind = "maintenance_completed"
	KindCancelled timeline.Kind = "maintenance_cancelled"
)

// Command is what somebody wants done with a board: one of the types below.
type Command interface {
	Speaker() timeline.By // who gives it
	kind() timeline.Kind
	tell() string   // what the actor did, in words
	clean() Command // text in valid UTF-8, times as they are stored
	check(b Board, now time.Time, p *problems)
	apply(b *Board, at time.Time)
}

// SetComponent says by hand how a component is, whatever incidents and maintenances say, until it is taken back with a
// nil Status. In JSON the status is a name, or "auto" for nil.
type SetComponent struct {
	timeline.By
	Component string  `json:"component"`
	Status    *Status `json:"status"`
}

// Schedule announces a maintenance. A zero From means now.
type Schedule struct {
	timeline.By
	Title      string    `json:"title"`
	Text       string    `json:"text,omitempty"`
	Components []string  `json:"components,omitempty"`
	From       time.Time `json:"from,omitzero"`
	Until      time.Time `json:"until"`
}

// Tell adds a public text to a maintenance.
type Tell struct {
	timeline.By
	Maintenance string `json:"maintenance"`
	Text        string `json:"text"`
}

// Move changes when a maintenance begins or ends. A zero time stays as it is. Once it has begun only its end can move.
type Move struct {
	timeline.By
	Maintenance string    `json:"maintenance"`
	From        time.Time `json:"from,omitzero"`
	Until       time.Time `json:"until,omitzero"`
}

// Complete ends a maintenance that is in progress.
type Complete struct {
	timeline.By
	Maintenance string `json:"maintenance"`
}

// Cancel calls a maintenance off that is not over.
type Cancel struct {
	timeline.By
	Maintenance string `json:"maintenance"`
}

func (SetComponent) kind() timeline.Kind { return KindSet }
func (Schedule) kind() timeline.Kind     { return KindScheduled }
func (Tell) kind() timeline.Kind         { return KindTold }
func (Move) kind() timeline.Kind         { return KindMoved }
func (Complete) kind() timeline.Kind     { return KindCompleted }
func (Cancel) kind() timeline.Kind       { return KindCancelled }

// auto is how JSON says that a component follows the incidents.
const auto = "auto"

// MarshalJSON writes a nil status as "auto".
func (c SetComponent) MarshalJSON() ([]byte, error) {
	status := auto
	if c.Status != nil {
		name, err := c.Status.MarshalText()
		if err != nil {
			return nil, err
		}
		status = string(name)
	}
	return json.Marshal(struct {
		Component string `json:"component"`
		Status    string `json:"status"`
	}{c.Component, status})
}

// UnmarshalJSON reads what MarshalJSON writes. A status that is missing, a misspelt one and an unknown field are errors:
// taken for "auto", they would undo what somebody set by hand.
func (c *SetComponent) UnmarshalJSON(data []byte) error {
	var raw struct {
		Component string  `json:"component"`
		Status    *string `json:"status"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&raw); err != nil {
		return err
	}
	if raw.Status == nil {
		return &FieldError{"status", "is missing; use a status, or auto to follow the incidents again"}
	}
	c.Component, c.Status = raw.Component, nil
	if *raw.Status == auto {
		return nil
	}
	var s Status
	if err := s.UnmarshalText([]byte(*raw.Status)); err != nil {
		return &FieldError{"status", "is none of " + namesOf() + ", and not auto"}
	}
	c.Status = &s
	return nil
}
