package chart_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/schedule/chart"
)

// TestContrast computes the contrasts of WCAG 2.2, 1.4.3 and 1.4.11, in both themes.
func TestContrast(t *testing.T) {
	texts, edges := chart.Contrasts()
	for name, pair := range texts {
		require.GreaterOrEqual(t, contrast(t, pair[0].Light(), pair[1].Light()), 4.5, "light: %s", name)
		require.GreaterOrEqual(t, contrast(t, pair[0].Dark(), pair[1].Dark()), 4.5, "dark: %s", name)
	}
	for name, pair := range edges {
		require.GreaterOrEqual(t, contrast(t, pair[0].Light(), pair[1].Light()), 3.0, "light: %s", name)
		require.GreaterOrEqual(t, contrast(t, pair[0].Dark(), pair[1].Dark()), 3.0, "dark: %s", name)
	}
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance that WCAG defines.
func luminance(t *testing.T, colour string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		require.NoError(t, err)
		c := float64(v) / 255
		if c <= 0.04045 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return sum
}

// TestTextStaysInItsBar: no bar has more text than fits by the widths of the widest font.
func TestTextStaysInItsBar(t *testing.T) {
	checked := 0
	for _, spec := range []string{week, sun, nights, hourly} {
		for _, width := range []int{320, 700, 1300} {
			o := window("2026-03-16", "2026-04-06")
			o.Width = width
			parse(t, draw(t, made(t, spec), o)).walk(func(e element) {
				texts, rects := e.named("text"), e.named("rect")
				if e.XMLName.Local != "g" || len(texts) != 1 || len(rects) != 1 {
					return
				}
				size, room := number(t, texts[0], "font-size"), number(t, rects[0], "width")
				require.LessOrEqual(t, chart.Width(texts[0].Text, size), room, texts[0].Text)
				checked++
			})
		}
	}
	require.Greater(t, checked, 100)
}

func number(t *testing.T, e element, name string) float64 {
	v, err := strconv.ParseFloat(e.attr(name), 64)
	require.NoError(t, err)
	return v
}
