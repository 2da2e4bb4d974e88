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
	c := checker{world: newWorld(org, from, to, optionsOf(more).channels), report: &r, listed: map[string]int{}, rest: map[string]*Finding{}}
	c.index()
	c.schedules()
	c.policies()
	c.people()
	c.services()
	c.summarise()
	sortFindings(r.Findings)
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
	listed   map[string]int                                // by rule and subject
	rest     map[string]*Finding                           // what is over the limit
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
			if t.Kind == escalation.TargetSchedule && !slices.Contains(c.usedBy[id], p.ID) {
				c.usedBy[id] = append(c.usedBy[id], p.ID)
			}
		}
	}
	for _, s := range cfg.Catalog.Services {
		c.servedBy[s.Policy] = append(c.servedBy[s.Policy], s.ID)
	}
}

// find lists a finding, or counts it if there are many of its kind.
func (c *checker) find(f Finding) {
	key := string(f.Rule) + " " + f.Subject
	c.listed[key]++
	if c.listed[key] <= MaxFindings {
		c.report.Findings = append(c.report.Findings, f)
		return
	}
	r, ok := c.rest[key]
	if !ok {
		r = &Finding{Rule: f.Rule, Severity: f.Severity, Subject: f.Subject, From: f.From}
		c.rest[key] = r
	}
	r.Count++
	r.To = f.To
	r.Total += max(f.Total, f.To.Sub(f.From))
}

// summarise tells of the findings over the limit.
func (c *checker) summarise() {
	for _, r := range c.rest {
		r.Message = fmt.Sprintf("and %s more of the same kind until %s, in all %s", times(r.Count), long(r.To), length(r.Total))
		c.report.Findings = append(c.report.Findings, *r)
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
	return fmt.Sprintf("%s, in all %s, first from %s", times(t.count), length(t.total.duration()), when)
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
