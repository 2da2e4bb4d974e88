package catalog

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// Pay says what being on call is worth. The zero value pays nothing.
type Pay struct {
	Currency string    `json:"currency,omitempty"` // three letters, as ISO 4217 has them; amounts are in its smallest unit
	Timezone string    `json:"timezone,omitempty"` // whose clock and calendar the rules read; empty: PayBySchedule
	Overlap  Overlap   `json:"overlap,omitempty"`  // what a person gets who is on call in several schedules at once
	Rules    []PayRule `json:"rules,omitempty"`    // at each instant the first that applies counts, and no other
}

// What a rule of pay reads the time by, besides the name of a zone.
const (
	PayBySchedule = "schedule" // the zone of the schedule
	PayByPerson   = "person"   // the zone of the person who is on call
)

// Overlap says what a person gets who is on call in several schedules at once.
type Overlap string

// The ways to pay overlapping duties. Empty means OverlapOnce.
const (
	OverlapOnce Overlap = "once" // an instant is paid once: by the first rule that applies to any of the duties
	OverlapEach Overlap = "each" // every schedule is paid by itself
)

// PayRule is one rate and when it applies. Amounts are in the smallest unit of the currency, such as cents.
type PayRule struct {
	ID        string                 `json:"id"`
	Schedules []watchbill.ScheduleID `json:"schedules,omitempty"` // duty in one of these; empty: in any
	Timezone  string                 `json:"timezone,omitempty"`  // as Pay.Timezone, for this rule; empty: that one
	Hours     []calendar.Window      `json:"hours,omitempty"`     // of the week; empty: always
	Holidays  string                 `json:"holidays,omitempty"`  // "on" or empty: on any day; "off": not on holidays; "only": on nothing else
	Calendars []string               `json:"calendars,omitempty"` // which of the schedule's holidays count, by ID; empty: all
	Hourly    int64                  `json:"hourly,omitempty"`    // for an hour of elapsed time
	Shift     int64                  `json:"shift,omitempty"`     // for a shift that begins while the rule applies
	Page      int64                  `json:"page,omitempty"`      // for a page received while the rule applies
}

// MaxAmount is the largest amount that a rule may have.
const MaxAmount = 1_000_000_000

// Roster says what the planner has to keep to when it proposes who is on call in a schedule, and what weighs how much
// there. The zero value of a field is its default.
type Roster struct {
	Schedule       watchbill.ScheduleID   `json:"schedule"`
	Layer          string                 `json:"layer,omitempty"`           // which layer or site is planned; empty: the only one, else people and hours say nothing of it
	People         []watchbill.UserID     `json:"people,omitempty"`          // who may be on call; empty: everybody in the schedule's layers
	Length         calendar.Length        `json:"length,omitzero"`           // of a turn; zero: that of the first rotation, or a week
	Start          calendar.Moment        `json:"start,omitzero"`            // where a turn begins; zero: the start of the first rotation, or of the window
	Coverage       []calendar.Window      `json:"coverage,omitempty"`        // when somebody has to be on call; empty: as in the layers
	Seats          int                    `json:"seats,omitempty"`           // how many at once; 0: as in the first rotation
	MaxConsecutive int                    `json:"max_consecutive,omitempty"` // turns in a row for one person; 0: no limit
	MinRest        time.Duration          `json:"min_rest,omitempty"`        // between two turns of a person; with MaxConsecutive, turns may follow without any pause
	ApartFrom      []watchbill.ScheduleID `json:"apart_from,omitempty"`      // whoever is on call there cannot be here at the same time
	Wishes         []Wish                 `json:"wishes,omitempty"`
	Weights        *Weights               `json:"weights,omitempty"` // nil: DefaultWeights; also for the fairness of the schedule
}

// Wish is what somebody would rather have. It is weighed against fairness and never stands above qualification or absence.
type Wish struct {
	User   watchbill.UserID `json:"user"`
	From   calendar.Moment  `json:"from"` // read in the person's zone
	To     calendar.Moment  `json:"to"`
	Prefer bool             `json:"prefer,omitempty"` // to be on call then; false: not to be
	Weight time.Duration    `json:"weight,omitempty"` // load that this is worth, for each turn that goes against it; 0: 24h
	Reason string           `json:"reason,omitempty"`
}

// Weights say how much of a load being on call is. An hour counts Hour, and on top of it Night, Weekend and Holiday for
// each of these that it lies in. Load is told in time: with the weight 1, an hour is an hour.
type Weights struct {
	Hour    Weight             `json:"hour"`
	Night   Weight             `json:"night"`
	Weekend Weight             `json:"weekend"` // Saturday and Sunday
	Holiday Weight             `json:"holiday"`
	Page    time.Duration      `json:"page"`       // for each page received
	Sleep   time.Duration      `json:"sleep"`      // for each night with a page
	NightAt calendar.TimeOfDay `json:"night_from"` // when the night begins
	NightTo calendar.TimeOfDay `json:"night_to"`   // and ends; at or before NightAt: on the next day
}

// DefaultWeights are 1 for an hour, 1 more at night (22:00 to 06:00), 0.5 more on weekends, 1 more on holidays, 15
// minutes for a page, and 2 hours for a night with a page.
func DefaultWeights() Weights {
	return Weights{Hour: 1000, Night: 1000, Weekend: 500, Holiday: 1000, Page: 15 * time.Minute, Sleep: 2 * time.Hour,
		NightAt: calendar.NewTimeOfDay(22, 0), NightTo: calendar.NewTimeOfDay(6, 0)}
}

// Weight is a decimal number with up to three places, in thousandths, so that sums of it are exact: 1500 is 1.5.
type Weight int64

// MaxWeight is the largest weight, 10.
const MaxWeight Weight = 10_000

// String returns the number without needless zeros: "1.5".
func (w Weight) String() string {
	if w < 0 {
		return "-" + (-w).String()
	}
	text := fmt.Sprintf("%d.%03d", int64(w)/1000, int64(w)%1000)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

// MarshalText returns the number as String does.
func (w Weight) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads a number from 0 to 10 with up to three places, such as 1.5.
func (w *Weight) UnmarshalText(text []byte) error {
	whole, places, _ := strings.Cut(string(text), ".")
	digits := whole + (places + "000")[:max(3, len(places))]
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || whole == "" || len(places) > 3 || strings.HasSuffix(string(text), ".") || Weight(n) > MaxWeight {
		return fmt.Errorf("catalog: %q is not a weight; write a number from 0 to 10 with up to three places, such as 1.5", text)
	}
	*w = Weight(n)
	return nil
}
