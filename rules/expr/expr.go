// Package expr compiles the expressions of rules and mappings: the language of github.com/expr-lang/expr, cut down so
// that no expression can hurt whoever evaluates it. [Compile] is a route.Compiler.
//
//	labels.team == "db" and summary contains "disk"
//	float(details.value) > 90
//	summary matches "^(CPU|Memory) "
//	labels.host + "/" + labels.disk
//	severity == "critical" ? "P1" : "P3"
//	any(details.items, .state == "down")
//	details.owner?.name ?? "nobody"
//
// Values are texts, numbers, booleans, lists and maps, as in JSON. Operators are those of the language: == != < > <=
// >=, and or not, + - * / % **, in, contains, startsWith, endsWith, matches, ?: and ??, and ?. for what may be missing.
//
// Functions of texts: lower, upper, trim, trimPrefix, trimSuffix, split, join, replace, indexOf, len, string. Of
// numbers: int, float, abs, ceil, floor, round. Of lists and maps: all, any, none, one, count, filter, map, find,
// first, last, get, keys, values, len. Besides: fromJSON, toJSON; cidr("10.1.2.3", "10.0.0.0/8"), whether an address is
// in a network; and tags("env:prod,team:db"), a map of such a list.
//
// # Bounds
//
// An expression has at most [MaxSource] bytes and [MaxNodes] parts, and no variables of its own. Patterns are written
// out, and are small: [MaxPattern] steps in all. A text that an expression makes has at most [MaxText] bytes. What
// loops over a list pays for each round out of one budget, so that an evaluation ends within some 100 ms whatever a
// list holds; nearly all take under a microsecond. There is no clock and no other state: the same values give the same
// result.
package expr

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"github.com/watchbill/watchbill/route"
)

// Bounds of an expression.
const (
	MaxSource  = 4096     // bytes
	MaxNodes   = 300      // parts: values, operators and calls
	MaxPattern = 1000     // steps of all patterns together, as package regexp/syntax compiles them
	MaxText    = 64 << 10 // bytes of a text that is made
	MaxMatched = 8 << 10  // bytes of a text that a pattern is held against
	maxMemory  = 100_000  // values of the lists that are made
	maxSteps   = 250_000  // of one evaluation's loops; each is about 50 ns, on short texts
)

// Program is a compiled expression. It is safe for concurrent use.
type Program struct {
	program *vm.Program
	loops   bool
	idle    sync.Pool // of *vm.VM
}

// Error says where in an expression something is wrong.
type Error struct {
	Line, Column int // from 1; zero: the expression as a whole
	Reason       string
}

// Error returns "expr: line 1, column 5: reason", without the line where there is only one.
func (e *Error) Error() string {
	switch {
	case e.Line > 1:
		return fmt.Sprintf("expr: line %d, column %d: %s", e.Line, e.Column, e.Reason)
	case e.Column > 0:
		return fmt.Sprintf("expr: column %d: %s", e.Column, e.Reason)
	}
	return "expr: " + e.Reason
}

// Compile compiles an expression over the variables of env, which has an example of each; nil is one of any type. A
// name that is not among them is an error. The error is an [*Error].
func Compile(source string, env map[string]any) (_ route.Program, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Error{Reason: fmt.Sprint("cannot be compiled: ", r)}
		}
	}()
	if len(source) > MaxSource {
		return nil, &Error{Reason: fmt.Sprintf("has %d bytes; at most %d are allowed", len(source), MaxSource)}
	}
	guard := &guard{}
	options := append(functions(), expr.Env(variables(env)), expr.MaxNodes(MaxNodes), expr.Patch(guard))
	program, err := expr.Compile(source, options...)
	if guard.err != nil {
		return nil, guard.err
	}
	if err != nil {
		e := located(err)
		if strings.HasPrefix(e.Reason, "unknown name ") {
			e.Reason += "; the values are " + strings.Join(slices.Sorted(maps.Keys(env)), ", ")
		}
		return nil, e
	}
	return &Program{program: program, loops: guard.loops}, nil
}

// variables returns the types of the variables, the meter among them.
func variables(env map[string]any) types.Map {
	all := types.Map{meterName: types.Any}
	for name, v := range env {
		if v == nil {
			all[name] = types.Any
		} else {
			all[name] = types.TypeOf(v)
		}
	}
	return all
}

// Eval evaluates the expression. The error is an [*Error]; it never panics. A variable that is missing is nil.
func (p *Program) Eval(env map[string]any) (result any, err error) {
	defer func() {
		if r := recover(); r != nil {
			result, err = nil, &Error{Reason: fmt.Sprint(r)}
		}
	}()
	if p.loops {
		env = maps.Clone(env)
		if env == nil {
			env = map[string]any{}
		}
		env[meterName] = &meter{left: maxSteps}
	}
	machine, _ := p.idle.Get().(*vm.VM)
	if machine == nil {
		machine = &vm.VM{MemoryBudget: maxMemory}
	}
	result, err = machine.Run(p.program, env)
	p.idle.Put(machine)
	if err != nil {
		return nil, located(err)
	}
	return result, nil
}

// located makes one line of an error of the language.
func located(err error) *Error {
	var f *file.Error
	if !errors.As(err, &f) {
		return &Error{Reason: line(err.Error())}
	}
	return &Error{Line: f.Line, Column: f.Column + 1, Reason: line(f.Message)}
}
