package verify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
)

// asks looks at what the levels of a policy ask for. People are those whom each level may page.
func (c *checker) asks(r *roll, people [][]watchbill.UserID) {
	p := r.policy
	zone, subject := c.zoneOf(p), "policy:"+string(p.ID)
	say := func(rule Rule, format string, args ...any) {
		c.find(c.always().finding(rule, Warning, subject, fmt.Sprintf(format, args...), zone))
	}
	for i, l := range p.Levels {
		if hours := c.never(l.When); hours != "" {
			say(NeverHolds, "level %d of policy %s is never asked: %s. Change levels[%d].when, or the hours", i+1, p.ID, hours, i)
		}
		if n := r.most(c.to, i); l.Needs() > max(n, 1) {
			say(TooManyAcks, "level %d of policy %s asks for %d acknowledgements, and pages %d people at most: it goes on to the next level "+
				"when they have all acknowledged. Lower levels[%d].acks, or add targets", i+1, p.ID, l.Needs(), n, i)
		}
		if u, ok := c.org.User(only(people[i])); ok && p.Quiet && len(u.Quiet.Windows) > 0 {
			say(QuietAlone, "level %d of policy %s pages %s alone, whose quiet hours hold for it: in these nobody hears of an alert there until "+
				"they end. Add somebody to levels[%d].targets, or take out quiet", i+1, p.ID, u.ID, i)
		}
	}
	if missing := passedOver(p); len(missing) > 0 {
		say(SeverityGap, "no level of policy %s is for alerts of severity %s: they go to catch_all at once. Add the severity to when.severity "+
			"of a level", p.ID, strings.Join(missing, ", "))
	}
	if p.Rest.After > 0 {
		c.relief(p, say)
	}
}

// most is how many people a level has at most at once.
func (r *roll) most(to micros, level int) (n int) {
	for _, m := range r.within(to) {
		n = max(n, len(m.levels[level]))
	}
	return n
}

// never says why the condition of a level cannot hold at any instant of the window; empty if it can.
func (c *checker) never(w escalation.When) string {
	if w.Hours == "" && w.Outside == "" {
		return ""
	}
	severity := watchbill.SeverityCritical
	if len(w.Severity) > 0 {
		severity = w.Severity[0]
	}
	for at := c.from; at < c.to; {
		ok, until := c.org.Holds(w, severity, at.in(time.UTC))
		if ok {
			return ""
		}
		if until.IsZero() || microsOf(until) <= at {
			break
		}
		at = microsOf(until)
	}
	switch {
	case w.Hours == "":
		return fmt.Sprintf("the support hours %s never end", w.Outside)
	case w.Outside == "":
		return fmt.Sprintf("the support hours %s never begin", w.Hours)
	}
	return fmt.Sprintf("it is never within the support hours %s and outside of %s", w.Hours, w.Outside)
}

func only(people []watchbill.UserID) watchbill.UserID {
	if len(people) != 1 {
		return ""
	}
	return people[0]
}

// passedOver returns the severities for which no level is.
func passedOver(p escalation.Policy) (missing []string) {
	for _, s := range severities() {
		if len(p.Levels) > 0 && !slices.ContainsFunc(p.Levels, func(l escalation.Level) bool { return l.When.Covers(s) }) {
			missing = append(missing, s.String())
		}
	}
	return missing
}

func severities() []watchbill.Severity {
	return []watchbill.Severity{watchbill.SeverityCritical, watchbill.SeverityError, watchbill.SeverityWarning, watchbill.SeverityInfo}
}

// relief says when those who relieve others are nobody.
func (c *checker) relief(p escalation.Policy, say func(rule Rule, format string, args ...any)) {
	for at := c.from; at < c.to; {
		people, _ := c.peopleAt(p.Rest.Relief, at.in(time.UTC))
		if len(people) > 0 {
			return
		}
		a := c.org.Resolve(p.Rest.Relief, at.in(time.UTC))
		if a.Until.IsZero() || microsOf(a.Until) <= at {
			break
		}
		at = microsOf(a.Until)
	}
	say(NoRelief, "nobody ever relieves those whom policy %s has woken too often: rest.relief has nobody to page, so they are paged all the "+
		"same. Name somebody in rest.relief of policy %s", p.ID, p.ID)
}

// hours says which support hours are never within.
func (c *checker) hours() {
	for _, h := range c.org.Config().Catalog.Hours {
		hours, ok := c.org.SupportHours(h.ID)
		if !ok {
			continue
		}
		if during, until := hours.At(c.from.in(time.UTC)); !during && (until.IsZero() || microsOf(until) >= c.to) {
			c.find(c.always().finding(NeverOpen, Warning, "hours:"+h.ID, fmt.Sprintf("it is never within the support hours %s: what is quiet "+
				"outside of them is quiet all the time, and what waits for them waits. Change coverage of support hours %s", h.ID, h.ID), time.UTC))
		}
	}
}

// longMute is how long everything may be muted without a word.
const longMute = 30 * day

// muted says what keeps every alert quiet for long.
func (c *checker) muted() {
	cfg := c.org.Config()
	for _, s := range slices.Concat(cfg.Silences, cfg.Made.Silences) {
		c.mutes("silence", s.ID, s.Span, func(sub mute.Subject) bool {
			return (s.Source == "" || s.Source == sub.Source) && s.Matchers.Matches(sub)
		})
	}
	for _, m := range slices.Concat(cfg.Maintenance, cfg.Made.Maintenance) {
		c.mutes("maintenance", m.ID, m.Span, func(sub mute.Subject) bool {
			return slices.Contains(m.Services, sub.Service) || slices.Contains(m.Sources, sub.Source) || m.Matchers.Matches(sub)
		})
	}
}

func (c *checker) mutes(kind, id string, span mute.Span, matches func(mute.Subject) bool) {
	for at := c.from; at < c.to; {
		active, until := span.At(at.in(time.UTC))
		end := c.to
		if !until.IsZero() {
			end = min(microsOf(until), c.to)
		}
		long := active && (until.IsZero() || until.Sub(at.in(time.UTC)) > longMute)
		if long && !slices.ContainsFunc(c.subjects(), func(sub mute.Subject) bool { return !matches(sub) }) {
			t := tally{from: at, to: end, count: 1, total: end - at}
			c.find(t.finding(MutesAll, Warning, kind+":"+id, fmt.Sprintf("%s %s keeps every alert quiet: %s. Nobody is paged meanwhile. "+
				"Let it match less, or end sooner", kind, id, t.often(time.UTC)), time.UTC))
			return
		}
		if end <= at || until.IsZero() {
			return
		}
		at = end
	}
}

// subjects are alerts of every kind that the configuration knows: of each service, source and severity.
func (c *checker) subjects() (all []mute.Subject) {
	services, sources := []watchbill.ServiceID{""}, []watchbill.SourceID{"manual"}
	for _, s := range c.org.Config().Catalog.Services {
		services = append(services, s.ID)
	}
	for _, s := range c.org.Config().Catalog.Sources {
		sources = append(sources, s.ID)
	}
	for _, service := range services {
		for _, source := range sources {
			for _, s := range severities() {
				all = append(all, mute.Subject{Service: service, Source: source, Severity: s, Summary: "something",
					Labels: []alert.Label{{Name: "alertname", Value: "Something"}}})
			}
		}
	}
	return all
}
