package schedule

import (
	"encoding/json"
	"time"

	"github.com/watchbill/watchbill"
)

// Part is one person's share of being on call, and where it comes from.
type Part struct {
	User watchbill.UserID `json:"user"`
	// Layer is a layer, a site or a temporary schedule; empty where an override put the user on call regardless of them.
	Layer LayerID `json:"layer"`
	// Turn is that of the layer, counted from 0; where shifts are placed by hand, which of them it is.
	Turn int `json:"turn"`
	// Override is the last override that gave the duty to User; empty if a layer did.
	Override OverrideID `json:"override"`
	// Schedule is the one that the layer includes, if it does. Turn is then that of a layer there.
	Schedule watchbill.ScheduleID `json:"schedule,omitempty"`
}

// Answer says who is on call at one instant.
type Answer struct {
	Schedule watchbill.ScheduleID
	At       time.Time          // the instant asked about, in the schedule's zone
	Users    []watchbill.UserID // each person once; empty if nobody is on call
	Parts    []Part             // why: one or more for each of the users, in their order
	Shadows  []Part             // who learns meanwhile, by shadow layers, and is not on call; not part of Until
	Until    time.Time          // when the set of users changes next, in the schedule's zone; zero: never

	// UntilAtLeast is set where no change was found before Until, nor looked for from there on: ask again then.
	UntilAtLeast bool

	from *Schedule
}

// MarshalJSON writes {"schedule", "users", "until", "why"}, and "shadows" where there are any. "until" is null if the
// set of users never changes, and goes with "until_at_least": true where it may not change then either.
func (a Answer) MarshalJSON() ([]byte, error) {
	var until *time.Time
	if !a.Until.IsZero() {
		until = &a.Until
	}
	return json.Marshal(struct {
		Schedule watchbill.ScheduleID `json:"schedule"`
		Users    []watchbill.UserID   `json:"users"`
		Until    *time.Time           `json:"until"`
		AtLeast  bool                 `json:"until_at_least,omitempty"`
		Why      []string             `json:"why"`
		Shadows  []Part               `json:"shadows,omitempty"`
	}{a.Schedule, append([]watchbill.UserID{}, a.Users...), until, a.UntilAtLeast, a.Why(), a.Shadows})
}

// Shift is a longest interval [Start, End) in which the same people are on call for the same reasons. Times are in the
// schedule's zone.
type Shift struct {
	Start time.Time          `json:"start"`
	End   time.Time          `json:"end"`
	Users []watchbill.UserID `json:"users"` // each person once, never empty
	Parts []Part             `json:"parts"`
}

// Interval is the time from Start, included, to End, excluded.
type Interval struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}
