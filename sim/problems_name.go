package sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/oncall"
)

// directory is what an organisation has, at any time of a scenario.
type directory struct {
	open bool // more may come that nobody knows before
	orgs []oncall.Config

	anySource bool // there is a configuration without sources

	users, services, policies, sources, channels, heartbeats set
	keys                                                     set
	series                                                   []series
}

type set map[string]bool

// series are the keys of a source that numbers them.
type series struct {
	prefix string
	first  int
	count  int // zero: without end
}

func (s series) has(key string) bool {
	tail, ok := strings.CutPrefix(key, s.prefix)
	n, err := strconv.Atoi(tail)
	return ok && err == nil && n >= s.first && strconv.Itoa(n) == tail && (s.count == 0 || n-s.first < s.count)
}

func namesOf(s Scenario) directory {
	n := directory{open: s.React != nil || s.fixed, users: set{}, services: set{}, policies: set{}, sources: set{}, channels: set{},
		heartbeats: set{}, keys: set{}}
	n.learn(s.Org)
	for _, m := range s.Org.Heartbeats { // those of later configurations have no pings
		n.heartbeats[m.ID] = true
	}
	for _, source := range s.Sources {
		n.hear(sourceOf(source))
	}
	for _, a := range s.Acts {
		switch d := deedOf(a.Do).(type) {
		case Configure:
			n.learn(d.Org)
		case Signal:
			n.keys[string(d.Key)] = true
		case Do:
			n.open = true
		}
	}
	return n
}

// learn notes what a configuration has.
func (n *directory) learn(o oncall.Config) {
	n.orgs = append(n.orgs, o)
	for _, u := range o.Catalog.Users {
		n.users[string(u.ID)] = true
	}
	for _, channel := range o.Channels() {
		n.channels[string(channel)] = true
	}
	for _, s := range o.Catalog.Services {
		n.services[string(s.ID)] = true
	}
	for _, p := range o.Policies {
		n.policies[string(p.ID)] = true
	}
	for _, s := range o.Catalog.Sources {
		n.sources[string(s.ID)] = true
	}
	n.anySource = n.anySource || len(o.Catalog.Sources) == 0
	for _, m := range o.Heartbeats {
		n.keys["heartbeat:"+m.ID] = true
	}
}

// hear notes the keys of a source.
func (n *directory) hear(s Source) {
	switch s := s.(type) {
	case nil: // told elsewhere
	case Troubles:
		n.series = append(n.series, series{string(s.Like.Key) + "-", 1, s.Keys})
	case Burst:
		n.series = append(n.series, series{string(s.Like.Key) + "-", 1, s.Count})
	case Flapping:
		n.keys[string(s.Like.Key)] = true
	case Recorded:
		for _, r := range s {
			n.keys[string(r.Signal.Key)] = true
		}
	case Noise:
		n.series = append(n.series, series{"k", 0, s.keys()})
	default:
		n.open = true
	}
}

// key refuses the key of an alert that nothing opens.
func (c *checker) key(path string, key alert.DedupKey) {
	k := string(key)
	switch {
	case k == "":
		c.add(path, "is missing; write the key of the signal that opens the alert")
	case c.known.open || c.known.keys[k] || slices.ContainsFunc(c.known.series, func(s series) bool { return s.has(k) }):
	default:
		c.add(path, "no signal has the key %q, so that there is no such alert%s", k, c.known.keyHint())
	}
}

// keyHint is hint for keys. Sources that number theirs have more than one.
func (n directory) keyHint() string {
	keys := maps.Clone(n.keys)
	for _, s := range n.series {
		name := fmt.Sprintf("%s%d", s.prefix, s.first)
		switch {
		case s.count == 0:
			name += " and so on"
		case s.count > 1:
			name += fmt.Sprintf(" to %s%d", s.prefix, s.first+s.count-1)
		}
		keys[name] = true
	}
	return n.hint(keys)
}

// name refuses what the organisation never has.
func (c *checker) name(path, kind, id string, known set) {
	switch {
	case id == "":
		c.add(path, "is empty; name a %s", kind)
	case !known[id] && !c.known.open:
		c.add(path, "%s %q is not in the organisation%s", kind, id, c.known.hint(known))
	}
}

// hint says what there is instead, if that is little.
func (n directory) hint(known set) string {
	switch {
	case len(known) == 0:
		return "; it has none"
	case len(known) <= 6:
		return "; use one of " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")
	}
	return ""
}

// target refuses what cannot be paged.
func (c *checker) target(path string, t escalation.Target) {
	switch {
	case t == escalation.Target{}:
		c.add(path, "is missing; name a target such as user:ada")
	case !c.known.open && !c.known.pages(t):
		c.add(path, "%s %q is not in the organisation", t.Kind, t.ID)
	}
}

// pages reports whether a configuration has a target. One that is wrong may have anything.
func (n directory) pages(t escalation.Target) bool {
	return slices.ContainsFunc(n.orgs, func(o oncall.Config) bool {
		org, err := oncall.New(o, 0)
		return err != nil || org.Exists(t)
	})
}
