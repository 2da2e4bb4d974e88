package mute

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// Op is how a matcher compares.
type Op uint8

// The operators, as Alertmanager has them.
const (
	Equal    Op = iota // =
	NotEqual           // !=
	Match              // =~, a regular expression that must match all of the value
	NotMatch           // !~
)

var opNames = [...]string{"=", "!=", "=~", "!~"}

// String returns =, !=, =~ or !~.
func (op Op) String() string {
	if int(op) < len(opNames) {
		return opNames[op]
	}
	return "unknown"
}

// Matcher asks for a label. Its text form is that of Alertmanager: team="db", instance=~"db.*". Names that are no
// label of the subject are source, service, severity and summary; whatever else is missing counts as empty, and so
// does an empty label as missing. Regular expressions are those of Go (RE2), without a need for ^ and $.
//
// Make one with [NewMatcher] or [ParseMatcher], which compile the expression; one written out as a value does the same
// work, but compiles it each time that it is asked.
type Matcher struct {
	Name  string
	Op    Op
	Value string

	pattern *pattern // of Match and NotMatch; nil: not compiled
}

// pattern is a compiled expression.
type pattern struct {
	re    *regexp.Regexp
	words []string // all that it matches, where it is nothing but words with | between them
	steps int      // of the program, each of which takes about 40 bytes
}

// The bounds of a matcher.
const (
	maxName       = 256    // bytes
	maxValue      = 4096   // bytes
	maxExpression = 1000   // bytes
	maxProgram    = 3000   // steps of a compiled expression
	maxText       = 20_000 // bytes of the text form, all of which may be escapes
)

// NewMatcher returns a matcher that is compiled. The error says what is wrong with the name, the operator or the value.
func NewMatcher(name string, op Op, value string) (Matcher, error) {
	m := Matcher{Name: name, Op: op, Value: value}
	switch {
	case name == "":
		return Matcher{}, errors.New(`mute: the matcher names no label; write one such as team="db"`)
	case len(name) > maxName:
		return Matcher{}, fmt.Errorf("mute: the name of the label is longer than %d bytes", maxName)
	case len(value) > maxValue:
		return Matcher{}, fmt.Errorf("mute: the value is longer than %d bytes", maxValue)
	case !utf8.ValidString(name) || !utf8.ValidString(value):
		return Matcher{}, errors.New("mute: the matcher is not UTF-8")
	case op > NotMatch:
		return Matcher{}, fmt.Errorf("mute: operator %d does not exist; use =, !=, =~ or !~", op)
	case op == Match || op == NotMatch:
		p, err := compile(value)
		if err != nil {
			return Matcher{}, err
		}
		m.pattern = p
	}
	return m, nil
}

// compile is by parts, since a value such as a)|(b is no expression, but would be one in brackets.
func compile(expression string) (*pattern, error) {
	if len(expression) > maxExpression {
		return nil, fmt.Errorf("mute: the regular expression is longer than %d bytes; use several", maxExpression)
	}
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("mute: %.60q is not a regular expression: %s", expression, faultOf(err))
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil || len(program.Inst) > maxProgram {
		return nil, fmt.Errorf("mute: the regular expression %.60q repeats too much; ask for less", expression)
	}
	re, err := regexp.Compile("^(?:" + expression + ")$")
	if err != nil {
		return nil, fmt.Errorf("mute: %.60q is not a regular expression: %s", expression, faultOf(err))
	}
	return &pattern{re, wordsOf(expression), len(program.Inst)}, nil
}

func faultOf(err error) string {
	var fault *syntax.Error
	if errors.As(err, &fault) {
		return fault.Code.String()
	}
	return err.Error()
}

// wordsOf returns the words of an expression such as dev|test; nil for any other.
func wordsOf(expression string) []string {
	words := strings.Split(expression, "|")
	if slices.ContainsFunc(words, func(w string) bool { return regexp.QuoteMeta(w) != w }) {
		return nil
	}
	return words
}

func (p *pattern) matches(value string) bool {
	if p.words != nil {
		return slices.Contains(p.words, value)
	}
	return p.re.MatchString(value)
}

// compiled returns the matcher with its expression compiled; false if it is not valid.
func (m Matcher) compiled() (Matcher, bool) {
	if m.pattern != nil || m.Op < Match {
		return m, true
	}
	made, err := NewMatcher(m.Name, m.Op, m.Value)
	return made, err == nil
}

// matches reports whether the matcher is true of a value. One that is not valid is true of none.
func (m Matcher) matches(value string) bool {
	switch m.Op {
	case Equal:
		return value == m.Value
	case NotEqual:
		return value != m.Value
	}
	m, ok := m.compiled()
	return ok && m.pattern.matches(value) == (m.Op == Match)
}

// Matchers is true of a subject of which each of them is. An empty list is true of nothing.
type Matchers []Matcher

// Matches reports whether all matchers are true of the subject, and there is one.
func (list Matchers) Matches(sub Subject) bool { return list.matches(&sub) }

func (list Matchers) matches(sub *Subject) bool {
	for i := range list {
		if !list[i].matches(sub.value(list[i].Name)) {
			return false
		}
	}
	return len(list) > 0
}

// matchesEmpty reports whether a subject matches that has nothing of what is asked for.
func (list Matchers) matchesEmpty() bool {
	return !slices.ContainsFunc(list, func(m Matcher) bool { return !m.matches("") })
}

// value returns the label, or what else goes by the name; empty if there is nothing.
func (s *Subject) value(name string) string {
	low, high := 0, len(s.Labels)
	for low < high {
		if mid := (low + high) / 2; s.Labels[mid].Name < name {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(s.Labels) && s.Labels[low].Name == name && s.Labels[low].Value != "" {
		return s.Labels[low].Value
	}
	switch name {
	case "source":
		return string(s.Source)
	case "service":
		return string(s.Service)
	case "summary":
		return s.Summary
	case "severity":
		if s.Severity != 0 {
			return s.Severity.String()
		}
	}
	return ""
}
