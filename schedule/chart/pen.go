package chart

import (
	"bytes"

	"github.com/watchbill/watchbill/internal/svg"
)

// pen writes SVG.
type pen struct {
	bytes.Buffer
	theme  Theme
	prefix string // of IDs
}

// put writes markup.
func (p *pen) put(parts ...string) {
	for _, s := range parts {
		p.WriteString(s)
	}
}

// element writes <name>text</name>.
func (p *pen) element(name, text string) {
	p.put("<", name, ">", svg.Escaped(text), "</", name, ">")
}

// box is a rectangle on the picture.
type box struct{ x, y, w, h float64 }

func (b box) attrs() string {
	return ` x="` + svg.Num(b.x) + `" y="` + svg.Num(b.y) + `" width="` + svg.Num(max(b.w, 0)) + `" height="` + svg.Num(max(b.h, 0)) + `"`
}

// rect writes a rectangle; more is further attributes.
func (p *pen) rect(b box, fill, stroke ink, more string) {
	p.put("<rect", b.attrs(), p.theme.paint(fill, stroke), more, "/>")
}

// line writes a straight line.
func (p *pen) line(x1, y1, x2, y2 float64, stroke ink, more string) {
	p.put(`<path d="M`, svg.Num(x1), " ", svg.Num(y1), "L", svg.Num(x2), " ", svg.Num(y2), `"`, p.theme.paint(none, stroke), more, "/>\n")
}

// say writes text whose baseline begins at x, y, or ends there, or has its middle there.
func (p *pen) say(x, y, size float64, text string, fill ink, more string) {
	p.put(`<text x="`, svg.Num(x), `" y="`, svg.Num(y), `" font-size="`, svg.Num(size), `"`,
		p.theme.paint(fill, none), more, ">", svg.Escaped(text), "</text>")
}

// Attributes of text.
const (
	bold   = ` font-weight="700"`
	end    = ` text-anchor="end"`
	middle = ` text-anchor="middle"`
)

// label writes text on a patterned bar, with a rim in the bar's colour that keeps the pattern away from the letters.
func (p *pen) label(x, y, size float64, text string, fill, rim ink, more string) {
	p.put(`<text x="`, svg.Num(x), `" y="`, svg.Num(y), `" font-size="`, svg.Num(size), `"`, p.theme.paint(fill, rim),
		` stroke-width="4" stroke-linejoin="round" paint-order="stroke"`, more, ">", svg.Escaped(text), "</text>")
}

// ref names a pattern.
func (p *pen) ref(pattern string) string { return ` fill="url(#` + p.prefix + pattern + `)"` }
