package mute

import (
	"slices"

	"github.com/watchbill/watchbill"
)

// index finds the rules that may be about a subject: each is kept under the services and sources that it names, and
// under the values of one label where its matchers ask for one or several, or else among the rest.
type index struct {
	services map[watchbill.ServiceID][]int
	sources  map[watchbill.SourceID][]int
	labels   []labelIndex
	rest     []int
}

type labelIndex struct {
	name   string
	values map[string][]int
}

func newIndex(rules []rule) index {
	x := index{services: map[watchbill.ServiceID][]int{}, sources: map[watchbill.SourceID][]int{}}
	byName := map[string]int{}
	for i := range rules {
		r := &rules[i]
		for _, id := range r.services {
			x.services[id] = append(x.services[id], i)
		}
		for _, id := range r.sources {
			x.sources[id] = append(x.sources[id], i)
		}
		name, values := r.matchers.key()
		if values == nil {
			if len(r.matchers) > 0 {
				x.rest = append(x.rest, i)
			}
			continue
		}
		at, known := byName[name]
		if !known {
			at, byName[name] = len(x.labels), len(x.labels)
			x.labels = append(x.labels, labelIndex{name, map[string][]int{}})
		}
		for _, value := range values {
			x.labels[at].values[value] = append(x.labels[at].values[value], i)
		}
	}
	return x
}

// key returns a label, and the values one of which a subject must have to match.
func (list Matchers) key() (name string, values []string) {
	for _, m := range list {
		switch {
		case m.Op == Equal && m.Value != "":
			return m.Name, []string{m.Value}
		case m.Op == Match && m.pattern.words != nil && !slices.Contains(m.pattern.words, ""):
			values, name = m.pattern.words, m.Name
		}
	}
	return name, values
}

// find returns the rules that are about the subject, in order; nil if there are none.
func (x *index) find(rules []rule, sub *Subject) (found []int) {
	look := func(some []int) {
		for _, i := range some {
			if rules[i].matches(sub) {
				found = append(found, i)
			}
		}
	}
	look(x.services[sub.Service])
	look(x.sources[sub.Source])
	look(x.rest)
	for _, label := range x.labels {
		if value := sub.value(label.name); value != "" {
			look(label.values[value])
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
