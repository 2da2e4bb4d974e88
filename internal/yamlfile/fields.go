package yamlfile

import (
	"encoding"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill/calendar"
)

// Given returns what is written for a field, and makes the field a known one. Null is nothing.
func (o *Object) Given(name string) []Node {
	if !o.asked[name] {
		o.asked[name] = true
		o.known = append(o.known, name)
	}
	return slices.DeleteFunc(slices.Clone(o.fields[name]), Node.IsNull)
}

// One returns the value of a field that may be given only once in all files.
func (o *Object) One(name string) (n Node, ok bool) {
	all := o.Given(name)
	if len(all) == 0 {
		return Node{}, false
	}
	for _, again := range all[1:] {
		o.d.Fail(again, "is given in %s:%d already", all[0].File, all[0].Line)
	}
	return all[0], true
}

// Wrong reports a field, given or missing.
func (o *Object) Wrong(name, format string, args ...any) { o.d.Fail(o.Where(name), format, args...) }

// Where returns the place of a field; that of the object if it is not given.
func (o *Object) Where(name string) Node {
	if all := o.fields[name]; len(all) > 0 {
		return all[0]
	}
	return Node{File: o.At.File, Line: o.At.Line, Path: Join(o.At.Path, name)}
}

// Has reports whether a field is given.
func (o *Object) Has(name string) bool { return len(o.Given(name)) > 0 }

// Scalar returns a field's text as it is written. YAML's own reading of it does not count: an id may be 7 or on, a
// number may begin with + or 0, and 09:00 needs no quotes.
func (o *Object) Scalar(name string) (Node, bool) {
	n, ok := o.One(name)
	return n, ok && o.d.Plain(n)
}

// Plain reports whether a value is text, and of one line.
func (d *Decoder) Plain(n Node) bool {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.Fail(n, "must be a single value, got %s", Describe(n))
	case strings.ContainsFunc(n.Value, unicode.IsControl):
		d.Fail(n, "has a line break or another control character")
	default:
		return true
	}
	return false
}

// Text returns a field of one line; empty if it is not given.
func (o *Object) Text(name string) string {
	if n, ok := o.Scalar(name); ok {
		return n.Value
	}
	return ""
}

// Paragraph is text for text of several lines, as YAML's | and > make them: a line break counts as a space.
func (o *Object) Paragraph(name string) string {
	n, ok := o.One(name)
	if ok && n.Kind == yaml.ScalarNode {
		joined := *n.Node
		joined.Value = strings.Join(strings.Fields(n.Value), " ")
		n.Node = &joined
	}
	if !ok || !o.d.Plain(n) {
		return ""
	}
	return n.Value
}

// Choice returns one of some words; the first of them is the default.
func (o *Object) Choice(name string, words ...string) string {
	n, ok := o.Scalar(name)
	if !ok {
		return words[0]
	}
	if !o.d.IsOne(n, words...) {
		return words[0]
	}
	return n.Value
}

// IsOne reports whether a value is one of some words.
func (d *Decoder) IsOne(n Node, words ...string) bool {
	if !slices.Contains(words, n.Value) {
		d.Fail(n, "is %s; %s", Quote(n.Value), OneOf(n.Value, words))
		return false
	}
	return true
}

// Boolean returns whether a field is true; false if it is not given.
func (o *Object) Boolean(name string) bool { return o.Choice(name, "false", "true") == "true" }

// Number returns a whole number that is not under least; zero if it is not given.
func (o *Object) Number(name string, least int) int {
	n, ok := o.Scalar(name)
	if !ok {
		return 0
	}
	v, err := strconv.Atoi(n.Value)
	if errors.Is(err, strconv.ErrRange) && !strings.HasPrefix(n.Value, "-") {
		o.d.Fail(n, "is %s, which is too large a number", Quote(n.Value))
		return 0
	}
	if err != nil || v < least {
		o.d.Fail(n, "is %s, must be a whole number of at least %d", Quote(n.Value), least)
		return 0
	}
	return v
}

