package engine

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/watchbill/watchbill"
)

// personFields are the names of the JSON fields that hold people's IDs, alone or in lists. It is never written to.
var personFields = map[string]bool{
	"user": true, "User": true, "users": true, "people": true, "owner": true, "owners": true, "members": true, "participants": true,
	"by": true, "acknowledged_by": true, "commander": true, "outgoing": true, "incoming": true,
	"paged": true, "acks": true, "declined": true, "pending": true, "with": true, "for": true, "of": true, "asked": true,
	"losing": true, "replaces": true, "add": true, "remove": true,
}

// personKeys are the names of the fields whose keys are people's IDs. It is never written to.
var personKeys = map[string]bool{"hours": true, "turn": true}

// forgetting is somebody who is to be found, or forgotten, in what is stored as JSON.
type forgetting struct {
	user, as string         // as empty: only found
	texts    *regexp.Regexp // whole words that tell who it is; nil: none
	hits     int            // so far
}

// forgotten is what takes the place of a name or an address.
const forgotten = "removed"

// finding looks for somebody by ID.
func finding(user watchbill.UserID) *forgetting { return &forgetting{user: string(user)} }

// words makes texts of the names and addresses of somebody. What a longer one holds is not taken for the shorter.
func (f *forgetting) words(all []string) {
	all = slices.DeleteFunc(slices.Clone(all), func(s string) bool { return len(strings.TrimSpace(s)) < 2 || s == f.user || s == forgotten })
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	var quoted []string
	for _, s := range all {
		quoted = append(quoted, regexp.QuoteMeta(s))
	}
	if len(quoted) > 0 {
		f.texts = regexp.MustCompile(`(?i)` + strings.Join(slices.Compact(quoted), "|"))
	}
}

// in reports whether a document names the person.
func (f *forgetting) in(data []byte, root string) bool {
	before := f.hits
	f.json(data, root)
	return f.hits > before
}

// json returns a document without the person. All else in it stays as it is, byte by byte; so does what is no JSON. Root is
// the name of the field that the document is.
func (f *forgetting) json(data []byte, root string) []byte {
	if !json.Valid(data) {
		return data
	}
	r := rewriter{f: f, data: data}
	r.value(root, "")
	return append(r.out, data[r.at:]...)
}

// rewriter goes through one valid JSON document.
type rewriter struct {
	f    *forgetting
	data []byte
	pos  int
	out  []byte // of data until at
	at   int
}

// value passes one value; field is the name of the nearest field that it is in, and above that of the one around that.
func (r *rewriter) value(field, above string) {
	r.space()
	switch r.data[r.pos] {
	case '{':
		r.list('}', func() {
			name := r.text(func(s string) string {
				if personKeys[field] {
					return r.f.id(s)
				}
				return s
			})
			r.space()
			r.pos++ // the colon
			if personKeys[field] {
				name = field
			}
			r.value(name, field)
		})
	case '[':
		r.list(']', func() { r.value(field, above) })
	case '"':
		r.text(func(s string) string { return r.f.value(s, field, above) })
	default:
		for r.pos < len(r.data) && !strings.ContainsRune(",]} \t\r\n", rune(r.data[r.pos])) {
			r.pos++
		}
	}
}

// list passes an object or an array.
func (r *rewriter) list(end byte, item func()) {
	r.pos++
	for r.space(); r.data[r.pos] != end; r.space() {
		if r.data[r.pos] == ',' {
			r.pos++
			r.space()
		}
		item()
	}
	r.pos++
}

// text passes a string, which becomes what change makes of it, and returns what it was.
func (r *rewriter) text(change func(string) string) (was string) {
	begin := r.pos
	for r.pos++; r.data[r.pos] != '"'; r.pos++ {
		if r.data[r.pos] == '\\' {
			r.pos++
		}
	}
	r.pos++
	if json.Unmarshal(r.data[begin:r.pos], &was) != nil {
		return was
	}
	if is := change(was); is != was {
		quoted, _ := json.Marshal(is) // a string always can be
		r.out = append(append(r.out, r.data[r.at:begin]...), quoted...)
		r.at = r.pos
	}
	return was
}

func (r *rewriter) space() {
	for r.pos < len(r.data) && strings.IndexByte(" \t\r\n", r.data[r.pos]) >= 0 {
		r.pos++
	}
}

// value returns what a string in a field becomes.
func (f *forgetting) value(s, field, above string) string {
	switch {
	case s == "user:"+f.user:
		return "user:" + f.id(f.user)
	case s == f.user:
		if personFields[field] || field == "id" && above == "users" {
			return f.id(s)
		}
		return s
	}
	return f.text(s)
}

// id returns what an ID becomes.
func (f *forgetting) id(s string) string {
	if s != f.user {
		return s
	}
	f.hits++
	if f.as == "" {
		return s
	}
	return f.as
}

// text returns what a text becomes: in a sentence, the ID stands for the person too.
func (f *forgetting) text(s string) string {
	if f.texts != nil {
		s = f.replace(s, f.texts.FindAllStringIndex(s, -1), forgotten)
	}
	if f.as != "" && strings.ContainsAny(s, " \n\t") {
		s = f.replace(s, indexAll(s, f.user), f.as)
	}
	return s
}

// replace replaces those of some places that are whole words.
func (f *forgetting) replace(s string, places [][]int, by string) string {
	var b strings.Builder
	last := 0
	for _, p := range places {
		if inWord(s, p[0], p[1]) {
			continue
		}
		f.hits++
		b.WriteString(s[last:p[0]])
		b.WriteString(by)
		last = p[1]
	}
	if last == 0 && b.Len() == 0 {
		return s
	}
	return b.String() + s[last:]
}

func indexAll(s, of string) (all [][]int) {
	for from := 0; ; {
		i := strings.Index(s[from:], of)
		if i < 0 {
			return all
		}
		all = append(all, []int{from + i, from + i + len(of)})
		from += i + len(of)
	}
}

// inWord reports whether a place in a text is part of a longer word.
func inWord(s string, from, to int) bool {
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' }
	before, _ := utf8.DecodeLastRuneInString(s[:from])
	after, _ := utf8.DecodeRuneInString(s[to:])
	first, _ := utf8.DecodeRuneInString(s[from:])
	last, _ := utf8.DecodeLastRuneInString(s[:to])
	return letter(before) && letter(first) || letter(last) && letter(after)
}
