package verify

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// crowd numbers sets of people, so that comparing them is comparing numbers. Number 0 is nobody.
type crowd struct {
	sets  [][]watchbill.UserID
	index map[string]int32
	key   []byte
}

const nobody int32 = 0

func newCrowd() *crowd {
	return &crowd{sets: [][]watchbill.UserID{nil}, index: map[string]int32{"": nobody}}
}

// of returns the number of a set, which it copies if it is new.
func (c *crowd) of(users []watchbill.UserID) int32 {
	c.key = c.key[:0]
	for _, u := range users {
		c.key = append(append(c.key, u...), 0)
	}
	if n, ok := c.index[string(c.key)]; ok {
		return n
	}
	n := int32(len(c.sets))
	c.sets = append(c.sets, append([]watchbill.UserID{}, users...))
	c.index[string(c.key)] = n
	return n
}

// line is a schedule over a window, as a function of time that is constant between boundaries: from at[i] to at[i+1] it is
// set[i]. The first is the window's start; no two in a row are equal.
type line struct {
	schedule *schedule.Schedule
	at       []micros
	set      []int32
	end      micros
}

func newLine(s *schedule.Schedule, from, to micros, c *crowd) *line {
	l := &line{schedule: s, end: to}
	for set := range s.Sets(from.in(time.UTC), to.in(time.UTC)) {
		l.at = append(l.at, microsOf(set.Start))
		l.set = append(l.set, c.of(set.Users))
	}
	return l
}

// until returns the end of piece i.
func (l *line) until(i int) micros {
	if i+1 < len(l.at) {
		return l.at[i+1]
	}
	return l.end
}

// stretch is the time from, included, to to, excluded.
type stretch struct{ from, to micros }

// gaps lists the pieces before to in which nobody is on call. They are longest intervals, since no two pieces in a row are
// equal.
func (l *line) gaps(to micros) []stretch {
	var gaps []stretch
	for i, set := range l.set {
		if set == nobody && l.at[i] < to {
			gaps = append(gaps, stretch{l.at[i], min(l.until(i), to)})
		}
	}
	return gaps
}

// world is a configuration over a window, swept once: every other proof reads it.
type world struct {
	org      *oncall.Org
	ways     ways
	from, to micros // of the window
	tail     micros // where the lines end, so that what begins in the window can be followed to its end
	crowd    *crowd
	lines    map[watchbill.ScheduleID]*line
	order    []watchbill.ScheduleID
	swept    int // boundaries
}

func newWorld(org *oncall.Org, from, to time.Time, ways ways) *world {
	w := &world{org: org, ways: ways, from: microsOf(from), to: microsOf(to), crowd: newCrowd(), lines: map[watchbill.ScheduleID]*line{}}
	w.tail = w.to + longestRun(org)
	for _, spec := range org.Config().Schedules {
		s, ok := org.Schedule(spec.ID)
		if !ok {
			continue
		}
		l := newLine(s, w.from, w.tail, w.crowd)
		w.lines[spec.ID] = l
		w.order = append(w.order, spec.ID)
		w.swept += len(l.at)
	}
	return w
}

// usable reports whether a page can reach the person: one who does not exist, or has no contact on a channel that can send,
// counts as nobody.
func (w *world) usable(id watchbill.UserID) bool {
	u, ok := w.org.User(id)
	return ok && len(w.ways.steps(u, watchbill.UrgencyHigh)) > 0
}
