package schedule

import (
	"time"

	"github.com/watchbill/watchbill/calendar"
)

// sun says when a site takes over: at a time of day, on some days of the week.
type sun struct {
	from calendar.TimeOfDay
	days [7]bool
}

// around returns the latest take-over at or before c and the first one after.
func (s *sun) around(c calendar.Civil) (last, next calendar.Civil) {
	year, month, day := c.Date()
	for back := range 8 {
		if last = s.on(year, month, day-back); !last.IsZero() && !c.Before(last) {
			break
		}
	}
	for on := range 8 {
		if next = s.on(year, month, day+on); c.Before(next) {
			break
		}
	}
	return last, next
}

// on returns the take-over of one day; zero if there is none.
func (s *sun) on(year int, month time.Month, day int) calendar.Civil {
	c := calendar.NewCivil(year, month, day, 0, 0, int(s.from))
	if !s.days[c.Weekday()] {
		return calendar.Civil{}
	}
	return c
}

// follow moves the hand of a site to its latest take-over at or before t. Those outside of its start and end do not
// count.
func (l *layer) follow(h *hand, t instant) {
	if t < h.tookUntil {
		return
	}
	if t < l.start {
		h.took, h.tookUntil = -never, l.start
		return
	}
	last, next := l.sun.around(h.wall.Reading(min(t, l.end-1).in(time.UTC)))
	h.took, h.tookUntil = firstAt(&h.wall, last), firstAt(&h.wall, next)
	if h.took < l.start {
		h.took = -never
	}
	if t >= l.end || h.tookUntil >= l.end {
		h.tookUntil = never
	}
}

// askSites appends the people of the site that took over last; of several at the same instant, the later in the list.
func (s *Schedule) askSites(e *era, hands []hand, t instant, buf []duty) ([]duty, instant) {
	until, latest, has := never, -never, -1
	for i := e.sites.from; i < e.sites.to; i++ {
		h := &hands[i]
		s.layers[i].follow(h, t)
		until = min(until, h.tookUntil)
		if h.took > -never && h.took >= latest {
			latest, has = h.took, i
		}
	}
	if has < 0 {
		return buf, until
	}
	if e.sites.from+1 == e.sites.to { // there is nobody else to take over
		until = never
	}
	buf, asked := s.layers[has].ask(&hands[has], t, buf)
	return buf, min(until, asked)
}
