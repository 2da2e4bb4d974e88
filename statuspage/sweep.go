package statuspage

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// span is a time during which something says that a component has a status; half-open, in microseconds of Unix time.
type span struct {
	from, to int64
	status   Status
	hand     bool // set by hand, which beats what is not
}

func newSpan(s Status, from, to time.Time) span {
	out := span{from.UnixMicro(), math.MaxInt64, s, false}
	if !to.IsZero() {
		out.to = to.UnixMicro()
	}
	return out
}

// edge is where a span begins or ends.
type edge struct {
	at     int64
	step   int // +1: it begins
	status Status
	hand   bool
}

// sweep goes along the days of one component after the other and keeps its memory from one to the next.
type sweep struct {
	starts [Days + 1]int64
	now    int64
	edges  []edge
	open   [2][statuses]int // how many spans of each status are open: those set by hand, then the others
	day    int              // of starts, at which the sweep is
	days   []Day            // found so far
	micros [statuses]int64  // that each status lasted
}

func newSweep(v *View, now time.Time) *sweep {
	s := &sweep{now: now.UnixMicro()}
	for i, t := range v.Starts {
		s.starts[i] = t.UnixMicro()
	}
	return s
}

// run works out a component's status, when it last changed, its days and its uptime.
func (s *sweep) run(spans []span, c *Component) {
	changed := s.starts[0]
	s.reset(spans)
	last, status := s.starts[0], Operational
	for i := 0; i < len(s.edges) && s.edges[i].at <= s.now; {
		t := s.edges[i].at
		s.lasted(status, last, t)
		for ; i < len(s.edges) && s.edges[i].at == t; i++ {
			s.count(s.edges[i])
		}
		if next := s.status(); next != status && t > s.starts[0] {
			changed = t
		}
		last, status = t, s.status()
	}
	s.lasted(status, last, s.now)
	c.Status, c.Days, c.Uptime = status, slices.Clone(s.days), s.uptime()
	c.UpdatedAt = time.UnixMicro(changed).UTC()
}

// reset forgets the component before, and sorts what is to be counted of this one.
func (s *sweep) reset(spans []span) {
	s.edges, s.days, s.day = s.edges[:0], s.days[:0], 0
	s.open, s.micros = [2][statuses]int{}, [statuses]int64{}
	for _, sp := range spans {
		from := max(sp.from, s.starts[0])
		if sp.to <= from || from > s.now || int(sp.status) >= statuses {
			continue
		}
		s.edges = append(s.edges, edge{from, 1, sp.status, sp.hand}, edge{sp.to, -1, sp.status, sp.hand})
	}
	slices.SortFunc(s.edges, func(a, b edge) int { return cmp.Compare(a.at, b.at) })
}

func (s *sweep) count(e edge) {
	if e.hand {
		s.open[0][e.status] += e.step
	} else {
		s.open[1][e.status] += e.step
	}
}

// status returns the worst of what was set by hand; if nothing was, the worst of the rest.
func (s *sweep) status() Status {
	for _, open := range s.open {
		for status := statuses - 1; status >= 0; status-- {
			if open[status] > 0 {
				return Status(status)
			}
		}
	}
	return Operational
}

// lasted notes that a status lasted from one instant to another.
func (s *sweep) lasted(status Status, from, to int64) {
	if status == Operational || from >= to {
		return
	}
	s.micros[status] += to - from
	for from < to {
		for s.starts[s.day+1] <= from { // now lies before the end of the last day
			s.day++
		}
		until := min(to, s.starts[s.day+1])
		if n := len(s.days); n == 0 || s.days[n-1].Index != s.day {
			s.days = append(s.days, Day{Index: s.day})
		}
		d := &s.days[len(s.days)-1]
		d.Worst = max(d.Worst, status)
		d.Lasted[status] += time.Duration(until-from) * time.Microsecond
		from = until
	}
}

// uptime returns hundredths of a percent, rounded down: 10000 means no outage at all.
func (s *sweep) uptime() int {
	tenths := (s.now - s.starts[0]) * 10
	if tenths <= 0 {
		return 10000
	}
	return int((tenths - 10*s.micros[Major] - 3*s.micros[Partial]) * 10000 / tenths)
}
