package chart

import (
	"strconv"

	"github.com/watchbill/watchbill/internal/svg"
)

// marks are what tells people apart without colour: paths on a tile of 12 by 12. None crosses, as only gaps do.
var marks = [...]mark{
	{"M-3 3L3 -3M-3 15L15 -3M9 15L15 9", 1.6}, // rising
	{"M3 3h.01M9 9h.01", 3.4},                 // dots
	{"M0 3h12M0 9h12", 1.6},                   // level lines
	{"M-3 9L3 15M-3 -3L15 15M9 -3L15 3", 1.6}, // falling
	{"M3 0v12M9 0v12", 1.6},                   // upright lines
	{"M0 4L3 1L9 7L12 4", 1.6},                // waves
	{"M6 3.5a2.5 2.5 0 1 0 .01 0z", 1.6},      // rings
	{"M1 3h4M7 9h4", 2.2},                     // dashes
	{"M3 1v4M9 7v4", 2.2},                     // upright dashes
	{"M3 6h6M6 3v6", 1.6},                     // plus signs
}

// mark is the path on a tile, and how thick it is drawn.
type mark struct {
	path  string
	thick float64
}

// defs writes the patterns that are used.
func (p *pen) defs(persons []int, gaps, blocks bool) {
	p.put("<defs>\n")
	written := map[string]bool{}
	for _, i := range persons {
		if id := patternOf(i); !written[id] {
			written[id] = true
			p.pattern(id, 12, fillOf(i), markOf(i), marks[markIndex(i)])
		}
	}
	if gaps {
		p.pattern("gap", 8, gapFill, gapHatch, mark{"M0 0L8 8M8 0L0 8", 1.2})
	}
	if blocks {
		p.pattern("often", 4, oftenFill, oftenHatch, mark{"M2 0v4", 1.2})
	}
	p.put("</defs>\n")
}

func (p *pen) pattern(id string, size float64, fill, stroke ink, m mark) {
	p.put(`<pattern id="`, p.prefix, id, `" width="`, svg.Num(size), `" height="`, svg.Num(size),
		`" patternUnits="userSpaceOnUse">`)
	p.rect(box{0, 0, size, size}, fill, none, "")
	p.put(`<path d="`, m.path, `"`, p.theme.paint(none, stroke),
		` stroke-width="`, svg.Num(m.thick), `" stroke-linecap="round"/></pattern>`, "\n")
}

// markIndex gives people of the same colour different patterns.
func markIndex(person int) int { return (person + person/len(hues)) % len(marks) }

func patternOf(person int) string {
	return "p" + strconv.Itoa(person%(len(hues)*len(marks)))
}
