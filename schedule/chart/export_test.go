package chart

import "github.com/watchbill/watchbill/internal/svg"

// Shade is an ink in both themes.
type Shade = shade

// Width is how wide text is at most.
var Width = svg.Width

// Contrasts are the pairs of inks that must differ: words on what they stand on, and edges beside paper.
func Contrasts() (texts, edges map[string][2]Shade) {
	texts = map[string][2]Shade{
		"words on paper": {inks[words], inks[paper]}, "words on weekend": {inks[words], inks[weekend]},
		"quiet on paper": {inks[quiet], inks[paper]}, "words on often": {inks[words], inks[oftenFill]},
		"gap": {inks[gapWords], inks[gapFill]}, "gap note": {inks[gapEdge], inks[paper]},
	}
	edges = map[string][2]Shade{
		"gap edge": {inks[gapEdge], inks[paper]}, "gap edge on weekend": {inks[gapEdge], inks[weekend]},
		"mark": {inks[markEdge], inks[paper]}, "now": {inks[nowEdge], inks[paper]}, "often": {inks[oftenEdge], inks[paper]},
	}
	for _, h := range hues {
		texts["words on "+h.fill.light] = [2]Shade{inks[words], h.fill}
		texts["words on "+h.mark.light] = [2]Shade{inks[words], h.mark}
		edges["edge "+h.edge.light] = [2]Shade{h.edge, inks[paper]}
		edges["edge "+h.edge.light+" on weekend"] = [2]Shade{h.edge, inks[weekend]}
	}
	return texts, edges
}

// Light is the colour in the light theme.
func (s shade) Light() string { return s.light }

// Dark is the colour in the dark theme.
func (s shade) Dark() string { return s.dark }
