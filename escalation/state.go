package escalation

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
)

// Phase says where an escalation is.
type Phase uint8

// The phases.
const (
	Idle         Phase = iota // not started
	Paging                    // going through the levels
	Exhausted                 // every level of every cycle has been paged; the catch-all is
	Unreached                 // nobody was found anywhere; looked at again at least every minute
	Acknowledged              // stopped by a person
	Resolved                  // over
	Held                      // not to page for now: muted, or a member of a group
)

var phaseNames = [...]string{"idle", "paging", "exhausted", "unreached", "acknowledged", "resolved", "held"}

// String returns the name in lower case.
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "unknown"
}

// MarshalText returns the name.
func (p Phase) MarshalText() ([]byte, error) {
	if int(p) >= len(phaseNames) {
		return nil, fmt.Errorf("escalation: phase %d does not exist", p)
	}
	return []byte(phaseNames[p]), nil
}

// UnmarshalText accepts exactly the names that String returns.
func (p *Phase) UnmarshalText(text []byte) error {
	for i, n := range phaseNames {
		if string(text) == n {
			*p = Phase(i)
			return nil
		}
	}
	return fmt.Errorf("escalation: unknown phase %q", text)
}

// Active reports whether somebody is still being looked for.
func (p Phase) Active() bool { return p == Paging || p == Exhausted || p == Unreached }

// State is where one escalation stands. It is a plain value; the zero State has not started. It records when things
// happened, and derives every deadline from that and the policy.
type State struct {
	Phase   Phase             `json:"phase,omitempty"`
	Urgency watchbill.Urgency `json:"urgency,omitempty"`
	At      watchbill.Attempt `json:"at,omitzero"` // the latest attempt on a level

	Walking   bool               `json:"walking,omitempty"`   // a level is active: it repeats and gives way
	Asked     bool               `json:"asked,omitempty"`     // At was emitted as a Page and waits for Found or Nobody
	CycleAt   time.Time          `json:"cycle_at,omitzero"`   // when level 1 of this cycle was paged
	LevelAt   time.Time          `json:"level_at,omitzero"`   // when the level was first paged
	AttemptAt time.Time          `json:"attempt_at,omitzero"` // when it was last paged
	TakenAt   time.Time          `json:"taken_at,omitzero"`   // when a provider first accepted a message of this level
	Pending   []watchbill.UserID `json:"pending,omitempty"`   // paged at this level and not unreachable
	Somebody  bool               `json:"somebody,omitempty"`  // a level of this cycle that gave way had somebody
	ChangeAt  time.Time          `json:"change_at,omitzero"`  // when a level of this cycle that has nobody may first have somebody
	Extra     int                `json:"extra,omitempty"`     // cycles that do not count: the levels started over because nobody was reached
	Delivered bool               `json:"delivered,omitempty"` // a provider accepted a message of this run
	CatchAll  watchbill.Attempt  `json:"catch_all,omitzero"`  // the latest attempt on the catch-all
	CaughtAt  time.Time          `json:"caught_at,omitzero"`  // when it was made
	AskedAll  bool               `json:"asked_all,omitempty"` // CatchAll waits for Found or Nobody
	Heard     bool               `json:"heard,omitempty"`     // what a provider accepted first was to the catch-all, which has had somebody since
	RestartAt time.Time          `json:"restart_at,omitzero"` // when the levels start over; zero: they do not

	Unskipped bool      `json:"unskipped,omitempty"` // a level of this cycle was not skipped by its condition
	HoldsAt   time.Time `json:"holds_at,omitzero"`   // when the condition of a level that was skipped in this cycle may next hold
	WaitTill  time.Time `json:"wait_till,omitzero"`  // nothing is paged before, because of a condition; then the level, or the levels, are tried again
	Jumps     []int     `json:"jumps,omitempty"`     // how often each level of this cycle has jumped back
}

// Input is what can happen to an escalation. The inputs are [Trigger], [Found], [Nobody], [Skipped], [Taken], [Unreachable],
// [Declined], [Answered], [Acknowledge], [Resolve], [Escalate], [Hold], [Restart], [Look] and [Tick].
type Input interface{ input() }

