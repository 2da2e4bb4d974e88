package sim_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/sim"
)

// dice makes choices of bytes; when they have run out, it is always the first one.
type dice []byte

func (d *dice) of(n int) int {
	if len(*d) == 0 {
		return 0
	}
	b := (*d)[0]
	*d = (*d)[1:]
	return int(b) % n
}

func (d *dice) share() float64 { return float64(d.of(5)) / 4 }

func (d *dice) minutes(n int) time.Duration { return time.Duration(d.of(n)) * time.Minute }

func (d *dice) delay() sim.Delay {
	switch d.of(3) {
	case 0:
		return sim.Always(d.minutes(20))
	case 1:
		return sim.Between(0, d.minutes(60))
	}
	median := time.Second + d.minutes(5)
	return sim.Delay{Median: median, P90: median + time.Second + d.minutes(60)}
}

func (d *dice) spans(within time.Duration) []sim.Span {
	if d.of(3) > 0 {
		return nil
	}
	from := d.minutes(200) % within
	return []sim.Span{{From: from, To: from + time.Second + d.minutes(100)}}
}

func (d *dice) person() sim.Person {
	p := sim.Person{Answers: d.delay(), Misses: d.share(), Declines: d.share(), Mistakes: d.share(), Ignores: d.share(), Fixes: d.delay(),
		Tunnel: d.spans(day), Away: d.spans(day)}
	if d.of(2) == 1 {
		p.Asleep = &sim.Sleep{From: calendar.NewTimeOfDay(d.of(24), 0), To: calendar.NewTimeOfDay(d.of(24), 30),
			Wakes: map[notify.Channel]float64{"": d.share()}, Slower: d.minutes(10)}
	}
	return p
}

func (d *dice) provider(span time.Duration) sim.Provider {
	return sim.Provider{Takes: sim.Between(0, time.Duration(d.of(20))*time.Second), Delivers: d.delay(), Fails: d.share(), Refuses: d.share(), Loses: d.share(),
		Silent: d.share(), Lies: d.share(), Repeats: d.share(), Limit: d.of(4), Down: d.spans(span)}
}

func (d *dice) deed(after time.Duration, engines int) sim.Deed {
	key := []alert.DedupKey{"db", "web"}[d.of(2)]
	signal := sim.Signal{Source: "prom", Key: key, Service: []watchbill.ServiceID{"shop", "quiet"}[d.of(2)], Severity: watchbill.Severity(d.of(5))}
	by := episode.Command{By: []watchbill.UserID{"ada", "ben"}[d.of(2)]}
	switch d.of(14) {
	case 0:
		signal.Action = alert.Resolve
	case 1:
		signal.Action = alert.Acknowledge
	case 2:
		return sim.Command{Key: key, Input: episode.Acknowledge(by)}
	case 3:
		return sim.Command{Key: key, Input: episode.Escalate(by)}
	case 4:
		return sim.Command{Key: key, Input: episode.Snooze{Command: by, Until: mondayNoon.Add(after + time.Minute + d.minutes(250))}}
	case 5:
		return sim.Command{Key: key, Input: episode.Reassign{Command: by, Target: escalation.User("ben")}}
	case 6:
		return sim.Crash{Engine: d.of(engines), Steps: d.of(20), For: d.minutes(30)}
	case 7:
		return sim.Pause{Engine: d.of(engines), For: d.minutes(30)}
	case 8:
		return sim.StoreFault{Engine: d.of(engines), Steps: 1 + d.of(20), Conflict: d.of(2) == 0}
	case 9:
		return sim.ClockJump{By: time.Duration(d.of(256)-128)*time.Minute - time.Second}
	case 10:
		return sim.Meddle(d.of(256))
	}
	return signal
}

// scenario is a small one of which anything may be true.
func (d *dice) scenario() sim.Scenario {
	s := twoLevels(time.Minute + d.minutes(20))
	s.Seed, s.Engines, s.Audit, s.For = uint64(d.of(256)), 1+d.of(3), true, time.Minute+d.minutes(250)
	level := &s.Org.Policies[0].Levels[0]
	level.Repeat = escalation.Repeat{Every: time.Minute + d.minutes(10), Attempts: d.of(4)}
	if d.of(3) == 0 {
		level.Targets, level.Acks = targets("user:ada", "user:ben"), 2
	}
	s.Org.Policies[0].AckTimeout, s.Org.Policies[0].Cycles = d.minutes(60), d.of(3)
	s.Org.Catalog.Services[0].Pause = d.minutes(5)
	s.Others, s.People = d.person(), map[watchbill.UserID]sim.Person{"ben": d.person()}
	s.Providers = map[notify.Channel]sim.Provider{"push": d.provider(s.For)}
	for range 1 + d.of(12) {
		after := d.minutes(240) + time.Duration(d.of(60))*time.Second
		s.Acts = append(s.Acts, sim.Act{After: after, Do: d.deed(after, s.Engines)})
	}
	return known(s)
}

// known leaves out what people do with alerts that nothing opens, which a scenario may not have.
func known(s sim.Scenario) sim.Scenario {
	heard := map[alert.DedupKey]bool{}
	for _, a := range s.Acts {
		if signal, ok := a.Do.(sim.Signal); ok {
			heard[signal.Key] = true
		}
	}
	s.Acts = slices.DeleteFunc(s.Acts, func(a sim.Act) bool {
		c, ok := a.Do.(sim.Command)
		return ok && !heard[c.Key]
	})
	return s
}

// FuzzRun lives any small scenario: nothing panics, no rule is broken, and the same comes out again.
func FuzzRun(f *testing.F) {
	for _, seed := range []string{"", "the disk is full", "nobody is there and everything is broken at once; engines come and go, clocks lie, people sleep",
		"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4\xf3\xf2\xf1\xf0\xef\xee\xed\xec\xeb\xea\xe9\xe8\xe7\xe6\xe5\xe4\xe3\xe2\xe1\xe0"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first := dice(data)
		h, text := tell(t, first.scenario())
		again := dice(data)
		h2, text2 := tell(t, again.scenario())
		require.Equal(t, text, text2)
		a, err := json.Marshal(h)
		require.NoError(t, err)
		b, err := json.Marshal(h2)
		require.NoError(t, err)
		require.Equal(t, string(a), string(b))
		for _, a := range h.Alerts { // rings are spans one after the other
			at := a.OpenedAt
			for _, r := range a.Rings {
				require.False(t, r.From.Before(at) || !r.To.IsZero() && r.To.Before(r.From), "%s %+v", a.Name, a.Rings)
				at = r.To
			}
		}
	})
}

// Found by FuzzRun: where a clock stays behind, what is due is due by that clock.
func TestClockStaysBehind(t *testing.T) {
	s := twoLevels(11 * time.Minute)
	s.Audit, s.For = true, 135*time.Minute
	s.Org.Policies[0].AckTimeout = 10 * time.Minute
	s.Acts = []sim.Act{{After: time.Hour, Do: sim.ClockJump{By: -9 * time.Minute}}, breaks(time.Hour, "db")}
	_, err := sim.Run(s)
	require.NoError(t, err)
}
