package sim_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/timeline"
)

// starts are hours before something happens to the clocks or the schedules: support hours end, summer time begins and ends in
// New York while its night schedule has somebody, support hours begin.
var starts = []time.Time{
	time.Date(2026, 3, 7, 20, 0, 0, 0, time.UTC),
	time.Date(2026, 3, 8, 2, 0, 0, 0, time.UTC),
	time.Date(2026, 11, 1, 1, 30, 0, 0, time.UTC),
	time.Date(2026, 7, 4, 8, 0, 0, 0, time.UTC),
}

var services = []watchbill.ServiceID{"shop", "batch", "quiet", "orphan", "young", "office"}

// everything is a scenario in which all goes wrong that can.
func everything(seed uint64) sim.Scenario {
	return sim.Scenario{
		Seed: seed, Org: org(), Start: starts[seed%uint64(len(starts))], For: 6 * time.Hour, Audit: true,
		Sources: []sim.Source{
			sim.Noise{Source: "sim", Services: services, Every: 8 * time.Minute},
			sim.Burst{Like: alert.Signal{Source: "herd", Key: "sheep", Summary: "a sheep is missing", Severity: watchbill.SeverityError, Service: "herd"},
				At: 2 * time.Hour, Count: 12, Over: 15 * time.Minute, Lasts: sim.Between(time.Minute, 3*time.Hour)},
			sim.Flapping{Like: alert.Signal{Source: "sim", Key: "door", Summary: "the door is open", Severity: watchbill.SeverityWarning, Service: "shop"},
				Phases: []sim.Span{{From: 3 * time.Hour, To: 4 * time.Hour}}, Wrong: sim.Between(0, 6*time.Minute), Fine: sim.Between(0, 4*time.Minute)},
			admins{},
		},
		Others: sim.Person{Answers: sim.Delay{Median: 4 * time.Minute, P90: 30 * time.Minute}, Misses: 0.3, Declines: 0.1, Mistakes: 0.1, Ignores: 0.3,
			Fixes: sim.Between(time.Minute, 2*time.Hour)},
		Providers: map[notify.Channel]sim.Provider{"": {Takes: sim.Delay{Median: 300 * time.Millisecond, P90: 12 * time.Second}, Fails: 0.1, Refuses: 0.03,
			Loses: 0.03, Silent: 0.03, Lies: 0.02, Repeats: 0.03, Limit: 30, Down: []sim.Span{{From: time.Hour, To: 80 * time.Minute}}}},
		Faults: sim.Faults{Crash: 20 * time.Minute, Store: 10 * time.Minute, Pause: 40 * time.Minute, Clock: 2 * time.Hour, Meddle: 5 * time.Minute,
			Latency: sim.Delay{Median: time.Millisecond, P90: 40 * time.Millisecond}},
	}
}

// admins is a source of people and machines who change the configuration under way, mute things, take over duties, and send
// signs of life, or do not.
type admins struct{}

// Acts draws what they do.
func (admins) Acts(c *rand.Rand, start time.Time, span time.Duration) (acts []sim.Act) {
	often := func(every time.Duration, deed func(at time.Time) sim.Deed) {
		for at := time.Duration(0); ; {
			if at += time.Duration(c.ExpFloat64() * float64(every)).Truncate(time.Microsecond); at >= span {
				return
			}
			acts = append(acts, sim.Act{After: at, Do: deed(start.Add(at))})
		}
	}
	often(80*time.Minute, func(time.Time) sim.Deed { return configure(changed(c.IntN(4))) })
	often(12*time.Minute, func(time.Time) sim.Deed { return ping() })
	often(70*time.Minute, func(at time.Time) sim.Deed { return silence(c, at) })
	often(2*time.Hour, func(at time.Time) sim.Deed { return maintenance(c, at) })
	often(90*time.Minute, func(at time.Time) sim.Deed { return takeOver(c, at) })
	often(50*time.Minute, func(at time.Time) sim.Deed {
		key := alert.DedupKey(fmt.Sprintf("k%d", c.IntN(6)))
		return sim.Command{Key: key, Input: episode.Snooze{Command: episode.Command{By: "ben"}, Until: at.Add(time.Duration(1+c.IntN(90)) * time.Minute)}}
	})
	acts = append(acts, sim.Act{After: span - time.Minute, Do: ping()}) // the job runs; nobody goes on to send after that
	// An engine dies while the only page of an alert is under way; nothing but the end of its claim helps.
	last := sim.Signal{Source: "sim", Key: "last", Summary: "the lights are out", Severity: watchbill.SeverityWarning, Service: "dusk"}
	acts = append(acts, sim.Act{After: span - 10*time.Second, Do: last})
	for i := range 3 {
		acts = append(acts, sim.Act{After: span - 10*time.Second + 100*time.Millisecond, Do: sim.Crash{Engine: i, For: time.Second}})
	}
	return acts
}

