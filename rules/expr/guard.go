package expr

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// Names that an expression is given by guard, and cannot write itself.
const (
	reserved  = "__"
	meterName = "__meter"
	tickName  = "__tick"
	addName   = "__add"
	matchName = "__match"
	equalName = "__equal"
	inName    = "__in"
)

// meter is what is left of one evaluation's budget.
type meter struct{ left int }

var errTooLong = errors.New("takes too long: too many rounds over lists")

func (m *meter) spend(n int) error {
	if m.left -= n; m.left < 0 {
		return errTooLong
	}
	return nil
}

// pattern is a regular expression and how many steps it has.
type pattern struct {
	*regexp.Regexp
	steps int
}

// guard refuses what cannot be bounded, and puts a check into what can. It sees the parts of an expression before what
// they are part of.
type guard struct {
	err   *Error
	loops bool
	steps int // of the patterns so far
}

func (g *guard) refuse(format string, args ...any) {
	if g.err == nil {
		g.err = &Error{Reason: fmt.Sprintf(format, args...)}
	}
}

// Visit looks at one part.
func (g *guard) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if strings.HasPrefix(n.Value, reserved) || strings.HasPrefix(n.Value, "$") {
			g.refuse("the name %s is reserved", n.Value)
		}
	case *ast.VariableDeclaratorNode:
		g.refuse("let is not available; write the value out where it is needed")
	case *ast.SequenceNode:
		g.refuse("is several expressions; write one")
	case *ast.CallNode:
		if _, named := n.Callee.(*ast.IdentifierNode); !named {
			g.refuse("calls a value; only the functions of the language can be called")
		}
	case *ast.BuiltinNode:
		if !slices.Contains(builtins(), n.Name) {
			g.refuse("unknown name %s", n.Name)
		}
	case *ast.PredicateNode:
		g.loops = true
		ast.Patch(&n.Node, call(tickName, &ast.IdentifierNode{Value: meterName}, &ast.IntegerNode{Value: cost(n.Node)}, n.Node))
	case *ast.BinaryNode:
		g.binary(node, n)
	}
}

func (g *guard) binary(node *ast.Node, n *ast.BinaryNode) {
	switch n.Operator {
	case "+":
		ast.Patch(node, call(addName, n.Left, n.Right))
	case "==", "!=":
		g.compare(node, n)
	case "in":
		if !simple(n.Left) {
			ast.Patch(node, call(inName, n.Left, n.Right))
		}
	case "matches":
		text, ok := n.Right.(*ast.StringNode)
		if !ok {
			g.refuse("matches needs a pattern that is written out, as in summary matches \"^disk\"")
			return
		}
		p, err := compilePattern(text.Value)
		if err != nil {
			g.refuse("the pattern %.60q cannot be read: %s", text.Value, line(err.Error()))
			return
		}
		if g.steps += p.steps; g.steps > MaxPattern {
			g.refuse("the patterns have more than %d steps; use smaller ones", MaxPattern)
		}
		ast.Patch(node, call(matchName, &ast.NilNode{}, n.Left, &ast.ConstantNode{Value: p}))
	}
}

// compare bounds a comparison that may be one of lists.
func (g *guard) compare(node *ast.Node, n *ast.BinaryNode) {
	if simple(n.Left) || simple(n.Right) {
		return
	}
	equal := ast.Node(call(equalName, n.Left, n.Right))
	if n.Operator == "!=" {
		equal = &ast.UnaryNode{Operator: "not", Node: equal}
	}
	ast.Patch(node, equal)
}

// simple reports whether a value is surely no list and no map.
func simple(n ast.Node) bool {
	switch n.(type) {
	case *ast.NilNode, *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return true
	}
	if t := n.Type(); t != nil {
		switch t.Kind() {
		case reflect.String, reflect.Int, reflect.Float64, reflect.Bool:
			return true
		}
	}
	return false
}

func call(name string, args ...ast.Node) *ast.CallNode {
	return &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: args}
}

func compilePattern(source string) (pattern, error) {
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return pattern{}, err
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return pattern{}, err
	}
	re, err := regexp.Compile(source)
	return pattern{re, len(program.Inst)}, err
}

// cost returns how many steps one round of a loop takes at most.
func cost(body ast.Node) int {
	c := counter(1)
	ast.Walk(&body, &c)
	return int(c)
}

// counter adds up what parts cost, in steps of about 50 ns. A pattern pays by itself, as its cost is that of the text.
type counter int

// Visit adds one part.
func (c *counter) Visit(node *ast.Node) {
	*c++
	switch n := (*node).(type) {
	case *ast.BuiltinNode, *ast.SliceNode:
		*c += 50
	case *ast.CallNode: // guard has seen that it names a function
		*c += 100
		if name := n.Callee.(*ast.IdentifierNode).Value; name == matchName {
			n.Arguments[0] = &ast.IdentifierNode{Value: meterName}
		}
	case *ast.BinaryNode:
		if n.Operator != "and" && n.Operator != "or" && n.Operator != "&&" && n.Operator != "||" {
			*c += 10
		}
	}
}
