package expr

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm/runtime"

	"github.com/watchbill/watchbill/route"
)

// builtins are the functions of the language that are bounded by themselves, or whose loops guard bounds.
func builtins() []string {
	return []string{
		"all", "any", "none", "one", "count", "filter", "map", "find", "findIndex",
		"len", "int", "float", "abs", "ceil", "floor", "round",
		"trim", "trimPrefix", "trimSuffix", "upper", "lower", "split", "indexOf", "lastIndexOf", "hasPrefix", "hasSuffix",
		"first", "last", "get", "keys", "values", "type",
	}
}

// functions returns what an expression may call.
func functions() []expr.Option {
	options := []expr.Option{expr.DisableAllBuiltins()}
	for _, name := range builtins() {
		options = append(options, expr.EnableBuiltin(name))
	}
	return append(options,
		expr.Function(tickName, tick, new(func(any, int, any) any)),
		expr.Function(addName, add, new(func(any, any) any)),
		expr.Function(matchName, match, new(func(any, any, any) bool)),
		expr.Function(equalName, equal, new(func(any, any) bool)),
		expr.Function(inName, in, new(func(any, any) bool)),
		expr.Function("string", text, new(func(any) string)),
		expr.Function("join", join, new(func(any, string) string)),
		expr.Function("replace", replace, new(func(string, string, string) string)),
		expr.Function("toJSON", toJSON, new(func(any) string)),
		expr.Function("fromJSON", fromJSON, new(func(any) any)),
		expr.Function("cidr", cidr, new(func(string, string) bool)),
		expr.Function("tags", tags, new(func(any) map[string]string)),
	)
}

// line makes one line of a message.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

var errTooLarge = fmt.Errorf("makes a text of more than %d bytes", MaxText)

// tick pays for a round of a loop and returns what the round gave. An argument of the wrong type is a panic here as in
// the functions below; the machine makes an error of it.
func tick(args ...any) (any, error) {
	return args[2], args[0].(*meter).spend(args[1].(int))
}

func add(args ...any) (any, error) {
	a, isText := args[0].(string)
	if b, too := args[1].(string); isText && too && len(a)+len(b) > MaxText {
		return nil, errTooLarge
	}
	return runtime.Add(args[0], args[1]), nil
}

// match reports whether a text matches; what is nil does not. In a loop it is given the meter.
func match(args ...any) (any, error) {
	if args[1] == nil {
		return false, nil
	}
	s, ok := args[1].(string)
	p := args[2].(pattern)
	switch {
	case !ok:
		return nil, fmt.Errorf("matches needs a text, not %T; use string(...)", args[1])
	case len(s) > MaxMatched:
		return nil, fmt.Errorf("the text is longer than the %d bytes that a pattern is held against", MaxMatched)
	}
	if m, loops := args[0].(*meter); loops {
		if err := m.spend(p.steps * len(s) / 64); err != nil { // measured: 64 steps, or bytes, take some 50 ns
			return nil, err
		}
	}
	return p.MatchString(s), nil
}

// equal compares lists and maps that are not too large.
func equal(args ...any) (any, error) {
	for _, v := range args {
		if !route.Fits(v, MaxText) {
			return nil, route.ErrTooLarge
		}
	}
	return runtime.Equal(args[0], args[1]), nil
}

func in(args ...any) (any, error) {
	switch args[0].(type) {
	case []any, map[string]any:
		return nil, fmt.Errorf("in needs a text or a number, not %T", args[0])
	}
	return runtime.In(args[0], args[1]), nil
}

// text returns a value as route.Text does.
func text(args ...any) (any, error) { return route.Text(args[0], MaxText) }

func join(args ...any) (any, error) {
	parts, err := texts(args[0])
	if err != nil {
		return nil, fmt.Errorf("join %w", err)
	}
	separator := args[1].(string)
	size := len(separator) * len(parts)
	for _, p := range parts {
		if size += len(p); size > MaxText {
			return nil, errTooLarge
		}
	}
	return strings.Join(parts, separator), nil
}

func replace(args ...any) (any, error) {
	s, before, after := args[0].(string), args[1].(string), args[2].(string)
	if n := strings.Count(s, before); len(s)+n*max(0, len(after)-len(before)) > MaxText {
		return nil, errTooLarge
	}
	return strings.ReplaceAll(s, before, after), nil
}

// texts returns the texts of a list; nil is an empty one.
func texts(list any) ([]string, error) {
	switch list := list.(type) {
	case nil:
		return nil, nil
	case []string:
		return list, nil
	case []any:
		all := make([]string, 0, len(list))
		for _, v := range list {
			s, err := route.Text(v, MaxText)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
		return all, nil
	}
	return nil, fmt.Errorf("needs a list, not %T", list)
}

func toJSON(args ...any) (any, error) {
	data, err := route.JSON(args[0], MaxText)
	return string(data), err
}

// fromJSON reads a text; what is no text has been read already.
func fromJSON(args ...any) (any, error) {
	s, ok := args[0].(string)
	switch {
	case !ok:
		return args[0], nil
	case len(s) > MaxText:
		return nil, errors.New("fromJSON is given more than it reads")
	}
	return route.Decode([]byte(s))
}

func cidr(args ...any) (any, error) {
	network, err := netip.ParsePrefix(args[1].(string))
	if err != nil {
		return nil, fmt.Errorf("cidr: %q is not a network such as 10.0.0.0/8", args[1])
	}
	address, err := netip.ParseAddr(args[0].(string))
	return err == nil && network.Contains(address.Unmap()), nil
}

// tags reads "a:b,c:d", or a list of "a:b"; a tag without a value is "true", and of a name that comes twice the first
// counts.
func tags(args ...any) (any, error) {
	if s, ok := args[0].(string); ok {
		args[0] = strings.Split(s, ",")
	}
	all, err := texts(args[0])
	if err != nil {
		return nil, fmt.Errorf("tags %w", err)
	}
	found := map[string]string{}
	for _, tag := range all {
		name, value, valued := strings.Cut(strings.TrimSpace(tag), ":")
		if !valued {
			value = "true"
		}
		if _, twice := found[name]; name != "" && !twice {
			found[name] = value
		}
	}
	return found, nil
}
