package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
)

// policies looks at each policy.
func (c *checker) policies() {
	for _, p := range c.org.Config().Policies {
		frozen, _ := c.org.Frozen(p.ID)
		r := c.newRoll(frozen)
		c.reaches(r)
		people := c.levels(r)
		c.starved(frozen, people)
		c.asks(r, people)
		c.overlaps(r)
		c.qualified(r)
		worst, unfinished := c.worstTimes(r)
		worst.inZone(c.zoneOf(frozen))
		c.report.WorstCase = append(c.report.WorstCase, worst)
		if !unfinished.IsZero() {
			t := tally{from: microsOf(unfinished), to: c.to, count: 1}
			c.find(t.finding(UnfinishedProof, Info, "policy:"+string(p.ID), fmt.Sprintf("policy %s has too many attempts to follow "+
				"every run: the worst case is proved until %s only", p.ID, long(unfinished)), c.zoneOf(frozen)))
		}
	}
}

// reaches lists when a policy reaches nobody, or proves that it always reaches somebody.
func (c *checker) reaches(r *roll) {
	zone, id := c.zoneOf(r.policy), r.policy.ID
	gaps := r.gaps(c.to)
	if len(gaps) == 0 {
		c.prove("policy %s, catch_all included, has somebody to page at every instant %s", id, c.window(zone))
		return
	}
	like := Finding{Rule: PolicyGap, Severity: Error, Subject: "policy:" + string(id)}
	c.gaps(gaps, zone, like, func(f *Finding, p *pattern) {
		when := period(f.From, f.To)
		if p != nil {
			when = p.often(zone) + ":"
		}
		f.Message = fmt.Sprintf("%s a critical alert for %s reaches nobody for %s, catch_all included: %s. To mend it, name "+
			"somebody in catch_all, or close the gap", when, c.policyName(id), Length(f.To.Sub(f.From)),
			strings.Join(c.reasons(r.policy, f.From), "; "))
	})
}

// reasons says why each level of a policy and its catch-all have nobody.
func (c *checker) reasons(p escalation.Policy, at time.Time) []string {
	var all []string
	for i, l := range p.Levels {
		all = append(all, fmt.Sprintf("level %d: %s", i+1, c.reason(l.Targets, at)))
	}
	if len(p.CatchAll) == 0 {
		return append(all, "there is no catch_all")
	}
	return append(all, "catch_all: "+c.reason(p.CatchAll, at))
}

func (c *checker) reason(targets []escalation.Target, at time.Time) string {
	a := c.org.Resolve(targets, at)
	if a.Reason != "" {
		return a.Reason
	}
	var mute []string
	for _, p := range a.People {
		if _, person := c.org.User(p.User); !person {
			mute = append(mute, string(p.User)+" is no person")
			continue
		}
		mute = append(mute, string(p.User)+" "+c.ways.mute(c.org, p.User))
	}
	return strings.Join(mute, ", ")
}

// tallies counts, for each key that a moment has, the longest intervals of the window in which it does.
func (r *roll) tallies(to micros, keys func(moment) []string) map[string]*tally {
	all, of := map[string]*tally{}, make([][]*tally, len(r.moments))
	for i, m := range r.moments {
		for _, k := range keys(m) {
			if all[k] == nil {
				all[k] = &tally{}
			}
			of[i] = append(of[i], all[k])
		}
	}
	for i, s := range r.state {
		if r.at[i] >= to {
			break
		}
		for _, t := range of[s] {
			t.add(r.at[i], min(r.until(i), to))
		}
	}
	maps.DeleteFunc(all, func(_ string, t *tally) bool { return t.count == 0 })
	return all
}

// sorted goes through tallies by the first time, then by key.
func sorted(all map[string]*tally) []string {
	keys := slices.Sorted(maps.Keys(all))
	slices.SortStableFunc(keys, func(a, b string) int { return int(min(max(all[a].from-all[b].from, -1), 1)) })
	return keys
}

