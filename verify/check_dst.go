package verify

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

// dstShifts counts the shifts of up to a day that a change of the clocks makes longer or shorter than the wall clock says.
func (c *checker) dstShifts(id watchbill.ScheduleID, l *line) {
	zone := l.schedule.Zone()
	found, usual := map[time.Duration]*tally{}, map[time.Duration]time.Duration{}
	for _, change := range transitions(zone, c.from, c.to) {
		i := sort.Search(len(l.at), func(i int) bool { return l.at[i] >= change }) - 1
		if i < 0 || l.set[i] == nobody || l.at[i] < c.from || l.until(i) > c.to || l.until(i) == change {
			continue
		}
		start, end := l.at[i].in(zone), l.until(i).in(zone)
		_, before := start.Zone()
		_, after := end.Zone()
		real, gained := end.Sub(start), time.Duration(after-before)*time.Second
		if usual[real] = real + gained; gained == 0 || usual[real] > day {
			continue
		}
		if found[real] == nil {
			found[real] = &tally{}
		}
		found[real].add(l.at[i], l.until(i))
	}
	var lengths []time.Duration
	for d := range found {
		lengths = append(lengths, d)
	}
	slices.Sort(lengths)
	for _, d := range lengths {
		t := found[d]
		c.find(t.finding(DSTShift, Info, "schedule:"+string(id), fmt.Sprintf("a shift of schedule %s lasts %s instead of %s where the "+
			"clocks in %s change: %s", id, Length(d), Length(usual[d]), zone, t.often(zone)), zone))
	}
}

const utcDay = micros(24 * time.Hour / time.Microsecond)

// transitions returns the instants between from and to at which the offset of a zone changes.
func transitions(zone *time.Location, from, to micros) []micros {
	var list []micros
	for t := from; ; {
		_, end := t.in(zone).ZoneBounds()
		if end.IsZero() || microsOf(end) >= to {
			return list
		}
		next := microsOf(end)
		if next <= t { // the last day of a leap year: https://go.dev/issue/81583
			next = (t/utcDay + 1) * utcDay
		}
		_, before := (next - 1).in(zone).Zone()
		if _, after := next.in(zone).Zone(); after != before && next > from {
			list = append(list, next)
		}
		t = next
	}
}

// relation is how far apart the clocks of some zones are: it changes where some have changed and others have not.
type relation string

// fewHours is the longest gap that a change of clocks can be the cause of.
const fewHours = micros(4 * time.Hour / time.Microsecond)

// dstGaps looks for gaps that are there only while the zones of a schedule's layers are so or so far apart: between the
// changes of the clocks in America and in Europe, say.
func (c *checker) dstGaps(id watchbill.ScheduleID, l *line, gaps []stretch) {
	zones := zonesOf(l)
	if len(zones) < 2 {
		return
	}
	gaps = slices.DeleteFunc(slices.Clone(gaps), func(g stretch) bool { return g.to-g.from > fewHours })
	var order []relation
	lasting, with := map[relation]micros{}, map[relation]*tally{}
	c.relations(zones, func(r relation, from, to micros) {
		if lasting[r] == 0 {
			order = append(order, r)
			with[r] = &tally{}
		}
		lasting[r] += to - from
		i := sort.Search(len(gaps), func(i int) bool { return gaps[i].to > from })
		for ; i < len(gaps) && gaps[i].from < to; i++ {
			with[r].add(gaps[i].from, gaps[i].to)
		}
	})
	if !slices.ContainsFunc(order, func(r relation) bool { return with[r].count == 0 }) {
		return // there are gaps whatever the clocks say
	}
	for _, r := range order {
		if t := with[r]; t.count > 0 {
			c.find(t.finding(DSTGap, Warning, "schedule:"+string(id), fmt.Sprintf("schedule %s has gaps only while %s: %s. "+
				"Let the coverage of its layers overlap by an hour, or give them one timezone", id, r, t.often(l.schedule.Zone())),
				l.schedule.Zone()))
		}
	}
}

// zonesOf returns the zones in which the layers of a schedule count, each once.
func zonesOf(l *line) []*time.Location {
	zones := []*time.Location{}
	add := func(name string) {
		zone := l.schedule.Zone()
		if name != "" {
			zone, _ = calendar.LoadZone(name) // the schedule was made with it
		}
		if zone != nil && !slices.ContainsFunc(zones, func(z *time.Location) bool { return z.String() == zone.String() }) {
			zones = append(zones, zone)
		}
	}
	for _, layer := range l.schedule.Spec().Layers {
		add(layer.Timezone)
	}
	return zones
}

// relations visits the longest intervals of the window in which no zone changes its clocks.
func (c *checker) relations(zones []*time.Location, visit func(r relation, from, to micros)) {
	edges := []micros{c.from, c.to}
	for _, z := range zones {
		edges = append(edges, transitions(z, c.from, c.to)...)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	for i := 0; i+1 < len(edges); i++ {
		visit(relationAt(zones, edges[i]), edges[i], edges[i+1])
	}
}

func relationAt(zones []*time.Location, t micros) relation {
	_, first := t.in(zones[0]).Zone()
	var parts []string
	for _, z := range zones[1:] {
		_, offset := t.in(z).Zone()
		apart := time.Duration(offset-first) * time.Second
		parts = append(parts, fmt.Sprintf("%s and %s are %s apart", zones[0], z, Length(apart.Abs())))
	}
	return relation(strings.Join(parts, " and "))
}
