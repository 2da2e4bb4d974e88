package chart

import (
	"math"

	"github.com/watchbill/watchbill/internal/svg"
)

// draw writes the picture. What it needs has been arranged.
func (p *picture) draw() []byte {
	var body pen
	body.theme, body.prefix = p.theme, p.prefix
	whole := p.pen
	p.pen = body
	y := p.heading()
	for i, b := range p.bands {
		y = p.band(b, y, i == 0)
	}
	y = p.legend(y + 6)
	drawn := p.pen
	p.pen = whole
	p.open(y + margin)
	p.put(drawn.String(), "</g>\n</svg>\n")
	return p.Bytes()
}

// open begins the document: what it is, in words, and the patterns.
func (p *picture) open(height float64) {
	w, h := svg.Num(float64(p.o.Width)), svg.Num(math.Ceil(height))
	p.put(`<svg xmlns="http://www.w3.org/2000/svg" width="`, w, `" height="`, h, `" viewBox="0 0 `, w, " ", h,
		`" role="img" lang="en" aria-labelledby="`, p.prefix, `title" aria-describedby="`, p.prefix, "desc\">\n")
	p.put(`<title id="`, p.prefix, `title">`, svg.Escaped(p.o.Title), "</title>\n")
	p.put(`<desc id="`, p.prefix, `desc">`, svg.Escaped(p.summary()), "</desc>\n")
	if p.theme == Auto {
		p.element("style", style())
		p.put("\n")
	}
	var persons []int
	for _, t := range p.totals() {
		persons = append(persons, t.who.index)
	}
	p.defs(persons, len(p.gaps) > 0, true)
	p.rect(box{0, 0, float64(p.o.Width), math.Ceil(height)}, paper, none, "")
	p.put("\n", `<g font-family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif">`, "\n")
}

// heading writes title and window, and returns where the bands may begin.
func (p *picture) heading() float64 {
	room := float64(p.o.Width) - 2*margin
	p.say(margin, 28, 17, svg.Trimmed(p.o.Title, 18, room), words, bold)
	p.say(margin, 47, 12, svg.Fitting(p.windowTexts(), 12, room), quiet, "")
	p.put("\n")
	return 60
}

// band draws one timeline and returns where it ends.
func (p *picture) band(b band, y float64, first bool) float64 {
	if p.form == whole || first {
		y = p.axis(b, y)
	}
	if b.head != "" {
		p.say(p.left, y+14, 12, b.head, words, bold)
		y += 19
	}
	rows := p.shown(b)
	height := 0.0
	for _, r := range rows {
		height += p.height(r) + p.between()
	}
	p.ground(b, y, height)
	notes := p.notes(b)
	lines := p.place(notes)
	p.markLines(b, notes, y, height)
	for _, r := range rows {
		p.row(b, r, y)
		y += p.height(r) + p.between()
	}
	p.captions(notes, y)
	return y + float64(lines)*noteLine + p.after()
}

// between is the space between rows, after the space below a band.
func (p *picture) between() float64 {
	if p.form == months {
		return 3
	}
	return 6
}

func (p *picture) after() float64 {
	if p.form == whole {
		return 2
	}
	return 8
}

// row draws the bars of a row in a band.
func (p *picture) row(b band, r row, y float64) {
	lane, size := p.heights(r)
	p.rowLabel(r, y+p.height(r)/2, min(size, letter))
	for i, bars := range r.lanes {
		for _, x := range bars {
			if cut, ok := x.within(b); ok {
				p.bar(x, p.boxOf(b, cut, y+float64(i)*lane, lane), size, r.role)
			}
		}
	}
	for _, x := range r.gaps {
		if cut, ok := x.within(b); ok {
			p.gap(x, p.boxOf(b, cut, y, p.height(r)), len(r.lanes) > 0)
		}
	}
}

func (p *picture) rowLabel(r row, y, size float64) {
	ink, weight := quiet, ""
	if r.role == finalRow {
		ink, weight = words, bold
	}
	p.say(p.left-8, y+size*0.36, size, svg.Trimmed(r.label, size, p.left-8-margin+2), ink, end+weight)
	p.put("\n")
}

