package words

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
)

const (
	maxSource = 8 << 10  // bytes of a template
	maxOutput = 64 << 10 // bytes that one may write
)

var functions = []string{"and", "or", "not", "len", "eq", "ne", "lt", "le", "gt", "ge"}

// read makes a template of its source, if it is of the kind that the package comment allows and works for samples.
func read(form Form, language, source string) (*template.Template, error) {
	switch {
	case !slices.Contains(Forms(), form):
		return nil, fmt.Errorf("%q is not a form of text; there are %v", form, Forms())
	case !isLanguage(language):
		return nil, fmt.Errorf("%q is not a language, such as en or de", language)
	case len(source) > maxSource:
		return nil, fmt.Errorf("the template is longer than %d bytes", maxSource)
	}
	t, err := template.New("text").Option("missingkey=error").Parse(source)
	if err != nil {
		return nil, plain(err)
	}
	if t.Tree == nil || len(t.Templates()) != 1 {
		return nil, errors.New("define and block are not supported")
	}
	if err := tame(t.Root, false); err != nil {
		return nil, err
	}
	return t, try(t)
}

// plain takes the words of text/template about itself off an error.
func plain(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "template: text:"))
}

// tame refuses whatever could loop, call back or grow without bound.
func tame(n parse.Node, looping bool) error {
	switch n := n.(type) {
	case *parse.ListNode:
		return tameAll(n, looping)
	case *parse.ActionNode:
		return tame(n.Pipe, looping)
	case *parse.IfNode:
		return tameBranch(&n.BranchNode, looping)
	case *parse.WithNode:
		return tameBranch(&n.BranchNode, looping)
	case *parse.RangeNode:
		if looping || !overList(n.Pipe) {
			return fmt.Errorf("line %d: range is for .Items and .Links, not one within the other", n.Line)
		}
		return tameBranch(&n.BranchNode, true)
	case *parse.PipeNode:
		return tamePipe(n)
	case *parse.TemplateNode:
		return fmt.Errorf("line %d: template is not supported", n.Line)
	}
	return nil
}

func tameAll(list *parse.ListNode, looping bool) error {
	if list == nil {
		return nil
	}
	for _, n := range list.Nodes {
		if err := tame(n, looping); err != nil {
			return err
		}
	}
	return nil
}

func tameBranch(b *parse.BranchNode, looping bool) error {
	return errors.Join(tame(b.Pipe, looping), tameAll(b.List, looping), tameAll(b.ElseList, looping))
}

// tamePipe looks at the functions that a pipe calls.
func tamePipe(p *parse.PipeNode) error {
	for _, command := range p.Cmds {
		for _, arg := range command.Args {
			switch arg := arg.(type) {
			case *parse.IdentifierNode:
				if !slices.Contains(functions, arg.Ident) {
					all := strings.Join(functions, ", ")
					return fmt.Errorf("line %d: function %q is not supported; there are %s", p.Line, arg.Ident, all)
				}
			case *parse.PipeNode:
				if err := tamePipe(arg); err != nil {
					return err
				}
			case *parse.ChainNode:
				return fmt.Errorf("line %d: (...).Field is not supported", p.Line)
			}
		}
	}
	return nil
}

// overList reports whether a pipe is .Items or .Links and nothing else.
func overList(p *parse.PipeNode) bool {
	if len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return false
	}
	name := strings.TrimPrefix(p.Cmds[0].Args[0].String(), "$")
	return name == ".Items" || name == ".Links"
}

// try runs a template for messages of every kind.
func try(t *template.Template) error {
	for _, m := range samples() {
		d := dataOf(m)
		d.Default = "default"
		text, err := run(t, d)
		if err != nil {
			return plain(err)
		}
		if m.Kind == notify.KindPage && strings.TrimSpace(text) == "" {
			return errors.New("says nothing for a page")
		}
	}
	return nil
}

// samples is messages with something in every field, and with almost nothing.
func samples() []notify.Message {
	full := notify.Message{
		Kind: notify.KindPage, User: "ada", Name: "Ada", Alert: "a1", Summary: "disk full", Service: "Checkout",
		Severity: watchbill.SeverityCritical, Details: "no space left", Level: 1, Attempt: 1, AckURL: "https://example.com/a/1",
		Links: []notify.Link{{Text: "runbook", Href: "https://example.com"}}, Critical: true,
		Items: []notify.Item{{Alert: "a1", Summary: "disk full", Service: "Checkout"}},
	}
	all := []notify.Message{full, {Kind: notify.KindPage, Alert: "a1", Summary: "disk full"}}
	for _, kind := range []notify.Kind{notify.KindUpdate, notify.KindResolved, notify.KindSummary} {
		m := full
		m.Kind = kind
		all = append(all, m)
	}
	return append(all, notify.Message{Kind: notify.KindUpdate, Summary: "You are on call"})
}

// run returns what a template writes.
func run(t *template.Template, d Data) (string, error) {
	var w bounded
	if err := t.Execute(&w, d); err != nil {
		return "", err
	}
	return w.String(), nil
}

// bounded takes maxOutput bytes.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxOutput {
		return 0, fmt.Errorf("writes more than %d bytes", maxOutput)
	}
	return b.Buffer.Write(p)
}
