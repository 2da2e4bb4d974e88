// Package episode is one alert's life as one aggregate: the alert, its escalation, and every person's ladder for it
// change together or not at all. [Step] takes an episode one input further; the engine, the simulator and every proof
// run this same function.
//
// Step resolves targets itself, by the [World] it is given, and records each resolution as an input of its own, so
// that [Fold] gives the stored episode back from its timeline alone, whatever has become of the configuration.
//
// The caller commits what Step returns in one transaction: the episode, the entries, the wake-up and the messages of
// the [Outcome]. It sends after that, and reports what became of each message as a [Receipt].
package episode

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// Episode is one alert's life so far. It is a plain value; slices in it are replaced, never written to. The zero
// Episode has not begun.
type Episode struct {
	Alert      alert.Alert        `json:"alert"`
	Policy     escalation.Policy  `json:"policy"`   // frozen when the run started
	Revision   int64              `json:"revision"` // of the configuration it was taken from
	Escalation escalation.State   `json:"escalation"`
	Ladders    []notify.Ladder    `json:"ladders,omitempty"` // of this run, in the order of the first pages
	Paged      []watchbill.UserID `json:"paged,omitempty"`   // everybody, in the order of the first pages

	Responses []Response         `json:"responses,omitempty"` // what those who were paged said, in the order of the first pages
	Acks      []watchbill.UserID `json:"acks,omitempty"`      // who acknowledged in this run, where that was not enough yet
	Declined  []watchbill.UserID `json:"declined,omitempty"`  // who declined in this run
	Reach     []Reach            `json:"reached,omitempty"`   // over which contacts pages went out
	Summons   []Summons          `json:"summons,omitempty"`   // people whom somebody asked for, beside the policy
	Calls     int                `json:"calls,omitempty"`     // how many summons there were
	AckUntil  time.Time          `json:"ack_until,omitzero"`  // then an acknowledged alert is paged anew; zero: never
	RaiseAt   time.Time          `json:"raise_at,omitzero"`   // then one of low urgency that is still triggered is raised; zero: never

	Held       []mute.Held       `json:"held,omitempty"`       // why it pages nobody for now
	LookAt     time.Time         `json:"look_at,omitzero"`     // when that may change; zero: not by itself
	ReleasedAt time.Time         `json:"released_at,omitzero"` // when the run began, if a hold had ended
	Parent     watchbill.AlertID `json:"parent,omitempty"`     // the alert it is a member of, which pages in its place
	Members    Members           `json:"members,omitzero"`     // of a group

	Seq     int64     `json:"seq"`               // of the latest entry
	Last    time.Time `json:"last"`              // of the latest entry
	Repeats int       `json:"repeats,omitempty"` // unchanged signals since the latest entry
}

// Ref returns what the alert is deduplicated by.
func (e Episode) Ref() alert.Ref { return e.Alert.Ref() }

// WakeAt returns when the next Tick is due; zero if nothing is scheduled. It is rounded up to what a store can hold, since
// Step would find nothing due at a time rounded down.
func (e Episode) WakeAt() time.Time {
	wake := e.wakeAt()
	if stamp := watchbill.Stamp(wake); stamp.Before(wake) {
		return stamp.Add(time.Microsecond)
	}
	return wake
}

func (e *Episode) wakeAt() time.Time {
	wake := e.Alert.ExpiresAt()
	if e.Alert.State.Open() {
		wake = earlier(wake, e.LookAt)
		for _, s := range e.Summons {
			wake = earlier(wake, s.wakeAt())
		}
	}
	if e.Alert.State == alert.Acknowledged {
		wake = earlier(earlier(wake, e.AckUntil), e.Alert.SnoozedUntil)
	}
	if e.Alert.State != alert.Triggered {
		return wake
	}
	if e.Alert.Urgency == watchbill.UrgencyLow {
		wake = earlier(wake, e.RaiseAt)
	}
	wake = earlier(wake, e.Escalation.WakeAt(e.Policy))
	for _, l := range e.Ladders {
		wake = earlier(wake, l.WakeAt())
	}
	return wake
}

// Reached reports whether the alert needs nobody, or a provider accepted a message of its run, or its levels are being
// paged for the first time. One that is not reached deserves an alarm.
func (e Episode) Reached() bool { return e.Escalation.Reached() }

// Wants reports whether a message is still to be sent: nobody has acknowledged, and no later one took its place.
func (e Episode) Wants(k notify.Key) bool {
	switch {
	case k.Kind == notify.KindResolved:
		return e.Alert.State == alert.Resolved
	case k.Kind == notify.KindUpdate:
		return e.Alert.State == alert.Acknowledged
	case k.Attempt.Level == summonsLevel:
		rung, ok := e.rung(k)
		return ok && e.Alert.State.Open() && rung.Progress == notify.Sent && rung.Attempt == k.Attempt
	}
	if e.Alert.State != alert.Triggered || k.Attempt.Run != e.Escalation.At.Run {
		return false
	}
	rung, ok := e.rung(k)
	return ok && rung.Progress == notify.Sent && rung.Attempt == k.Attempt
}

func (e *Episode) rung(k notify.Key) (notify.Climb, bool) {
	ladders := e.Ladders
	if k.Attempt.Level == summonsLevel {
		ladders = nil
		for _, s := range e.Summons {
			ladders = append(ladders, s.Ladder)
		}
	}
	for _, l := range ladders {
		if l.User == k.User && k.Rung >= 0 && k.Rung < len(l.Rungs) {
			return l.Rungs[k.Rung], true
		}
	}
	return notify.Climb{}, false
}

// Outcome is what the caller commits beside the episode: first the cancellations, then the sends.
type Outcome struct {
	Entries   []timeline.Entry
	Picked    []Pick             // who was picked at levels that take turns
	Woken     []watchbill.UserID // who is paged at night by a policy that spares those who are too often
	CancelAll bool               // no message of the alert that waits to be sent is wanted any more
	Cancel    []notify.MessageID // nor are these
	Send      []Outgoing
}

// Outgoing is a message to be handed out.
type Outgoing struct {
	ID    notify.MessageID
	Key   notify.Key
	Lane  notify.Lane
	DueAt time.Time // at once, or earlier: then it takes the place of one that has been waiting
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
