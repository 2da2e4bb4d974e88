package schedule

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// layer is a Layer made ready for questions.
type layer struct {
	id         LayerID
	users      []watchbill.UserID
	runs       []int // runs[i] turns from that of users[i] on, somebody else has it; 0: never
	rotation   Rotation
	zone       *time.Location
	anchor     calendar.Civil // where turn 0 begins
	start, end instant
	coverage   calendar.Pattern
}

// hand points at what a layer says at one instant, and keeps it for as long as it holds. A walk through time needs one
// for every layer.
type hand struct {
	wall     calendar.Wall
	skipping bool    // see Schedule.hands
	until    instant // what follows holds until here
	member   int     // index into the layer's users, or nobody
	turn     int
}

const nobody = -1

// move turns the hand to t, which must not lie before the instant of its last move.
func (l *layer) move(h *hand, t instant) {
	if t < h.until {
		return
	}
	h.member = nobody
	switch {
	case t < l.start:
		h.until = l.start
	case t >= l.end:
		h.until = never
	default:
		l.moveWithin(h, t)
		h.until = min(h.until, l.end)
	}
}

// moveWithin turns the hand to an instant between the layer's start and end. Turns and coverage are bounded by civil
// times, so all there is to know about t is its reading.
func (l *layer) moveWithin(h *hand, t instant) {
	reading := h.wall.Reading(t.in(time.UTC))
	open, until := l.coverage.At(reading)
	if open {
		h.turn = reading.Since(l.anchor, l.rotation.Unit) / l.rotation.Every
		h.member = h.turn % len(l.users)
		if run := l.run(h); run > 0 {
			until = earlier(until, l.turnStart(h.turn+run))
		}
		if l.users[h.member] == Unassigned {
			h.member = nobody
		}
	}
	h.until = firstAt(&h.wall, until)
}

// run is the number of turns that the hand need not tell apart; 0: all of them.
func (l *layer) run(h *hand) int {
	if h.skipping || l.users[h.member] == Unassigned {
		return l.runs[h.member]
	}
	return 1
}

// turnStart is the civil time at which turn k begins.
func (l *layer) turnStart(k int) calendar.Civil {
	return l.anchor.Add(k*l.rotation.Every, l.rotation.Unit)
}

// turn returns the instants between which turn k runs, cut to the layer's end.
func (l *layer) turn(k int) (start, end instant) {
	wall := calendar.NewWall(l.zone)
	return firstAt(&wall, l.turnStart(k)), min(firstAt(&wall, l.turnStart(k+1)), l.end)
}

func earlier(a, b calendar.Civil) calendar.Civil {
	if a.Before(b) {
		return a
	}
	return b
}

// runLengths returns, for each place in the circle of users, how many places on somebody else comes; 0 if nobody else
// ever does.
func runLengths(users []watchbill.UserID) []int {
	n := len(users)
	runs := make([]int, n)
	for i := 2*n - 1; i >= 0; i-- { // twice round: only the second time it is known how the circle goes on
		next := (i + 1) % n
		switch {
		case users[i%n] != users[next]:
			runs[i%n] = 1
		case runs[next] > 0:
			runs[i%n] = runs[next] + 1
		}
	}
	return runs
}
