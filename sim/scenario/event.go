package scenario

import (
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/sim"
)

// deeds are what an event can be, in the order in which a message names them.
func deeds() []named {
	act := func(name string, input func(*object, time.Duration, episode.Command) episode.Input) named {
		return named{name, func(o *object, after time.Duration) sim.Deed {
			return inner(o, name, func(o *object) sim.Deed { return command(o, after, input) })
		}}
	}
	fault := func(name string, from func(*object) sim.Deed) named {
		return named{name, func(o *object, _ time.Duration) sim.Deed { return inner(o, name, from) }}
	}
	return []named{
		fault("signal", signal),
		act("acknowledge", func(_ *object, _ time.Duration, by episode.Command) episode.Input { return episode.Acknowledge(by) }),
		act("resolve", func(_ *object, _ time.Duration, by episode.Command) episode.Input { return episode.Resolve(by) }),
		act("escalate", func(_ *object, _ time.Duration, by episode.Command) episode.Input { return episode.Escalate(by) }),
		act("decline", func(_ *object, _ time.Duration, by episode.Command) episode.Input { return episode.Decline(by) }),
		act("snooze", snooze), act("reassign", reassign), act("summon", summon), act("dismiss", dismiss),
		fault("crash", crash), fault("pause", pause), fault("store_fault", storeFault),
		{"clock", func(o *object, _ time.Duration) sim.Deed { return clock(o) }},
	}
}

// named is a kind of event.
type named struct {
	name string
	read func(o *object, after time.Duration) sim.Deed
}

// event reads what happens at an instant.
func event(o *object) sim.Act {
	a := sim.Act{After: o.at()}
	var names, given []string
	for _, d := range deeds() {
		names = append(names, d.name)
		if o.Has(d.name) {
			given = append(given, d.name)
			a.Do = d.read(o, a.After)
		}
	}
	if len(given) > 1 {
		o.Fail(o.At, "has %s; make an event of each", strings.Join(given, " and "))
	}
	if unknown := slices.ContainsFunc(o.Names(), func(s string) bool { return s != "at" && !slices.Contains(names, s) }); len(given) == 0 && !unknown {
		o.Fail(o.At, "says nothing that happens; give one of %s", strings.Join(names, ", "))
	}
	return a
}

func signal(o *object) sim.Deed {
	s := said(o)
	s.Action = yamlfile.Word[alert.Action](o.Object, "action", "trigger", "resolve")
	return sim.Signal(s)
}

// command reads what somebody does.
func command(o *object, after time.Duration, input func(*object, time.Duration, episode.Command) episode.Input) sim.Deed {
	c := sim.Command{Key: alert.DedupKey(o.Text("key"))}
	if c.Key == "" {
		o.Wrong("key", "is missing; write which alert it is about")
	}
	c.Input = input(o, after, episode.Command{By: o.mustUser("by", "who does it")})
	return c
}

// mustUser reads somebody who must be given.
func (o *object) mustUser(name, why string) watchbill.UserID {
	if !o.Has(name) {
		o.Wrong(name, "is missing; write %s", why)
	}
	return watchbill.UserID(o.id(name, "user", userIDs(o.org)))
}

func snooze(o *object, after time.Duration, by episode.Command) episode.Input {
	if !o.Has("for") {
		o.Wrong("for", "is missing; write for how long, such as 30m")
	}
	return episode.Snooze{Command: by, Until: o.start.Add(after + o.length("for", time.Second))}
}

func reassign(o *object, _ time.Duration, by episode.Command) episode.Input {
	if !o.Has("to") {
		o.Wrong("to", "is missing; write a target such as user:ben")
	}
	to := yamlfile.Value[escalation.Target](o.Object, "to")
	o.target(to)
	return episode.Reassign{Command: by, Target: to}
}

func summon(o *object, _ time.Duration, by episode.Command) episode.Input {
	return episode.Summon{Command: by, User: o.mustUser("user", "who is asked to come")}
}

func dismiss(o *object, _ time.Duration, by episode.Command) episode.Input {
	return episode.Dismiss{Command: by, User: o.mustUser("user", "who may go")}
}

// engine reads which engine is meant, counted from 1.
func (o *object) engine() int {
	n := max(o.Number("engine", 1), 1)
	if n > o.engines {
		o.Wrong("engine", "is %d, but engines at the top is %d", n, o.engines)
	}
	return n - 1
}

// forHowLong reads a length of time that must be given.
func (o *object) forHowLong() time.Duration {
	if !o.Has("for") {
		o.Wrong("for", "is missing; write for how long, such as 1m")
	}
	return o.length("for", 0)
}

func crash(o *object) sim.Deed { return sim.Crash{Engine: o.engine(), For: o.forHowLong()} }

func pause(o *object) sim.Deed { return sim.Pause{Engine: o.engine(), For: o.forHowLong()} }

func storeFault(o *object) sim.Deed {
	return sim.StoreFault{Engine: o.engine(), Steps: 1, Conflict: o.Boolean("conflict")}
}

func clock(o *object) sim.Deed {
	n, ok := o.Scalar("clock")
	if !ok {
		return sim.ClockJump{}
	}
	by, ok := parseLength(n.Value)
	if !ok || by == 0 || by.Abs() > maxLength {
		o.Fail(n, "is %s, must be by how much clocks are set, such as -1h or 10m", yamlfile.Quote(n.Value))
	}
	return sim.ClockJump{By: by}
}

// faults reads how often what goes wrong by itself.
func faults(o *object) sim.Faults {
	often := func(name string) time.Duration { return o.length(name, time.Second) }
	return sim.Faults{Crash: often("crash"), Store: often("store"), Pause: often("pause"), Clock: often("clock"), Meddle: often("meddle"),
		Latency: o.delay("latency")}
}
