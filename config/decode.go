package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/route"
)

// decoder walks through the files and collects what is wrong.
type decoder struct {
	roots    []node // the top of each file
	zone     string // the default of time zones
	calendar CalendarReader
	compiler route.Compiler
	template TemplateChecker
	users    []catalog.User
	within   string                        // the zone of the schedule that is being read
	people   map[string][]watchbill.UserID // by what they may be called in a calendar; made when first needed

	problems []*Error
	warnings []Warning
	excused  []string          // paths of which nothing more needs to be said
	renamed  map[string]string // a path in the domain's errors -> the path in the file, where they differ

	spent   int  // of maxValues
	stopped bool // a bound was reached
}

func (d *decoder) fail(n node, format string, args ...any) {
	if d.stopped {
		return
	}
	d.problems = append(d.problems, &Error{n.file, n.line, n.path, fmt.Sprintf(format, args...)})
	d.excused = append(d.excused, n.path)
	d.stopped = len(d.problems) == maxProblems
}

func (d *decoder) warn(n node, format string, args ...any) {
	d.warnings = append(d.warnings, Warning{n.file, n.line, n.path, fmt.Sprintf(format, args...)})
}

// spend reports whether n more values may be looked at.
func (d *decoder) spend(n int) bool {
	if d.spent += n; d.spent > maxValues {
		d.fail(node{file: d.roots[0].file}, "has more than %d values, counting those behind an alias each time", maxValues)
		d.stopped = true
	}
	return !d.stopped
}

// err returns the problems in the order of the files, each once.
func (d *decoder) err() error {
	slices.SortStableFunc(d.problems, byPlace)
	var all []error
	for i, p := range d.problems {
		if i == 0 || *p != *d.problems[i-1] {
			all = append(all, p)
		}
	}
	if d.stopped {
		all = append(all, &Error{File: d.roots[0].file, Reason: "was not read to its end; there may be more problems"})
	}
	return errors.Join(all...)
}

func byPlace(a, b *Error) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
}

// object is a value with fields. Reading a field makes it a known one; close reports the others.
type object struct {
	*decoder
	at     node
	fields map[string][]node // several values only at the top, from several files
	known  []string
}

// read makes a T of a value with fields.
func read[T any](d *decoder, n node, from func(*object) T) T {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "must have fields, as {name: value}; got %s", describe(n))
		var zero T
		return zero
	}
	o := &object{decoder: d, at: n, fields: map[string][]node{}}
	o.add(n)
	v := from(o)
	o.close()
	return v
}

// add takes in the fields of a mapping.
func (o *object) add(n node) {
	if !o.spend(1 + len(n.Content)/2) {
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		field := n.child(key.Line, join(n.path, key.Value), n.Content[i+1])
		switch {
		case key.Kind != yaml.ScalarNode:
			field.path = n.path
			o.fail(field, "has a field whose name is not a plain word")
		case key.ShortTag() == "!!merge":
			o.fail(field, "merging is not supported; write the fields out, or share a whole value by an alias")
		case first[key.Value] > 0:
			o.fail(field, "is given twice; the first is in line %d", first[key.Value])
		default:
			first[key.Value] = key.Line
			o.fields[key.Value] = append(o.fields[key.Value], field)
		}
	}
}

// join adds a field to a path. One that is not a plain word is quoted, and shortened.
func join(path, name string) string {
	odd := func(r rune) bool { return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	if len(name) > maxQuote || strings.ContainsFunc(name, odd) {
		name = quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// close reports the fields that nothing has asked for.
func (o *object) close() {
	for _, name := range slices.Sorted(maps.Keys(o.fields)) {
		if slices.Contains(o.known, name) {
			continue
		}
		hint := "known here are " + strings.Join(o.known, ", ")
		if near := Nearest(name, o.known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
			o.excused = append(o.excused, join(o.at.path, near))
		}
		o.fail(o.fields[name][0], "is unknown; %s", hint)
	}
}
