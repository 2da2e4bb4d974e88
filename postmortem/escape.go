package postmortem

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// What people write is shown as they wrote it, character by character: none of it is Markdown or HTML. Entities are used
// where renderers do not agree on backslashes, as for the bar within a table.

// plain takes out what could steer a terminal or turn the direction of what follows, and makes every line end the same.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
			return unicode.ReplacementChar
		}
		return r
	}, lineEnds.Replace(strings.ToValidUTF8(s, "\uFFFD")))
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// escaped escapes what means something within a line. An underscore within a word means nothing.
func escaped(s string) string {
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '|':
			b.WriteString("&#124;")
		case r == '\\' && i == len(runes)-1: // the end of the line gets one that breaks it
			b.WriteString("&#92;")
		case strings.ContainsRune("\\`*[]~$", r), r == '_' && !(i > 0 && i < len(runes)-1 && inWord(runes[i-1]) && inWord(runes[i+1])):
			b.WriteRune('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// unlinked returns text without what GitHub would make links of by itself.
func unlinked(s string) string { return autolinks.Replace(escaped(s)) }

// inline returns text for the middle of a line, on one line.
func inline(s string) string { return unlinked(strings.Join(strings.Fields(plain(s)), " ")) }

var autolinks = strings.NewReplacer("://", `\://`, "www.", `www\.`)

// label returns a name for the middle of a line; a dash for none.
func label(s string) string { return cmp.Or(inline(s), "–") }

// start escapes what means something at the start of a line.
func start(line string) string {
	if m := marks.FindString(line); m != "" {
		return m[:len(m)-1] + `\` + line[len(m)-1:]
	}
	return line
}

var marks = regexp.MustCompile(`^(?:[#+=:-]|\d+[.)])`)

// cell returns text for a cell of a table, in which a line break is written as <br>.
func cell(s string) string {
	var all []string
	for line := range strings.SplitSeq(strings.TrimSpace(plain(s)), "\n") {
		all = append(all, inline(line))
	}
	return cmp.Or(strings.Join(all, "<br>"), "–")
}

// rich returns text for a line of a paragraph, in which addresses of the web are links.
func rich(s string) string {
	var b strings.Builder
	from := 0
	for _, at := range webAddress.FindAllStringIndex(s, -1) {
		before := unlinked(s[from:at[0]])
		if text, ok := strings.CutSuffix(before, "!"); ok {
			before = text + `\!` // or the link would be an image
		}
		b.WriteString(before + link("", s[at[0]:at[1]]))
		from = at[1]
	}
	return b.String() + unlinked(s[from:])
}

// webAddress does not take the full stop or the bracket along that ends the sentence around it.
var webAddress = regexp.MustCompile(`https?://[\pL\pN][^\s<>"]*[\pL\pN/=_-]`)

// block returns text as paragraphs, each line after the first behind an indent. Lines stay lines.
func block(s, indent string) string {
	var b strings.Builder
	before := ""
	for i, line := range strings.Split(strings.TrimSpace(plain(s)), "\n") {
		line = start(rich(strings.TrimSpace(line)))
		switch {
		case i == 0:
		case line == "":
			b.WriteString("\n")
		case before == "":
			b.WriteString("\n" + indent)
		default:
			b.WriteString("\\\n" + indent)
		}
		b.WriteString(line)
		before = line
	}
	return b.String()
}

// heading returns text for a heading, whose end must not look like the closing sequence of one.
func heading(s string) string {
	if s = inline(s); strings.HasSuffix(s, "#") {
		return strings.TrimSuffix(s, "#") + `\#`
	}
	return s
}

// link returns a link to an address of the web; of anything else, the text and the address.
func link(text, href string) string {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return inline(text + " " + href)
	}
	if strings.TrimSpace(text) == "" {
		text = strings.TrimSpace(href)
	}
	return "[" + inline(text) + "](" + address(u.String()) + ")"
}

// address returns an address without what would end it in Markdown, or mean something in it.
func address(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c == '&':
			b.WriteString("&amp;")
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._:/?#@!+,;=%", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// ticket returns where an action item is tracked: a link, named by the end of its address, or what is written there.
func ticket(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" {
		return label(s)
	}
	path := strings.Trim(u.Path, "/")
	return link(path[strings.LastIndex(path, "/")+1:], s)
}
