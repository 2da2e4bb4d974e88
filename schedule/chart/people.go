package chart

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/watchbill/watchbill/internal/svg"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// person is how a user is shown.
type person struct {
	index    int      // of the palette's colours and patterns
	name     string   // in full
	labels   []string // the name, then shorter ones, the last the initials
	initials string   // different for each person
}

// people are the users of one schedule. Who they are depends on the schedule alone, so that everybody has the same
// colour in every picture of it, unless the final line knows of people whom the schedule has no more.
type people struct {
	list []*person
	byID map[watchbill.UserID]*person
}

func peopleOf(spec schedule.Spec, o Options) *people {
	p := &people{byID: map[watchbill.UserID]*person{}}
	taken := map[string]int{}
	for _, id := range userIDs(spec, o.Final) {
		if id == "" || id == schedule.Unassigned || p.byID[id] != nil {
			continue
		}
		who := newPerson(id, o.Names)
		who.index = len(p.list)
		who.initials = unique(who.initials, taken)
		p.byID[id] = who
		p.list = append(p.list, who)
	}
	firsts := map[string]int{}
	for _, who := range p.list {
		firsts[firstName(who.name)]++
	}
	for _, who := range p.list {
		who.labels = []string{svg.Isolated(who.name)}
		if first := firstName(who.name); first != who.name && firsts[first] == 1 {
			who.labels = append(who.labels, svg.Isolated(first))
		}
		who.labels = append(who.labels, who.initials)
		who.name = svg.Isolated(who.name)
	}
	return p
}

// of returns the person of an ID; one whom the schedule does not name is plain.
func (p *people) of(id watchbill.UserID) *person {
	if who := p.byID[id]; who != nil {
		return who
	}
	who := newPerson(id, nil)
	who.labels = []string{who.name}
	return who
}

func newPerson(id watchbill.UserID, names func(watchbill.UserID) string) *person {
	name := ""
	if names != nil {
		name = svg.Clean(names(id), 40)
	}
	if name == "" {
		name = svg.Clean(string(id), 40)
	}
	if name == "" {
		name = "?"
	}
	return &person{name: name, initials: initials(name)}
}

// userIDs lists everybody, in the order in which the schedule names them.
func userIDs(spec schedule.Spec, final []schedule.Shift) []watchbill.UserID {
	var ids []watchbill.UserID
	layers := func(sites []schedule.Site, layers []schedule.Layer) {
		for _, s := range sites {
			ids = append(ids, s.Users...)
		}
		for _, l := range layers {
			ids = append(ids, l.Users...)
			for _, placed := range l.Shifts {
				ids = append(ids, placed.Users...)
			}
		}
	}
	layers(spec.Sites, spec.Layers)
	for _, v := range spec.Versions {
		layers(v.Sites, v.Layers)
	}
	for _, t := range spec.Temporary {
		for _, placed := range t.Shifts {
			ids = append(ids, placed.Users...)
		}
	}
	for _, o := range spec.Overrides {
		ids = append(ids, o.User, o.Replaces, o.Add, o.Remove)
	}
	for _, shift := range final {
		ids = append(ids, shift.Users...)
	}
	return ids
}

func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}

// initials are the first letters of the first and the last word, or the first two letters of a single one.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	switch len(words) {
	case 0:
		return "?"
	case 1:
		letters := []rune(words[0])
		return strings.ToUpper(string(letters[:min(2, len(letters))]))
	}
	return strings.ToUpper(string([]rune(words[0])[:1]) + string([]rune(words[len(words)-1])[:1]))
}

// unique numbers initials that somebody else has already.
func unique(text string, taken map[string]int) string {
	if taken[text]++; taken[text] > 1 {
		return fmt.Sprintf("%s%d", text, taken[text])
	}
	return text
}
