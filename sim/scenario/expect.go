package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/sim"
)

// expected is a kind of expectation.
type expected struct {
	name string
	read func(o *object, name string) sim.Expectation
}

// expectations are what can be expected, in the order in which a message names them.
func expectations() []expected {
	every := func(promise func(time.Duration) sim.Promise) func(*object, string) sim.Expectation {
		return func(o *object, name string) sim.Expectation {
			return o.alerts(promise(o.limit(name)))
		}
	}
	of := func(from func(*object) sim.Expectation) func(*object, string) sim.Expectation {
		return func(o *object, name string) sim.Expectation { return inner(o, name, from) }
	}
	return []expected{
		{"reaches_a_person_within", every(sim.ReachesAPersonWithin)},
		{"acknowledged_within", every(sim.IsAcknowledgedWithin)},
		{"nothing_sent_after_acknowledge", whole(sim.NothingSentAfterAcknowledge)},
		{"some_alert_rings", whole(sim.SomeAlertRings)},
		{"at_most", atMost},
		{"paged", of(paged)},
		{"not_paged", of(notPaged)},
		{"acknowledged_by", of(acknowledgedBy)},
		{"resolved", of(resolved)},
	}
}

// expectation reads what must hold.
func expectation(o *object) (e sim.Expectation) {
	var names, given []string
	for _, x := range expectations() {
		names = append(names, x.name)
		if o.Has(x.name) {
			given = append(given, x.name)
			e = x.read(o, x.name)
		}
	}
	unknown := slices.ContainsFunc(o.Names(), func(s string) bool { return !slices.Contains(names, s) })
	switch {
	case len(given) > 1:
		o.Fail(o.At, "has %s; make an item of each", strings.Join(given, " and "))
	case len(given) == 0 && !unknown:
		o.Fail(o.At, "says nothing that must hold; give one of %s", strings.Join(names, ", "))
	}
	return e
}

// alerts expects a promise to be kept for every alert, or for so many percent of them.
func (o *object) alerts(p sim.Promise) sim.Expectation {
	n, ok := o.Scalar("percentile")
	if !ok {
		return sim.EveryAlert(p)
	}
	percent, err := strconv.ParseFloat(n.Value, 64)
	switch {
	case err != nil || !(percent > 0 && percent < 100):
		o.Fail(n, "is %s, must be a number between 0 and 100, such as 95", yamlfile.Quote(n.Value))
	case percent < 1: // a share, as probabilities may be: hardly anything would break it
		o.Fail(n, "is %s, which is less than one alert in a hundred; for a share of %s write %.4g", yamlfile.Quote(n.Value), n.Value, 100*percent)
	}
	return sim.MostAlerts(percent, p)
}

// atMost expects that there is not more of something.
func atMost(o *object, name string) sim.Expectation {
	measures := map[string]sim.Measure{
		"pages_per_person_per_hour":         sim.PagesPerPersonPerHour(),
		"pages_per_person_per_day":          sim.PagesPerPersonPerDay(),
		"pages_per_alert":                   sim.PagesPerAlert(),
		"nights_broken_per_person_per_week": sim.NightsBrokenPerPersonPerWeek(),
	}
	words := slices.Sorted(maps.Keys(measures))
	n, ok := o.Scalar("of")
	if !ok {
		o.Wrong("of", "is missing; write one of %s", strings.Join(words, ", "))
	} else {
		o.IsOne(n, words...)
	}
	m := measures[o.Text("of")]
	return sim.AtMost(o.Number(name, 0), m)
}

// whole reads what holds of all that happened, and is there or not.
func whole(expects func() sim.Expectation) func(*object, string) sim.Expectation {
	return func(o *object, name string) sim.Expectation {
		if !o.Boolean(name) {
			o.Wrong(name, "must be true, or be left out")
		}
		return expects()
	}
}

// mustKey reads which alerts it is about.
func (o *object) mustKey() alert.DedupKey {
	if !o.Has("key") {
		o.Wrong("key", "is missing; write which alerts it is about")
	}
	return alert.DedupKey(o.Text("key"))
}

// limit reads how long something may take. What outlasts the scenario could not be broken.
func (o *object) limit(name string) time.Duration {
	d := o.length(name, time.Second)
	if o.span > 0 && d > o.span {
		o.Wrong(name, "is %s, which is longer than the scenario takes with its rest, %s", d, o.span)
	}
	return d
}

// within tells a limit of time; nothing if there is none.
func within(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf(" within %s", d)
}

