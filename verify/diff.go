package verify

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// Comparison is what changes between two configurations in [From, To).
type Comparison struct {
	From      time.Time        `json:"from"`
	To        time.Time        `json:"to"`
	People    []PersonChange   `json:"people"`   // who gains and loses which shifts, in the order of the configurations
	Coverage  []CoverageChange `json:"coverage"` // where schedules gain or lose gaps, and policies instants without anybody
	WorstCase []WorstChange    `json:"worst_case"`
	Paths     []PathChange     `json:"policies"` // whom policies page differently, schedules aside
	Routes    []RouteChange    `json:"routes"`   // services that get another policy, sources that go to another service
	Settings  []string         `json:"settings"` // what else is not the same about paging, a sentence each
}

// PersonChange is what one person gains and loses.
type PersonChange struct {
	User    watchbill.UserID   `json:"user"`
	Gains   watchbill.Duration `json:"gains"` // in all
	Loses   watchbill.Duration `json:"loses"`
	Changes []Change           `json:"changes"`
}

// CoverageChange is how the gaps of a schedule or a policy change.
type CoverageChange struct {
	Subject string              `json:"subject"` // as "schedule:primary" or "policy:web"
	Opened  []schedule.Interval `json:"opened"`  // there is nobody any more
	Closed  []schedule.Interval `json:"closed"`  // there is somebody now
}

// WorstChange is how the worst case of a policy changes. A policy that only one configuration has is compared to nothing.
type WorstChange struct {
	Policy        watchbill.PolicyID
	Before, After *WorstCase // nil: there is no such policy
}

// MarshalJSON writes {"policy", "before", "after"}.
func (w WorstChange) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Policy watchbill.PolicyID `json:"policy"`
		Before *WorstCase         `json:"before"`
		After  *WorstCase         `json:"after"`
	}{w.Policy, w.Before, w.After})
}

// PathChange says from when on a policy pages others than before, on which of its levels; 0 is the catch-all.
type PathChange struct {
	Policy watchbill.PolicyID `json:"policy"`
	Level  int                `json:"level"`
	First  schedule.Interval  `json:"first"` // the first interval in which it does
	Before []watchbill.UserID `json:"before"`
	After  []watchbill.UserID `json:"after"`
}

// Same reports whether nothing changes in who is on call, and in who is paged when and how.
func (c Comparison) Same() bool {
	return len(c.People)+len(c.Coverage)+len(c.WorstCase)+len(c.Paths)+len(c.Routes)+len(c.Settings) == 0
}

// Diff compares two configurations in [from, to): who gains and loses which shifts, which gaps open and close, whom
// policies page otherwise, and how the worst times change. It proves what it does not list: where there is nothing, the
// same people are on call and are paged at every instant, in the same way.
func Diff(before, after *oncall.Org, from, to time.Time, more ...Option) Comparison {
	c := Comparison{From: from, To: to, People: []PersonChange{}, Coverage: []CoverageChange{}, WorstCase: []WorstChange{},
		Paths: []PathChange{}, Routes: []RouteChange{}, Settings: []string{}}
	c.routes(before, after)
	c.settings(before, after)
	c.people(Moves(before, after, from, to), before, after)
	if !to.After(from) {
		return c
	}
	o := optionsOf(more)
	if !o.before.known {
		o.before = o.channels
	}
	was, is := newWorld(before, from, to, o.before), newWorld(after, from, to, o.channels)
	for _, id := range schedulesOf(before, after) {
		c.coverage("schedule:"+string(id), was.scheduleGaps(id), is.scheduleGaps(id))
	}
	for _, id := range policiesOf(before, after) {
		c.policy(id, was, is)
	}
	return c
}

func (c *Comparison) people(moves map[watchbill.UserID][]Change, orgs ...*oncall.Org) {
	for _, org := range orgs {
		for _, u := range org.Config().Catalog.Users {
			list, ok := moves[u.ID]
			if !ok {
				continue
			}
			delete(moves, u.ID)
			p := PersonChange{User: u.ID, Changes: list}
			for _, m := range list {
				if d := watchbill.Duration(m.End.Sub(m.Start)); m.Gained {
					p.Gains += d
				} else {
					p.Loses += d
				}
			}
			c.People = append(c.People, p)
		}
	}
}

