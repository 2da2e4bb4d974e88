package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds of what is read. They are far beyond any use, and keep a broken file from costing much.
const (
	maxSize     = 16 << 20  // bytes of one file
	maxValues   = 1_000_000 // fields and items, where those behind an alias count each time they are used
	maxProblems = 1000
)

// node is a YAML value and where it stands.
type node struct {
	*yaml.Node // never an alias
	file       string
	line       int    // of its key, if it has one
	path       string // as the domain calls it: users[2].contacts[0].id
}

func (n node) child(line int, path string, y *yaml.Node) node {
	if y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	return node{y, n.file, line, path}
}

// isNull reports whether there is nothing, or ~ or null, which all mean "not given".
func (n node) isNull() bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// parseYAML returns the fields at the top of a file.
func parseYAML(file string, data []byte) (node, error) {
	fail := func(line int, reason string) (node, error) {
		return node{}, &Error{File: file, Line: line, Reason: reason}
	}
	if len(data) > maxSize {
		return fail(0, "is larger than 16 MiB; split it into a folder of files")
	}
	if !utf8.Valid(data) {
		bad := slices.IndexFunc(bytes.Split(data, []byte("\n")), func(line []byte) bool { return !utf8.Valid(line) })
		return fail(bad+1, "is not UTF-8; save the file in that encoding")
	}
	dec := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\uFEFF"))))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if err == nil {
		err = dec.Decode(&second)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fail(syntaxError(data, err))
	}
	root := node{file: file, line: 1}
	if len(doc.Content) == 1 {
		root = root.child(doc.Content[0].Line, "", doc.Content[0])
	}
	switch {
	case second.Kind != 0:
		return fail(second.Line, "a second document begins here; put it into a file of its own, in a folder with this one")
	case root.Node == nil || root.isNull():
		return fail(0, "is empty; the least that pages somebody is users with one contact, and catch_all: user:ID")
	case root.Kind != yaml.MappingNode:
		return fail(root.line, "must begin with a field such as users:, got "+describe(root))
	}
	return root, nil
}

var (
	yamlLine   = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	yamlAnchor = regexp.MustCompile(`unknown anchor '(.+)' referenced`)
	tabLine    = regexp.MustCompile(`(?m)^ *\t+ *[^\s#]`)
)

// syntaxError says where the parser stopped, which it does not always do itself, and names the cause that it does not.
func syntaxError(data []byte, err error) (line int, reason string) {
	lineOf := func(offset int) int { return bytes.Count(data[:max(offset, 0)], []byte("\n")) + 1 }
	if tab := tabLine.FindIndex(data); tab != nil {
		return lineOf(tab[0]), "is indented with a tab; use spaces"
	}
	if anchor := yamlAnchor.FindStringSubmatch(err.Error()); anchor != nil {
		return lineOf(bytes.Index(data, []byte("*"+anchor[1]))), "uses *" + anchor[1] + ", but there is no &" + anchor[1] + " above"
	}
	match := yamlLine.FindStringSubmatch(err.Error())
	if match == nil {
		return 0, err.Error()
	}
	line, _ = strconv.Atoi(match[1])
	reason = "is not YAML: " + strings.TrimPrefix(err.Error(), match[0])
	if strings.Contains(reason, "did not find expected") { // then the parser counts from 0, and from where the construct begins
		return min(line+1, lineOf(len(bytes.TrimSpace(data)))), reason + " in what begins here"
	}
	return line, reason
}

// describe says what kind of value somebody wrote. It does not show it: a value in a wrong place may be a secret.
func describe(n node) string {
	switch {
	case n.isNull():
		return "nothing"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "fields"
	}
	return "a single value"
}

// maxQuote is how many characters of a value a message shows.
const maxQuote = 60

func quote(s string) string {
	if r := []rune(s); len(r) > maxQuote {
		s = string(r[:maxQuote-1]) + "…"
	}
	return strconv.Quote(s)
}

// find returns the value at a path, or, if it is not there, the nearest one around it.
func find(roots []node, path string) (found node, exact bool) {
	at := roots
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune(".[]", r) }) {
		next := descend(at, step)
		if len(next) == 0 {
			return at[0], false
		}
		at = next
	}
	return at[0], true
}

// descend returns a field, or an item, of some values that count as one.
func descend(from []node, step string) (next []node) {
	for _, n := range from {
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if key := n.Content[i]; key.Value == step {
				next = append(next, n.child(key.Line, "", n.Content[i+1]))
				break
			}
		}
	}
	if i, err := strconv.Atoi(step); err == nil && len(next) == 0 {
		return item(from, i)
	}
	return next
}

func item(lists []node, i int) []node {
	for _, n := range lists {
		switch {
		case n.isNull():
		case n.Kind != yaml.SequenceNode: // one value where a list may stand, such as catch_all
			if i == 0 {
				return []node{n}
			}
			i--
		case i < len(n.Content):
			return []node{n.child(n.Content[i].Line, "", n.Content[i])}
		default:
			i -= len(n.Content)
		}
	}
	return nil
}
