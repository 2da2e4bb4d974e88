package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/internal/svg"
	"github.com/watchbill/watchbill/sim"
	"github.com/watchbill/watchbill/sim/chart"
)

// runs makes summaries of so many people, who are the slower the larger the factor is.
func runs(n, people int, factor float64) (all []sim.Summary) {
	for i := range n {
		s := sim.Summary{Runs: 1, Time: watchbill.Duration(365 * 24 * time.Hour), Alerts: 420, Urgent: 410, Unacknowledged: 10}
		for k := range 400 {
			seconds := 90 * factor * math.Exp(float64(k-200+i)/90)
			s.ToAcknowledge = append(s.ToAcknowledge, time.Duration(seconds*float64(time.Second)))
		}
		slices.Sort(s.ToAcknowledge)
		for k := range people {
			s.People = append(s.People, sim.Load{User: watchbill.UserID(fmt.Sprintf("person-%02d", k)), Pages: int(factor * float64(40+k*7)), Nights: k})
		}
		all = append(all, s)
	}
	return all
}

func draw(t *testing.T, o chart.Options, sides ...chart.Side) string {
	var b bytes.Buffer
	require.NoError(t, chart.SVG(&b, o, sides...))
	return b.String()
}

func both() []chart.Side {
	return []chart.Side{{"today", runs(5, 20, 1)}, {"proposed", runs(5, 20, 0.6)}}
}

// element is one of a picture.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e element) walk(visit func(element)) {
	visit(e)
	for _, c := range e.Children {
		c.walk(visit)
	}
}

func parse(t *testing.T, text string) (e element) {
	require.NoError(t, xml.Unmarshal([]byte(text), &e))
	return e
}

func number(t *testing.T, e element, name string) float64 {
	v, err := strconv.ParseFloat(e.attr(name), 64)
	require.NoError(t, err)
	return v
}

// TestPicture: it says in words what is drawn, and WATCHBILL_CHART keeps it for those who want to look.
func TestPicture(t *testing.T) {
	text := draw(t, chart.Options{Title: "Two policies"}, both()...)
	if file := os.Getenv("WATCHBILL_CHART"); file != "" {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	root := parse(t, text)
	require.Equal(t, "img", root.attr("role"))
	require.Equal(t, "Two policies", root.Children[0].Text)
	require.Contains(t, root.Children[1].Text, "today: half of those acknowledged within 1m31s, 95 % within 11m12s; never acknowledged: 2.4 %; 2,130 pages and 190 broken nights a run. ")
	require.Contains(t, root.Children[1].Text, "person-19: 173 pages, 19 nights broken; 103 and 19 with proposed.")
	require.Equal(t, text, draw(t, chart.Options{Title: "Two policies"}, both()...))
	require.Less(t, len(text), 100_000)
}

// TestCurve: it ends at the share of the urgent alerts that were acknowledged, and never falls.
func TestCurve(t *testing.T) {
	var curves []string
	parse(t, draw(t, chart.Options{}, both()...)).walk(func(e element) {
		if d := e.attr("d"); strings.Count(d, "V") > 10 {
			curves = append(curves, d)
		}
	})
	require.Len(t, curves, 2)
	for _, d := range curves {
		var heights []float64
		for _, part := range strings.Split(d, "V")[1:] {
			y, _, _ := strings.Cut(part, "H")
			v, err := strconv.ParseFloat(y, 64)
			require.NoError(t, err)
			heights = append(heights, v)
		}
		require.True(t, slices.IsSortedFunc(heights, func(a, b float64) int { return int(math.Copysign(1, b-a)) }))
		top, height := 138.0, 240.0
		require.InDelta(t, top+height*(1-400.0/410), heights[len(heights)-1], 0.06)
	}
}

// TestBounds: nothing is drawn outside of the picture, and no text runs out of it, by the widths of the widest font.
func TestBounds(t *testing.T) {
	for _, sides := range [][]chart.Side{
		both(), both()[:1],
		{{"one", runs(1, 100, 30)}, {"other", runs(1, 100, 0.0001)}},
		{{"nothing", []sim.Summary{{Runs: 1}}}, {"nobody answers", []sim.Summary{{Runs: 1, Urgent: 5, Unacknowledged: 5}}}},
		{{"at once", []sim.Summary{{Runs: 1, Urgent: 1, ToAcknowledge: sim.Times{0}}}}},
		{{"late", []sim.Summary{{Runs: 1, Urgent: 1, ToAcknowledge: sim.Times{math.MaxInt64}}}}},
	} {
		root := parse(t, draw(t, chart.Options{Names: func(watchbill.UserID) string { return strings.Repeat("W", 200) }}, sides...))
		w, h := number(t, root, "width"), number(t, root, "height")
		root.walk(func(e element) {
			switch e.XMLName.Local {
			case "rect":
				require.GreaterOrEqual(t, number(t, e, "x"), 0.0)
				require.LessOrEqual(t, number(t, e, "x")+number(t, e, "width"), w)
				require.LessOrEqual(t, number(t, e, "y")+number(t, e, "height"), h)
			case "text":
				x, long := number(t, e, "x"), svg.Width(e.Text, number(t, e, "font-size"))
				switch e.attr("text-anchor") {
				case "end":
					x -= long
				case "middle":
					x -= long / 2
				}
				require.GreaterOrEqual(t, x, 0.0, e.Text)
				require.LessOrEqual(t, x+long, w, e.Text)
				require.LessOrEqual(t, number(t, e, "y"), h)
			}
		})
		require.NotContains(t, fmt.Sprint(root), "NaN")
		require.NotContains(t, fmt.Sprint(root), "Inf")
	}
}

// FuzzNames: whatever people and configurations are called, the picture is well-formed, and has nothing in it but shapes and
// words.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"Ada Okafor", `<script>alert("1")</script>`, `"' onload='x()`, "]]>&amp;&#0;", "\u202eevil\u2066", "محمد بن عبد الله",
		"👩‍👩‍👧", "Z" + strings.Repeat("\u0337", 300), strings.Repeat("W", 200), "\x00\xff\ufffe", ""} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		one := sim.Summary{Runs: 1, Urgent: 1, People: []sim.Load{{User: watchbill.UserID(name), Pages: 1}}}
		root := parse(t, draw(t, chart.Options{Title: name}, chart.Side{name, []sim.Summary{one}}, chart.Side{name, []sim.Summary{one}}))
		root.walk(func(e element) {
			require.Contains(t, []string{"svg", "title", "desc", "style", "defs", "pattern", "g", "rect", "path", "text"}, e.XMLName.Local)
			for _, a := range e.Attrs {
				require.False(t, strings.HasPrefix(a.Name.Local, "on") || slices.Contains([]string{"href", "src", "style"}, a.Name.Local), a)
				require.False(t, strings.Contains(a.Value, "url(") && a.Value != "url(#wbsim-hatch)", a)
			}
			for _, r := range e.Text {
				require.True(t, r != '\ufffd' && (r >= ' ' || r == '\n') && (r < '\u202a' || r > '\u202e'), "%q", e.Text)
			}
		})
	})
}