// scheduleGaps returns the gaps of a schedule; one that does not exist is told as one without gaps, since nobody asks it.
func (w *world) scheduleGaps(id watchbill.ScheduleID) []schedule.Interval {
	l, ok := w.lines[id]
	if !ok {
		return nil
	}
	return intervals(l.gaps(w.to), l.schedule.Zone())
}

func intervals(list []stretch, zone *time.Location) []schedule.Interval {
	var all []schedule.Interval
	for _, g := range list {
		all = append(all, schedule.Interval{Start: g.from.in(zone), End: g.to.in(zone)})
	}
	return all
}

func (c *Comparison) coverage(subject string, was, is []schedule.Interval) {
	opened, closed := without(is, was), without(was, is)
	if len(opened)+len(closed) > 0 {
		c.Coverage = append(c.Coverage, CoverageChange{subject, append([]schedule.Interval{}, opened...),
			append([]schedule.Interval{}, closed...)})
	}
}

func policiesOf(a, b *oncall.Org) []watchbill.PolicyID {
	var ids []watchbill.PolicyID
	for _, org := range [...]*oncall.Org{a, b} {
		for _, p := range org.Config().Policies {
			if !slices.Contains(ids, p.ID) {
				ids = append(ids, p.ID)
			}
		}
	}
	return ids
}

// policy compares what a policy does in two worlds.
func (c *Comparison) policy(id watchbill.PolicyID, was, is *world) {
	x, y := was.roll(id), is.roll(id)
	if x != nil && y != nil {
		c.coverage("policy:"+string(id), intervals(x.gaps(was.to), was.zoneOf(x.policy)), intervals(y.gaps(is.to), is.zoneOf(y.policy)))
		c.paths(x, y, is.to, is.zoneOf(y.policy))
	}
	before, after := was.worstOf(x), is.worstOf(y)
	if before == nil || after == nil || !sameTimes(*before, *after) {
		c.WorstCase = append(c.WorstCase, WorstChange{id, before, after})
	}
}

func (w *world) roll(id watchbill.PolicyID) *roll {
	p, ok := w.org.Frozen(id)
	if !ok {
		return nil
	}
	return w.newRoll(p)
}

func (w *world) worstOf(r *roll) *WorstCase {
	if r == nil {
		return nil
	}
	worst, _ := w.worstTimes(r)
	worst.inZone(w.zoneOf(r.policy))
	return &worst
}

func sameTimes(a, b WorstCase) bool {
	same := func(a, b Bound) bool { return a.Time == b.Time && a.Unbounded == b.Unbounded }
	return same(a.ToFirstPage, b.ToFirstPage) && same(a.ToVoice, b.ToVoice) && same(a.ToEveryLevel, b.ToEveryLevel) &&
		same(a.LowToFirstPage, b.LowToFirstPage) && same(a.LowToVoice, b.LowToVoice)
}

// paths notes, for each level, the first interval in which it pages others.
func (c *Comparison) paths(x, y *roll, to micros, zone *time.Location) {
	levels := max(len(x.policy.Levels), len(y.policy.Levels))
	noted := make([]bool, levels+1)
	i, j := 0, 0
	for t := x.at[0]; t < to; {
		for x.until(i) <= t {
			i++
		}
		for y.until(j) <= t {
			j++
		}
		end := min(x.until(i), y.until(j), to)
		a, b := x.moments[x.state[i]], y.moments[y.state[j]]
		for n := range noted {
			if was, is := a.level(n), b.level(n); !noted[n] && !sameSet(was, is) {
				noted[n] = true
				c.Paths = append(c.Paths, PathChange{x.policy.ID, n, schedule.Interval{Start: t.in(zone), End: end.in(zone)},
					append([]watchbill.UserID{}, was...), append([]watchbill.UserID{}, is...)})
			}
		}
		t = end
	}
}

// level returns the people of a level counted from 1; 0 is the catch-all.
func (m moment) level(n int) []watchbill.UserID {
	switch {
	case n == 0:
		return m.catch
	case n <= len(m.levels):
		return m.levels[n-1]
	}
	return nil
}
