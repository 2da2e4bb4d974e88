package alert

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// Input is what can happen to an alert: [Again], [Ack], [Snooze], [Close], [Reopen], [Raise] or [Tick].
type Input interface{ input() }

// Again is a further signal that triggers it. Terms are those of its service as they are now.
type Again struct {
	Signal Signal
	Terms  Terms
}

// Ack says that a person, or a source on somebody's behalf, has it.
type Ack struct{ By watchbill.UserID }

// Snooze says that a person has it, and that it is to be triggered again at Until. It ends sooner if the alert grows worse.
type Snooze struct {
	By    watchbill.UserID
	Until time.Time
}

// Close says that it is over. What a source says closes it only once it holds for none of its senders any more and, if it
// flaps, has been so for a while; what a person says closes it at once.
type Close struct {
	By     timeline.Actor
	Source bool      // its source says so
	Sender string    // which of several senders
	EndsAt time.Time // since when, as that sender says
}

// Reopen makes an acknowledged alert a triggered one again.
type Reopen struct{}

// Raise makes one of low urgency that is triggered one of high urgency.
type Raise struct{}

// Tick says that time has passed. UpSince is since when signals could come in without a break: an alert is not resolved
// for want of signals that nobody could have received.
type Tick struct{ UpSince time.Time }

func (Again) input()  {}
func (Ack) input()    {}
func (Snooze) input() {}
func (Close) input()  {}
func (Reopen) input() {}
func (Raise) input()  {}
func (Tick) input()   {}