// TestContrast computes the contrasts of WCAG 2.2, 1.4.3 and 1.4.11, in both themes.
func TestContrast(t *testing.T) {
	for name, c := range chart.Contrasts() {
		require.GreaterOrEqual(t, contrast(t, c.Light[0], c.Light[1]), c.Least, "light: %s", name)
		require.GreaterOrEqual(t, contrast(t, c.Dark[0], c.Dark[1]), c.Least, "dark: %s", name)
	}
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance that WCAG defines.
func luminance(t *testing.T, colour string) (sum float64) {
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		require.NoError(t, err)
		if c := float64(v) / 255; c <= 0.04045 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return sum
}

func TestHeading(t *testing.T) {
	texts := func(name string, runs ...sim.Summary) (all []string) {
		parse(t, draw(t, chart.Options{}, chart.Side{Name: name, Runs: runs})).walk(func(e element) {
			if e.XMLName.Local == "text" {
				all = append(all, e.Text)
			}
		})
		return all
	}
	year := sim.Summary{Runs: 1, Time: watchbill.Duration(365 * 24 * time.Hour), Urgent: 7, Unacknowledged: 2, ToAcknowledge: sim.Times{time.Minute}}
	long := strings.Repeat("very/deep/", 9) + "folder/watchbill.yaml"
	require.Subset(t, texts(long, year, year), []string{"2 runs of 365 days, each with about 7 urgent alerts",
		"…ep/folder/watchbill.yaml: half of those acknowledged within 1m0s, 95 % within 1m0s; never acknowledged: 28.6 %"})
	none := sim.Summary{Runs: 1, Time: watchbill.Duration(24 * time.Hour)}
	require.Subset(t, texts("a", none), []string{"one run of 1 day with 0 urgent alerts", "a: there was no urgent alert"})
}

func TestSidesThatCannotBeDrawn(t *testing.T) {
	require.ErrorContains(t, chart.SVG(io.Discard, chart.Options{}), "chart: sides: there are 0; give one or two")
	require.ErrorContains(t, chart.SVG(io.Discard, chart.Options{}, chart.Side{Name: "a"}), "chart: sides: one has no runs")
	broken := errors.New("broken")
	require.ErrorIs(t, chart.SVG(brokenWriter{broken}, chart.Options{}, both()...), broken)
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }
