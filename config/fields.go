package config

import (
	"encoding"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill/calendar"
)

// given returns what is written for a field, and makes the field a known one. Null is nothing.
func (o *object) given(name string) []node {
	if !slices.Contains(o.known, name) {
		o.known = append(o.known, name)
	}
	return slices.DeleteFunc(slices.Clone(o.fields[name]), node.isNull)
}

// one returns the value of a field that may be given only once in all files.
func (o *object) one(name string) (n node, ok bool) {
	all := o.given(name)
	if len(all) == 0 {
		return node{}, false
	}
	for _, again := range all[1:] {
		o.fail(again, "is given in %s:%d already", all[0].file, all[0].line)
	}
	return all[0], true
}

// wrong reports a field, given or missing.
func (o *object) wrong(name, format string, args ...any) { o.fail(o.where(name), format, args...) }

// where returns the place of a field; that of the object if it is not given.
func (o *object) where(name string) node {
	if all := o.fields[name]; len(all) > 0 {
		return all[0]
	}
	return node{file: o.at.file, line: o.at.line, path: join(o.at.path, name)}
}

// has reports whether a field is given.
func (o *object) has(name string) bool { return len(o.given(name)) > 0 }

// scalar returns a field's text as it is written. YAML's own reading of it does not count: an id may be 7 or on, a
// number may begin with + or 0, and 09:00 needs no quotes.
func (o *object) scalar(name string) (node, bool) {
	n, ok := o.one(name)
	return n, ok && o.plain(n)
}

// plain reports whether a value is text, and of one line.
func (d *decoder) plain(n node) bool {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.fail(n, "must be a single value, got %s", describe(n))
	case strings.ContainsFunc(n.Value, unicode.IsControl):
		d.fail(n, "has a line break or another control character")
	default:
		return true
	}
	return false
}

func (o *object) text(name string) string {
	if n, ok := o.scalar(name); ok {
		return n.Value
	}
	return ""
}

// paragraph is text for text of several lines, as YAML's | and > make them: a line break counts as a space.
func (o *object) paragraph(name string) string {
	n, ok := o.one(name)
	if ok && n.Kind == yaml.ScalarNode {
		joined := *n.Node
		joined.Value = strings.Join(strings.Fields(n.Value), " ")
		n.Node = &joined
	}
	if !ok || !o.plain(n) {
		return ""
	}
	return n.Value
}

// choice returns one of some words; the first of them is the default.
func (o *object) choice(name string, words ...string) string {
	n, ok := o.scalar(name)
	if !ok {
		return words[0]
	}
	if !o.isOne(n, words...) {
		return words[0]
	}
	return n.Value
}

// isOne reports whether a value is one of some words.
func (d *decoder) isOne(n node, words ...string) bool {
	if !slices.Contains(words, n.Value) {
		d.fail(n, "is %s; %s", quote(n.Value), oneOf(n.Value, words))
		return false
	}
	return true
}

func (o *object) boolean(name string) bool { return o.choice(name, "false", "true") == "true" }

// number returns a whole number that is not under least; zero if it is not given.
func (o *object) number(name string, least int) int {
	n, ok := o.scalar(name)
	if !ok {
		return 0
	}
	v, err := strconv.Atoi(n.Value)
	if err != nil || v < least {
		o.fail(n, "is %s, must be a whole number of at least %d", quote(n.Value), least)
		return 0
	}
	return v
}

// duration returns a length of time that is not under least; zero if it is not given.
func (o *object) duration(name string, least time.Duration) time.Duration {
	n, ok := o.one(name)
	if !ok {
		return 0
	}
	return o.durationOf(n, least)
}

func (d *decoder) durationOf(n node, least time.Duration) time.Duration {
	if !d.plain(n) {
		return 0
	}
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < least {
		d.fail(n, "is %s, must be a duration of at least %v, such as 90s, 5m or 24h", quote(n.Value), least)
		return 0
	}
	return v
}