// ofKey expects something of every alert of a key, of which there is at least one.
func ofKey(name string, key alert.DedupKey, broken func(h *sim.History, a *sim.Alert) (sim.Breach, bool)) sim.Expectation {
	return sim.Expectation{Name: name, Check: func(h *sim.History) (all []sim.Breach) {
		found := false
		for _, a := range h.Alerts {
			if a.Key != key {
				continue
			}
			found = true
			if b, is := broken(h, a); is {
				b.Alert = a
				all = append(all, b)
			}
		}
		if !found {
			all = append(all, sim.Breach{At: h.End, Text: noAlertOf(h, key)})
		}
		return all
	}}
}

// noAlertOf says that there is no alert of a key, and of which there are.
func noAlertOf(h *sim.History, key alert.DedupKey) string {
	text := fmt.Sprintf("there is no alert of the key %s", key)
	var keys []string
	for _, a := range h.Alerts {
		if k := string(a.Key); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
		if len(keys) == 5 {
			return text + "; there are " + strings.Join(keys, ", ") + " and more"
		}
	}
	if len(keys) == 0 {
		return text
	}
	return text + "; there is " + strings.Join(keys, ", ")
}

// inTime expects an instant of every alert of a key.
func inTime(name string, key alert.DedupKey, d time.Duration, what string, when func(*sim.Alert) time.Time) sim.Expectation {
	return ofKey(name+within(d), key, func(h *sim.History, a *sim.Alert) (sim.Breach, bool) {
		at, deadline := when(a), h.End
		if d > 0 {
			deadline = a.OpenedAt.Add(d)
		}
		switch {
		case at.IsZero() && deadline.After(h.End), !at.IsZero() && !at.After(deadline):
			return sim.Breach{}, false
		case at.IsZero():
			return sim.Breach{At: deadline, Text: "never " + what}, true
		}
		return sim.Breach{At: deadline, Text: fmt.Sprintf("%s after %s", what, at.Sub(a.OpenedAt).Round(time.Millisecond))}, true
	})
}

func paged(o *object) sim.Expectation {
	key, user, d := o.mustKey(), o.mustUser("user", "who"), o.limit("within")
	return inTime(fmt.Sprintf("%s is paged for %s", user, key), key, d, "a page to "+string(user), func(a *sim.Alert) time.Time {
		for _, s := range a.Sends {
			if s.Page() && s.User == user {
				return s.At
			}
		}
		return time.Time{}
	})
}

func notPaged(o *object) sim.Expectation {
	key, user := alert.DedupKey(o.Text("key")), o.mustUser("user", "who")
	before := o.Failures()
	from, to := o.instant("from"), o.instant("to")
	if !o.start.IsZero() && o.Has("to") && (to == 0 || to <= from) && o.Failures() == before {
		o.Wrong("to", "must be after from, or there is no time in which it could be broken")
	}
	name := fmt.Sprintf("%s is not paged", user)
	if key != "" {
		name += " for " + string(key)
	}
	for _, bound := range []string{"from", "to"} {
		if o.Has(bound) {
			name += " " + bound + " " + o.Text(bound)
		}
	}
	return sim.Expectation{Name: name, Check: func(h *sim.History) (all []sim.Breach) {
		known := key == "" || h.Heard(key)
		for _, a := range h.Alerts {
			known = known || a.Key == key
			for _, s := range a.Sends {
				after := s.At.Sub(h.Start)
				if s.Page() && s.User == user && (key == "" || a.Key == key) && after >= from && (to == 0 || after < to) {
					all = append(all, sim.Breach{At: s.At, Alert: a, User: user, Text: fmt.Sprintf("%s is paged by %s", user, s.Channel)})
				}
			}
		}
		if !known { // a misspelt key would hold whatever happens
			all = append(all, sim.Breach{At: h.End, Text: noAlertOf(h, key)})
		}
		return all
	}}
}

func acknowledgedBy(o *object) sim.Expectation {
	key, d := o.mustKey(), o.limit("within")
	var user watchbill.UserID
	name, what := fmt.Sprintf("%s is acknowledged", key), "acknowledged"
	if o.Has("user") {
		user = o.mustUser("user", "who")
		name, what = name+" by "+string(user), what+" by "+string(user)
	}
	return inTime(name, key, d, what, func(a *sim.Alert) time.Time {
		if user != "" && a.AcknowledgedBy != user {
			return time.Time{}
		}
		return a.AcknowledgedAt
	})
}

func resolved(o *object) sim.Expectation {
	key, d := o.mustKey(), o.limit("within")
	return inTime(fmt.Sprintf("%s is resolved", key), key, d, "resolved", func(a *sim.Alert) time.Time { return a.ResolvedAt })
}
