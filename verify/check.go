package verify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// MaxFindings is how many findings of one rule about one subject are listed. The rest is counted in one more finding.
const MaxFindings = 100

// Check looks at a whole configuration over [from, to): it proves what can be proved, and lists what somebody may want to
// change. The rules and what they cost are in the package documentation. An empty window has nothing to prove or to find.
func Check(org *oncall.Org, from, to time.Time, more ...Option) Report {
	r := Report{From: from, To: to, Findings: []Finding{}, Proved: []string{}, WorstCase: []WorstCase{}}
	if !to.After(from) {
		return r
	}
	c := checker{world: newWorld(org, from, to, optionsOf(more).channels), report: &r, all: newLedger(), brief: newLedger()}
	c.index()
	c.schedules()
	c.policies()
	c.people()
	c.services()
	c.hours()
	c.muted()
	r.Findings, r.brief = c.all.close(), c.brief.close()
	r.Instants = c.swept
	return r
}

// checker is a Check under way.
type checker struct {
	*world
	report   *Report
	usedBy   map[watchbill.ScheduleID][]watchbill.PolicyID // the policies that ask for a schedule, in order
	servedBy map[watchbill.PolicyID][]watchbill.ServiceID  // the services that a policy is for
	paged    map[watchbill.UserID]bool                     // who may be paged, by whichever policy
	all      ledger                                        // of every finding
	brief    ledger                                        // for readers: what comes back is drawn together
}

// index notes who uses what.
func (c *checker) index() {
	c.usedBy, c.servedBy = map[watchbill.ScheduleID][]watchbill.PolicyID{}, map[watchbill.PolicyID][]watchbill.ServiceID{}
	c.paged = map[watchbill.UserID]bool{}
	cfg := c.org.Config()
	for _, p := range cfg.Policies {
		frozen, _ := c.org.Frozen(p.ID)
		for _, t := range targetsOf(c.org, frozen) {
			id := watchbill.ScheduleID(t.ID)
			if t.Schedule() && !slices.Contains(c.usedBy[id], p.ID) {
				c.usedBy[id] = append(c.usedBy[id], p.ID)
			}
		}
	}
	for _, s := range cfg.Catalog.Services {
		c.servedBy[s.Policy] = append(c.servedBy[s.Policy], s.ID)
	}
}

// find lists a finding.
func (c *checker) find(f Finding) {
	c.all.add(f)
	c.brief.add(f)
}

// gaps lists gaps one by one; for readers, those that come back are one. Words makes the message: p is nil for a single one.
func (c *checker) gaps(list []stretch, zone *time.Location, like Finding, words func(f *Finding, p *pattern)) {
	patterns, rest := patternsOf(list, zone)
	told := map[micros]Finding{}
	tell := func(b *ledger, g stretch, p *pattern) {
		f, ok := told[g.from]
		if !ok || p != nil {
			f = like
			f.From, f.To = g.from.in(zone), g.to.in(zone)
			if p != nil {
				f.Count, f.Stands, f.Total = len(p.gaps), len(p.gaps), p.total().duration()
			}
			if b.room(f) {
				words(&f, p)
				told[g.from] = f
			}
		}
		b.add(f)
	}
	for i := range patterns {
		tell(&c.brief, patterns[i].gaps[0], &patterns[i])
	}
	clear(told)
	for _, g := range list {
		tell(&c.all, g, nil)
	}
	for _, g := range rest {
		tell(&c.brief, g, nil)
	}
}

func (c *checker) prove(format string, args ...any) {
	c.report.Proved = append(c.report.Proved, fmt.Sprintf(format, args...))
}

// window tells the window in a zone.
func (c *checker) window(zone *time.Location) string {
	return fmt.Sprintf("from %s to %s", long(c.from.in(zone)), long(c.to.in(zone)))
}

// zoneOf returns the zone in which a policy's findings are told: that of the first schedule that it asks for, else UTC.
func (w *world) zoneOf(p escalation.Policy) *time.Location {
	if lines := w.behind(p); len(lines) > 0 {
		return lines[0].schedule.Zone()
	}
	return time.UTC
}

// includedIn returns the schedules that a schedule may include: all others.
func (w *world) includedIn(s *schedule.Schedule) []*schedule.Schedule {
	var all []*schedule.Schedule
	for _, id := range w.order {
		if other := w.lines[id].schedule; other != s {
			all = append(all, other)
		}
	}
	return all
}

// policyName names a policy with the services that it is for.
func (c *checker) policyName(id watchbill.PolicyID) string {
	services := c.servedBy[id]
	if len(services) == 0 {
		return string(id)
	}
	return fmt.Sprintf("%s (%s)", id, enumerate(services))
}

// enumerate writes names with commas; of many, the first few.
func enumerate[S ~string](list []S) string {
	const few = 5
	var names []string
	for _, s := range list[:min(len(list), few)] {
		names = append(names, string(s))
	}
	if more := len(list) - few; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// often tells how often something happens: when, if once; else how often, how long in all, and the first time.
func (t *tally) often(zone *time.Location) string {
	when := period(t.from.in(zone), t.to.in(zone))
	if t.count == 1 {
		return "from " + when
	}
	return fmt.Sprintf("%s, in all %s, first from %s", times(t.count), Length(t.total.duration()), when)
}

// finding makes a finding of a tally.
func (t *tally) finding(rule Rule, s Severity, subject, message string, zone *time.Location) Finding {
	f := Finding{Rule: rule, Severity: s, Subject: subject, From: t.from.in(zone), To: t.to.in(zone), Message: message}
	if t.count > 1 {
		f.Count, f.Total = t.count, t.total.duration()
	}
	return f
}

// always is the tally of what holds throughout the window.
func (w *world) always() *tally {
	return &tally{from: w.from, to: w.to, count: 1, total: w.to - w.from}
}