// within returns the moments of the window, each once.
func (r *roll) within(to micros) []moment {
	var list []moment
	seen := make([]bool, len(r.moments))
	for i, s := range r.state {
		if r.at[i] < to && !seen[s] {
			seen[s] = true
			list = append(list, r.moments[s])
		}
	}
	return list
}

func texts(users []watchbill.UserID) []string {
	var list []string
	for _, u := range users {
		list = append(list, string(u))
	}
	return list
}

// levels notes who may be paged, and says which levels never have anybody. It returns whom each level may page.
func (c *checker) levels(r *roll) [][]watchbill.UserID {
	people := make([][]watchbill.UserID, len(r.policy.Levels))
	for _, m := range r.within(c.to) {
		for i, l := range m.levels {
			if m.open[i] || len(r.policy.Levels[i].When.Severity) > 0 {
				people[i] = with(people[i], l)
			}
		}
		for _, u := range m.everybody() {
			c.paged[u] = true
		}
	}
	zone := c.zoneOf(r.policy)
	for i, l := range r.policy.Levels {
		if len(people[i]) == 0 && c.never(l.When) == "" && !escalation.OnlyMachines(l.Targets) {
			c.find(c.always().finding(UnreachedLevel, Warning, "policy:"+string(r.policy.ID), fmt.Sprintf("level %d of policy %s never "+
				"has anybody to page: %s. Change levels[%d].targets of policy %s", i+1, r.policy.ID,
				c.reason(l.Targets, c.from.in(zone)), i, r.policy.ID), zone))
		}
	}
	return people
}

// with returns a list with those added that it does not have.
func with(have, more []watchbill.UserID) []watchbill.UserID {
	for _, u := range more {
		if !slices.Contains(have, u) {
			have = append(have, u)
		}
	}
	return have
}

// overlaps says where levels page the same people.
func (c *checker) overlaps(r *roll) {
	all := r.tallies(c.to, overlapsOf)
	for _, k := range sorted(all) {
		parts := strings.SplitN(k, "\t", 4)
		rule, a, b, who := Rule(parts[0]), parts[1], parts[2], parts[3]
		zone, t := c.zoneOf(r.policy), all[k]
		var text string
		switch {
		case a == "":
			text = fmt.Sprintf("%s is the only person whom an alert for %s can page, catch_all included: whoever sleeps through it is "+
				"not backed by anybody", who, c.policyName(r.policy.ID))
		case rule == SinglePoint:
			text = fmt.Sprintf("levels %s and %s of policy %s page %s alone: when %s does not answer, escalating helps nobody", a, b,
				r.policy.ID, who, who)
		default:
			text = fmt.Sprintf("levels %s and %s of policy %s page the same people, %s: escalating brings nobody new", a, b,
				r.policy.ID, who)
		}
		c.find(t.finding(rule, Warning, "policy:"+string(r.policy.ID), fmt.Sprintf("%s; %s. %s", text, t.often(zone),
			apartAdvice(r.policy, a, b)), zone))
	}
}

// apartAdvice says what to change where two levels have the same people; no levels: where the whole policy has.
func apartAdvice(p escalation.Policy, a, b string) string {
	var names []string
	for i, l := range p.Levels {
		n := fmt.Sprint(i + 1)
		if a != "" && n != a && n != b {
			continue
		}
		for _, t := range l.Targets {
			if t.Kind == escalation.TargetSchedule {
				names = append(names, fmt.Sprintf("schedule %s (level %s)", t.ID, n))
			}
		}
	}
	targets := fmt.Sprintf("the targets of a level of policy %s", p.ID)
	switch {
	case a == "":
		return fmt.Sprintf("Add a level with somebody else to policy %s, or name more people in catch_all", p.ID)
	case len(names) == 0:
		return "Change " + targets
	}
	return fmt.Sprintf("Let somebody else be on call then in %s, or change %s", either(names), targets)
}

