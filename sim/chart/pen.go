package chart

import (
	"bytes"
	"strings"

	"github.com/watchbill/watchbill/internal/svg"
)

// ink is a colour in the light and in the dark theme, by the name of its class.
type ink struct{ class, light, dark string }

// The inks. Words have a contrast of 4.5 on paper, lines and bars one of 3; a test computes both.
var (
	paper = ink{"paper", "#ffffff", "#131316"}
	words = ink{"words", "#18181b", "#fafafa"}
	quiet = ink{"quiet", "#52525b", "#b4b4bd"}
	grid  = ink{"grid", "#dcdce0", "#34343a"}
	none  = ink{"", "none", "none"}
)

// sideInks are those of the first side and of the second.
var sideInks = [...]ink{{"first", "#1d4ed8", "#93c5fd"}, {"second", "#b45309", "#fcd34d"}}

// prefix keeps classes and IDs apart from those of a page that the picture is put into.
const prefix = "wbsim-"

// pen writes SVG.
type pen struct{ bytes.Buffer }

func (p *pen) put(parts ...string) {
	for _, s := range parts {
		p.WriteString(s)
	}
}

// paint returns the attributes for a fill and a stroke.
func paint(fill, stroke ink) string {
	text := ` fill="` + fill.light + `"`
	var classes []string
	if fill != none {
		classes = append(classes, prefix+"f-"+fill.class)
	}
	if stroke != none {
		text += ` stroke="` + stroke.light + `"`
		classes = append(classes, prefix+"s-"+stroke.class)
	}
	return text + ` class="` + strings.Join(classes, " ") + `"`
}

// style makes the picture follow the reader's preference.
func style() string {
	var b strings.Builder
	b.WriteString("@media (prefers-color-scheme:dark){")
	for _, i := range []ink{paper, words, quiet, grid, sideInks[0], sideInks[1]} {
		b.WriteString("." + prefix + "f-" + i.class + "{fill:" + i.dark + "}." + prefix + "s-" + i.class + "{stroke:" + i.dark + "}")
	}
	b.WriteString("}")
	return b.String()
}

// rect writes a rectangle; more is further attributes.
func (p *pen) rect(x, y, w, h float64, paint, more string) {
	p.put(`<rect x="`, svg.Num(x), `" y="`, svg.Num(y), `" width="`, svg.Num(w), `" height="`, svg.Num(h), `"`, paint, more, "/>\n")
}

// line writes a line along a path.
func (p *pen) line(path string, stroke ink, more string) {
	p.put(`<path d="`, path, `"`, paint(none, stroke), more, "/>\n")
}

// say writes text whose baseline begins at x, y, or ends there, or has its middle there.
func (p *pen) say(x, y, size float64, text string, fill ink, more string) {
	p.put(`<text x="`, svg.Num(x), `" y="`, svg.Num(y), `" font-size="`, svg.Num(size), `"`, paint(fill, none), more, ">", svg.Escaped(text), "</text>\n")
}

// Attributes of text.
const (
	bold   = ` font-weight="700"`
	end    = ` text-anchor="end"`
	middle = ` text-anchor="middle"`
)
