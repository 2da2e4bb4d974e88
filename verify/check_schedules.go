package verify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/schedule"
)

// schedules looks at each schedule by itself.
func (c *checker) schedules() {
	for _, id := range c.order {
		l := c.lines[id]
		c.coverage(id, l)
		c.unused(id, l)
		c.ends(id, l)
		c.singleMember(id, l)
		c.dstShifts(id, l)
	}
}

// coverage lists the gaps of a schedule, or proves that there is none.
func (c *checker) coverage(id watchbill.ScheduleID, l *line) {
	gaps := l.gaps(c.to)
	if len(gaps) == 0 {
		c.prove("schedule %s has somebody on call at every instant %s", id, c.window(l.schedule.Zone()))
		return
	}
	d := newDoctor(l.schedule, c.includedIn(l.schedule))
	like := Finding{Rule: CoverageGap, Severity: Warning, Subject: "schedule:" + string(id)}
	c.gaps(gaps, l.schedule.Zone(), like, func(f *Finding, p *pattern) {
		gap := d.gap(stretch{microsOf(f.From), microsOf(f.To)})
		f.Causes = gap.Causes
		f.Message = c.gapMessage(id, gap, p)
	})
	c.dstGaps(id, l, gaps)
}

// gapMessage says when nobody is on call, why, what that costs and what mends it.
func (c *checker) gapMessage(id watchbill.ScheduleID, g Gap, p *pattern) string {
	when := "from " + period(g.Start, g.End)
	if p != nil {
		when = p.often(g.Start.Location())
	}
	text := fmt.Sprintf("nobody is on call in %s %s (%s)", id, when, Length(g.End.Sub(g.Start)))
	var why, mend []string
	for _, cause := range g.Causes {
		if !slices.Contains(why, cause.Text) {
			why = append(why, cause.Text)
		}
		if line := cause.closing(g, p); !slices.Contains(mend, line) {
			mend = append(mend, line)
		}
	}
	if len(why) > 0 {
		text += ": " + strings.Join(why, "; ")
	}
	for _, p := range c.usedBy[id] {
		text += ". " + c.cost(id, p, g.Start)
	}
	if len(mend) > 0 {
		text += ". To mend it, " + strings.Join(mend, ", or ")
	}
	return text
}

// closing says what mends a cause; where the hours of a layer are all of it, with the line to add.
func (c Cause) closing(g Gap, p *pattern) string {
	if !c.weekly || !c.Start.Equal(g.Start) || !c.End.Equal(g.End) {
		return c.Mend
	}
	zone := g.Start.Location()
	from := civilOf(microsOf(g.Start), zone)
	days := []calendar.Weekday{from.weekday()}
	if p != nil {
		days = p.days
	}
	lines := windows(days, from, civilOf(microsOf(g.End), zone)-from)
	if lines == "" {
		return c.Mend
	}
	return strings.Replace(c.Mend, "add coverage to", "add "+lines+" to the coverage of", 1)
}

// cost says what becomes of an alert of a policy while a schedule that it asks for has nobody; empty if nothing.
func (c *checker) cost(id watchbill.ScheduleID, policy watchbill.PolicyID, at time.Time) string {
	p, _ := c.org.Frozen(policy)
	m := c.momentAt(p, at)
	var passed []string
	for i, l := range m.levels {
		if len(l) > 0 {
			if len(passed) == 0 {
				return fmt.Sprintf("A critical alert for %s begins with %s all the same (level %d)", c.policyName(policy), enumerate(l), i+1)
			}
			return fmt.Sprintf("A critical alert for %s passes over level %s and pages %s first", c.policyName(policy),
				strings.Join(passed, " and "), enumerate(l))
		}
		passed = append(passed, fmt.Sprint(i+1))
	}
	if len(m.catch) > 0 {
		return fmt.Sprintf("A critical alert for %s finds nobody on its levels and falls to catch_all: %s", c.policyName(policy), enumerate(m.catch))
	}
	return fmt.Sprintf("A critical alert for %s reaches NOBODY", c.policyName(policy))
}

// unused says that no policy asks for a schedule.
func (c *checker) unused(id watchbill.ScheduleID, l *line) {
	if len(c.usedBy[id]) > 0 || slices.Contains(c.org.Config().CatchAll, escalation.Schedule(id)) {
		return
	}
	for _, other := range c.order {
		if slices.Contains(includes(c.lines[other].schedule.Spec()), id) {
			return
		}
	}
	c.find(c.always().finding(UnusedSchedule, Info, "schedule:"+string(id), fmt.Sprintf("no policy asks for schedule %s: "+
		"whoever is on call there is not paged for it. Name schedule:%s in the targets of a policy", id, id), l.schedule.Zone()))
}

// includes returns the schedules that layers of a spec include.
func includes(s schedule.Spec) []watchbill.ScheduleID {
	var ids []watchbill.ScheduleID
	layers := slices.Clone(s.Layers)
	for _, v := range s.Versions {
		layers = append(layers, v.Layers...)
	}
	for _, l := range layers {
		if l.Schedule != "" {
			ids = append(ids, l.Schedule)
		}
	}
	return ids
}

// ends warns of layers that end within the window.
func (c *checker) ends(id watchbill.ScheduleID, l *line) {
	zone := l.schedule.Zone()
	for i, layer := range l.schedule.Spec().Layers {
		if layer.End.IsZero() {
			continue
		}
		end := microsOf(layer.End.In(zone))
		if end <= c.from || end >= c.to {
			continue
		}
		t := tally{from: end, to: c.to, count: 1, total: c.to - end}
		c.find(t.finding(LayerEnds, Info, "schedule:"+string(id), fmt.Sprintf("layers[%d] (%s) of schedule %s ends on %s: "+
			"from then on nobody has its turns. Move or take out its end", i, layer.ID, id, long(end.in(zone))), zone))
	}
}

// singleMember says that one person alone is ever on call.
func (c *checker) singleMember(id watchbill.ScheduleID, l *line) {
	var only watchbill.UserID
	for i, n := range l.set {
		if l.at[i] >= c.to {
			break
		}
		for _, u := range c.crowd.sets[n] {
			if only != "" && u != only {
				return
			}
			only = u
		}
	}
	if only == "" {
		return
	}
	c.find(c.always().finding(SingleMember, Info, "schedule:"+string(id), fmt.Sprintf("%s alone is ever on call in schedule %s: "+
		"no rest, and nobody steps in. Add users to %s of schedule %s", only, id, firstLayer(l.schedule.Spec()), id), l.schedule.Zone()))
}

// firstLayer names where users can be added.
func firstLayer(s schedule.Spec) string {
	if len(s.Layers) == 0 {
		return "a layer"
	}
	return fmt.Sprintf("layers[0] (%s)", s.Layers[0].ID)
}
