package cover

import (
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/timeline"
)

// RecordKind is the kind of a request's record in a store.
const RecordKind = "cover"

// ID names a request; made by the engine, sorts by creation.
type ID string

// Request is a plain value; slices in it are replaced, never written to.
type Request struct {
	ID        ID                 `json:"id"`
	Kind      Kind               `json:"kind"`
	State     State              `json:"state"`              // as recorded; see [Request.StateAt]
	For       watchbill.UserID   `json:"for,omitempty"`      // whose duty; empty: of a take-over, whoever has it
	With      watchbill.UserID   `json:"with,omitempty"`     // of a swap: who is to take it, and gives Return for it
	Asked     []watchbill.UserID `json:"asked,omitempty"`    // who was asked
	Anyone    bool               `json:"anyone,omitempty"`   // others may accept, too
	Windows   []Window           `json:"windows"`            // in which For's duty is to change hands
	Return    []Window           `json:"return,omitempty"`   // of a swap: in which With's does
	Open      []Window           `json:"open,omitempty"`     // duty that nobody has accepted, as the latest entry found it
	Grants    []Grant            `json:"grants,omitempty"`   // what was agreed, in that order
	Declined  []watchbill.UserID `json:"declined,omitempty"` // who said no
	Text      string             `json:"text,omitempty"`     // why, in the words of who asked
	By        timeline.Actor     `json:"by"`                 // who made it; not For: on behalf of For
	CreatedAt time.Time          `json:"created_at"`         //
	EndedAt   time.Time          `json:"ended_at,omitzero"`  // when it was covered, declined, cancelled or withdrawn
	UpdatedAt time.Time          `json:"updated_at"`         // of the latest entry
	Seq       int64              `json:"seq"`                // of the latest entry
	Said      []string           `json:"said,omitempty"`     // what is to be considered, as the latest command found it
}

// Window is a stretch of time in a schedule, half-open.
type Window struct {
	Schedule watchbill.ScheduleID `json:"schedule"`
	From     time.Time            `json:"from"`
	To       time.Time            `json:"to"`
}

// Grant is duty that changes hands in a window.
type Grant struct {
	Window
	Override    schedule.OverrideID `json:"override"`
	User        watchbill.UserID    `json:"user"`                  // who gets it
	Replaces    watchbill.UserID    `json:"replaces,omitempty"`    // whose it was; empty: everybody's, and nobody's
	WithdrawnAt time.Time           `json:"withdrawn_at,omitzero"` // from when on it holds no longer; zero: it holds to its end
}

// Effective returns the window in which the grant has effect; false if there is none, since it was withdrawn before.
func (g Grant) Effective() (Window, bool) {
	w := g.Window
	if !g.WithdrawnAt.IsZero() && g.WithdrawnAt.Before(w.To) {
		w.To = g.WithdrawnAt
	}
	return w, w.From.Before(w.To)
}

// OverrideOf returns the override that a grant of the request is; false if it has no effect any more.
func (r Request) OverrideOf(g Grant) (schedule.Override, bool) {
	w, ok := g.Effective()
	return schedule.Override{ID: g.Override, From: calendar.InstantMoment(w.From), To: calendar.InstantMoment(w.To),
		User: g.User, Replaces: g.Replaces, By: r.Kind.title() + " " + string(r.ID), Reason: short(r.Text)}, ok
}

// maxReason bounds, in runes, what an override repeats of a request's text: every later revision of a configuration holds it.
const maxReason = 120

func short(text string) string {
	if r := []rune(text); len(r) > maxReason {
		return string(r[:maxReason-3]) + "..."
	}
	return text
}

// Owner returns whose timeline the request's record is.
func (r Request) Owner() timeline.Owner { return timeline.Record(RecordKind, r.ID) }

// StateAt returns the state at an instant: an open request is expired once there is nothing left that could be accepted.
func (r Request) StateAt(now time.Time) State {
	if r.State == Open && !now.Before(r.Deadline()) {
		return Expired
	}
	return r.State
}

// Deadline returns when an open request expires: with the end of its last window or, of a swap, of the side that ends
// first. Before, it may be accepted, though what has passed is lost.
func (r Request) Deadline() time.Time {
	end := lastEnd(r.Windows)
	if back := lastEnd(r.Return); len(r.Return) > 0 && back.Before(end) {
		return back
	}
	return end
}

// ClosedAt returns when the work on the request ends: when it was ended, or else with its deadline, which may be to come.
func (r Request) ClosedAt() time.Time {
	if r.EndedAt.IsZero() {
		return r.Deadline()
	}
	return r.EndedAt
}

// Remaining returns the windows that were not granted to anybody.
func (r Request) Remaining() (all []Window) {
	for _, w := range r.Windows {
		var granted []schedule.Interval
		for _, g := range r.Grants {
			if e, ok := g.Effective(); ok && g.Schedule == w.Schedule && g.Replaces == r.For {
				granted = append(granted, schedule.Interval{Start: e.From, End: e.To})
			}
		}
		all = append(all, within(w.Schedule, minus(w.interval(), granted))...)
	}
	return all
}

// mayAccept reports whether it is for a person to accept or decline.
func (r Request) mayAccept(user watchbill.UserID) bool {
	return user != r.For && (r.Anyone || slices.Contains(r.Asked, user))
}

func (w Window) interval() schedule.Interval { return schedule.Interval{Start: w.From, End: w.To} }

func within(id watchbill.ScheduleID, parts []schedule.Interval) (all []Window) {
	for _, i := range parts {
		all = append(all, Window{id, watchbill.Stamp(i.Start), watchbill.Stamp(i.End)})
	}
	return all
}

func lastEnd(windows []Window) (end time.Time) {
	for _, w := range windows {
		if w.To.After(end) {
			end = w.To
		}
	}
	return end
}

func firstStart(windows []Window) (start time.Time) {
	for i, w := range windows {
		if i == 0 || w.From.Before(start) {
			start = w.From
		}
	}
	return start
}

// minus returns what is left of an interval without others.
func minus(from schedule.Interval, others []schedule.Interval) []schedule.Interval {
	left := []schedule.Interval{from}
	for _, o := range others {
		var next []schedule.Interval
		for _, i := range left {
			if !o.Start.Before(i.End) || !i.Start.Before(o.End) {
				next = append(next, i)
				continue
			}
			if i.Start.Before(o.Start) {
				next = append(next, schedule.Interval{Start: i.Start, End: o.Start})
			}
			if o.End.Before(i.End) {
				next = append(next, schedule.Interval{Start: o.End, End: i.End})
			}
		}
		left = next
	}
	return left
}

// cut returns what of a window lies in [from, to), where a zero time is no bound; false if nothing does.
func (w Window) cut(from, to time.Time) (Window, bool) {
	if w.From.Before(from) {
		w.From = from
	}
	if !to.IsZero() && to.Before(w.To) {
		w.To = to
	}
	return w, w.From.Before(w.To)
}

// OpenIn returns the duty that is open as the schedules are now; none once the request is not open any more.
func (r Request) OpenIn(s Scene, now time.Time) []Window {
	if r.StateAt(now) != Open {
		return nil
	}
	return s.held(r.For, coming(r.Remaining(), now, time.Time{}, time.Time{}))
}
