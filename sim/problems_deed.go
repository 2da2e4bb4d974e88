package sim

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
)

// plain returns what a pointer in an interface points to, nil for nil, and anything else as it is.
func plain(v any) any {
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer {
		if r.IsNil() {
			return nil
		}
		return r.Elem().Interface()
	}
	return v
}

// deedOf returns a deed, also one that is a pointer, so that there is one form of it to look at.
func deedOf(d Deed) Deed {
	plain, _ := plain(d).(Deed)
	return plain
}

// sourceOf is deedOf for a source. Of another package's a pointer is what it is.
func sourceOf(s Source) Source {
	if value := plain(s); value == nil {
		return nil
	} else if value, ok := value.(Source); ok {
		return value
	}
	return s
}

// acts looks at what happens.
func (c *checker) acts() {
	for i, a := range c.s.Acts {
		if c.full() {
			return
		}
		path := fmt.Sprintf("Acts[%d]", i)
		c.instant(path+".After", a.After)
		c.deed(path+".Do", a.Do, a.After)
	}
}

func (c *checker) deed(path string, d Deed, after time.Duration) {
	switch d := deedOf(d).(type) {
	case nil:
		c.add(path, "is nil; say what happens, as a Signal or another Deed")
	case Signal:
		c.signal(path, alert.Signal(d))
	case Command:
		c.key(path+".Key", d.Key)
		c.command(path+".Input", d.Input, after)
	case Configure:
		c.config(path+".Org", d.Org)
	case Crash:
		c.engine(path, d.Engine)
		if d.Steps < 0 {
			c.add(path+".Steps", "%d is negative; use zero for at once, or after how many steps", d.Steps)
		}
		c.length(path+".For", d.For)
	case Pause:
		c.engine(path, d.Engine)
		c.length(path+".For", d.For)
	case StoreFault:
		c.engine(path, d.Engine)
		if d.Steps < 0 || d.Steps == 0 && !d.Conflict {
			c.add(path+".Steps", "is %d; use 1 for the next step, or more for one after it", d.Steps)
		}
	case ClockJump:
		switch {
		case d.By == 0:
			c.add(path+".By", "is zero, so that nothing happens; say by how much clocks are set, as -time.Hour")
		case d.By < -maxLength || d.By > maxLength:
			c.add(path+".By", "%s is too long; use at most a hundred years", d.By)
		}
	case Do:
		if d.With == nil {
			c.add(path+".With", "is nil; say what is done")
		}
	}
}

// engine looks at the number of an engine.
func (c *checker) engine(path string, n int) {
	all := max(c.s.Engines, 1)
	switch {
	case n < 0, n >= all && !c.s.fixed:
		c.add(path+".Engine", "%d is none of the engines, which count from 0; use 0 to %d, or more Engines", n, all-1)
	}
}

// signal looks at what a source says.
func (c *checker) signal(path string, s alert.Signal) {
	if s.Key == "" {
		c.add(path+".Key", "is missing; write what it is deduplicated by, such as disk-full")
	}
	if s.Action > alert.Resolve {
		c.add(path+".Action", "%d is no action; use alert.Trigger, alert.Acknowledge or alert.Resolve", s.Action)
	}
	if s.Severity > watchbill.SeverityCritical {
		c.add(path+".Severity", "%d is no severity; use critical, error, warning or info", s.Severity)
	}
	var goals []string
	for _, goal := range []struct {
		field, kind, id string
		known           set
	}{{"Service", "service", string(s.Service), c.known.services}, {"Policy", "policy", string(s.Policy), c.known.policies},
		{"User", "user", string(s.User), c.known.users}} {
		if goal.id != "" {
			goals = append(goals, goal.field)
			c.name(path+"."+goal.field, goal.kind, goal.id, goal.known)
		}
	}
	if len(goals) > 1 {
		c.add(path, "has %s; use one of them", strings.Join(goals, " and "))
	}
	c.source(path+".Source", s, len(goals) > 0)
}

// source looks at where a signal comes from. An organisation that has no sources takes any name, as long as the signal itself
// says where it goes.
func (c *checker) source(path string, s alert.Signal, goes bool) {
	id := string(s.Source)
	switch {
	case c.known.open || c.known.sources[id] || id == manual:
	case !c.known.anySource && id != "":
		c.name(path, "source", id, c.known.sources)
	case !goes && s.Action == alert.Trigger:
		c.add(path, "%q is not in the organisation, so that nobody knows where the signal goes; use one of its sources, or give the signal a "+
			"Service, Policy or User", id)
	}
}

// manual is the source of what people raise by hand.
const manual = "manual"

// command looks at what somebody does.
func (c *checker) command(path string, in episode.Input, after time.Duration) {
	by, ok := episode.Speaker(in)
	if !ok {
		c.add(path, "%T is not what a person does; use a command such as episode.Acknowledge", in)
		return
	}
	c.name(path+".By", "user", string(by.By), c.known.users)
	switch in := in.(type) {
	case episode.Snooze:
		if at := c.begin.Add(after); !c.begin.IsZero() && !in.Until.After(at) {
			c.add(path+".Until", "%s is not after %s, when it is said; use a later time", in.Until.Format(time.RFC3339), at.Format(time.RFC3339))
		}
	case episode.Reassign:
		c.target(path+".Target", in.Target)
	case episode.Summon:
		c.name(path+".User", "user", string(in.User), c.known.users)
	case episode.Dismiss:
		c.name(path+".User", "user", string(in.User), c.known.users)
	}
}

