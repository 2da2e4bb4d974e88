package schedule

import (
	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// Spec describes a schedule. Its JSON names are those of the configuration file. A Spec without layers and overrides
// is valid: it is one gap.
type Spec struct {
	ID        watchbill.ScheduleID `json:"id"`
	Timezone  string               `json:"timezone,omitempty"`  // IANA name; empty: UTC
	Layers    []Layer              `json:"layers,omitempty"`    // later ones hide earlier ones
	Overrides []Override           `json:"overrides,omitempty"` // apply in this order
}

// LayerID names a layer within its schedule.
type LayerID string

// OverrideID names an override within its schedule.
type OverrideID string

// Unassigned stands in a layer's users for a turn that nobody has.
const Unassigned watchbill.UserID = "~"

// Layer is a rotation of users, limited to some hours of the week if it has coverage.
type Layer struct {
	ID       LayerID            `json:"id"`
	Users    []watchbill.UserID `json:"users"`              // turn k belongs to Users[k mod n]; may repeat, may be Unassigned
	Start    calendar.Moment    `json:"start"`              // where turn 0 begins; nobody is on call before
	End      calendar.Moment    `json:"end,omitzero"`       // nobody is on call from here on; zero: never ends
	Rotation Rotation           `json:"rotation"`           // how long a turn is
	Timezone string             `json:"timezone,omitempty"` // IANA name; empty: the schedule's
	Coverage []calendar.Window  `json:"coverage,omitempty"` // when the layer has anybody; empty: always
}

// Rotation is the length of a turn, in civil time.
type Rotation struct {
	Every int           `json:"every,omitempty"` // number of units; 0 means 1
	Unit  calendar.Unit `json:"unit,omitzero"`
}

// Override puts a user on call for a while, whatever the layers say. From and To are read in the schedule's zone.
type Override struct {
	ID       OverrideID       `json:"id"`
	From     calendar.Moment  `json:"from"`
	To       calendar.Moment  `json:"to"` // the first instant at which it no longer holds
	User     watchbill.UserID `json:"user"`
	Replaces watchbill.UserID `json:"replaces,omitempty"` // whose duty User gets; empty: everybody's and nobody's
}
