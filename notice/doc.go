// Package notice says which notices are due: a shift that is about to begin, begins or has ended, hours in which nobody
// will be on call, shifts that an edit moved, a hand-over that nobody acknowledged, a schedule that nobody has reviewed
// for long. A notice is news, never a page.
//
// Notices are computed, not scheduled. Each function looks at a window of time, after < due <= upTo: windows that follow
// upon one another neither miss a notice nor give it twice, wherever they are cut. Every notice has an ID that follows
// from what it is about, so that whoever computes it again, after a crash or a clock that was set back, knows it again.
//
// A shift is here the longest time in which a person is on call in a schedule: where a turn ends and the same person has
// the next one, nobody hands anything over, and nobody is told.
package notice

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
)

// Kind says what a notice is about.
type Kind string

// The kinds of notice.
const (
	ShiftBefore   Kind = "shift-before"   // a shift begins soon
	ShiftStart    Kind = "shift-start"    // a shift begins
	ShiftEnd      Kind = "shift-end"      // a shift has ended
	GapAhead      Kind = "gap-ahead"      // nobody will be on call
	EditMoved     Kind = "edit-moved"     // an edit changed somebody's future shifts
	HandoverOpen  Kind = "handover-open"  // a hand-over waits to be acknowledged
	Review        Kind = "review"         // it is time to look at a schedule
	SilenceEnding Kind = "silence-ending" // a silence ends or has ended, and alerts that it holds are open
	ContactDead   Kind = "contact-dead"   // a contact does not work any more
	Canary        Kind = "canary"         // is this reaching you?
	Cover         Kind = "cover"          // a take-over, a request for cover or a swap, in the words of package cover
)

// Notice is something that one person is to be told. Times are in UTC.
type Notice struct {
	ID       string               `json:"id"` // follows from what it is about, and sorts by when it is due
	Kind     Kind                 `json:"kind"`
	User     watchbill.UserID     `json:"user"`
	Schedule watchbill.ScheduleID `json:"schedule,omitempty"` // empty: Changes name theirs
	At       time.Time            `json:"at"`                 // when it is due
	From     time.Time            `json:"from,omitzero"`      // when the shift or the gap begins; of a hand-over and a review, its instant
	To       time.Time            `json:"to,omitzero"`        // when the shift, the gap or the silence ends; zero: not within [Ahead]
	Lead     time.Duration        `json:"lead,omitempty"`     // how long before From it is due, or after it where nobody acknowledged a hand-over
	With     []watchbill.UserID   `json:"with,omitempty"`     // who else: on call beside, on call now, or to acknowledge
	Changes  []Change             `json:"changes,omitempty"`  // of EditMoved, by time
}

// Until returns the last instant at which the notice is worth sending: an hour after it is due if it is about a shift, a
// hand-over or a silence, else a day after; of a shift that is announced, at most five minutes after it began; of a gap and
// of a silence that are announced, not after that.
func (n Notice) Until() time.Time {
	switch n.Kind {
	case ShiftBefore:
		return earlier(n.At.Add(time.Hour), n.From.Add(5*time.Minute))
	case ShiftStart, ShiftEnd, HandoverOpen:
		return n.At.Add(time.Hour)
	case GapAhead:
		return earlier(n.At.Add(day), n.From)
	case SilenceEnding:
		if n.At.Before(n.To) {
			return n.To
		}
		return n.At.Add(time.Hour)
	}
	return n.At.Add(day)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Change is a stretch of time that somebody got or lost by an edit.
type Change struct {
	Schedule watchbill.ScheduleID `json:"schedule"`
	Gained   bool                 `json:"gained"`
	From     time.Time            `json:"from"`
	To       time.Time            `json:"to"`
}

// Ahead is how far into the future notices look.
const Ahead = 60 * 24 * time.Hour

// tick is the least step of time that is stored.
const tick = time.Microsecond

// Due returns the notices about shifts and gaps that become due after one instant and not after another, by time. People
// who do not exist, and those who want no such notice, get none.
func Due(org *oncall.Org, after, upTo time.Time) []Notice {
	after, upTo = watchbill.Stamp(after), watchbill.Stamp(upTo)
	if !after.Before(upTo) {
		return nil
	}
	wishes := wishesOf(org)
	var all []Notice
	for _, spec := range org.Config().Schedules {
		s, ok := org.Schedule(spec.ID)
		if !ok {
			continue
		}
		all = append(all, wishes.shifts(s, after, upTo)...)
		if Paged(org, spec.ID) {
			all = append(all, gaps(org, s, after, upTo)...)
		}
	}
	return sorted(all)
}

// named gives a notice its ID: when it is due, and a digest of what it is about. The parts are set apart by a zero byte,
// which no ID of a configuration has.
func (n Notice) named(parts ...any) Notice {
	text := fmt.Sprintf("%s\x00%s\x00%s", n.Kind, n.Schedule, n.User)
	for _, p := range parts {
		text += fmt.Sprintf("\x00%v", p)
	}
	sum := sha256.Sum256([]byte(text))
	n.ID = n.At.Format("20060102T150405Z") + "-" + hex.EncodeToString(sum[:10])
	return n
}

func sorted(all []Notice) []Notice {
	slices.SortStableFunc(all, func(a, b Notice) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return all
}
