package mute

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseMatcher reads a matcher as Alertmanager 0.31 does: a name, an operator and a value, which may be in double
// quotes, with white space around each. In the value of a name of letters, digits, _ and : the escapes are those of
// OpenMetrics, \", \n and \\, and any other backslash stands for itself. Any other name may be in quotes too, and it
// and its value are quoted as in Go. There is one difference: a value with a comma has to be in quotes, since it is
// easily taken for two matchers.
func ParseMatcher(text string) (Matcher, error) {
	m, err := cut(text)
	if err != nil {
		return Matcher{}, err
	}
	return NewMatcher(m.Name, m.Op, m.Value)
}

// cut reads the parts of a matcher, whatever they are.
func cut(text string) (Matcher, error) {
	if len(text) > maxText {
		return Matcher{}, fmt.Errorf("mute: the matcher is longer than %d bytes", maxText)
	}
	if !utf8.ValidString(text) {
		return Matcher{}, errors.New("mute: the matcher is not UTF-8")
	}
	if strings.HasPrefix(text, "{") || strings.HasSuffix(text, "}") {
		return Matcher{}, fmt.Errorf("mute: %.60q is in braces; write the matchers as a list, one by one", text)
	}
	name, rest, plain, err := cutName(strings.TrimLeft(text, space))
	if err != nil {
		return Matcher{}, err
	}
	op, rest, ok := cutOp(strings.TrimLeft(rest, space))
	if !ok {
		return Matcher{}, fmt.Errorf("mute: %.60q is not a matcher; write a label, one of =, !=, =~ and !~, and a value, such as %s",
			text, `team="db"`)
	}
	value, err := unquote(strings.Trim(rest, space), plain)
	if err != nil {
		return Matcher{}, err
	}
	return Matcher{Name: name, Op: op, Value: value}, nil
}

const space = " \t\n\f\r"

// isReserved reports whether a rune has to be in quotes, other than in the value of a plain name.
func isReserved(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("{}!=~,\\\"'`", r) }

// isPlain reports whether a name is one that every Prometheus has always allowed.
func isPlain(name string) bool {
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == ':'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// cutName takes the name off, and says whether it is a plain one without quotes.
func cutName(text string) (name, rest string, plain bool, err error) {
	if strings.HasPrefix(text, `"`) {
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", "", false, fmt.Errorf("mute: the quoted name in %.60q does not end, or has an unknown escape", text)
		}
		name, err = strconv.Unquote(quoted)
		return name, text[len(quoted):], false, err
	}
	end := strings.IndexFunc(text, isReserved)
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:], isPlain(text[:end]), nil
}

func cutOp(text string) (op Op, rest string, ok bool) {
	for _, op := range [...]Op{Match, NotEqual, NotMatch, Equal} { // =~ before =
		if rest, ok := strings.CutPrefix(text, op.String()); ok {
			return op, rest, true
		}
	}
	return 0, text, false
}

// unquote returns what the text of a value means.
func unquote(text string, plain bool) (string, error) {
	if !strings.HasPrefix(text, `"`) {
		switch {
		case strings.Contains(text, ","):
			return "", fmt.Errorf("mute: the value %.60q has a comma; write each matcher by itself, or the value in double quotes",
				text)
		case plain:
			return unescape(text, text)
		case text == "" || strings.ContainsFunc(text, isReserved):
			return "", fmt.Errorf("mute: the value %.60q needs double quotes", text)
		}
		return text, nil
	}
	if plain {
		inner := strings.TrimPrefix(text, `"`)
		if !strings.HasSuffix(inner, `"`) {
			return "", fmt.Errorf("mute: the value %.60s has no closing quote", text)
		}
		return unescape(text, strings.TrimSuffix(inner, `"`))
	}
	value, err := strconv.Unquote(text)
	if err != nil {
		return "", fmt.Errorf(`mute: the value %.60s is not quoted well: write \" for a quote and \\ for a backslash`, text)
	}
	return value, nil
}

// unescape undoes the escapes of OpenMetrics.
func unescape(text, inner string) (string, error) {
	var value strings.Builder
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case c == '"':
			return "", fmt.Errorf(`mute: the value %.60s has a double quote inside; write \" for one`, text)
		case c == '\\' && i+1 < len(inner) && strings.IndexByte(`n"\`, inner[i+1]) >= 0:
			i++
			value.WriteByte(strings.Replace(inner[i:i+1], "n", "\n", 1)[0])
		case c == '\\' && i+1 == len(inner) && text != inner:
			return "", fmt.Errorf("mute: the value %.60s has no closing quote", text)
		default:
			value.WriteByte(c)
		}
	}
	return value.String(), nil
}

// String returns the text form, with the value in quotes.
func (m Matcher) String() string {
	if !isPlain(m.Name) {
		return strconv.Quote(m.Name) + m.Op.String() + strconv.Quote(m.Value)
	}
	return m.Name + m.Op.String() + `"` + strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(m.Value) + `"`
}

// MarshalText returns the text form. A matcher without a name or with an unknown operator is an error.
func (m Matcher) MarshalText() ([]byte, error) {
	if m.Name == "" || m.Op > NotMatch {
		return nil, fmt.Errorf("mute: %q is not a matcher", m.String())
	}
	return []byte(m.String()), nil
}

// UnmarshalText is [ParseMatcher], but takes an expression as it stands: one that is wrong must not make all that it is
// stored with unreadable. Validate of whatever the matcher is part of refuses it, and it is true of nothing.
func (m *Matcher) UnmarshalText(text []byte) error {
	parts, err := cut(string(text))
	if err != nil {
		return err
	}
	*m = parts
	if made, err := NewMatcher(parts.Name, parts.Op, parts.Value); err == nil {
		*m = made
	}
	return nil
}
