package config

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/escalation"
)

func policy(o *object) escalation.Policy {
	return escalation.Policy{
		ID:         watchbill.PolicyID(o.text("id")),
		Levels:     list(o, "levels", level),
		Cycles:     o.number("cycles", 1),
		AckTimeout: o.duration("ack_timeout", time.Minute),
		CatchAll:   targets(o, "catch_all"),
		Quiet:      o.boolean("quiet"),
		Rest:       inner(o, "rest", rest),
	}
}

func level(o *object) escalation.Level {
	l := escalation.Level{
		Targets: targets(o, "targets"),
		Timeout: o.duration("timeout", time.Second),
		Repeat: inner(o, "repeat", func(o *object) escalation.Repeat {
			return escalation.Repeat{Every: o.duration("every", time.Second), Attempts: o.number("attempts", 0)}
		}),
		When: inner(o, "when", when),
		Then: inner(o, "then", func(o *object) escalation.Jump {
			return escalation.Jump{Level: o.number("level", 1), Times: o.number("times", 1)}
		}),
	}
	if n := o.number("acks", 1); n > 1 { // 1 is the default
		l.Acks = n
	}
	if o.choice("mode", "all", "round_robin") == "round_robin" {
		l.Mode = escalation.RoundRobin
	}
	return l
}

func when(o *object) escalation.When {
	w := escalation.When{Hours: o.text("hours"), Outside: o.text("outside"), Wait: o.boolean("wait")}
	for _, n := range o.spread("severity", true) {
		w.Severity = append(w.Severity, parseNode[watchbill.Severity](o.decoder, n))
	}
	return w
}

func rest(o *object) escalation.Rest {
	return escalation.Rest{
		After:  o.number("after", 1),
		Within: o.duration("within", time.Minute),
		From:   parse[calendar.TimeOfDay](o, "from"),
		To:     parse[calendar.TimeOfDay](o, "to"),
		Relief: targets(o, "relief"),
	}
}

// targets reads one target or a list of them.
func targets(o *object, name string) []escalation.Target {
	var all []escalation.Target
	for _, n := range o.spread(name, true) {
		all = append(all, parseNode[escalation.Target](o.decoder, n))
	}
	return all
}