// timezone returns the name of a zone; otherwise if it is not given.
func (o *object) timezone(otherwise string) string {
	n, ok := o.scalar("timezone")
	if !ok {
		return otherwise
	}
	if _, err := calendar.LoadZone(n.Value); err != nil {
		o.fail(n, "%s", reason(err.Error()))
		return otherwise
	}
	return n.Value
}

// textual is a pointer to a T that reads itself from text.
type textual[T any] interface {
	*T
	encoding.TextUnmarshaler
}

// parse returns a value that reads itself from text; zero if it is not given.
func parse[T any, P textual[T]](o *object, name string) (v T) {
	if n, ok := o.one(name); ok {
		v = parseNode[T, P](o.decoder, n)
	}
	return v
}

func parseNode[T any, P textual[T]](d *decoder, n node) (v T) {
	if !d.plain(n) {
		return v
	}
	if err := P(&v).UnmarshalText([]byte(n.Value)); err != nil {
		d.fail(n, "%s", reason(err.Error()))
	}
	return v
}

// word returns a value that reads itself from one of some words; zero if it is not given.
func word[T any, P textual[T]](o *object, name string, words ...string) (v T) {
	if n, ok := o.scalar(name); ok && o.isOne(n, words...) {
		v = parseNode[T, P](o.decoder, n)
	}
	return v
}

// reason takes the name of the package off a message of the domain.
func reason(message string) string {
	for _, room := range []string{"watchbill: ", "calendar: ", "schedule: ", "escalation: "} {
		message = strings.TrimPrefix(message, room)
	}
	return message
}

// address returns the URL of a web page or service.
func (o *object) address(name string) string {
	n, ok := o.scalar(name)
	if !ok {
		return ""
	}
	if !isWeb(n.Value) {
		o.fail(n, "must be an address such as https://oncall.example.com")
	}
	return strings.TrimRight(n.Value, "/")
}

func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// inner reads a field that has fields of its own; the zero T if it is not given.
func inner[T any](o *object, name string, from func(*object) T) T {
	if n, ok := o.one(name); ok {
		return read(o.decoder, n, from)
	}
	var zero T
	return zero
}

// list reads a field that is a list of values with fields.
func list[T any](o *object, name string, from func(*object) T) []T {
	var all []T
	for _, n := range o.items(name) {
		all = append(all, read(o.decoder, n, from))
	}
	return all
}

// texts reads a field that is a list of single values.
func texts[T ~string](o *object, name string) []T {
	var all []T
	for _, n := range o.items(name) {
		if o.plain(n) && n.isNull() {
			o.fail(n, "is empty; write something, or take it out")
		}
		all = append(all, T(n.Value))
	}
	return all
}

// items returns the items of a list, those of several files put together.
func (o *object) items(name string) []node { return o.spread(name, false) }

// spread is items for a field where, if single, one value may stand for a list of it.
func (o *object) spread(name string, single bool) (all []node) {
	for _, n := range o.given(name) {
		var content []*yaml.Node
		switch {
		case n.Kind == yaml.SequenceNode:
			content = n.Content
		case single && n.Kind == yaml.ScalarNode:
			content = []*yaml.Node{n.Node}
		default:
			o.fail(n, "must be a list, as [a, b]; got %s", describe(n))
		}
		if !o.spend(len(content)) {
			return nil
		}
		for _, c := range content {
			all = append(all, n.child(c.Line, fmt.Sprintf("%s[%d]", n.path, len(all)), c))
		}
	}
	return all
}

// unbuilt makes a field known that has no effect yet, and says what happens instead where it is given.
func (o *object) unbuilt(name, instead string) {
	if o.has(name) {
		o.notBuilt(name, instead)
	}
}

func (o *object) notBuilt(name, instead string) {
	o.warn(o.where(name), "is not built yet: %s", instead)
}