func (p *picture) boxOf(b band, x bar, y, height float64) box {
	left, right := p.x(b, x.start), p.x(b, x.end)
	return box{left + 0.5, y + 0.5, right - left - 1, height - 1}
}

// bar draws a bar with its title, and as much of its text as fits.
func (p *picture) bar(x bar, at box, size float64, r role) {
	at.w = max(at.w, 1)
	p.put("<g>")
	p.element("title", p.tip(x))
	fill, more, texts := none, "", []string(nil)
	switch x.kind {
	case often, many:
		p.put("<rect", at.attrs(), p.ref("often"), p.theme.edge(oftenEdge), "/>")
		fill, texts = oftenFill, p.blockTexts(x)
	case standOut:
		fill, more, texts = paper, ` stroke-width="1.5" stroke-dasharray="2 2"`, p.overrideTexts(x)
		p.rect(at, paper, edgeOf(p.person(x).index), more)
	default:
		who := p.person(x)
		fill, texts = fillOf(who.index), who.labels
		if x.kind == standIn {
			texts = p.overrideTexts(x)
		}
		p.put("<rect", at.attrs(), p.ref(patternOf(who.index)), p.theme.edge(edgeOf(who.index)),
			edging(x, at), ` rx="2"/>`)
	}
	if x.kind == often && r == finalRow && len(p.gaps) > 0 {
		at.h *= 0.6 // gaps may be below
	}
	if p.hasWords(r) {
		p.inside(at, size, texts, fill, r == finalRow)
	}
	p.put("</g>\n")
}

// inside writes into a bar the longest text that fits; the shortest may be in small letters.
func (p *picture) inside(at box, size float64, texts []string, rim ink, heavy bool) {
	weight, wider := "", 1.0
	if heavy {
		weight, wider = bold, 1.08
	}
	text := svg.Fitting(texts, size*wider, at.w-6)
	if text == "" && size > smallest {
		size = smallest
		text = svg.Fitting(texts[len(texts)-1:], size*wider, at.w-5)
	}
	if text != "" {
		p.label(at.x+at.w/2, at.y+at.h/2+size*0.36, size, text, words, rim, middle+weight)
	}
}

const smallest = 10.0

// hasWords says whether the bars of a row are high enough for text.
func (p *picture) hasWords(r role) bool { return p.form != months || r != layerRow }

// edging shows that an override gave a duty.
func edging(x bar, at box) string {
	if x.kind != standIn && x.part.Override == "" || at.w < 5 {
		return ""
	}
	return ` stroke-width="2" stroke-dasharray="5 3"`
}

func (p *picture) blockTexts(x bar) []string {
	if x.kind == many {
		return []string{"and " + svg.Num(float64(len(x.users))) + " more", "+" + svg.Num(float64(len(x.users)))}
	}
	return []string{x.frequency(), svg.Num(float64(x.changes)) + "×"}
}

// gap draws nobody: as high as the row, or at its foot where people and gaps are too close to be told apart.
func (p *picture) gap(x bar, at box, beside bool) {
	if x.kind == often && beside {
		at.y, at.h = at.y+at.h*0.6, at.h*0.4
	}
	if at.w < 3 {
		at.x, at.w = at.x-(3-at.w)/2, 3
	}
	p.put("<g>")
	p.element("title", p.tip(x))
	p.put("<rect", at.attrs(), p.ref("gap"), p.theme.edge(gapEdge),
		` stroke-width="`, svg.Num(min(max(at.w/8, 1), 2)), `"/>`)
	if text, size := p.gapText(x, at.w); text != "" {
		p.label(at.x+at.w/2, at.y+at.h/2+size*0.36, size, text, gapWords, gapFill, middle+bold)
	}
	p.put("</g>\n")
}

// gapText is what fits into a gap's bar, and how large.
func (p *picture) gapText(x bar, room float64) (text string, size float64) {
	texts := []string{"nobody"}
	if x.kind == often {
		texts = []string{x.frequency(), "nobody"}
	}
	for _, size := range []float64{12, smallest} {
		if text := svg.Fitting(texts, size*1.08, room-5); text != "" {
			return text, size
		}
	}
	return "", 0
}
