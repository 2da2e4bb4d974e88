package route

import (
	"errors"
	"fmt"
)

// Mapper is a [Mapping] that is ready for use. It is safe for concurrent use.
type Mapper struct {
	items  Program // nil: the body is one
	fields []mappedField
}

type mappedField struct {
	Field
	program Program
}

// Field names what a mapping fills: a field of [Mapping], and of labels and links which.
type Field struct {
	Name string // as in the configuration: "key", "labels"
	Key  string // of a label its name, of a link its text; "*" is every label of a map
}

// String returns "labels.host", as a path in the mapping.
func (f Field) String() string {
	if f.Key == "" {
		return f.Name
	}
	return f.Name + "." + f.Key
}

// Mapped is what one expression gave.
type Mapped struct {
	Field
	Value any   // nil: nothing
	Err   error // it could not be evaluated
}

// bodyExamples returns a value of each kind that a mapping sees.
func bodyExamples() map[string]any { return map[string]any{"body": nil, "item": nil} }

// CompileMapping makes a mapper. The error joins every problem, each a [*FieldError] whose path begins with "mapping.".
func CompileMapping(m Mapping, c Compiler) (*Mapper, error) {
	out := &Mapper{}
	var wrong problems
	if m.Items != "" {
		out.items = expression(&wrong, c, m.Items, "mapping.items", bodyExamples())
	}
	for _, f := range m.fields() {
		program := expression(&wrong, c, f.source, "mapping."+f.String(), bodyExamples())
		out.fields = append(out.fields, mappedField{f.Field, program})
	}
	if len(m.Labels) > maxLabels || len(m.Links) > maxLabels {
		wrong.add("mapping.labels", "has more than %d labels, or links", maxLabels)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return out, nil
}

type fieldSource struct {
	Field
	source string
}

// fields returns what the mapping says, the action first, since what else is needed depends on it.
func (m Mapping) fields() []fieldSource {
	var given []fieldSource
	for _, f := range []fieldSource{
		{Field{Name: "action"}, m.Action}, {Field{Name: "key"}, m.Key}, {Field{Name: "summary"}, m.Summary},
		{Field{Name: "severity"}, m.Severity}, {Field{Name: "priority"}, m.Priority},
		{Field{Name: "starts_at"}, m.StartsAt}, {Field{Name: "details"}, m.Details},
	} {
		if f.source != "" {
			given = append(given, f)
		}
	}
	for _, name := range sortedKeys(m.Labels) {
		given = append(given, fieldSource{Field{"labels", name}, m.Labels[name]})
	}
	for _, text := range sortedKeys(m.Links) {
		given = append(given, fieldSource{Field{"links", text}, m.Links[text]})
	}
	return given
}

// Items returns the items of a body; the body as the only one, if the mapping names no list.
func (m *Mapper) Items(body any) ([]any, error) {
	if m.items == nil {
		return []any{body}, nil
	}
	v, err := m.items.Eval(map[string]any{"body": body, "item": body})
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("route: is a %s, not a list", kind(v))
	}
	return list, nil
}

// Read returns what each expression of the mapping gives for one item.
func (m *Mapper) Read(body, item any) []Mapped {
	env := map[string]any{"body": body, "item": item}
	all := make([]Mapped, len(m.fields))
	for i, f := range m.fields {
		all[i].Field = f.Field
		all[i].Value, all[i].Err = f.program.Eval(env)
	}
	return all
}

// kind names a value as JSON does.
func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "boolean"
	case map[string]any, map[string]string:
		return "map"
	}
	return "number"
}
