package cover

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// Kinds of entry in a request's record. Each is one command, and its payload is the command as JSON, with what it led to.
const (
	KindTaken     timeline.Kind = "taken_over"
	KindAsked     timeline.Kind = "asked"
	KindProposed  timeline.Kind = "swap_proposed"
	KindAccepted  timeline.Kind = "accepted"
	KindDeclined  timeline.Kind = "declined"
	KindCancelled timeline.Kind = "cancelled"
	KindWithdrawn timeline.Kind = "withdrawn"
)

// Voice says who gives a command, and whether that is an administrator, who may act for others.
type Voice struct {
	timeline.By
	Admin bool `json:"-"`
}

// Command is what somebody wants done: one of the types below. The fields under Found are filled in by [Apply], and
// whatever the caller puts there is dropped.
type Command interface {
	Speaker() timeline.By // who gives it
	kind() timeline.Kind
	tell(actor watchbill.UserID) string // what the actor did, in words
	clean() Command                     // text in valid UTF-8, times as they are stored, nothing found yet
	find(r Request, t trial) Command    // checks the command and fills in what it leads to
	apply(r *Request, e timeline.Entry) // from the entry alone
}

// TakeOver gives somebody a duty from now on, or from a time to come: that of one person, or a whole schedule.
type TakeOver struct {
	Voice
	ID       ID                   `json:"id"`
	User     watchbill.UserID     `json:"user,omitempty"`     // who takes it; empty: who gives the command
	Replaces watchbill.UserID     `json:"replaces,omitempty"` // whose duty; empty: the whole schedule, whoever has it
	Schedule watchbill.ScheduleID `json:"schedule,omitempty"` // empty: every schedule in which Replaces has duty
	From     time.Time            `json:"from,omitzero"`      // zero, or past: now
	To       time.Time            `json:"to,omitzero"`        // zero: the end of the duty under way at From
	Text     string               `json:"text,omitempty"`     // why
	Force    bool                 `json:"force,omitempty"`    // an administrator's: also somebody who would be refused
	Found    Finding              `json:"found,omitzero"`
}

// Ask asks people to cover duties in a window. Without Of and Team, everybody on the schedules who could is asked, and
// anyone may accept.
type Ask struct {
	Voice
	ID        ID                     `json:"id"`
	For       watchbill.UserID       `json:"for,omitempty"`       // whose duty; empty: of who gives the command
	Schedules []watchbill.ScheduleID `json:"schedules,omitempty"` // empty: all in which For has duty
	From      time.Time              `json:"from"`                // past: now
	To        time.Time              `json:"to"`
	Of        []watchbill.UserID     `json:"of,omitempty"`   // who is asked
	Team      watchbill.TeamID       `json:"team,omitempty"` // everybody in it is asked
	Text      string                 `json:"text,omitempty"` // why
	Found     Finding                `json:"found,omitzero"`
}

// Swap proposes that two people change duties. Only an administrator can propose it for somebody else.
type Swap struct {
	Voice
	ID           ID                   `json:"id"`
	For          watchbill.UserID     `json:"for,omitempty"`      // who proposes; empty: who gives the command
	Schedule     watchbill.ScheduleID `json:"schedule,omitempty"` // empty: all in which For has duty
	From         time.Time            `json:"from"`               // past: now
	To           time.Time            `json:"to"`
	With         watchbill.UserID     `json:"with"`                    // who has For's duty then
	WithSchedule watchbill.ScheduleID `json:"with_schedule,omitempty"` // empty: Schedule
	WithFrom     time.Time            `json:"with_from"`               // For has With's duty from here
	WithTo       time.Time            `json:"with_to"`
	Text         string               `json:"text,omitempty"`
	Found        Finding              `json:"found,omitzero"`
}

// Accept takes on what is open of a request, or some hours of it; or both halves of a swap.
type Accept struct {
	Voice
	User     watchbill.UserID     `json:"user,omitempty"`     // who accepts; empty: who gives the command
	Schedule watchbill.ScheduleID `json:"schedule,omitempty"` // only this one; empty: all
	From     time.Time            `json:"from,omitzero"`      // only from here; zero: from the beginning
	To       time.Time            `json:"to,omitzero"`        // only to here; zero: to the end
	Text     string               `json:"text,omitempty"`
	Force    bool                 `json:"force,omitempty"` // an administrator's: also who would be refused, or was not asked
	Found    Finding              `json:"found,omitzero"`
}

// Decline says no. A request that everybody declined who was asked is over.
type Decline struct {
	Voice
	User watchbill.UserID `json:"user,omitempty"` // who declines; empty: who gives the command
	Text string           `json:"text,omitempty"` // why
}

// Cancel says that what is open needs no answer any more. What was accepted stays.
type Cancel struct {
	Voice
	Text string `json:"text,omitempty"` // why
}

// Withdraw gives back what was agreed, from now on. A take-over is withdrawn by who took it or whose duty it was, what was
// covered by whose duty it was, and a swap, as anything, by an administrator.
type Withdraw struct {
	Voice
	Text string `json:"text,omitempty"` // why
}

// Finding is what a command led to, given what it found. It is part of the record, so that the record alone gives the
// request back.
type Finding struct {
	Windows []Window           `json:"windows,omitempty"` // in which duty is to change hands
	Return  []Window           `json:"return,omitempty"`  // of a swap: the other half
	Open    []Window           `json:"open,omitempty"`    // duty that is open now
	Grants  []Grant            `json:"grants,omitempty"`  // what is agreed now
	Asked   []watchbill.UserID `json:"asked,omitempty"`   // who is asked
	Losing  []watchbill.UserID `json:"losing,omitempty"`  // of a take-over: who loses duty by it
	Said    []string           `json:"said,omitempty"`    // what is to be considered, in words
}

func (TakeOver) kind() timeline.Kind { return KindTaken }
func (Ask) kind() timeline.Kind      { return KindAsked }
func (Swap) kind() timeline.Kind     { return KindProposed }
func (Accept) kind() timeline.Kind   { return KindAccepted }
func (Decline) kind() timeline.Kind  { return KindDeclined }
func (Cancel) kind() timeline.Kind   { return KindCancelled }
func (Withdraw) kind() timeline.Kind { return KindWithdrawn }
