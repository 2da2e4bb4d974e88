package yamlfile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Problem is something that is wrong with a file, or that a reader would not expect, and where.
type Problem struct {
	File   string
	Line   int    // from 1; 0: the file as a whole
	Field  string // as "users[2].contacts[0].id"; empty: the line as a whole
	Reason string
}

// String returns "file:line: field: reason".
func (p Problem) String() string {
	place := p.File
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, p.Line)
	}
	if p.Field != "" {
		place += ": " + p.Field
	}
	return place + ": " + p.Reason
}

// Decoder walks through files and collects what is wrong.
type Decoder struct {
	Roots []Node // the top of each file; at least one

	problems []*Problem
	warnings []Problem
	excused  []string // paths of which nothing more needs to be said
	spent    int      // of maxValues
	stopped  bool     // a bound was reached
}

// Fail says what is wrong with a value.
func (d *Decoder) Fail(n Node, format string, args ...any) {
	if d.stopped {
		return
	}
	d.problems = append(d.problems, &Problem{n.File, n.Line, n.Path, fmt.Sprintf(format, args...)})
	d.Excuse(n.Path)
	d.stopped = len(d.problems) == maxProblems
}

// Warn says what may surprise about a value.
func (d *Decoder) Warn(n Node, format string, args ...any) {
	d.warnings = append(d.warnings, Problem{n.File, n.Line, n.Path, fmt.Sprintf(format, args...)})
}

// Excuse notes that nothing more needs to be said about what is at a path.
func (d *Decoder) Excuse(path string) { d.excused = append(d.excused, path) }

// Excused returns the paths of which nothing more needs to be said.
func (d *Decoder) Excused() []string { return slices.Clone(d.excused) }

// Stopped reports whether there is too much, or too much is wrong, to go on.
func (d *Decoder) Stopped() bool { return d.stopped }

// Failures counts what is wrong so far.
func (d *Decoder) Failures() int { return len(d.problems) }

// Spend reports whether n more values may be looked at.
func (d *Decoder) Spend(n int) bool {
	if d.spent += n; d.spent > maxValues {
		d.Fail(Node{File: d.Roots[0].File}, "has more than %d values, counting those behind an alias each time", maxValues)
		d.stopped = true
	}
	return !d.stopped
}

// Problems returns what is wrong in the order of the files, each once.
func (d *Decoder) Problems() (all []Problem) {
	slices.SortStableFunc(d.problems, func(a, b *Problem) int { return byPlace(*a, *b) })
	for i, p := range d.problems {
		if i == 0 || *p != *d.problems[i-1] {
			all = append(all, *p)
		}
	}
	if d.stopped {
		all = append(all, Problem{File: d.Roots[0].File, Reason: "was not read to its end; there may be more problems"})
	}
	return all
}

// Warnings returns what may surprise, in the order of the files.
func (d *Decoder) Warnings() []Problem {
	slices.SortStableFunc(d.warnings, byPlace)
	return d.warnings
}

func byPlace(a, b Problem) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
}

// Object is a value with fields. Reading a field makes it a known one; Close reports the others.
type Object struct {
	At     Node
	d      *Decoder
	fields map[string][]Node // several values only at the top, from several files
	known  []string          // in the order in which they were asked for
	asked  map[string]bool   // the same
}

// NewObject returns an object whose fields are those of some values put together. Nothing is asked of it unless it is closed.
func NewObject(d *Decoder, all ...Node) *Object {
	o := &Object{At: all[0], d: d, fields: map[string][]Node{}, asked: map[string]bool{}}
	for _, n := range all {
		o.add(n)
	}
	return o
}

// Read makes a T of a value with fields.
func Read[T any](d *Decoder, n Node, from func(*Object) T) T {
	if n.Kind != yaml.MappingNode {
		d.Fail(n, "must have fields, as {name: value}; got %s", Describe(n))
		var zero T
		return zero
	}
	o := NewObject(d, n)
	v := from(o)
	o.Close()
	return v
}

// add takes in the fields of a mapping.
func (o *Object) add(n Node) {
	if !o.d.Spend(1 + len(n.Content)/2) {
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		field := n.child(key.Line, Join(n.Path, key.Value), n.Content[i+1])
		if key.Value == "" {
			field.Path = strings.TrimPrefix(n.Path+`.""`, ".")
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			field.Path = n.Path
			o.d.Fail(field, "has a field whose name is not a plain word")
		case key.ShortTag() == "!!merge":
			o.d.Fail(field, "merging is not supported; write the fields out, or share a whole value by an alias")
		case first[key.Value] > 0:
			o.d.Fail(field, "is given twice; the first is in line %d", first[key.Value])
		default:
			first[key.Value] = key.Line
			o.fields[key.Value] = append(o.fields[key.Value], field)
		}
	}
}

// Join adds a field to a path. One that is not a plain word is quoted, and shortened.
func Join(path, name string) string {
	odd := func(r rune) bool { return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	if len(name) > maxQuote || strings.ContainsFunc(name, odd) {
		name = Quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// Names returns the names of the fields that are given, sorted.
func (o *Object) Names() []string { return slices.Sorted(maps.Keys(o.fields)) }

// Close reports the fields that nothing has asked for.
func (o *Object) Close() {
	for _, name := range o.Names() {
		if o.asked[name] {
			continue
		}
		hint := "known here are " + strings.Join(o.known, ", ")
		if near := Nearest(name, o.known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
			o.d.Excuse(Join(o.At.Path, near))
		}
		o.d.Fail(o.fields[name][0], "is unknown; %s", hint)
	}
}