// Duration returns a length of time that is not under least; zero if it is not given.
func (o *Object) Duration(name string, least time.Duration) time.Duration {
	n, ok := o.One(name)
	if !ok {
		return 0
	}
	return o.d.DurationOf(n, least)
}

// DurationOf returns the length of time that is not under least.
func (d *Decoder) DurationOf(n Node, least time.Duration) time.Duration {
	if !d.Plain(n) {
		return 0
	}
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < least {
		d.Fail(n, "is %s, must be a duration of at least %v, such as 90s, 5m or 24h", Quote(n.Value), least)
		return 0
	}
	return v
}

// Timezone returns the name of a zone; otherwise if it is not given.
func (o *Object) Timezone(otherwise string) string {
	n, ok := o.Scalar("timezone")
	if !ok {
		return otherwise
	}
	if _, err := calendar.LoadZone(n.Value); err != nil {
		o.d.Fail(n, "%s", Reason(err.Error()))
		return otherwise
	}
	return n.Value
}

// Textual is a pointer to a T that reads itself from text.
type Textual[T any] interface {
	*T
	encoding.TextUnmarshaler
}

// Value returns a value that reads itself from text; zero if it is not given.
func Value[T any, P Textual[T]](o *Object, name string) (v T) {
	if n, ok := o.One(name); ok {
		v = ValueOf[T, P](o.d, n)
	}
	return v
}

// ValueOf returns a value that reads itself from text.
func ValueOf[T any, P Textual[T]](d *Decoder, n Node) (v T) {
	if !d.Plain(n) {
		return v
	}
	if err := P(&v).UnmarshalText([]byte(n.Value)); err != nil {
		d.Fail(n, "%s", Reason(err.Error()))
	}
	return v
}

// Word returns a value that reads itself from one of some words; zero if it is not given.
func Word[T any, P Textual[T]](o *Object, name string, words ...string) (v T) {
	if n, ok := o.Scalar(name); ok && o.d.IsOne(n, words...) {
		v = ValueOf[T, P](o.d, n)
	}
	return v
}

// Reason takes the name of the package off a message of the domain.
func Reason(message string) string {
	for _, room := range []string{"watchbill: ", "calendar: ", "schedule: ", "escalation: "} {
		message = strings.TrimPrefix(message, room)
	}
	return message
}

// Inner reads a field that has fields of its own; the zero T if it is not given.
func Inner[T any](o *Object, name string, from func(*Object) T) T {
	if n, ok := o.One(name); ok {
		return Read(o.d, n, from)
	}
	var zero T
	return zero
}

// List reads a field that is a list of values with fields.
func List[T any](o *Object, name string, from func(*Object) T) []T {
	var all []T
	for _, n := range o.Items(name) {
		all = append(all, Read(o.d, n, from))
	}
	return all
}

// Texts reads a field that is a list of single values.
func Texts[T ~string](o *Object, name string) []T {
	var all []T
	for _, n := range o.Items(name) {
		if o.d.Plain(n) && n.IsNull() {
			o.d.Fail(n, "is empty; write something, or take it out")
		}
		all = append(all, T(n.Value))
	}
	return all
}

// Items returns the items of a list, those of several files put together.
func (o *Object) Items(name string) []Node { return o.Spread(name, false) }

// Spread is items for a field where, if single, one value may stand for a list of it.
func (o *Object) Spread(name string, single bool) (all []Node) {
	for _, n := range o.Given(name) {
		var content []*yaml.Node
		switch {
		case n.Kind == yaml.SequenceNode:
			content = n.Content
		case single && n.Kind == yaml.ScalarNode:
			content = []*yaml.Node{n.Node}
		default:
			o.d.Fail(n, "must be a list, as [a, b]; got %s", Describe(n))
		}
		if !o.d.Spend(len(content)) {
			return nil
		}
		for _, c := range content {
			all = append(all, n.child(c.Line, fmt.Sprintf("%s[%d]", n.Path, len(all)), c))
		}
	}
	return all
}