// Trigger starts the escalation; while one is running it starts a new run only to raise the urgency from low to high.
type Trigger struct{ Urgency watchbill.Urgency }

// Found answers a Page: these people are its targets now. Without people it is [Nobody].
type Found struct {
	Attempt watchbill.Attempt
	People  []watchbill.UserID
}

// Nobody answers a Page: its targets are nobody now. Until is when that may change, zero if unknown. A level gives way at
// once, also where an earlier attempt on it had somebody: rather page the next level too soon than nobody again.
type Nobody struct {
	Attempt watchbill.Attempt
	Until   time.Time
}

// Skipped answers a Page: the condition of the level does not hold. Until is when it may, zero for never; with Wait, the
// level is tried again then, and nothing is paged meanwhile.
type Skipped struct {
	Attempt watchbill.Attempt
	Until   time.Time
	Wait    bool
}

// Declined says that a person cannot take it. The next level comes at once if nobody else on this one is pending.
type Declined struct{ User watchbill.UserID }

// Answered says that a person has acknowledged, where the level needs the acknowledgements of more. The next level comes at
// once if nobody else on this one is pending.
type Answered struct{ User watchbill.UserID }

// Hold stops paging until a Restart. An escalation that has not started, or was acknowledged, waits for that too.
type Hold struct{ Urgency watchbill.Urgency }

// Restart starts a new run at level 1, whatever there was before, unless it is resolved.
type Restart struct{ Urgency watchbill.Urgency }

// Look says that conditions may hold now that did not when they were looked at.
type Look struct{}

// Taken says that a provider accepted a message of an attempt.
type Taken struct{ Attempt watchbill.Attempt }

// Unreachable says that no message can reach this person, who then counts as nobody.
type Unreachable struct{ User watchbill.UserID }

// Acknowledge says that somebody has it. Paging stops.
type Acknowledge struct{}

// Resolve says that it is over. Paging stops for good.
type Resolve struct{}

// Escalate asks for the next level now: past the last it is the next cycle, then the catch-all. After an
// acknowledgement it starts a new run there; past the last level of a policy without a catch-all, at level 1.
type Escalate struct{}

// Tick says that time has passed.
type Tick struct{}

func (Skipped) input()     {}
func (Declined) input()    {}
func (Answered) input()    {}
func (Hold) input()        {}
func (Restart) input()     {}
func (Look) input()        {}
func (Trigger) input()     {}
func (Found) input()       {}
func (Nobody) input()      {}
func (Taken) input()       {}
func (Unreachable) input() {}
func (Acknowledge) input() {}
func (Resolve) input()     {}
func (Escalate) input()    {}
func (Tick) input()        {}

// Effect is what the machine wants done or known. The effects are [Page], [LevelLeft], [GaveUp] and [Stopped].
type Effect interface{ effect() }

// Page asks for the targets to be resolved, answered with Found or Nobody, and paged.
type Page struct {
	Attempt watchbill.Attempt
	Targets []Target
}

// LevelLeft says that a level gives way, and why.
type LevelLeft struct {
	Attempt watchbill.Attempt
	Reason  Reason
}

// GaveUp says that the phase has just become Exhausted or Unreached.
type GaveUp struct{ Phase Phase }

// Stopped says that everything pending of this escalation is void.
type Stopped struct{ Run int }

func (Page) effect()      {}
func (LevelLeft) effect() {}
func (GaveUp) effect()    {}
func (Stopped) effect()   {}

// Reason says why a level gives way.
type Reason string

// The reasons.
const (
	ReasonTimeout     Reason = "timeout"     // its time is over
	ReasonAttempts    Reason = "attempts"    // all its attempts were made, and one more interval has passed
	ReasonNobody      Reason = "nobody"      // its targets are nobody now
	ReasonUnreachable Reason = "unreachable" // no message can reach any of its people
	ReasonEscalated   Reason = "escalated"   // a person asked for the next level
	ReasonCondition   Reason = "condition"   // its condition does not hold
	ReasonDeclined    Reason = "declined"    // all of its people have declined
	ReasonAcks        Reason = "acks"        // it needs more acknowledgements than it has people
)
