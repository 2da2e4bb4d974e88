package route

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Plan is a [Handling] that is ready for use. It is safe for concurrent use.
type Plan struct {
	handling       Handling
	rules          []compiled
	details, links bool // some expression looks at them
	mapper         *Mapper
}

// compiled is a rule.
type compiled struct {
	Rule
	when   Program // nil: always
	values []compiledValue
}

type compiledValue struct {
	value
	literal string
	program Program // nil: the literal
}

// examples returns a value of each kind that rules see of a signal.
func examples() map[string]any {
	return map[string]any{
		"labels": map[string]string{}, "summary": "", "severity": "", "priority": "", "source": "", "service": "", "policy": "",
		"key": "", "action": "", "starts_at": "", "details": nil, "links": []any{},
	}
}

// Compile makes a plan of a handling. Without a compiler, expressions are an error. The error joins every problem there
// is, those of [Handling.Validate] included, each a [*FieldError].
func Compile(h Handling, c Compiler) (*Plan, error) {
	p := &Plan{handling: h}
	var wrong problems
	for i, r := range h.Rules {
		if i < MaxRules {
			p.rules = append(p.rules, p.compile(&wrong, c, r, fmt.Sprintf("rules[%d]", i)))
		}
	}
	var err error
	if m, given := h.mapping(); given {
		p.mapper, err = CompileMapping(m, c)
	}
	if err := errors.Join(h.Validate(), errors.Join(wrong...), err); err != nil {
		return nil, err
	}
	return p, nil
}

// mapping returns by what bodies are read, if not as they are.
func (h Handling) mapping() (Mapping, bool) {
	if h.Mapping != nil {
		return *h.Mapping, true
	}
	t, ok := Ready()[h.Ready]
	return t.Mapping, ok
}

func (p *Plan) compile(wrong *problems, c Compiler, r Rule, path string) compiled {
	out := compiled{Rule: r}
	if strings.TrimSpace(r.When) != "" {
		out.when = p.expression(wrong, c, r.When, path+".when")
	}
	for _, v := range r.Set.values() {
		cv := compiledValue{value: v}
		if literal, ok := Literal(v.source); ok && v.field.words() {
			cv.literal = literal
		} else {
			cv.program = p.expression(wrong, c, v.source, path+".set."+v.path())
		}
		out.values = append(out.values, cv)
	}
	return out
}

func (v value) path() string {
	if v.field == fieldLabel {
		return "labels." + v.label
	}
	return v.field.name()
}

func (p *Plan) expression(wrong *problems, c Compiler, source, path string) Program {
	p.details = p.details || strings.Contains(source, "details")
	p.links = p.links || strings.Contains(source, "links")
	return expression(wrong, c, source, path, examples())
}

// expression compiles one expression; nil after a problem.
func expression(wrong *problems, c Compiler, source, path string, env map[string]any) Program {
	if c == nil {
		wrong.add(path, "expressions cannot be compiled here; leave it out, or use a host that compiles them")
		return nil
	}
	program, err := c(source, env)
	if err != nil {
		wrong.add(path, "%s%s", reason(err), quoted(source))
		return nil
	}
	return program
}

// quoted says what to do where somebody may have meant a text.
func quoted(source string) string {
	if word, ok := Literal(source); ok && !strings.HasPrefix(source, `"`) {
		return fmt.Sprintf("; a text is written in quotes, '\"%s\"'", word)
	}
	return ""
}

// reason takes the name of the package off a message.
func reason(err error) string {
	text := err.Error()
	if room, rest, ok := strings.Cut(text, ": "); ok && !strings.ContainsAny(room, " /") {
		return rest
	}
	return text
}

// Mapper returns what reads the source's bodies; nil if they are read as its type says.
func (p *Plan) Mapper() *Mapper { return p.mapper }

// Handling returns what the plan was made of. It must not be changed.
func (p *Plan) Handling() Handling { return p.handling }

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