// overlapsOf returns rule, two levels and people, for each two levels with the same.
func overlapsOf(m moment) []string {
	if all := m.everybody(); len(all) == 1 {
		return []string{fmt.Sprintf("%s\t\t\t%s", SinglePoint, all[0])}
	}
	var list []string
	for j, b := range m.levels {
		for i, a := range m.levels[:j] {
			if len(a) == 0 || !m.open[i] || !m.open[j] || !sameSet(a, b) {
				continue
			}
			rule := SamePeople
			if len(a) == 1 {
				rule = SinglePoint
			}
			list = append(list, fmt.Sprintf("%s\t%d\t%d\t%s", rule, i+1, j+1, enumerate(a)))
		}
	}
	return list
}

func sameSet(a, b []watchbill.UserID) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(u watchbill.UserID) bool { return !slices.Contains(b, u) })
}

// starved says which rungs of people's rules come only when the policy has gone through all its levels.
func (c *checker) starved(p escalation.Policy, people [][]watchbill.UserID) {
	var rest time.Duration
	for _, l := range p.Levels {
		rest += lasts(l) * time.Duration(max(p.Cycles, 1))
	}
	told := map[string]bool{}
	for i, l := range p.Levels {
		for _, id := range people[i] {
			user, _ := c.org.User(id)
			for _, s := range c.ways.steps(user, watchbill.UrgencyHigh) {
				if key := string(id) + " " + string(s.Contact.ID); s.After >= rest && s.After > 0 && !told[key] {
					told[key] = true
					c.find(c.starvedFinding(p.ID, i+1, id, s, rest))
				}
			}
		}
		rest -= lasts(l)
	}
}

func (c *checker) starvedFinding(p watchbill.PolicyID, level int, id watchbill.UserID, s notify.Step, rest time.Duration) Finding {
	return c.always().finding(StarvedRung, Warning, "user:"+string(id), fmt.Sprintf("the rule of %s for contact %s waits %s, but "+
		"policy %s is through all its levels %s after it pages level %d: everybody else and catch_all are paged before that contact "+
		"is tried. Shorten after in rules.high of user %s", id, s.Contact.ID, Length(s.After), p, Length(rest), level, id), time.UTC)
}

// lasts is how long a level lasts whose messages are accepted.
func lasts(l escalation.Level) time.Duration {
	timeout, every := l.Timeout, l.Repeat.Every
	if timeout <= 0 {
		timeout = escalation.DefaultTimeout
	}
	if every <= 0 {
		every = escalation.DefaultEvery
	}
	if n := l.Repeat.Attempts; n > 1 && every < timeout/time.Duration(n) {
		return every * time.Duration(n)
	}
	return timeout
}

// qualified says who may be paged for a service without knowing what the service asks for.
func (c *checker) qualified(r *roll) {
	for _, id := range c.servedBy[r.policy.ID] {
		service, _ := c.org.Service(id)
		if len(service.Qualifications) == 0 {
			continue
		}
		all := r.tallies(c.to, func(m moment) []string {
			m.catch = nil // a last resort
			return texts(slices.DeleteFunc(m.everybody(), func(u watchbill.UserID) bool { return len(c.lacks(u, service.Qualifications)) == 0 }))
		})
		for _, u := range sorted(all) {
			t, zone := all[u], c.zoneOf(r.policy)
			lacks := strings.Join(c.lacks(watchbill.UserID(u), service.Qualifications), ", ")
			c.find(t.finding(Unqualified, Warning, "service:"+string(id), fmt.Sprintf("%s may be paged for service %s without its "+
				"qualification %s; %s. Give the duty to somebody who has it, or add it to qualifications of user %s", u, id, lacks,
				t.often(zone), u), zone))
		}
	}
}

// lacks returns which of some qualifications a person does not have.
func (c *checker) lacks(id watchbill.UserID, wanted []string) []string {
	u, _ := c.org.User(id)
	return slices.DeleteFunc(slices.Clone(wanted), func(q string) bool { return slices.Contains(u.Qualifications, q) })
}