// changed is the configuration as somebody makes it next.
func changed(number int) oncall.Config {
	c := org()
	web, both := &c.Policies[0], &c.Policies[1]
	switch number {
	case 1: // eve has left; time-outs are shorter
		c.Catalog.Users = append(c.Catalog.Users[:3:3], c.Catalog.Users[4:]...)
		c.Catalog.Teams[0].Members = []watchbill.UserID{"ada", "ben", "cem", "mute"}
		web.Cycles, web.Levels[0].Timeout, web.Levels[0].Repeat = 1, 2*time.Minute, escalation.Repeat{Every: 30 * time.Second, Attempts: 3}
	case 2: // others are paged; who has no contact gets one
		c.Catalog.Users[4].Contacts = []notify.Contact{contact("hook", "m")}
		c.Catalog.Services[0].Policy, c.Catalog.Services[0].AutoResolve = "both", 30*time.Minute
		web.AckTimeout, both.AckTimeout, both.Levels = 10*time.Minute, 5*time.Minute, both.Levels[:1]
		c.Maintenance = nil
	case 3: // a contact is another one, a service and a policy are gone, nobody is behind the catch-all
		c.Catalog.Users[1].Contacts = []notify.Contact{contact("phone", "b")}
		c.Catalog.Services = append(c.Catalog.Services[:3:3], c.Catalog.Services[4:]...)
		c.Catalog.Services[len(c.Catalog.Services)-1].Policy = "web"
		c.Policies = append(c.Policies[:2:2], c.Policies[3:]...)
		c.CatchAll = targets("user:mute")
	}
	return c
}

// worked counts what was done without an error, so that a test can say that all of it was. Whoever gets an error leaves it at that.
var worked = map[string]*atomic.Int64{"ping": {}, "silence": {}, "maintenance": {}, "take over": {}, "configure": {}}

func counted(name string, with func(ctx context.Context, e *engine.Engine, now time.Time) error) sim.Deed {
	return sim.Do{Name: name, With: func(ctx context.Context, e *engine.Engine, now time.Time) error {
		if with(ctx, e, now) == nil {
			worked[name].Add(1)
		}
		return nil
	}}
}

func ping() sim.Deed {
	return counted("ping", func(ctx context.Context, e *engine.Engine, now time.Time) error {
		return e.Ping(ctx, now, "backup", heartbeat.Ping{Kind: heartbeat.OK})
	})
}

func configure(c oncall.Config) sim.Deed {
	return counted("configure", func(ctx context.Context, e *engine.Engine, now time.Time) error {
		_, err := e.Configure(ctx, now, c)
		return err
	})
}

// some is what belongs to a service.
func some(c *rand.Rand) mute.Matchers {
	return matchers("service", string(services[c.IntN(len(services))]))
}

func silence(c *rand.Rand, at time.Time) sim.Deed {
	s := mute.Silence{Matchers: some(c), By: "ben", Span: mute.Span{To: calendar.InstantMoment(at.Add(time.Duration(5+c.IntN(60)) * time.Minute))}}
	early := c.IntN(2) == 0
	return counted("silence", func(ctx context.Context, e *engine.Engine, now time.Time) error {
		made, err := e.Silence(ctx, now, s, timeline.By{Actor: timeline.User("ben")})
		if err != nil || !early {
			return err
		}
		return e.Unsilence(ctx, now.Add(time.Second), made.ID, timeline.By{Actor: timeline.User("ada")})
	})
}

func maintenance(c *rand.Rand, at time.Time) sim.Deed {
	from := at.Add(time.Duration(c.IntN(30)) * time.Minute)
	modes := []mute.Mode{"", mute.Collect}
	m := mute.Maintenance{Services: []watchbill.ServiceID{services[c.IntN(3)]}, Mode: modes[c.IntN(2)], Span: mute.Span{
		From: calendar.InstantMoment(from), To: calendar.InstantMoment(from.Add(time.Duration(5+c.IntN(60)) * time.Minute))}}
	return counted("maintenance", func(ctx context.Context, e *engine.Engine, now time.Time) error {
		_, err := e.Maintain(ctx, now, m, timeline.By{Actor: timeline.User("ben")})
		return err
	})
}

func takeOver(c *rand.Rand, at time.Time) sim.Deed {
	users := []watchbill.UserID{"ada", "ben", "cem", "eve"}
	t := cover.TakeOver{Voice: cover.Voice{By: timeline.By{Actor: timeline.User("ben")}, Admin: true}, User: users[c.IntN(len(users))], Schedule: "nights",
		From: at, To: at.Add(time.Duration(10+c.IntN(180)) * time.Minute), Force: true}
	return counted("take over", func(ctx context.Context, e *engine.Engine, now time.Time) error {
		_, err := e.Cover(ctx, now, "", t)
		return err
	})
}
