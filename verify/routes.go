package verify

import (
	"fmt"
	"reflect"

	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
)

// RouteChange says that alerts go another way: "service:web" to another policy, "source:prom" to another service. Empty is
// none, which for a service is catch_all; what only one configuration has is not listed.
type RouteChange struct {
	Subject string `json:"subject"`
	Before  string `json:"before"`
	After   string `json:"after"`
}

// routes compares where the alerts of services and sources go.
func (c *Comparison) routes(before, after *oncall.Org) {
	was, _ := routesOf(before)
	is, order := routesOf(after)
	for _, subject := range order {
		if from, ok := was[subject]; ok && from != is[subject] {
			c.Routes = append(c.Routes, RouteChange{subject, from, is[subject]})
		}
	}
}

func routesOf(org *oncall.Org) (to map[string]string, order []string) {
	to = map[string]string{}
	add := func(subject, target string) { to[subject], order = target, append(order, subject) }
	for _, s := range org.Config().Catalog.Services {
		add("service:"+string(s.ID), string(s.Policy))
	}
	for _, s := range org.Config().Catalog.Sources {
		add("source:"+string(s.ID), string(s.Service))
	}
	return to, order
}

// settings notes what is not the same about paging beside who is paged: how a policy repeats, how a person is reached. It
// says that, not what: addresses are nobody else's business.
func (c *Comparison) settings(before, after *oncall.Org) {
	note := func(format string, args ...any) { c.Settings = append(c.Settings, fmt.Sprintf(format, args...)) }
	for _, is := range after.Config().Policies {
		was, ok := before.Policy(is.ID)
		if ok && !reflect.DeepEqual(pace(was), pace(is)) {
			note("policy %s: its time-outs, repetition or cycles are not the same", is.ID)
		}
	}
	for _, is := range after.Config().Catalog.Users {
		was, ok := before.User(is.ID)
		if ok && !(reflect.DeepEqual(was.Contacts, is.Contacts) && reflect.DeepEqual(was.Rules, is.Rules)) {
			note("user %s: the contacts or rules are not the same", is.ID)
		}
	}
}

// pace is a policy without the people it pages.
func pace(p escalation.Policy) escalation.Policy {
	paced := escalation.Policy{Cycles: max(p.Cycles, 1), CatchAllEvery: p.CatchAllEvery}
	for _, l := range p.Levels {
		l.Targets = nil
		paced.Levels = append(paced.Levels, l)
	}
	return paced
}
