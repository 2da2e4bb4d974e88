package sim_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/sim"
)

// calm is a scenario in which nothing goes wrong but what the sources say, and people are slow. So who is paged when follows
// from the configuration alone.
func calm(seed uint64) sim.Scenario {
	like := func(s watchbill.ServiceID) alert.Signal {
		return alert.Signal{Source: "sim", Key: alert.DedupKey(s), Service: s, Summary: "it is wrong", Severity: watchbill.SeverityError}
	}
	var sharp []sim.Act // in the instants of hand-offs
	for i := range 10 {
		s := like("shop")
		s.Key = alert.DedupKey(fmt.Sprintf("sharp-%d", i))
		at := starts[seed%uint64(len(starts))].Truncate(time.Hour).Add(time.Duration(i+1) * time.Hour)
		switch i {
		case 8:
			at = relief(seed).From
		case 9:
			at = relief(seed).To
		}
		sharp = append(sharp, sim.Act{After: at.Sub(starts[seed%uint64(len(starts))]), Do: sim.Signal(s)})
	}
	c := org()
	c.Maintenance, c.Inhibitions, c.Heartbeats = nil, nil, nil
	c.Schedules[0].Overrides = []schedule.Override{{ID: "o", User: "ben", From: calendar.InstantMoment(relief(seed).From), To: calendar.InstantMoment(relief(seed).To)}}
	return sim.Scenario{
		Seed: seed, Org: c, Start: starts[seed%uint64(len(starts))], For: 10 * time.Hour, Rest: time.Hour, Audit: true,
		Sources: []sim.Source{
			sim.Troubles{Like: like("shop"), Every: 50 * time.Minute, Lasts: sim.Between(10*time.Minute, 2*time.Hour)},
			sim.Troubles{Like: like("batch"), Every: 50 * time.Minute, Lasts: sim.Between(10*time.Minute, 2*time.Hour)},
			sim.Troubles{Like: like("quiet"), Every: 2 * time.Hour, Lasts: sim.Between(10*time.Minute, 2*time.Hour)},
		},
		Acts:      sharp,
		Others:    sim.Person{Answers: sim.Between(30*time.Second, 2*time.Hour), Ignores: 0.4},
		Providers: map[notify.Channel]sim.Provider{"": {Takes: sim.Always(100 * time.Millisecond)}},
	}
}

type span struct{ From, To time.Time }

// relief is when ben has the nights instead of whoever else has them, also where nobody does.
func relief(seed uint64) span {
	from := starts[seed%uint64(len(starts))].Add(time.Duration(100+seed%7*20) * time.Minute)
	return span{from, from.Add(25 * time.Minute)}
}

// onNights says who has the schedule of the nights, by arithmetic of its own: at each hour the wall clock in New York, the
// turns counted in hours of the wall clock since New Year.
func onNights(seed uint64, at time.Time) []watchbill.UserID {
	if r := relief(seed); !at.Before(r.From) && at.Before(r.To) {
		return []watchbill.UserID{"ben"}
	}
	zone, err := time.LoadLocation("America/New_York")
	must(err)
	wall := wallClock(zone, at)
	if h := wall.Hour(); h >= 6 && h < 22 {
		return nil
	}
	turn := int(wall.Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) / time.Hour)
	return []watchbill.UserID{[]watchbill.UserID{"ada", "mute", "cem"}[turn%3]}
}

// wallClock is what the clock shows, as a time in UTC. Where it is set back, the hour that comes again is a part of what
// came first: the boundaries in it have passed.
func wallClock(zone *time.Location, at time.Time) time.Time {
	read := func(t time.Time) time.Time {
		t = t.In(zone)
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	}
	latest := read(at)
	for back := time.Minute; back <= 3*time.Hour; back += time.Minute {
		if earlier := read(at.Add(-back)); earlier.After(latest) {
			latest = earlier
		}
	}
	return latest
}