// sources looks at what makes things happen by chance.
func (c *checker) sources() {
	for i, s := range c.s.Sources {
		path := fmt.Sprintf("Sources[%d]", i)
		switch s := sourceOf(s).(type) {
		case nil:
			c.add(path, "is nil; leave it out")
		case Troubles:
			c.like(path, s.Like)
			c.every(path, s.Every)
			c.delay(path+".Lasts", s.Lasts)
			if s.Keys < 0 {
				c.add(path+".Keys", "%d is negative; use how many different things go wrong, or zero for a new one each time", s.Keys)
			}
		case Burst:
			c.burst(path, s)
		case Flapping:
			c.flapping(path, s)
		case Recorded:
			c.recorded(path, s)
		case Noise:
			c.noise(path, s)
		}
	}
}

// like looks at what a source says of what goes wrong.
func (c *checker) like(path string, s alert.Signal) {
	if s.Action != alert.Trigger && s.Action <= alert.Resolve {
		c.add(path+".Like.Action", "is %s; leave it out, since a source says itself when it is over", s.Action)
	}
	c.signal(path+".Like", s)
}

func (c *checker) every(path string, every time.Duration) {
	if every == 0 {
		c.add(path+".Every", "is missing; say how much time is between two, on average")
	}
	c.often(path+".Every", every)
}

func (c *checker) burst(path string, b Burst) {
	c.like(path, b.Like)
	if b.Count <= 0 || b.Count > maxMade {
		c.add(path+".Count", "is %d; use 1 to %d", b.Count, maxMade)
	}
	if b.Over == 0 && b.Count > maxAtOnce && b.Count <= maxMade {
		c.add(path+".Over", "is missing for a burst of %d; say within which time they come, or let it be at most %d at once", b.Count, maxAtOnce)
	}
	legible := c.length(path+".At", b.At)
	legible = c.length(path+".Over", b.Over) && legible
	c.delay(path+".Lasts", b.Lasts)
	switch {
	case !legible || c.s.For <= 0:
	case b.At >= c.s.For:
		c.add(path+".At", "%s is not before %s, when %s; use less", b.At, c.s.For, whenPeace)
	case b.Over > c.s.For-b.At:
		c.add(path+".Over", "%s from %s on is not over by %s, when %s; use less", b.Over, b.At, c.s.For, whenPeace)
	}
}

func (c *checker) flapping(path string, f Flapping) {
	c.like(path, f.Like)
	c.spans(path+".Phases", f.Phases, c.s.For, whenPeace)
	first := len(c.all)
	for _, part := range []struct {
		name string
		d    Delay
	}{{"Wrong", f.Wrong}, {"Fine", f.Fine}} {
		at, before := path+"."+part.name, len(c.all)
		switch c.delay(at, part.d); {
		case len(c.all) > before:
		case part.d == Delay{}:
			c.add(at, "is missing; say how long it lasts each time, at least %s", shortestFlap)
		case max(part.d.Median, part.d.Most) < shortestFlap || part.d.Least > 0 && part.d.Least < shortestFlap:
			c.add(at, "%s is too short; use at least %s", part.d, shortestFlap)
		}
	}
	if len(c.all) == first {
		typical := func(d Delay) time.Duration { return max(d.Median, d.Least, shortestFlap) }
		c.crowded(path+".Wrong", typical(f.Wrong)+typical(f.Fine), c.s.For)
	}
}

func (c *checker) recorded(path string, r Recorded) {
	inside := false
	for i, s := range r {
		if c.full() {
			return
		}
		at := fmt.Sprintf("%s[%d]", path, i)
		if s.At.IsZero() {
			c.add(at+".At", "is missing; say when the signal came")
		}
		c.signal(at+".Signal", s.Signal)
		after := s.At.Sub(c.begin)
		inside = inside || after >= 0 && after < c.s.For
	}
	if len(r) > 0 && !inside && c.s.For > 0 && !c.begin.IsZero() {
		c.add(path, "none of its %d signals came between the start, %s, and %s after it; let Start and For be as when it was recorded",
			len(r), c.begin.Format(time.RFC3339), c.s.For)
	}
}

func (c *checker) noise(path string, n Noise) {
	goes := len(n.Services) > 0
	c.source(path+".Source", alert.Signal{Source: n.Source}, goes)
	for i, id := range n.Services {
		c.name(fmt.Sprintf("%s.Services[%d]", path, i), "service", string(id), c.known.services)
	}
	c.every(path, n.Every)
	if n.Keys < 0 {
		c.add(path+".Keys", "%d is negative; use how many different things it speaks of, or zero for 6", n.Keys)
	}
}
