package schedule

import (
	"time"

	"github.com/watchbill/watchbill/calendar"
)

// layer is a Layer or a Site made ready for questions. It has a circle of users, or hand-placed shifts, or another
// schedule.
type layer struct {
	id         LayerID
	zone       *time.Location
	start, end instant
	coverage   calendar.Coverage
	isOpen     bool // at any time: coverage need not be asked
	circle     circle
	hours      [][]*hours       // for each place of the circle and each of its people; nil: nobody has own hours
	zones      []*time.Location // of people with own hours
	placed     *placed
	included   *Schedule
	inner      innerDuties
	sun        sun  // when a site takes over
	mute       bool // a site that is there for its take-overs only
}

// innerDuties is Schedule.duties of an included schedule. Called by a variable, it leaves all hands on the stack.
type innerDuties func(hands []hand, t instant, buf []duty) ([]duty, instant)

// hand points at what a layer says at one instant, and keeps it for as long as it holds. A walk through time needs one
// for every layer.
type hand struct {
	wall     calendar.Wall
	skipping bool    // see Schedule.hands
	open     bool    // somebody may be on call
	until    instant // what is said here holds until then

	turn, place int     // place is that of the turn in the circle
	turnEnd     instant // where the turn ends, or a later one that need not be told apart; never: not known
	absent      uint64  // bit j: the j-th of the turn's people is outside of own hours

	took, tookUntil instant // a site's latest take-over, and until when it is the latest
	more            *more   // what few layers need
}

// more is what few layers keep at hand.
type more struct {
	walls  []calendar.Wall // of people with own hours
	inner  []hand          // of the included schedule
	duties []duty          // scratch
}

// ask appends to buf whom the layer has at t, and returns an instant until which that holds. No later t may have been
// asked before.
func (l *layer) ask(h *hand, t instant, buf []duty) ([]duty, instant) {
	if t >= h.until {
		l.move(h, t)
	}
	switch {
	case !h.open || l.mute:
	case l.placed != nil:
		return l.placed.ask(l.id, t, buf, h.until)
	case l.included != nil:
		return l.askIncluded(h, t, buf)
	default:
		for j, u := range l.circle.people[h.place] {
			if h.absent>>j&1 == 0 {
				buf = append(buf, duty{Part: Part{User: u, Layer: l.id, Turn: h.turn}, gave: u})
			}
		}
	}
	return buf, h.until
}

// measure returns how many people the layer may have at once, at most, and how much it has to ask for that.
func (l *layer) measure() (people, asked int) {
	switch {
	case l.placed != nil:
		people = l.placed.most
	case l.included != nil:
		o := &l.included.overrides
		people, asked = l.included.people, l.included.asked+o.most+o.adds
	default:
		for _, p := range l.circle.people {
			people = max(people, len(p))
		}
	}
	return people, asked + 1
}

// move turns the hand to t.
func (l *layer) move(h *hand, t instant) {
	if t == h.turnEnd && t < l.end {
		l.nextTurn(h, t)
		return
	}
	h.open, h.turnEnd = false, never
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
	h.open, h.until = true, never
	if l.isOpen && l.circle.turns == nil {
		return
	}
	reading := h.wall.Reading(t.in(time.UTC))
	until := endOfTime
	if !l.isOpen {
		if h.open, until = l.coverage.At(reading); !h.open {
			h.until = firstAt(&h.wall, until)
			return
		}
	}
	if l.circle.turns != nil {
		h.turn = l.circle.turns.at(reading)
		h.place = l.circle.place(h.turn)
		if run := l.circle.run(h.place, h.skipping); run > 0 {
			until = earlier(until, l.circle.turns.start(h.turn+run))
		}
		h.open = len(l.circle.people[h.place]) > 0
	}
	h.until = firstAt(&h.wall, until)
	if l.isOpen && l.hours == nil && l.circle.isPlain {
		h.turnEnd = h.until
	}
	if l.hours != nil {
		l.askHours(h, t)
	}
}

// nextTurn turns the hand from the end of one turn to the next that has a length, which takes no look at the clock.
func (l *layer) nextTurn(h *hand, t instant) {
	c := &l.circle
	for h.turnEnd == t {
		run := c.run(h.place, h.skipping)
		h.turn += run
		if h.place += run; h.place >= len(c.people) {
			h.place %= len(c.people)
		}
		h.turnEnd = never
		if run = c.run(h.place, h.skipping); run > 0 {
			h.turnEnd = firstAt(&h.wall, c.turns.start(h.turn+run))
		}
	}
	h.open = len(c.people[h.place]) > 0
	h.until = min(h.turnEnd, l.end)
}

// turn returns the instants between which turn k runs, cut to the layer's end.
func (l *layer) turn(k int) span {
	wall := calendar.NewWall(l.zone)
	return span{firstAt(&wall, l.circle.turns.start(k)), min(firstAt(&wall, l.circle.turns.start(k+1)), l.end)}
}

// askIncluded appends the people of the other schedule.
func (l *layer) askIncluded(h *hand, t instant, buf []duty) ([]duty, instant) {
	m := h.extra()
	if m.inner == nil {
		m.inner = l.included.hands(nil, h.skipping)
	}
	var until instant
	m.duties, until = l.inner(m.inner, t, m.duties[:0])
	first := len(buf)
	for _, d := range m.duties {
		p := Part{User: d.User, Layer: l.id, Turn: d.Turn, Schedule: l.included.ID()}
		if !isAmong(buf[first:], p) {
			buf = append(buf, duty{Part: p, gave: d.User})
		}
	}
	return buf, min(until, h.until)
}

func isAmong(duties []duty, p Part) bool {
	for i := range duties {
		if duties[i].Part == p {
			return true
		}
	}
	return false
}

// hours are one person's own hours.
type hours struct {
	number   int // of the layer's people with hours
	coverage calendar.Coverage
}

// askHours finds who of the turn's people is outside of own hours.
func (l *layer) askHours(h *hand, t instant) {
	h.absent = 0
	for j, p := range l.hours[h.place] {
		if p == nil {
			continue
		}
		wall := l.wallOf(h, p)
		open, until := p.coverage.At(wall.Reading(t.in(time.UTC)))
		if !open {
			h.absent |= 1 << j
		}
		h.until = min(h.until, firstAt(wall, until))
	}
}

func (l *layer) wallOf(h *hand, p *hours) *calendar.Wall {
	m := h.extra()
	for _, zone := range l.zones[len(m.walls):] {
		m.walls = append(m.walls, calendar.NewWall(zone))
	}
	return &m.walls[p.number]
}

func (h *hand) extra() *more {
	if h.more == nil {
		h.more = &more{}
	}
	return h.more
}

func earlier(a, b calendar.Civil) calendar.Civil {
	if a.Before(b) {
		return a
	}
	return b
}
