package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
)

// org looks at the organisation.
func (c *checker) org() {
	c.config("Org", c.s.Org)
	o := c.s.Org
	if len(o.Overrides)+len(o.Made.Silences)+len(o.Made.Maintenance)+len(o.Personal) > 0 && c.s.Open == nil && !c.known.open {
		c.add("Org", "has what people made by the API (Overrides, Made or Personal), which no configuration puts in force; "+
			"write it into the schedules, the silences and the people themselves, or let Open return a store that has it")
	}
}

// config looks at a configuration that is to be in force.
func (c *checker) config(path string, o oncall.Config) {
	_, err := oncall.New(o, 0)
	c.within(path, err)
	if err != nil || c.s.Compile == nil && c.known.open {
		return
	}
	for i, src := range o.Catalog.Sources {
		_, err := route.Compile(src.Handling, c.s.Compile)
		for _, e := range split(err) {
			c.addErr(&FieldError{Path: path, Reason: fmt.Sprintf("sources[%d].%s", i, without(e)), Err: e})
		}
	}
}

// within adds what another package says of a field.
func (c *checker) within(path string, err error) {
	for _, e := range split(err) {
		c.addErr(&FieldError{Path: path, Reason: without(e), Err: e})
	}
}

// split returns the errors that [errors.Join] put together, also within each other.
func split(err error) (all []error) {
	var field *FieldError
	many, ok := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
		return nil
	case !ok || errors.As(err, &field) && err == error(field):
		return []error{err}
	}
	for _, e := range many.Unwrap() {
		all = append(all, split(e)...)
	}
	return all
}

// without is an error's text without the name of its package.
func without(err error) string {
	text := err.Error()
	if name, rest, ok := strings.Cut(text, ": "); ok && !strings.ContainsAny(name, " .[") {
		return rest
	}
	return text
}

// people looks at how they behave.
func (c *checker) people() {
	for _, id := range slices.Sorted(maps.Keys(c.s.People)) {
		path := fmt.Sprintf("People[%q]", string(id))
		c.name(path, "user", string(id), c.known.users)
		c.person(path, c.s.People[id])
	}
	c.person("Others", c.s.Others)
}

func (c *checker) person(path string, p Person) {
	c.delay(path+".Answers", p.Answers)
	c.share(path+".Misses", p.Misses)
	c.share(path+".Declines", p.Declines)
	c.share(path+".Mistakes", p.Mistakes)
	c.share(path+".Ignores", p.Ignores)
	c.delay(path+".Fixes", p.Fixes)
	if p.Asleep != nil {
		c.sleep(path+".Asleep", *p.Asleep)
	}
	c.spans(path+".Tunnel", p.Tunnel, c.end, whenOver)
	c.spans(path+".Away", p.Away, c.end, whenOver)
}

func (c *checker) sleep(path string, s Sleep) {
	const midnight = calendar.TimeOfDay(24 * 60 * 60)
	clock := func(name string, t calendar.TimeOfDay) bool {
		ok := t >= 0 && t <= midnight
		if !ok {
			c.add(path+"."+name, "%d seconds after midnight is no time of day; use 00:00 to 24:00", int(t))
		}
		return ok
	}
	from, to := clock("From", s.From), clock("To", s.To)
	if from && to && (s.From == s.To || s.From == midnight && s.To == 0) {
		c.add(path+".To", "%s is the same as From, so that nobody sleeps; use another time, or leave Asleep nil for somebody who never does", s.To)
	}
	for _, ch := range slices.Sorted(maps.Keys(s.Wakes)) {
		at := fmt.Sprintf("%s.Wakes[%q]", path, string(ch))
		if ch != "" {
			c.name(at, "channel", string(ch), c.known.channels)
		}
		c.share(at, s.Wakes[ch])
	}
	c.length(path+".Slower", s.Slower)
}

// providers looks at how channels do.
func (c *checker) providers() {
	for _, ch := range slices.Sorted(maps.Keys(c.s.Providers)) {
		path := fmt.Sprintf("Providers[%q]", string(ch))
		if ch != "" {
			c.name(path, "channel", string(ch), c.known.channels)
		}
		p := c.s.Providers[ch]
		c.delay(path+".Takes", p.Takes)
		c.delay(path+".Delivers", p.Delivers)
		c.share(path+".Fails", p.Fails)
		c.share(path+".Refuses", p.Refuses)
		c.share(path+".Loses", p.Loses)
		c.share(path+".Silent", p.Silent)
		c.share(path+".Lies", p.Lies)
		c.share(path+".Repeats", p.Repeats)
		if p.Limit < 0 {
			c.add(path+".Limit", "%d is negative; use the most messages a minute, or zero for no limit", p.Limit)
		}
		c.spans(path+".Down", p.Down, c.s.For, whenPeace)
	}
}

// pings looks at the heartbeats.
func (c *checker) pings() {
	for _, id := range slices.Sorted(maps.Keys(c.s.Pings)) {
		path := fmt.Sprintf("Pings[%q]", id)
		c.name(path, "heartbeat", id, c.known.heartbeats)
		c.spans(path, c.s.Pings[id], c.end, whenOver)
	}
}

// faults looks at what goes wrong by itself.
func (c *checker) faults() {
	f := c.s.Faults
	for _, kind := range []struct {
		name  string
		every time.Duration
	}{{"Crash", f.Crash}, {"Store", f.Store}, {"Pause", f.Pause}, {"Clock", f.Clock}, {"Meddle", f.Meddle}} {
		c.often("Faults."+kind.name, kind.every)
	}
	c.delay("Faults.Latency", f.Latency)
}