// behind says which of some targets' people can be reached.
func behind(seed uint64, list []escalation.Target, at time.Time) (who []watchbill.UserID) {
	for _, t := range list {
		var more []watchbill.UserID
		switch text, _ := t.MarshalText(); string(text) {
		case "schedule:nights":
			more = onNights(seed, at)
		case "team:all":
			more = []watchbill.UserID{"ada", "ben", "cem", "eve", "mute"}
		default:
			more = []watchbill.UserID{watchbill.UserID(strings.TrimPrefix(string(text), "user:"))}
		}
		for _, u := range more {
			if u != "mute" && !slices.Contains(who, u) { // who has no contact
				who = append(who, u)
			}
		}
	}
	slices.Sort(who)
	return who
}

// attempt is one as it should be, or as it is in the record.
type attempt struct {
	watchbill.Attempt
	At  time.Time
	Who []watchbill.UserID
}

func (a attempt) String() string {
	return fmt.Sprintf("level %d of cycle %d, number %d at %s: %v", a.Level, a.Cycle, a.Number, a.At.Format("15:04:05"), a.Who)
}

// story is what a policy does with an alert of high urgency that opens at an instant while every message is accepted and nobody
// answers, until an instant. It knows no jumps, conditions, turns or more than one acknowledgement.
func story(seed uint64, org oncall.Config, p escalation.Policy, at, until time.Time) (all []attempt) {
	or := func(d, otherwise time.Duration) time.Duration {
		if d == 0 {
			return otherwise
		}
		return d
	}
	for cycle := 1; cycle <= max(p.Cycles, 1); cycle++ {
		somebody := false
		for i, l := range p.Levels {
			began, every := at, or(l.Repeat.Every, time.Minute)
			ends := began.Add(or(l.Timeout, 5*time.Minute))
			for n := 1; at.Before(ends) && at.Before(until); n++ {
				who := behind(seed, l.Targets, at)
				all = append(all, attempt{watchbill.Attempt{Run: 1, Cycle: cycle, Level: i + 1, Number: n}, at, who})
				if len(who) == 0 {
					break
				}
				somebody = true
				if at = at.Add(every); l.Repeat.Attempts == n && n > 1 || !at.Before(ends) {
					if at.After(ends) {
						at = ends
					}
					break
				}
			}
		}
		if !somebody {
			break
		}
	}
	cycle := all[len(all)-1].Cycle
	for n := 1; at.Before(until); n, at = n+1, at.Add(15*time.Minute) {
		if who := behind(seed, p.CatchAll, at); len(who) > 0 {
			all = append(all, attempt{watchbill.Attempt{Run: 1, Cycle: cycle, Number: n}, at, who})
			continue
		}
		all = append(all, attempt{watchbill.Attempt{Run: 1, Cycle: cycle, Number: n}, at, behind(seed, org.CatchAll, at)})
	}
	return all
}

// record is what an alert's record says of its first run: the attempts until somebody said something, when that was, and when
// which rung of whom was queued.
type record struct {
	opened, until time.Time
	attempts      []attempt
	queued        map[string][]time.Time
	policy        escalation.Policy
}

func records(h *sim.History) map[*sim.Alert]*record {
	all := map[*sim.Alert]*record{}
	for _, e := range h.Log {
		if e.Kind != sim.KindRecord || e.Alert == nil || e.Entry == nil {
			continue
		}
		r := all[e.Alert]
		if r == nil {
			r = &record{until: h.End, queued: map[string][]time.Time{}}
			all[e.Alert] = r
		}
		if r.until.Equal(h.End) {
			r.add(e)
		}
	}
	return all
}

