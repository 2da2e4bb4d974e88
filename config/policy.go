package config

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/internal/yamlfile"
)

func policy(o *object) escalation.Policy {
	return escalation.Policy{
		ID:         watchbill.PolicyID(o.Text("id")),
		Levels:     list(o, "levels", level),
		Cycles:     o.Number("cycles", 1),
		AckTimeout: o.Duration("ack_timeout", time.Minute),
		CatchAll:   targets(o, "catch_all"),
		Quiet:      o.Boolean("quiet"),
		Rest:       inner(o, "rest", rest),
	}
}

func level(o *object) escalation.Level {
	l := escalation.Level{
		Targets: targets(o, "targets"),
		Timeout: o.Duration("timeout", time.Second),
		Repeat: inner(o, "repeat", func(o *object) escalation.Repeat {
			return escalation.Repeat{Every: o.Duration("every", time.Second), Attempts: o.Number("attempts", 0)}
		}),
		When: inner(o, "when", when),
		Then: inner(o, "then", func(o *object) escalation.Jump {
			return escalation.Jump{Level: o.Number("level", 1), Times: o.Number("times", 1)}
		}),
	}
	if n := o.Number("acks", 1); n > 1 { // 1 is the default
		l.Acks = n
	}
	if o.Choice("mode", "all", "round_robin") == "round_robin" {
		l.Mode = escalation.RoundRobin
	}
	return l
}

func when(o *object) escalation.When {
	w := escalation.When{Hours: o.Text("hours"), Outside: o.Text("outside"), Wait: o.Boolean("wait")}
	for _, n := range o.Spread("severity", true) {
		w.Severity = append(w.Severity, yamlfile.ValueOf[watchbill.Severity](o.Decoder, n))
	}
	return w
}

func rest(o *object) escalation.Rest {
	return escalation.Rest{
		After:  o.Number("after", 1),
		Within: o.Duration("within", time.Minute),
		From:   yamlfile.Value[calendar.TimeOfDay](o.Object, "from"),
		To:     yamlfile.Value[calendar.TimeOfDay](o.Object, "to"),
		Relief: targets(o, "relief"),
	}
}

// targets reads one target or a list of them.
func targets(o *object, name string) []escalation.Target {
	var all []escalation.Target
	for _, n := range o.Spread(name, true) {
		all = append(all, yamlfile.ValueOf[escalation.Target](o.Decoder, n))
	}
	return all
}
