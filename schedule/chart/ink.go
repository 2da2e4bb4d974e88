package chart

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
)

// ink is a colour, of which each theme has its own.
type ink int

// The inks; after them come three for each hue.
const (
	none ink = iota
	paper
	words
	quiet
	grid
	weekend
	gapFill
	gapHatch
	gapEdge
	gapWords
	markEdge
	nowEdge
	oftenFill
	oftenHatch
	oftenEdge
	firstHue
)

// shade is an ink in the light and in the dark theme.
type shade struct{ light, dark string }

// inks are the colours. Words have a contrast of 4.5 on everything they can stand on, edges one of 3 on paper; a test
// computes both.
var inks = [...]shade{
	none:       {"none", "none"},
	paper:      {"#ffffff", "#131316"},
	words:      {"#18181b", "#fafafa"},
	quiet:      {"#52525b", "#b4b4bd"},
	grid:       {"#dcdce0", "#34343a"},
	weekend:    {"#f1f1f4", "#1f1f24"},
	gapFill:    {"#fee2e2", "#450a0a"},
	gapHatch:   {"#ef6a6a", "#a31d1d"},
	gapEdge:    {"#b91c1c", "#fca5a5"},
	gapWords:   {"#7f1d1d", "#fee2e2"},
	markEdge:   {"#6d28d9", "#c4b5fd"},
	nowEdge:    {"#0f766e", "#5eead4"},
	oftenFill:  {"#f4f4f5", "#27272a"},
	oftenHatch: {"#a1a1aa", "#5b5b63"},
	oftenEdge:  {"#52525b", "#b4b4bd"},
}

// hue is the three inks of a person: of the bar, its pattern and its edge.
type hue struct{ fill, mark, edge shade }

var hues = [...]hue{
	{shade{"#dbeafe", "#172a54"}, shade{"#93bbfb", "#31529e"}, shade{"#1d4ed8", "#93c5fd"}},
	{shade{"#fef0c7", "#43300b"}, shade{"#efbb3f", "#80601a"}, shade{"#92400e", "#fcd34d"}},
	{shade{"#dcfce7", "#0f3a22"}, shade{"#78d49b", "#226f45"}, shade{"#166534", "#86efac"}},
	{shade{"#f3e8ff", "#351a57"}, shade{"#c9a0f4", "#653a9c"}, shade{"#7e22ce", "#d8b4fe"}},
	{shade{"#cff5f0", "#0b3b38"}, shade{"#65c9bd", "#186f68"}, shade{"#0f766e", "#5eead4"}},
	{shade{"#fce7f3", "#4a1431"}, shade{"#ef94c5", "#8a2c60"}, shade{"#9d174d", "#f9a8d4"}},
	{shade{"#ecfcca", "#2a3a0b"}, shade{"#aed255", "#527019"}, shade{"#4d7c0f", "#bef264"}},
	{shade{"#f2e6dc", "#3d2817"}, shade{"#cba483", "#75522f"}, shade{"#7c4a21", "#e0b48a"}},
	{shade{"#e0e7ff", "#23235f"}, shade{"#a3adf9", "#4a48ab"}, shade{"#4338ca", "#a5b4fc"}},
	{shade{"#e8ecf1", "#293241"}, shade{"#a9b6c6", "#526178"}, shade{"#475569", "#cbd5e1"}},
}

func fillOf(person int) ink { return firstHue + ink(person%len(hues)*3) }
func markOf(person int) ink { return fillOf(person) + 1 }
func edgeOf(person int) ink { return fillOf(person) + 2 }

func (i ink) shade() shade {
	if i < firstHue {
		return inks[i]
	}
	h := hues[(i-firstHue)/3]
	return [...]shade{h.fill, h.mark, h.edge}[(i-firstHue)%3]
}

const allInks = firstHue + ink(len(hues)*3)

// paint returns the attributes for a fill and a stroke. In the theme Auto they also have classes, so that the style can
// change them.
func (t Theme) paint(fill, stroke ink) string {
	if t == Dark {
		return ` fill="` + fill.shade().dark + `"` + attribute("stroke", stroke.shade().dark, stroke)
	}
	attrs := ` fill="` + fill.shade().light + `"` + attribute("stroke", stroke.shade().light, stroke)
	if t == Light {
		return attrs
	}
	var classes []string
	if fill != none {
		classes = append(classes, "wb-f"+strconv.Itoa(int(fill)))
	}
	if stroke != none {
		classes = append(classes, "wb-s"+strconv.Itoa(int(stroke)))
	}
	return attrs + attribute("class", strings.Join(classes, " "), ink(len(classes)))
}

// edge returns the attributes for a stroke alone.
func (t Theme) edge(stroke ink) string {
	switch t {
	case Dark:
		return attribute("stroke", stroke.shade().dark, stroke)
	case Light:
		return attribute("stroke", stroke.shade().light, stroke)
	}
	return attribute("stroke", stroke.shade().light, stroke) + ` class="wb-s` + strconv.Itoa(int(stroke)) + `"`
}

func attribute(name, value string, unless ink) string {
	if unless == none {
		return ""
	}
	return " " + name + `="` + value + `"`
}

// style is what makes the theme Auto follow the reader's preference.
func style() string {
	var b strings.Builder
	b.WriteString("@media (prefers-color-scheme:dark){")
	for i := none + 1; i < allInks; i++ {
		n := strconv.Itoa(int(i))
		b.WriteString(".wb-f" + n + "{fill:" + i.shade().dark + "}.wb-s" + n + "{stroke:" + i.shade().dark + "}")
	}
	b.WriteString("}")
	return b.String()
}

// CSP returns a Content-Security-Policy under which a picture works when it is served by itself: nothing is allowed but
// the style of the theme Auto. A page that has such a picture inside adds the same source to its own style-src.
func CSP() string {
	sum := sha256.Sum256([]byte(style()))
	source := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	return "default-src 'none'; style-src " + source + "; frame-ancestors 'none'"
}
