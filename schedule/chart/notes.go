package chart

import (
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill/internal/svg"
)

// note is a remark below a band, with a line or a pointer up to the instant it is about.
type note struct {
	at    time.Time
	x     float64
	text  string
	tip   string
	ink   ink
	line  bool // through all rows; else it points at the final line
	dash  string
	level int // of the text, from 0; -1: there is no room for it
	left  float64
}

const (
	noteLine  = 14.0
	noteLines = 3
	noteSize  = 10.5
	maxNotes  = 6 // about gaps, a band
)

// notes are the remarks of a band: changes of the clocks, versions, now, and the gaps that have no room for a word.
func (p *picture) notes(b band) []note {
	var all []note
	add := func(t time.Time, text string, ink ink, dash string) {
		if !t.Before(b.from) && t.Before(b.to) && !t.IsZero() {
			tip := sentence(text) + ", " + p.moment(t)
			all = append(all, note{at: t, text: text, tip: tip, ink: ink, line: true, dash: dash})
		}
	}
	for _, j := range p.jumps {
		add(j.at, j.clocks(), markEdge, "2 3")
	}
	for _, t := range p.versions {
		add(t, "new version", markEdge, "8 3")
	}
	add(p.o.Now, "now", nowEdge, "")
	all = append(all, p.gapNotes(b)...)
	slices.SortStableFunc(all, func(a, b note) int { return a.at.Compare(b.at) })
	for i := range all {
		all[i].x = p.x(b, all[i].at)
	}
	return all
}

// gapNotes point at the gaps that are too narrow for a word. Where there are many, one remark is about all of them.
func (p *picture) gapNotes(b band) (all []note) {
	count := 0
	for _, g := range p.rows[len(p.rows)-1].gaps {
		cut, ok := g.within(b)
		if inside, _ := p.gapText(g, p.boxOf(b, cut, 0, 0).w); !ok || inside != "" {
			continue
		}
		text := "nobody " + lasting(g.end.Sub(g.start))
		if g.kind == often {
			text = g.frequency()
		}
		count += g.changes + 1
		all = append(all, note{at: cut.start.Add(cut.end.Sub(cut.start) / 2), text: text, tip: p.tip(g), ink: gapEdge})
	}
	if len(all) > maxNotes {
		all = all[:1]
		all[0].text = fmt.Sprintf("nobody in %d gaps", count)
		all[0].tip = sentence(all[0].text)
	}
	return all
}

// place finds room for the texts and returns how many lines they take.
func (p *picture) place(notes []note) (lines int) {
	var ends [noteLines]float64
	for i := range notes {
		n := &notes[i]
		w := svg.Width(n.text, noteSize)
		n.level = -1
		for level := range ends {
			left := min(n.x+5, float64(p.o.Width)-margin-w)
			if left >= ends[level]+4 {
				n.level, n.left = level, left
				ends[level] = left + w
				lines = max(lines, level+1)
				break
			}
		}
		if n.level < 0 {
			lines = max(lines, 1)
		}
	}
	return lines
}

// markLines draws the lines through the rows.
func (p *picture) markLines(b band, notes []note, y, height float64) {
	for _, n := range notes {
		if !n.line {
			continue
		}
		more := ` stroke-width="2"`
		if n.dash != "" {
			more += ` stroke-dasharray="` + n.dash + `"`
		}
		foot := y + height + noteLine*float64(max(n.level, 0)) + 9
		if n.level >= 0 && n.left < n.x { // the text had to move to the left, and is in the way
			foot -= 10
		}
		p.line(n.x, y-4, n.x, foot, n.ink, more)
	}
}

// captions writes the remarks below the final line.
func (p *picture) captions(notes []note, y float64) {
	for _, n := range notes {
		base := y + noteLine*float64(max(n.level, 0)) + 9
		p.put("<g>")
		p.element("title", n.tip)
		if !n.line {
			p.put(`<path d="M`, svg.Num(n.x), " ", svg.Num(y-3), "l3.5 6h-7z", `"`, p.theme.paint(gapEdge, none), "/>")
		}
		if n.level >= 0 {
			p.label(n.left+2, base, noteSize, n.text, n.wordInk(), paper, "")
		}
		p.put("</g>\n")
	}
}

func (n note) wordInk() ink {
	if n.line {
		return words
	}
	return gapEdge
}
