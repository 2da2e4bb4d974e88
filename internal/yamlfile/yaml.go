package yamlfile

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds of what is read. They are far beyond any use, and keep a broken file from costing much.
const (
	MaxSize     = 16 << 20  // bytes of one file
	maxValues   = 1_000_000 // fields and items, where those behind an alias count each time they are used
	maxProblems = 1000
)

// Node is a YAML value and where it stands.
type Node struct {
	*yaml.Node // never an alias
	File       string
	Line       int    // of its key, if it has one
	Path       string // as the domain calls it: users[2].contacts[0].id
}

func (n Node) child(line int, path string, y *yaml.Node) Node {
	if y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	return Node{y, n.File, line, path}
}

// IsNull reports whether there is nothing, or ~ or null, which all mean "not given".
func (n Node) IsNull() bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// Form is what [Parse] expects of a file.
type Form struct {
	First  string // a field with which it may begin
	Least  string // what there must be at least, in words
	Folder bool   // several files in a folder count as one
}

func (f Form) inFolder(advice string) string {
	if f.Folder {
		return advice
	}
	return ""
}

// Parse returns the fields at the top of a file, or what is wrong with it as a whole.
func Parse(form Form, file string, data []byte) (Node, *Problem) {
	fail := func(line int, reason string) (Node, *Problem) {
		return Node{}, &Problem{File: file, Line: line, Reason: reason}
	}
	if len(data) > MaxSize {
		return fail(0, "is larger than 16 MiB"+form.inFolder("; split it into a folder of files"))
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
	root := Node{File: file, Line: 1}
	if len(doc.Content) == 1 {
		root = root.child(doc.Content[0].Line, "", doc.Content[0])
	}
	switch {
	case second.Kind != 0:
		return fail(second.Line, "a second document begins here; put it into a file of its own"+form.inFolder(", in a folder with this one"))
	case root.Node == nil || root.IsNull():
		return fail(0, "is empty; "+form.Least)
	case root.Kind != yaml.MappingNode:
		return fail(root.Line, "must begin with a field such as "+form.First+":, got "+Describe(root))
	}
	return root, nil
}

var (
	yamlLine   = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	yamlAnchor = regexp.MustCompile(`unknown anchor '(.+)' referenced`)
	tabbed     = regexp.MustCompile(`^ *\t+ *[^\s#]`)
)

// syntaxError says where the parser stopped, which it does not always do itself, and names the cause that it does not.
func syntaxError(data []byte, err error) (line int, reason string) {
	lineOf := func(offset int) int { return bytes.Count(data[:max(offset, 0)], []byte("\n")) + 1 }
	if anchor := yamlAnchor.FindStringSubmatch(err.Error()); anchor != nil {
		return lineOf(aliasAt(data, anchor[1])), "uses *" + anchor[1] + ", but there is no &" + anchor[1] + " above"
	}
	match := yamlLine.FindStringSubmatch(err.Error())
	if match == nil {
		return 0, err.Error()
	}
	line, _ = strconv.Atoi(match[1])
	reason = "is not YAML: " + strings.TrimPrefix(err.Error(), match[0])
	switch {
	case strings.Contains(reason, "control characters"): // then the parser does not say where
		return lineOf(bytes.IndexFunc(data, isControl)), reason
	case strings.Contains(reason, "did not find expected"): // then it counts from 0, and from where the construct begins
		line, reason = min(line+1, lineOf(len(bytes.TrimSpace(data)))), reason+" in what begins here"
	case line == 0: // it leaves out the first
		line = 1
	}
	lines := bytes.Split(data, []byte("\n"))
	if strings.Contains(reason, "tab character") { // then it says where what is indented begins
		for line < len(lines) && !tabbed.Match(lines[line-1]) {
			line++
		}
	}
	if line <= len(lines) && tabbed.Match(lines[line-1]) {
		reason = "is indented with a tab; use spaces"
	}
	return line, reason
}

// isControl reports whether the parser refuses a character wherever it stands.
func isControl(r rune) bool {
	return unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\u0085", r) || r == '\uFFFE' || r == '\uFFFF'
}

// aliasAt returns where an alias stands first that is not part of a comment or of a longer name.
func aliasAt(data []byte, name string) int {
	alias := regexp.MustCompile(`(?m)^(?:[^#\n]*[\s\[{,])?(\*` + regexp.QuoteMeta(name) + `)(?:[\s\]},]|$)`)
	if at := alias.FindSubmatchIndex(data); at != nil {
		return at[2]
	}
	return bytes.Index(data, []byte("*"+name))
}

// Describe says what kind of value somebody wrote. It does not show it: a value in a wrong place may be a secret.
func Describe(n Node) string {
	switch {
	case n.IsNull():
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

// Quote returns the beginning of a value, in quotes.
func Quote(s string) string {
	if r := []rune(s); len(r) > maxQuote {
		s = string(r[:maxQuote-1]) + "…"
	}
	return strconv.Quote(s)
}

// Find returns the value at a path, or, if it is not there, the nearest one around it.
func Find(roots []Node, path string) (found Node, exact bool) {
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
func descend(from []Node, step string) (next []Node) {
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

func item(lists []Node, i int) []Node {
	for _, n := range lists {
		switch {
		case n.IsNull():
		case n.Kind != yaml.SequenceNode: // one value where a list may stand, such as catch_all
			if i == 0 {
				return []Node{n}
			}
			i--
		case i < len(n.Content):
			return []Node{n.child(n.Content[i].Line, "", n.Content[i])}
		default:
			i -= len(n.Content)
		}
	}
	return nil
}
