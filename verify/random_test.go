package verify_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// cases is how many random configurations a property is tried on: WATCHBILL_CASES, or few.
func cases(tb testing.TB, few int) int {
	tb.Helper()
	text := os.Getenv("WATCHBILL_CASES")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	require.NoError(tb, err, "WATCHBILL_CASES")
	return n
}

// dice makes random configurations.
type dice struct{ *rand.Rand }

func seeded(n int) dice { return dice{rand.New(rand.NewPCG(uint64(n), 7))} }

func (d dice) one(list ...string) string { return list[d.IntN(len(list))] }

var everybody = []watchbill.UserID{"ada", "ben", "cem", "dee", "eve"}

// users have rules of all kinds: without contacts, without voice, with nothing at first.
func (d dice) users() []catalog.User {
	var users []catalog.User
	for _, id := range everybody {
		u := catalog.User{ID: id}
		for i := range d.IntN(4) {
			channel := notify.Channel(d.one("email", "webhook", "voice", "sms"))
			u.Contacts = append(u.Contacts, notify.Contact{ID: notify.ContactID(fmt.Sprint("c", i)), Channel: channel, Address: "x@example.com"})
		}
		for i := range u.Contacts {
			rung := notify.Rung{Contact: notify.ContactID(fmt.Sprint("c", i))}
			if d.IntN(2) == 0 {
				rung.After = time.Duration(d.IntN(12)) * 30 * time.Second
			}
			if d.IntN(2) == 0 {
				u.Rules.High = append(u.Rules.High, rung)
			}
			if d.IntN(3) == 0 {
				u.Rules.Low = append(u.Rules.Low, rung)
			}
		}
		users = append(users, u)
	}
	return users
}

// schedule has up to three layers with all kinds of holes.
func (d dice) schedule(id watchbill.ScheduleID) schedule.Spec {
	spec := schedule.Spec{ID: id, Timezone: d.one("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")}
	for i := range d.IntN(4) {
		l := schedule.Layer{ID: schedule.LayerID(fmt.Sprint("l", i)), Start: d.moment(), Timezone: d.one("", "Asia/Kolkata"),
			Rotation: schedule.Rotation{Every: 1 + d.IntN(3), Unit: calendar.Unit(1 + d.IntN(4))}}
		for range 1 + d.IntN(4) {
			l.Users = append(l.Users, d.member())
		}
		if d.IntN(4) == 0 {
			l.End = calendar.InstantMoment(l.Start.In(time.UTC).AddDate(0, 1+d.IntN(12), 0))
		}
		for range d.IntN(3) {
			l.Coverage = append(l.Coverage, d.window())
		}
		spec.Layers = append(spec.Layers, l)
	}
	for i := range d.IntN(4) {
		from := d.moment().In(time.UTC)
		spec.Overrides = append(spec.Overrides, schedule.Override{ID: schedule.OverrideID(fmt.Sprint("o", i)),
			From: calendar.InstantMoment(from), To: calendar.InstantMoment(from.Add(time.Duration(1+d.IntN(5000)) * time.Minute)),
			User: everybody[d.IntN(len(everybody))]})
	}
	return spec
}

// moment is a minute of 2026.
func (d dice) moment() calendar.Moment {
	t := time.Date(2026, 1, 1, 0, d.IntN(300*24*60), 0, 0, time.UTC)
	return calendar.InstantMoment(t)
}

func (d dice) member() watchbill.UserID {
	if d.IntN(5) == 0 {
		return schedule.Unassigned
	}
	return everybody[d.IntN(len(everybody))]
}

func (d dice) window() calendar.Window {
	w := calendar.Window{From: calendar.NewTimeOfDay(d.IntN(24), d.IntN(60)), To: calendar.NewTimeOfDay(d.IntN(24), d.IntN(60))}
	if w.From == w.To {
		w.To = calendar.NewTimeOfDay(24, 0)
	}
	for day := calendar.Monday; day <= calendar.Sunday; day++ {
		if d.IntN(3) > 0 {
			w.Days = append(w.Days, day)
		}
	}
	if len(w.Days) == 0 {
		w.Days = []calendar.Weekday{calendar.Sunday}
	}
	return w
}

