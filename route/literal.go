package route

import (
	"strconv"
	"strings"
)

// Literal returns what a value stands for that is no expression but itself, and whether it is one. In [Set], severity,
// urgency, priority, service and policy may be written so: a word of letters, digits, dashes and underscores that is
// not the name of a value of the signal, as in severity: critical; or any text in double quotes.
func Literal(source string) (string, bool) {
	source = strings.TrimSpace(source)
	if len(source) > 1 && source[0] == '"' && !strings.Contains(source[1:len(source)-1], `"`) {
		text, err := strconv.Unquote(source)
		return text, err == nil
	}
	if source == "" || isVariable(source) || source == "nil" || source == "true" || source == "false" {
		return "", false
	}
	for _, r := range source {
		if r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return "", false
		}
	}
	return source, true
}

func isVariable(name string) bool {
	_, ok := examples()[name]
	return ok
}

// value is one thing that a rule sets.
type value struct {
	field  field
	label  string // where the field is labels
	source string
}

// field is what of a signal a rule sets.
type field uint8

const (
	fieldLabel field = iota
	fieldKey
	fieldSummary
	fieldSeverity
	fieldUrgency
	fieldPriority
	fieldService
	fieldPolicy
)

// name returns what the field is called in a configuration.
func (f field) name() string {
	return [...]string{"label", "key", "summary", "severity", "urgency", "priority", "service", "policy"}[f]
}

// words reports whether the field's values may be written as themselves.
func (f field) words() bool { return f >= fieldSeverity }

// values returns what a set sets, in a fixed order.
func (s Set) values() []value {
	all := []value{
		{fieldSummary, "", s.Summary}, {fieldSeverity, "", s.Severity}, {fieldUrgency, "", s.Urgency},
		{fieldPriority, "", s.Priority}, {fieldService, "", s.Service}, {fieldPolicy, "", s.Policy}, {fieldKey, "", s.Key},
	}
	var given []value
	for _, v := range all {
		if v.source != "" {
			given = append(given, v)
		}
	}
	for _, name := range sortedKeys(s.Labels) {
		given = append(given, value{fieldLabel, name, s.Labels[name]})
	}
	return given
}
