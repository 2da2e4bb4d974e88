package schedule

import (
	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// Spec describes a schedule. Its JSON names are those of the configuration file. A Spec without layers and overrides
// is valid: it is one gap.
//
// Whoever decodes one should refuse keys that it does not know, since a misspelt one would be dropped without a word:
//
//	d := json.NewDecoder(r)
//	d.DisallowUnknownFields()
//	err := d.Decode(&spec)
type Spec struct {
	ID        watchbill.ScheduleID `json:"id"`
	Timezone  string               `json:"timezone,omitempty"`  // IANA name; empty: UTC
	Combine   Combine              `json:"combine,omitzero"`    // what happens where several layers have somebody
	Sites     []Site               `json:"sites,omitempty"`     // follow-the-sun, below the layers
	Layers    []Layer              `json:"layers,omitempty"`    // later ones hide earlier ones, unless Combine is Union
	Versions  []Version            `json:"versions,omitempty"`  // what Sites and Layers will be, in order of time
	Temporary []Temporary          `json:"temporary,omitempty"` // replace all layers for a window of time; later ones win
	Holidays  []Holidays           `json:"holidays,omitempty"`  // the days that layers may leave out, or be for
	Overrides []Override           `json:"overrides,omitempty"` // apply in this order
}

// LayerID names a layer within its schedule.
type LayerID string

// OverrideID names an override within its schedule.
type OverrideID string

// Unassigned stands in a layer's users for a turn that nobody has.
const Unassigned watchbill.UserID = "~"

// Combine says what happens where several layers have somebody.
type Combine uint8

// The ways to combine layers.
const (
	Hide  Combine = iota // "override": later layers hide earlier ones
	Union                // "union": everybody is on call
)

// Layer is a rotation of users, limited to some hours of the week if it has coverage. Instead of Users with Rotation it
// may have Shifts, placed by hand, or another Schedule, whose people it has.
type Layer struct {
	ID        LayerID                    `json:"id"`
	Users     []watchbill.UserID         `json:"users,omitempty"`     // turn k belongs to Users[k mod n]; may repeat, may be Unassigned
	Shifts    []Placed                   `json:"shifts,omitempty"`    // a static layer: hand-placed shifts
	Schedule  watchbill.ScheduleID       `json:"schedule,omitempty"`  // whoever is on call there, overrides included
	Start     calendar.Moment            `json:"start,omitzero"`      // where turn 0 begins; nobody is on call before. Optional with Shifts or Schedule
	End       calendar.Moment            `json:"end,omitzero"`        // nobody is on call from here on; zero: never ends
	Rotation  Rotation                   `json:"rotation,omitzero"`   // how long a turn is; goes with Users
	Seats     int                        `json:"seats,omitempty"`     // how many are on call at once; 0 means 1. Seat j of turn k is Users[(k*Seats+j) mod n]
	Timezone  string                     `json:"timezone,omitempty"`  // IANA name; empty: the schedule's
	Coverage  []calendar.Window          `json:"coverage,omitempty"`  // when the layer has anybody; empty: always
	Hours     map[watchbill.UserID]Hours `json:"hours,omitempty"`     // people's own hours: outside of them, the layer has not got that person
	Holidays  HolidayMode                `json:"holidays,omitzero"`   // what the schedule's Holidays mean to the layer
	Calendars []string                   `json:"calendars,omitempty"` // which of the schedule's Holidays count, by ID; empty: all
	Count     Count                      `json:"count,omitzero"`      // which turns take somebody's place in the circle
	Shadow    bool                       `json:"shadow,omitempty"`    // learners: shown beside who is on call, never paged, hide nobody
}

// Rotation is the length of a turn, in civil time: every so many units, or Lengths in turn, or from one occurrence of a
// rule to the next.
type Rotation struct {
	Every   int               `json:"every,omitempty"` // number of units; 0 means 1
	Unit    calendar.Unit     `json:"unit,omitzero"`
	Lengths []calendar.Length `json:"lengths,omitempty"` // such as 2d, 5d: applied in turn, again and again
	RRule   calendar.Rule     `json:"rrule,omitzero"`    // counted from the layer's start, which is where turn 0 begins
}

// Placed is a shift placed by hand. From and To are read in the layer's zone; in a Temporary, in the schedule's.
type Placed struct {
	From  calendar.Moment    `json:"from"`
	To    calendar.Moment    `json:"to"`
	Users []watchbill.UserID `json:"users"` // all on call at once, each once; Unassigned: nobody
}

// Hours are one person's own hours, in the person's own zone.
type Hours struct {
	Timezone string            `json:"timezone,omitempty"` // IANA name; empty: the layer's
	Coverage []calendar.Window `json:"coverage"`
}

// Count says which turns take somebody's place in the circle of users.
type Count uint8

// The ways to count turns.
const (
	CountCalendar Count = iota // "calendar": every turn
	CountCovered               // "covered": those with some coverage in the weekly pattern, holidays aside
)

// HolidayMode says what holidays mean to a layer.
type HolidayMode uint8

// The meanings of holidays.
const (
	HolidaysByCoverage HolidayMode = iota // not said: HolidaysOff for a layer with coverage, HolidaysOn for one without
	HolidaysOff                           // "off": the layer has nobody on them
	HolidaysOn                            // "on": they are days as any other
	HolidaysOnly                          // "only": the layer has somebody on them and on no other day
)

// Holidays are days, each from midnight to midnight in the zone of the layer that asks.
type Holidays struct {
	ID   string    `json:"id"`
	Days []Holiday `json:"days"`
}

// Holiday is one day.
type Holiday struct {
	Date calendar.Civil `json:"date"` // its midnight
	Name string         `json:"name,omitempty"`
}

// Site is one place of a follow-the-sun schedule: it takes over at From on its own wall clock, and has the duty until
// another site takes over. Start and End are read in its own zone; take-overs outside of them do not count.
type Site struct {
	ID       LayerID            `json:"id"` // in the namespace of the layers
	Timezone string             `json:"timezone"`
	From     calendar.TimeOfDay `json:"from"`
	Days     []calendar.Weekday `json:"days,omitempty"` // on which it takes over; empty: every day
	Users    []watchbill.UserID `json:"users"`
	Start    calendar.Moment    `json:"start"`
	End      calendar.Moment    `json:"end,omitzero"`
	Rotation Rotation           `json:"rotation"`
	Seats    int                `json:"seats,omitempty"`
}

// Version is what Sites and Layers are from a moment on, until the next version.
type Version struct {
	EffectiveFrom calendar.Moment `json:"effective_from"`
	Sites         []Site          `json:"sites,omitempty"`
	Layers        []Layer         `json:"layers,omitempty"`
}

// Temporary is a fixed schedule for a window of time, in which no layer has a say: outside its shifts nobody is on call.
// Overrides apply on top.
type Temporary struct {
	ID     LayerID         `json:"id"` // in the namespace of the layers
	From   calendar.Moment `json:"from"`
	To     calendar.Moment `json:"to"`
	Shifts []Placed        `json:"shifts"`
}

// Override changes who is on call for a while, whatever the layers say. It has one of User, Add and Remove. From and To
// are read in the schedule's zone.
type Override struct {
	ID       OverrideID       `json:"id"`
	From     calendar.Moment  `json:"from"`
	To       calendar.Moment  `json:"to"` // the first instant at which it no longer holds
	User     watchbill.UserID `json:"user,omitempty"`
	Replaces watchbill.UserID `json:"replaces,omitempty"` // whose duty User gets; empty: everybody's and nobody's
	Add      watchbill.UserID `json:"add,omitempty"`      // is on call too
	Remove   watchbill.UserID `json:"remove,omitempty"`   // loses what that person holds now
	By       string           `json:"by,omitempty"`       // who made it, for the explanation: a person, a coverage request, a swap
	Reason   string           `json:"reason,omitempty"`   // for the explanation
}