func (d dice) targets() []escalation.Target {
	var list []escalation.Target
	for range 1 + d.IntN(2) {
		switch d.IntN(6) {
		case 0:
			list = append(list, escalation.User(everybody[d.IntN(len(everybody))]))
		case 1:
			list = append(list, escalation.Team("all"))
		default:
			list = append(list, escalation.Schedule(watchbill.ScheduleID(d.one("s0", "s1"))))
		}
	}
	return list
}

func (d dice) policy() escalation.Policy {
	p := escalation.Policy{ID: "p", Cycles: d.IntN(4)}
	for range d.IntN(4) {
		p.Levels = append(p.Levels, escalation.Level{Targets: d.targets(), Timeout: time.Duration(d.IntN(9)) * 30 * time.Second,
			Repeat: escalation.Repeat{Every: time.Duration(d.IntN(4)) * 30 * time.Second, Attempts: d.IntN(4)}})
	}
	if d.IntN(2) == 0 {
		p.CatchAll = d.targets()
	}
	return p
}

// org is a configuration with two schedules and a policy.
func (d dice) org(tb testing.TB) *oncall.Org {
	c := oncall.Config{Catalog: catalog.Catalog{Users: d.users(), Teams: []catalog.Team{{ID: "all", Members: everybody[:1+d.IntN(2)]}}},
		Schedules: []schedule.Spec{d.schedule("s0"), d.schedule("s1")}, Policies: []escalation.Policy{d.policy()}}
	if d.IntN(3) == 0 {
		c.CatchAll = d.targets()
	}
	return org(tb, c)
}

// richOrg has what levels can ask for beyond that.
func (d dice) richOrg(tb testing.TB) *oncall.Org {
	p := d.policy()
	inner := d.policy()
	inner.ID, inner.CatchAll = "inner", nil
	d.enrich(&p, true)
	d.enrich(&inner, false)
	c := oncall.Config{Catalog: catalog.Catalog{Users: d.users(), Teams: []catalog.Team{{ID: "all", Members: everybody[:1+d.IntN(2)]}},
		Hours: []catalog.Hours{{ID: "h", Zone: "Europe/Berlin", Coverage: []calendar.Window{d.window()}},
			{ID: "never", Exceptions: []catalog.Exception{{From: calendar.InstantMoment(time.Unix(0, 0)), To: calendar.InstantMoment(time.Unix(6e9, 0))}}}},
		Destinations: []catalog.Destination{{ID: "ops", Channel: "chat", Address: "https://chat.example.com"}}},
		Schedules: []schedule.Spec{d.schedule("s0"), d.schedule("s1")}, Policies: []escalation.Policy{p, inner}}
	if d.IntN(2) == 0 {
		c.CatchAll = d.targets()
	}
	return org(tb, c)
}

func (d dice) enrich(p *escalation.Policy, outer bool) {
	for i := range p.Levels {
		l := &p.Levels[i]
		switch d.IntN(9) {
		case 0:
			l.When = escalation.When{Hours: d.one("h", "h", "never"), Wait: d.IntN(2) == 0}
		case 1:
			l.When = escalation.When{Outside: "h", Wait: d.IntN(2) == 0}
		case 2:
			l.When.Severity = []watchbill.Severity{watchbill.SeverityCritical}
		case 3:
			l.Then = escalation.Jump{Level: 1 + d.IntN(i+1), Times: d.IntN(3)}
		case 4:
			l.Mode = escalation.RoundRobin
		case 5:
			l.Acks = 2
		}
		var more string
		switch d.IntN(8) {
		case 0:
			more = d.one("next:s0", "previous:s0")
		case 1:
			more = "chat:ops"
		case 2:
			if outer && l.When.IsZero() {
				more = "policy:inner"
			}
		}
		if more != "" {
			var t escalation.Target
			if err := t.UnmarshalText([]byte(more)); err != nil {
				panic(err)
			}
			if d.IntN(2) == 0 {
				l.Targets = nil
			}
			l.Targets = append(l.Targets, t)
		}
	}
}