func (r *record) add(e sim.Event) {
	var p struct {
		Attempt watchbill.Attempt
		People  []struct{ User watchbill.UserID }
		Key     notify.Key
		Policy  escalation.Policy
	}
	must(json.Unmarshal(e.Entry.Data, &p))
	switch e.Entry.Kind {
	case episode.KindOpened:
		r.opened, r.policy = e.At, p.Policy
	case episode.KindFound, episode.KindNobody, episode.KindSkipped:
		is := attempt{Attempt: p.Attempt, At: e.At}
		for _, u := range p.People {
			is.Who = append(is.Who, u.User)
		}
		slices.Sort(is.Who)
		r.attempts = append(r.attempts, is)
	case episode.KindQueued:
		rung := fmt.Sprintf("%s/%d", p.Key.User, p.Key.Rung)
		r.queued[rung] = append(r.queued[rung], e.At)
	case episode.KindReceipt, episode.KindTicked, episode.KindLevelLeft, episode.KindGaveUp, episode.KindRepeated:
	default:
		r.until = e.At
	}
}

// slack is what a pass may come later, over and over again.
const slack = time.Second

// judge says how a calm history is not as the configuration says; empty: it is.
func judge(s sim.Scenario, h *sim.History) string {
	all := records(h)
	for _, a := range h.Alerts {
		r := all[a]
		i := slices.IndexFunc(s.Org.Policies, func(p escalation.Policy) bool { return p.ID == r.policy.ID })
		if i < 0 {
			return fmt.Sprintf("%s has policy %q", a.Name, r.policy.ID)
		}
		want := story(s.Seed, s.Org, s.Org.Policies[i], r.opened, r.until)
		if a.Urgency == watchbill.UrgencyLow { // one attempt, at the first level that has somebody
			want = want[:1+slices.IndexFunc(want, func(w attempt) bool { return len(w.Who) > 0 })]
		}
		if wrong := r.against(want); wrong != "" {
			return fmt.Sprintf("%s (%s): %s", a.Name, s.Org.Policies[i].ID, wrong)
		}
		if wrong := r.rungs(want); wrong != "" && a.Urgency == watchbill.UrgencyHigh {
			return fmt.Sprintf("%s (%s): %s", a.Name, s.Org.Policies[i].ID, wrong)
		}
	}
	return ""
}

func (r *record) against(want []attempt) string {
	for i := range max(len(want), len(r.attempts)) {
		switch {
		case i >= len(r.attempts) && want[i].At.Add(slack).Before(r.until):
			return fmt.Sprintf("missing is %s", want[i])
		case i >= len(r.attempts):
			return ""
		case i >= len(want):
			return fmt.Sprintf("there is also %s", r.attempts[i])
		}
		w, is := want[i], r.attempts[i]
		if late := is.At.Sub(w.At); w.Attempt != is.Attempt || late < 0 || late > slack || !slices.Equal(w.Who, is.Who) {
			return fmt.Sprintf("there is %s; it should be %s", is, w)
		}
	}
	return ""
}

// rungs: ada's second contact comes 90 s after her first page, or with the attempt of that instant.
func (r *record) rungs(want []attempt) string {
	i := slices.IndexFunc(want, func(a attempt) bool { return slices.Contains(a.Who, "ada") })
	if i < 0 {
		return ""
	}
	due := want[i].At.Add(90 * time.Second)
	if !due.Add(slack).Before(r.until) {
		return ""
	}
	if got := r.queued["ada/1"]; len(got) == 0 || got[0].Before(due) || got[0].After(due.Add(slack)) {
		return fmt.Sprintf("ada's second contact is due at %s; it was queued at %v", due.Format("15:04:05"), got)
	}
	return ""
}

// TestCalm holds what the engine does when nothing goes wrong against a second reading of the configuration, written down here
// without the engine: who is on call, who is paged, and when.
func TestCalm(t *testing.T) {
	t.Parallel()
	attempts := 0
	from, to := seeds(t)
	for seed := from; seed < to; seed += 3 {
		s := calm(seed)
		h, err := sim.Run(s)
		require.NoError(t, err)
		require.Empty(t, judge(s, h), "seed %d", seed)
		for _, r := range records(h) {
			attempts += len(r.attempts)
		}
	}
	require.Positive(t, attempts)
	t.Logf("%d attempts", attempts)
}
