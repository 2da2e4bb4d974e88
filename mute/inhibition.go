package mute

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Side is one side of an inhibition, as an alert has it: the rule and a digest. An alert is muted by a rule exactly
// as long as one of its [Set.Targets] is equal to one of the [Set.Sources] of an alert that is firing. So whoever
// keeps, for each Side, who is firing, need not know any rule.
//
// The digest is of the values that have to be equal, and of the rule itself: after a rule has been changed, the sides
// of before are equal to none of after, and mute nothing any more.
type Side struct {
	Rule  string // the ID of the inhibition
	Equal string // hexadecimal
}

// inhibition is an Inhibition, worked out.
type inhibition struct {
	id             string
	source, target Matchers
	equal          []string // sorted, each once
	definition     string   // of all of it
}

// Who may mute whom. An alert on the source side only mutes anybody; one on both sides only those that are not.
const (
	byAnybody   = "any"
	byOneSided  = "one-sided"
	digestBytes = 16
)

// Sources returns the sides of inhibitions on which the subject mutes others; nil if there are none.
func (s *Set) Sources(sub Subject) (sides []Side) {
	for i := range s.inhibitions {
		rule := &s.inhibitions[i]
		if !rule.source.matches(&sub) {
			continue
		}
		sides = append(sides, rule.side(&sub, byAnybody))
		if !rule.target.matches(&sub) {
			sides = append(sides, rule.side(&sub, byOneSided))
		}
	}
	return sides
}

// Targets returns the sides of inhibitions on which the subject is muted by others; nil if there are none.
func (s *Set) Targets(sub Subject) (sides []Side) {
	for i := range s.inhibitions {
		rule := &s.inhibitions[i]
		switch {
		case !rule.target.matches(&sub):
		case rule.source.matches(&sub):
			sides = append(sides, rule.side(&sub, byOneSided))
		default:
			sides = append(sides, rule.side(&sub, byAnybody))
		}
	}
	return sides
}

func (r *inhibition) side(sub *Subject, who string) Side {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %s", who, r.definition)
	for _, name := range r.equal {
		fmt.Fprintf(sum, " %q", sub.value(name))
	}
	return Side{r.id, hex.EncodeToString(sum.Sum(nil)[:digestBytes])}
}

func (c *checker) inhibition(i Inhibition) inhibition {
	c.id(i.ID)
	if len(i.Source) == 0 {
		c.fail("source", nil, `is missing; say which alerts mute others, such as ['alertname="NodeDown"']`)
	}
	if len(i.Target) == 0 {
		c.fail("target", nil, `is missing; say which alerts they mute, such as ['severity="warning"']`)
	}
	c.tooMany("equal", len(i.Equal), maxMatchers)
	for n, name := range i.Equal {
		if name == "" || len(name) > maxName {
			c.fail(fmt.Sprintf("equal[%d]", n), nil, "is not the name of a label; write one such as node")
		}
	}
	r := inhibition{
		id:     i.ID,
		source: c.matchers("source", i.Source, false),
		target: c.matchers("target", i.Target, true),
		equal:  slices.Compact(slices.Sorted(slices.Values(i.Equal))),
	}
	r.definition = fmt.Sprintf("%q %q %q", r.source, r.target, r.equal)
	return r
}
